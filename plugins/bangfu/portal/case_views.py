"""What a page shows of a case (案件): masked, in words, in one language.

The only place where a case of the database becomes something to be shown. Templates get these views and
never a row, so that what is not masked here is not on a page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bangfu.china_time import CHINA
from bangfu.db.attachments import Attachment
from bangfu.db.case_queries import CaseRow
from bangfu.masking import mask
from bangfu.portal.inbox_views import chip
from bangfu.portal.languages import Language
from bangfu.portal.match_view import MatchView, match_view
from bangfu.portal.strength import Step, step_of
from bangfu.portal.texts import TEXTS, say
from bangfu.review.cases import OPEN, UNDO, Case, Event, effective
from schemas.attachments import ATTACHMENT_KINDS, MEDIA_TYPES
from schemas.flow import RENEW, UNDO_MINUTES, Choice, Role
from schemas.flows.details import DETAILS, Entry
from schemas.keeping import KEEPINGS
from schemas.reference import divisions
from schemas.sources import SOURCES
from schemas.unions import Tree
from schemas.vocabulary import ETHNIC_GROUP, SEX

__all__ = [
    "REVEALED",
    "CaseView",
    "EvidenceView",
    "HistoryView",
    "PaperView",
    "Particular",
    "case_view",
    "history",
    "paper_view",
    "undo_until",
]

REVEALED: Mapping[str, Callable[[CaseRow], str | None]] = {
    "name": lambda row: row.name,
    "id_number": lambda row: row.id_number,
    "phone": lambda row: row.phone,
    "address": lambda row: row.address,
}
"""Fields that may be shown in full, one at a time, with a reason."""


@dataclass(frozen=True)
class Particular:
    """One fact of a person.

    Attributes:
        code: Of `REVEALED` where it may be shown in full; else empty.
        label: What it is.
        value: Masked; None where it is not known.
        full: In full, where it has just been asked for.
    """

    code: str
    label: str
    value: str | None
    full: str | None = None


@dataclass(frozen=True)
class HistoryView:
    """One event: when, who, what, with which details, whether it was taken back, and whether it is new to the reader."""

    at: datetime
    who: str
    step: str
    details: Sequence[tuple[str, str]]
    undone: bool
    fresh: bool = False


@dataclass(frozen=True)
class PaperView:
    """One paper of a case: what it is, of which format and size, who added it and when, and whether the reader may remove it."""

    attachment_id: str
    label: str
    format: str
    size: str
    who: str
    at: datetime
    own: bool


@dataclass(frozen=True)
class EvidenceView:
    """One reason with where and when it comes from."""

    chip: str
    sentence: str
    source: str
    owner: str
    period: str


@dataclass(frozen=True)
class CaseView:
    """Everything of one case but its line in the inbox.

    Attributes:
        particulars: Who it is.
        evidence: Why.
        matches: How the records of each source compare, one per linked record.
        strength: Strength of the evidence; None where it is hidden, or there is none.
        weights_shown: Whether the officer has judged, so that weights no longer sway them.
        hidden_why: Why weights are hidden; empty where they are shown.
        purpose: What the visit is for, where it is no clue; empty for others.
        clue: Whether there is evidence to be told; an audit visit has none.
        to_verify: What only a visit can tell.
        former: Sentence about a former archive; empty where there is none.
        window: First and last day that were looked at, or empty.
        route: Why this union got the clue; empty where it is not told.
        gone: Why the evidence no longer holds; empty where it does.
        files: Numbers of archive files it is about.
        reduced: What of the case is left and since when, where it was reduced; empty for others.
    """

    particulars: Sequence[Particular]
    evidence: Sequence[EvidenceView]
    matches: Sequence[MatchView]
    strength: Step | None
    weights_shown: bool
    hidden_why: str
    purpose: str
    clue: bool
    to_verify: Sequence[str]
    former: str
    window: str
    route: str
    gone: str
    files: Sequence[str]
    reduced: str = ""


def case_view(row: CaseRow, case: Case, language: Language, year: int, revealed: str = "") -> CaseView:
    """Everything of one case.

    Args:
        row: The case as it stands.
        case: The same, with its events.
        language: Language of the page.
        year: This year, for the age.
        revealed: Field of `REVEALED` that is shown in full this once.
    """
    evidence = row.evidence
    since, as_of = evidence.get("since"), evidence.get("as_of")
    blind = case.flow == "second_review" and case.state == "drawn"
    judged = not blind and (case.flow != "candidate" or "same_person" in case.facts or case.stands.ended)
    purposes = {"second_review": "case.blind_note" if blind else "", "audit": "case.audit_note"}
    purpose = "" if case.stands.ended else purposes.get(case.flow, "")
    return CaseView(
        particulars=_particulars(row, language, year, revealed),
        evidence=tuple(_evidence(reason, language) for reason in row.reasons),
        matches=tuple(match_view(match, language, number) for number, match in enumerate(row.match, 1)),
        strength=step_of(row.strength) if judged and row.strength is not None else None,
        weights_shown=judged,
        hidden_why="" if judged else say("case.blind_weights" if blind else "case.judge_first", language),
        purpose=say(purpose, language) if purpose else "",
        clue=case.flow != "audit",
        to_verify=_to_verify(row, language),
        former=_former(evidence.get("formerly_registered"), language),
        window=say("case.window", language, since=since, as_of=as_of) if since and as_of else "",
        route=_route(evidence, language),
        gone=str(evidence.get("gone") or ""),
        files=tuple(row.files),
        reduced=say("case.reduced", language, day=row.reduced_at.astimezone(CHINA).date(), then=_KEPT[language])
        if row.reduced_at
        else "",
    )


_KEPT: Mapping[Language, str] = {"zh": KEEPINGS["cases"].then_zh, "en": KEEPINGS["cases"].then_en}


def history(
    case: Case, language: Language, names: Mapping[str, str], *, reader: str = "", known: int | None = None
) -> list[HistoryView]:
    """What happened to a case, the latest first.

    Args:
        case: With its events.
        language: Language of the page.
        names: Names of accounts.
        reader: Account that reads; its own steps are not new to it.
        known: Number of the last event the reader knew; None where nothing is marked as new.
    """
    counted = {event.number for event in effective(case.history)}
    return [
        HistoryView(
            at=event.at,
            who=say("case.by_system", language)
            if event.actor.role is Role.SYSTEM
            else names.get(event.actor.account, event.actor.account),
            step=_step_name(case, event, language),
            details=_details(case, event, language, names),
            undone=event.step != UNDO and event.number not in counted,
            fresh=known is not None and event.number > known and event.actor.account != reader,
        )
        for event in reversed(case.history)
    ]


def paper_view(item: Attachment, language: Language, names: Mapping[str, str], remover: str) -> PaperView:
    """One paper in the list.

    Args:
        item: The paper.
        language: Language of the page.
        names: Names of accounts.
        remover: Account that may remove its own; empty where nobody may.
    """
    size = f"{item.size / 1024**2:.1f} MB" if item.size >= 1024**2 else f"{max(item.size // 1024, 1)} KB"
    return PaperView(
        attachment_id=item.attachment_id,
        label=ATTACHMENT_KINDS.label(item.kind, language),
        format=MEDIA_TYPES[item.media_type].upper(),
        size=size,
        who=names.get(item.username, item.username),
        at=item.added_at,
        own=item.username == remover,
    )


def undo_until(case: Case, account: str, now: datetime) -> datetime | None:
    """Until when an account may take the last step back; None where it may not."""
    last = case.history[-1]
    end = last.at + timedelta(minutes=UNDO_MINUTES)
    mine = last.actor.account == account and last.step not in {OPEN, UNDO} and not case.rules.steps[last.step].opens
    return end if mine and now < end else None


def _step_name(case: Case, event: Event, language: Language) -> str:
    if event.step == OPEN:
        return say("case.opened", language)
    if event.step == UNDO:
        return say("case.undo", language)
    return str(getattr(case.rules.steps[event.step], language))


def _details(case: Case, event: Event, language: Language, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Details in words; of what a later list says, which reasons came and which went."""
    if event.step == RENEW:
        return _renewed(event, language)
    if event.step in {OPEN, UNDO}:
        return []
    step, told = case.rules.steps[event.step], []
    for name, value in event.details.items():
        detail = DETAILS[name]
        shown = ", ".join(names.get(item, item) for item in value) if isinstance(value, list) else str(value)
        if isinstance(step.to, Choice) and step.to.detail == name:
            shown = step.to.labels.label(shown, language)
        elif detail.codes is not None:
            shown = detail.codes.label(shown, language)
        elif detail.entry is Entry.COUNTY and shown in divisions():
            shown = divisions()[shown].name
        elif detail.entry is Entry.TICK:
            shown = "✓"
        elif detail.entry is Entry.ACCOUNT:
            shown = names.get(shown, shown)
        told.append((str(getattr(detail, language)), shown))
    return told


def _renewed(event: Event, language: Language) -> list[tuple[str, str]]:
    """Reasons that a later list has and the former had not, and the other way round; a changed amount of one band shows in neither."""
    if gone := event.details.get("gone"):
        return [(say("case.reasons_gone", language), str(gone))]
    before, after = (
        [chip(hit, language) for hit in event.details.get(side) or () if hit.get("code")]
        for side in ("before", "after")
    )
    told = [("case.reasons_came", hit) for hit in after if hit not in before]
    told += [("case.reasons_went", hit) for hit in before if hit not in after]
    told = told or [("case.reasons_same", hit) for hit in after]
    return [(say(key, language), hit) for key, hit in dict.fromkeys(told)]


_PARTICULARS: Sequence[tuple[str, str, Callable[[CaseRow], str | None]]] = (
    ("id_number", "who.id_number", lambda row: mask("id_number", row.id_number)),
    ("phone", "who.phone", lambda row: mask("phone", row.phone)),
    ("address", "who.address", lambda row: mask("address", row.address)),
    ("", "who.union", lambda row: row.union_name),
    ("", "who.employer", lambda row: row.employer),
)


def _particulars(row: CaseRow, language: Language, year: int, revealed: str) -> Sequence[Particular]:
    age = year - row.birth_year if row.birth_year else None
    name = Particular("name", say("who.name", language), mask("name", row.name), _in_full(row, "name", revealed))
    told = [
        name,
        Particular("", say("who.sex", language), SEX.label(row.sex, language) or None),
        Particular("", say("who.age", language), say("who.about_years", language, age=age) if age else None),
        Particular("", say("who.ethnic_group", language), ETHNIC_GROUP.label(row.ethnic_group, language) or None),
    ]
    hidden = {"***": say("value.hidden", language)}  # nothing is left of a value that says neither town nor county
    for code, key, value in _PARTICULARS:
        shown = value(row) or None
        kept = hidden.get(shown, shown) if shown else None
        told.append(Particular(code, say(key, language), kept, _in_full(row, code, revealed)))
    return told


def _in_full(row: CaseRow, code: str, revealed: str) -> str | None:
    return REVEALED[code](row) if code and code == revealed else None


def _evidence(reason: Mapping[str, Any], language: Language) -> EvidenceView:
    source = SOURCES.get(reason.get("source", ""))
    period = str(reason.get("period") or "")
    return EvidenceView(
        chip=chip(reason, language),
        sentence=str(reason.get(language, "")),
        source=getattr(source, language) if source else "",
        owner=source.owner_zh if source else "",
        period=_period(period, language) if period else say("case.no_period", language),
    )


def _period(period: str, language: Language) -> str:
    """Quarters as a reader says them: `2025Q4-2026Q1` as 2025年第4季度至2026年第1季度."""
    spoken = []
    for quarter in period.split("-"):
        year, found, number = quarter.partition("Q")
        spoken.append(say("case.quarter", language, year=year, quarter=number) if found else quarter)
    return say("case.from_to", language).join(spoken)


def _to_verify(row: CaseRow, language: Language) -> Sequence[str]:
    absent = [say(f"absent.{name}", language) for name in ("phone", "address", "id_number") if not getattr(row, name)]
    return (*(str(item.get(language, "")) for item in row.evidence.get("missing", ())), *absent)


def _former(former: Mapping[str, Any] | None, language: Language) -> str:
    if not former:
        return ""
    quarter = str(former.get("quarter") or "")
    when = _period(quarter, language) if quarter else say("case.no_period", language)
    return say("case.former", language, status=former.get(language, ""), when=when)


def _route(evidence: Mapping[str, Any], language: Language) -> str:
    """Why this county has the clue, which union it belongs to where that is another tree's, and where the member lives now."""
    owner, moved = evidence.get("owner") or {}, evidence.get("moved_to") or {}
    told = [_known_text(f"route.{evidence.get('route')}", language)]
    if owner.get("tree") == Tree.INDUSTRY:
        told.append(say("case.industry_owner", language, union=owner.get("union", "")))
    told.append(str(moved.get(language, "")))
    return {"zh": "；", "en": "; "}[language].join(filter(None, told))


def _known_text(key: str, language: Language) -> str:
    return say(key, language) if key in TEXTS else ""

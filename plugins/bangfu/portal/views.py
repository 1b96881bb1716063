"""What a page shows of a candidate (候选线索): masked, in words, in one language.

The only place where a row of the database becomes something to be shown. Templates get these views and
never a row, so that what is not masked here is not on a page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bangfu.db.candidate_queries import CandidateRow
from bangfu.masking import mask
from bangfu.portal.languages import Language
from bangfu.portal.match_view import MatchSummary, MatchView, match_view, weakest_summary
from bangfu.portal.rendering import area_name
from bangfu.portal.strength import Step, step_of
from bangfu.portal.texts import TEXTS, say
from bangfu.screening.rules.shipped import shipped_screens
from schemas.sources import SOURCES
from schemas.unions import Tree
from schemas.vocabulary import ETHNIC_GROUP, SEX

__all__ = ["CandidateCase", "CandidateLine", "EvidenceView", "Particular", "case_of", "line_of", "rule_choices"]


@dataclass(frozen=True)
class Particular:
    """One fact of a person: label and masked value; None where it is not known."""

    label: str
    value: str | None


@dataclass(frozen=True)
class CandidateLine:
    """One line of a list.

    Attributes:
        candidate_id: Opaque id, for the address.
        name: Masked; empty where it is missing.
        sex, ethnic_group: Labels; empty where they are missing.
        age: Years reached this year, or None.
        union: Union the member belongs to, else the employer, else empty.
        county: Name of the county.
        chips: Reasons in a few words.
        step: Strength of the evidence.
        match: How well the sources' records fit the member: the weakest of the links.
        published_at: When the list was published.
    """

    candidate_id: str
    name: str
    sex: str
    ethnic_group: str
    age: int | None
    union: str
    county: str
    chips: Sequence[str]
    step: Step
    match: MatchSummary
    published_at: datetime


@dataclass(frozen=True)
class EvidenceView:
    """One reason with where and when it comes from."""

    chip: str
    sentence: str
    source: str
    owner: str
    period: str


@dataclass(frozen=True)
class CandidateCase:
    """Everything of one candidate.

    Attributes:
        line: As in the list.
        particulars: Who it is.
        evidence: Why.
        matches: How sure it is that the sources mean this person, one per linked record.
        to_verify: What only a visit can tell.
        former: Sentence about a former archive; empty where there is none.
        window: First and last day that were looked at, or empty.
        route: Why this union got the clue; empty where it is not told.
    """

    line: CandidateLine
    particulars: Sequence[Particular]
    evidence: Sequence[EvidenceView]
    matches: Sequence[MatchView]
    to_verify: Sequence[str]
    former: str
    window: str
    route: str


def line_of(row: CandidateRow, language: Language, year: int) -> CandidateLine:
    """One line of a list.

    Args:
        row: The candidate.
        language: Language of the page.
        year: This year, for the age.
    """
    return CandidateLine(
        candidate_id=row.candidate_id,
        name=mask("name", row.name) or "",
        sex=SEX.label(row.sex, language),
        ethnic_group=ETHNIC_GROUP.label(row.ethnic_group, language),
        age=year - row.birth_year if row.birth_year else None,
        union=row.union_name or row.employer or "",
        county=area_name(row.county_code),
        chips=tuple(_chip(reason, language) for reason in row.reasons),
        step=step_of(row.strength),
        match=weakest_summary(row.match, language),
        published_at=row.published_at,
    )


def case_of(row: CandidateRow, language: Language, year: int) -> CandidateCase:
    """Everything of one candidate; arguments as for `line_of`."""
    line = line_of(row, language, year)
    evidence = row.evidence
    since, as_of = evidence.get("since"), evidence.get("as_of")
    return CandidateCase(
        line=line,
        particulars=_particulars(row, line, language),
        evidence=tuple(_evidence(reason, language) for reason in row.reasons),
        matches=tuple(match_view(match, language, number) for number, match in enumerate(row.match, 1)),
        to_verify=_to_verify(row, language),
        former=_former(evidence.get("formerly_registered"), language),
        window=say("case.window", language, since=since, as_of=as_of) if since and as_of else "",
        route=_route(evidence, language),
    )


def rule_choices(language: Language) -> list[tuple[str, str]]:
    """The screening rules a list can be filtered by: code and name."""
    return [(code, str(getattr(rule, f"name_{language}"))) for code, rule in shipped_screens().items()]


_PARTICULARS: Sequence[tuple[str, Callable[[CandidateRow], str | None]]] = (
    ("who.id_number", lambda row: mask("id_number", row.id_number)),
    ("who.phone", lambda row: mask("phone", row.phone)),
    ("who.address", lambda row: mask("address", row.address)),
    ("who.union", lambda row: row.union_name),
    ("who.employer", lambda row: row.employer),
)


def _particulars(row: CandidateRow, line: CandidateLine, language: Language) -> Sequence[Particular]:
    told = [
        Particular(say("who.sex", language), line.sex or None),
        Particular(say("who.age", language), say("who.about_years", language, age=line.age) if line.age else None),
        Particular(say("who.ethnic_group", language), line.ethnic_group or None),
    ]
    hidden = {"***": say("value.hidden", language)}  # nothing is left of a value that says neither town nor county
    for key, value in _PARTICULARS:
        shown = value(row) or None
        told.append(Particular(say(key, language), hidden.get(shown, shown) if shown else None))
    return told


def _chip(reason: Mapping[str, Any], language: Language) -> str:
    """A reason in a few words; one of a rule without a short form in its own words."""
    rule = shipped_screens().get(reason.get("code", ""))
    band = rule.band(reason.get("band", "")) if rule else None
    if rule is None or band is None:
        return str(reason.get(language, ""))
    return str(getattr(rule, f"chip_{language}")).format(band=getattr(band, language))


def _evidence(reason: Mapping[str, Any], language: Language) -> EvidenceView:
    source = SOURCES.get(reason.get("source", ""))
    period = str(reason.get("period") or "")
    return EvidenceView(
        chip=_chip(reason, language),
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


def _to_verify(row: CandidateRow, language: Language) -> Sequence[str]:
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

"""Lines of an inbox (待办): a case in a few words, with how much time is left."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bangfu.china_time import CHINA
from bangfu.db.case_queries import ListedCase
from bangfu.masking import mask
from bangfu.portal.languages import Language
from bangfu.portal.rendering import area_name
from bangfu.portal.texts import say
from bangfu.review.deadlines import Calendar
from bangfu.review.freezes import freezes_of
from bangfu.review.working_days import working_days_between
from bangfu.screening.rules.shipped import shipped_screens
from schemas.flow import Unit
from schemas.flows import FLOWS
from schemas.vocabulary import ETHNIC_GROUP, SEX

__all__ = ["CaseLine", "case_line", "chip", "time_left"]


@dataclass(frozen=True)
class CaseLine:
    """One line of an inbox.

    Attributes:
        case_id: Opaque id, for the address.
        number: Its first characters, as it is said on the telephone.
        name: Masked; empty where it is missing, and that it went where the case was reduced.
        sex, ethnic_group: Labels; empty where they are missing.
        age: Years reached this year, or None.
        flow, state: Names of its kind and stage.
        union: Union the member belongs to, else the employer, else empty.
        county: Name of the county.
        chips: Reasons in a few words.
        due: How much time is left, in words.
        late, soon: Whether it is overdue, or due soon.
        urgent: Whether hours count.
        asked: Whether another county asks for it to be taken over.
        assignee: Who works on it; empty where it is nobody.
        fresh: Whether nobody at this desk has opened it.
    """

    case_id: str
    number: str
    name: str
    sex: str
    ethnic_group: str
    age: int | None
    flow: str
    state: str
    union: str
    county: str
    chips: Sequence[str]
    due: str
    late: bool
    soon: bool
    urgent: bool
    asked: bool
    assignee: str
    fresh: bool


def case_line(
    row: ListedCase, language: Language, now: datetime, calendar: Calendar, names: Mapping[str, str] | None = None
) -> CaseLine:
    """One line of an inbox.

    Args:
        row: The case.
        language: Language of the page.
        now: Now.
        calendar: Freezes, by which the days left are counted.
        names: Names of accounts.
    """
    flow = FLOWS[row.flow]
    return CaseLine(
        case_id=row.case_id,
        number=row.case_id[:8].upper(),
        name=mask("name", row.name) or (say("case.reduced_name", language) if row.reduced_at else ""),
        sex=SEX.label(row.sex, language),
        ethnic_group=ETHNIC_GROUP.label(row.ethnic_group, language),
        age=now.astimezone(CHINA).year - row.birth_year if row.birth_year else None,
        flow=str(getattr(flow, language)),
        state=str(getattr(flow.states[row.state], language)),
        union=row.union_name or row.employer or "",
        county=area_name(row.county_code),
        chips=tuple(chip(reason, language) for reason in row.reasons),
        due=time_left(row, language, now, calendar),
        late=row.ended_at is None and row.due_at is not None and row.due_at <= now,
        soon=row.ended_at is None and row.soon_at is not None and row.soon_at <= now,
        urgent=row.urgent and row.ended_at is None,
        asked=row.asked_county is not None,
        assignee=(names or {}).get(row.assignee or "", row.assignee or ""),
        fresh=row.ended_at is None and row.seen_at is None,
    )


def time_left(row: ListedCase, language: Language, now: datetime, calendar: Calendar) -> str:
    """How much time is left, in words."""
    if row.ended_at is not None:
        return row.ended_at.astimezone(CHINA).date().isoformat()
    if row.waits_until is not None and row.waits_until > now:
        last = (row.waits_until - timedelta(1)).astimezone(CHINA).date()
        return say("inbox.waits", language, day=last.isoformat())
    if row.due_at is None:
        return say("inbox.no_due", language)
    late = row.due_at <= now
    if _in_hours(row):
        hours = math.ceil(abs(row.due_at - now) / timedelta(hours=1))
        return say("inbox.hours_late" if late else "inbox.hours_left", language, count=hours)
    last = (row.due_at - timedelta(seconds=1)).astimezone(CHINA).date()
    freezes = freezes_of(row.asked_county or row.county_code, calendar.freezes)
    days = working_days_between(now.astimezone(CHINA).date(), last, freezes)
    if late:
        return say("inbox.days_late", language, count=-days)
    return say("inbox.days_left", language, count=days) if days else say("inbox.today", language)


def _in_hours(row: ListedCase) -> bool:
    urgent = FLOWS[row.flow].states[row.state].urgent
    return row.urgent and urgent is not None and urgent.unit is Unit.HOURS


def chip(reason: Mapping[str, Any], language: Language) -> str:
    """A reason in a few words; one of a rule without a short form in its own words."""
    rule = shipped_screens().get(reason.get("code", ""))
    band = rule.band(reason.get("band", "")) if rule else None
    if rule is None or band is None:
        return str(reason.get(language, ""))
    return str(getattr(rule, f"chip_{language}")).format(band=getattr(band, language))

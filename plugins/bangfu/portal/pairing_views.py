"""What pages show of a household (帮扶户): masked, with who is responsible and what is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bangfu.db.pairing_queries import HouseholdRow
from bangfu.db.pairings import Recorded
from bangfu.masking import mask
from bangfu.portal.languages import Language
from bangfu.portal.rendering import area_name
from bangfu.portal.texts import say
from bangfu.review.pairing_record import Kind, effective, latest
from bangfu.review.working_days import months_later
from schemas.pairing import CONTACT_WAYS, ENDED_BY_PERSONS, ENDS, MONTHS_BETWEEN

__all__ = ["Due", "HouseholdLine", "RecordLine", "household_line", "record_lines"]


@dataclass(frozen=True)
class Due:
    """When a household was visited or heard of last, and until when it should be again."""

    last: date | None
    until: date
    late: bool


@dataclass(frozen=True)
class HouseholdLine:
    """One household.

    Attributes:
        household: Opaque id, for the address.
        pick: Id and number of the last entry, as a form sends them back.
        name: Masked; empty where it is missing.
        number: Number of the file, else the first characters of the clue's case.
        registered: Whether the archive has it.
        case_id: Case of its clue; empty where there is none.
        union, county: Where it belongs.
        filed_on: When it was filed, or None.
        since: Day from which on somebody should be responsible.
        person: Who is responsible; empty where there is nobody.
        closed: Whether that person's account has been closed, so that somebody else is needed.
        first: First day of that person.
        visit, contact: What is due.
        left: Why it left, with the day; empty while it is helped.
    """

    household: str
    pick: str
    name: str
    number: str
    registered: bool
    case_id: str
    union: str
    county: str
    filed_on: date | None
    since: date
    person: str
    closed: bool
    first: date | None
    visit: Due
    contact: Due
    left: str

    @property
    def late(self) -> bool:
        """Whether it is out of touch."""
        return self.visit.late or self.contact.late


@dataclass(frozen=True)
class RecordLine:
    """One entry of a record: when entered and by whom, what, for which day, whether it was taken back or may be."""

    number: int
    at: datetime
    who: str
    what: str
    about: str
    undone: bool
    may_be_undone: bool


def household_line(
    row: HouseholdRow, language: Language, today: date, names: Mapping[str, str], closed: frozenset[str] = frozenset()
) -> HouseholdLine:
    """One household.

    Args:
        row: The household.
        language: Language of the page.
        today: Today in China.
        names: Names of accounts.
        closed: Accounts that work no more.
    """
    return HouseholdLine(
        household=row.household,
        pick=f"{row.household}:{row.number}",
        name=row.name or mask("name", row.case_name) or "",
        number=row.file or (row.case_id or "")[:8].upper(),
        registered=row.file is not None,
        case_id=row.case_id or "",
        union=row.union_name or "",
        county=area_name(row.county_code),
        filed_on=row.filed_on,
        since=row.since,
        person=row.named or names.get(row.account or "", row.account or ""),
        closed=row.account in closed,
        first=row.first if row.paired else None,
        visit=_due(row.visited_on, row.since, MONTHS_BETWEEN["visit"], today),
        contact=_due(row.heard_on, row.since, MONTHS_BETWEEN["any"], today),
        left=say("pairing.left", language, why=ENDS.label(row.left_because, language), day=row.left_on.isoformat())
        if row.left_on
        else "",
    )


def record_lines(
    record: Sequence[Recorded], language: Language, names: Mapping[str, str], acts: bool
) -> list[RecordLine]:
    """The record of a household, the latest first.

    Args:
        record: In its order.
        language: Language of the page.
        names: Names of accounts.
        acts: Whether the reader may enter something.
    """
    entries = [item.entry for item in record]
    counted = {entry.number for entry in effective(entries)}
    last = latest(entries)
    lines = []
    for item in reversed(record):
        entry = item.entry
        free = (
            last is not None and entry.number == last.number and (not entry.reason or entry.reason in ENDED_BY_PERSONS)
        )
        about = {
            Kind.PAIRED: entry.named or names.get(entry.account or "", entry.account or ""),
            Kind.RELEASED: ENDS.label(entry.reason, language),
            Kind.CONTACTED: CONTACT_WAYS.label(entry.way, language),
            Kind.TAKEN_BACK: say("pairing.of_entry", language, number=entry.takes_back),
        }[entry.kind]
        lines.append(
            RecordLine(
                entry.number,
                item.at,
                say("case.by_system", language)
                if entry.username == "bangfu"
                else names.get(entry.username, entry.username),
                say(f"pairing.entry_{entry.kind}", language, day=_told_day(entry.kind, entry.day)),
                about,
                entry.kind is not Kind.TAKEN_BACK and entry.number not in counted,
                acts and free,
            )
        )
    return lines


def _due(last: date | None, since: date, months: int, today: date) -> Due:
    """The day until which is in time, and whether it is over, as `bangfu.review.pairing.out_of_touch` says."""
    counted = max(last or since, since)
    return Due(last, months_later(counted, months), months_later(today, -months) > counted)


def _told_day(kind: Kind, day: date | None) -> str:
    """The day as people say it: an end is told by its last day."""
    if day is None:
        return ""
    return (date.fromordinal(day.toordinal() - 1) if kind is Kind.RELEASED else day).isoformat()

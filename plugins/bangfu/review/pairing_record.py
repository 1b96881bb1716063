"""The record of a household's pairing (结对记录): what was entered is kept, and what holds follows from it.

An entry is added, never changed; taking one back adds an entry that says so. Numbers count from 1 without a gap within a
household, so two people who act on one state of it cannot both be first.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bangfu.errors import Refused
from bangfu.review.pairing import Contact, Pairing, paired, released
from bangfu.review.working_days import months_later
from schemas.pairing import CONTACT_WAYS, ENDED_BY_PERSONS, MONTHS_AHEAD

__all__ = [
    "LONGEST_NAME", "Entry", "Kind", "Person", "contacts", "effective", "latest", "made_contact", "made_end", "made_pairing", "pairings", "taken_back",
]  # fmt: skip

LONGEST_NAME = 40
"""Characters of a responsible person who has no account."""

_EARLIEST = date(2000, 1, 1)
_NUMBERS = re.compile(r"\d{5,}")


class Kind(StrEnum):
    """What an entry says."""

    PAIRED = "paired"
    RELEASED = "released"
    CONTACTED = "contacted"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True)
class Person:
    """A responsible person: an account, or the name of somebody without one; exactly one of the two."""

    account: str | None = None
    named: str | None = None

    def __str__(self) -> str:
        return self.account or self.named or ""


@dataclass(frozen=True)
class Entry:
    """One entry.

    Attributes:
        household: Opaque id.
        number: From 1 on.
        kind: What it says.
        day: Of a pairing its first day, of an end the first day without, of a contact its day; None of what takes back.
        account, named: The responsible person of a pairing.
        way: Of a contact, a code of `schemas.pairing.CONTACT_WAYS`.
        reason: Of an end, a code of `schemas.pairing.ENDS`.
        takes_back: Number of the entry that does not count any more.
        username: Who entered it; the name of the task for the system.
    """

    household: str
    number: int
    kind: Kind
    username: str
    day: date | None = None
    account: str | None = None
    named: str | None = None
    way: str | None = None
    reason: str | None = None
    takes_back: int | None = None

    @property
    def when(self) -> date:
        """Its day; only an entry that takes back has none."""
        assert self.day is not None
        return self.day


def effective(entries: Iterable[Entry]) -> list[Entry]:
    """Entries that count, in their order: neither taken back nor the taking back itself."""
    told = sorted(entries, key=lambda entry: entry.number)
    undone = {entry.takes_back for entry in told}
    return [entry for entry in told if entry.kind is not Kind.TAKEN_BACK and entry.number not in undone]


def pairings(entries: Iterable[Entry]) -> tuple[Pairing, ...]:
    """Who was responsible when; an end also takes away what was to begin later."""
    made: tuple[Pairing, ...] = ()
    for entry in effective(entries):
        if entry.kind is Kind.PAIRED:
            made = paired(made, entry.household, entry.account or entry.named or "", entry.when)
        elif entry.kind is Kind.RELEASED:
            last = date.fromordinal(entry.when.toordinal() - 1)
            made = released(tuple(item for item in made if item.first <= last), entry.household, last)
    return made


def contacts(entries: Iterable[Entry]) -> tuple[Contact, ...]:
    """When and how the household was heard of."""
    told = (entry for entry in effective(entries) if entry.kind is Kind.CONTACTED)
    return tuple(Contact(entry.household, entry.when, entry.way or "", entry.username) for entry in told)


def latest(entries: Iterable[Entry]) -> Entry | None:
    """The last entry that counts: the one that may be taken back."""
    return next(reversed(effective(entries)), None)


def made_pairing(entries: Sequence[Entry], household: str, person: Person, day: date, today: date, by: str) -> Entry:
    """The entry that makes somebody responsible from a day on; who was before is so up to the day before.

    Raises:
        Refused: `no_person`, `no_such_day`, `already_responsible` or `pairing_overlaps`.
    """
    _check_person(person)
    _check_day(day, months_later(today, MONTHS_AHEAD))
    before = pairings(entries)
    running = next((item for item in before if item.last is None), None)
    if running is not None and running.person == str(person):
        raise Refused(
            "already_responsible",
            "责任人没有变化，无需再办。",
            "The same person is responsible already: nothing to do.",
        )
    paired(before, household, str(person), day)
    return Entry(household, _next(entries), Kind.PAIRED, by, day, person.account, person.named)


def made_end(entries: Sequence[Entry], household: str, last: date, reason: str, today: date, by: str) -> Entry:
    """The entry that ends a pairing after a day.

    Raises:
        Refused: `no_such_day`, `no_such_reason` or `nobody_responsible`.
    """
    if reason not in ENDED_BY_PERSONS:
        raise Refused("no_such_reason", "请选择结束结对的原因。", "Choose why the pairing ends.")
    _check_day(last, months_later(today, MONTHS_AHEAD))
    if not any(item.first <= last < (item.last or date.max) for item in pairings(entries)):
        raise Refused(
            "nobody_responsible",
            "到这一天没有正在结对的责任人，请核对日期。",
            "Nobody is responsible on that day: look at the date again.",
        )
    day = date.fromordinal(last.toordinal() + 1)
    return Entry(household, _next(entries), Kind.RELEASED, by, day, reason=reason)


def made_contact(entries: Sequence[Entry], household: str, on: date, way: str, today: date, by: str) -> Entry:
    """The entry of a contact.

    Raises:
        Refused: `no_such_way`, `no_such_day` or `known_contact`.
    """
    if way not in {code.code for code in CONTACT_WAYS.codes}:
        raise Refused("no_such_way", "请选择联系方式：入户走访、电话或面谈。", "Choose how: visit, call or meeting.")
    _check_day(on, today)
    if any(item.on == on and item.way == way for item in contacts(entries)):
        raise Refused("known_contact", "这一天已登记过这种联系。", "This contact of that day is recorded already.")
    return Entry(household, _next(entries), Kind.CONTACTED, by, on, way=way)


def taken_back(entries: Sequence[Entry], household: str, number: int, by: str) -> Entry:
    """The entry that takes the last one back (更正); what the system entered stays.

    Raises:
        Refused: `not_the_last` or `of_the_system`.
    """
    last = latest(entries)
    if last is None or last.number != number:
        raise Refused(
            "not_the_last",
            "只能撤销最后一条有效记录，请刷新后再办。",
            "Only the last entry may be taken back: reload the page.",
        )
    if last.reason and last.reason not in ENDED_BY_PERSONS:
        raise Refused(
            "of_the_system",
            "这是系统随退出或办结登记的，不能撤销。",
            "This follows from how the household left, and cannot be taken back.",
        )
    return Entry(household, _next(entries), Kind.TAKEN_BACK, by, takes_back=number)


def _next(entries: Sequence[Entry]) -> int:
    return max((entry.number for entry in entries), default=0) + 1


def _check_day(day: date, last: date) -> None:
    if not _EARLIEST <= day <= last:
        raise Refused(
            "no_such_day",
            f"日期应在{_EARLIEST.isoformat()}至{last.isoformat()}之间，请核对。",
            f"The day must lie between {_EARLIEST.isoformat()} and {last.isoformat()}: look again.",
        )


def _check_person(person: Person) -> None:
    if bool(person.account) == bool(person.named):
        raise Refused(
            "no_person",
            "请选择本单位账号，或填写没有账号的责任人姓名，二者只填一项。",
            "Choose an account, or write the name of somebody without one: one of the two.",
        )
    if person.named and (_NUMBERS.search(person.named) or len(person.named) > LONGEST_NAME):
        raise Refused(
            "no_person",
            f"责任人只填姓名和单位，不超过{LONGEST_NAME}个字，不写电话和证件号码。",
            f"Write a name and an employer of at most {LONGEST_NAME} characters, without telephone or identity numbers.",
        )

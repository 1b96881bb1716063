"""Entering something about households (结对办理): who may, and what a form must not get past."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from bangfu.db.account import User
from bangfu.db.pairing_queries import HouseholdRow
from bangfu.db.pairings import add_entry, changed, entries_of
from bangfu.errors import Refused
from bangfu.pipeline.review.households import china_day
from bangfu.portal.acting import actor_of
from bangfu.review.pairing_record import Entry, Person, made_contact, made_end, made_pairing, taken_back
from schemas.flow import Role as FlowRole
from schemas.rights import Permission

__all__ = ["Desk", "Seen", "enter_contact", "enter_end", "enter_pairing", "may_pair", "read_day", "read_person", "take_entry_back"]  # fmt: skip


@dataclass(frozen=True)
class Desk:
    """Who enters something, and when; the connection is the portal's, in the scope of the account."""

    connection: Connection
    user: User
    now: datetime

    @property
    def today(self) -> date:
        """The day it is in China."""
        return china_day(self.now)


@dataclass(frozen=True)
class Seen:
    """A household, and the number of the last entry that the reader saw of it."""

    row: HouseholdRow
    number: int


def may_pair(user: User, county: str) -> bool:
    """Whether an account enters something about the households of a county: a desk of the county, or of the household's union.

    >>> from schemas.rights import Role
    >>> may_pair(User("a", "A", Role.APPROVER, "530102"), "530102"), may_pair(User("a", "A", Role.APPROVER, "5301"), "530102")
    (True, False)
    """
    actor = actor_of(user, county)
    desk = actor is not None and actor.role in {FlowRole.OFFICER, FlowRole.APPROVER}
    return desk and user.may(Permission.PAIR_HOUSEHOLDS)


def read_day(value: str) -> date:
    """A day as a form sends it.

    Raises:
        Refused: `no_such_day`.
    """
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise Refused("no_such_day", "请填写日期。", "State the day.") from None


def read_person(account: str, named: str, offered: Collection[str]) -> Person:
    """A responsible person as a form sends them.

    Args:
        account: An account, or empty.
        named: The name of somebody without one, or empty.
        offered: Accounts that the form offers.

    Raises:
        Refused: `not_offered`.
    """
    if account and account not in offered:
        raise Refused(
            "not_offered",
            "责任人请从本单位账号中选择，或填写姓名。",
            "Choose the responsible person among the accounts of your desk, or write a name.",
        )
    return Person(account or None, " ".join(named.split()) or None)


def enter_pairing(desk: Desk, seen: Seen, person: Person, day: date) -> Entry:
    """Make somebody responsible from a day on.

    Raises:
        Refused: It cannot be entered, and why; nothing is written.
    """
    record = _unchanged(desk, seen)
    return _added(desk, made_pairing(record, seen.row.household, person, day, desk.today, desk.user.username))


def enter_end(desk: Desk, seen: Seen, last: date, reason: str) -> Entry:
    """End a pairing after a day; see `enter_pairing`."""
    record = _unchanged(desk, seen)
    return _added(desk, made_end(record, seen.row.household, last, reason, desk.today, desk.user.username))


def enter_contact(desk: Desk, seen: Seen, on: date, way: str) -> Entry:
    """Record a contact; see `enter_pairing`."""
    record = _unchanged(desk, seen)
    return _added(desk, made_contact(record, seen.row.household, on, way, desk.today, desk.user.username))


def take_entry_back(desk: Desk, seen: Seen, number: int) -> Entry:
    """Take the last entry that counts back; see `enter_pairing`."""
    record = _unchanged(desk, seen)
    return _added(desk, taken_back(record, seen.row.household, number, desk.user.username))


def _unchanged(desk: Desk, seen: Seen) -> list[Entry]:
    if seen.row.left_on is not None:
        raise Refused(
            "has_left",
            "该户已不在帮扶范围，不能再登记。",
            "The household is not helped any more: nothing can be entered about it.",
        )
    record = entries_of(desk.connection, seen.row.household)
    if seen.number != (record[-1].number if record else 0):
        raise changed()
    return record


def _added(desk: Desk, entry: Entry) -> Entry:
    add_entry(desk.connection, entry, desk.now)
    return entry

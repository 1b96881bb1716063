"""Pairing (结对帮扶): who is responsible for a household, whether they keep in touch, and how many have nobody.

A household has one responsible person at a time; who was it before stays known.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bangfu.errors import Refused
from bangfu.review.working_days import months_later
from schemas.pairing import MONTHS_BETWEEN

__all__ = [
    "Contact", "Coverage", "Household", "Pairing", "coverage", "out_of_touch", "paired", "released", "responsible", "unpaired",
]  # fmt: skip


@dataclass(frozen=True)
class Household:
    """A household that is helped: of the archive, or a clue that was confirmed.

    Attributes:
        household: Opaque id.
        county: Six-digit code.
        since: Day from which on somebody should be responsible.
    """

    household: str
    county: str
    since: date


@dataclass(frozen=True)
class Pairing:
    """Who is responsible for a household.

    Attributes:
        household: Opaque id.
        person: Account or name of the responsible person (帮扶责任人).
        first: First day.
        last: Last day; None while it goes on.
    """

    household: str
    person: str
    first: date
    last: date | None = None


@dataclass(frozen=True)
class Contact:
    """A contact with a household: whom, when, how (`schemas.pairing.CONTACT_WAYS`), by whom."""

    household: str
    on: date
    way: str
    person: str


@dataclass(frozen=True)
class Coverage:
    """How many households of a county are looked after.

    Attributes:
        households: All.
        paired: With a responsible person.
        in_touch: Visited and heard of in time.
    """

    households: int
    paired: int
    in_touch: int

    @property
    def share(self) -> float | None:
        """Share with a responsible person (结对覆盖率); None where there is no household."""
        return self.paired / self.households if self.households else None


def paired(pairings: Sequence[Pairing], household: str, person: str, day: date) -> tuple[Pairing, ...]:
    """The pairings when somebody becomes responsible from a day on; who was before is so up to the day before.

    Raises:
        Refused: Somebody became responsible on that day or later.
    """
    now = [item for item in pairings if item.household == household and (item.last is None or item.last >= day)]
    if any(item.first >= day for item in now):
        raise Refused(
            "pairing_overlaps",
            "该户在这一天或之后已有帮扶责任人，请改用更晚的日期。",
            "Somebody is responsible for the household from that day or a later one: take a later day.",
        )
    kept = (replace(item, last=_day_before(day)) if item in now else item for item in pairings)
    return (*kept, Pairing(household, person, day))


def released(pairings: Sequence[Pairing], household: str, last: date) -> tuple[Pairing, ...]:
    """The pairings when nobody is responsible for a household any more after a day, such as that of its exit."""
    return tuple(
        replace(item, last=last)
        if item.household == household and item.first <= last < (item.last or date.max)
        else item
        for item in pairings
    )


def responsible(pairings: Iterable[Pairing], day: date) -> dict[str, str]:
    """Responsible person by household on a day."""
    return {item.household: item.person for item in pairings if item.first <= day <= (item.last or date.max)}


def unpaired(households: Iterable[Household], pairings: Iterable[Pairing], day: date) -> tuple[Household, ...]:
    """Households without a responsible person, the longest without one first."""
    known = responsible(pairings, day)
    lacking = (item for item in _due(households, day) if item.household not in known)
    return tuple(sorted(lacking, key=lambda item: (item.since, item.household)))


def out_of_touch(households: Iterable[Household], contacts: Iterable[Contact], day: date) -> tuple[Household, ...]:
    """Households not visited, or not heard of, within the months of `MONTHS_BETWEEN`; a new one has as long from its first day."""
    latest: dict[tuple[str, str], date] = defaultdict(lambda: date.min)
    for contact in contacts:
        for way in {contact.way, "any"} if contact.on <= day else ():
            latest[contact.household, way] = max(latest[contact.household, way], contact.on)
    return tuple(
        item
        for item in _due(households, day)
        if any(
            months_later(day, -months) > max(latest[item.household, way], item.since)
            for way, months in MONTHS_BETWEEN.items()
        )
    )


def coverage(
    households: Iterable[Household], pairings: Iterable[Pairing], contacts: Iterable[Contact], day: date
) -> dict[str, Coverage]:
    """Coverage by county on a day (结对帮扶覆盖率)."""
    all_of = tuple(_due(households, day))
    known, lost = responsible(pairings, day), {item.household for item in out_of_touch(all_of, contacts, day)}
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for item in all_of:
        tally = (1, item.household in known, item.household not in lost)
        counts[item.county] = [count + one for count, one in zip(counts[item.county], tally, strict=True)]
    return {county: Coverage(*counts[county]) for county in sorted(counts)}


def _due(households: Iterable[Household], day: date) -> Iterable[Household]:
    return (item for item in households if item.since <= day)


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)

"""Pairing: one responsible person at a time, nobody forgotten, and coverage that adds up."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.errors import Refused
from bangfu.review.pairing import (
    Contact,
    Coverage,
    Household,
    Pairing,
    coverage,
    out_of_touch,
    paired,
    released,
    responsible,
    unpaired,
)
from schemas.pairing import CONTACT_WAYS, MONTHS_BETWEEN

DAY = date(2026, 11, 30)
OLD, NEW, LATER = (
    Household("h1", "530102", date(2026, 1, 5)),
    Household("h2", "530102", date(2026, 11, 20)),
    Household("h3", "530102", date(2026, 12, 1)),
)


def test_who_is_responsible_changes_and_stays_known() -> None:
    first = paired((), "h1", "li", date(2026, 1, 5))
    both = paired(first, "h1", "wang", date(2026, 6, 1))
    assert both == (
        Pairing("h1", "li", date(2026, 1, 5), date(2026, 5, 31)),
        Pairing("h1", "wang", date(2026, 6, 1)),
    )
    assert [responsible(both, day) for day in (date(2026, 1, 4), date(2026, 5, 31), date(2026, 6, 1))] == [
        {}, {"h1": "li"}, {"h1": "wang"},
    ]  # fmt: skip


def test_nobody_is_put_before_who_is_responsible_already() -> None:
    now = paired((), "h1", "li", date(2026, 6, 1))
    for day in (date(2026, 6, 1), date(2026, 5, 1)):
        with pytest.raises(Refused, match="take a later day"):
            paired(now, "h1", "wang", day)
    assert len(paired(now, "h2", "wang", date(2026, 5, 1))) == 2


def test_an_exit_ends_a_pairing_and_a_new_one_may_begin_the_day_after() -> None:
    ended = released(paired((), "h1", "li", date(2026, 1, 5)), "h1", date(2026, 5, 31))
    assert ended == (Pairing("h1", "li", date(2026, 1, 5), date(2026, 5, 31)),)
    assert released(ended, "h1", date(2026, 7, 1)) == released(ended, "h2", date(2026, 3, 1)) == ended
    assert paired(ended, "h1", "wang", date(2026, 6, 1))[0] == ended[0]
    assert paired(ended, "h1", "wang", date(2026, 5, 31))[0].last == date(2026, 5, 30)


def test_households_without_anybody_are_listed_the_longest_first() -> None:
    assert unpaired([NEW, OLD, LATER], [Pairing("h1", "li", DAY, DAY)], DAY) == (NEW,)
    assert unpaired([NEW, OLD, LATER], [Pairing("h1", "li", DAY, DAY)], DAY + timedelta(1)) == (OLD, NEW, LATER)


@pytest.mark.parametrize(
    ("contacts", "lost"),
    [
        ((), True),
        ((("visit", date(2026, 11, 1)),), False),
        ((("visit", date(2026, 8, 30)), ("call", date(2026, 10, 30))), False),
        ((("visit", date(2026, 8, 29)), ("call", date(2026, 11, 29))), True),  # visited too long ago
        ((("visit", date(2026, 9, 15)),), True),  # not heard of for two months
        ((("visit", date(2026, 12, 1)),), True),  # not yet
    ],
)
def test_in_touch_is_visited_each_quarter_and_heard_of_each_month(
    contacts: tuple[tuple[str, date], ...], lost: bool
) -> None:
    made = [Contact("h1", on, way, "li") for way, on in contacts]
    assert (out_of_touch([OLD], made, DAY) == (OLD,)) is lost


def test_a_new_household_has_its_time() -> None:
    assert out_of_touch([NEW], (), DAY) == ()


def test_coverage_by_county() -> None:
    other = Household("h4", "533102", date(2026, 1, 5))
    pairings = [Pairing("h1", "li", date(2026, 1, 5)), Pairing("h4", "sun", date(2026, 1, 5), date(2026, 2, 1))]
    found = coverage([OLD, NEW, LATER, other], pairings, [Contact("h4", DAY, "visit", "sun")], DAY)
    assert found == {"530102": Coverage(2, 1, 1), "533102": Coverage(1, 0, 1)}
    assert [item.share for item in found.values()] == [0.5, 0.0]
    assert Coverage(0, 0, 0).share is None


def test_ways_of_contact_are_those_of_the_code_list() -> None:
    assert set(MONTHS_BETWEEN) - {"any"} <= {code.code for code in CONTACT_WAYS.codes}


days = st.dates(date(2025, 1, 1), date(2026, 12, 31))
names = st.sampled_from(["h1", "h2", "h3", "h4"])
homes = st.lists(
    st.builds(Household, names, st.sampled_from(["530102", "533102"]), days), unique_by=lambda item: item.household
)
assignments = st.lists(st.tuples(names, st.sampled_from("abc"), days), max_size=12)


@given(homes, assignments, days)
def test_one_person_at_a_time_and_everybody_paired_or_listed(
    households: list[Household], wanted: list[tuple[str, str, date]], day: date
) -> None:
    pairings: tuple[Pairing, ...] = ()
    for household, person, first in sorted(wanted, key=lambda item: item[2]):
        try:
            pairings = paired(pairings, household, person, first)
        except Refused:
            continue
    running = [item for item in pairings if item.first <= day <= (item.last or date.max)]
    assert len(running) == len({item.household for item in running})
    found = coverage(households, pairings, (), day)
    there = [item for item in households if item.since <= day]
    assert sum(item.households for item in found.values()) == len(there)
    assert sum(item.paired for item in found.values()) + len(unpaired(households, pairings, day)) == len(there)

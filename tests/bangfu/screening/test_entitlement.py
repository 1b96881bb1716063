"""Entitlement gaps: counted by county, told of nobody; persons are referred only when they agreed."""

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hand_built import AS_OF, allowance, linked, member, roster, stay

from bangfu.screening.decisions import DECISION
from bangfu.screening.entitlement import PROVINCE, gap_counts, gap_table, referrals
from bangfu.screening.material import Material
from bangfu.screening.rules.shipped import default_rules
from bangfu.screening.screened import Policy, Screened, prepared, screened
from bangfu.screening.small_cells import FEW, HIDDEN


def found(ill: range, listed: range, **changes: Any) -> Screened:
    """Members 1 to 60 of one county; some have been in hospital, some are on a civil-affairs list."""
    people = [{"of": n, **member(n, county_code="530102", **changes)} for n in range(1, 61)]
    sources = {
        "medical_settlement": linked("medical_settlement", [{"of": n, **stay(n, 30_000, "2026-05-01")} for n in ill])
    }
    if listed:
        sources["civil_affairs"] = linked("civil_affairs", [{"of": n, **allowance(n)} for n in listed])
    return screened(prepared(Material(roster(people), sources), AS_OF), Policy(default_rules()))


def counts(*rows: tuple[str, int, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["county", "unlisted", "listed"], orient="row")


def test_households_on_a_list_and_on_none_are_counted_apart() -> None:
    """Whoever is only on a list has no gap, and matches by nothing else."""
    told = gap_counts(found(range(1, 21), range(15, 31)))
    assert told is not None
    assert told.rows() == [("530102", 14, 6)]


def test_nothing_is_told_where_no_list_was_received() -> None:
    """Nobody is known to be on none of the lists when there is none: missing is not absent."""
    assert gap_counts(found(range(1, 21), range(0))) is None


def test_who_left_the_union_is_not_counted() -> None:
    told = gap_counts(found(range(1, 21), range(15, 31), membership_status="left"))
    assert told is not None
    assert told.is_empty()
    assert [(row.area, row.unlisted) for row in gap_table(told)] == [(PROVINCE, 0)]


def test_what_is_shown() -> None:
    rows = gap_table(counts(("530102", 20, 3), ("530103", 3, 9), ("530302", 30, 8), ("530303", 12, 7)))
    shown = {row.area: (row.unlisted, row.listed, row.matched) for row in rows}
    assert list(shown) == ["53", "5301", "530102", "530103", "5303", "530302", "530303"]
    assert shown["53"] == (65, 27, 92)
    assert shown["530103"][0] == FEW
    assert HIDDEN in (shown["530102"][0], shown["5301"][0])
    assert shown["530302"] == (30, None, None)


@pytest.mark.parametrize(
    "rows",
    [
        [("530102", 1, 0)],
        [("530102", 2, 0), ("530103", 2, 1), ("530302", 0, 4)],
        [("530102", 40, 3), ("530103", 4, 40), ("530302", 4, 4)],
    ],
)
def test_a_small_number_is_never_shown(rows: list[tuple[str, int, int]]) -> None:
    for row in gap_table(counts(*rows)):
        assert not {row.unlisted, row.listed, row.matched} & {1, 2, 3, 4}


def decision(person: int, on: str, consent: bool | None) -> dict[str, Any]:
    row = {"cluster_id": f"person-{person}", "outcome": "60", "decided_on": dt.date.fromisoformat(on)}
    return {**row, "referral_consent": consent}


def test_only_who_agreed_is_referred() -> None:
    rows = [
        decision(1, "2026-05-10", consent=True),
        decision(2, "2026-05-10", consent=None),
        decision(3, "2026-05-10", consent=False),
        decision(4, "2026-05-10", consent=True),
        decision(4, "2026-06-10", consent=None),
        decision(5, "2026-07-10", consent=True),
        decision(15, "2026-05-10", consent=True),
        decision(40, "2026-05-10", consent=True),
    ]
    decisions = pl.DataFrame(rows, schema=dict(DECISION))
    (entry,) = referrals(found(range(1, 21), range(15, 31)), decisions)
    assert (entry.person, entry.county) == ("person-1", "530102")
    assert [reason["code"] for reason in entry.reasons] == ["consent", "S1"]

"""Means of a household: wages and size, as far as contribution bases and sure ties tell them."""

import datetime as dt
from typing import Any

import polars as pl
from hand_built import AS_OF, linked, member, roster, stay

from bangfu.screening.evidence import Window
from bangfu.screening.household import household_evidence
from bangfu.screening.material import Material
from bangfu.screening.means import means
from bangfu.screening.memberships import MEMBERSHIP

MEMBERS = roster([{"of": n, **member(n)} for n in range(1, 5)])


def base(of: int, amount: float, since: str = "2026-01-01", **changes: Any) -> dict[str, Any]:
    return {"of": of, "contribution_base": amount, "contributed_from": dt.date.fromisoformat(since), **changes}


def held(*ties: tuple[str, str, float]) -> pl.DataFrame:
    """Who belongs to whose household, and how surely."""
    rows = [{"household_id": a, "person": b, "probability": sure} for a, b, sure in ties]
    return pl.DataFrame(rows, schema={name: MEMBERSHIP[name] for name in ("household_id", "person", "probability")})


def told(material: Material) -> dict[str, tuple[float, int, int]]:
    rows = means(material, Window(AS_OF), MEMBERS["cluster_id"]).iter_rows()
    return {household: (wages, unknown, known) for household, wages, unknown, known in rows}


def test_a_members_wage_is_twelve_times_the_latest_base() -> None:
    bases = linked("contribution_base", [base(1, 4_000, "2025-07-01"), base(1, 5_000), base(1, 9_000, "2026-07-01")])
    found = told(Material(MEMBERS, {"contribution_base": bases}))
    assert found["person-1"] == (60_000, 0, 1)
    assert found["person-2"] == (0, 1, 1)


def test_a_spouse_who_is_a_member_adds_a_wage_or_one_that_is_unknown() -> None:
    couples = held(("person-1", "person-2", 0.9), ("person-3", "person-4", 0.9), ("person-4", "person-3", 0.9))
    shared = linked("contribution_base", [base(1, 3_000, probability=0.9, partner="wife")])
    own = linked("contribution_base", [base(1, 5_000), base(2, 3_000), base(3, 4_000)])
    found = told(Material(MEMBERS, {"contribution_base": own}, held=couples, shared={"contribution_base": shared}))
    assert found["person-1"] == (96_000, 0, 2)
    assert found["person-3"] == (48_000, 1, 2)
    assert found["person-4"] == (0, 1, 2)


def test_a_tie_that_is_not_sure_tells_nothing_of_means() -> None:
    maybe = held(("person-1", "person-2", 0.76))
    shared = linked("contribution_base", [base(1, 3_000, probability=0.76, partner="mother")])
    own = linked("contribution_base", [base(1, 5_000)])
    found = told(Material(MEMBERS, {"contribution_base": own}, held=maybe, shared={"contribution_base": shared}))
    assert found["person-1"] == (60_000, 0, 1)


def test_means_are_the_same_however_sure_the_bills_are() -> None:
    """A wage is no evidence: one more wage must weigh against the surest bill as well."""
    bills = linked(
        "medical_settlement",
        [
            {"of": 1, "partner": "a", "probability": 0.99, **stay(1, 12_000, "2026-01-01")},
            {"of": 1, "partner": "b", "probability": 0.7, **stay(2, 9_000, "2026-02-01")},
        ],
    )
    four = held(*(("person-1", f"relative-{n}", 0.9) for n in range(3)))
    seen = household_evidence(Material(MEMBERS, {"medical_settlement": bills}, held=four), Window(AS_OF)).table
    assert seen.select("E_med", "wages_known", "earners_unknown", "n_proxy").rows() == [
        (12_000, 0, 1, 4),
        (21_000, 0, 1, 4),
    ]

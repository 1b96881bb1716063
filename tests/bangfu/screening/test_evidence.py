"""Evidence: what counts within twelve months, and what never counts twice."""

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hand_built import AS_OF, allowance, linked, relief, roster, stay
from hypothesis import given, settings
from hypothesis import strategies as st

from bangfu.screening.evidence import Window, net_settlements
from bangfu.screening.household import evidence_table, household_evidence
from bangfu.screening.learning import unlearned
from bangfu.screening.material import Material
from bangfu.screening.rules.evaluation import evaluate
from bangfu.screening.rules.shipped import default_rules
from bangfu.screening.strength import strengths
from tests.bangfu.screening.applying import LINE, found_in, with_parameters


def stays(*items: dict[str, Any]) -> pl.DataFrame:
    return linked("medical_settlement", [{"of": 1, **item} for item in items])


def medical_hits(rows: pl.DataFrame) -> pl.DataFrame:
    return found_in(medical_settlement=rows).hits


def total(rows: pl.DataFrame) -> float:
    return round(net_settlements(rows)["amount"].sum(), 2)


def bands(hits: pl.DataFrame) -> list[tuple[str, str, int]]:
    return list(hits.select("code", "band", "count").iter_rows())


def test_several_stays_add_up_to_a_band() -> None:
    rows = stays(stay(1, 15_000, "2025-09-01"), stay(1, 12_000, "2026-03-01"))
    assert bands(medical_hits(rows)) == [("S1", "26000-50000", 2)]


@pytest.mark.parametrize(
    ("day", "counts"), [("2025-06-30", False), ("2025-07-01", True), ("2026-06-30", True), ("2026-07-01", False)]
)
def test_the_window_is_twelve_months_by_settlement_date(day: str, counts: bool) -> None:
    assert len(medical_hits(stays(stay(1, 60_000, day)))) == counts


def test_below_the_lowest_band_there_is_no_hit() -> None:
    assert medical_hits(stays(stay(1, 9_999.99, "2026-01-01"))).is_empty()


def test_an_unknown_amount_is_not_zero_and_no_hit() -> None:
    rows = stays({**stay(1, 0, "2026-01-01"), "personal_amount": None})
    assert net_settlements(rows).is_empty()


def test_a_settlement_sent_again_counts_as_sent_last() -> None:
    rows = stays(stay(1, 20_000, "2026-01-01", settlement_ref="A"), stay(1, 18_000, "2026-01-01", settlement_ref="A"))
    assert total(rows) == 18_000


@pytest.mark.parametrize(
    ("refund", "left"),
    [
        pytest.param([stay(1, 20_000, "2026-01-01", refunded="1")], 0, id="flag alone"),
        pytest.param([stay(1, 20_000, "2026-01-01"), stay(1, -20_000, "2026-02-01")], 0, id="negative row alone"),
        pytest.param([stay(1, 20_000, "2026-01-01"), stay(1, -20_000, "2026-02-01", refunded="1")], 0, id="flag on the refund"),
        pytest.param(
            [stay(1, 20_000, "2026-01-01", refunded="1"), stay(1, -20_000, "2026-02-01", refunded="1")], 0, id="flag on both"
        ),
        pytest.param(
            [stay(1, 20_000, "2026-01-01", settlement_ref="A"), stay(1, -20_000, "2026-01-01", settlement_ref="A")],
            0,
            id="same identifier",
        ),
        pytest.param([stay(1, 20_000, "2026-01-01"), stay(1, -5_000, "2026-02-01")], 15_000, id="partial refund"),
        pytest.param(
            [stay(1, 20_000, "2026-01-01"), stay(1, 20_000, "2026-03-01"), stay(1, -20_000, "2026-02-01")],
            20_000,
            id="one of two equal stays",
        ),
        pytest.param([stay(1, 20_000, "2026-01-01", valid="0")], 0, id="invalid"),
    ],
)  # fmt: skip
def test_refunds_are_taken_off(refund: list[dict[str, Any]], left: float) -> None:
    assert total(stays(*refund)) == left


def test_persons_linked_to_one_member_are_counted_surest_first() -> None:
    rows = linked(
        "medical_settlement",
        [
            {"of": 1, "partner": "sure", "probability": 0.99, **stay(1, 30_000, "2026-01-01")},
            {"of": 1, "partner": "doubtful", "probability": 0.55, **stay(2, 30_000, "2026-02-01")},
        ],
    )
    hit = medical_hits(rows).row(0, named=True)
    assert (hit["band"], hit["least"], hit["match_probability"]) == ("26000-50000", 0.99, 0.99)


amounts = st.lists(st.integers(1, 60_000), min_size=1, max_size=6)


@given(amounts, st.integers(1, 60_000), st.floats(0.5, 1))
@settings(max_examples=40, deadline=None)
def test_more_expenses_never_weaken_a_clue(known: list[int], more: int, probability: float) -> None:
    before = [
        {"of": 1, "partner": f"p{i % 2}", **stay(1, float(a) + i / 100, "2026-01-01")} for i, a in enumerate(known)
    ]
    after = [
        *before,
        {"of": 1, "partner": "new", "probability": probability, **stay(1, float(more) + 0.5, "2026-02-01")},
    ]
    weak, strong = (
        strengths(medical_hits(linked("medical_settlement", rows)), unlearned(default_rules()))
        for rows in (before, after)
    )
    assert (strong["strength"].sum() or 0) >= (weak["strength"].sum() or 0)


def test_what_is_refunded_beyond_a_persons_bills_takes_nothing_from_another() -> None:
    rows = linked(
        "medical_settlement",
        [
            {"of": 1, "partner": "a", **stay(1, 30_000, "2026-01-01")},
            {"of": 1, "partner": "b", **stay(2, -8_000, "2026-02-01")},
        ],
    )
    table = household_evidence(Material(roster([]), {"medical_settlement": rows}), Window(AS_OF)).table
    assert table["E_med"].to_list() == [30_000]


def test_a_household_is_seen_as_far_as_its_links_are_sure() -> None:
    """One row per degree of certainty: what is less sure joins what is sure and never takes its place."""
    rows = linked(
        "medical_settlement",
        [
            {"of": 1, "partner": "a", "probability": 0.9, **stay(1, 20_000, "2026-01-01")},
            {"of": 1, "partner": "b", "probability": 0.6, **stay(2, 15_000, "2026-02-01")},
        ],
    )
    seen = household_evidence(Material(roster([]), {"medical_settlement": rows}), Window(AS_OF))
    columns = ["least", "whole", "E_med", "link:medical_settlement"]
    assert list(seen.table.select(columns).iter_rows()) == [(0.9, False, 20_000, 0.9), (0.6, True, 35_000, 0.6)]
    assert seen.table["Y12"].to_list() == [None, None]
    assert len(seen.links) == 2


@given(st.permutations([stay(1, 12_000, "2026-01-01"), stay(1, -12_000, "2026-02-01"), stay(1, 30_000, "2026-03-01")]))
@settings(max_examples=6, deadline=None)
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]]) -> None:
    assert total(stays(*rows)) == 30_000


def test_a_destroyed_house_says_more_than_relief_alone() -> None:
    rows = linked(
        "disaster_relief",
        [
            {"of": 1, **relief(1, "2026-05-01", houses_collapsed=2)},
            {"of": 1, **relief(1, "2026-05-01")},
            {"of": 2, **relief(2, "2026-05-01", houses_minor=1)},
            {"of": 3, **relief(3, "2026-05-01")},
            {"of": 4, **relief(4, "2024-05-01", houses_severe=1)},
        ],
    )
    hits = found_in(disaster_relief=rows).hits.sort("household_id")
    assert bands(hits) == [("S4", "collapsed-2", 2), ("S4R", "damaged", 1), ("S4R", "relief", 1)]


def test_civil_affairs_households_of_the_last_day() -> None:
    rows = linked(
        "civil_affairs",
        [
            {"of": 1, **allowance(1, "edge")},
            {"of": 2, **allowance(2, stopped_on=dt.date(2026, 5, 31))},
            {"of": 3, **allowance(3, started_on=dt.date(2026, 7, 1))},
            {"of": 4, **allowance(4, "temporary", started_on=dt.date(2025, 12, 1))},
            {"of": 5, **allowance(5, "temporary", started_on=dt.date(2024, 12, 1))},
            {"of": 6, **allowance(6, started_on=None)},
        ],
    )
    hits = found_in(civil_affairs=rows).hits
    assert list(hits.select("household_id", "band").iter_rows()) == [
        ("person-1", "edge"),
        ("person-4", "temporary"),
        ("person-6", "subsistence"),
    ]


def evidence(name: str, **linked_rows: pl.DataFrame) -> list[Any]:
    """One value of every household, with all its links."""
    seen = household_evidence(Material(roster([]), linked_rows), Window(AS_OF)).table.filter("whole")
    return seen.sort("household_id")[name].to_list()


def test_the_wage_is_the_latest_base_that_had_begun_and_never_nothing() -> None:
    def base(of: int, amount: float | None, since: str | None) -> dict[str, Any]:
        begun = dt.date.fromisoformat(since) if since else None
        return {"of": of, "contribution_base": amount, "contributed_from": begun}

    rows = linked(
        "contribution_base",
        [
            base(1, 5_000, "2026-01-01"),
            base(1, 4_000, "2025-01-01"),
            base(1, 9_000, "2026-07-01"),
            base(2, 3_000, None),
            base(3, 0, "2026-01-01"),
            base(4, None, "2026-01-01"),
        ],
    )
    assert evidence("wage_year", contribution_base=rows) == [60_000, 36_000]


def test_a_valid_certificate_counts_and_the_gravest_level_is_told() -> None:
    def certificate(of: int, level: str, **changes: Any) -> dict[str, Any]:
        return {"of": of, "disability_level": level, "certificate_status": "valid", **changes}

    rows = linked(
        "disability_certificate",
        [
            certificate(1, "3"),
            {**certificate(1, "2"), "partner": "another"},
            certificate(2, "1", certificate_status="cancelled"),
            certificate(3, "4", certificate_status=None),
            certificate(4, "1", certified_on=dt.date(2026, 7, 1)),
        ],
    )
    assert evidence("disability_level", disability_certificate=rows) == [2, 4]
    assert evidence("disabled_members", disability_certificate=rows) == [2, 1]
    hits = found_in(disability_certificate=rows).hits
    assert list(hits.select("code", "band", "alone").iter_rows()) == [("S6", "several", False)]


def test_an_accident_without_an_assessed_grade_is_an_event_of_unknown_weight() -> None:
    rows = linked(
        "work_accident",
        [
            {"of": 1, "accident_on": dt.date(2026, 3, 1), "injury_grade": "4"},
            {"of": 2, "accident_on": dt.date(2026, 3, 1), "injury_grade": "pending"},
            {"of": 3, "accident_on": dt.date(2026, 3, 1), "injury_grade": "none"},
            {"of": 4, "accident_on": dt.date(2025, 3, 1), "injury_grade": "1"},
        ],
    )
    assert evidence("injury_grade", work_accident=rows) == [4, None, 11]
    assert evidence("accident", work_accident=rows) == [True, True, True]
    findings = found_in(work_accident=rows)
    assert list(findings.hits.select("household_id", "band").iter_rows()) == [("person-1", "total")]
    assert findings.unknown["S4A"] == 1


def test_a_child_that_entered_university_adds_to_bills() -> None:
    students = linked("education_aid", [
        {"of": 1, "school_stage": "undergraduate", "enrolled_on": dt.date(2025, 9, 1)},
        {"of": 2, "school_stage": "undergraduate", "enrolled_on": dt.date(2024, 9, 1)},
        {"of": 3, "school_stage": "senior", "enrolled_on": dt.date(2025, 9, 1)},
    ])  # fmt: skip
    bills = linked("medical_settlement", [{"of": n, **stay(n, 12_000, "2026-01-01")} for n in (1, 2, 3)])
    hits = found_in(education_aid=students, medical_settlement=bills).hits
    assert list(hits.filter(code="S6E")["household_id"]) == ["person-1"]


def test_on_no_list_is_known_only_where_lists_were_received() -> None:
    bills = linked("medical_settlement", [{"of": 1, **stay(1, 12_000, "2026-01-01")}])
    lists = linked("civil_affairs", [{"of": 2, **allowance(2, "edge", household_size=4)}])
    assert evidence("on_edge", medical_settlement=bills) == [None]
    assert evidence("on_edge", medical_settlement=bills, civil_affairs=lists) == [False, True]
    assert evidence("n_proxy", medical_settlement=bills, civil_affairs=lists) == [3, 4]
    assert evidence("E_med", medical_settlement=bills, civil_affairs=lists) == [12_000, None]


def test_a_tier_is_suggested_by_the_first_rule_that_holds() -> None:
    households = pl.DataFrame(
        [
            {"household_id": "a", "Y12": 60_000, "n": 3, "E_med": 40_000},
            {"household_id": "b", "Y12": 60_000, "n": 3, "E_med": 9_601},
            {"household_id": "c", "Y12": None, "n": 3, "E_med": 90_000},
            {"household_id": "d", "Y12": 300_000, "n": 3, "E_med": 0},
        ]
    )
    findings = evaluate(with_parameters(evidence_table(households), LINE), default_rules())
    assert list(findings.tiers.select("household_id", "code", "tier").iter_rows()) == [
        ("a", "T1.deep", 1),
        ("b", "T2.relative", 2),
    ]
    assert findings.unknown["T1.deep"] == 3

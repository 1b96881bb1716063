"""The evidence ledger: every figure of a household traces back to rows, and every row says why it does not count."""

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hand_built import AS_OF, allowance, linked, relief, roster, stay
from hypothesis import given, settings
from hypothesis import strategies as st

from bangfu.screening.evidence import Window, net_settlements
from bangfu.screening.household import HouseholdEvidence, household_evidence
from bangfu.screening.ledger import LARGEST_AMOUNT, LEDGER, judged_settlements
from bangfu.screening.material import Material

STAY = {"admitted_on": dt.date(2026, 1, 1), "discharged_on": dt.date(2026, 1, 9)}


def bills(*items: dict[str, Any]) -> pl.DataFrame:
    """Settlements of one person; an item may say its `extract`."""
    rows = linked("medical_settlement", [{"of": 1, **item} for item in items])
    extracts = pl.Series("extract_id", [item.get("extract", "e") for item in items])
    return rows.with_columns(extracts, (extracts + "/" + rows["row_number"].cast(pl.String)).alias("record_id"))


def whys(*items: dict[str, Any]) -> list[str | None]:
    return judged_settlements(bills(*items))["not_counted"].to_list()


def total(rows: pl.DataFrame) -> float:
    return round(net_settlements(rows)["amount"].sum(), 2)


def evidence(**sources: pl.DataFrame) -> HouseholdEvidence:
    return household_evidence(Material(roster([]), sources), Window(AS_OF))


@pytest.mark.parametrize(("item", "why"), [
    pytest.param({"personal_amount": None}, "no_amount", id="an unknown amount is no zero"),
    pytest.param({"valid": "0"}, "invalid", id="invalid"),
    pytest.param({"personal_amount": LARGEST_AMOUNT + 1}, "absurd", id="too much to be true"),
    pytest.param({"personal_amount": -LARGEST_AMOUNT - 1}, "absurd", id="too much below nothing"),
    pytest.param({"refunded": "1"}, "refunded", id="refunded"),
    pytest.param({}, None, id="counts"),
])  # fmt: skip
def test_a_row_says_why_it_does_not_count(item: dict[str, Any], why: str | None) -> None:
    assert whys({**stay(1, 20_000, "2026-01-09"), **item}) == [why]


@pytest.mark.parametrize(("day", "why"), [
    ("2026-06-30", None), ("2026-07-01", "future"), ("2062-01-01", "future"), ("2025-06-30", "outside_window"),
])  # fmt: skip
def test_a_day_outside_the_twelve_months_adds_nothing(day: str, why: str | None) -> None:
    seen = evidence(medical_settlement=bills(stay(1, 20_000, day)))
    assert seen.ledger["not_counted"].to_list() == [why]
    assert len(seen.table) == (why is None)


def test_a_settlement_without_a_day_is_shown_and_not_counted() -> None:
    rows = bills({**stay(1, 20_000, "2026-01-01"), "settled_on": None})
    assert evidence(medical_settlement=rows).ledger["not_counted"].to_list() == ["no_day"]


def test_nobody_bears_more_than_the_whole_bill() -> None:
    rows = bills(stay(1, 200_000, "2026-01-09", total_amount=30_000))
    assert total(rows) == 30_000


def test_a_refund_and_what_it_refunds_are_both_shown() -> None:
    assert whys(stay(1, 20_000, "2026-01-01"), stay(1, -20_000, "2026-02-01")) == ["refunded", "refund"]


def test_one_identifier_in_two_extracts_is_one_settlement() -> None:
    row = stay(1, 20_000, "2026-01-09", settlement_ref="A")
    assert whys({**row, "extract": "a"}, {**row, "extract": "b"}) == ["sent_again", None]


def test_one_identifier_under_two_persons_of_the_source_is_one_settlement() -> None:
    row = stay(1, 20_000, "2026-01-09", settlement_ref="A")
    rows = bills({**row, "partner": "sure", "probability": 0.99}, {**row, "partner": "doubtful", "probability": 0.6})
    assert judged_settlements(rows).select("partner_id", "not_counted").rows() == [
        ("sure", None),
        ("doubtful", "same_settlement"),
    ]


def test_the_same_running_number_of_two_offices_is_two_settlements() -> None:
    rows = bills(
        {**stay(1, 20_000, "2026-01-09", settlement_ref="1"), "partner": "a"},
        {**stay(2, 7_000, "2026-03-09", settlement_ref="1"), "partner": "b"},
    )
    assert total(rows) == 27_000


@pytest.mark.parametrize("other_ref", [None, "A"])
def test_without_an_identifier_person_stay_day_and_amount_tell_a_settlement(other_ref: str | None) -> None:
    row = stay(1, 20_000, "2026-01-09", **STAY)
    items = [{**row, "settlement_ref": other_ref, "extract": "a"}, {**row, "settlement_ref": None, "extract": "b"}]
    assert total(bills(*items)) == 20_000
    assert total(bills(*reversed(items))) == 20_000


def test_two_equal_rows_of_one_extract_without_an_identifier_are_two_settlements() -> None:
    row = stay(1, 20_000, "2026-01-09", settlement_ref=None, **STAY)
    assert total(bills(row, row)) == 40_000


def test_every_figure_traces_back_to_extract_and_row() -> None:
    seen = evidence(
        medical_settlement=bills(stay(1, 20_000, "2026-01-09"), stay(1, 7_000, "2026-02-09"), stay(1, 9, "2020-01-01")),
        disaster_relief=linked("disaster_relief", [{"of": 1, **relief(1, "2026-05-01", houses_collapsed=1)}]),
    )
    counted = seen.ledger.filter(pl.col("not_counted").is_null())
    assert seen.ledger.columns == list(LEDGER)
    assert (
        seen.ledger.select("record_id", "extract_id", "row_number", "household_id").null_count().sum_horizontal()[0]
        == 0
    )
    assert counted["amount"].sum() == seen.table["E_med"].max()
    assert counted.filter(source="disaster_relief")["row_number"].to_list() == [1]
    assert len(seen.ledger) == 4


rows_of_extracts = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, 5), st.sampled_from([12_000, 30_000])),
    min_size=1, max_size=8, unique_by=lambda row: (row[0], row[1]),
)  # fmt: skip


def of_extracts(rows: list[tuple[str, int, int]]) -> pl.DataFrame:
    """Settlements by extract and number; one number has one amount, wherever it is sent."""
    amounts = {number: amount for _, number, amount in rows}
    return bills(*({**stay(1, amounts[number], "2026-01-09", settlement_ref=f"S{number}"), "extract": extract}
                   for extract, number, _ in rows))  # fmt: skip


@given(rows_of_extracts, st.permutations(["a", "b", "c"]))
@settings(max_examples=40, deadline=None)
def test_the_order_of_extracts_does_not_matter(rows: list[tuple[str, int, int]], order: list[str]) -> None:
    amounts = {number: amount for _, number, amount in rows}
    known = [(extract, number, amounts[number]) for extract, number, _ in rows]
    again = sorted(known, key=lambda row: order.index(row[0]))
    assert evidence(medical_settlement=of_extracts(known)).table.equals(
        evidence(medical_settlement=of_extracts(again)).table
    )


@given(rows_of_extracts)
@settings(max_examples=40, deadline=None)
def test_a_retracted_extract_takes_back_exactly_what_it_gave(rows: list[tuple[str, int, int]]) -> None:
    """What another extract says as well stays; what only the retracted one said goes."""
    amounts = {number: amount for _, number, amount in rows}
    known = [(extract, number, amounts[number]) for extract, number, _ in rows]
    left = [row for row in known if row[0] != "a"]
    only_a = {number for extract, number, _ in known if extract == "a"} - {number for _, number, _ in left}
    gone = total(of_extracts(known)) - (total(of_extracts(left)) if left else 0)
    assert gone == sum(amounts[number] for number in only_a)


@given(rows_of_extracts, st.integers(1, 60_000))
@settings(max_examples=40, deadline=None)
def test_one_more_settlement_never_lowers_what_a_household_bore(rows: list[tuple[str, int, int]], more: int) -> None:
    known = of_extracts(rows)
    new = bills({**stay(1, more + 0.5, "2026-02-01", settlement_ref="new"), "extract": "z"})
    assert total(pl.concat([known, new])) >= total(known)


@pytest.mark.parametrize(
    ("died", "deaths"), [("2026-05-01", 1), ("2026-05-31", 1), ("2026-06-15", None), ("2026-04-30", None)]
)
def test_a_relatives_death_soon_after_an_event_of_the_household_is_by_it(died: str, deaths: int | None) -> None:
    rows = linked("death_record", [{"of": 1, "died_on": dt.date.fromisoformat(died)}]).with_columns(
        pl.lit("residence").alias("via")
    )
    events = linked("disaster_relief", [{"of": 1, **relief(1, "2026-05-01")}])
    material = Material(roster([]), {"disaster_relief": events}, shared={"death_record": rows})
    assert household_evidence(material, Window(AS_OF)).table.filter("whole")["deaths"].to_list() == [deaths]


def test_the_members_own_death_is_no_death_of_a_relative() -> None:
    rows = linked("death_record", [{"of": 1, "died_on": dt.date(2026, 5, 2)}])
    events = linked("disaster_relief", [{"of": 1, **relief(1, "2026-05-01")}])
    assert evidence(disaster_relief=events, death_record=rows).table["deaths"].to_list() == [None]


def test_a_listed_household_of_sixty_is_taken_for_an_average_one() -> None:
    """Divided among sixty, any income would look poor."""
    rows = [{"of": n, **allowance(n, household_size=size)} for n, size in enumerate((4, 60, 0, -1, None), 1)]
    seen = evidence(civil_affairs=linked("civil_affairs", rows)).table.sort("household_id")
    assert seen["n_proxy"].to_list() == [4, 3, 3, 3, 3]
    assert seen["on_subsistence"].to_list() == [True] * 5


def test_a_contribution_base_that_is_a_slip_is_no_wage() -> None:
    """A base in fen would hide any bill behind a great wage."""
    rows = [{"of": n, "contribution_base": base} for n, base in enumerate((5_000, 500_000, -5_000), 1)]
    assert evidence(contribution_base=linked("contribution_base", rows)).table["wage_year"].to_list() == [60_000]

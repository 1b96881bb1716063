"""The truth about hardship: its definition on constructed households, the archive, and why each is hard to see."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

from bangfu.synth.hardship import (
    HARD_TO_SEE,
    hardship_reasons,
    household_burdens,
    with_archive,
    with_visibility,
)

AS_OF = dt.date(2026, 6, 30)


def reasons(**household: Any) -> set[str]:
    """Why a household of three with 60,000 yuan a year is in hardship; amounts in yuan."""
    values = {"size": 3, "income": 60_000, "medical": 0, "loss": 0, "house": False, "listed": False, **household}
    row = pl.DataFrame(
        {f"{name}_fen" if name in ("income", "medical", "loss") else name: [value * 100 if name in ("income", "medical", "loss") else value] for name, value in values.items()}
    )  # fmt: skip
    return {name for name, rule in hardship_reasons().items() if row.select(rule).item()}


@pytest.mark.parametrize(
    ("household", "why"),
    [
        ({}, set()),
        ({"medical": 30_000}, {"medical"}),
        ({"medical": 29_999, "income": 120_000}, set()),
        ({"medical": 9_999, "income": 11_000}, set()),
        ({"medical": 10_000, "income": 61_000}, {"medical"}),
        ({"medical": 10_000, "income": 62_000}, set()),
        ({"loss": 40_000}, set()),
        ({"loss": 40_000, "house": True}, {"disaster"}),
        ({"loss": 29_000, "house": True}, set()),
        ({"listed": True}, {"listed"}),
        ({"medical": 35_000, "loss": 40_000, "house": True, "listed": True}, {"medical", "disaster", "listed"}),
    ],
)
def test_definition_of_hardship(household: dict[str, Any], why: set[str]) -> None:
    """For 61,000 yuan less 10,000 a family of three keeps 1,416 yuan a head and month: below twice the line of 720."""
    assert reasons(**household) == why


def burdens(
    settlements: Sequence[tuple[int, dt.date, int]] = (),
    episodes: Sequence[tuple[int, str, dt.date | None]] = (),
    payments: Sequence[tuple[int, dt.date, int, int]] = (),
) -> pl.DataFrame:
    """Two households: persons 0 (a member) and 1 in the first, 2 (a member) in the second."""
    people = pl.DataFrame({"household": [0, 0, 1], "member": [True, False, True]})
    return household_burdens(
        people,
        pl.DataFrame(
            settlements, schema={"person": pl.Int64, "ended": pl.Date, "psn_part_amt": pl.Int64}, orient="row"
        ),
        pl.DataFrame(
            episodes, schema={"household": pl.Int64, "category": pl.String, "stopped": pl.Date}, orient="row"
        ),
        pl.DataFrame(
            [(household, on, loss, relief, 0, 1, 0) for household, on, loss, relief in payments],
            schema=dict.fromkeys(("household", "on", "loss_fen", "relief_fen", "goods_fen", "collapsed", "severe"), pl.Int64) | {"on": pl.Date},
            orient="row",
        ),
        pl.Series("income_fen", [6_000_000, 4_000_000]),
        AS_OF,
    )  # fmt: skip


def test_bills_of_twelve_months_are_borne_together() -> None:
    bills = [(0, AS_OF, 100), (1, dt.date(2025, 7, 1), 20), (1, dt.date(2025, 6, 30), 7), (2, AS_OF, 3)]
    result = burdens(settlements=bills)
    assert result["medical_fen"].to_list() == [120, 3]
    assert result["member_medical_fen"].to_list() == [100, 3]
    assert result["size"].to_list() == [2, 1]


def test_who_is_paid_now_is_listed_and_temporary_relief_does_not_count() -> None:
    ended, still = dt.date(2026, 6, 1), None
    assert burdens(episodes=[(0, "农村低保", still), (1, "临时救助", still)])["listed"].to_list() == [True, False]
    assert burdens(episodes=[(0, "农村低保", ended), (1, "低保边缘家庭", still)])["listed"].to_list() == [False, True]


def test_losses_count_net_of_relief() -> None:
    result = burdens(payments=[(0, AS_OF, 5_000, 1_000), (1, dt.date(2025, 6, 1), 5_000, 1_000)])
    assert result["loss_fen"].to_list() == [4_000, 0]
    assert result["house"].to_list() == [True, False]


def households(count: int, *, needy: float = 1.0) -> pl.DataFrame:
    medical = np.where(np.arange(count) < needy * count, 5_000_000, 0)
    return pl.DataFrame(
        {
            "household": np.arange(count), "size": 3, "income_fen": 6_000_000, "medical_fen": medical,
            "member_medical_fen": medical, "loss_fen": 0, "house": False, "listed": False,
        }
    )  # fmt: skip


def test_two_in_five_needy_households_have_a_file_and_some_left_it() -> None:
    rng = np.random.default_rng(1)
    status = with_archive(rng, households(20_000), 20_000, 20_000)["archive_status"]
    assert (status == "active").sum() / 20_000 == pytest.approx(0.36, abs=0.02)
    assert (status == "exited").sum() / 20_000 == pytest.approx(0.06, abs=0.01)


def test_archive_holds_one_household_for_a_hundred_members_most_of_them_exited_or_open() -> None:
    rng = np.random.default_rng(1)
    made = with_archive(rng, households(50_000, needy=0.002), 50_000, 60_000)
    counts = dict(made["archive_status"].drop_nulls().value_counts().iter_rows())
    assert sum(counts.values()) == pytest.approx(600, abs=1)
    assert set(counts) == {"active", "returned", "exited", "cancelled"}
    assert counts["exited"] > 200


def test_households_without_members_have_no_archive() -> None:
    made = with_archive(np.random.default_rng(1), households(10_000), 4_000, 8_000)
    assert made["archive_status"][4_000:].null_count() == 6_000


def test_unregistered_needs_hardship_an_eligible_member_and_no_open_file() -> None:
    made = with_archive(np.random.default_rng(1), households(2_000, needy=0.5), 2_000, 2_000)
    eligible = pl.Series([at % 2 == 0 for at in range(2_000)])
    judged = with_visibility(np.random.default_rng(2), made, eligible)
    before = made["archive_status"]
    wanted = made["in_hardship"] & eligible & ~before.is_in(["active", "returned"]).fill_null(False)
    assert judged["is_unregistered_hardship"].to_list() == wanted.to_list()
    assert 250 < wanted.sum() < 400


def test_every_true_household_has_a_reason_and_no_other_has() -> None:
    made = with_archive(np.random.default_rng(1), households(2_000, needy=0.5), 2_000, 2_000)
    judged = with_visibility(np.random.default_rng(2), made, pl.Series([True] * 2_000))
    assert judged["hard_to_see"].is_not_null().to_list() == judged["is_unregistered_hardship"].to_list()
    assert set(judged["hard_to_see"].drop_nulls()) <= set(HARD_TO_SEE)


def test_shares_of_the_reasons() -> None:
    """One in ten true households is in no source at all: nobody can find it, and the measure must say so."""
    made = with_archive(np.random.default_rng(1), households(60_000), 60_000, 60_000)
    judged = with_visibility(np.random.default_rng(2), made, pl.Series([True] * 60_000))
    shares = dict(judged["hard_to_see"].drop_nulls().value_counts(normalize=True).iter_rows())
    expected = {
        "no_data": 0.10, "other_prefecture_hospital": 0.12, "late_reimbursement": 0.12, "bad_id": 0.14,
        "alias": 0.10, "none": 0.42,
    }  # fmt: skip
    assert shares == pytest.approx(expected, abs=0.01)


def test_patient_who_is_no_member_is_what_makes_the_family_hard_to_see() -> None:
    rows = households(3_000).with_columns(member_medical_fen=pl.lit(0))
    made = with_archive(np.random.default_rng(1), rows, 3_000, 3_000)
    judged = with_visibility(np.random.default_rng(2), made, pl.Series([True] * 3_000))
    shares = dict(judged["hard_to_see"].drop_nulls().value_counts(normalize=True).iter_rows())
    assert shares == pytest.approx({"spouse_illness": 0.9, "no_data": 0.1}, abs=0.02)


def test_who_left_the_archive_earlier_does_not_tell_who_is_in_hardship_now() -> None:
    """Formerly registered are one in ten households with high bills, in hardship or not: a list must not hold the truth."""
    rows = households(8_000).with_columns(
        medical_fen=pl.lit(1_500_000),
        income_fen=pl.when(pl.int_range(8_000) % 2 == 0).then(2_500_000).otherwise(50_000_000),
    )
    made = with_archive(np.random.default_rng(1), rows, 8_000, 8_000).with_columns(
        archive_status=pl.lit(None, pl.String)
    )
    judged = with_visibility(np.random.default_rng(2), made, pl.Series([True] * 8_000))
    shares = judged.group_by("in_hardship").agg(
        (pl.col("archive_status") == "exited").fill_null(False).mean().alias("exited")
    )
    assert len(shares) == 2
    assert shares["exited"].to_list() == pytest.approx([0.1, 0.1], abs=0.02)


def test_a_county_has_every_kind_of_hardship(world: Callable[..., Any]) -> None:
    found = world("官渡区").households.filter("in_hardship")
    assert set(found["why"].explode()) == {"medical", "disaster", "listed"}

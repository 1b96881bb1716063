"""Hospital stays and their bills: the money adds up to the fen, and the stays could have happened."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from bangfu.synth import SynthRequest
from bangfu.synth.illness import AMOUNTS, with_refunds

FUNDS = ("hifp_pay", "cvlserv_pay", "hifmi_pay", "hifob_pay", "maf_pay", "othfund_pay")


@pytest.fixture(scope="module")
def stays(world: Callable[..., Any]) -> pl.DataFrame:
    """Settlements of a county with refunds, and the patients' particulars."""
    place = world("官渡区")
    people = place.people.select("person", "birth", "age", "female", "member", "role", pl.col("household"))
    found: pl.DataFrame = place.settlements.join(people, on="person", how="left").with_columns(
        pl.col("birth").cast(pl.Date)
    )
    return found


@pytest.fixture(scope="module")
def true_stays(stays: pl.DataFrame) -> pl.DataFrame:
    """Without refunded rows and the originals that were settled an hour before them."""
    return stays.filter((pl.col("refunded") == "0") & (pl.col("valid") == "1")).unique(
        ["person", "begun", "ended", "medfee_sumamt"], keep="first", maintain_order=True
    )


IDENTITIES = {
    "total is out of scope, over limit, paid first and in scope": (
        ("medfee_sumamt",), ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"),
    ),
    "total is what funds, person and hospital pay": (("medfee_sumamt",), ("fund_pay_sumamt", "psn_part_amt", "hosp_part_amt")),
    "the person pays from account, shared account and cash": (("psn_part_amt",), ("acct_pay", "acct_mulaid_pay", "psn_cash_pay")),
    "the funds are the sum of the funds": (("fund_pay_sumamt",), FUNDS),
}  # fmt: skip


@pytest.mark.parametrize("identity", IDENTITIES)
def test_money_adds_up_to_the_fen(stays: pl.DataFrame, identity: str) -> None:
    """A partner's real settlements obey these; a check on landing that synthetic data break cannot be tried out."""
    left, right = (pl.sum_horizontal(names) for names in IDENTITIES[identity])
    assert stays.schema["medfee_sumamt"] == pl.Int64
    assert stays.filter(left != right).is_empty()


def test_nobody_pays_less_than_nothing(stays: pl.DataFrame) -> None:
    paid = stays.filter(pl.col("medfee_sumamt") > 0)
    assert paid.select(pl.min_horizontal(pl.col(AMOUNTS).min())).item() == 0
    assert paid.height > 0.98 * stays.height


def test_funds_pay_within_the_scope_of_the_policy(stays: pl.DataFrame) -> None:
    paid = stays.filter(pl.col("medfee_sumamt") > 0)
    assert paid.filter(pl.col("fund_pay_sumamt") > pl.col("inscp_scp_amt")).is_empty()
    assert paid.filter(pl.col("act_pay_dedc") > pl.col("inscp_scp_amt")).is_empty()


def test_schemes_pay_from_their_own_funds(stays: pl.DataFrame) -> None:
    employee = stays.filter("employee")
    resident = stays.filter(~pl.col("employee"))
    assert employee.select(pl.col("hifmi_pay", "maf_pay").abs().sum()).row(0) == (0, 0)
    assert (
        resident.select(pl.col("hifob_pay", "acct_pay", "acct_mulaid_pay", "cvlserv_pay").abs().sum()).row(0)
        == (0,) * 4
    )
    share = pl.col("fund_pay_sumamt").sum() / pl.col("medfee_sumamt").sum()
    assert employee.select(share).item() > resident.select(share).item() + 0.1


def test_amounts_are_of_a_plausible_size(true_stays: pl.DataFrame) -> None:
    yuan = true_stays["medfee_sumamt"] / 100
    assert 5_000 < yuan.median() < 9_000
    assert yuan.max() < 500_000
    grave = true_stays.filter("severe")["psn_part_amt"] / 100
    assert 10_000 < grave.median() < 25_000


def test_members_are_in_the_employees_scheme_and_nobody_changes_schemes(true_stays: pl.DataFrame) -> None:
    assert true_stays.filter("member")["employee"].all()
    assert true_stays.filter(pl.col("age") < 18)["employee"].any() is False
    assert true_stays.group_by("person").agg(pl.col("employee").n_unique())["employee"].max() == 1


def test_only_women_of_an_age_for_it_give_birth(true_stays: pl.DataFrame) -> None:
    births = true_stays.filter(pl.col("kind") == "52")
    assert births.height > 10
    assert births["female"].all()
    assert births["age"].is_between(20, 45).all()


def test_nobody_is_in_hospital_before_birth_or_after_the_extracts(true_stays: pl.DataFrame) -> None:
    assert true_stays.filter(pl.col("begun") < pl.col("birth")).is_empty()
    assert true_stays.filter(pl.col("begun") > pl.col("ended")).is_empty()
    assert true_stays["ended"].max() <= SynthRequest.as_of
    assert true_stays.filter(pl.col("settled").dt.date() < pl.col("ended")).is_empty()


def test_stays_of_a_person_follow_each_other(true_stays: pl.DataFrame) -> None:
    ordered = true_stays.sort("person", "begun").with_columns(
        before=pl.col("ended").shift(1).over("person", order_by="begun")
    )
    assert ordered.filter(pl.col("begun") <= pl.col("before")).is_empty()
    assert ordered["before"].count() > 300


def test_stays_over_new_year_are_mostly_settled_in_two_parts(true_stays: pl.DataFrame) -> None:
    first = true_stays.filter((pl.col("ended").dt.month() == 12) & (pl.col("ended").dt.day() == 31))
    second = true_stays.filter((pl.col("begun").dt.month() == 1) & (pl.col("begun").dt.day() == 1))
    split = first.join(second, on="person")
    whole = true_stays.filter(pl.col("begun").dt.year() < pl.col("ended").dt.year())
    assert split.height > 10
    assert split.height > whole.height


def test_the_old_are_ill_more_often(world: Callable[..., Any], true_stays: pl.DataFrame) -> None:
    people = world("官渡区").people
    old, grown = pl.col("age") > 60, pl.col("age").is_between(25, 45)
    rates = [true_stays.filter(ages).height / people.filter(ages).height for ages in (old, grown)]
    assert rates[0] > 2 * rates[1]


@pytest.mark.parametrize("kind", ["flagged", "negative"])
def test_refunds_are_flags_or_negative_rows(stays: pl.DataFrame, kind: str) -> None:
    refunded = stays.filter(pl.col("refunded") == "1")
    flagged = refunded.filter(pl.col("valid") == "0")
    negative = refunded.filter(pl.col("medfee_sumamt") < 0)
    assert flagged.height + negative.height == refunded.height
    assert {"flagged": flagged, "negative": negative}[kind].height > 0


def test_refunds_do_not_change_what_a_person_bore() -> None:
    """The truth counts true stays; who counts flags and negative rows rightly must arrive at the same sum."""
    amounts = {name: [100_000 + at for at in range(500)] for name in AMOUNTS}
    settled = pl.datetime_range(pl.datetime(2026, 1, 1), pl.datetime(2026, 1, 22), "1h", eager=True)[:500]
    bills = pl.DataFrame({"person": list(range(500)), "settled": settled, **amounts}).with_columns(
        pl.col("settled").cast(pl.Datetime("us"))
    )
    rows = with_refunds(np.random.default_rng(1), bills)
    assert rows.height > 505
    counting = rows.filter(pl.col("valid") == "1").group_by("person").agg(pl.col("psn_part_amt").sum())
    assert counting.sort("person")["psn_part_amt"].to_list() == bills["psn_part_amt"].to_list()

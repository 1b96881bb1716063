"""The truth about hardship (支出型困难的真值): who is in need, who is registered, and why each is hard to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bangfu.synth.relief import LISTED_AS_HARDSHIP

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

SUBSISTENCE_FEN = 72_000
"""Synthetic monthly subsistence line per person (合成的低保标准): not an official figure."""
MEDICAL_MINIMUM_FEN = 1_000_000
BURDEN_SHARE = 0.5
HARD_TO_SEE = (
    "none",
    "bad_id",
    "alias",
    "spouse_illness",
    "other_prefecture_hospital",
    "late_reimbursement",
    "no_data",
)
_ARCHIVED_PER_MEMBER = 3 / 300
_FORMERLY_REGISTERED = 0.10
"""Of the households with high bills, those that left the archive earlier, which still lists their members: illness is the first
reason to be registered. Whether they are in hardship now plays no part, or the archive would tell the truth."""


def earnings(rng: np.random.Generator, people: pl.DataFrame) -> npt.NDArray[np.float64]:
    """True yearly earnings of every person in yuan; 0 for who earns nothing."""
    age, member = people["age"].to_numpy(), people["member"].to_numpy()
    wage = rng.lognormal(np.log(44_000), 0.42, people.height)
    other = rng.lognormal(np.log(21_000), 0.6, people.height)
    elsewhere = np.where((age > 19) & (age < 60), other * 0.75, np.where(age >= 60, other * 0.25, 0.0))
    return np.asarray(np.where(member, wage, elsewhere))


def incomes(people: pl.DataFrame, earned: npt.NDArray[np.float64]) -> pl.Series:
    """True yearly income per household in fen, from its earners."""
    yearly = np.bincount(people["household"].to_numpy(), weights=earned)
    return pl.Series("income_fen", np.round(yearly).astype(np.int64) * 100)


def household_burdens(
    people: pl.DataFrame,
    settlements: pl.DataFrame,
    episodes: pl.DataFrame,
    payments: pl.DataFrame,
    income: pl.Series,
    as_of: dt.date,
) -> pl.DataFrame:
    """What each household bore in the twelve months before ``as_of``: one row per household, in order.

    Returns:
        household, size, income_fen, medical_fen, member_medical_fen, loss_fen (net of relief), house (a room
        collapsed or severely damaged), listed (paid by civil affairs now).
    """
    since = _a_year_before(as_of)
    persons = people.with_row_index("person").select(pl.col("person").cast(pl.Int64), "household", "member")
    medical = (
        settlements.filter(pl.col("ended") > since)
        .join(persons, on="person")
        .group_by("household")
        .agg(
            pl.col("psn_part_amt").sum().alias("medical_fen"),
            pl.col("psn_part_amt").filter(pl.col("member")).sum().alias("member_medical_fen"),
        )
    )
    losses = (
        payments.filter(pl.col("on") > since)
        .group_by("household")
        .agg(
            (pl.col("loss_fen") - pl.col("relief_fen") - pl.col("goods_fen")).sum().clip(0).alias("loss_fen"),
            ((pl.col("collapsed") + pl.col("severe")).sum() > 0).alias("house"),
        )
    )
    now = episodes.filter(
        pl.col("category").is_in(LISTED_AS_HARDSHIP) & (pl.col("stopped").is_null() | (pl.col("stopped") > as_of))
    ).select("household", pl.lit(True).alias("listed"))
    sizes = people.group_by("household", maintain_order=True).agg(pl.len().cast(pl.Int64).alias("size"))
    return (
        sizes.with_columns(income)
        .join(medical, on="household", how="left", maintain_order="left")
        .join(losses, on="household", how="left", maintain_order="left")
        .join(now.unique("household"), on="household", how="left", maintain_order="left")
        .with_columns(
            pl.col("medical_fen", "member_medical_fen", "loss_fen").fill_null(0),
            pl.col("house", "listed").fill_null(False),
        )
    )


def _a_year_before(as_of: dt.date) -> dt.date:
    return (
        as_of.replace(year=as_of.year - 1, day=min(as_of.day, 28))
        if as_of.month == 2
        else as_of.replace(year=as_of.year - 1)
    )


def hardship_reasons() -> dict[str, pl.Expr]:
    """The definition, one expression per reason over `household_burdens` (支出型困难的认定口径).

    medical: at least 10,000 yuan borne by the household in twelve months, and either half of its yearly income or so
    much that less than twice the subsistence line is left per person and month.
    disaster: rooms collapsed or severely damaged, and a loss net of relief of at least half the yearly income.
    listed: on a civil-affairs list of low-income families now (temporary relief does not count).
    """
    left = (pl.col("income_fen") - pl.col("medical_fen") - pl.col("loss_fen")) / 12 / pl.col("size")
    heavy = (pl.col("medical_fen") >= BURDEN_SHARE * pl.col("income_fen")) | (left < 2 * SUBSISTENCE_FEN)
    return {
        "medical": (pl.col("medical_fen") >= MEDICAL_MINIMUM_FEN) & heavy,
        "disaster": pl.col("house") & (pl.col("loss_fen") >= BURDEN_SHARE * pl.col("income_fen")),
        "listed": pl.col("listed"),
    }


def with_archive(rng: np.random.Generator, burdens: pl.DataFrame, member_households: int, members: int) -> pl.DataFrame:
    """Adds the reasons, in_hardship, and the household's archive: null, active, returned, exited or cancelled."""
    reasons = hardship_reasons()
    burdens = burdens.with_columns(
        pl.concat_list(pl.when(rule).then(pl.lit(name)) for name, rule in reasons.items())
        .list.drop_nulls()
        .alias("why")
    ).with_columns((pl.col("why").list.len() > 0).alias("in_hardship"))
    status = np.full(burdens.height, None, dtype=object)
    needy = burdens["in_hardship"].to_numpy()[:member_households]
    dice = rng.random(member_households)
    status[:member_households][needy & (dice < 0.36)] = "active"
    status[:member_households][needy & (dice >= 0.36) & (dice < 0.42)] = "exited"
    poor = burdens["income_fen"].to_numpy()[:member_households] / burdens["size"].to_numpy()[:member_households]
    free = np.flatnonzero(~needy)
    free = free[np.argsort(poor[free] * rng.lognormal(0, 0.5, len(free)), kind="stable")]
    already = int(sum(value is not None for value in status))
    chosen = free[: max(int(members * _ARCHIVED_PER_MEMBER + rng.random()) - already, 0)]
    status[chosen] = rng.choice(["active", "exited", "cancelled", "returned"], len(chosen), p=[0.33, 0.44, 0.15, 0.08])
    return burdens.with_columns(archive_status=pl.Series(status.tolist(), dtype=pl.String))


def with_visibility(rng: np.random.Generator, households: pl.DataFrame, eligible: pl.Series) -> pl.DataFrame:
    """Adds is_unregistered_hardship and hard_to_see (null for all other households).

    Args:
        rng: generator.
        households: of `with_archive`.
        eligible: per household, whether a member in good standing who is not retired lives there.
    """
    registered = pl.col("archive_status").is_in(["active", "returned"]).fill_null(False)
    households = households.with_columns(
        (pl.col("in_hardship") & eligible & ~registered).alias("is_unregistered_hardship")
    )
    medical = households["why"].list.contains("medical").to_numpy()
    only_medical = medical & (households["why"].list.len() == 1).to_numpy()
    elsewhere = only_medical & (
        households["member_medical_fen"].to_numpy() < 0.25 * households["medical_fen"].to_numpy()
    )
    dice = rng.random(households.height)
    reason = np.select(
        [
            dice < 0.10,
            elsewhere,
            only_medical & (dice < 0.22),
            only_medical & (dice < 0.34),
            dice > 0.86,
            dice > 0.76,
        ],
        ["no_data", "spouse_illness", "other_prefecture_hospital", "late_reimbursement", "bad_id", "alias"],
        "none",
    )
    true = households["is_unregistered_hardship"].to_list()
    known = pl.Series(rng.random(households.height) < _FORMERLY_REGISTERED)
    ill = eligible & (pl.col("medical_fen") >= MEDICAL_MINIMUM_FEN) & pl.col("archive_status").is_null()
    return households.with_columns(
        pl.when(known & ill).then(pl.lit("exited")).otherwise("archive_status").alias("archive_status"),
        hard_to_see=pl.Series([str(r) if t else None for r, t in zip(reason, true, strict=True)], dtype=pl.String),
    )

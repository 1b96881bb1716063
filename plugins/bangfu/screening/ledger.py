"""Evidence ledger (证据台账): every row that was looked at, whether it counts, and why not.

Each figure of a household can be traced to extract and row. Amounts stay here: the ledger is sealed with the links, and
nothing beyond screening reads more than band, quarter and count.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

import polars as pl

__all__ = ["LARGEST_AMOUNT", "LEDGER", "NotCounted", "entries", "judged_settlements"]

LARGEST_AMOUNT = 2_000_000.0
"""Yuan of one settlement above which an amount is a slip of the pen or of the unit (分 for 元): it is shown, not counted."""

LEDGER: Mapping[str, type[pl.DataType]] = {
    "household_id": pl.String,
    "partner_id": pl.String,
    "source": pl.String,
    "record_id": pl.String,
    "extract_id": pl.String,
    "row_number": pl.Int64,
    "day": pl.Date,
    "amount": pl.Float64,
    "match_probability": pl.Float64,
    "via": pl.String,
    "not_counted": pl.String,
}
"""Columns: the household, whom the row is about, the row, its day, what it adds in yuan (null for an event), how sure it
is, what ties the person to the household (null for the member's own), and why it does not count (null where it does)."""


class NotCounted(StrEnum):
    """Why a row adds nothing."""

    NO_AMOUNT = "no_amount"  # 金额缺失: unknown, never zero
    INVALID = "invalid"  # 有效标志为否
    ABSURD = "absurd"  # 金额异常
    SENT_AGAIN = "sent_again"  # 重复报送，以最后一次为准
    SAME_SETTLEMENT = "same_settlement"  # 同一笔结算
    REFUNDED = "refunded"  # 已退费
    REFUND = "refund"  # 退费记录，已冲销
    OUTSIDE = "outside_window"  # 不在时间窗口内
    FUTURE = "future"  # 日期晚于窗口末日
    NO_DAY = "no_day"  # 日期缺失


def judged_settlements(rows: pl.DataFrame) -> pl.DataFrame:
    """Settlements, each with what it adds or why it adds nothing (结算去重与退费冲销).

    - An unknown amount is no zero; an invalid settlement (有效标志 0) and an absurd amount add nothing.
    - Nobody bears more than the whole bill: of a larger personal amount the total counts.
    - A settlement sent again (the same identifier and sign) counts as it was sent last; known under two persons of the
      source with one day and amount, it counts once, for the surer.
    - Without an identifier, rows of different extracts with one person, stay, day and amount are one settlement.
    - A refund is a flag, a negative row, or both, so amounts of one person and one size are netted: as many count as are
      positive and not flagged, and no more than positives exceed negatives.
    - A negative row without a counterpart (a partial refund) reduces the person's total.

    Args:
        rows: Linked settlement rows, oldest extract first.

    Returns:
        The rows with `amount` and `not_counted`.
    """
    out: list[pl.DataFrame] = []

    def without(frame: pl.DataFrame, which: pl.Expr, why: NotCounted) -> pl.DataFrame:
        marked = frame.with_columns(which.fill_null(False).alias("_out"))
        out.append(marked.filter("_out").with_columns(pl.lit(str(why)).alias("not_counted")))
        return marked.filter(~pl.col("_out")).drop("_out")

    personal, total = pl.col("personal_amount").cast(pl.Float64), pl.col("total_amount").cast(pl.Float64)
    most = pl.when(total.abs() > 0).then(total.abs()).otherwise(personal.abs())
    known = rows.with_row_index("_order").with_columns(
        (personal.sign() * pl.min_horizontal(personal.abs(), most)).alias("amount")
    )
    known = without(known, pl.col("amount").is_null(), NotCounted.NO_AMOUNT)
    known = without(known, pl.col("valid").fill_null("1") == "0", NotCounted.INVALID)
    known = without(known, pl.col("amount").abs() > LARGEST_AMOUNT, NotCounted.ABSURD)
    known = known.with_columns(
        (pl.col("amount") < 0).alias("negative"), pl.coalesce("settlement_ref", "record_id").alias("_ref")
    )
    own = ["cluster_id", "partner_id", "_ref", "negative"]
    known = without(known, pl.col("_order") != pl.col("_order").max().over(own), NotCounted.SENT_AGAIN)
    known = _once(known, without)
    counts = _netted(known)
    known = without(known.with_columns(counts), ~pl.col("_counts") & ~pl.col("negative"), NotCounted.REFUNDED)
    known = without(known, ~pl.col("_counts"), NotCounted.REFUND)
    stands = known.with_columns(pl.lit(None, pl.String).alias("not_counted"))
    return pl.concat([stands, *out], how="diagonal_relaxed").sort("_order")


def _once(known: pl.DataFrame, without: Callable[[pl.DataFrame, pl.Expr, NotCounted], pl.DataFrame]) -> pl.DataFrame:
    """Without settlements that another row says as well."""
    twice = ["cluster_id", "settlement_ref", "settled_on", "amount"]
    known = known.sort("match_probability", "_order", descending=[True, False])
    again = pl.col("settlement_ref").is_not_null() & (pl.int_range(pl.len()).over(twice) > 0)
    known = without(known, again, NotCounted.SAME_SETTLEMENT)
    stay = ["cluster_id", "partner_id", "admitted_on", "discharged_on", "settled_on", "amount"]
    known = known.sort(pl.col("settlement_ref").is_null(), "_order")
    known = known.with_columns(pl.int_range(pl.len()).over([*stay, "extract_id"]).alias("_rank"))
    same = [*stay, "_rank"]
    later = pl.int_range(pl.len()).over(same) > 0
    return without(known, pl.col("settlement_ref").is_null() & later, NotCounted.SAME_SETTLEMENT)


def _netted(known: pl.DataFrame) -> pl.Series:
    """Which rows stand when refunds are taken off."""
    own = ["cluster_id", "partner_id", "_size"]
    positive = pl.col("amount") > 0
    sized = known.with_row_index("_at").with_columns(
        pl.col("amount").abs().round(2).alias("_size"),
        (positive & (pl.col("refunded").fill_null("0") != "1")).alias("_standing"),
    ).sort("partner_id", "_size", "_standing", "settled_on", "record_id",
           descending=[False, False, True, False, False])  # fmt: skip
    negatives = pl.col("negative").sum().over(own).cast(pl.Int64)
    positives = positive.sum().over(own).cast(pl.Int64)
    surviving = pl.min_horizontal(pl.col("_standing").sum().over(own).cast(pl.Int64), (positives - negatives).clip(0))
    leftover = (negatives - positives).clip(0)
    place = pl.int_range(pl.len()).over([*own, "negative"])
    stands = pl.when("negative").then(place < leftover).otherwise(pl.col("_standing") & (place < surviving))
    return sized.select("_at", stands.alias("_counts")).sort("_at")["_counts"]


def entries(rows: pl.DataFrame, source: str) -> pl.DataFrame:
    """Rows in the columns of `LEDGER`.

    Args:
        rows: `household_id` or `cluster_id`, `partner_id`, where the row comes from, `day`, and what else is known.
        source: Source code.
    """
    told = rows.with_columns(pl.lit(source).alias("source"))
    if "household_id" not in told.columns:
        told = told.with_columns(pl.col("cluster_id").alias("household_id"))
    return told.select(
        (pl.col(name) if name in told.columns else pl.lit(None)).cast(kind).alias(name) for name, kind in LEDGER.items()
    )

"""The window (时间窗口), and the settlements that count."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

__all__ = ["Window", "net_settlements"]


@dataclass(frozen=True)
class Window:
    """The twelve months that end with `as_of`: a day after `since`, and not after `as_of`."""

    as_of: dt.date

    @property
    def since(self) -> dt.date:
        """The same day of the year before; 28 February for a leap day.

        >>> Window(dt.date(2024, 2, 29)).since
        datetime.date(2023, 2, 28)
        """
        try:
            return self.as_of.replace(year=self.as_of.year - 1)
        except ValueError:
            return self.as_of.replace(year=self.as_of.year - 1, day=28)

    def holds(self, column: str) -> pl.Expr:
        """Whether a date lies in the window; an unknown date does not."""
        day = pl.col(column)
        return ((day > self.since) & (day <= self.as_of)).fill_null(False)


def net_settlements(rows: pl.DataFrame) -> pl.DataFrame:
    """Settlements that count, each once, with refunds taken off (退费冲销).

    - Invalid settlements (有效标志 0) are dropped.
    - A settlement sent again (the same identifier and sign of the amount) counts as it was sent last.
    - A refund is a flag, a negative row, or both, so amounts of one person and one size are netted: as many
      count as are positive and not flagged, and no more than positives exceed negatives.
    - A negative row without a counterpart (a partial refund) reduces the person's total.

    Args:
        rows: Linked settlement rows, oldest extract first.

    Returns:
        `cluster_id, partner_id, settled_on, amount` (yuan), `match_probability` and `via`; one row per
        settlement or leftover refund.
    """
    amount = pl.col("personal_amount").cast(pl.Float64)
    rows = rows if "via" in rows.columns else rows.with_columns(pl.lit(None, pl.String).alias("via"))
    known = rows.filter(pl.col("personal_amount").is_not_null() & (pl.col("valid").fill_null("1") != "0"))
    known = known.with_columns(amount.alias("amount"), (amount < 0).alias("negative"))
    again = pl.coalesce("settlement_ref", "record_id")
    once = known.unique(["cluster_id", "partner_id", again, "negative"], keep="last", maintain_order=True)
    own = ["cluster_id", "partner_id", "size"]
    sized = once.with_columns(
        amount.abs().round(2).alias("size"),
        ((amount > 0) & (pl.col("refunded").fill_null("0") != "1")).alias("standing"),
    ).sort(
        "partner_id",
        "size",
        pl.col("standing"),
        "settled_on",
        "record_id",
        descending=[False, False, True, False, False],
    )
    negatives = pl.col("negative").sum().over(own)
    positives = (amount > 0).sum().over(own)
    surviving = pl.min_horizontal(pl.col("standing").sum().over(own), (positives.cast(pl.Int64) - negatives).clip(0))
    leftover = (negatives.cast(pl.Int64) - positives).clip(0)
    place = pl.int_range(pl.len()).over([*own, "negative"])
    counted = sized.filter(
        pl.when("negative").then(place < leftover).otherwise(pl.col("standing") & (place < surviving))
    )
    return counted.select("cluster_id", "partner_id", "settled_on", "amount", "match_probability", "via")

"""The window (时间窗口), and the settlements that count."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from bangfu.screening.ledger import judged_settlements

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
    """Settlements that count, each once, with refunds taken off (退费冲销); see `judged_settlements`.

    Args:
        rows: Linked settlement rows, oldest extract first.

    Returns:
        `cluster_id, partner_id, settled_on, amount` (yuan), `match_probability` and `via`; one row per
        settlement or leftover refund.
    """
    counted = judged_settlements(rows).filter(pl.col("not_counted").is_null())
    via = pl.col("via") if "via" in counted.columns else pl.lit(None, pl.String)
    return counted.select("cluster_id", "partner_id", "settled_on", "amount", "match_probability", via.alias("via"))

"""What departments send after the fact (更正与补发): a list put right, and a further payment."""

from __future__ import annotations

import polars as pl

from bangfu.synth.error_rates import EXCLUDING

_ID_ERRORS = EXCLUDING[0]
_FURTHER_SHARE, _FURTHER_FEN = 3, 20_000


def corrected(rows: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """A civil-affairs list after the receipt: true identity numbers, no row twice; the rest is as it was.

    Args:
        rows: as first sent, of one part.
        persons: the true persons of the part.
    """
    true = persons.select("person_id", pl.col("id_number").alias("true_number"))
    kept = pl.col("errors").str.split("+").list.set_difference(pl.lit(list(_ID_ERRORS)))
    return (
        rows.filter(~pl.col("repeat"))
        .join(true, on="person_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("true_number").alias("id_number"),
            pl.when(pl.col("errors") == "").then(pl.lit("")).otherwise(kept.list.sort().list.join("+")).alias("errors"),
        )
        .drop("true_number")
    )


def supplement(rows: pl.DataFrame) -> pl.DataFrame:
    """A further payment for the same event to every third household (补发), 200 yuan more than the first."""
    first = rows.filter(~pl.col("repeat")).gather_every(_FURTHER_SHARE)
    paid = pl.col("relief_fen") + _FURTHER_FEN
    return first.with_columns(
        paid.alias("relief_fen"),
        pl.format("{}|{}|{}", "name", paid, pl.col("on").dt.strftime("%Y-%m-%d")).alias("record_key"),
    )

"""Contribution bases (缴费基数): a GB18030 CSV per prefecture, under the names of the ministry's data elements."""

from __future__ import annotations

import polars as pl

_STATUS = {"paying": "1", "suspended": "2", "ended": "3"}


def interface_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of the export, all text, in its order."""
    whole = (pl.col("base_fen") // 100).cast(pl.String)
    return rows.select(
        pl.col("record_key").alias("aac001"),
        pl.col("id_number").fill_null("").alias("aac002"),
        pl.col("name").alias("aac003"),
        pl.when("female").then(pl.lit("2")).otherwise(pl.lit("1")).alias("aac004"),
        pl.col("group").alias("aac005"),
        pl.col("birth").dt.strftime("%Y%m%d").alias("aac006"),
        pl.col("phone").fill_null("").alias("aae005"),
        pl.col("county_code").alias("aab301"),
        pl.col("employer").alias("aab004"),
        pl.col("employer_code").alias("aab998"),
        pl.col("status").replace_strict(_STATUS, return_dtype=pl.String).alias("aac031"),
        (whole + pl.lit(".") + (pl.col("base_fen") % 100).cast(pl.String).str.zfill(2)).alias("aae180"),
        pl.col("months").cast(pl.String).alias("aae201"),
        pl.col("since").dt.strftime("%Y%m").alias("aae041"),
        pl.col("until").dt.strftime("%Y%m").alias("aae042"),
        ("6217" + pl.col("record_key").str.zfill(15)).alias("aae010"),
    )

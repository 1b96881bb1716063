"""Tier drift (层级变化): registered households for which the rules suggest another tier than their file has.

Income and size are those the file states, which a visit found. A more urgent tier is told when its rule holds. A less
urgent one is told only when every more urgent rule is known not to hold: missing evidence lowers nobody.
"""

from collections.abc import Iterator
from typing import Any

import polars as pl

from bangfu.screening.archive.files import ArchiveFiles
from bangfu.screening.entries import Entry
from bangfu.screening.household import evidence_table
from bangfu.screening.rules.evaluation import outcomes
from bangfu.screening.screened import Screened
from schemas.evidence import EVIDENCE

__all__ = ["drifted", "tier_drift"]

TIERS = {"deep": 1, "relative": 2, "accident": 2, "general": 3}
"""Tier of a file by its kind of hardship (困难类别)."""


def drifted(files: ArchiveFiles, found: Screened) -> pl.DataFrame:
    """Standing files whose tier differs from the one suggested.

    Returns:
        `file, county, cluster_id, registered, suggested, code`: the tiers, and the rule that holds; nothing without
        parameters.
    """
    parameters, rules = found.policy.parameters, found.policy.rules
    heads = files.persons.filter(pl.col("relation") == "0").unique("file", keep="first", maintain_order=True)
    rows = (
        files.standing.filter(pl.col("income_year").is_not_null() & pl.col("size").is_not_null())
        .with_columns(pl.col("kind").replace_strict(TIERS, default=None, return_dtype=pl.Int64).alias("registered"))
        .drop_nulls("registered")
        .join(heads.select("file", "cluster_id"), on="file")
    )
    if parameters is None or rows.is_empty() or not rules.tiers:
        return pl.DataFrame(schema=_SCHEMA)
    told = found.prepared.evidence.table.filter("whole").rename({"household_id": "cluster_id"})
    stated = rows.select(
        pl.col("file").alias("household_id"),
        "cluster_id",
        "county",
        pl.col("income_year").alias("Y12"),
        pl.col("size").alias("n"),
    )
    known = stated.join(
        told.select("cluster_id", *(name for name in EVIDENCE if name not in {"Y12", "n"} and name in told.columns)),
        on="cluster_id",
        how="left",
    )
    values = parameters.on(found.prepared.window.as_of, known["county"].unique().to_list(), rules.area_type)
    table = evidence_table(known.drop("cluster_id")).join(values, on="county", how="left", maintain_order="left")
    answered = outcomes(table, rules)
    places = {rule.code: rule.tier for rule in rules.tiers}
    first = pl.coalesce(pl.when(pl.col(code).fill_null(False)).then(pl.lit(code)) for code in places)
    suggested = first.replace_strict(places, default=None, return_dtype=pl.Int64)
    surely = {
        tier: pl.all_horizontal(
            pl.lit(True), *((~pl.col(code)).fill_null(False) for code, own in places.items() if own < tier)
        )
        for tier in set(places.values())
    }
    sure = pl.coalesce(pl.when(suggested == tier).then(value) for tier, value in surely.items())
    return (
        answered.select(pl.col("household_id").alias("file"), first.alias("code"), suggested.alias("suggested"), sure.alias("sure"))
        .join(rows, on="file")
        .filter(
            (pl.col("suggested") < pl.col("registered")) | ((pl.col("suggested") > pl.col("registered")) & pl.col("sure"))
        )
        .select(*_SCHEMA)
        .sort("file")
    )  # fmt: skip


_SCHEMA: dict[str, Any] = {
    "file": pl.String,
    "county": pl.String,
    "cluster_id": pl.String,
    "registered": pl.Int64,
    "suggested": pl.Int64,
    "code": pl.String,
}


def tier_drift(files: ArchiveFiles, found: Screened) -> Iterator[Entry]:
    """One entry for each file whose tier has drifted."""
    sentences = {rule.code: (rule.zh, rule.en) for rule in found.policy.rules.tiers}
    for row in drifted(files, found).iter_rows(named=True):
        zh, en = sentences[row["code"]]
        reason = {
            "code": row["code"],
            "zh": f"在档为第{row['registered']}层级，建议复核为第{row['suggested']}层级：{zh}（收入和人口按档案所载）",
            "en": f"filed as tier {row['registered']}, tier {row['suggested']} is suggested: {en} "
            "(income and size as the file states them)",
        }
        yield Entry("tier_drift", row["county"], (reason,), row["cluster_id"], (row["file"],))

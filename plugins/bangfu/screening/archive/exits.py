"""Exit suggestions (退出建议): registered households that have been above the standard for the rules' months in a row.

It takes evidence to leave, as it takes evidence to be found: in every one of the months the wages that contributions
tell of, after the hospital bills that are known, must reach twice the subsistence line for every head of the household
(the relative-hardship standard), no screen may hold that puts a household on a list, and every source that could have
told of hardship must have been received up to that time. What is not known is never a reason: without wages, without a
stated household size, without parameters or without one of the sources nobody is suggested. Wages of relatives who are
not linked are not counted, so income is at least what is counted. An entry asks for a visit (入户调查) and decides nothing.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from bangfu.screening.archive.files import ArchiveFiles
from bangfu.screening.deaths import SURE
from bangfu.screening.entries import Entry
from bangfu.screening.evidence import Window
from bangfu.screening.household import household_evidence
from bangfu.screening.material import Material
from bangfu.screening.rules.evaluation import evaluate
from bangfu.screening.screened import Screened
from schemas.parameters import PARAMETERS

__all__ = ["LINE", "NEEDED", "READS", "exit_suggestions", "exits"]

LINE = 2.0
"""Times the subsistence line that income per head must reach: relative hardship (相对困难) ends there."""
NEEDED = {"medical_settlement": "settled_on", "civil_affairs": "started_on"}
"""Sources that must have been received, with the day that shows up to when."""
READS: Mapping[str, tuple[str, ...]] = {
    **{source: (day,) for source, day in NEEDED.items()},
    "contribution_base": ("contributed_from", "contributed_until", "contribution_base"),
}
"""Columns that are read of each source."""
_LAG = dt.timedelta(days=100)
"""How old the newest row of such a source may be: they are sent monthly or quarterly."""


def exits(files: ArchiveFiles, found: Screened) -> pl.DataFrame:
    """Standing files that have been above the standard in all of the months.

    Returns:
        `file, county, cluster_id`: the file, its union and its head.
    """
    nobody = pl.DataFrame(schema={"file": pl.String, "county": pl.String, "cluster_id": pl.String})
    seen, policy = found.prepared, found.policy
    persons = files.persons.join(files.standing, on="file", how="semi")
    own = _material(seen.material, persons)
    wages = own.linked.get("contribution_base")
    if policy.parameters is None or wages is None or not _received(seen.material, seen.window.as_of):
        return nobody
    dead = persons.join(seen.died, on="cluster_id", how="semi").select("file")
    above = files.standing.drop_nulls("size").join(dead, on="file", how="anti")
    for month in range(policy.rules.periods.exit):
        day = _back(seen.window.as_of, month)
        evidence = household_evidence(own, Window(day)).table
        values = policy.parameters.on(day, above["county"].unique().to_list(), policy.rules.area_type)
        owners = persons.join(files.table.select("file", "county"), on="file")
        placed = (
            evidence.join(
                owners.unique("cluster_id").select(pl.col("cluster_id").alias("household_id"), "county"),
                on="household_id",
                how="left",
            )
            .join(values, on="county", how="left")
            .with_columns(pl.col(item.name) for item in PARAMETERS.values())
        )
        hits = evaluate(placed, policy.rules).hits.filter("alone")
        hard = persons.join(hits, left_on="cluster_id", right_on="household_id", how="semi").select("file")
        bills = (
            persons.join(evidence.filter("whole"), left_on="cluster_id", right_on="household_id")
            .group_by("file")
            .agg(pl.col("E_med").max().fill_null(0).alias("bills"))
        )
        income = _wages(wages, persons, day)
        per_head = (pl.col("wages") - pl.col("bills").fill_null(0) / 12) / pl.col("size")
        above = (
            above.join(hard, on="file", how="anti")
            .join(income, on="file")
            .join(bills, on="file", how="left")
            .join(values.select("county", "L"), on="county")
            .filter((per_head >= LINE * pl.col("L")).fill_null(False))
            .select(files.table.columns)
        )
        if above.is_empty():
            return nobody
    heads = persons.sort("file", pl.col("relation") != "0", "cluster_id").unique(
        "file", keep="first", maintain_order=True
    )
    return above.join(heads, on="file").select("file", "county", "cluster_id").sort("file")


def exit_suggestions(files: ArchiveFiles, found: Screened) -> Iterator[Entry]:
    """One entry for each file, with what was found, what was not, and what only a visit tells."""
    months = found.policy.rules.periods.exit
    reasons = (
        {
            "code": "income_above",
            "zh": f"连续{months}个月缴费工资扣除已知住院自付后，人均不低于低保标准的{LINE:g}倍",
            "en": f"for {months} months wages by contribution base, less known hospital bills, have reached {LINE:g} times "
            "the subsistence line per head",
        },
        {
            "code": "no_evidence",
            "zh": "其间住院、民政等数据均已收到，未发现符合筛查规则的情况",
            "en": "the sources were received for that time, and no screen holds",
        },
        {
            "code": "visit",
            "zh": "教育、残疾护理等支出未知，须入户核实后方可退出",
            "en": "other expenses are unknown: only after a visit may the household leave",
        },
    )
    for row in exits(files, found).iter_rows(named=True):
        yield Entry("exit_suggestions", row["county"], reasons, row["cluster_id"], (row["file"],))


def _material(material: Material, persons: pl.DataFrame) -> Material:
    """What concerns some persons."""

    def own(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.join(persons, on="cluster_id", how="semi", maintain_order="left")

    return replace(
        material,
        linked={source: own(rows) for source, rows in material.linked.items()},
        family=None if material.family is None else own(material.family),
        shared={source: own(rows) for source, rows in material.shared.items()},
    )


def _received(material: Material, as_of: dt.date) -> bool:
    """Whether every needed source was received up to the last day."""
    for source, column in NEEDED.items():
        rows = material.linked.get(source)
        if rows is None or not rows.select((pl.col(column) >= as_of - _LAG).any()).item():
            return False
    return True


def _wages(rows: pl.DataFrame, persons: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    """`file, wages`: monthly bases that cover the month of a day, of all its members who are surely linked."""
    month = day.replace(day=1)
    covering = rows.filter(
        (pl.col("contributed_from") <= day)
        & (pl.col("contributed_until") >= month)
        & (pl.col("match_probability") >= SURE)
        & (pl.col("contribution_base") > 0)
    )
    person = covering.group_by("cluster_id", "partner_id").agg(pl.col("contribution_base").cast(pl.Float64).min())
    return (
        persons.join(person.group_by("cluster_id").agg(pl.col("contribution_base").min()), on="cluster_id")
        .group_by("file")
        .agg(pl.col("contribution_base").sum().alias("wages"))
    )


def _back(day: dt.date, months: int) -> dt.date:
    """The same day some months before, or the last of that month.

    >>> _back(dt.date(2026, 6, 30), 4)
    datetime.date(2026, 2, 28)
    """
    return pl.select(pl.lit(day).dt.offset_by(f"-{months}mo")).item()  # type: ignore[no-any-return]

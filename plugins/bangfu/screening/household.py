"""The household evidence table: from linked rows to one row per household and degree of certainty.

A row is a household as seen through all links that are at least `least` sure. So a bill that is surely the member's
is seen alone first, then with what is less sure beside it; a rule takes the row that says most, and one more bill never
weakens a clue. A household is the unit around a roster member: `bangfu.screening.memberships` says who belongs to it and
how surely, and what is a household member's is as sure as that.

Columns: `household_id`, `least`, `whole` (whether the row sees all links); what `schemas.evidence` declares; for every source `link:<source>` (the weakest link
used, null where none is), `first:<source>`, `last:<source>`.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from bangfu.screening.evidence import Window
from bangfu.screening.ledger import LEDGER, NotCounted, entries, judged_settlements
from bangfu.screening.material import Material
from bangfu.screening.means import AVERAGE_HOUSEHOLD, bases, means
from bangfu.screening.ties import INSTITUTION
from schemas.evidence import EVIDENCE, Unit

__all__ = ["LINKS", "READS", "HouseholdEvidence", "evidence_table", "household_evidence"]

LINKS: Mapping[str, type[pl.DataType]] = {
    "household_id": pl.String,
    "source": pl.String,
    "partner_id": pl.String,
    "match_probability": pl.Float64,
}
"""Columns of the links that evidence rests on."""

_ROOMS = ("houses_collapsed", "houses_severe", "houses_minor")
READS: Mapping[str, tuple[str, ...]] = {
    "medical_settlement": (
        "settlement_ref", "admitted_on", "discharged_on", "settled_on", "total_amount", "personal_amount", "refunded", "valid",
    ),
    "disaster_relief": ("event_on", *_ROOMS),
    "civil_affairs": ("relief_category", "household_size", "started_on", "stopped_on"),
    "work_accident": ("accident_on", "injury_grade"),
    "disability_certificate": ("disability_level", "certified_on", "certificate_status"),
    "education_aid": ("school_stage", "enrolled_on"),
    "contribution_base": ("contributed_from", "contribution_base"),
    "death_record": ("died_on",),
}  # fmt: skip
"""Columns of each source that evidence is made of; no other is within its reach."""

_KEY = ("household_id", "partner_id", "match_probability", "day")
_ROW = ("record_id", "extract_id", "row_number", "via")
_EVENT_SOURCES = ("disaster_relief", "work_accident")
AFTER_EVENT = dt.timedelta(days=30)
"""A death within so many days of a disaster or accident is taken to be by it: no register says the cause."""
_CIVIL = ("rigid_expenditure", "destitute", "edge", "subsistence")
_HIGHER = ["college", "undergraduate", "postgraduate"]


@dataclass(frozen=True)
class HouseholdEvidence:
    """Evidence of all households that have any.

    Attributes:
        table: As the module describes.
        links: Links it rests on, columns of `LINKS`.
        ledger: The rows behind every figure, columns of `bangfu.screening.ledger.LEDGER`.
    """

    table: pl.DataFrame
    links: pl.DataFrame
    ledger: pl.DataFrame


@dataclass(frozen=True)
class _Part:
    """Rows of one source that count, and how they become values of a household."""

    source: str
    rows: pl.DataFrame
    values: Mapping[str, pl.Expr]
    lists: tuple[str, ...] = ()
    """Flags that are false, not unknown, where the source was read and nothing of the household stands in it."""
    ledger: pl.DataFrame | None = None
    """The rows that were looked at; by default those that count."""


def household_evidence(material: Material, window: Window) -> HouseholdEvidence:
    """Gather the evidence of the window.

    Args:
        material: Linked rows.
        window: The twelve months.
    """
    parts = []
    for source, gather in _PARTS.items():
        rows = [material.linked[source]] if source in material.linked else []
        if source == "medical_settlement" and material.family is not None:
            rows.append(material.family)
        if source in material.shared and source != "contribution_base":  # a wage is the member's own; see `means`
            rows.append(material.shared[source])
        if rows:
            parts.append(gather(pl.concat([_read(table, source) for table in rows], how="vertical_relaxed"), window))
    parts += _deaths(material, window, parts)
    links = pl.concat(
        [
            part.rows.select(*_KEY[:2], pl.lit(part.source).alias("source"), "match_probability")
            .group_by("household_id", "source", "partner_id")
            .agg(pl.col("match_probability").max())
            .select(*LINKS)
            for part in parts
        ]
        or [pl.DataFrame(schema=dict(LINKS))]
    ).sort("household_id", "source", "partner_id")
    states = links.select("household_id", pl.col("match_probability").alias("least")).unique()
    whole = (pl.col("least") == pl.col("least").min().over("household_id")).alias("whole")
    table = states.sort("household_id", "least", descending=[False, True]).with_columns(whole)
    for part in parts:
        table = table.join(_seen(part, states), on=["household_id", "least"], how="left", maintain_order="left")
        absent = [
            pl.when("whole").then(pl.col(name).fill_null(False)).otherwise(name).alias(name) for name in part.lists
        ]
        table = table.with_columns(absent)
    table = _with_means(table, material, window)
    events = [name for name in table.columns if name.startswith("accident:")]
    table = table.with_columns(pl.max_horizontal(events).alias("accident")).drop(events) if events else table
    ledger = [part.ledger if part.ledger is not None else entries(part.rows, part.source) for part in parts]
    book = pl.concat([*ledger, pl.DataFrame(schema=dict(LEDGER))]).sort("household_id", "source", "day", "record_id")
    return HouseholdEvidence(evidence_table(table), links, book)


def _read(rows: pl.DataFrame, source: str) -> pl.DataFrame:
    """The declared columns; `via` is null where a row is the member's own."""
    via = "via" if "via" in rows.columns else pl.lit(None, pl.String).alias("via")
    return rows.select("cluster_id", "partner_id", "match_probability", *_ROW[:-1], via, *READS[source])


def _with_means(table: pl.DataFrame, material: Material, window: Window) -> pl.DataFrame:
    """Wages and size of the household: the same in all its rows, since they are no evidence but what it is weighed against."""
    told = table.join(
        means(material, window, table["household_id"]), on="household_id", how="left", maintain_order="left"
    )
    listed = pl.col("n_proxy") if "n_proxy" in table.columns else pl.lit(None)
    known = pl.max_horizontal("n_known", pl.lit(AVERAGE_HOUSEHOLD))
    return told.with_columns(pl.coalesce(listed, known).alias("n_proxy")).drop("n_known")


def evidence_table(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with every declared column, in its type; what a row lacks is unknown.

    Args:
        rows: `household_id` and any evidence, for example of one household written by hand.
    """
    own = [name for name in rows.columns if name not in EVIDENCE]
    cells = [
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(_type(name)).alias(name) for name in EVIDENCE
    ]
    return rows.select(*own, *cells)


def _type(name: str) -> type[pl.DataType]:
    return pl.Boolean if EVIDENCE[name].unit is Unit.FLAG else pl.Float64


def _seen(part: _Part, states: pl.DataFrame) -> pl.DataFrame:
    """The values of one source in every state of every household it says something of."""
    return (
        states.join(part.rows, on="household_id")
        .filter(pl.col("match_probability") >= pl.col("least"))
        .group_by("household_id", "least")
        .agg(
            *(value.alias(name) for name, value in part.values.items()),
            pl.col("match_probability").min().alias(f"link:{part.source}"),
            pl.col("day").min().alias(f"first:{part.source}"),
            pl.col("day").max().alias(f"last:{part.source}"),
        )
    )


def _person(day: str) -> list[pl.Expr]:
    return [
        pl.col("cluster_id").alias("household_id"),
        pl.col("partner_id"),
        pl.col("match_probability"),
        pl.col(day).alias("day"),
    ]


def _key(day: str) -> list[pl.Expr]:
    return [*_person(day), *(pl.col(name) for name in _ROW)]


def _once(rows: pl.DataFrame) -> pl.DataFrame:
    """Every row of a source once per household, through its surest link; `_row` is its place, oldest first.

    Nearly all rows come once, and only the others are sorted.
    """
    key = ["cluster_id", "record_id"]
    numbered = rows.with_row_index("_row")
    several = numbered.select(key).is_duplicated()
    if not several.any():
        return numbered
    surest = (
        numbered.filter(several)
        .sort("match_probability", "_row", descending=[True, False])
        .unique(key, keep="first", maintain_order=True)
    )
    return pl.concat([numbered.filter(~several), surest]).sort("_row")


def _medical(rows: pl.DataFrame, window: Window) -> _Part:
    """Settlements of the window; what was refunded beyond a person's bills is not set off against another's."""
    judged = judged_settlements(rows).with_columns(pl.coalesce("not_counted", _outside(window)).alias("not_counted"))
    counted = judged.filter(pl.col("not_counted").is_null())
    persons = counted.group_by("cluster_id", "partner_id").agg(
        pl.col("amount").sum().round(2).clip(0),
        (pl.col("amount") > 0).sum().alias("bills"),
        pl.col("settled_on").min().alias("day"),
        pl.col("settled_on").max().alias("last"),
        pl.col("match_probability").max(),
        pl.col("via").is_not_null().any().alias("family"),
    )
    both = pl.concat(  # a person's first and last day; the figures stand on the first
        [
            persons.select(*_person("day"), "amount", "bills", "family"),
            persons.filter(pl.col("last") != pl.col("day")).select(
                *_person("last"), pl.lit(0.0).alias("amount"), pl.lit(0, pl.UInt32).alias("bills"), "family"
            ),
        ],
        how="vertical_relaxed",
    )
    values = {
        "E_med": pl.col("amount").sum().round(2),
        "settlements": pl.col("bills").sum(),
        "family_settlements": pl.col("bills").filter("family").sum(),
    }
    book = entries(judged.with_columns(pl.col("settled_on").alias("day")), "medical_settlement")
    return _Part("medical_settlement", both, values, ledger=book)


def _outside(window: Window) -> pl.Expr:
    """Why a day is not of the window; null where it is."""
    day = pl.col("settled_on")
    return (
        pl.when(day.is_null()).then(pl.lit(str(NotCounted.NO_DAY)))
        .when(day > window.as_of).then(pl.lit(str(NotCounted.FUTURE)))
        .when(day <= window.since).then(pl.lit(str(NotCounted.OUTSIDE)))
    )  # fmt: skip


def _relief(rows: pl.DataFrame, window: Window) -> _Part:
    kept = _once(rows).filter(window.holds("event_on")).select(*_key("event_on"), *_ROOMS)
    values = {name: pl.col(name).max() for name in _ROOMS}
    return _Part(
        "disaster_relief", kept, {"relief_events": pl.len(), "accident:relief": pl.lit(True).first(), **values}
    )


def _civil_affairs(rows: pl.DataFrame, window: Window) -> _Part:
    """Rows that stand on the last day, and temporary relief begun in the window."""
    category = pl.col("relief_category")
    begun = (pl.col("started_on") <= window.as_of).fill_null(True)
    lasting = begun & (pl.col("stopped_on") >= window.as_of).fill_null(True)
    standing = pl.when(category == "temporary").then(window.holds("started_on")).otherwise(lasting)
    kept = _once(rows).filter(standing & category.is_not_null())
    size = pl.when(pl.col("household_size").is_between(1, INSTITUTION)).then("household_size")
    on = {f"on_{name.removesuffix('_expenditure')}": category.str.starts_with(name).any() for name in _CIVIL}
    values = {
        "listings": pl.len(),
        "temporary_relief": (category == "temporary").any(),
        "n_proxy": size.sort_by("_row").drop_nulls().last(),
    }
    rows = kept.select(*_key("started_on"), "relief_category", "household_size", "_row")
    return _Part("civil_affairs", rows, values | on, ("temporary_relief", *on))


def _work_accident(rows: pl.DataFrame, window: Window) -> _Part:
    grade = pl.col("injury_grade").replace({"none": "11"}).cast(pl.Int64, strict=False)
    kept = _once(rows).filter(window.holds("accident_on")).select(*_key("accident_on"), grade.alias("grade"))
    return _Part("work_accident", kept, {"injury_grade": pl.col("grade").min(), "accident:work": pl.lit(True).first()})


def _disability(rows: pl.DataFrame, window: Window) -> _Part:
    """Certificates that were assessed by the last day and are valid; an unknown status counts as valid."""
    valid = (pl.col("certificate_status").fill_null("valid") == "valid") & (
        pl.col("certified_on") <= window.as_of
    ).fill_null(True)
    level = pl.col("disability_level").cast(pl.Int64, strict=False)
    kept = _once(rows).filter(valid).select(*_key("certified_on"), level.alias("level"))
    values = {"disability_level": pl.col("level").min(), "disabled_members": pl.col("partner_id").n_unique()}
    return _Part("disability_certificate", kept, values)


def _schooling(rows: pl.DataFrame, window: Window) -> _Part:
    higher = pl.col("school_stage").is_in(_HIGHER) & window.holds("enrolled_on")
    kept = _once(rows).filter(higher.fill_null(False)).select(*_key("enrolled_on"))
    return _Part("education_aid", kept, {"new_student": pl.lit(True).first()})


def _wage(rows: pl.DataFrame, window: Window) -> _Part:
    """The latest base of each member that had begun by the last day; a base of nothing says nothing, nor does a slip."""
    known = bases(_once(rows), window).select(*_key("contributed_from"), "base", "_row")
    latest = pl.col("base").sort_by("day", "_row", nulls_last=False).last()
    return _Part("contribution_base", known, {"wage_year": latest * 12})


def _deaths(material: Material, window: Window, parts: Sequence[_Part]) -> list[_Part]:
    """Household members who died within `AFTER_EVENT` days of an event of the household; never the member."""
    rows = material.shared.get("death_record")
    events = [part.rows for part in parts if part.source in _EVENT_SOURCES]
    if rows is None or not events:
        return []
    days = pl.concat(part.select("household_id", "day", "match_probability") for part in events)
    days = days.rename({"day": "_event", "match_probability": "_sure"})
    died = (
        _once(_read(rows, "death_record"))
        .filter(window.holds("died_on"))
        .select(*_key("died_on"))
        .join(days, on="household_id")
    )
    since = pl.col("day") - pl.col("_event")
    by_event = died.filter(since.is_between(dt.timedelta(0), AFTER_EVENT)).with_columns(
        pl.min_horizontal("match_probability", "_sure").alias("match_probability")
    )
    told = by_event.sort("match_probability", descending=True).unique(["household_id", "record_id"], keep="first")
    told = told.drop("_event", "_sure").sort("household_id", "record_id")
    return [_Part("death_record", told, {"deaths": pl.col("partner_id").n_unique()})]


_PARTS: Mapping[str, Callable[[pl.DataFrame, Window], _Part]] = {
    "medical_settlement": _medical,
    "disaster_relief": _relief,
    "civil_affairs": _civil_affairs,
    "work_accident": _work_accident,
    "disability_certificate": _disability,
    "education_aid": _schooling,
    "contribution_base": _wage,
}

"""Evidence (证据) of each linked person within the window: settlements, disaster relief, civil-affairs lists.

Every function returns hits, one per person and screen: `cluster_id, code, band, count, first, last,
match_probability, partners` (the linked persons of the source it rests on). Amounts end here: a hit
carries a band.
"""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from bangfu.screening.rules import FAMILY, HOUSE, LOW_INCOME, MEDICAL, RELIEF, Rule

__all__ = ["HIT", "Window", "low_income_hits", "medical_hits", "net_settlements", "relief_hits"]

HIT: dict[str, pl.DataType | type[pl.DataType]] = {
    "cluster_id": pl.String,
    "code": pl.String,
    "band": pl.String,
    "count": pl.UInt32,
    "first": pl.Date,
    "last": pl.Date,
    "match_probability": pl.Float64,
    "partners": pl.List(pl.String),
}
"""Columns of hits."""


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


def medical_hits(rows: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Screen S1: out-of-pocket expenses (个人负担) of the window reach a band; S1F where family bills count.

    Where several persons of the source are linked to one member, the surest are counted first and others
    are added as long as that makes the clue stronger: one more bill never weakens it.
    """
    counted = net_settlements(rows).filter(window.holds("settled_on"))
    each = counted.group_by("cluster_id", "partner_id").agg(
        pl.col("amount").sum(),
        (pl.col("amount") > 0).sum().alias("count"),
        pl.col("settled_on").min().alias("first"),
        pl.col("settled_on").max().alias("last"),
        pl.col("match_probability").max(),
        pl.col("via").is_not_null().any().alias("family"),
    )
    person = "cluster_id"
    added = (
        each.sort("cluster_id", "match_probability", "amount", "partner_id", descending=[False, True, True, False])
        .with_columns(
            pl.col("amount").cum_sum().over(person),
            pl.col("count").cum_sum().over(person),
            pl.col("first").cum_min().over(person),
            pl.col("last").cum_max().over(person),
            pl.col("match_probability").cum_min().over(person),
            pl.col("family").cum_max().over(person),
            pl.int_range(1, pl.len() + 1).over(person).alias("used"),
            pl.col("partner_id").implode().over(person, mapping_strategy="join").alias("partners"),
        )
        .with_columns(pl.col("partners").list.head(pl.col("used")))
    )
    reached = added.with_columns(
        pl.coalesce(
            pl.when(pl.col("amount").round(2) >= band.floor).then(pl.lit(band.code))
            for band in reversed(list(MEDICAL.bands.values()))
        ).alias("band")
    ).drop_nulls("band")
    code = pl.when("family").then(pl.lit(FAMILY.code)).otherwise(pl.lit(MEDICAL.code))
    return _best(reached.with_columns(code.alias("code")), MEDICAL)


def relief_hits(rows: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Screens S4 and S4R: house destroyed or severely damaged, or relief paid, for an event of the window."""
    rooms = {name: pl.col(f"houses_{name}").fill_null(0) > 0 for name in ("collapsed", "severe", "minor")}
    banded = rows.filter(window.holds("event_on")).with_columns(
        pl.when(rooms["collapsed"] | rooms["severe"]).then(pl.lit(HOUSE.code)).otherwise(pl.lit(RELIEF.code)).alias("code"),
        pl.when(rooms["collapsed"]).then(pl.lit("collapsed"))
        .when(rooms["severe"]).then(pl.lit("severe"))
        .when(rooms["minor"]).then(pl.lit("damaged"))
        .otherwise(pl.lit("relief")).alias("band"),
    )  # fmt: skip
    hits = [_best(_per_person(banded.filter(code=rule.code), "event_on"), rule) for rule in (HOUSE, RELIEF)]
    house, relief = hits
    return pl.concat([house, relief.join(house, on="cluster_id", how="anti")])


def low_income_hits(rows: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Screen S5: in a civil-affairs household on the last day of the window; temporary relief within it."""
    category = pl.col("relief_category")
    begun = (pl.col("started_on") <= window.as_of).fill_null(True)
    lasting = begun & (pl.col("stopped_on") >= window.as_of).fill_null(True)
    temporary = category == "temporary"
    current = rows.filter(
        pl.when(temporary).then(window.holds("started_on")).otherwise(lasting) & category.is_not_null()
    )
    banded = current.with_columns(
        pl.when(category.str.starts_with("subsistence")).then(pl.lit("subsistence")).otherwise(category).alias("band"),
        pl.lit(LOW_INCOME.code).alias("code"),
    )
    return _best(_per_person(banded, "started_on"), LOW_INCOME)


def _per_person(rows: pl.DataFrame, day: str) -> pl.DataFrame:
    """Rows of one band gathered by person."""
    return rows.group_by("cluster_id", "code", "band").agg(
        pl.len().alias("count"),
        pl.col(day).min().alias("first"),
        pl.col(day).max().alias("last"),
        pl.col("match_probability").max(),
        pl.col("partner_id").sort_by("match_probability", "partner_id", descending=[True, False])
        .unique(maintain_order=True).alias("partners"),
    )  # fmt: skip


def _best(hits: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """The hit of each person that says most: belief of its band times match probability."""
    belief = pl.col("band").replace_strict({b.code: b.belief for b in rule.bands.values()}, return_dtype=pl.Float64)
    return (
        hits.with_columns((belief * pl.col("match_probability")).alias("_said"), belief.alias("_belief"))
        .sort("cluster_id", "_said", "_belief", "band", descending=[False, True, True, False])
        .unique("cluster_id", keep="first", maintain_order=True)
        .select(pl.col(name).cast(kind) for name, kind in HIT.items())
    )

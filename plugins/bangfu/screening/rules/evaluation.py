"""Evaluating a rule set over the household evidence table, all households at once."""

import functools
import operator
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from bangfu.screening.rules.rule_set import RuleSet, Screen

__all__ = ["HIT", "Findings", "evaluate", "outcomes"]

HIT: Mapping[str, type[pl.DataType]] = {
    "household_id": pl.String,
    "code": pl.String,
    "screen": pl.String,
    "group": pl.String,
    "alone": pl.Boolean,
    "band": pl.String,
    "belief": pl.Float64,
    "count": pl.UInt32,
    "first": pl.Date,
    "last": pl.Date,
    "match_probability": pl.Float64,
    "least": pl.Float64,
}
"""Columns of hits: a household and a screen that holds, in its strongest form; `match_probability` is the weakest link
it rests on, `least` what every link used was at least sure of."""


@dataclass(frozen=True)
class Findings:
    """What the rules say.

    Attributes:
        hits: Screens that hold, columns of `HIT`; one per household and screen.
        tiers: `household_id, code, tier, match_probability` of households a tier rule holds for.
        unknown: By rule, how many households it could not be decided for.
    """

    hits: pl.DataFrame
    tiers: pl.DataFrame
    unknown: Mapping[str, int]


def outcomes(table: pl.DataFrame, rules: RuleSet) -> pl.DataFrame:
    """The answer of every rule in every row.

    Args:
        table: Evidence, and the parameters by their names.
        rules: The rule set.

    Returns:
        The table with the derived values, a flag for every rule by its code (true, false, or null for unknown), and for
        every screen `band:<code>`: the most believed band that holds.
    """
    for derived in rules.derived:
        table = table.with_columns(derived.value.expression.alias(derived.name))
    flags = [tier.when.expression.alias(tier.code) for tier in rules.tiers]
    for screen in rules.screens:
        holds = functools.reduce(operator.or_, (band.when.expression for band in screen.bands))
        flags += [holds.alias(screen.code), _band(screen).alias(f"band:{screen.code}")]
    return table.with_columns(flags)


def evaluate(table: pl.DataFrame, rules: RuleSet) -> Findings:
    """Apply a rule set.

    Args:
        table: Evidence with the columns of `bangfu.screening.household`, and the parameters by their names.
        rules: The rule set.
    """
    answered = outcomes(table, rules)
    found = [_hits(answered, screen) for screen in rules.screens]
    hits = pl.concat(found or [pl.DataFrame(schema=dict(HIT))])
    said = pl.col("belief") * pl.col("match_probability")
    best = (
        hits.with_columns(said.alias("_said"))
        .sort("household_id", "screen", "alone", "_said", "belief", "code", descending=[False, False, True, True, True, False])
        .unique(["household_id", "screen"], keep="first", maintain_order=True)
        .select(*HIT)
        .sort("household_id", "code")
    )  # fmt: skip
    return Findings(best, _tiers(answered, rules), _unknown(answered, rules))


def _band(screen: Screen) -> pl.Expr:
    """The most believed band that holds; of bands equally believed the later."""
    ordered = sorted(enumerate(screen.bands), key=lambda item: (-item[1].belief, -item[0]))
    return pl.coalesce(pl.when(band.when.expression).then(pl.lit(band.code)) for _, band in ordered)


def _whole(table: pl.DataFrame) -> pl.Expr:
    """The rows that see all links; all rows of a table that has one for each household."""
    return pl.col("whole") if "whole" in table.columns else pl.lit(True)


def _weakest(table: pl.DataFrame, sources: tuple[str, ...]) -> pl.Expr:
    """The weakest link among some sources; certain where nothing was linked."""
    links = [name for source in sources if (name := f"link:{source}") in table.columns]
    return pl.min_horizontal(links).fill_null(1.0) if links else pl.lit(1.0)


def _hits(answered: pl.DataFrame, screen: Screen) -> pl.DataFrame:
    def told(name: str) -> pl.Expr:
        return pl.col(name) if name in answered.columns else pl.lit(None)

    band = pl.col(f"band:{screen.code}")
    cells = {
        "household_id": pl.col("household_id"),
        "code": pl.lit(screen.code),
        "screen": pl.lit(screen.screen),
        "group": pl.lit(screen.group),
        "alone": pl.lit(screen.alone),
        "band": band,
        "belief": band.replace_strict({item.code: item.belief for item in screen.bands}, return_dtype=pl.Float64),
        "count": told(screen.count) if screen.count else pl.lit(None),
        "first": told(f"first:{screen.source}"),
        "last": told(f"last:{screen.source}"),
        "match_probability": _weakest(answered, screen.sources),
        "least": told("least"),
    }
    held = answered.filter(pl.col(screen.code).fill_null(False))
    return held.select(cells[name].cast(kind).alias(name) for name, kind in HIT.items())


def _tiers(answered: pl.DataFrame, rules: RuleSet) -> pl.DataFrame:
    """Of every household the first tier rule that holds with all evidence there is."""
    sources = tuple({name.removeprefix("link:") for name in answered.columns if name.startswith("link:")})
    found = [
        answered.filter(_whole(answered) & pl.col(rule.code).fill_null(False)).select(
            "household_id",
            pl.lit(rule.code).alias("code"),
            pl.lit(rule.tier).alias("tier"),
            _weakest(answered, sources).alias("match_probability"),
            pl.lit(place).alias("_place"),
        )
        for place, rule in enumerate(rules.tiers)
    ]
    if not found:
        schema = {"household_id": pl.String, "code": pl.String, "tier": pl.Int32, "match_probability": pl.Float64}
        return pl.DataFrame(schema=schema)
    return (
        pl.concat(found)
        .sort("household_id", "_place", "match_probability", descending=[False, False, True])
        .unique("household_id", keep="first", maintain_order=True)
        .drop("_place")
    )


def _unknown(answered: pl.DataFrame, rules: RuleSet) -> dict[str, int]:
    """Households in no row of which a rule holds, and which it is unknown for with all evidence there is."""
    codes = rules.codes
    per_household = answered.group_by("household_id").agg(
        (~pl.col(code).any().fill_null(False) & (pl.col(code).is_null() & _whole(answered)).any()).alias(code)
        for code in codes
    )
    counts = per_household.select(pl.col(code).sum() for code in codes)
    return {code: int(counts[code][0] or 0) for code in codes} if len(per_household) else dict.fromkeys(codes, 0)

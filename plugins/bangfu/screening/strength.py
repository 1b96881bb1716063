"""Clue strength (线索强度): one number to sort a list by; never a tier (困难层级)."""

import polars as pl

from bangfu.screening.rules import RULES

__all__ = ["strengths"]


def strengths(hits: pl.DataFrame) -> pl.DataFrame:
    """Strength and weakest link of each person.

    A hit confirms hardship with probability `belief * match_probability`: the evidence must be this
    person's, and evidence of this band must mean hardship. Hits of different screens are combined as
    independent (noisy or): `strength = 1 - product(1 - belief * match_probability)`. Illness and low income
    are not independent, so a strength from several screens is somewhat too high; it orders a list and is no
    calibrated probability until visits have been recorded. More evidence never lowers it.

    Args:
        hits: `cluster_id, code, band, match_probability`, at most one per person and screen.

    Returns:
        `cluster_id, strength, match_probability` (the weakest among the person's hits).
    """
    believed = {f"{rule.code}/{band.code}": band.belief for rule in RULES.values() for band in rule.bands.values()}
    belief = pl.concat_str("code", "band", separator="/").replace_strict(believed, return_dtype=pl.Float64)
    return (
        hits.with_columns((1 - belief * pl.col("match_probability")).alias("_not"))
        .group_by("cluster_id")
        .agg((1 - pl.col("_not").product()).clip(0, 1).alias("strength"), pl.col("match_probability").min())
        .sort("cluster_id")
    )

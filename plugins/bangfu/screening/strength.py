"""Clue strength (线索强度): one number to sort a list by; never a tier (困难层级)."""

import polars as pl

__all__ = ["strengths"]


def strengths(hits: pl.DataFrame) -> pl.DataFrame:
    """Strength and weakest link of each household.

    A hit confirms hardship with probability `belief * match_probability`: the evidence must be this
    household's, and evidence of this band must mean hardship. Of hits in one group, which rest on the same
    evidence, the strongest counts; groups are combined as independent (noisy or): `strength = 1 - product(1 -
    belief * match_probability)`. Illness and low income are not independent, so a strength from several
    groups is somewhat too high; it orders a list and is no calibrated probability until visits have been
    recorded. More evidence never lowers it.

    Args:
        hits: `household_id, group, belief, match_probability`.

    Returns:
        `household_id, strength, match_probability` (the weakest among the household's hits).
    """
    return (
        hits.group_by("household_id", "group")
        .agg((pl.col("belief") * pl.col("match_probability")).max().alias("said"), pl.col("match_probability").min())
        .group_by("household_id")
        .agg((1 - (1 - pl.col("said")).product()).clip(0, 1).alias("strength"), pl.col("match_probability").min())
        .sort("household_id")
    )

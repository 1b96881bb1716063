"""Clue strength (线索强度): the expected share of visits that confirm hardship; never a tier (困难层级).

Before any visit it says no more than the rule file: a belief is somebody's judgement, worth a stated number of
visits. Visits move it (`bangfu.screening.learning`).
"""

import numpy as np
import polars as pl

from bangfu.screening.learning import Learned

__all__ = ["strengths"]

_TENTHS = 1.2816
"""Standard normal deviate below which nine in ten lie: between `low` and `high` lie eight in ten."""


def strengths(hits: pl.DataFrame, learned: Learned) -> pl.DataFrame:
    """Strength and weakest link of each household.

    A hit confirms hardship with probability `belief * match_probability`: the evidence must be this
    household's, and evidence of this band must mean hardship. Of hits in one group, which rest on the same
    evidence, the strongest counts; groups are combined as independent (noisy or): `strength = 1 - product(1 -
    belief * match_probability)`. Illness and low income are not independent; what that makes too high or too low
    the curve learnt from visits sets right, and before visits nothing does. More evidence never lowers a strength.

    `low` and `high` tell how sure the beliefs are: 80 % by the normal approximation, each belief a Beta distribution of
    its mean and of the visits it is worth, the error carried through the formula to first order.

    Args:
        hits: `household_id, code, band, group, belief, match_probability`.
        learned: What visits have taught; beliefs in `hits` are taken as they stand.

    Returns:
        `household_id, strength, low, high, match_probability` (the weakest among the household's hits).
    """
    said = pl.col("belief") * pl.col("match_probability")
    spread = pl.col("match_probability") ** 2 * pl.col("belief") * (1 - pl.col("belief")) / (pl.col("_worth") + 1)
    combined = (
        hits.join(learned.worth, on=["code", "band"], how="left")
        .with_columns(pl.col("_worth").fill_null(learned.rules.belief_weight))
        .with_columns(said.alias("_said"), spread.alias("_spread"))
        .sort("household_id", "group", "_said", "_spread", descending=[False, False, True, False])
        .group_by("household_id", "group", maintain_order=True)
        .agg(pl.col("_said", "_spread").first(), pl.col("match_probability").min())
        .group_by("household_id")
        .agg(
            (1 - (1 - pl.col("_said")).product()).clip(0, 1).alias("_mean"),
            ((1 - pl.col("_said")).product() * (pl.col("_spread") / (1 - pl.col("_said")) ** 2).sum().sqrt()).alias("_sd"),
            pl.col("match_probability").min(),
        )
        .sort("household_id")
    )  # fmt: skip
    mean, deviation = combined["_mean"].to_numpy(), combined["_sd"].to_numpy()
    cells = {"strength": mean, "low": mean - _TENTHS * deviation, "high": mean + _TENTHS * deviation}
    made = [pl.Series(name, learned.corrected(np.clip(values, 0, 1)), pl.Float64) for name, values in cells.items()]
    return combined.with_columns(made).select("household_id", *cells, "match_probability")

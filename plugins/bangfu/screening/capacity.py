"""The cut by what a county can visit (走访能力): its strongest clues, after everything else that leaves somebody out."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from bangfu.screening.screened import Screened
from bangfu.screening.suppression import sentences

__all__ = ["within_capacity"]


def within_capacity(found: Screened, capacity: Mapping[str, int]) -> Screened:
    """The list without the weakest clues of counties that have more than they can visit.

    Args:
        found: A list, the strongest first.
        capacity: By county, how many clues it can visit; a county it does not name has no limit.
    """
    limit = pl.col("county").replace_strict(dict(capacity), default=None, return_dtype=pl.Int64)
    place = pl.int_range(pl.len()).over("county")
    persons = found.persons.filter(limit.is_null() | (place < limit))
    later = found.persons.join(persons, on="cluster_id", how="anti", maintain_order="left")
    hits = found.hits.join(persons, left_on="household_id", right_on="cluster_id", how="semi", maintain_order="left")
    left = sentences(later.with_columns(pl.lit("capacity").alias("why")))
    return replace(found, persons=persons, hits=hits, left_out=pl.concat([found.left_out, left]))

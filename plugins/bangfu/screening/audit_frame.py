"""Who an audit sample is drawn from (抽样框): the households of live members that screening says nothing about.

Left out are members who are not to be visited as unregistered at all (dead, registered, household registered, transferred,
left, retired), everybody the rules found, whether listed, decided about, refused or waiting for capacity, since these are
known by name, and whoever another list of the run names. The unit is the household, as for clues: members who surely share
one with somebody found are with that clue, and of several in one household the first stands for all.
"""

from collections.abc import Iterable

import polars as pl

from bangfu.screening.memberships import SURE, represented
from bangfu.screening.screened import Screened

__all__ = ["audit_frame"]


def audit_frame(found: Screened, beside: Iterable[str] = ()) -> pl.DataFrame:
    """The frame of one screening.

    Args:
        found: What the rules found, before decisions and capacity were looked at.
        beside: `cluster_id` of members whom another list names.

    Returns:
        `cluster_id, county`: one member per household, by `cluster_id`.
    """
    seen = found.prepared
    known = pl.concat([frame.select("cluster_id") for frame in (seen.out, found.persons, found.left_out)])
    known = pl.concat([known, pl.DataFrame({"cluster_id": list(beside)}, schema={"cluster_id": pl.String})])
    frame = seen.members.select("cluster_id", "county").join(known, on="cluster_id", how="anti").sort("cluster_id")
    if seen.material.held is None:
        return frame
    sure = seen.material.held.filter(pl.col("probability") >= SURE).select("household_id", "person", "probability")
    listed = found.persons.select("cluster_id")
    covered = pl.concat(
        [
            sure.join(listed, left_on="person", right_on="cluster_id", how="semi").select(cluster_id="household_id"),
            sure.join(listed, left_on="household_id", right_on="cluster_id", how="semi").select(cluster_id="person"),
        ]
    )
    frame = frame.join(covered, on="cluster_id", how="anti", maintain_order="left")
    return frame.join(_beside(frame, sure), on="cluster_id", how="anti", maintain_order="left")


def _beside(frame: pl.DataFrame, sure: pl.DataFrame) -> pl.DataFrame:
    """Members of the frame for whom another member of their household stands."""
    pairs = sure.filter(pl.col("household_id") != pl.col("person"))
    for name in ("household_id", "person"):
        pairs = pairs.join(frame, left_on=name, right_on="cluster_id", how="semi")
    tied = pl.concat([pairs.select(cluster_id="household_id"), pairs.select(cluster_id="person")]).unique()
    both = pl.concat([pairs, pairs.select(household_id="person", person="household_id", probability="probability")])
    return represented(tied.with_columns(strength=pl.lit(0.0)), both)

"""Members who have died (死亡): nobody is sent to the dead, and their households are told to the union as changed.

A death counts where the record is surely this member's and nothing of later date speaks against it. A hospital bill is
often settled weeks after a death, so only one settled long after it does. The registers are newer than the last event
of the window, so a death soon after it counts as well; one much later is an error of the record, or unheard of.
"""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from bangfu.screening.evidence import Window

__all__ = ["READS", "SURE", "deaths"]

SURE = 0.95
"""Smallest match probability at which a death record is held to be the member's."""
READS: Mapping[str, tuple[str, ...]] = {"death_record": ("died_on",), "medical_settlement": ("settled_on",)}
"""Columns that are read of each source."""
_SETTLED_AFTER = dt.timedelta(days=60)
_KNOWN_AFTER = dt.timedelta(days=62)


def deaths(linked: Mapping[str, pl.DataFrame], window: Window, sure: float = SURE) -> pl.DataFrame:
    """Find the members who have died.

    Args:
        linked: By source, rows tied to members.
        window: The window; only its last day matters, since the dead of earlier years stay dead.
        sure: Smallest match probability that counts.

    Returns:
        `cluster_id, died_on, match_probability, in_doubt`, one row per person: the surest record. `in_doubt` where a
        bill of the member was settled more than 60 days after the death, or the death is dated more than 62 days after
        the window; such a person stays on the list.
    """
    records = linked.get("death_record")
    if records is None:
        return pl.DataFrame(schema=_SCHEMA)
    ahead = (pl.col("died_on") > window.as_of + _KNOWN_AFTER).alias("in_doubt")
    died = (
        records.filter((pl.col("match_probability") >= sure) & pl.col("died_on").is_not_null())
        .sort("cluster_id", "match_probability", "died_on", descending=[False, True, True])
        .unique("cluster_id", keep="first", maintain_order=True)
        .select("cluster_id", "died_on", "match_probability", ahead)
    )
    bills = linked.get("medical_settlement")
    if bills is None:
        return died
    seen = (
        bills.filter((pl.col("match_probability") >= sure) & (pl.col("settled_on") <= window.as_of))
        .group_by("cluster_id")
        .agg(pl.col("settled_on").max().alias("seen_on"))
    )
    later = (pl.col("seen_on") > pl.col("died_on") + _SETTLED_AFTER).fill_null(False)
    return (
        died.join(seen, on="cluster_id", how="left", maintain_order="left")
        .with_columns(pl.col("in_doubt") | later)
        .drop("seen_on")
    )


_SCHEMA = {"cluster_id": pl.String, "died_on": pl.Date, "match_probability": pl.Float64, "in_doubt": pl.Boolean}

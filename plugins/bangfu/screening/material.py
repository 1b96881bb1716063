"""What screening reads: the rows of each source, each tied to the human being it was linked to.

Tables have the columns that are needed for everybody (`bangfu.screening.columns`), and may have others; particulars of
the few who are told of are read again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

__all__ = ["LINK_COLUMNS", "Material", "family_links", "row_links"]

LINK_COLUMNS = (
    "cluster_id",
    "roster_id",
    "partner_id",
    "match_probability",
    "match_weight",
    "pattern",
    "frequency_weight",
)


@dataclass(frozen=True)
class Material:
    """Everything one screening reads.

    Attributes:
        roster: Roster rows, oldest extract first, with `cluster_id`: one value per human being.
        linked: By partner source, its rows that an accepted link ties to the roster, oldest extract
            first: the source's own columns and `LINK_COLUMNS`.
        family: Settlements of household members, tied to the roster member they live with: as in `linked`,
            but `roster_id` is the household member, and `via` the source that lists the household.
        relatives: `record_id, source, person_id` of the rows of the household sources, for the explanation of such ties.
        held: Who belongs to whose household; columns of `bangfu.screening.memberships.MEMBERSHIP`.
        shared: By source, rows that are household members' by `held` and count for the member; `via` says what ties
            them.
        archived: `cluster_id, why, archive_level` of all persons of archive households that stand, roster members or not.
    """

    roster: pl.DataFrame
    linked: Mapping[str, pl.DataFrame]
    family: pl.DataFrame | None = None
    relatives: pl.DataFrame | None = None
    held: pl.DataFrame | None = None
    shared: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    archived: pl.DataFrame | None = None


def row_links(members: pl.DataFrame, pairs: pl.DataFrame, roster_persons: pl.DataFrame) -> pl.DataFrame:
    """Tie the rows of a source to human beings through the accepted pairs.

    Args:
        members: `record_id`, `person_id` of the source.
        pairs: Pairs of one linkage: `left_id` a roster person, `right_id` a person of the source.
        roster_persons: `person_id`, `cluster_id` of the roster, one row per roster record.

    Returns:
        `record_id` of the rows that are linked, with `LINK_COLUMNS`.
    """
    accepted = pairs.filter("accepted").rename({"left_id": "roster_id", "right_id": "partner_id"})
    clusters = roster_persons.select(pl.col("person_id").alias("roster_id"), "cluster_id")
    clusters = clusters.join(accepted, on="roster_id", how="semi").unique()
    links = accepted.join(clusters, on="roster_id").select(LINK_COLUMNS)
    return members.rename({"person_id": "partner_id"}).join(links, on="partner_id")


def family_links(members: pl.DataFrame, pairs: pl.DataFrame, family: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Tie settlements to the roster member in whose household the patient is listed.

    A tie is as sure as both its links: the member's to the household, and the listed person's to the patient.
    Where several tie the same patient to the same member, the surest counts.

    Args:
        members: `record_id`, `person_id` of the settlements.
        pairs: `left_id` a household member, `right_id` a person of the settlements.
        family: `source, person_id, cluster_id, household_probability` of the household members.
        own: `cluster_id, partner_id` of the members' own settlements; those never count as family.

    Returns:
        `record_id` of the rows, with `LINK_COLUMNS` and `via`.
    """
    ties = (
        pairs.filter("accepted")
        .rename({"left_id": "person_id", "right_id": "partner_id"})
        .join(family, on="person_id")
        .with_columns(pl.col("match_probability") * pl.col("household_probability"))
        .rename({"person_id": "roster_id", "source": "via"})
        .select(*LINK_COLUMNS, "via")
        .join(own.select("cluster_id", "partner_id").unique(), on=["cluster_id", "partner_id"], how="anti")
        .sort("match_probability", "roster_id", descending=[True, False])
        .unique(["cluster_id", "partner_id"], keep="first", maintain_order=True)
    )
    return members.rename({"person_id": "partner_id"}).join(ties, on="partner_id")

"""Household graph (家庭关系图): persons are nodes, ties are edges, a household is the unit around a roster member.

A person may be tied to several households; each membership stands with its probability, and memberships that
contradict each other are marked and never merged away.
"""

from collections.abc import Iterable, Mapping

import polars as pl

from bangfu.screening.ties import TIE

__all__ = ["MEMBERSHIP", "SURE", "memberships", "registered_households", "represented", "shared_rows"]

MEMBERSHIP: Mapping[str, type[pl.DataType]] = {
    **{name: kind for name, kind in TIE.items() if name != "confidence"},
    "probability": pl.Float64,
    "ties": pl.UInt32,
    "other_households": pl.UInt32,
}
"""Columns of memberships: the surest tie and its row; how many ties say so; how many households of members who are not
tied to this one claim the same person (above zero: the memberships contradict each other)."""

SURE = 0.8
"""A tie less sure than this hides nobody: a member is left out for the archive of a relative only if surely one."""


def memberships(ties: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """One row per household and person beside the member.

    Args:
        ties: Columns of `TIE`.

    Returns:
        Columns of `MEMBERSHIP`; the probability is that of the surest tie.
    """
    told = pl.concat([*ties, pl.DataFrame(schema=dict(TIE))])
    surest = (
        told.sort(
            "household_id", "person", "confidence", "basis", "source", "record_id", descending=[*[False] * 2, True, *[False] * 3]
        )
        .with_columns(pl.len().over("household_id", "person").alias("ties"))
        .unique(["household_id", "person"], keep="first", maintain_order=True)
        .rename({"confidence": "probability"})
    )  # fmt: skip
    other = _contradictions(surest.select("household_id", "person"))
    joined = surest.join(other, on=["household_id", "person"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("other_households").fill_null(0)).select(
        pl.col(name).cast(kind) for name, kind in MEMBERSHIP.items()
    )


def _contradictions(held: pl.DataFrame) -> pl.DataFrame:
    """`household_id, person, other_households`: households that claim the same person, and are not each other's."""
    several = held.filter(pl.len().over("person") > 1)
    pairs = several.join(several.rename({"household_id": "_other"}), on="person")
    strangers = pairs.filter(
        (pl.col("household_id") != pl.col("_other"))
        & (pl.col("household_id") != pl.col("person"))
        & (pl.col("_other") != pl.col("person"))
    )
    strangers = strangers.join(
        held, left_on=["household_id", "_other"], right_on=["household_id", "person"], how="anti"
    )
    strangers = strangers.join(
        held, left_on=["_other", "household_id"], right_on=["household_id", "person"], how="anti"
    )
    return strangers.group_by("household_id", "person").agg(pl.len().alias("other_households"))


def shared_rows(
    rows: pl.DataFrame, persons: pl.DataFrame, linked: pl.DataFrame, held: pl.DataFrame, taken: pl.DataFrame
) -> pl.DataFrame:
    """Rows of a source that are household members', tied to the member.

    A row is as sure as the membership, and where the person is a roster member, as their link to the row as well. The
    person is not compared with the member.

    Args:
        rows: Rows of the source with `record_id`.
        persons: `record_id, person_id, person` (cluster) of the source.
        linked: Its rows that are linked to roster members.
        held: Memberships.
        taken: `cluster_id, partner_id` that count for the household anyhow.

    Returns:
        Rows with the columns of `linked`, `via` (the basis) and `named_by` (the source of the tie).
    """
    direct = linked.select("record_id", "cluster_id", "roster_id", "partner_id", "match_probability", "match_weight",
                           "pattern", "frequency_weight").rename({"cluster_id": "person"})  # fmt: skip
    strangers = persons.join(linked, on="record_id", how="anti").select(
        "record_id", "person", pl.col("person_id").alias("partner_id"), pl.lit(1.0).alias("match_probability")
    )
    whose = pl.concat([direct, strangers], how="diagonal_relaxed").join(
        held.select(
            "household_id", "person", "probability", pl.col("basis").alias("via"), pl.col("source").alias("named_by")
        ),
        on="person",
    )
    ties = (
        whose.with_columns(
            pl.col("match_probability") * pl.col("probability"), pl.col("household_id").alias("cluster_id")
        )
        .join(taken.select("cluster_id", "partner_id").unique(), on=["cluster_id", "partner_id"], how="anti")
        .sort("match_probability", "person", descending=[True, False])
    )
    # of a patient known through several persons the surest stands
    best = ties.unique(["cluster_id", "partner_id"], keep="first", maintain_order=True)
    best = best.select("cluster_id", "partner_id", "person")
    kept = ties.join(best, on=["cluster_id", "partner_id", "person"], how="semi").unique(
        ["cluster_id", "record_id"], keep="first", maintain_order=True
    )
    return rows.join(kept.drop("person", "household_id", "probability"), on="record_id", maintain_order="left")


def registered_households(held: pl.DataFrame, registered: pl.DataFrame) -> pl.DataFrame:
    """Members in whose household somebody else is registered (户内他人已建档).

    Args:
        held: Memberships.
        registered: `cluster_id, archive_level` of persons in an archive household that stands, roster members or not.

    Returns:
        `cluster_id, archive_level` of the members, unique; those registered themselves may be among them.
    """
    sure = held.filter(pl.col("probability") >= SURE)
    return (
        sure.join(registered, left_on="person", right_on="cluster_id")
        .select(pl.col("household_id").alias("cluster_id"), "archive_level")
        .unique()
        .sort("cluster_id", "archive_level")
    )


def represented(listed: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Persons on a list whose household is on it already, by a stronger clue: one household is visited once (一户一线索).

    Args:
        listed: `cluster_id, strength` of everybody on the list.
        held: Memberships; those less sure than `SURE` join no clues.

    Returns:
        `cluster_id` of those who are left to the other's clue, which rests on their evidence as well.
    """
    order = listed.sort("strength", "cluster_id", descending=[True, False])["cluster_id"].to_list()
    pairs = held.filter(
        (pl.col("probability") >= SURE) & pl.col("household_id").is_in(order) & pl.col("person").is_in(order)
    )
    beside: dict[str, set[str]] = {}
    for household, person in pairs.select("household_id", "person").iter_rows():
        beside.setdefault(person, set()).add(household)
    kept: set[str] = set()
    left = []
    for person in order:
        if kept & beside.get(person, set()):
            left.append(person)
        else:
            kept.add(person)
    return pl.DataFrame({"cluster_id": left}, schema={"cluster_id": pl.String})

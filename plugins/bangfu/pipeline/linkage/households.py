"""Household members (家庭成员): persons a source lists in one household with a member of the roster.

A spouse's or child's hospital bill burdens the member's household, and no roster names spouse or child.
Civil-affairs lists and the archive, exited households included, do: their other persons are linked to the
settlements like roster persons are.
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from bangfu.pipeline.linkage.persons import Persons
from matching import LinkResult, Model, link
from schemas.sources import SOURCES

__all__ = ["HOUSEHOLD_SOURCES", "LARGEST_HOUSEHOLD", "link_relatives", "relatives"]

HOUSEHOLD_SOURCES = tuple(
    code for code, source in SOURCES.items() if {"household_ref", "relation"} <= {field.name for field in source.fields}
)
"""Sources that list whole households."""

LARGEST_HOUSEHOLD = 12
"""A household of more persons is an institution or a slip, and ties nobody together."""


def relatives(
    households: pl.DataFrame, members: pl.DataFrame, pairs: pl.DataFrame, clusters: pl.DataFrame
) -> pl.DataFrame:
    """Persons of households in which a roster member was found.

    Args:
        households: `record_id, household_ref` of one source.
        members: `record_id, person_id` of that source.
        pairs: Its pairs with the roster.
        clusters: `person_id, cluster_id` of the roster.

    Returns:
        `person_id, cluster_id, household_probability`: person of the source, roster member listed in the same
        household, and how sure that member's link is. A person is no relative of themselves.
    """
    person_household = (
        households.join(members, on="record_id").select("person_id", "household_ref").drop_nulls().unique()
    )
    small = person_household.filter(pl.len().over("household_ref") <= LARGEST_HOUSEHOLD)
    links = (
        pairs.filter("accepted")
        .select(pl.col("left_id").alias("_roster"), pl.col("right_id").alias("person_id"), "match_probability")
        .join(clusters.rename({"person_id": "_roster"}).unique(), on="_roster")
        .select("person_id", "cluster_id", "match_probability")
    )
    heads = (
        small.join(links, on="person_id").group_by("household_ref", "cluster_id").agg(pl.col("match_probability").max())
    )
    listed = small.join(heads, on="household_ref").join(links, on=["person_id", "cluster_id"], how="anti")
    return (
        listed.group_by("person_id", "cluster_id")
        .agg(pl.col("match_probability").max().alias("household_probability"))
        .sort("person_id", "cluster_id")
    )


def link_relatives(
    found: pl.DataFrame, sources: Mapping[str, Persons], settled: Persons, model: Model
) -> LinkResult | None:
    """Link relatives with the persons of the settlements.

    Args:
        found: `person_id` of the relatives, of any household source.
        sources: Persons of the household sources.
        settled: Persons of the settlements.
        model: The model estimated between roster and settlements; its parameters hold for relatives too, only
            the prior does not.

    Returns:
        The links; None where there is nobody to link.
    """
    if found.is_empty() or settled.table.is_empty():
        return None
    wanted = found.select(pl.col("person_id").alias("record_id")).unique()
    table = pl.concat(persons.table.join(wanted, on="record_id", how="semi") for persons in sources.values())
    # One human being may be listed by several sources, so that a settlement may match several persons.
    return link(table.to_arrow(), settled.table.to_arrow(), replace(model, prior=None), assignment="none")

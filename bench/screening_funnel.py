"""Where households in hardship are lost on the way to the list: the list of a synthetic province beside its truth.

A *clue* is a member (a cluster of roster rows); the household it stands for is the true one of that member. Two members of one
household may each be a clue, and a household is found when one of its members is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from bangfu.screening.fairness import with_groups
from bangfu.screening.material import Material
from bangfu.screening.screened import Screened

__all__ = ["LISTS", "SHOWS", "STAGES", "Judged", "judged"]

SHOWS = {"medical": "medical_settlement", "disaster": "disaster_relief", "listed": "civil_affairs"}
"""The source that shows each reason of hardship."""
LISTS = ("civil_affairs", "hardship_archive")
"""Sources that name whole households."""
STAGES = ("true", "in a source", "can be tied", "tied", "a rule holds", "on the list")


@dataclass(frozen=True)
class Judged:
    """The list of one province beside the truth.

    Attributes:
        homes: `cluster_id, household_id` of the truth, one row per member.
        households: Households of the truth.
        funnel: Unregistered households in hardship with a flag for each of `STAGES`.
        people: The first member of each of these, with groups and the flags.
    """

    homes: pl.DataFrame
    households: pl.DataFrame
    funnel: pl.DataFrame
    people: pl.DataFrame


def judged(found: Screened, roster: pl.DataFrame, settlements: pl.DataFrame, truth: Path) -> Judged:
    """Lay the truth beside the list.

    Args:
        found: The list.
        roster: `cluster_id, person_ref, name, phone` of the roster's rows.
        settlements: What the settlements say, as standardised: `settlement_ref, phone, contact_name, contact_phone`.
        truth: The directory of the truth.
    """
    records = pl.read_parquet(truth / "records.parquet").filter(~pl.col("late"))
    persons = pl.read_parquet(truth / "persons.parquet")
    households = pl.read_parquet(truth / "households.parquet")
    material = found.prepared.material
    homes = _homes(roster, records)

    def of(clusters: pl.DataFrame) -> pl.DataFrame:
        return clusters.select("cluster_id").unique().join(homes, on="cluster_id").select("household_id").unique()

    true = households.filter("is_unregistered_hardship").with_columns(pl.col("why").str.split("+").alias("_why"))
    reasons = true.select("household_id", "_why").explode("_why")
    able = _can_be_tied(roster, records, settlements)
    shown, tieable, tied = [], [], []
    for why, source in SHOWS.items():
        own = reasons.filter(pl.col("_why") == why).select("household_id")
        shown.append(own.join(records.filter(source=source), on="household_id", how="semi"))
        tieable.append(own.join(able.filter(source=source), on="household_id", how="semi"))
        tied.append(own.join(of(_tied(material, source)), on="household_id", how="semi"))
    holds = of(pl.concat([found.persons.select("cluster_id"), found.left_out.select("cluster_id")]))
    reached = [pl.concat(shown), pl.concat(tieable), pl.concat(tied), holds, of(found.persons)]
    funnel = true.select("household_id", "hard_to_see", "why", pl.lit(True).alias("true"))
    for name, part in zip(STAGES[1:], reached, strict=True):
        funnel = funnel.with_columns(pl.col("household_id").is_in(part["household_id"].implode()).alias(name))
    first = persons.filter("is_member").unique("household_id", keep="first", maintain_order=True)
    flags = funnel.select("household_id", *STAGES[1:])
    return Judged(
        homes, households, funnel, with_groups(first.join(flags, on="household_id"), found.prepared.window.as_of)
    )


def _homes(roster: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    cards = records.filter(source="union_roster").select(pl.col("record_key").alias("person_ref"), "household_id")
    return (
        roster.select("cluster_id", "person_ref")
        .join(cards.unique("person_ref"), on="person_ref")
        .unique("cluster_id", keep="first", maintain_order=True)
        .select("cluster_id", "household_id")
    )


def _tied(material: Material, source: str) -> pl.DataFrame:
    """`cluster_id` of members whom a row of the source counts for: their own, or a relative's."""
    rows: list[pl.DataFrame | None] = [material.linked.get(source), material.shared.get(source)]
    if source == SHOWS["medical"]:
        rows.append(material.family)
    return pl.concat([row.select("cluster_id") for row in rows if row is not None] or [pl.DataFrame(schema={"cluster_id": pl.String})])  # fmt: skip


def _can_be_tied(roster: pl.DataFrame, records: pl.DataFrame, settlements: pl.DataFrame) -> pl.DataFrame:
    """`source, household_id` where some row is of a person whom the roster or any source ties to a member of the household.

    So it is where the person is on the roster; a list of households names the person and a member; or a settlement bears a
    telephone, or the name of a contact person, that the roster has for a member. The truth says which household is whose, and
    nothing of how well names and numbers could be compared.
    """
    on_roster = records.filter(source="union_roster").select("person_id").unique()
    listed = records.filter(pl.col("source").is_in(LISTS)).select("person_id", "household_id").unique()
    with_member = listed.join(on_roster, on="person_id").select("household_id").unique()
    known = pl.concat([on_roster, listed.join(with_member, on="household_id").select("person_id")]).unique()
    rows = records.filter(pl.col("source").is_in(list(SHOWS.values())))
    named = rows.join(known, on="person_id", how="semi").select("source", "household_id")
    bills = records.filter(source=SHOWS["medical"]).select("household_id", pl.col("record_key").alias("settlement_ref"))
    bills = bills.join(settlements, on="settlement_ref")
    members = records.filter(source="union_roster").select("household_id", pl.col("record_key").alias("person_ref"))
    members = members.join(roster.select("person_ref", "name", pl.col("phone").alias("_phone")), on="person_ref")
    reached = _agree(bills, members, (("phone", "_phone"), ("contact_phone", "_phone"), ("contact_name", "name")))
    return pl.concat([named, reached.select(pl.lit(SHOWS["medical"]).alias("source"), "household_id")]).unique()


def _agree(bills: pl.DataFrame, members: pl.DataFrame, pairs: Sequence[tuple[str, str]]) -> pl.DataFrame:
    return pl.concat(
        bills.join(members, left_on=["household_id", bill], right_on=["household_id", member], how="semi").select(
            "household_id"
        )
        for bill, member in pairs
    )

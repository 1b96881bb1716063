"""The household graph of one linkage run, built from what the sources say (家庭关系图).

Ties are read before anything else, one source at a time: what they need of a row, nothing later does.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from bangfu.pipeline.linkage.households import HOUSEHOLD_SOURCES
from bangfu.pipeline.screening.linked_tables import LinkedTables, compacted
from bangfu.screening import registration
from bangfu.screening.memberships import memberships, shared_rows
from bangfu.screening.registration import registered
from bangfu.screening.ties import READS, Basis, contact_ties, listed_ties, residence_ties, telephone_ties
from schemas.sources import ROSTER

__all__ = ["SHARED", "HouseholdGraph", "household_graph", "household_members", "shared_of"]

SHARED = ("medical_settlement", "disaster_relief", "civil_affairs", "work_accident", "disability_certificate",
          "education_aid", "death_record", "contribution_base")  # fmt: skip
"""Sources whose rows touch the whole household, whoever of it they name."""
_TIES: Mapping[Basis, tuple[str, ...]] = {
    Basis.LISTED: HOUSEHOLD_SOURCES,
    Basis.TELEPHONE: ("medical_settlement", "civil_affairs", "hardship_archive", "disability_certificate"),
    Basis.CONTACT: ("medical_settlement",),
}
"""Which sources tie: by listing whole households; by a relative's telephone, written where a person has none, beside sex and
birth date that are always known; by naming a contact person."""
_ARCHIVE = "hardship_archive"


@dataclass(frozen=True)
class HouseholdGraph:
    """Who belongs to whose household, and who of them is registered; see `bangfu.screening.material.Material`."""

    held: pl.DataFrame
    archived: pl.DataFrame | None


def household_graph(tables: LinkedTables, members: pl.DataFrame) -> HouseholdGraph:
    """Build the graph.

    Args:
        tables: The linkage run.
        members: `record_id, person_id, cluster_id` of the roster's rows.
    """
    roster = tables.rows(ROSTER, READS[Basis.RESIDENCE]).join(
        members.drop("person_id"), on="record_id", maintain_order="left"
    )
    ties = [residence_ties(roster)]
    roster = roster.drop("address")
    persons = tables.persons([source for source in tables.sources if _bases(source)])
    archived = None
    for source in tables.sources:
        bases = _bases(source)
        if not bases:
            continue
        columns = dict.fromkeys(
            [*(name for basis in bases for name in READS[basis]), *registration.READS.get(source, ())]
        )
        own = persons.filter(source=source).select("record_id", "person")
        named = tables.rows(source, list(columns)).join(own, on="record_id")
        if Basis.LISTED in bases:
            ties.append(listed_ties(named, tables.links(source, members)))
        if Basis.TELEPHONE in bases:
            ties.append(telephone_ties(named, roster))
        if Basis.CONTACT in bases:
            ties.append(contact_ties(named, roster))
        if source == _ARCHIVE:
            archived = compacted(registered(named.rename({"person": "cluster_id"})))
    return HouseholdGraph(compacted(memberships(ties)), archived)


def _bases(source: str) -> list[Basis]:
    return [basis for basis, sources in _TIES.items() if source in sources]


def household_members(tables: LinkedTables, graph: HouseholdGraph) -> pl.DataFrame:
    """Rows of all `SHARED` sources whose persons belong to a member's household: `source, record_id, person_id, person`."""
    return tables.persons(SHARED, graph.held.select("person").unique())


def shared_of(
    source: str,
    rows: pl.DataFrame,
    linked: pl.DataFrame,
    family: pl.DataFrame | None,
    held: pl.DataFrame,
    persons: pl.DataFrame,
) -> pl.DataFrame:
    """Rows of a source that are household members', as `bangfu.screening.memberships.shared_rows` gives them.

    Args:
        source: One of `SHARED`.
        rows: Its rows.
        linked: Those that are roster members'.
        family: Those that a list of households gives to a member.
        held: Memberships.
        persons: From `household_members`.
    """
    beside = held.filter((pl.col("source") != source) | (pl.col("basis") != Basis.LISTED))
    # the list that names a relative already counts for the member whom it names
    taken = [part.select("cluster_id", "partner_id") for part in (linked, family) if part is not None]
    own = persons.filter(source=source).drop("source")
    return compacted(shared_rows(rows, own, linked, beside, pl.concat(taken)))

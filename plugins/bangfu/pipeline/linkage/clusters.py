"""Person clusters (人员归并) of one linkage run: over the roster and all sources, under ids that last from run to run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from bangfu.db.deliveries import StandingExtract
from bangfu.db.runs import Run
from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.found import Found
from bangfu.pipeline.linkage.persons import Persons
from bangfu.pipeline.linkage.successors import successors
from bangfu.pipeline.sealed import read_sealed
from bangfu.storage import keys
from bangfu.vault import VaultError
from matching.cluster_ids import Lineage, carry_ids
from matching.errors import LinkError
from matching.model import Conflict
from matching.persons import PersonSource, form_persons
from schemas.sources import ROSTER, SOURCES

__all__ = ["PersonClusters", "former_clusters", "household_lists", "person_clusters"]


@dataclass(frozen=True)
class PersonClusters:
    """The clusters of one run.

    Attributes:
        persons: One row per row of every source: `record_id, source, person_id, cluster_id`.
        refused: Pairs whose merge would contradict: `left_id, right_id, left_source, right_source` (persons),
            `match_weight, column, direct`; never a value.
        lineage: What became of the former run's ids: `former_id, cluster_id, records, change`.
        counts: How many ids went which way.
    """

    persons: pl.DataFrame
    refused: pl.DataFrame
    lineage: pl.DataFrame
    counts: Lineage


def person_clusters(
    sources: Mapping[str, Persons],
    found: Mapping[str, Found],
    households: Mapping[str, pl.DataFrame],
    conflicts: Sequence[Conflict],
    former: pl.DataFrame | None,
) -> PersonClusters:
    """Join the persons of all sources through the accepted pairs.

    A refused merge takes nothing from the links: a pair that the model believed stays accepted, though its persons stand
    in two clusters.

    Args:
        sources: Persons of every source, the roster among them; of their columns those of the conflicts are read.
        found: Of each source its pairs with the roster; of the roster its duplicates.
        households: `record_id` (a person), `household` of the sources that list households; see `household_lists`.
        conflicts: Columns whose different values forbid that two records are one person.
        former: `record_id, cluster_id` of the rows of the former run; None where there was none.
    """
    ids = pl.concat(persons.table["record_id"] for persons in sources.values()).sort()

    def numbered(frame: pl.DataFrame, *columns: str) -> pa.Table:
        """The places of ids among all of them: a tenth of the memory of texts, in the same order."""
        return frame.with_columns(_places(ids, frame[name]) for name in columns).to_arrow()

    joined = [
        PersonSource(
            source,
            numbered(persons.table, "record_id"),
            # The roster is searched for duplicates; what its declaration says is how sources are assigned to it.
            distinct=source != ROSTER and SOURCES[source].assignment == "one_to_one",
            households=numbered(households[source], "record_id") if source in households else None,
        )
        for source, persons in sources.items()
    ]
    pairs = [numbered(own.joining(), "left_id", "right_id") for own in found.values()]
    made = form_persons(joined, pairs, conflicts)
    cluster = pl.Series(made.clusters["cluster_id"])
    rows = pl.concat(
        persons.members.select(
            "record_id",
            pl.lit(source).alias("source"),
            "person_id",
            cluster.gather(_places(ids, persons.members["person_id"])).alias("cluster_id"),
        )
        for source, persons in sources.items()
    ).sort("record_id")
    refused = pl.DataFrame(made.refused)
    texts = [ids.gather(refused[side]).alias(side) for side in ("left_id", "right_id")]
    del joined, pairs, made
    carried = carry_ids(
        rows.select("record_id", "cluster_id").to_arrow(),
        None if former is None else former.select("record_id", "cluster_id").to_arrow(),
    )
    return PersonClusters(
        rows.with_columns(pl.DataFrame(carried.clusters)["cluster_id"]),
        refused.with_columns(texts),
        pl.DataFrame(carried.changes),
        carried.lineage,
    )


def _places(ids: pl.Series, some: pl.Series) -> pl.Series:
    """The place of each of some ids among all, which are in order.

    Raises:
        LinkError: One is none of them.
    """
    places = ids.search_sorted(some).cast(pl.Int32).alias(some.name)
    known = places < len(ids)
    if not (known.all() and (ids.gather(places) == some).all()):
        raise LinkError("pairs or households name a record that no source has")
    return places


def household_lists(rows: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The household lists a person stands in: within one extract, two persons of a household are two human beings.

    Over several extracts they need not be: a row that was corrected since is another person of the source.

    Args:
        rows: `record_id, extract_id, household_ref` of one source.
        members: `record_id, person_id` of that source.

    Returns:
        `record_id` (the person), `household`.
    """
    household = pl.concat_str("extract_id", pl.lit("/"), "household_ref").alias("household")
    listed = rows.join(members, on="record_id").select(pl.col("person_id").alias("record_id"), household)
    return listed.drop_nulls().unique(maintain_order=True)


def former_clusters(context: Context, former: Run | None, extracts: Sequence[StandingExtract]) -> pl.DataFrame | None:
    """`record_id, cluster_id` of the last finished linkage, as far as they are kept; of a row that a revision replaced
    the record that stands in its place now.

    Retention may have deleted them, and runs of earlier versions made none: ids then begin anew.
    """
    if former is None:
        return None
    key = keys.links(former.run_id, "persons")
    if context.store.stat(key) is None:
        return None
    try:
        known = read_sealed(context, key, former.run_id, ["record_id", "cluster_id"])
    except VaultError:
        return None
    moved = successors(context, former, extracts).rename({"record_id": "_now", "former_id": "record_id"})
    if moved.is_empty():
        return known
    now = pl.coalesce("_now", "record_id").alias("record_id")
    return known.join(moved, on="record_id", how="left", maintain_order="left").select(now, "cluster_id")

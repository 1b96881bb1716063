"""Person clusters (人员归并) of one linkage run: over the roster and all sources, under ids that last from run to run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from bangfu.db.deliveries import StandingExtract
from bangfu.db.runs import Run
from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.held import Held, places
from bangfu.pipeline.linkage.successors import successors
from bangfu.pipeline.sealed import sealed_batches
from bangfu.storage import keys
from bangfu.vault import VaultError
from matching.cluster_ids import Lineage, carry_ids
from matching.columns import Ints
from matching.memory import give_back
from matching.model import Conflict
from matching.persons import PersonSource, form_persons
from schemas.sources import ROSTER, SOURCES

__all__ = ["PersonClusters", "former_clusters", "household_lists", "person_clusters"]


_PIECE = 131_072
"""Rows of the table of persons that are made at once."""


@dataclass(frozen=True)
class PersonClusters:
    """The clusters of one run: over the rows of all sources, in the order of their ids.

    Attributes:
        records: `record_id` of every row.
        sources: The sources.
        source: Of every row the place of its source.
        person: Of every row the place of its person's row.
        cluster: Of every row the place of its cluster's id.
        ids: The ids of the clusters, each once.
        refused: Pairs whose merge would contradict: `left_id, right_id, left_source, right_source` (persons),
            `match_weight, column, direct`; never a value.
        lineage: What became of the former run's ids: `former_id, cluster_id, records, change`.
        counts: How many ids went which way.
    """

    records: pa.Array
    sources: Sequence[str]
    source: npt.NDArray[np.int8]
    person: Ints
    cluster: Ints
    ids: pa.Array
    refused: pl.DataFrame
    lineage: pl.DataFrame
    counts: Lineage

    def pieces(self, source: str | None = None) -> Iterator[pl.DataFrame]:
        """`record_id, source, person_id, cluster_id` of every row, or of those of one source, some rows at a time."""
        for start in range(0, len(self.records), _PIECE):
            rows = np.arange(start, min(start + _PIECE, len(self.records)))
            if source is not None:
                rows = rows[self.source[rows] == self.sources.index(source)]
            yield pl.DataFrame(
                {
                    "record_id": self.records.take(pa.array(rows)),
                    "source": pl.Series(self.sources, dtype=pl.String).gather(self.source[rows]),
                    "person_id": self.records.take(pa.array(self.person[rows])),
                    "cluster_id": self.ids.take(pa.array(self.cluster[rows])),
                }
            )

    def of(self, persons: pl.Series) -> pl.DataFrame:
        """`person_id, cluster_id` of some persons."""
        found = places(pl.Series(self.records), persons).to_numpy()
        return pl.DataFrame({"person_id": persons, "cluster_id": self.ids.take(pa.array(self.cluster[found]))})

    def number(self, source: str) -> tuple[int, int]:
        """The rows of one source and their clusters."""
        own = self.cluster[self.source == self.sources.index(source)]
        return len(own), len(np.unique(own))


def person_clusters(
    sources: Mapping[str, Held],
    pairs: Mapping[str, pl.DataFrame],
    households: Mapping[str, pl.DataFrame],
    conflicts: Sequence[Conflict],
    former: Callable[[], pa.Table | None],
) -> PersonClusters:
    """Join the persons of all sources through the accepted pairs.

    A refused merge takes nothing from the links: a pair that the model believed stays accepted, though its persons stand
    in two clusters.

    Args:
        sources: What is held of every source, the roster among them.
        pairs: Of each source its pairs with the roster; of the roster its duplicates; see `joining`.
        households: `record_id` (a person), `household` of the sources that list households; see `household_lists`.
        conflicts: Columns whose different values forbid that two records are one person.
        former: Reads the clusters of the former run; see `former_clusters`.
    """
    records, place = _in_one_order(sources)
    made = form_persons(
        [
            PersonSource(
                source,
                own.says.with_columns(record_id=place[source][own.persons]).to_arrow(),
                # The roster is searched for duplicates; what its declaration says is how sources are assigned to it.
                distinct=source != ROSTER and SOURCES[source].assignment == "one_to_one",
                households=_numbered(records, households[source]) if source in households else None,
            )
            for source, own in sources.items()
        ],
        [
            pa.table(
                {
                    "left_id": place[ROSTER][own["left"].to_numpy()],
                    "right_id": place[source][own["right"].to_numpy()],
                    "match_weight": own["match_weight"].to_numpy(),
                }
            )
            for source, own in pairs.items()
        ],
        conflicts,
    )
    person, source_of = np.empty(len(records), np.int32), np.empty(len(records), np.int8)
    for number, (source, own) in enumerate(sources.items()):
        person[place[source]] = place[source][own.person]
        source_of[place[source]] = number
    del place
    label = np.empty(len(records), np.int32)
    label[made.clusters["record_id"].to_numpy()] = made.clusters["cluster_id"].to_numpy()
    label = label[person]
    refused = pl.DataFrame(made.refused)
    texts = [records.gather(refused[side]).alias(side) for side in ("left_id", "right_id")]
    del made
    ids = records.to_arrow()
    del records
    give_back()
    carried = carry_ids(pa.table({"record_id": ids, "cluster_id": label}), former())
    give_back()
    return PersonClusters(
        records=ids,
        sources=tuple(sources),
        source=source_of,
        person=person,
        cluster=carried.places.astype(np.int32),
        ids=carried.ids,
        refused=refused.with_columns(texts),
        lineage=pl.DataFrame(carried.changes),
        counts=carried.lineage,
    )


def _in_one_order(sources: Mapping[str, Held]) -> tuple[pl.Series, dict[str, Ints]]:
    """The records of all sources in order, and of each source the places of its records."""
    given = pl.concat([own.records for own in sources.values()], rechunk=False)
    order = given.arg_sort()
    place = np.empty(len(given), np.int32)
    place[order.to_numpy()] = np.arange(len(given), dtype=np.int32)
    ends = np.cumsum([len(own.records) for own in sources.values()])
    return given.gather(order), dict(zip(sources, np.split(place, ends[:-1]), strict=True))


def _numbered(records: pl.Series, listed: pl.DataFrame) -> pa.Table:
    return listed.with_columns(places(records, listed["record_id"]).alias("record_id")).to_arrow()


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


def former_clusters(context: Context, former: Run | None, extracts: Sequence[StandingExtract]) -> pa.Table | None:
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
        known = _former_rows(context, key, former.run_id)
    except VaultError:
        return None
    moved = successors(context, former, extracts)
    if moved.is_empty():
        return known
    was, now = (moved[name].to_arrow() for name in ("former_id", "record_id"))
    place = pc.index_in(known["record_id"], value_set=was)
    return known.set_column(0, "record_id", pc.coalesce(now.take(place), known["record_id"]))


def _former_rows(context: Context, key: str, run_id: str) -> pa.Table:
    """The table piece by piece, ids of clusters as codes."""
    records, clusters = [], []
    for piece in sealed_batches(context, key, run_id, ["record_id", "cluster_id"]):
        records.append(piece["record_id"].to_arrow())
        clusters.append(piece["cluster_id"].to_arrow().cast(pa.string()).dictionary_encode())
    names = ("record_id", "cluster_id")
    kinds = (pa.large_string(), pa.dictionary(pa.int32(), pa.string()))
    columns = (pa.chunked_array(own, kind) for own, kind in zip((records, clusters), kinds, strict=True))
    return pa.table(dict(zip(names, columns, strict=True))).unify_dictionaries()

"""Persons (人员) over any number of sources: records of all of them joined at once, contradictions refused.

Each source brings its records, and the accepted pairs come from wherever they were found: between a central list and
each source, within a source, between two sources. The strongest pairs of all are joined first, so that it does not
matter which source was linked first. See `matching.clusters` for what is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.clusters import Clusters, Lists, conflict_values, form_clusters
from matching.columns import Ints
from matching.errors import LinkError
from matching.model import Conflict


@dataclass(frozen=True)
class PersonSource:
    """The records of one source.

    Attributes:
        name: the source.
        table: `record_id`, unique over all sources, and the conflict columns as far as the source has them.
        distinct: the source names nobody twice, so that two of its records are two persons.
        households: `record_id, household`: two records that stand in one household list are two persons. A record may
            stand in several lists; None where the source lists no households.
    """

    name: str
    table: pa.Table
    distinct: bool = False
    households: pa.Table | None = None


@dataclass(frozen=True)
class Persons:
    """Who is the same person, and which pairs were not believed.

    Attributes:
        clusters: record_id, source, cluster_id (the smallest record id of the cluster); sorted by record_id.
        refused: left_id, right_id, left_source, right_source, match_weight, column, direct: pairs whose merge would
            contradict, and where: a conflict column, "source" (which names nobody twice), or "household" (two of one
            list). Never the values. `direct`: the two records contradict each other themselves, so that whoever
            accepted the pair knew; else only others of their clusters do. Sorted by left_id, right_id.
    """

    clusters: pa.Table
    refused: pa.Table


def form_persons(
    sources: Sequence[PersonSource], pairs: Sequence[pa.Table], conflicts: Sequence[Conflict] = ()
) -> Persons:
    """Join the records of all sources through accepted pairs.

    Args:
        sources: at least one.
        pairs: tables of `left_id, right_id, match_weight`; any two records of any sources. Weights of different tables
            are compared, so they must mean the same: log2 Bayes factors that include the prior, as `link` gives them.
        conflicts: columns whose different values forbid that two records are one person.

    Raises:
        LinkError: a record id is missing or in two places, or a pair or household names a record that is nowhere.

    >>> numbers = ["539102199003070030", None, "539102199003070073"]
    >>> roster = PersonSource("roster", pa.table({"record_id": ["r1", "r2"], "id_number": numbers[:2]}))
    >>> relief = PersonSource("relief", pa.table({"record_id": ["x1"], "id_number": numbers[2:]}))
    >>> pairs = pa.table({"left_id": ["r1", "r1"], "right_id": ["r2", "x1"], "match_weight": [9.0, 5.0]})
    >>> made = form_persons([roster, relief], [pairs], [Conflict("id_number", "identity_number")])
    >>> made.clusters["cluster_id"].to_pylist(), made.refused["column"].to_pylist()
    (['r1', 'r1', 'x1'], ['id_number'])
    """
    given = pa.chunked_array([chunk for source in sources for chunk in source.table["record_id"].chunks])
    order = pc.sort_indices(given).to_numpy()
    ids = given.take(pa.array(order)).combine_chunks()
    _check_ids(ids)
    names = [source.name for source in sources]
    whose = np.repeat(np.arange(len(sources)), [len(source.table) for source in sources])[order].astype(np.int32)
    values = [codes[order] for codes in conflict_values([source.table for source in sources], conflicts)]
    joined = _joined(pairs, ids.type)
    first, second = (_rows(ids, joined[name], "pair") for name in ("left_id", "right_id"))
    apart = [_distinct(sources, whose), _households(sources, ids)]
    made = form_clusters(len(ids), first, second, joined["match_weight"].to_numpy(), values, apart)
    source_of = pa.array(names).take(pa.array(whose))
    clusters = pa.table({"record_id": ids, "source": source_of, "cluster_id": ids.take(pa.array(made.cluster))})
    columns = [*(conflict.column for conflict in conflicts), "source", "household"]
    return Persons(clusters, _refused(joined, made, source_of, (first, second), columns))


def _joined(pairs: Sequence[pa.Table], id_type: pa.DataType) -> pa.Table:
    schema = pa.schema({"left_id": id_type, "right_id": id_type, "match_weight": pa.float64()})
    return pa.concat_tables([schema.empty_table(), *(table.select(schema.names).cast(schema) for table in pairs)])


def _check_ids(ids: pa.Array) -> None:
    if ids.null_count:
        raise LinkError(f"{ids.null_count} record(s) of the sources have no record_id")
    if repeated := pc.sum(pc.equal(ids[:-1], ids[1:])).as_py():
        raise LinkError(f"{repeated} record id(s) are in two places of the sources; give every record its own")


def _rows(ids: pa.Array, wanted: pa.ChunkedArray, what: str) -> Ints:
    """The places of records among all, which are in order; numbers need no table of all of them."""
    if pa.types.is_integer(ids.type) and not wanted.null_count and len(ids):
        numbers, values = ids.to_numpy(), wanted.to_numpy()
        found = np.minimum(np.searchsorted(numbers, values), len(numbers) - 1)
        missing = int((numbers[found] != values).sum())
    else:
        place = pc.index_in(wanted, value_set=ids)
        found, missing = place.fill_null(-1).to_numpy(), place.null_count
    if missing:
        raise LinkError(f"{missing} {what}(s) name a record that no source has")
    return np.asarray(found, dtype=np.int32)


def _distinct(sources: Sequence[PersonSource], whose: Ints) -> Lists:
    """Each source that names nobody twice is one list."""
    once = np.array([source.distinct for source in sources], dtype=bool)
    rows = np.flatnonzero(once[whose]).astype(np.int32)
    return Lists(rows, whose[rows])


def _households(sources: Sequence[PersonSource], ids: pa.Array) -> Lists:
    rows, lists = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    before = 0
    for source in sources:
        if source.households is None:
            continue
        listed = source.households.filter(pc.is_valid(source.households["household"]))
        names = listed["household"].combine_chunks().dictionary_encode()
        rows.append(_rows(ids, listed["record_id"].cast(ids.type), "household"))
        lists.append(np.asarray(names.indices.to_numpy(), dtype=np.int32) + before)
        before += len(names.dictionary)
    return Lists(np.concatenate(rows), np.concatenate(lists).astype(np.int32))


def _refused(
    pairs: pa.Table, made: Clusters, source_of: pa.Array, ends: tuple[Ints, Ints], columns: Sequence[str]
) -> pa.Table:
    positions = pa.array(made.refused)
    left, right = (source_of.take(pa.array(rows[made.refused])) for rows in ends)
    listed = pairs.take(positions)
    return pa.table(
        {
            "left_id": listed["left_id"],
            "right_id": listed["right_id"],
            "left_source": left,
            "right_source": right,
            "match_weight": listed["match_weight"],
            "column": pa.array(columns, pa.string()).take(pa.array(made.reasons)),
            "direct": made.direct,
        }
    ).sort_by([("left_id", "ascending"), ("right_id", "ascending")])

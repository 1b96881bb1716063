"""One side of a kept linkage: all its rows with the hashes of their keys, as columns whose names begin with #."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import Columns, Flags, Ints, Longs
from matching.incremental.folder import State, mapped
from matching.kernels.encoding import find_marked, mark_hashes
from matching.keys import Hashes, Matrix, rule_hashes
from matching.levels import kind_of
from matching.model import Model
from matching.scoring import frequency_keys

ID = "#id"
MARKS = 1 << 24
"""Bits by which rows that have none of some hashes are passed over."""


@dataclass(frozen=True)
class Side:
    """All rows of one side there have been, those that are no more among them, and which these are."""

    table: pa.Table
    gone: Ints
    segments: tuple[int, ...]

    @classmethod
    def read(cls, folder: Path, state: State, side: str, _model: Model) -> "Side":
        """Map the files of a side."""
        tables = [mapped(folder / name) for name in getattr(state, side)]
        gone = mapped(folder / state.gone)[side].combine_chunks()
        return cls(widened(tables), gone.drop_null().to_numpy(), tuple(map(len, tables)))

    @property
    def ids_type(self) -> pa.DataType:
        return self.table[ID].type

    @property
    def alive(self) -> Flags:
        """One flag per row."""
        flags = np.ones(len(self.table), np.bool_)
        flags[self.gone] = False
        return flags

    def updated(self, rows: pa.Table | None, gone: pa.Array) -> "Side":
        """With rows added, and without those they replace and those that are gone."""
        out = [gone] if rows is None else [gone, rows[ID].combine_chunks().cast(self.ids_type)]
        lost = self._rows_of(pa.concat_arrays([part.cast(self.ids_type) for part in out]))
        whole = self.table if rows is None else widened([self.table, rows])
        segments = self.segments if rows is None else (*self.segments, len(rows))
        return Side(whole, np.union1d(self.gone, lost).astype(np.int32), segments)

    def _rows_of(self, ids: pa.Array) -> Ints:
        """The rows that have one of some ids, those that are gone among them; every file is in the order of its ids."""
        ids, rows = ids.drop_null(), [np.empty(0, np.int64)]
        for start, segment in self._pieces([ID]):
            own = _whole(segment[ID])
            places = _places(own, ids)
            there = np.flatnonzero(places < len(own))
            same = pc.equal(own.take(pa.array(places[there])), ids.take(pa.array(there)))
            rows.append(start + places[there][same.to_numpy(zero_copy_only=False)])
        return np.concatenate(rows).astype(np.int32)

    def _pieces(self, names: Sequence[str]) -> Iterator[tuple[int, pa.Table]]:
        """Some columns file by file, each with the number of its first row."""
        table = self.table.select(list(names))
        for start, size in zip(np.cumsum((0, *self.segments)).tolist(), self.segments, strict=False):
            yield start, table.slice(start, size)

    def hashes(self, keys: Sequence[str], rows: Longs | None = None) -> Matrix:
        """The hashes of a rule's or frequency's keys of some rows, ascending; of all, none for rows that are gone."""
        names = self._hash_names(keys)
        matrix = np.zeros((len(self.table) if rows is None else len(rows), max(len(names), 1)), np.uint64, order="F")
        for start, piece in self._pieces(names):
            stop = start + len(piece)
            first, last = (start, stop) if rows is None else np.searchsorted(rows, (start, stop))
            for place, name in enumerate(names):
                own = _whole(piece[name]).to_numpy()
                matrix[first:last, place] = own if rows is None else own[rows[first:last] - start]
        if rows is None:
            matrix[self.gone] = 0
        return matrix

    def _hash_names(self, keys: Sequence[str]) -> list[str]:
        return [name for name in self.table.column_names if name.startswith(prefix(keys))]

    def rows_with(self, keys: Sequence[str], wanted: Hashes) -> Longs:
        """Rows that have one of some hashes, those that are gone among them."""
        marks = np.zeros(MARKS // 64, np.uint64)
        mark_hashes(wanted, marks)
        names, found = self._hash_names(keys), [np.empty(0, np.int64)]
        for start, piece in self._pieces(names):
            rows = np.empty(len(piece), np.int32)
            for name in names:
                own = _whole(piece[name]).to_numpy()
                likely = rows[: find_marked(own, marks, rows)]
                found.append(start + likely[np.isin(own[likely], wanted)].astype(np.int64))
        return np.concatenate(found)

    @property
    def later_rows(self) -> Longs:
        """Rows that have come since the linkage was kept and are there."""
        later = np.arange(self.segments[0], len(self.table))
        return later[~np.isin(later, self.gone)]

    def changed(self, before: "Side", turned: Mapping[str, Hashes]) -> Flags:
        """Rows that were not there before, or whose telephone has `turned` shared or is shared no longer."""
        flags = np.zeros(len(self.table), np.bool_)
        flags[len(before.table) :] = True
        for column, numbers in turned.items():
            if len(numbers):
                flags[self.rows_with([f"{column}:phone"], numbers)] = True
        flags[self.gone] = False
        return flags

    def some(self, rows: Longs, shared: Mapping[str, Hashes]) -> pa.Table:
        """Some rows, ascending, as the comparers read them: telephones that too many share are left out."""
        taken = self.take([name for name in self.table.column_names if not name.startswith("#")], rows)
        for column, numbers in shared.items():
            if column in taken.column_names:
                many = np.isin(self.hashes([f"{column}:phone"], rows)[:, 0], numbers)
                place = taken.column_names.index(column)
                taken = taken.set_column(place, column, pc.if_else(pa.array(many), None, taken[column]))
        return taken

    def take(self, names: Sequence[str], rows: Longs) -> pa.Table:
        """Some columns of some rows, ascending; file by file, since Arrow would copy all of them into one piece first."""
        parts = []
        for start, piece in self._pieces(names):
            first, last = np.searchsorted(rows, (start, start + len(piece)))
            parts.append(piece.take(pa.array(rows[first:last] - start)))
        return pa.concat_tables(parts).combine_chunks()

    def order(self, rows: Longs) -> Longs:
        """The place of each of some rows when all are ordered by id, as far as rows that are alive go."""
        base = self.segments[0]
        if len(self.table) == base:
            return rows
        ids = self.table[ID]
        later = ids.slice(base).combine_chunks()
        width = len(later) + 1
        rank = np.empty(len(later), np.int64)
        rank[pc.sort_indices(later).to_numpy()] = np.arange(len(later))
        places = _places(_whole(ids.slice(0, base)), later) * width + 1 + rank
        return np.where(rows < base, (rows + 1) * width, places[np.maximum(rows - base, 0)])


def with_hashes(left: pa.Table, right: pa.Table, model: Model, id_column: str) -> list[pa.Table]:
    """The columns that the model reads, the ids, and the hashes of every key, as columns whose names begin with #."""
    columns = Columns(left, right)
    wanted = {column for item in model.comparisons for column in item.columns}
    sides = [
        {ID: table[id_column], **{name: table[name] for name in table.column_names if name in wanted}}
        for table in (left, right)
    ]
    keyed = [rule.keys for rule in model.blocking.rules] + [(key,) for key in model.blocking.refine]
    keyed += [keys for item in model.comparisons if item.frequency for keys in frequency_keys(item)]
    keyed += [(f"{column}:phone",) for column, _ in shared_columns(model)]
    for keys in dict.fromkeys(keyed):
        for side, matrix in zip(sides, rule_hashes(columns, keys), strict=True):
            for place in range(matrix.shape[1]):
                side[f"{prefix(keys)}{place}"] = pa.array(matrix[:, place])
    return [pa.table(side) for side in sides]


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, without copying it where it is."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def prefix(keys: Sequence[str]) -> str:
    return f"#{'+'.join(keys)}#"


def shared_columns(model: Model) -> list[tuple[str, int]]:
    """Telephone columns and how many rows may carry one number before it says nothing."""
    return [
        (item.columns[0], int({**kind_of(item.kind).options, **item.options}["shared_by"]))
        for item in model.comparisons
        if "shared_by" in kind_of(item.kind).options
    ]


def _places(ordered: pa.Array, ids: pa.Array) -> Longs:
    """How many of the ordered ids come before each of some ids."""
    if len(ids) == 0:
        return np.empty(0, np.int64)
    low = np.zeros(len(ids), np.int64)
    high = np.full(len(ids), len(ordered), np.int64)
    while (low < high).any():
        middle = (low + high) // 2
        probe = ordered.take(pa.array(np.minimum(middle, len(ordered) - 1)))
        less = pc.less(probe, ids).to_numpy(zero_copy_only=False) & (low < high)
        low = np.where(less, middle + 1, low)
        high = np.where(less, high, np.minimum(high, middle))
    return low


def widened(tables: Sequence[pa.Table]) -> pa.Table:
    """All tables one after the other; a column that one lacks is null there, a hash none."""
    types: dict[str, pa.DataType] = {}
    for table in tables:
        for name, kind in zip(table.column_names, table.schema.types, strict=True):
            types[name] = kind if name not in types or types[name] == pa.null() else types[name]
    whole = [
        pa.table(
            {
                name: table[name].cast(kind)
                if name in table.column_names
                else pa.array(np.zeros(len(table), np.uint64))
                if name.startswith("#")
                else pa.nulls(len(table), kind)
                for name, kind in types.items()
            }
        )
        for table in tables
    ]
    return pa.concat_tables(whole)

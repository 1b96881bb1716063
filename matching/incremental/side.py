"""One side of a kept linkage: all its rows with the hashes of their keys, as columns whose names begin with #."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import Columns, Flags, Ints, Longs
from matching.comparisons import shared_values
from matching.incremental.folder import State, mapped
from matching.keys import Hashes, Matrix, rule_hashes
from matching.levels import kind_of
from matching.model import Model
from matching.scoring import frequency_keys

ID = "#id"


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
        if not len(ids):
            return np.empty(0, np.int32)
        found = pc.is_in(self.table[ID], value_set=ids).combine_chunks()
        return np.flatnonzero(found.to_numpy(zero_copy_only=False)).astype(np.int32)

    def hashes(self, keys: Sequence[str]) -> Matrix:
        """The hashes of a rule's or frequency's keys, none for rows that are gone."""
        names = [name for name in self.table.column_names if name.startswith(prefix(keys))]
        matrix = np.zeros((len(self.table), max(len(names), 1)), np.uint64, order="F")
        for place, name in enumerate(names):
            at = 0
            for chunk in self.table[name].chunks:
                matrix[at : at + len(chunk), place] = chunk.to_numpy()
                at += len(chunk)
        matrix[self.gone] = 0
        return matrix

    def shared(self, model: Model) -> dict[str, Hashes]:
        """By telephone column the numbers that too many rows carry."""
        found = {}
        for column, most in shared_columns(model):
            numbers = self.hashes([f"{column}:phone"])[:, 0]
            found[column] = shared_values(numbers[numbers > 0], most)
        return found

    def changed(self, before: "Side", model: Model) -> Flags:
        """Rows that were not there before, or whose telephone has become shared or is shared no longer."""
        flags = np.zeros(len(self.table), np.bool_)
        flags[len(before.table) :] = True
        now, then = self.shared(model), before.shared(model)
        for column in now:
            turned = np.setxor1d(now[column], then[column])
            if len(turned):
                flags |= np.isin(self.hashes([f"{column}:phone"])[:, 0], turned)
        return flags & self.alive

    def some(self, rows: Longs, model: Model) -> pa.Table:
        """Some rows as the comparers read them: telephones that too many share are left out."""
        taken = self.table.take(pa.array(rows)).combine_chunks()
        for column, numbers in self.shared(model).items():
            own = taken[f"{prefix([f'{column}:phone'])}0"].to_numpy()
            taken = taken.set_column(
                taken.column_names.index(column),
                column,
                pc.if_else(pa.array(np.isin(own, numbers)), None, taken[column]),
            )
        return taken.select([name for name in taken.column_names if not name.startswith("#")])

    def order(self) -> Longs:
        """The place of every row when all are ordered by id, as far as rows that are alive go."""
        base = self.segments[0]
        if len(self.table) == base:
            return np.arange(base)
        ids = self.table[ID]
        later = ids.slice(base).combine_chunks()
        before = _places(ids.slice(0, base).combine_chunks(), later)
        width = len(later) + 1
        order = np.empty(len(self.table), np.int64)
        order[:base] = np.arange(1, base + 1) * width
        rank = np.empty(len(later), np.int64)
        rank[pc.sort_indices(later).to_numpy()] = np.arange(len(later))
        order[base:] = before * width + 1 + rank
        return order


def with_hashes(left: pa.Table, right: pa.Table, model: Model, id_column: str) -> list[pa.Table]:
    """The columns that the model reads, the ids, and the hashes of every key, as columns whose names begin with #."""
    columns = Columns(left, right)
    wanted = {column for item in model.comparisons for column in item.columns}
    sides = [
        {ID: table[id_column], **{name: table[name] for name in table.column_names if name in wanted}}
        for table in (left, right)
    ]
    keyed = [rule.keys for rule in model.blocking.rules] + [(key,) for key in model.blocking.refine]
    keyed += [keys for item in model.comparisons if item.frequency for keys in frequency_keys(item) if keys]
    keyed += [(f"{column}:phone",) for column, _ in shared_columns(model)]
    for keys in dict.fromkeys(keyed):
        for side, matrix in zip(sides, rule_hashes(columns, keys), strict=True):
            for place in range(matrix.shape[1]):
                side[f"{prefix(keys)}{place}"] = pa.array(matrix[:, place])
    return [pa.table(side) for side in sides]


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

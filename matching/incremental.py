"""Month after month (增量匹配): a kept linkage is brought up to date by what changed, at the cost of the change.

    first = keep_linked(folder, roster, settlements, model, assignment="many_to_one")
    later = relink(folder, right=settlements_of_this_month, gone_right=ids_withdrawn)

What `relink` returns equals what `link` returns over the whole tables with the model that the folder keeps. Kept are the
rows with the hashes of their keys, in Arrow files that are mapped rather than read (each update adds one to a side), and
the pairs that may be matches. The blocks of changed rows are formed anew from the hashes, so that the cap on their size
holds as ever, and only pairs of a changed row are compared. A row is changed that is new, or whose telephone has become one that many share, or is
one no longer. An update counts from the moment `state.json` names its files; what a broken one left behind is removed.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.assignment import Assignment
from matching.blocking import Plan, RuleBlocks, chosen_blocks, plan
from matching.columns import Columns, Flags, Ints, Longs
from matching.comparing import compare
from matching.comparisons import compare_pairs, comparer
from matching.engines.local import Chunk, Counts, Engine, Pairs, joined, merge_counts
from matching.errors import LinkError
from matching.fitting import with_canonical_names
from matching.kernels.encoding import find_marked, mark_hashes
from matching.kernels.pairs import count_patterns
from matching.keys import Hashes, Matrix, rule_hashes
from matching.levels import kind_of
from matching.linkage import LinkReport, LinkResult, accept, conclude, pairs_table, sorted_by_id
from matching.model import Model
from matching.options import Job, LinkOptions, Progress, silent
from matching.scoring import Sides, frequency_keys, probability
from matching.weighing import Worthwhile, weigh

FORMAT = "bangfu-kept-linkage/1"
_MARGIN = 1.0
"""Bits below what is worth keeping at which pairs are still kept, since frequencies change from month to month."""
_MOST_GROWTH = 1.9
"""Beyond it the margin of frequencies would not suffice."""
_MARKS = 1 << 24
_ID = "#id"
_SIDES = ("left", "right")


@dataclass(frozen=True)
class _State:
    """What `state.json` says: the files of each side in order, the others, and how to link."""

    id_column: str
    id_type: str
    assignment: Assignment
    threshold: float | None
    options: Mapping[str, Any]
    left: tuple[str, ...]
    right: tuple[str, ...]
    pairs: str
    gone: str
    model: str
    number: int
    format: str = FORMAT


def keep_linked(
    folder: Path,
    left: pa.Table,
    right: pa.Table,
    model: Model,
    *,
    id_column: str = "record_id",
    assignment: Assignment = "none",
    threshold: float | None = None,
    options: LinkOptions | None = None,
    progress: Progress = silent,
) -> LinkResult:
    """Link two tables as `link` does, and keep in a folder what `relink` needs; what was kept there is replaced.

    Raises:
        LinkError: as `link`; or clusters are asked for, which are not kept.
    """
    job = Job(id_column, assignment, threshold, options or LinkOptions(), progress)
    if job.options.clusters:
        raise LinkError("a kept linkage forms no clusters; form them from its pairs")
    left, right = (
        sorted_by_id(table, id_column, f"{side} table") for table, side in ((left, "left"), (right, "right"))
    )
    compared = compare(left, right, model, job, _MARGIN)
    result = conclude(compared, job)
    folder.mkdir(parents=True, exist_ok=True)
    number = _number_in(folder) + 1
    files = [f"{side}-{number}.arrow" for side in _SIDES]
    for name, table in zip(files, _with_hashes(compared.left, compared.right, result.model, id_column), strict=True):
        _write(folder / name, table)
    kind = str(compared.left[id_column].type)
    state = _State(
        id_column, kind, assignment, threshold, asdict(job.options), (files[0],), (files[1],),
        f"pairs-{number}.arrow", f"gone-{number}.arrow", f"model-{number}.json", number,
    )  # fmt: skip
    none = np.empty(0, np.int32)
    _commit(folder, state, result.model, compared.pairs, (none, none))
    return result


def relink(
    folder: Path,
    *,
    left: pa.Table | None = None,
    right: pa.Table | None = None,
    gone_left: Sequence[Any] = (),
    gone_right: Sequence[Any] = (),
    progress: Progress = silent,
) -> LinkResult:
    """Bring a kept linkage up to date.

    Args:
        folder: what `keep_linked` or an earlier `relink` left.
        left, right: new and changed rows of each side; a row whose id is known replaces the one there was.
        gone_left, gone_right: ids of rows that are no more; unknown ones are passed over.
        progress: told how many pairs of blocks with a changed row have been looked at.

    Returns:
        Pairs and accepted pairs of the whole tables; the report counts the blocks of changed rows and the pairs compared
        now.

    Raises:
        LinkError: the folder holds no kept linkage, or an id is missing or repeated.
    """
    state = _read_state(folder)
    model = Model.load(folder / state.model)
    options = LinkOptions(**state.options)
    job = Job(state.id_column, state.assignment, state.threshold, options, progress)
    before = [_Side.read(folder, state, side, model) for side in _SIDES]
    fresh = _fresh(left, right, model, state, before)
    after = [
        side.updated(rows, pa.array(gone, side.ids_type))
        for side, rows, gone in zip(before, fresh, (gone_left, gone_right), strict=True)
    ]
    if sum(len(side.table) for side in after) > _MOST_GROWTH * sum(side.segments[0] for side in after):
        raise LinkError("the tables have nearly doubled since the linkage was kept; keep it anew with keep_linked")
    changed = [side.changed(old, model) for side, old in zip(after, before, strict=True)]
    worthwhile = Worthwhile(model, _frequencies(after, model), options.keep_probability, _MARGIN)
    found, counts, blocks = _compare_changed(after, changed, model, worthwhile, options, progress)
    kept = _still_true(_read_pairs(folder / state.pairs), after, changed)
    pairs = joined([kept, found])
    number = state.number + 1
    files = {}
    for name, rows in zip(_SIDES, fresh, strict=True):
        files[name] = getattr(state, name)
        if rows is not None:
            files[name] += (f"{name}-{number}.arrow",)
            _write(folder / files[name][-1], rows)
    state = replace(state, **files, pairs=f"pairs-{number}.arrow", gone=f"gone-{number}.arrow", number=number)
    result = _conclude(pairs, after, blocks, counts, model, worthwhile, job)
    _commit(folder, state, None, pairs, (after[0].gone, after[1].gone))
    return result


@dataclass(frozen=True)
class _Side:
    """All rows of one side there have been, those that are no more among them, and which these are."""

    table: pa.Table
    gone: Ints
    segments: tuple[int, ...]

    @classmethod
    def read(cls, folder: Path, state: _State, side: str, _model: Model) -> "_Side":
        """Map the files of a side."""
        tables = [_mapped(folder / name) for name in getattr(state, side)]
        gone = _mapped(folder / state.gone)[side].combine_chunks()
        return cls(_widened(tables), gone.drop_null().to_numpy(), tuple(map(len, tables)))

    @property
    def ids_type(self) -> pa.DataType:
        return self.table[_ID].type

    @property
    def alive(self) -> Flags:
        """One flag per row."""
        flags = np.ones(len(self.table), np.bool_)
        flags[self.gone] = False
        return flags

    def updated(self, rows: pa.Table | None, gone: pa.Array) -> "_Side":
        """With rows added, and without those they replace and those that are gone."""
        out = [gone] if rows is None else [gone, rows[_ID].combine_chunks().cast(self.ids_type)]
        lost = self._rows_of(pa.concat_arrays([part.cast(self.ids_type) for part in out]))
        whole = self.table if rows is None else _widened([self.table, rows])
        segments = self.segments if rows is None else (*self.segments, len(rows))
        return _Side(whole, np.union1d(self.gone, lost).astype(np.int32), segments)

    def _rows_of(self, ids: pa.Array) -> Ints:
        if not len(ids):
            return np.empty(0, np.int32)
        found = pc.is_in(self.table[_ID], value_set=ids).combine_chunks()
        return np.flatnonzero(found.to_numpy(zero_copy_only=False)).astype(np.int32)

    def hashes(self, keys: Sequence[str]) -> Matrix:
        """The hashes of a rule's or frequency's keys, none for rows that are gone."""
        names = [name for name in self.table.column_names if name.startswith(_prefix(keys))]
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
        for column, most in _shared_columns(model):
            ordered = np.sort(self.hashes([f"{column}:phone"])[:, 0])
            ordered = ordered[np.searchsorted(ordered, 1) :]
            found[column] = np.unique(ordered[most:][ordered[most:] == ordered[: max(len(ordered) - most, 0)]])
        return found

    def changed(self, before: "_Side", model: Model) -> Flags:
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
            own = taken[f"{_prefix([f'{column}:phone'])}0"].to_numpy()
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
        ids = self.table[_ID]
        later = ids.slice(base).combine_chunks()
        before = _places(ids.slice(0, base).combine_chunks(), later)
        width = len(later) + 1
        order = np.empty(len(self.table), np.int64)
        order[:base] = np.arange(1, base + 1) * width
        rank = np.empty(len(later), np.int64)
        rank[pc.sort_indices(later).to_numpy()] = np.arange(len(later))
        order[base:] = before * width + 1 + rank
        return order


def _rows_that_meet(sides: Sequence[_Side], changed: Sequence[Flags], model: Model) -> list[Longs]:
    """Rows of both sides that may share a key with a changed row of either, the changed ones included.

    Only blocks of a changed row are looked at, and of these every row is among them, so that they are as large as in the
    whole tables.
    """
    wanted = [flags.copy() for flags in changed]
    for rule in model.blocking.rules:
        marks = np.zeros(_MARKS, np.bool_)
        hashes = [side.hashes(rule.keys) for side in sides]
        for flags, own in zip(changed, hashes, strict=True):
            for place in range(own.shape[1]):
                mark_hashes(own[flags, place], marks)
        for flags, own in zip(wanted, hashes, strict=True):
            for place in range(own.shape[1]):
                find_marked(own[:, place], marks, flags)
    return [np.flatnonzero(flags) for flags in wanted]


def _frequencies(sides: Sequence[_Side], model: Model) -> dict[str, Sides]:
    """What `frequency_hashes` gives for the whole tables."""
    found = {}
    for item in model.comparisons:
        for keys in frequency_keys(item) if item.frequency else ():
            if keys:
                left, right = (side.hashes(keys)[:, 0] for side in sides)
                found["+".join(keys)] = (left, right)
    return found


def _compare_changed(
    sides: Sequence[_Side],
    changed: Sequence[Flags],
    model: Model,
    worthwhile: Worthwhile,
    options: LinkOptions,
    progress: Progress,
) -> tuple[Pairs, Counts, Plan]:
    """The pairs of a changed row that may be matches, the counts of all its pairs, and the plan of those rows."""
    rows = _rows_that_meet(sides, changed, model)
    flags = [own[met] for own, met in zip(changed, rows, strict=True)]

    def hashes_of(keys: Sequence[str]) -> tuple[Matrix, Matrix]:
        left, right = (side.hashes(keys)[met] for side, met in zip(sides, rows, strict=True))
        width = max(left.shape[1], right.shape[1])
        return _as_wide(left, width), _as_wide(right, width)

    blocks = plan(hashes_of, model.blocking, same_table=False, threads=options.threads)
    touched = replace(blocks, rules=tuple(_touched(rule, flags) for rule in blocks.rules))
    engine = Engine(touched, [], options.chunk_pairs, options.threads, progress)

    def of_changed(chunk: Chunk) -> tuple[Ints, Ints, Longs]:
        wanted = np.flatnonzero(flags[0][chunk.left] | flags[1][chunk.right])
        return chunk.left[wanted], chunk.right[wanted], chunk.masks[wanted]

    parts = list(engine.walk(of_changed))
    left, right = (np.concatenate([part[place] for part in parts] or [np.empty(0, np.int32)]) for place in (0, 1))
    masks = np.concatenate([part[2] for part in parts] or [np.empty(0, np.int64)])
    if not len(left):
        empty = np.empty(0, np.int64)
        return Pairs(left, right, empty), Counts(empty, empty, empty), blocks
    met = [_distinct_rows(side, len(own)) for side, own in zip((left, right), rows, strict=True)]
    taken = [side.some(own[some], model) for side, own, some in zip(sides, rows, met, strict=True)]
    columns = Columns(taken[0], taken[1])
    comparers = [comparer(item, place, columns) for place, item in enumerate(model.comparisons)]
    a, b = (_among(side, some, len(own)) for side, some, own in zip((left, right), met, rows, strict=True))
    patterns = compare_pairs(comparers, a, b)
    found, marks, pairs, which = count_patterns(patterns, masks)
    kept = np.flatnonzero(worthwhile(found)[which])
    return (
        Pairs(rows[0][left[kept]].astype(np.int32), rows[1][right[kept]].astype(np.int32), patterns[kept]),
        merge_counts([Counts(found, marks, pairs)]),
        blocks,
    )


def _touched(rule: RuleBlocks, changed: Sequence[Flags]) -> RuleBlocks:
    """The blocks that hold a changed row."""
    if not len(rule.pairs):
        return rule
    left = np.logical_or.reduceat(changed[0][rule.left_rows], rule.left_starts[:-1])
    right = np.logical_or.reduceat(changed[1][rule.right_rows], rule.right_starts[:-1])
    return chosen_blocks(rule, left | right)


def _still_true(kept: Pairs, sides: Sequence[_Side], changed: Sequence[Flags]) -> Pairs:
    """The kept pairs of two rows that are there and have not changed."""
    usable = [side.alive & ~flags for side, flags in zip(sides, changed, strict=True)]
    rows = np.flatnonzero(usable[0][kept.left] & usable[1][kept.right])
    return Pairs(kept.left[rows], kept.right[rows], kept.patterns[rows])


def _conclude(
    pairs: Pairs,
    sides: Sequence[_Side],
    blocks: Plan,
    counts: Counts,
    model: Model,
    worthwhile: Worthwhile,
    job: Job,
) -> LinkResult:
    """Weigh and assign all pairs, in the order that the whole tables would have."""
    scored = weigh(model, pairs, worthwhile)
    rows, places = [], []
    for side, own in zip(sides, (scored.left, scored.right), strict=True):
        known = _distinct_rows(own, len(side.table))
        known = known[np.argsort(side.order()[known])]
        places.append(_among(own, known, len(side.table)))
        rows.append(known)
    by_place = np.argsort(places[0].astype(np.int64) << 32 | places[1])
    scored = replace(
        scored,
        left=places[0][by_place],
        right=places[1][by_place],
        weights=scored.weights[by_place],
        patterns=scored.patterns[by_place],
        frequency=scored.frequency[by_place],
    )
    accepted, notes = accept(scored, model, job)
    ids = [side.table[_ID].take(pa.array(own)).combine_chunks() for side, own in zip(sides, rows, strict=True)]
    table = pairs_table(ids[0], ids[1], scored, accepted)
    report = LinkReport(
        left_rows=int(sides[0].alive.sum()),
        right_rows=int(sides[1].alive.sum()),
        rules=blocks.reports,
        candidate_pairs=int(counts.pairs.sum()),
        patterns=len(np.unique(counts.patterns)),
        estimates=(),
        expected_matches=float(probability(scored.weights).sum()),
        kept_pairs=len(table),
        accepted_pairs=int(accepted.sum()),
        refused_merges=0,
        notes=notes,
    )
    return LinkResult(table, model, report, counts=counts)


def _distinct_rows(rows: Ints, size: int) -> Longs:
    """Each of some rows once, ascending; they are below `size`."""
    flags = np.zeros(size, np.bool_)
    flags[rows] = True
    return np.flatnonzero(flags)


def _among(rows: Ints, chosen: Longs, size: int) -> Ints:
    """The place of each row among the chosen ones, of which it is one."""
    place = np.empty(size, np.int32)
    place[chosen] = np.arange(len(chosen), dtype=np.int32)
    return place[rows]


def _fresh(
    left: pa.Table | None, right: pa.Table | None, model: Model, state: _State, sides: Sequence["_Side"]
) -> list[pa.Table | None]:
    """The new rows of both sides with the hashes of their keys."""
    given = []
    for name, table, side in zip(_SIDES, (left, right), sides, strict=True):
        if table is None or not len(table):
            given.append(pa.table({state.id_column: pa.array([], side.ids_type)}))
        else:
            given.append(
                with_canonical_names(sorted_by_id(table, state.id_column, f"{name} rows"), model, state.id_column)
            )
    hashed = _with_hashes(given[0], given[1], model, state.id_column)
    return [table if len(table) else None for table in hashed]


def _with_hashes(left: pa.Table, right: pa.Table, model: Model, id_column: str) -> list[pa.Table]:
    """The columns that the model reads, the ids, and the hashes of every key, as columns whose names begin with #."""
    columns = Columns(left, right)
    wanted = {column for item in model.comparisons for column in item.columns}
    sides = [
        {_ID: table[id_column], **{name: table[name] for name in table.column_names if name in wanted}}
        for table in (left, right)
    ]
    keyed = [rule.keys for rule in model.blocking.rules] + [(key,) for key in model.blocking.refine]
    keyed += [keys for item in model.comparisons if item.frequency for keys in frequency_keys(item) if keys]
    keyed += [(f"{column}:phone",) for column, _ in _shared_columns(model)]
    for keys in dict.fromkeys(keyed):
        for side, matrix in zip(sides, rule_hashes(columns, keys), strict=True):
            for place in range(matrix.shape[1]):
                side[f"{_prefix(keys)}{place}"] = pa.array(matrix[:, place])
    return [pa.table(side) for side in sides]


def _prefix(keys: Sequence[str]) -> str:
    return f"#{'+'.join(keys)}#"


def _shared_columns(model: Model) -> list[tuple[str, int]]:
    """Telephone columns and how many rows may carry one number before it says nothing."""
    return [
        (item.columns[0], int({**kind_of(item.kind).options, **item.options}["shared_by"]))
        for item in model.comparisons
        if "shared_by" in kind_of(item.kind).options
    ]


def _as_wide(matrix: Matrix, width: int) -> Matrix:
    if matrix.shape[1] == width:
        return matrix
    wide = np.zeros((len(matrix), width), np.uint64, order="F")
    wide[:, : matrix.shape[1]] = matrix
    return wide


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


def _widened(tables: Sequence[pa.Table]) -> pa.Table:
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


def _mapped(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def _write(path: Path, table: pa.Table) -> None:
    """Write a table in one piece and see it on the disk."""
    with path.open("wb") as file:
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table.combine_chunks(), max_chunksize=max(len(table), 1))
        file.flush()
        os.fsync(file.fileno())


def _read_pairs(path: Path) -> Pairs:
    table = _mapped(path)
    return Pairs(*(table[name].to_numpy() for name in ("left", "right", "patterns")))


def _commit(folder: Path, state: _State, model: Model | None, pairs: Pairs, gone: tuple[Ints, Ints]) -> None:
    """Write what every update writes, then the state that names it, then remove what no state names."""
    _write(folder / state.pairs, pa.table({"left": pairs.left, "right": pairs.right, "patterns": pairs.patterns}))
    rows = max(map(len, gone))
    _write(
        folder / state.gone,
        pa.table(
            {
                name: pa.concat_arrays([pa.array(side, pa.int32()), pa.nulls(rows - len(side), pa.int32())])
                for name, side in zip(_SIDES, gone, strict=True)
            }
        ),
    )
    if model is not None:
        model.save(folder / state.model)
    half = folder / "state.json.part"
    with half.open("w", encoding="utf-8") as file:
        json.dump(asdict(state), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    os.replace(half, folder / "state.json")
    named = {*state.left, *state.right, state.pairs, state.gone, state.model, "state.json"}
    for path in folder.iterdir():
        if path.name not in named and path.suffix in (".arrow", ".json", ".part"):
            path.unlink()


def _number_in(folder: Path) -> int:
    try:
        return _read_state(folder).number
    except LinkError:
        return -1


def _read_state(folder: Path) -> _State:
    try:
        document = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LinkError(f"{folder.name} holds no kept linkage; make one with keep_linked") from error
    if document.get("format") != FORMAT:
        raise LinkError(f"the linkage in {folder.name} was kept by another version; keep it anew with keep_linked")
    return _State(**{**document, "left": tuple(document["left"]), "right": tuple(document["right"])})

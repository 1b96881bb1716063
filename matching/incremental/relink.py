"""Month after month (增量匹配): a kept linkage is brought up to date by what changed, at the cost of the change.

    first = keep_linked(folder, roster, settlements, model, assignment="many_to_one")
    later = relink(folder, right=settlements_of_this_month, gone_right=ids_withdrawn)

What `relink` returns equals what `link` returns over the whole tables with the model that the folder keeps. Kept are the
rows with the hashes of their keys, in Arrow files that are mapped rather than read (each update adds one to a side), and
the pairs that may be matches. The blocks of changed rows are formed anew from the hashes, so that the cap on their size
holds as ever, and only pairs of a changed row are compared. A row is changed that is new, or whose telephone has become one that many share, or is
one no longer. An update counts from the moment `state.json` names its files; what a broken one left behind is removed.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from matching.assignment import Assignment
from matching.blocking import Plan
from matching.columns import Longs
from matching.comparing import compare
from matching.engines.local import Counts, Pairs, joined
from matching.errors import LinkError
from matching.fitting import with_canonical_names
from matching.incremental.change import among, compare_changed, distinct_rows, still_true
from matching.incremental.counts import count_all, counts_now, frequencies, shared_numbers
from matching.incremental.folder import (
    SIDES,
    State,
    commit,
    number_in,
    read_pairs,
    read_state,
    read_tallies,
    write_table,
    write_tallies,
)
from matching.incremental.side import ID, Side, with_hashes
from matching.linkage import LinkReport, LinkResult, accept, conclude, pairs_table, sorted_by_id
from matching.model import Model
from matching.options import Job, LinkOptions, Progress, silent
from matching.scoring import probability
from matching.weighing import Worthwhile, weigh

MARGIN = 1.0
"""Bits below what is worth keeping at which pairs are still kept, since frequencies change from month to month."""
_MOST_GROWTH = 1.9
"""Beyond it the margin of frequencies would not suffice."""


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
    compared = compare(left, right, model, job, MARGIN)
    result = conclude(compared, job)
    folder.mkdir(parents=True, exist_ok=True)
    number = number_in(folder) + 1
    files = [f"{side}-{number}.arrow" for side in SIDES]
    none = np.empty(0, np.int32)
    sides = [
        Side(table, none, (len(table),))
        for table in with_hashes(compared.left, compared.right, result.model, id_column)
    ]
    for name, side in zip(files, sides, strict=True):
        write_table(folder / name, side.table)
    counts = write_tallies(folder, number, count_all(sides, result.model))
    state = State(
        id_column, assignment, threshold, asdict(job.options), (files[0],), (files[1],),
        f"pairs-{number}.arrow", f"gone-{number}.arrow", counts, f"model-{number}.json", number,
    )  # fmt: skip
    commit(folder, state, result.model, compared.pairs, (none, none))
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
    state = read_state(folder)
    model = Model.load(folder / state.model)
    options = LinkOptions(**state.options)
    job = Job(state.id_column, state.assignment, state.threshold, options, progress)
    before = [Side.read(folder, state, side, model) for side in SIDES]
    fresh = _fresh(left, right, model, state, before)
    after = [
        side.updated(rows, pa.array(gone, side.ids_type))
        for side, rows, gone in zip(before, fresh, (gone_left, gone_right), strict=True)
    ]
    if sum(len(side.table) for side in after) > _MOST_GROWTH * sum(side.segments[0] for side in after):
        raise LinkError("the tables have nearly doubled since the linkage was kept; keep it anew with keep_linked")
    counted = read_tallies(folder, state)
    tallies = counts_now(counted, after, model)
    then, shared = (shared_numbers(some, model) for some in (counts_now(counted, before, model), tallies))
    turned = [
        {column: np.setxor1d(now[column], was[column]) for column in now} for now, was in zip(shared, then, strict=True)
    ]
    changed = [side.changed(old, numbers) for side, old, numbers in zip(after, before, turned, strict=True)]
    worthwhile = Worthwhile(model, frequencies(after, model), options.keep_probability, MARGIN, tallies)
    found, counts, blocks = compare_changed(after, changed, shared, model, worthwhile, options, progress)
    kept = still_true(read_pairs(folder / state.pairs), after, changed)
    pairs = joined([kept, found])
    number = state.number + 1
    files = {}
    for name, rows in zip(SIDES, fresh, strict=True):
        files[name] = getattr(state, name)
        if rows is not None:
            files[name] += (f"{name}-{number}.arrow",)
            write_table(folder / files[name][-1], rows)
    state = replace(state, **files, pairs=f"pairs-{number}.arrow", gone=f"gone-{number}.arrow", number=number)
    result = _conclude(pairs, after, blocks, counts, model, worthwhile, job)
    commit(folder, state, None, pairs, (after[0].gone, after[1].gone))
    return result


def _conclude(
    pairs: Pairs,
    sides: Sequence[Side],
    blocks: Plan,
    counts: Counts,
    model: Model,
    worthwhile: Worthwhile,
    job: Job,
) -> LinkResult:
    """Weigh and assign all pairs, in the order that the whole tables would have."""
    scored = weigh(model, pairs, worthwhile, job.options.threads)
    rows, places = [], []
    for side, own in zip(sides, (scored.left, scored.right), strict=True):
        known = distinct_rows(own, len(side.table))
        known = known[np.argsort(side.order(known))]
        places.append(among(own, known, len(side.table)))
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
    ids = [_ids(side, own) for side, own in zip(sides, rows, strict=True)]
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


def _ids(side: Side, rows: Longs) -> pa.Array:
    """The ids of some rows."""
    order = np.argsort(rows)
    place = np.empty(len(rows), np.int64)
    place[order] = np.arange(len(rows))
    return side.take([ID], rows[order])[ID].combine_chunks().take(pa.array(place))


def _fresh(
    left: pa.Table | None, right: pa.Table | None, model: Model, state: State, sides: Sequence["Side"]
) -> list[pa.Table | None]:
    """The new rows of both sides with the hashes of their keys."""
    given = []
    for name, table, side in zip(SIDES, (left, right), sides, strict=True):
        if table is None or not len(table):
            given.append(pa.table({state.id_column: pa.array([], side.ids_type)}))
        else:
            given.append(
                with_canonical_names(sorted_by_id(table, state.id_column, f"{name} rows"), model, state.id_column)
            )
    hashed = with_hashes(given[0], given[1], model, state.id_column)
    return [table if len(table) else None for table in hashed]

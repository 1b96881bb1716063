"""Link two tables or find duplicates in one: the whole job, from Arrow tables to scored pairs.

    result = link(roster, settlements, Model.load("person_zh.json"), assignment="many_to_one")
    result.pairs      left_id, right_id, match_weight, match_probability, accepted, pattern, frequency_weight

The outcome depends neither on the order of rows nor on the number of threads or the size of chunks.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from matching.assignment import LARGEST, Assignment, assign
from matching.blocking import Plan, RuleReport, plan
from matching.clusters import conflict_values, form_clusters
from matching.columns import Columns, Flags, Ints, Longs, buffers
from matching.comparisons import Comparer, comparer
from matching.engines.local import Counts, Engine, Pairs, Progress, random_counts, silent
from matching.errors import LinkError
from matching.estimation import RuleEstimate, estimate, is_complete
from matching.fitting import fit, unused_columns, with_canonical_names
from matching.kernels.encoding import ascending
from matching.kernels.pairs import count_patterns
from matching.keys import frequency_hashes, prepare_keys, rule_hashes
from matching.model import Model
from matching.requirements import check_required
from matching.sampling import PILOT, sample_counts, skipped_matches
from matching.scoring import (
    Floats,
    FrequencyTable,
    Sides,
    Weigher,
    effective,
    frequency_keys,
    pattern_weights,
    probability,
)


@dataclass(frozen=True)
class LinkOptions:
    """How a linkage runs; none of these is a property of the data.

    `keep_probability`: pairs below it are not returned. `random_pairs`: sample for u. `chunk_pairs`: pairs compared
    at a time by each thread. `cached_pairs`: up to so many pairs that may be matches are kept between estimating and
    scoring (16 bytes each); more are compared a second time instead. `clusters`: also form clusters.
    """

    seed: int = 20_260_101
    keep_probability: float = 0.01
    random_pairs: int = 1_000_000
    chunk_pairs: int = 100_000
    cached_pairs: int = 50_000_000
    threads: int = 2
    clusters: bool = False


@dataclass(frozen=True)
class LinkReport:
    """Counts of one linkage, and notes on everything that was left out or looks doubtful. No personal values.

    `skipped_matches`: for each rule, about how many matches the cap on block size costs that no other rule makes.
    """

    left_rows: int
    right_rows: int
    rules: tuple[RuleReport, ...]
    candidate_pairs: int
    patterns: int
    estimates: tuple[RuleEstimate, ...]
    expected_matches: float
    kept_pairs: int
    accepted_pairs: int
    refused_merges: int
    skipped_matches: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LinkResult:
    """Scored pairs, the model with its estimated parameters, and the report.

    `pairs`: left_id, right_id (values and type as given), match_weight (log2 Bayes factor including the prior),
    match_probability, accepted, pattern (int64, for `explain`), frequency_weight (part of match_weight due to
    rare or frequent values); sorted by left_id, right_id.
    `clusters`: record_id, cluster_id (the smallest record id of the cluster), or None where not asked for.
    `refused`: pairs whose merge into one cluster would contradict (columns of `pairs`).
    `counts`, `random`: pattern counts of the candidates by the rules that make them, and of the random pairs that u
    was estimated from, None where nothing was estimated; `matching.calibration` reads them.
    """

    pairs: pa.Table
    model: Model
    report: LinkReport
    clusters: pa.Table | None = None
    refused: pa.Table | None = None
    counts: Counts | None = None
    random: Counts | None = None


@dataclass(frozen=True)
class _Scored:
    left: Ints
    right: Ints
    weights: Floats
    patterns: Longs
    frequency: Floats


def link(
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
    """Link the records of two tables (匹配).

    Args:
        left: columns as the model names them, and `id_column`, unique and complete.
        right: likewise.
        model: null parameters are estimated from the data, others used as they are.
        id_column: name of the record id in both tables.
        assignment: "none"; "one_to_one": each record in at most one accepted pair, optimal within connected
            components; "many_to_one": each right record has at most one left record.
        threshold: accept from this match probability on; default: the model's.
        options: how to run.
        progress: told how many candidate pairs have been compared.

    Raises:
        LinkError: an id is missing or repeated, a side is empty, or nothing of the model fits.
    """
    tables = tuple(
        _sorted_by_id(table, id_column, side) for table, side in ((left, "left table"), (right, "right table"))
    )
    job = _Job(id_column, assignment, threshold, options or LinkOptions(), False, progress)
    return _run(tables[0], tables[1], model, job)


def dedupe(
    table: pa.Table,
    model: Model,
    *,
    id_column: str = "record_id",
    threshold: float | None = None,
    options: LinkOptions | None = None,
    progress: Progress = silent,
) -> LinkResult:
    """Find records of one table that are the same person (查重), and form clusters.

    Each pair is reported once, `left_id` being the smaller id. Arguments and errors as `link`.
    """
    ordered = _sorted_by_id(table, id_column, "table")
    job = _Job(id_column, "none", threshold, replace(options or LinkOptions(), clusters=True), True, progress)
    return _run(ordered, ordered, model, job)


@dataclass(frozen=True)
class _Job:
    id_column: str
    assignment: Assignment
    threshold: float | None
    options: LinkOptions
    same_table: bool
    progress: Progress


def _run(left: pa.Table, right: pa.Table, model: Model, job: _Job) -> LinkResult:
    threshold = model.threshold if job.threshold is None else job.threshold
    if not 0 <= threshold <= 1:
        raise LinkError("the threshold is a probability between 0 and 1")
    left = with_canonical_names(left, model, job.id_column)
    right = left if job.same_table else with_canonical_names(right, model, job.id_column)
    check_required(model, left, right)
    fitted, notes = fit(model, left, right)
    columns = Columns(left, right)
    blocks, comparers = _encode(columns, fitted, job.options.threads)
    engine = Engine(blocks, comparers, job.options.chunk_pairs, job.options.threads, job.progress)
    hashes = frequency_hashes(columns, fitted)
    columns.forget()
    pa.default_memory_pool().release_unused()
    random: Counts | None = None
    estimates: tuple[RuleEstimate, ...] = ()
    if is_complete(fitted):
        complete = fitted
        worthwhile = Worthwhile(complete, hashes, job.options)
        counts, pairs = engine.count(worthwhile, job.options.cached_pairs)
        expected = float((counts.pairs * probability(pattern_weights(counts.patterns, fitted))).sum())
    else:
        random = _random(comparers, columns, job.options)
        rough = _pilot(fitted, blocks, comparers, random, hashes, _possible(columns), job.options)
        counts, pairs = engine.count(rough, job.options.cached_pairs)
        found = estimate(fitted, counts, random, _possible(columns))
        complete, estimates, expected = found.model, found.rules, found.expected_matches
        notes += found.notes
        worthwhile = Worthwhile(complete, hashes, job.options)
        if pairs is not None and (worthwhile(counts.patterns) & ~rough(counts.patterns)).any():
            pairs = None
    pairs = pairs or engine.keep(worthwhile)
    scored = _score(complete, pairs, worthwhile)
    gain = scored.weights - max(_weight_of(threshold), -1000.0)  # at threshold 0 every pair is a gain
    accepted, large = assign(scored.left, scored.right, gain, job.assignment)
    if large:
        notes += (
            f"{large} component(s) of more than {LARGEST} records were assigned best pair first "
            "(at least half the weight of the best choice)",
        )
    clusters, refused = None, np.empty(0, np.int64)
    if job.options.clusters:
        clusters, refused = _clusters(left, right, complete, scored, accepted, job)
        accepted[refused] = False
    unused = unused_columns(complete, left, right, job.id_column)
    if unused:
        notes += (f"columns that no comparison uses: {', '.join(unused)}",)
    skipped = skipped_matches(blocks, comparers, complete, job.options.seed)
    notes += _cap_notes(blocks.reports, skipped)
    table = _pairs_table(left[job.id_column], right[job.id_column], scored, accepted)
    report = LinkReport(
        left_rows=len(left),
        right_rows=len(right),
        rules=blocks.reports,
        candidate_pairs=int(counts.pairs.sum()),
        patterns=len(np.unique(counts.patterns)),
        estimates=estimates,
        expected_matches=expected,
        kept_pairs=len(table),
        accepted_pairs=int(accepted.sum()),
        refused_merges=len(refused),
        skipped_matches=skipped,
        notes=notes,
    )
    contradicting = table.take(pa.array(refused)) if job.options.clusters else None
    return LinkResult(table, complete, report, clusters, contradicting, counts, random)


def _pilot(
    model: Model,
    blocks: Plan,
    comparers: list[Comparer],
    random: Counts,
    hashes: Mapping[str, Sides],
    possible_pairs: int,
    options: LinkOptions,
) -> Callable[[Longs], Flags]:
    """Which pairs to keep before the parameters are known: all, or where they are many, those a sample speaks for.

    Should the sample mislead, pairs are compared a second time; the outcome is the same.
    """
    if sum(int(rule.pairs.sum()) for rule in blocks.rules) <= options.random_pairs:
        return lambda patterns: np.ones(len(patterns), np.bool_)
    sampled = sample_counts(blocks, comparers, PILOT, options.seed)
    pilot = estimate(model, sampled, random, possible_pairs).model
    worthwhile = Worthwhile(pilot, hashes, options)
    return lambda patterns: worthwhile(patterns, _MARGIN)


_MARGIN = 6.0
"""Bits by which weights estimated from a sample may fall short of those from all pairs."""


def _encode(columns: Columns, model: Model, threads: int) -> tuple[Plan, list[Comparer]]:
    """Blocks and comparers. The texts of a column are let go when its last comparer has read them."""
    keys = [key for rule in model.blocking.rules for key in rule.keys] + list(model.blocking.refine)
    keys += [key for item in model.comparisons if item.frequency for part in frequency_keys(item) for key in part]
    readers = Counter(column for item in model.comparisons for column in item.columns)
    lock = Lock()

    def encode(place: int) -> Comparer:
        made = comparer(model.comparisons[place], place, columns)
        for column in model.comparisons[place].columns:
            prepare_keys(columns, column, keys)
            with lock:
                readers[column] -= 1
                if not readers[column]:
                    columns.let_go(column)
                    pa.default_memory_pool().release_unused()
        return made

    with ThreadPoolExecutor(threads) as pool:
        comparers = list(pool.map(encode, range(len(model.comparisons))))
    hashes_of = partial(rule_hashes, columns)
    return plan(hashes_of, model.blocking, same_table=columns.same_table, threads=threads), comparers


class Worthwhile:
    """Which patterns may belong to a pair that reaches the probability worth keeping, frequencies included."""

    def __init__(self, model: Model, hashes: Mapping[str, Sides], options: LinkOptions) -> None:
        self.frequencies = [
            FrequencyTable(item, place, hashes) for place, item in enumerate(model.comparisons) if item.frequency
        ]
        self.lowest = _weight_of(options.keep_probability)
        most = {table.position: table.most for table in self.frequencies}
        self._weigher = Weigher(model, most)

    def __call__(self, patterns: Longs, margin: float = 0.0) -> Flags:
        """One flag per pattern; `margin` bits below what is needed still count."""
        return np.asarray(self._weigher.weights(patterns) >= self.lowest - margin)


def _random(comparers: list[Comparer], columns: Columns, options: LinkOptions) -> Counts:
    sizes = (len(columns.left), len(columns.right))
    return random_counts(comparers, sizes, columns.same_table, options.random_pairs, options.seed, options.threads)


def _possible(columns: Columns) -> int:
    left, right = len(columns.left), len(columns.right)
    return left * (left - 1) // 2 if columns.same_table else left * right


def _weight_of(chance: float) -> float:
    with np.errstate(divide="ignore"):
        return float(np.log2(chance) - np.log2(1 - chance))


def _score(model: Model, pairs: Pairs, worthwhile: Worthwhile) -> _Scored:
    """Weights of all pairs that reach the probability worth keeping, sorted by rows."""
    patterns, _, _, which = count_patterns(pairs.patterns, np.zeros_like(pairs.patterns))
    rows = np.flatnonzero(worthwhile(patterns)[which])
    left, right, which = pairs.left[rows], pairs.right[rows], which[rows]
    frequency = np.zeros(len(rows))
    counted = effective(patterns, model)[which]
    for table in worthwhile.frequencies:
        table.adjust(frequency, counted, left, right)
    weights = pattern_weights(patterns, model)[which] + frequency
    kept = np.flatnonzero(weights >= worthwhile.lowest)
    order = kept[np.argsort(left[kept].astype(np.int64) << 32 | right[kept])]
    return _Scored(left[order], right[order], weights[order], patterns[which[order]], frequency[order])


def _clusters(
    left: pa.Table, right: pa.Table, model: Model, scored: _Scored, accepted: npt.NDArray[np.bool_], job: _Job
) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    ids = left[job.id_column]
    tables, offset = (left, left.slice(0, 0)), 0
    if not job.same_table:
        if pc.any(pc.is_in(right[job.id_column], value_set=ids.combine_chunks())).as_py():
            raise LinkError("the two tables share record ids, so clusters cannot be named; give them distinct ids")
        ids, tables, offset = pa.chunked_array(ids.chunks + right[job.id_column].chunks), (left, right), len(left)
    chosen = np.flatnonzero(accepted)
    made = form_clusters(
        len(ids), scored.left[chosen], scored.right[chosen] + offset, scored.weights[chosen],
        conflict_values(tables, model.conflicts),
    )  # fmt: skip
    names = ids.take(pa.array(made.cluster))
    return pa.table({"record_id": ids, "cluster_id": names}), chosen[made.refused]


def _pairs_table(
    left: pa.ChunkedArray, right: pa.ChunkedArray, scored: _Scored, accepted: npt.NDArray[np.bool_]
) -> pa.Table:
    return pa.table(
        {
            "left_id": left.take(pa.array(scored.left)),
            "right_id": right.take(pa.array(scored.right)),
            "match_weight": scored.weights,
            "match_probability": probability(scored.weights),
            "accepted": accepted,
            "pattern": scored.patterns,
            "frequency_weight": scored.frequency,
        }
    )


def _cap_notes(reports: tuple[RuleReport, ...], skipped: tuple[float, ...]) -> tuple[str, ...]:
    return tuple(
        f"blocking rule '{item.rule}': {item.subdivided_blocks} oversize block(s) subdivided, "
        f"{item.skipped_pairs} pairs not compared, about {lost:.0f} matches among them that no other rule makes"
        for item, lost in zip(reports, skipped, strict=True)
        if item.subdivided_blocks
    )


def _sorted_by_id(table: pa.Table, id_column: str, side: str) -> pa.Table:
    """The table in the order of its ids, so that no outcome depends on the order of rows."""
    if id_column not in table.column_names:
        raise LinkError(f"the {side} has no id column '{id_column}'; its columns: {', '.join(table.column_names)}")
    if not len(table):
        raise LinkError(f"the {side} has no rows")
    ids = table[id_column]
    if ids.null_count:
        raise LinkError(f"{ids.null_count} row(s) of the {side} have no '{id_column}'")
    ids = ids.combine_chunks()
    if not _ascending(ids):
        order = pc.sort_indices(ids)
        ids = ids.take(order)
        if repeated := pc.sum(pc.equal(ids[:-1], ids[1:])).as_py():
            raise LinkError(f"'{id_column}' is repeated {repeated} time(s) in the {side}; ids must be unique")
        table = table.take(order)
    return table.set_column(table.column_names.index(id_column), id_column, ids)


def _ascending(ids: pa.Array) -> bool:
    """Whether the ids are in order, and so unique."""
    if pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type):
        return bool(ascending(*buffers(ids)))
    return bool(pc.all(pc.less(ids[:-1], ids[1:]), min_count=0).as_py())

"""From two tables to compared pairs and a complete model: encode, block, compare, estimate."""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Lock

import numpy as np
import pyarrow as pa

from matching.blocking import Plan, plan
from matching.columns import Columns, Flags, Longs
from matching.comparisons import Comparer, comparer
from matching.encoding import comparing as encoded
from matching.engines.local import Counts, Engine, Pairs, random_counts
from matching.estimation import RuleEstimate, estimate, is_complete
from matching.fitting import fit, with_canonical_names
from matching.keys import frequency_hashes, prepare_keys, rule_hashes
from matching.memory import give_back
from matching.memory_limit import WEIGHED, check_pairs, within_limit
from matching.model import Model
from matching.options import Job, LinkOptions
from matching.requirements import check_required
from matching.sampling import PILOT, sample_counts
from matching.scoring import Sides, frequency_keys, pattern_weights, probability
from matching.weighing import Worthwhile


@dataclass(frozen=True)
class Compared:
    """Both tables under canonical names, their candidate pairs as far as they may be matches, and the model.

    `counts`: of all candidates by pattern and rules. `random`: of random pairs, None where nothing was estimated.
    """

    left: pa.Table
    right: pa.Table
    model: Model
    blocks: Plan
    comparers: list[Comparer]
    hashes: Mapping[str, Sides]
    counts: Counts
    random: Counts | None
    pairs: Pairs
    worthwhile: Worthwhile
    estimates: tuple[RuleEstimate, ...]
    expected_matches: float
    notes: tuple[str, ...]


def compare(left: pa.Table, right: pa.Table, model: Model, job: Job, margin: float = 0.0) -> Compared:
    """Compare all candidate pairs of two tables in the order of their ids, or of one table given twice.

    `margin`: bits below what is worth keeping at which pairs are still kept.
    """
    same_table = left is right
    left = with_canonical_names(left, model, job.id_column)
    right = left if same_table else with_canonical_names(right, model, job.id_column)
    check_required(model, left, right)
    fitted, notes = fit(model, left, right)
    columns = Columns(left, right)
    if (encoding := encoded.encoding(columns)) is not None:
        fitted, left_out = encoded.fit_encoded(fitted, encoding)
        notes += left_out
    options = within_limit(left, right, fitted, job.options)
    blocks, comparers = _encode(columns, fitted, options.threads)
    give_back()
    hashes = frequency_hashes(columns, fitted)
    columns.forget()
    give_back()
    engine = Engine(blocks, comparers, options.chunk_pairs, options.threads, job.progress)
    if is_complete(fitted):
        worthwhile = Worthwhile(fitted, hashes, options.keep_probability, margin)
        counts, pairs = engine.count(worthwhile, options.cached_pairs)
        _check_kept(counts, worthwhile, left, right, fitted, options)
        expected = float((counts.pairs * probability(pattern_weights(counts.patterns, fitted))).sum())
        pairs = pairs or engine.keep(worthwhile)
        return Compared(
            left, right, fitted, blocks, comparers, hashes, counts, None, pairs, worthwhile, (), expected, notes
        )  # fmt: skip
    random = _random(comparers, columns, options)
    rough = _pilot(fitted, blocks, comparers, random, hashes, _possible(columns), options)
    counts, pairs = engine.count(rough, options.cached_pairs)
    found = estimate(fitted, counts, random, _possible(columns))
    worthwhile = Worthwhile(found.model, hashes, options.keep_probability, margin)
    _check_kept(counts, worthwhile, left, right, fitted, options)
    if pairs is not None and (worthwhile(counts.patterns) & ~rough(counts.patterns)).any():
        pairs = None
    pairs = pairs or engine.keep(worthwhile)
    return Compared(
        left, right, found.model, blocks, comparers, hashes, counts, random, pairs, worthwhile,
        found.rules, found.expected_matches, notes + found.notes,
    )  # fmt: skip


def _check_kept(
    counts: Counts, worthwhile: Worthwhile, left: pa.Table, right: pa.Table, model: Model, options: LinkOptions
) -> None:
    """Refuse before they are kept more pairs than there is room for."""
    if options.memory_limit is not None:
        check_pairs(int(counts.pairs[worthwhile(counts.patterns)].sum()), WEIGHED, (left, right), model, options)


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
    return Worthwhile(pilot, hashes, options.keep_probability, _MARGIN)


_MARGIN = 9.0
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
                    give_back()
        return made

    with ThreadPoolExecutor(threads) as pool:
        comparers = list(pool.map(encode, range(len(model.comparisons))))
    hashes_of = partial(rule_hashes, columns)
    return plan(hashes_of, model.blocking, same_table=columns.same_table, threads=threads), comparers


def _random(comparers: list[Comparer], columns: Columns, options: LinkOptions) -> Counts:
    sizes = (len(columns.left), len(columns.right))
    return random_counts(comparers, sizes, columns.same_table, options.random_pairs, options.seed, options.threads)


def _possible(columns: Columns) -> int:
    left, right = len(columns.left), len(columns.right)
    return left * (left - 1) // 2 if columns.same_table else left * right

"""Planning of blocking rules (分块规划): which pairs to look at, by measured block sizes and within a budget.

Rules are tried in order, the telling ones first. A rule that would make too many pairs is narrowed by a further key;
one that adds no pairs to those already taken is left out. No rule is needed that everyone must keep: people move,
marry and are misspelt, so rules are taken over every facet of a person.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa

from matching.columns import Columns
from matching.keys import columns_of, rule_hashes
from matching.model import Rule
from matching.proposal.composed import parts_of

SAMPLE = 100_000
"""Rows of either table on which blocks are measured; pairs grow with the product of the shares."""

FEWEST = 20_000_000
"""Pairs that are always affordable, however small the tables."""

FIRST = 3
"""Rules that are taken even where no records share their keys on the sample, so that strangers can be linked as well."""

PER_RECORD = 30
"""Pairs per record that larger tables may have."""


@dataclass(frozen=True)
class PlannedRule:
    """A rule that was taken, and the pairs it is estimated to make before the union.

    `chance`: pairs that would share its keys if these had nothing to do with each other, as among strangers.
    """

    rule: Rule
    pairs: int
    chance: float = 0.0

    @property
    def purity(self) -> float:
        """Share of its pairs that chance does not explain: persons who match, and families where keys hold families."""
        return max(1 - self.chance / self.pairs, 0.0) if self.pairs else 0.0


def budget(left_rows: int, right_rows: int) -> int:
    """Pairs that all rules together may make."""
    return max(FEWEST, PER_RECORD * (left_rows + right_rows))


def plan_rules(
    left: pa.Table, right: pa.Table | None, wishes: Sequence[tuple[str, ...]], narrowing: Sequence[str], seed: int = 0
) -> tuple[tuple[PlannedRule, ...], float, tuple[str, ...]]:
    """Take rules in order while the budget lasts.

    Args:
        left: table with all columns the keys read.
        right: likewise; None where duplicates are looked for in `left`.
        wishes: the keys of each rule, in order of preference.
        narrowing: keys that may narrow a rule, in order of preference.
        seed: fixes the sample.

    Returns:
        The rules with their estimated pairs; the share of records, of the worse side, for which none has a key; and a
        note per rule that had to be given up.
    """
    sizes = _Sizes(left, right, seed)
    whole = budget(len(left), len(left) if right is None else len(right))
    most = whole // 4
    taken: list[PlannedRule] = []
    notes = []
    first = tuple(wishes)[:FIRST]
    for wish in dict.fromkeys(wishes):
        held = [set(item.rule.keys) for item in taken]
        if set(wish) in held:
            continue
        left_over = whole - sum(item.pairs for item in without_implied(taken))
        if left_over < whole // 100:
            notes.append(f"rule '{' + '.join(wish)}' is left out: the {whole:,} pairs that are affordable are spent")
            continue
        keys, pairs = _narrowed(wish, narrowing, sizes, min(most, left_over), held)
        if keys is None:
            notes.append(f"rule '{' + '.join(wish)}' is left out: it would make {pairs:,} pairs")
        elif pairs > 0 or wish in first:
            taken.append(PlannedRule(Rule(keys, train=False), pairs, sizes.chance(keys)))
    return tuple(taken), sizes.without_key([item.rule.keys for item in taken]), tuple(notes)


def without_implied(rules: Sequence[PlannedRule]) -> tuple[PlannedRule, ...]:
    """The rules without those that make no pair which a broader one does not make; a training rule always stays."""
    return tuple(
        item
        for item in rules
        if item.rule.train or not any(set(other.rule.keys) < set(item.rule.keys) for other in rules)
    )


def _narrowed(
    keys: tuple[str, ...], narrowing: Sequence[str], sizes: "_Sizes", most: int, taken: Sequence[set[str]]
) -> tuple[tuple[str, ...] | None, int]:
    """The keys, with one or two narrowing keys where needed; None with the pairs they would make where none is enough."""
    pairs = sizes.pairs(keys)
    if pairs <= most:
        return keys, pairs
    read = _parts(keys)
    further = [key for key in narrowing if not read & _parts([key])]
    options: list[tuple[str, ...]] = [(key,) for key in further]
    options += combinations(further, 2)
    for extra in options:
        narrow = (*keys, *extra)
        if any(other <= set(narrow) for other in taken):
            continue
        if (found := sizes.pairs(narrow)) <= most:
            return narrow, found
    return None, pairs


def _parts(keys: Sequence[str]) -> set[str]:
    """The columns that keys read, composed ones by their parts."""
    return {part for key in keys for column in columns_of(key) for part in parts_of(column)}


class _Sizes:
    """Estimated pairs of key combinations."""

    def __init__(self, left: pa.Table, right: pa.Table | None, seed: int) -> None:
        a, left_share = _sampled(left, seed)
        b, right_share = (a, left_share) if right is None else _sampled(right, seed + 1)
        self._columns = Columns(a, b)
        self._scale = left_share * right_share
        self._pairs: dict[frozenset[str], int] = {}

    def pairs(self, keys: tuple[str, ...]) -> int:
        """Pairs that share all keys, scaled up from the sample."""
        known = frozenset(keys)
        if known not in self._pairs:
            self._pairs[known] = round(self._counted(keys) / self._scale)
        return self._pairs[known]

    def chance(self, keys: tuple[str, ...]) -> float:
        """Pairs that would share all keys if each were shared independently of the others."""
        a, b = (len(table) for table in self._columns.tables)
        possible = (a * (a - 1) / 2 if self._columns.same_table else float(a * b)) / self._scale
        return possible * math.prod(self.pairs((key,)) / possible for key in keys) if possible else 0.0

    def without_key(self, rules: Sequence[tuple[str, ...]]) -> float:
        """Share of the rows, of the worse side, for which no rule has a key."""
        reached = [np.zeros(len(table), dtype=bool) for table in self._columns.tables]
        for keys in rules:
            for seen, hashes in zip(reached, rule_hashes(self._columns, keys), strict=True):
                seen |= (hashes > 0).any(axis=1)
        return max(float(1 - seen.mean()) for seen in reached)

    def _counted(self, keys: tuple[str, ...]) -> float:
        left, right = rule_hashes(self._columns, keys)
        values, in_left = np.unique(left[left > 0], return_counts=True)
        if self._columns.same_table:
            return float((in_left * (in_left - 1.0) / 2).sum())
        others, in_right = np.unique(right[right > 0], return_counts=True)
        _, a, b = np.intersect1d(values, others, assume_unique=True, return_indices=True)
        return float((in_left[a].astype(np.float64) * in_right[b]).sum())


def _sampled(table: pa.Table, seed: int) -> tuple[pa.Table, float]:
    if len(table) <= SAMPLE:
        return table, 1.0
    rows = np.sort(np.random.default_rng(seed).choice(len(table), SAMPLE, replace=False))
    return table.take(pa.array(rows)), SAMPLE / len(table)

"""Blocking (分块): which pairs are looked at. Rules make blocks; a pair belongs to the first rule that makes it.

Blocks with more pairs than the model allows are subdivided by the refining keys; what is still too large is
skipped and counted, so that one giant block can neither exhaust the machine nor vanish in silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.columns import Ints, Longs
from matching.keys import key_codes
from matching.model import Blocking


@dataclass(frozen=True)
class RuleBlocks:
    """Blocks of one rule: rows of both sides ordered by block; `pairs[b]` pairs in block `b`."""

    left_order: Ints
    left_starts: Longs
    right_order: Ints
    right_starts: Longs
    pairs: Longs


@dataclass(frozen=True)
class RuleReport:
    """What a rule makes: pairs before the union, and what the cap on block size did."""

    rule: str
    blocks: int
    pairs: int
    largest_block: int
    subdivided_blocks: int
    skipped_pairs: int


@dataclass(frozen=True)
class Plan:
    """All rules over two tables (or one against itself), ready to be walked block by block."""

    rules: tuple[RuleBlocks, ...]
    left_keys: Ints
    right_keys: Ints
    same_table: bool
    reports: tuple[RuleReport, ...]


def plan(left: pa.Table, right: pa.Table, blocking: Blocking, *, same_table: bool) -> Plan:
    """Derive keys, form blocks, apply the cap. Rows are referred to by position."""
    made: dict[str, tuple[Ints, Ints]] = {}

    def codes(key: str) -> tuple[Ints, Ints]:
        if key not in made:
            made[key] = key_codes(left, right, key)
        return made[key]

    rules, left_keys, right_keys, reports = [], [], [], []
    for rule in blocking.rules:
        a, b = _combined([codes(key) for key in rule.keys])
        finer = [codes(key) for key in blocking.refine if key not in rule.keys]
        a, b, subdivided, lost = _capped(a, b, finer, blocking.max_block_pairs, same_table)
        blocks = _blocks(a, b, same_table)
        rules.append(blocks)
        left_keys.append(a)
        right_keys.append(b)
        reports.append(
            RuleReport(
                rule.name,
                int((blocks.pairs > 0).sum()),
                int(blocks.pairs.sum()),
                int(blocks.pairs.max(initial=0)),
                subdivided,
                lost,
            )
        )
    return Plan(tuple(rules), _side_by_side(left_keys), _side_by_side(right_keys), same_table, tuple(reports))


def _combined(keys: Sequence[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    """One code for several keys; -1 where any is missing."""
    a, b = keys[0]
    for next_a, next_b in keys[1:]:
        width = int(max(next_a.max(initial=-1), next_b.max(initial=-1))) + 1
        both = np.concatenate([_joint(a, next_a, width), _joint(b, next_b, width)])
        a, b = np.split(_dense(both), [len(a)])
    return a, b


def _joint(first: Ints, second: Ints, width: int) -> Longs:
    return np.where((first >= 0) & (second >= 0), first.astype(np.int64) * width + second, -1)


def _dense(codes: Longs) -> Ints:
    """Codes renumbered from 0 without gaps; negative ones stay -1."""
    unique, inverse = np.unique(codes, return_inverse=True)
    return (inverse - np.searchsorted(unique, 0)).clip(-1).astype(np.int32)


def _block_pairs(a: Ints, b: Ints, same_table: bool) -> Longs:
    blocks = int(max(a.max(initial=-1), b.max(initial=-1))) + 1
    in_a = np.bincount(a[a >= 0], minlength=blocks)
    if same_table:
        return np.asarray(in_a * (in_a - 1) // 2, dtype=np.int64)
    return np.asarray(in_a * np.bincount(b[b >= 0], minlength=blocks), dtype=np.int64)


def _capped(
    a: Ints, b: Ints, finer: Sequence[tuple[Ints, Ints]], most: int, same_table: bool
) -> tuple[Ints, Ints, int, int]:
    """Subdivide, then drop, blocks of more than `most` pairs; also how many were subdivided and the pairs lost."""
    pairs = _block_pairs(a, b, same_table)
    subdivided, before = int((pairs > most).sum()), int(pairs.sum())
    for fine_a, fine_b in finer:
        large = _block_pairs(a, b, same_table) > most
        if not large.any():
            break
        in_a, in_b = _of_blocks(a, large), _of_blocks(b, large)
        blocks = len(large)
        width = int(max(fine_a.max(initial=-1), fine_b.max(initial=-1))) + 1
        joint_a = np.where(in_a, _shifted(_joint(a, fine_a, width), blocks), a)
        joint_b = np.where(in_b, _shifted(_joint(b, fine_b, width), blocks), b)
        a, b = np.split(_dense(np.concatenate([joint_a, joint_b])), [len(a)])
    large = _block_pairs(a, b, same_table) > most
    a = np.where(_of_blocks(a, large), -1, a).astype(np.int32)
    b = np.where(_of_blocks(b, large), -1, b).astype(np.int32)
    return a, b, subdivided, before - int(_block_pairs(a, b, same_table).sum())


def _of_blocks(codes: Ints, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return (codes >= 0) & chosen[codes] if len(chosen) else np.zeros(len(codes), dtype=bool)


def _shifted(codes: Longs, by: int) -> Longs:
    return np.where(codes >= 0, codes + by, -1)


def _blocks(a: Ints, b: Ints, same_table: bool) -> RuleBlocks:
    pairs = _block_pairs(a, b, same_table)
    a_order, a_starts = _ordered(a, len(pairs))
    b_order, b_starts = (a_order, a_starts) if same_table else _ordered(b, len(pairs))
    return RuleBlocks(a_order, a_starts, b_order, b_starts, pairs)


def _ordered(codes: Ints, blocks: int) -> tuple[Ints, Longs]:
    rows = np.flatnonzero(codes >= 0)
    order = rows[np.argsort(codes[rows], kind="stable")].astype(np.int32)
    starts = np.concatenate([[0], np.cumsum(np.bincount(codes[rows], minlength=blocks))]).astype(np.int64)
    return order, starts


def _side_by_side(columns: list[Ints]) -> Ints:
    return np.ascontiguousarray(np.column_stack(columns), dtype=np.int32)

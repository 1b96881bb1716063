"""How much memory a linkage takes (内存), told before it begins, and how it keeps within a limit.

Counted is what the process holds at its peak when it does nothing besides. The numbers were measured with the tables of
`bench/tables.py`, 100,000 to a million rows a side, and are rounded up:

- encoded columns: codes of every row, and of every distinct value its characters and what is derived from them;
- blocks: of every row and rule the number of its block, its place in it, and where blocks begin;
- work that passes: columns being encoded and hashes being sorted, as many at a time as there are threads;
- pairs that may be matches, kept between estimating and scoring; where they would not fit they are compared twice;
- the pairs of the result, of which there are as many as the data has: known when all have been compared once.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.errors import MemoryLimitError
from matching.keys import MOST_ALTERNATIVES, columns_of
from matching.model import Model
from matching.options import LinkOptions
from matching.scoring import frequency_keys
from matching.sets import is_list

PROGRAM = 420_000_000
"""The interpreter, libraries and compiled kernels."""
_TABLE = 1.8
"""Of the bytes of the tables, with what reading them leaves behind."""
_CODES = 8
"""Bytes of each row and column, as codes."""
_VALUE = 48
"""Bytes of each distinct value besides its characters."""
_CHARACTER = 2
"""Bytes made of each byte of a distinct text."""
_BLOCK = 12
"""Bytes of each row, rule and alternative of a key."""
_SORTED = 28
"""Bytes of each row and alternative while blocks are formed."""
_KEY = 8
"""Bytes of each distinct value and of what a key derives from it."""
_FREQUENCY = 20
"""Bytes of each row and frequency."""
_CHUNK = 96
"""Bytes of each pair that a thread compares at a time, with what waits for its turn."""
_CACHED = 48
"""Bytes of each pair kept between estimating and scoring."""
WEIGHED = 80
"""Bytes of each pair that is weighed."""
RESULT = 140
"""Bytes of each pair of the result, its ids included."""
_SAMPLED = 60
"""Bytes of each random pair."""
_SAMPLE = 200_000
_LEAST_CHUNK = 25_000
_LEAST_CACHED = 100_000


@dataclass(frozen=True)
class Needed:
    """What a linkage takes, in bytes, whatever it finds.

    `lasting`: program, tables, encoded columns and blocks. `passing`: what encoding and forming blocks takes besides, for
    each thread.
    """

    lasting: int
    passing: int

    def base(self, options: LinkOptions) -> int:
        """The bytes that are taken before any pair is kept."""
        sampled = options.random_pairs * _SAMPLED
        return self.lasting + max(self.passing * options.threads, sampled) + _chunks(options)


def needed(left: pa.Table, right: pa.Table, model: Model) -> Needed:
    """What linking two tables, or one table given twice, takes.

    Args:
        left, right: as `matching.linkage.link` gets them.
        model: fitted to them.
    """
    tables = [left] if left is right else [left, right]
    rows = sum(map(len, tables))
    lasting = PROGRAM + sum(table.nbytes for table in tables) * _TABLE
    passing = 0.0
    keys = {key for rule in model.blocking.rules for key in rule.keys} | set(model.blocking.refine)
    derived = Counter(column for key in keys for column in columns_of(key))
    for column in sorted({name for item in model.comparisons for name in item.columns} | derived.keys()):
        given = [table[column] for table in tables if column in table.column_names]
        for share, own in zip(map(_distinct, given), given, strict=True):
            values = share * (len(own) - own.null_count)
            lasting += values * (_VALUE + _KEY * derived[column]) + share * own.nbytes * _CHARACTER
        lasting += rows * _CODES
        passing = max(passing, rows * 16 + 2 * sum(own.nbytes for own in given))
    for rule in model.blocking.rules:
        alternatives = _alternatives(tables, rule.keys)
        lasting += rows * alternatives * _BLOCK
        passing = max(passing, rows * alternatives * _SORTED)
    groups = [keys for item in model.comparisons if item.frequency for keys in frequency_keys(item)]
    return Needed(int(lasting + rows * len(groups) * _FREQUENCY), int(passing))


def within_limit(left: pa.Table, right: pa.Table, model: Model, options: LinkOptions) -> LinkOptions:
    """The options by which a linkage keeps within its limit; as they are where there is none.

    The fewer pairs are kept between estimating and scoring, the more are compared twice; with one thread, one column is
    encoded at a time. Neither changes any outcome.

    Raises:
        MemoryLimitError: it cannot; the message says what is needed.
    """
    if options.memory_limit is None:
        return options
    takes = needed(left, right, model)
    small = min(options.chunk_pairs, _LEAST_CHUNK)
    for threads, chunk in ((options.threads, options.chunk_pairs), (options.threads, small), (1, small)):
        tried = replace(options, threads=threads, chunk_pairs=chunk)
        room = options.memory_limit - takes.base(tried)
        if room >= _LEAST_CACHED * (WEIGHED + RESULT):
            return replace(tried, cached_pairs=min(options.cached_pairs, room // _CACHED))
    least = takes.base(tried) + _LEAST_CACHED * (WEIGHED + RESULT)
    raise MemoryLimitError(
        f"linking {len(left):,} records with {len(right):,} may take {_gigabytes(least)}, "
        f"and {_gigabytes(options.memory_limit)} are allowed; allow more, leave out columns, or link part by part, "
        "such as one prefecture after the other"
    )


def check_pairs(pairs: int, each: int, tables: tuple[pa.Table, pa.Table], model: Model, options: LinkOptions) -> None:
    """Refuse more pairs than fit, of which each takes so many bytes: `WEIGHED`, then `RESULT`.

    Raises:
        MemoryLimitError: it would not; the message says what is needed.
    """
    if options.memory_limit is None:
        return
    takes = needed(*tables, model).lasting + _chunks(options) + pairs * each
    if takes > options.memory_limit:
        raise MemoryLimitError(
            f"{pairs:,} pairs may be matches; keeping them may take {_gigabytes(takes)}, and "
            f"{_gigabytes(options.memory_limit)} are allowed; allow more, keep only likelier pairs, or add what tells "
            "records apart to the model"
        )


def _chunks(options: LinkOptions) -> int:
    return options.threads * options.chunk_pairs * _CHUNK


def _distinct(column: pa.ChunkedArray) -> float:
    """At most what share of a column's values are distinct: no more than among some of them."""
    if pa.types.is_nested(column.type) or not len(column):
        return 1.0
    places = np.linspace(0, len(column) - 1, min(_SAMPLE, len(column))).astype(np.int64)
    some = column.take(pa.array(places)).drop_null()
    return float(pc.count_distinct(some).as_py() / max(len(some), 1))


def _alternatives(tables: Sequence[pa.Table], keys: Sequence[str]) -> int:
    """How many values of a rule's keys a row may have."""
    joint = 1
    for key in keys:
        columns = columns_of(key)
        each = 4 if key.endswith(":sounds") else 1
        if any(column in table.column_names and is_list(table[column].type) for table in tables for column in columns):
            each = MOST_ALTERNATIVES
        joint *= each * len(columns)
    return min(joint, MOST_ALTERNATIVES)


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.2f} GB"

"""Rows that were there before (重复行), within a batch and across the batches of one extract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Digests = npt.NDArray[np.uint64]

_RECENT = 1 << 20
"""Digests that may wait before they are merged into the long array."""
_NONE: Digests = np.zeros(0, np.uint64)


class SeenRows:
    """The rows of one extract seen so far, as one digest of eight bytes each.

    Two different rows count as the same where their 64-bit digests agree. Among n rows some two do so with a
    probability of about n² / 2^65: 3 in a million for an extract of ten million rows. Ten million rows take 80 MB
    (twice that while arrays are merged).

    >>> seen = SeenRows()
    >>> rows = pl.DataFrame({"name": ["李娜", "王芳", "李娜"], "sex": [None, "女", None]})
    >>> seen.repeated(rows, ["name", "sex"]).to_list()
    [False, False, True]
    >>> seen.repeated(rows.tail(1), ["name", "sex"]).to_list()
    [True]
    """

    def __init__(self) -> None:
        """No row has been seen."""
        self._old, self._recent = _NONE, _NONE

    def __len__(self) -> int:
        """How many different rows have been seen."""
        return len(self._old) + len(self._recent)

    def repeated(self, rows: pl.DataFrame, names: Sequence[str]) -> pl.Series:
        """Whether an equal row came earlier, in these rows or in rows asked about before.

        Args:
            rows: a table of text.
            names: the columns that make two rows equal, in the same order on every call; a missing column is one
                without values, and two missing values are equal.
        """
        digests = row_digests(rows, names)
        first = pl.Series(digests).is_first_distinct().to_numpy()
        fresh = np.sort(digests[first])
        known = _among(self._old, fresh) | _among(self._recent, fresh)
        repeated = ~first
        if known.any():
            repeated |= np.isin(digests, fresh[known])
        self._remember(fresh[~known])
        return pl.Series("repeated", repeated)

    def _remember(self, fresh: Digests) -> None:
        self._recent = np.sort(np.concatenate([self._recent, fresh]), kind="stable")
        if len(self._recent) >= _RECENT:
            self._old = np.sort(np.concatenate([self._old, self._recent]), kind="stable")
            self._recent = _NONE


def row_digests(rows: pl.DataFrame, names: Sequence[str]) -> Digests:
    """One 64-bit digest per row, equal for equal rows of the same process; a missing value adds nothing.

    Each column has its own seed and its own odd factor, so that the same text in another column counts otherwise.
    """
    total = np.zeros(rows.height, np.uint64)
    given = [(place, name) for place, name in enumerate(names) if name in rows.columns]
    given = [(place, name) for place, name in given if rows[name].null_count() < rows.height]
    hashed = rows.select(
        (pl.col(name).hash(seed=place) * pl.col(name).is_not_null().cast(pl.UInt64)).alias(name)
        for place, name in given
    )
    for place, name in given:
        total += hashed[name].to_numpy() * np.uint64(_odd_factor(place))
    return total


def _odd_factor(place: int) -> int:
    """An odd 64-bit number per column: multiples of the golden ratio's fraction, as in Fibonacci hashing."""
    return ((place + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) | 1


def _among(known: Digests, wanted: Digests) -> npt.NDArray[np.bool_]:
    """Which of the wanted digests are known; both sorted."""
    if not len(known):
        return np.zeros(len(wanted), np.bool_)
    place = np.searchsorted(known, wanted)
    return np.asarray(known[np.minimum(place, len(known) - 1)] == wanted)

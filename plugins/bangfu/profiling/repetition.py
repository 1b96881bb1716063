"""How many different values a column has and how often they stand (重复情况), in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bangfu.profiling.profile import Repetition
from bangfu.profiling.shapes import TIMES_TOP

if TYPE_CHECKING:
    import numpy.typing as npt

    Digests = npt.NDArray[np.uint64]

KEPT = 8_192
"""Different digests that are kept per column: 128 KB with their counts."""
_SPAN = 2.0**64


@dataclass
class RepeatedValues:
    """The smallest digests of a column, each with the number of rows it stands in.

    A digest among the smallest has been among them since it first came, so its count is exact; the digests being
    uniform, they are a fair sample of the different values, however often each one stands. Up to `KEPT` different
    values everything is exact. Beyond, their number is estimated as (k - 1) / u, with u the largest kept digest as a
    fraction of its span (K. Beyer and others, "On synopses for distinct-value estimation under multiset operations",
    SIGMOD 2007), with a standard error of 1 / sqrt(k - 2) = 1.1 %.

    >>> values = RepeatedValues()
    >>> values.add(np.array([7, 7, 9], np.uint64))
    >>> values.repetition()
    Repetition(distinct=2, exact=True, times={'1': 1, '2': 1})
    """

    kept: int = KEPT
    _digests: Digests = field(default_factory=lambda: np.zeros(0, np.uint64), init=False, repr=False)
    _rows: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64), init=False, repr=False)
    _full: bool = field(default=False, init=False)

    def add(self, digests: Digests) -> None:
        """Count the rows of a batch, one digest each."""
        if self._full:
            digests = digests[digests <= self._digests[-1]]
        found, rows = self._smallest(digests)
        merged, place = np.unique(np.concatenate([self._digests, found]), return_inverse=True)
        total = np.bincount(place, np.concatenate([self._rows, rows]), len(merged)).astype(np.int64)
        self._full = self._full or len(merged) > self.kept
        self._digests, self._rows = merged[: self.kept], total[: self.kept]

    def repetition(self) -> Repetition:
        """What is known of all rows added so far."""
        distinct = len(self._digests)
        if self._full:
            distinct = round((self.kept - 1) / (float(self._digests[-1]) / _SPAN))
        times = np.bincount(np.minimum(self._rows, TIMES_TOP), minlength=TIMES_TOP + 1)
        scale = distinct / max(1, len(self._digests))
        counts = {times_code(count): round(int(number) * scale) for count, number in enumerate(times) if number}
        return Repetition(distinct, not self._full, counts)

    def _smallest(self, digests: Digests) -> tuple[Digests, npt.NDArray[np.int64]]:
        """The different digests of a batch with their rows; of a large batch only as many as can matter."""
        if len(digests) > 4 * self.kept:
            below = digests[digests < np.uint64(int(_SPAN / len(digests) * 2 * self.kept))]
            found, rows = np.unique(below, return_counts=True)
            if len(found) > self.kept:
                return found[: self.kept + 1], rows[: self.kept + 1]
        return np.unique(digests, return_counts=True)


def times_code(count: int) -> str:
    """How a number of rows is named in a profile.

    >>> times_code(3), times_code(TIMES_TOP)
    ('3', '10+')
    """
    return f"{TIMES_TOP}+" if count >= TIMES_TOP else str(count)

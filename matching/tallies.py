"""How often each hash occurs (计数): counted once, and from then on by what comes and goes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.columns import Longs
from matching.kernels.encoding import join_hashes

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Tally:
    """Distinct hashes in order and how often each occurs, `total` times in all; `change` is to be added to it."""

    hashes: Hashes
    counts: npt.NDArray[np.signedinteger[Any]]
    total: int
    change: "Tally | None" = None

    @classmethod
    def of(cls, hashes: Hashes) -> "Tally":
        """Count hashes; missing ones, which are 0, do not count."""
        ordered = np.sort(hashes)
        ordered = ordered[np.searchsorted(ordered, 1) :]
        new = np.ones(len(ordered), np.bool_)
        new[1:] = ordered[1:] != ordered[:-1]
        starts = np.flatnonzero(new)
        return cls(ordered[starts], np.diff(starts, append=len(ordered)), len(ordered))

    def changed(self, came: "Tally", went: "Tally") -> "Tally":
        """The same after some hashes came and others went."""
        touched = np.union1d(came.hashes, went.hashes)
        change = Tally(touched, came.counted(touched) - went.counted(touched), came.total - went.total)
        return replace(self, total=self.total + change.total, change=change)

    def counted(self, hashes: Hashes) -> Longs:
        """How often each of some hashes occurs."""
        order = np.argsort(hashes)  # in order, what is looked up is near what was looked up before
        ordered = hashes[order]
        counts = self._found(ordered)
        if self.change is not None:
            counts += self.change._found(ordered)
        found = np.empty(len(hashes), np.int64)
        found[order] = counts
        return found

    def _found(self, ordered: Hashes) -> Longs:
        if not len(self.hashes):
            return np.zeros(len(ordered), np.int64)
        places = np.minimum(np.searchsorted(self.hashes, ordered), len(self.hashes) - 1)
        return np.where(self.hashes[places] == ordered, self.counts[places], 0).astype(np.int64)

    def above(self, most: int) -> Hashes:
        """The hashes that occur more than `most` times."""
        many = self.hashes[self.counts > most]
        if self.change is None:
            return many
        touched = self.change.hashes
        return np.union1d(np.setdiff1d(many, touched), touched[self.counted(touched) > most])

    @property
    def largest(self) -> int:
        """How often the most frequent one occurs."""
        if self.change is None:
            return int(self.counts.max(initial=0))
        untouched = np.isin(self.hashes, self.change.hashes, invert=True)
        return int(max(self.counts[untouched].max(initial=0), self.counted(self.change.hashes).max(initial=0)))


def frequency_tallies(values: Hashes, groups: Sequence[Hashes]) -> tuple[Tally, ...]:
    """Tallies of the values of rows and, for each grouping, of values within groups and of groups that have a value."""
    found = [Tally.of(values)]
    for grouping in groups:
        cells = np.empty(len(values), np.uint64)
        join_hashes(values, grouping, cells)
        found += [Tally.of(cells), Tally.of(np.where(cells == 0, 0, grouping))]
    return tuple(found)

"""The Python Record Linkage Toolkit (recordlinkage): our comparisons and our estimation behind its interfaces.

compare = recordlinkage.Compare()
compare.add(LevelFeature("chinese_name", "name", "name", label="name"))
vectors = compare.compute(pairs, left, right)
matches = LevelClassifier().fit_predict(vectors)
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from recordlinkage.base import BaseClassifier, BaseCompareFeature

from matching.columns import Columns, Longs
from matching.comparisons import compare_pairs, comparer
from matching.em import Classes, by_level, expectation_maximisation, match_weights
from matching.levels import levels_of
from matching.model import Comparison
from matching.scoring import Floats, probability


class LevelFeature(BaseCompareFeature):  # type: ignore[misc]
    """One of our comparisons as a feature of `recordlinkage.Compare`.

    The feature is the level code: 0 missing, then from 1 the strongest agreement to the last, disagreement.
    With `agreement=True` it is 1 where the two sides agree or are close, else 0, as the toolkit's own features.
    """

    name = "level"
    description = "Comparison level (比对等级) by character, Unicode-correct."

    def __init__(
        self,
        kind: str,
        left_on: str | Sequence[str],
        right_on: str | Sequence[str],
        *,
        options: Mapping[str, Any] | None = None,
        agreement: bool = False,
        label: str | None = None,
    ) -> None:
        """See `matching.levels` for the kinds; `left_on`, `right_on` name the kind's column(s) on each side."""
        left, right = ([side] if isinstance(side, str) else list(side) for side in (left_on, right_on))
        super().__init__(left, right, label=label)
        self._comparison = Comparison(
            label or kind, kind, tuple(f"c{place}" for place in range(len(left))), options or {}
        )
        self._agreeing = [
            place for place, level in enumerate(levels_of(kind, options or {}), start=1) if level.outcome != "differs"
        ]
        self._agreement = agreement

    def _compute_vectorized(self, *columns: "pd.Series[Any]") -> npt.NDArray[Any]:
        half = len(columns) // 2
        left, right = (
            pa.table({f"c{place}": pa.array(column, from_pandas=True) for place, column in enumerate(side)})
            for side in (columns[:half], columns[half:])
        )
        rows = np.arange(len(left), dtype=np.int32)
        codes = compare_pairs([comparer(self._comparison, 0, Columns(left, right))], rows, rows)
        return np.isin(codes, self._agreeing).astype(np.int64) if self._agreement else codes


class LevelClassifier(BaseClassifier):  # type: ignore[misc]
    """Fellegi-Sunter classifier over level codes (or 0/1 vectors) with the toolkit's classifier interface.

    Without `match_index`, EM with free m and u, as the toolkit's `ECMClassifier`, which takes binary features
    only; with it, m and u are counted. Attributes after `fit`: `m_probs`, `u_probs`, `weights` (log2), each
    label -> {value: number}, and `p`, the share of matches.
    """

    def __init__(self, threshold: float = 0.5) -> None:
        self.threshold = threshold
        self._labels: list[Any] = []
        self._values: list[npt.NDArray[Any]] = []
        self._classes: Classes | None = None

    def fit(self, comparison_vectors: pd.DataFrame, match_index: pd.MultiIndex | None = None) -> None:
        """Estimate from vectors alone, or count where the true matches are given."""
        self._labels = list(comparison_vectors.columns)
        super().fit(comparison_vectors, match_index)

    @property
    def p(self) -> float:
        """Share of matches among the pairs."""
        return self._fitted().share

    @property
    def m_probs(self) -> dict[Any, dict[Any, float]]:
        """P(value | match)."""
        return self._by_label(self._fitted().m)

    @property
    def u_probs(self) -> dict[Any, dict[Any, float]]:
        """P(value | no match)."""
        return self._by_label(self._fitted().u)

    @property
    def weights(self) -> dict[Any, dict[Any, float]]:
        """log2(m / u)."""
        classes = self._fitted()
        return self._by_label(tuple(np.log2(m / u) for m, u in zip(classes.m, classes.u, strict=True)))

    def _fit(self, vectors: npt.NDArray[Any], truth: npt.NDArray[Any] | None = None) -> None:
        self._values = [np.unique(vectors[:, place]) for place in range(vectors.shape[1])]
        unique, inverse = np.unique(vectors, axis=0, return_inverse=True)
        codes = self._codes(unique)
        pairs = np.bincount(inverse.ravel()).astype(np.float64)
        if truth is None:
            start = Classes(tuple(map(_rising, self._values)), tuple(map(_falling, self._values)), 0.1)
            both = [(column, column) for column in codes]
            self._classes = expectation_maximisation(
                both, pairs, start, lambda _, found: _shares(found), free_u=True
            ).classes
        else:
            right = np.asarray(np.bincount(inverse.ravel(), truth), dtype=np.float64)
            sides: tuple[Floats, Floats] = (right, pairs - right)
            shares = [
                tuple(
                    _shares(by_level(column, side, len(values)))
                    for column, values in zip(codes, self._values, strict=True)
                )
                for side in sides
            ]
            self._classes = Classes(shares[0], shares[1], float(np.clip(truth.mean(), 1e-9, 1 - 1e-9)))

    def _predict(self, vectors: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        return (self._prob_match(vectors) >= self.threshold).astype(np.int64)

    def _prob_match(self, vectors: npt.NDArray[Any]) -> Floats:
        return probability(match_weights(self._codes(vectors), self._fitted()))

    def _codes(self, vectors: npt.NDArray[Any]) -> list[Longs]:
        """Values as codes from 1; one never seen in `fit` is 0 and says nothing."""
        codes = []
        for place, values in enumerate(self._values):
            found = np.minimum(np.searchsorted(values, vectors[:, place]), len(values) - 1)
            codes.append(np.where(values[found] == vectors[:, place], found + 1, 0).astype(np.int64))
        return codes

    def _fitted(self) -> Classes:
        if self._classes is None:
            raise ValueError("the classifier is not fitted yet; call fit first")
        return self._classes

    def _by_label(self, numbers: tuple[Floats, ...]) -> dict[Any, dict[Any, float]]:
        return {
            label: dict(zip(values.tolist(), column.tolist(), strict=True))
            for label, values, column in zip(self._labels, self._values, numbers, strict=True)
        }


def _shares(found: Floats) -> Floats:
    return np.asarray((found + 1e-9) / (found.sum() + len(found) * 1e-9))


def _agrees_first(values: npt.NDArray[Any]) -> bool:
    """Level codes: the smallest above missing is agreement. Binary vectors and similarities: the largest is."""
    return bool(values.max() > 1)


def _rising(values: npt.NDArray[Any]) -> Floats:
    """Starting m: nine tenths on the value that means agreement."""
    start = np.full(len(values), 0.1 / max(len(values) - 1, 1))
    agreed = values[values > 0].min() if _agrees_first(values) else values.max()
    start[np.searchsorted(values, agreed)] = 0.9
    return np.asarray(start / start.sum())


def _falling(values: npt.NDArray[Any]) -> Floats:
    """Starting u: nine tenths on the value that means disagreement."""
    start = np.full(len(values), 0.1 / max(len(values) - 1, 1))
    start[np.searchsorted(values, values.max() if _agrees_first(values) else values.min())] = 0.9
    return np.asarray(start / start.sum())

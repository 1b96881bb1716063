"""Repetition is exact for small columns and a fair estimate for large ones, however the rows are cut into batches."""

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.profiling.profile import Repetition
from bangfu.profiling.repetition import KEPT, RepeatedValues


def repetition_of(batches: list[np.ndarray], kept: int = KEPT) -> Repetition:
    values = RepeatedValues(kept)
    for batch in batches:
        values.add(batch.astype(np.uint64))
    return values.repetition()


@given(st.lists(st.lists(st.integers(0, 60), max_size=80), max_size=5))
def test_a_small_column_is_counted_exactly(batches: list[list[int]]) -> None:
    rows = Counter(value for batch in batches for value in batch)
    times = Counter("10+" if number >= 10 else str(number) for number in rows.values())
    assert repetition_of([np.array(batch) for batch in batches]) == Repetition(
        len(rows), True, dict(sorted(times.items(), key=lambda item: int(item[0].rstrip("+"))))
    )


def digests(values: range, times: int = 1) -> np.ndarray:
    return pl.Series([str(value) for value in values]).hash().to_numpy().repeat(times)


@pytest.mark.parametrize("batch", [1_000, 20_000, 120_000])
def test_a_large_column_is_estimated_whatever_the_batches(batch: int) -> None:
    rows = np.random.default_rng(7).permutation(np.concatenate([digests(range(80_000)), digests(range(20_000))]))
    told = repetition_of([rows[start : start + batch] for start in range(0, len(rows), batch)])
    assert told.exact is False
    assert told.distinct == pytest.approx(80_000, rel=0.03)
    assert told.repeated == pytest.approx(20_000, rel=0.06)
    assert told == repetition_of([rows])


def test_memory_does_not_grow_with_the_rows() -> None:
    values = RepeatedValues(kept=100)
    for start in range(0, 50_000, 5_000):
        values.add(digests(range(start, start + 5_000)))
    assert len(values._digests) == len(values._rows) == 100


def test_a_household_of_many_is_seen_among_many_households() -> None:
    told = repetition_of([digests(range(30_000), 3), digests(range(30_000), 2)])
    assert set(told.times) == {"5"}
    assert told.times["5"] == told.distinct == pytest.approx(30_000, rel=0.04)

"""Repeated rows are found wherever they stand, however an extract is cut into batches."""

from itertools import pairwise

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from matching.standardise import SeenRows, repeats
from matching.standardise.repeats import row_digests

NAMES = ["name", "id_number", "phone"]
cells = st.none() | st.sampled_from(["李娜", "王芳", "", "a", "b", "ab"])
rows = st.lists(st.tuples(cells, cells, cells), max_size=30)
cuts = st.lists(st.integers(0, 30), max_size=4)


def table(given_rows: list[tuple[str | None, ...]]) -> pl.DataFrame:
    return pl.DataFrame(given_rows, schema=dict.fromkeys(NAMES, pl.String), orient="row")


def first_of_each(frame: pl.DataFrame) -> list[bool]:
    """Repeated rows by comparison of whole rows, which needs all of them at once."""
    return frame.select(~pl.struct(NAMES).is_first_distinct()).to_series().to_list()


@given(rows, cuts)
def test_the_cuts_between_batches_make_no_difference(given_rows: list[tuple[str | None, ...]], at: list[int]) -> None:
    frame, seen, found = table(given_rows), SeenRows(), []
    edges = [0, *sorted(at), frame.height]
    for start, stop in pairwise(edges):
        found += seen.repeated(frame[start:stop], NAMES).to_list()
    assert found == first_of_each(frame)
    assert len(seen) == frame.n_unique()


def test_a_batch_without_a_column_equals_one_where_the_column_is_empty() -> None:
    seen = SeenRows()
    assert seen.repeated(table([("李娜", None, None)]), NAMES).to_list() == [False]
    assert seen.repeated(pl.DataFrame({"name": ["李娜", "王芳"]}), NAMES).to_list() == [True, False]


def test_the_same_texts_in_other_columns_are_another_row() -> None:
    frame = table([("a", "b", None), ("b", "a", None), ("a", None, "b"), (None, "a", "b"), ("ab", None, None)])
    assert len(set(row_digests(frame, NAMES).tolist())) == frame.height


def test_an_empty_text_is_not_a_missing_one() -> None:
    assert SeenRows().repeated(table([("", None, None), (None, None, None)]), NAMES).to_list() == [False, False]


def test_the_memory_takes_eight_bytes_a_row() -> None:
    """More rows than wait to be merged: none is forgotten, and none is kept twice."""
    seen, batch = SeenRows(), repeats._RECENT // 4
    for number in range(6):
        column = pl.int_range(number * batch, (number + 1) * batch, eager=True).cast(pl.String)
        assert not seen.repeated(pl.DataFrame({"name": column}), ["name"]).any()
    assert len(seen) == 6 * batch
    assert (seen._old.nbytes + seen._recent.nbytes) == 8 * len(seen)
    assert np.all(np.diff(seen._old) > 0)
    first = pl.DataFrame({"name": pl.int_range(0, 10, eager=True).cast(pl.String)})
    assert seen.repeated(first, ["name"]).all()

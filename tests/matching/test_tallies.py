"""Counts that are kept up to date say what counting anew says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching.tallies import Tally, frequency_tallies

HASHES = st.lists(st.integers(0, 9), max_size=30).map(lambda values: np.array(values, np.uint64))
EVERY = np.arange(1, 12, dtype=np.uint64)


@given(there=HASHES, came=HASHES, gone=st.integers(0, 30))
def test_a_tally_kept_up_to_date_equals_one_made_anew(there, came, gone):
    updated = Tally.of(there).changed(Tally.of(came), Tally.of(there[:gone]))
    anew = Tally.of(np.concatenate([there[gone:], came]))
    assert updated.counted(EVERY).tolist() == anew.counted(EVERY).tolist()
    assert (updated.total, updated.largest) == (anew.total, anew.largest)
    for most in (0, 1, 3):
        assert updated.above(most).tolist() == anew.above(most).tolist()


def test_groups_count_rows_that_have_a_value():
    values, groups = np.array([5, 5, 0, 7], np.uint64), np.array([1, 2, 1, 1], np.uint64)
    of_values, of_cells, of_groups = frequency_tallies(values, [groups])
    assert of_values.counted(EVERY[[4, 6]]).tolist() == [2, 1]
    assert (of_cells.total, of_cells.largest) == (3, 1)
    assert of_groups.counted(EVERY[:2]).tolist() == [2, 1]

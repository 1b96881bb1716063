"""Reviewed pairs are read in every spelling reviewers use, and nothing else is guessed."""

import pyarrow as pa
import pytest

from matching.errors import ModelError
from matching.label_table import read_labels


def test_text_and_numbers_are_read():
    read = read_labels(
        pa.table(
            {
                "pattern": ["17", "18", "19", "20"],
                "outcome": ["match", " No_Match ", "是", ""],
                "match_weight": ["3.5", "1", "2", ""],
                "selection_weight": ["1", "2", "3", ""],
            }
        )
    )
    assert read.labels.patterns.tolist() == [17, 18, 19]
    assert read.labels.is_match.tolist() == [True, False, True]
    assert read.labels.weights.tolist() == [3.5, 1, 2]
    assert read.labels.selection.tolist() == [1, 2, 3]
    assert read.without_outcome == 1


def test_typed_columns_are_read_and_the_optional_ones_may_be_absent():
    read = read_labels(pa.table({"pattern": [17, 18], "outcome": [True, None]}))
    assert (read.labels.patterns.tolist(), read.labels.is_match.tolist()) == ([17], [True])
    assert (read.labels.weights, read.labels.selection, read.without_outcome) == (None, None, 1)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"outcome": ["match"]}, "no column 'pattern'"),
        ({"pattern": [1]}, "no column 'outcome'"),
        ({"pattern": [1], "outcome": ["perhaps"]}, "'perhaps' is not known"),
        ({"pattern": ["x"], "outcome": ["match"]}, "no whole number"),
        ({"pattern": [None], "outcome": ["match"]}, "have no pattern"),
        ({"pattern": [1], "outcome": ["match"], "match_weight": ["heavy"]}, "match_weight of the labels is no number"),
        ({"pattern": [1], "outcome": ["match"], "selection_weight": [None]}, "have no selection_weight"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(columns, message):
    with pytest.raises(ModelError, match=message):
        read_labels(pa.table(columns))

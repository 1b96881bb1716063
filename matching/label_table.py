"""Reviewed pairs as a table (复核结果表): `pattern`, `outcome`, and where known `match_weight` and `selection_weight`."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.errors import ModelError
from matching.scoring import Floats
from matching.supervision import Labels

OUTCOMES: Mapping[str, bool] = {
    **dict.fromkeys(("match", "yes", "true", "1", "y", "是", "属实", "同一人"), True),
    **dict.fromkeys(("no_match", "no", "false", "0", "n", "否", "不属实", "不是同一人"), False),
}
"""Spellings of a verdict, lower case."""


@dataclass(frozen=True)
class ReadLabels:
    """Labels, and how many rows had no outcome."""

    labels: Labels
    without_outcome: int


def read_labels(table: pa.Table) -> ReadLabels:
    """Labels from a table whose columns may all be text.

    Raises:
        ModelError: a column is absent, or a value is no pattern, no outcome or no number.
    """
    for column in ("pattern", "outcome"):
        if column not in table.column_names:
            raise ModelError(
                f"the labels have no column '{column}'; they need pattern, as the pairs were scored, and outcome"
            )
    said = pc.utf8_lower(pc.utf8_trim_whitespace(table["outcome"].cast(pa.string())))
    given = pc.fill_null(pc.not_equal(said, ""), False)
    table, outcomes = table.filter(given), said.filter(given).to_pylist()
    if strange := sorted({text for text in outcomes if text not in OUTCOMES}):
        raise ModelError(f"outcome '{strange[0]}' is not known; write match or no_match")
    numbers = {
        column: _numbers(table, column)
        for column in ("match_weight", "selection_weight")
        if column in table.column_names
    }
    return ReadLabels(
        Labels(
            patterns=_patterns(table["pattern"]),
            is_match=np.array([OUTCOMES[text] for text in outcomes], dtype=bool),
            weights=numbers.get("match_weight"),
            selection=numbers.get("selection_weight"),
        ),
        without_outcome=len(given) - len(table),
    )


def _patterns(column: pa.ChunkedArray) -> "np.typing.NDArray[np.int64]":
    try:
        patterns = column.cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise ModelError("a pattern of the labels is no whole number") from error
    if patterns.null_count:
        raise ModelError(f"{patterns.null_count} reviewed pair(s) have no pattern")
    return np.asarray(patterns.to_numpy(), dtype=np.int64)


def _numbers(table: pa.Table, column: str) -> Floats:
    try:
        numbers = table[column].cast(pa.float64())
    except pa.ArrowInvalid as error:
        raise ModelError(f"a {column} of the labels is no number") from error
    if numbers.null_count:
        raise ModelError(f"{numbers.null_count} reviewed pair(s) have no {column}; fill the column or leave it out")
    return np.asarray(numbers.to_numpy(), dtype=np.float64)

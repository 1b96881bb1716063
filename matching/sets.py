"""List columns (多值字段) as sets: each row's distinct items as ascending codes that both sides share."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import Columns, Ints, Longs, text_column
from matching.errors import ModelError


@dataclass(frozen=True)
class Sets:
    """The set of row `i` is `codes[offsets[i]:offsets[i + 1]]`; one without items is missing."""

    offsets: Longs
    codes: Ints


def pack_sets(columns: Columns, column: str, separator: str | None) -> tuple[Sets, Sets]:
    """The column of both tables, items with case, width, accents and spacing unified; blank items do not count.

    Args:
        columns: of each side the column holds lists, or text that `separator` divides; an absent one is all missing.
        column: name of the column on both sides.
        separator: what stands between two items of a text; None for lists.

    Raises:
        ModelError: the column holds text and there is no separator.
    """
    parts = [list_items(table, column, separator) for table in columns.tables]
    left, right = (pa.table({"item": items}) for _, items in parts)
    both = Columns(left, right).plain("item")
    return (
        _packed(parts[0][0], both.left, len(columns.left)),
        _packed(parts[1][0], both.right, len(columns.right)),
    )


def list_items(table: pa.Table, column: str, separator: str | None) -> tuple[Longs, pa.Array]:
    """Row and text of every item of a list column, or of texts that `separator` divides.

    Raises:
        ModelError: the column holds text and there is no separator.
    """
    if column not in table.column_names:
        return np.empty(0, np.int64), pa.array([], pa.string())
    values = table[column].combine_chunks()
    if pa.types.is_null(values.type):
        return np.empty(0, np.int64), pa.array([], pa.string())
    if not is_list(values.type):
        if separator is None:
            raise ModelError(
                f"column '{column}' holds text, not lists; give its 'array' comparison the option 'separator'"
            )
        values = pc.split_pattern(text_column(table, column), separator)
    return pc.list_parent_indices(values).to_numpy().astype(np.int64), pc.list_flatten(values)


def is_list(kind: pa.DataType) -> bool:
    return any(test(kind) for test in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list))


def _packed(rows: Longs, codes: Ints, count: int) -> Sets:
    rows, items = rows[codes >= 0], codes[codes >= 0].astype(np.int64)
    width = int(items.max(initial=0)) + 1
    cells = np.unique(rows * width + items)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(cells // width, minlength=count))])
    return Sets(offsets.astype(np.int64), (cells % width).astype(np.int32))

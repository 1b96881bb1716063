"""List columns (多值字段) as sets: each row's distinct items as ascending codes that both sides share."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import Ints, Longs, code_points, coded, distinct, plain_text, text_column
from matching.errors import ModelError


@dataclass(frozen=True)
class Sets:
    """The set of row `i` is `codes[offsets[i]:offsets[i + 1]]`; one without items is missing."""

    offsets: Longs
    codes: Ints


def pack_sets(left: pa.Table, right: pa.Table, column: str, separator: str | None) -> tuple[Sets, Sets]:
    """The column of both tables, items with case, width, accents and spacing unified; blank items do not count.

    Args:
        left: its column holds lists, or text that `separator` divides; an absent column is all missing.
        right: likewise.
        column: name of the column on both sides.
        separator: what stands between two items of a text; None for lists.

    Raises:
        ModelError: the column holds text and there is no separator.
    """
    parts = [_items(table, column, separator) for table in (left, right)]
    tables = [pa.table({"item": items}) for _, items in parts]
    both = coded(tables[0], tables[1], "item")
    same = distinct(plain_text(code_points(both.values)))
    return (
        _packed(parts[0][0], both.left, same, len(left)),
        _packed(parts[1][0], both.right, same, len(right)),
    )


def _items(table: pa.Table, column: str, separator: str | None) -> tuple[Longs, pa.Array]:
    """Row and text of every item."""
    if column not in table.column_names:
        return np.empty(0, np.int64), pa.array([], pa.string())
    values = table[column].combine_chunks()
    if pa.types.is_null(values.type):
        return np.empty(0, np.int64), pa.array([], pa.string())
    if not _is_list(values.type):
        if separator is None:
            raise ModelError(
                f"column '{column}' holds text, not lists; give its 'array' comparison the option 'separator'"
            )
        values = pc.split_pattern(text_column(table, column).combine_chunks(), separator)
    return pc.list_parent_indices(values).to_numpy().astype(np.int64), pc.list_flatten(values)


def _is_list(kind: pa.DataType) -> bool:
    return any(test(kind) for test in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list))


def _packed(rows: Longs, codes: Ints, same: Ints, count: int) -> Sets:
    known = codes >= 0
    items = same[codes[known]].astype(np.int64) if len(same) else np.empty(0, np.int64)
    rows = rows[known][items >= 0]
    items = items[items >= 0]
    width = int(items.max(initial=0)) + 1
    cells = np.unique(rows * width + items)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(cells // width, minlength=count))])
    return Sets(offsets.astype(np.int64), (cells % width).astype(np.int32))

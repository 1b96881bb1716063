"""What every standardiser shares: cleaning a cell, and running a scalar reader over distinct values only."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PLACEHOLDERS = frozenset(
    {"", "/", "//", "\\", "-", "--", "—", "——", "_", ".", "·", "?", "无", "没有", "不详", "不明", "未知", "暂无", "空"}
    | {"未填", "未填写", "未提供", "同上", "null", "NULL", "None", "none", "N/A", "n/a", "NA", "nan", "NaN", "#N/A"}
)
"""Texts that departments write for "nothing" (占位符); they are missing values, not unreadable ones."""

_INVISIBLE_PYTHON = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]"
)

_LOOSE_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]")
"""Accents that stand on no letter once everything is composed, such as what ¯ and ´ become; were they kept, they
would settle on a letter as soon as a space before them goes."""


@dataclass(frozen=True)
class Reading:
    """A standardised column.

    Attributes:
        values: the standardised values, null where there is none.
        unreadable: true where the cell held something that could not be understood.
        derived: further columns the same cells tell, by canonical name (such as ``former_name``).
    """

    values: pl.Series
    unreadable: pl.Series
    derived: Mapping[str, pl.Series] = field(default_factory=dict)


def clean(text: str) -> str:
    """One cell: NFKC, no invisible characters or loose accents, single spaces, Excel's protecting marks (``'5390…``, ``="5390…"``) off.

    >>> clean("  ５３９００１\\u200b\\ufeff  "), clean("'0871"), clean('="0871"')
    ('539001', '0871', '0871')
    """
    previous = None
    while text != previous:
        previous = text
        text = _LOOSE_MARKS.sub("", unicodedata.normalize("NFKC", _INVISIBLE_PYTHON.sub("", text)))
        text = " ".join(text.split())
        if text.startswith('="') and text.endswith('"') and len(text) > 2:
            text = text[2:-1]
        text = text.lstrip("'`‘’").strip()
    return text


def clean_series(values: pl.Series) -> pl.Series:
    """``clean`` for a column; blank text becomes null.

    >>> clean_series(pl.Series(["Ａ", "  ", None])).to_list()
    ['A', None, None]
    """
    simple = values.str.contains(r"^[\p{Han}0-9A-Za-z:/.+,;-]+$") & ~values.str.contains(_COMPATIBILITY)
    return over_distinct(values, _clean_or_none, done=simple)


_COMPATIBILITY = r"[\x{F900}-\x{FAFF}\x{2E80}-\x{2FDF}\x{3038}-\x{303A}\x{2F800}-\x{2FA1F}]"


def _clean_or_none(text: str) -> str | None:
    return clean(text) or None


def over_distinct(values: pl.Series, function: Callable[[str], str | None], *, done: pl.Series) -> pl.Series:
    """Apply ``function`` once to each distinct text, except where ``done`` says that nothing would change."""
    rest = values.filter(~done.fill_null(False)).drop_nulls().unique()
    if not rest.len():
        return values
    changed = {text: new for text in rest.to_list() if (new := function(text)) != text}
    if not changed:
        return values
    return values.replace_strict(
        pl.Series(list(changed), dtype=pl.String),
        pl.Series(list(changed.values()), dtype=pl.String),
        default=values,
        return_dtype=pl.String,
    )


def read_distinct(
    values: pl.Series,
    reader: Callable[[str], tuple[object, ...] | None],
    schema: Mapping[str, type[pl.DataType] | pl.DataType],
) -> pl.DataFrame:
    """Run a scalar reader over each distinct text.

    Args:
        values: a column of text.
        reader: gives one value per column of ``schema``, or None when the text cannot be read.
        schema: names and types of what the reader gives.

    Returns:
        One row per row of ``values``, nulls where the text is missing or unreadable, and a Boolean column
        ``unreadable``.
    """
    distinct = values.drop_nulls().unique()
    readings = [reader(text) for text in distinct.to_list()]
    columns: dict[str, pl.Series] = {"text": distinct}
    for position, (name, dtype) in enumerate(schema.items()):
        columns[name] = pl.Series(name, [None if one is None else one[position] for one in readings], dtype=dtype)
    columns["unreadable"] = pl.Series("unreadable", [one is None for one in readings], dtype=pl.Boolean)
    known = pl.DataFrame({name: series.alias(name) for name, series in columns.items()})
    joined = pl.DataFrame({"text": values}).join(known, on="text", how="left", maintain_order="left")
    return joined.drop("text").with_columns(pl.col("unreadable").fill_null(False))


def readable(values: pl.Series) -> pl.Series:
    """An ``unreadable`` mask that is false everywhere."""
    return pl.repeat(False, values.len(), dtype=pl.Boolean, eager=True)


def without_placeholders(values: pl.Series) -> pl.Series:
    """A cleaned column with placeholder texts as nulls."""
    return values.set(values.is_in(list(PLACEHOLDERS)).fill_null(False), None)

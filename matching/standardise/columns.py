"""How a scalar reader standardises columns fast: vectorised where the answer is certain, distinct texts elsewhere.

The reader is the definition. ``plain`` answers only for texts whose reading is certain without it, ``loose`` and
``shorten`` only replace a text by one that reads the same; a law in the tests holds all three against the reader.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    Reader = Callable[[str], tuple[object, ...] | None]

FEW = 256
"""Up to so many texts, reading each costs less than asking which need it."""


MANY = 20_000
"""From so many texts on, columns are read on several threads."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Reading:
    """A standardised column.

    Attributes:
        values: the standardised values, null where there is none.
        unreadable: true where the cell held something that could not be understood.
        derived: further columns the same cells tell, by name (such as ``former_name``).
    """

    values: pl.Series
    unreadable: pl.Series
    derived: Mapping[str, pl.Series] = field(default_factory=dict)


def trimmed(text: pl.Expr) -> pl.Expr:
    """A text without outer blanks and without Excel's protecting marks before it."""
    return text.str.strip_chars_start(" \t\u3000\xa0'").str.strip_chars_end(" \t\u3000\xa0")


@dataclass(frozen=True)
class Standardiser:
    """One way of standardising text columns; call it with a column.

    Attributes:
        reader: reads one text into one value per column of ``schema``, or gives None when it cannot be read.
        schema: names and types of what the reader gives; the first is the value, the others are derived.
        plain: from a frame of one column ``text`` to columns of ``schema`` (those that are not null), for texts whose
            reading is certain; all are null for all others.
        loose: takes off what the reader would ignore, if what is left is plain; asked only about texts that are not.
        shorten: gives for each text a text that reads the same, so that fewer distinct ones are left for the reader.
        repeating: whether few texts are met often, so that distinct texts are found before anything is asked.
    """

    reader: Reader
    schema: Mapping[str, pl.DataType]
    plain: Callable[[pl.LazyFrame], pl.LazyFrame] | None = None
    loose: Callable[[pl.Expr], pl.Expr] = trimmed
    shorten: Callable[[pl.Series], pl.Series] | None = None
    repeating: bool = False

    def __call__(self, values: pl.Series) -> Reading:
        """Standardise one column of text."""
        return read_columns({"value": (self, values)})["value"]


def read_columns(wanted: Mapping[str, tuple[Standardiser, pl.Series]]) -> dict[str, Reading]:
    """Standardise several columns; the vectorised part runs over all of them at once.

    Args:
        wanted: by name, how to read which column of text.
    """
    codes, texts = {}, {}
    for name, (how, values) in wanted.items():
        if values.len() > FEW and (how.repeating or values.null_count() * 8 > values.len()):
            codes[name], some = encode(values) if how.repeating else _present(values)
            texts[name] = how, some
        else:
            texts[name] = how, values
    certain = _certain(texts)

    def read(name: str) -> Reading:
        how, values = texts[name]
        cells = _completed(certain[name], values, how, _read_loose) if name in certain else _read_texts(values, how)
        return _reading(_spread(cells, codes[name]) if name in codes else cells)

    many = any(values.len() >= MANY for _, values in texts.values())
    return dict(zip(wanted, at_once([partial(read, name) for name in wanted], many), strict=True))


def at_once(tasks: Sequence[Callable[[], _T]], many: bool) -> list[_T]:
    """What each task gives, on several threads where there are many rows; polars and numpy work side by side."""
    if not many:
        return [task() for task in tasks]
    with ThreadPoolExecutor(pl.thread_pool_size()) as threads:
        return list(threads.map(lambda task: task(), tasks))


def encode(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A column as positions in its distinct texts (null stays null), and these texts."""
    codes = values.cast(pl.Categorical(pl.Categories.random())).to_physical()
    first = codes.arg_unique()
    first = first.filter(codes.gather(first).is_not_null())
    return codes, values.gather(first.gather(codes.gather(first).arg_sort()))


def _present(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A column as positions in its texts that are there (null stays null), and these texts."""
    present = values.is_not_null()
    positions = (present.cum_sum().cast(pl.Int64) - 1).cast(pl.UInt32, strict=False)
    return positions.set(~present, None), values.filter(present)


def character_codes(texts: pl.Series, width: int) -> npt.NDArray[np.uint8]:
    """The characters of texts that have ``width`` bytes each, one row per text."""
    return utf8_bytes(texts).reshape(-1, width)


def utf8_bytes(texts: pl.Series) -> npt.NDArray[np.uint8]:
    """The UTF-8 of all texts, one after the other."""
    return np.frombuffer(texts.str.join("", ignore_nulls=True).cast(pl.Binary).item(), np.uint8)


def constant(value: object, dtype: pl.DataType, height: int) -> pl.Series:
    """A column of one value."""
    return pl.Series([value], dtype=dtype).new_from_index(0, height)


@dataclass(frozen=True)
class _Cells:
    """What was read: a column per part of the schema, and where the reader gave up (None: nowhere)."""

    columns: dict[str, pl.Series]
    failed: pl.Series | None


def _reading(cells: _Cells) -> Reading:
    (_, values), *derived = cells.columns.items()
    failed = constant(False, pl.Boolean(), values.len()) if cells.failed is None else cells.failed
    return Reading(values, failed, dict(derived))


def _spread(cells: _Cells, codes: pl.Series) -> _Cells:
    """What was read from distinct texts, for every row."""
    columns = {
        part: column.gather(codes) if column.null_count() < column.len() else constant(None, column.dtype, codes.len())
        for part, column in cells.columns.items()
    }
    return _Cells(columns, None if cells.failed is None else cells.failed.gather(codes).fill_null(False))


def _certain(wanted: Mapping[str, tuple[Standardiser, pl.Series]]) -> dict[str, pl.DataFrame]:
    """By column, what ``plain`` gives; no entry for a column where asking does not pay."""
    asked = {
        name: how.plain(pl.LazyFrame({"text": values}))
        for name, (how, values) in wanted.items()
        if how.plain and FEW < values.len() > values.null_count()
    }
    return dict(zip(asked, pl.collect_all(list(asked.values())), strict=True))


def _completed(
    certain: pl.DataFrame, texts: pl.Series, how: Standardiser, rest: Callable[[pl.Series, Standardiser], _Cells]
) -> _Cells:
    """The certain answers, and what ``rest`` reads in the texts without one."""
    given, failed = certain.to_dict(), None
    columns = {part: given.get(part, constant(None, dtype, texts.len())) for part, dtype in how.schema.items()}
    rows = (texts.is_not_null() & columns[next(iter(how.schema))].is_null()).arg_true()
    if rows.len():
        found = rest(texts.gather(rows), how)
        for part, column in found.columns.items():
            if column.null_count() < column.len():
                columns[part] = columns[part].scatter(rows, column)
        if found.failed is not None:
            failed = constant(False, pl.Boolean(), texts.len()).scatter(rows, found.failed)
    return _Cells(columns, failed)


def _read_loose(texts: pl.Series, how: Standardiser) -> _Cells:
    """Texts that are not plain: those that are once they are trimmed, and the reader for the rest."""
    if texts.len() <= FEW or how.plain is None:
        return _read_texts(texts, how)
    certain = how.plain(pl.LazyFrame({"text": texts}).select(how.loose(pl.col("text")))).collect()
    return _completed(certain, texts, how, _read_texts)


def _read_texts(texts: pl.Series, how: Standardiser) -> _Cells:
    """The reader over the distinct texts of a column."""
    if texts.null_count() == texts.len():
        return _Cells({part: constant(None, dtype, texts.len()) for part, dtype in how.schema.items()}, None)
    if texts.len() <= FEW:
        cells = texts.to_list()
        known: dict[str | None, tuple[object, ...] | None] = {None: (None,) * len(how.schema)}
        known |= {text: how.reader(text) for text in set(cells) if text is not None}
        return _cells([known[text] for text in cells], how)
    codes, distinct = encode(how.shorten(texts) if how.shorten else texts)
    return _spread(_cells([how.reader(text) for text in distinct.to_list()], how), codes)


def _cells(readings: list[tuple[object, ...] | None], how: Standardiser) -> _Cells:
    columns = {
        part: pl.Series([None if one is None else one[place] for one in readings], dtype=dtype)
        for place, (part, dtype) in enumerate(how.schema.items())
    }
    failed = [one is None for one in readings]
    return _Cells(columns, pl.Series(failed, dtype=pl.Boolean) if any(failed) else None)

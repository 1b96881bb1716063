"""Composed columns (组合列): columns that a table does not have but that its columns give, by a recipe that is their name.

`joined(house_number, street)`    the texts one after the other; missing where any is
`date(birth_year, birth_month, birth_day)`   ISO date, without day or month where they are unknown
`month_first(birth_date)`         a date written 07/25/1962 or 07251962 as ISO date
`first_word(full_name)`, `last_word(full_name)`   given name and surname of "Mary Ann Shaw" or "Shaw, Mary Ann"
`formal(given_name)`              the first of the full names its first word may stand for: "eleanor" for Nell
`initial(middle_name)`            its first letter
`aged(age, 0, 10)`                the number less 0 in the left table and less 10 in the right one

A model names such a column as any other, so what it reads can be read from the model alone.
"""

import re
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import text_column
from matching.errors import ModelError
from matching.given_names import full_names
from matching.keys import columns_of
from matching.model import Model

_NAME = re.compile(r"(\w+)\(([^()]*)\)")


def is_composed(column: str) -> bool:
    """Whether a column's name is a recipe."""
    return _NAME.fullmatch(column) is not None


def parts_of(column: str) -> tuple[str, ...]:
    """The columns a composed column reads; a plain column reads itself.

    >>> parts_of("joined(house_number, street)"), parts_of("aged(age, 0, 10)"), parts_of("sex")
    (('house_number', 'street'), ('age',), ('sex',))
    """
    found = _NAME.fullmatch(column)
    if not found:
        return (column,)
    return tuple(part for part in _arguments(found[2]) if not re.fullmatch(r"-?\d+", part))


def with_composed(left: pa.Table, right: pa.Table, model: Model) -> tuple[pa.Table, pa.Table]:
    """Both tables, their columns under the names the model uses, with the composed columns the model names.

    A composed column whose parts a table lacks is left out.

    Raises:
        ModelError: the recipe is unknown, or does not take so many parts.
    """
    wanted = [name for name in _named(model) if is_composed(name)]
    made = []
    for side, table in enumerate((left, right)):
        for name in wanted:
            if name not in table.column_names and all(part in table.column_names for part in parts_of(name)):
                table = table.append_column(name, composed(table, name, side))
        made.append(table)
    return made[0], made[1]


def composed(table: pa.Table, name: str, side: int = 0) -> pa.ChunkedArray:
    """One composed column; `side` is 0 for the left table, 1 for the right one.

    Raises:
        ModelError: the recipe is unknown, or does not take so many parts.
    """
    found = _NAME.fullmatch(name)
    if not found or found[1] not in RECIPES:
        raise ModelError(f"'{name}' is no composed column; known recipes: {', '.join(sorted(RECIPES))}")
    arguments = _arguments(found[2])
    columns = [text_column(table, part).cast(pa.string()) for part in parts_of(name)]
    numbers = [int(part) for part in arguments if re.fullmatch(r"-?\d+", part)]
    try:
        return pa.chunked_array([RECIPES[found[1]](columns, numbers, side).cast(pa.large_string())])
    except (ValueError, IndexError) as error:
        raise ModelError(f"'{name}' does not have the parts that '{found[1]}' takes") from error


def _arguments(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _named(model: Model) -> list[str]:
    named = [column for comparison in model.comparisons for column in comparison.columns]
    named += [column for rule in model.blocking.rules for key in rule.keys for column in columns_of(key)]
    named += [column for key in model.blocking.refine for column in columns_of(key)]
    return list(dict.fromkeys(named))


Columns = Sequence[pa.Array]


def _by_value(change: Callable[[str], str | None]) -> Callable[[Columns, Sequence[int], int], pa.Array]:
    """Change each distinct value once."""

    def changed(columns: Columns, _numbers: Sequence[int], _side: int) -> pa.Array:
        (column,) = columns
        coded = column.dictionary_encode()
        values = pa.array([change(value) for value in coded.dictionary.to_pylist()], pa.string())
        return values.take(coded.indices)

    return changed


def _joined(columns: Columns, _numbers: Sequence[int], _side: int) -> pa.Array:
    return pc.binary_join_element_wise(*columns, " ")


def _date(columns: Columns, _numbers: Sequence[int], _side: int) -> pa.Array:
    year, month, day = (_whole(column, width) for column, width in zip(columns, (4, 2, 2), strict=True))
    months = pc.binary_join_element_wise(year, month, "-")
    return pc.coalesce(pc.binary_join_element_wise(months, day, "-"), months, year)


def _whole(column: pa.Array, width: int) -> pa.Array:
    digits = pc.replace_substring_regex(column, r"^0*(\d+)(?:\.0+)?$", r"\1")
    known = pc.match_substring_regex(digits, rf"^[1-9]\d{{0,{width - 1}}}$")
    return pc.utf8_lpad(pc.if_else(known, digits, None), width, "0")


def _aged(columns: Columns, numbers: Sequence[int], side: int) -> pa.Array:
    (column,) = columns
    less = (numbers[0], numbers[1])[side]
    digits = pc.replace_substring_regex(column, r"\.0+$", "")
    known = pc.match_substring_regex(digits, r"^\d{1,3}$")
    ages = pc.if_else(known, digits, None).cast(pa.int64())
    return pc.subtract(ages, less).cast(pa.string())


def _month_first(text: str) -> str | None:
    found = re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?:[ T].*)?", text)
    return f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}" if found else text


def _name_words(text: str) -> list[str]:
    """Words of a person's name in the order given name, surname."""
    surname, comma, given = text.partition(",")
    return f"{given} {surname}".split() if comma else text.split()


def _first_word(text: str) -> str | None:
    words = _name_words(text)
    return words[0] if words else None


def _last_word(text: str) -> str | None:
    words = _name_words(text)
    return words[-1] if len(words) > 1 else None


def _formal(text: str) -> str | None:
    words = text.lower().replace(".", " ").split()
    return min(full_names(words[0]) - {words[0]}, default=words[0]) if words else None


def _initial(text: str) -> str | None:
    return text.lower()[:1] or None


RECIPES: Mapping[str, Callable[[Columns, Sequence[int], int], pa.Array]] = {
    "joined": _joined,
    "date": _date,
    "aged": _aged,
    "month_first": _by_value(_month_first),
    "first_word": _by_value(_first_word),
    "last_word": _by_value(_last_word),
    "formal": _by_value(_formal),
    "initial": _by_value(_initial),
}

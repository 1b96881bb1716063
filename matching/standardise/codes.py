"""Code lists (代码表): any spelling met in practice becomes the code of ``schemas.vocabulary``."""

from __future__ import annotations

import re
from functools import cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from matching.standardise.cells import PLACEHOLDERS, clean
from matching.standardise.columns import Standardiser
from schemas.vocabulary import CODE_LISTS

if TYPE_CHECKING:
    from collections.abc import Mapping

_REMARK = re.compile(r"\([^()]*\)")
_LED_BY_CODE = re.compile(r"([0-9]{1,4})[-_:.、 ]?[^0-9].*")


def _key(text: str) -> str:
    text = clean(text).replace(" ", "").casefold()
    return text.removesuffix(".0") if re.fullmatch(r"[0-9]+\.0", text) else text


@cache
def _spellings(code_list: str) -> Mapping[str, str]:
    table: dict[str, str] = {}
    for spelling, code in CODE_LISTS[code_list].lookup().items():
        table.setdefault(_key(spelling), code)
    return MappingProxyType(table)


def read_code(text: str, code_list: str) -> tuple[str | None] | None:
    """Read one cell as a code of a list.

    >>> read_code("彝", "ethnic_group"), read_code("7", "ethnic_group"), read_code("彝族（支系）", "ethnic_group")
    (('07',), ('07',), ('07',))
    >>> read_code("310-职工基本医疗保险", "insurance"), read_code("/", "sex"), read_code("火星", "ethnic_group")
    (('310',), (None,), None)
    """
    table, key = _spellings(code_list), _key(text)
    for candidate in (key, _REMARK.sub("", key)):
        if candidate in table:
            return (table[candidate],)
    if key in PLACEHOLDERS or key.upper() in PLACEHOLDERS:
        return (None,)
    led = _LED_BY_CODE.fullmatch(key)
    return (table[led[1]],) if led and led[1] in table else None


@cache
def codes_of(code_list: str) -> Standardiser:
    """The standardiser of a code list.

    Raises:
        KeyError: there is no such list.

    >>> codes_of("sex")(pl.Series(["男", "F", "?"])).values.to_list()
    ['1', '2', None]
    """
    return Standardiser(partial(read_code, code_list=CODE_LISTS[code_list].name), {"value": pl.String()})

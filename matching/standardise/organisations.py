"""Organisations (单位), their credit codes (统一社会信用代码, GB 32100-2015), addresses and free text."""

from __future__ import annotations

import re

import polars as pl

from matching.standardise.cells import (
    Reading,
    clean_series,
    over_distinct,
    read_distinct,
    readable,
    without_placeholders,
)

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_CREDIT_CODE = re.compile(f"[{_ALPHABET}]{{18}}")
_BETWEEN_HAN = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")


def credit_check_character(code: str) -> str:
    """The check character of the first seventeen characters of a credit code (MOD 31).

    >>> credit_check_character("91530000MA6K000000")
    'T'
    """
    total = sum(_ALPHABET.index(c) * w for c, w in zip(code[:17], _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31]


def read_credit_code(text: str) -> tuple[str | None] | None:
    """Read one credit code; None unless it has eighteen characters of the alphabet and the right check character.

    >>> read_credit_code("9153 0000 ma6k 0000 0t"), read_credit_code("91530000MA6K000001")
    (('91530000MA6K00000T',), None)
    """
    code = re.sub(r"[\s\-']", "", text).upper()
    if not _CREDIT_CODE.fullmatch(code) or credit_check_character(code) != code[17]:
        return None
    return (code,)


def standardise_credit_codes(values: pl.Series) -> Reading:
    """Credit codes of a column; a code with a wrong check character is unreadable."""
    read = read_distinct(without_placeholders(clean_series(values)), read_credit_code, {"value": pl.String})
    return Reading(read["value"], read["unreadable"])


def standardise_organisations(values: pl.Series) -> Reading:
    """Names of organisations: cleaned, without spaces beside Han characters.

    >>> standardise_organisations(pl.Series(["云南 示范（集团）有限公司 ", "无"])).values.to_list()
    ['云南示范(集团)有限公司', None]
    """
    return _tidy(values)


def standardise_addresses(values: pl.Series) -> Reading:
    """Addresses: cleaned, without spaces beside Han characters; a bare number or a mark is no address.

    >>> standardise_addresses(pl.Series(["昆明市 五华区１２号", "/", "0"])).values.to_list()
    ['昆明市五华区12号', None, None]
    """
    reading = _tidy(values)
    meaningless = (~reading.values.str.contains(r"[\p{L}]")).fill_null(False)
    return Reading(reading.values.set(meaningless, None), reading.unreadable)


def standardise_text(values: pl.Series) -> Reading:
    """Free text: cleaned; placeholders become null."""
    return Reading(without_placeholders(clean_series(values)), readable(values))


def standardise_received(values: pl.Series) -> Reading:
    """An identifier as received (原样): only outer blanks and invisible characters go; case and width stay.

    >>> standardise_received(pl.Series([" Ａ-01 ", "", None])).values.to_list()
    ['Ａ-01', None, None]
    """
    kept = values.str.replace_all(r"[\p{Cc}\p{Cf}]", "").str.replace_all(r"^[\s'`]+|\s+$", "")
    return Reading(without_placeholders(kept), readable(values))


def _tidy(values: pl.Series) -> Reading:
    cleaned = clean_series(values)
    spaced = cleaned.str.contains(" ", literal=True).fill_null(False)
    tidy = without_placeholders(over_distinct(cleaned, lambda text: _BETWEEN_HAN.sub("", text), done=~spaced))
    return Reading(tidy, readable(values))

"""Organisations (单位), their credit codes (统一社会信用代码, GB 32100-2015), addresses and free text."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import polars as pl

from matching.standardise.cells import HAN, PLACEHOLDERS, PLAIN, clean
from matching.standardise.columns import Standardiser, character_codes

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_CREDIT_CODE = re.compile(f"[{_ALPHABET}]{{18}}")
_BETWEEN_HAN = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_VALUE_OF_BYTE = np.full(256, -1, np.int32)
_VALUE_OF_BYTE[list(_ALPHABET.encode())] = np.arange(31)
_LONGEST_PLACEHOLDER = max(len(text.encode()) for text in PLACEHOLDERS)


def credit_check_character(code: str) -> str:
    """The check character of the first seventeen characters of a credit code (MOD 31).

    >>> credit_check_character("91530000MA6K000000")
    'T'
    """
    return _ALPHABET[-sum(map(_product, code[:17], _WEIGHTS)) % 31]


def _product(character: str, weight: int) -> int:
    return _VALUES[character] * weight


def organisation_code(code: str) -> str:
    """The organisation code (组织机构代码, GB 11714-1997) that positions 9 to 17 of a credit code carry.

    >>> organisation_code("91530000MA6K00000T")
    'MA6K00000'
    """
    return code[8:17]


def is_union_code(code: str | None) -> bool:
    """Whether a credit code is that of a trade union (工会): registered by the unions, with prefix 81 or 89.

    >>> is_union_code("81530102MC1234567X"), is_union_code("91530000MA6K00000T"), is_union_code(None)
    (True, False, False)
    """
    return code is not None and code.startswith(("81", "89"))


def read_credit_code(text: str) -> tuple[str | None] | None:
    """Read one credit code; None unless it has eighteen characters of the alphabet and the right check character.

    >>> read_credit_code("9153 0000 ma6k 0000 0t"), read_credit_code("91530000MA6K000001"), read_credit_code("无")
    (('91530000MA6K00000T',), None, (None,))
    """
    text = clean(text)
    if text in PLACEHOLDERS:
        return (None,)
    code = re.sub(r"[\s\-']", "", text).upper()
    if not _CREDIT_CODE.fullmatch(code) or credit_check_character(code) != code[17]:
        return None
    return (code,)


def read_organisation(text: str) -> tuple[str | None]:
    """Read the name of an organisation: cleaned, without spaces beside Han characters.

    >>> read_organisation("云南 示范（集团）有限公司 "), read_organisation("无")
    (('云南示范(集团)有限公司',), (None,))
    """
    text = _BETWEEN_HAN.sub("", clean(text))
    return (None if text in PLACEHOLDERS else text,)


def read_address(text: str) -> tuple[str | None]:
    """Read one address: cleaned, without spaces beside Han characters; a bare number or a mark is no address.

    >>> read_address("昆明市 五华区１２号"), read_address("/"), read_address("0")
    (('昆明市五华区12号',), (None,), (None,))
    """
    (address,) = read_organisation(text)
    return (address if address and any(map(str.isalpha, address)) else None,)


def read_text(text: str) -> tuple[str | None]:
    """Read free text: cleaned; a placeholder is nothing.

    >>> read_text("  甲 ，乙  "), read_text("--")
    (('甲 ,乙',), (None,))
    """
    text = clean(text)
    return (None if text in PLACEHOLDERS else text,)


def read_received(text: str) -> tuple[str | None]:
    """Read an identifier as received (原样): only outer blanks and invisible characters go; case and width stay.

    >>> read_received(" Ａ-01 "), read_received("\\u200b")
    (('Ａ-01',), (None,))
    """
    visible = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf"})
    kept = re.sub(r"^[\s'`]+|\s+$", "", visible)
    return (None if kept in PLACEHOLDERS else kept,)


def _valid_codes(texts: pl.Series) -> pl.Series:
    """Which texts are valid credit codes: ``read_credit_code`` over a column."""
    valid = np.zeros(texts.len(), np.bool_)
    rows = (texts.str.len_bytes() == 18).arg_true()
    if rows.len():
        values = _VALUE_OF_BYTE[character_codes(texts.gather(rows), 18)]
        check = -(values[:, :17] @ np.array(_WEIGHTS, np.int32)) % 31
        valid[rows.to_numpy()] = (values >= 0).all(axis=1) & (check == values[:, 17])
    return pl.Series(valid)


def _plain_codes(texts: pl.LazyFrame) -> pl.LazyFrame:
    valid = pl.col("text").map_batches(_valid_codes, return_dtype=pl.Boolean())
    return texts.select(value=pl.when(valid).then("text"))


def _plain_texts(texts: pl.LazyFrame) -> pl.LazyFrame:
    """Plain characters, and more of them than any placeholder has."""
    text = pl.col("text")
    plain = (text.str.len_bytes() > _LONGEST_PLACEHOLDER) & text.str.contains(f"^[{PLAIN}]+$")
    return texts.select(value=pl.when(plain).then(text))


def _plain_addresses(texts: pl.LazyFrame) -> pl.LazyFrame:
    text = pl.col("text")
    plain = (text.str.len_bytes() > _LONGEST_PLACEHOLDER) & text.str.contains(f"^[{HAN}][{PLAIN}]+$")
    return texts.select(value=pl.when(plain).then(text))


_VALUE = {"value": pl.String()}
standardise_credit_codes = Standardiser(read_credit_code, _VALUE, _plain_codes, repeating=True)
standardise_organisations = Standardiser(read_organisation, _VALUE, _plain_texts, repeating=True)
standardise_addresses = Standardiser(read_address, _VALUE, _plain_addresses)
standardise_text = Standardiser(read_text, _VALUE, _plain_texts)
standardise_received = Standardiser(read_received, _VALUE, _plain_texts)

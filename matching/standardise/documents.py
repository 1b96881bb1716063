"""What kind of document an identity number belongs to (证件种类), and hypotheses about wrong numbers (修复假设)."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from matching.standardise.cells import clean
from matching.standardise.identity import is_valid

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
    ]
)
"""First two digits of resident numbers (GB/T 2260)."""
_NOISE = re.compile(r"[^0-9A-Z]")
_LETTERS_FOR_DIGITS = str.maketrans("OoIl|", "00111")


class DocumentKind(StrEnum):
    """A kind of identity document (证件种类)."""

    RESIDENT = "resident"  # 居民身份证
    RESIDENCE_PERMIT = "residence_permit"  # 港澳台居民居住证
    FOREIGN_RESIDENT = "foreign_resident"  # 外国人永久居留身份证
    HOME_RETURN_PERMIT = "home_return_permit"  # 港澳居民来往内地通行证 (回乡证)
    TAIWAN_PERMIT = "taiwan_permit"  # 台湾居民来往大陆通行证 (台胞证)
    PASSPORT = "passport"  # 护照
    OTHER = "other"


_PATTERNS = (
    (DocumentKind.FOREIGN_RESIDENT, re.compile("[A-Z]{3}[0-9]{12}")),  # edition of 2017
    (DocumentKind.HOME_RETURN_PERMIT, re.compile("[HM](?:[0-9]{8}|[0-9]{10})")),
    (DocumentKind.PASSPORT, re.compile("(?:[EGDSP][0-9]{8}|E[A-HJ-NP-Z][0-9]{7})")),
    (DocumentKind.TAIWAN_PERMIT, re.compile("(?:[0-9]{8}|[0-9]{10}[A-Z])")),
)


def document_kind(number: str) -> DocumentKind:
    """The kind of document that a number has the shape of; the check character is not looked at.

    Permits for residents of Hong Kong, Macao and Taiwan carry the regions 810000, 820000 and 830000; a number of
    eighteen digits that begins with 9 is a foreigner's permanent residence card issued since December 2023.

    >>> [str(document_kind(text)) for text in ("539210199003070036", "810000199003070019", "911156199003070019")]
    ['resident', 'residence_permit', 'foreign_resident']
    >>> [str(document_kind(text)) for text in ("USA110190030701", "H12345678", "12345678", "E12345678", "810101199003070019")]
    ['foreign_resident', 'home_return_permit', 'taiwan_permit', 'passport', 'other']
    """
    text = _NOISE.sub("", clean(number).upper())
    if re.fullmatch("[0-9]{17}[0-9X]|[0-9]{15}", text):
        if len(text) == 18 and text.startswith("9"):
            return DocumentKind.FOREIGN_RESIDENT
        if text[:2] in {"81", "82", "83"}:
            return DocumentKind.RESIDENCE_PERMIT if text[2:6] == "0000" else DocumentKind.OTHER
        return DocumentKind.RESIDENT if text[:2] in _PROVINCES else DocumentKind.OTHER
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(text)), DocumentKind.OTHER)


def repair_candidates(number: str) -> tuple[str, ...]:
    """Valid numbers that a wrong one may have been meant to be: hypotheses to be confirmed, never a replacement.

    Letters taken for digits (O for 0, l for 1) come first, then swapped digits (neighbours, or with one between), then
    single wrong digits. The check character finds every error of these kinds, so a valid number has no candidates.

    >>> repair_candidates("5392l0199003O70036")
    ('539210199003070036',)
    >>> "539210199003070036" in repair_candidates("539210199003070063"), repair_candidates("539210199003070036")
    (True, ())
    """
    text = clean(number).replace(" ", "")
    digits = text.translate(_LETTERS_FOR_DIGITS).upper()
    if is_valid(text.upper()) or not re.fullmatch("[0-9]{17}[0-9X]", digits):
        return ()
    if digits != text.upper():
        return (digits,) if is_valid(digits) else ()
    return tuple(dict.fromkeys(filter(is_valid, chain(_swapped(digits), _substituted(digits)))))


def _swapped(digits: str) -> Iterator[str]:
    for distance in (1, 2):
        for i in range(len(digits) - distance):
            j = i + distance
            yield digits[:i] + digits[j] + digits[i + 1 : j] + digits[i] + digits[j + 1 :]


def _substituted(digits: str) -> Iterator[str]:
    for i in range(len(digits)):
        for character in "0123456789" if i < 17 else "0123456789X":
            yield digits[:i] + character + digits[i + 1 :]

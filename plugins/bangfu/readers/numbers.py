"""Long numbers read from a sheet's XML digit by digit (长数字精确读取).

A parser gives a numeric cell as a binary number, which keeps fifteen to sixteen digits, while an identity number has
eighteen. Most programs wrote no more into the file either; some wrote every digit.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from decimal import Decimal, InvalidOperation
from typing import IO, TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["DECIMAL_NUMBER", "exact_numbers", "plain_number", "sheet_parts"]

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = (
    rb'<(?:[a-z]+:)?c\s[^<>]*?\br="%s([0-9]+)"[^<>]*>(?:\s*<(?:[a-z]+:)?f[^<>]*(?:/>|>[^<]*</(?:[a-z]+:)?f>))?'
    rb"\s*<(?:[a-z]+:)?v>\s*([0-9][0-9.]{15,30}(?:[Ee]\+?[0-9]{1,2})?)\s*</"
)
DECIMAL_NUMBER = r"^\s*[0-9]{16,20}\.0+\s*$"
_CHUNK = 1 << 20
_OVERLAP = 1 << 12
_LARGEST_DIRECTORY = 1 << 24


def exact_numbers(file: Path | IO[bytes], part: str, column: int) -> Mapping[int, str]:
    """The long whole numbers of one column of an XLSX sheet, digit by digit as the file holds them.

    A column in which every number could be the print of a binary number is taken for one that has lost its digits.

    Args:
        file: The workbook.
        part: The part of the package that holds the sheet.
        column: Column, from 0.

    Returns:
        Digits by row, from 0; rows whose cell holds something else are absent.
    """
    pattern = re.compile(_CELL % _letters(column).encode())
    found: dict[int, str] = {}
    genuine = False
    with zipfile.ZipFile(file) as package, package.open(part) as stream:
        window = b""
        while chunk := stream.read(_CHUNK):
            window = window[-_OVERLAP:] + chunk
            for row, text in pattern.findall(window):
                digits = _digits(text.decode())
                if digits is not None:
                    found[int(row) - 1] = digits
                    genuine = genuine or not _could_be_binary(digits)
    return found if genuine else {}


def sheet_parts(file: Path | IO[bytes]) -> Mapping[str, str]:
    """Which part of a package holds each sheet, by its name; empty where the directory does not say.

    The package was inspected before, so it holds no DOCTYPE.
    """
    try:
        with zipfile.ZipFile(file) as package:
            book = _directory(package, "xl/workbook.xml")
            relations = _directory(package, "xl/_rels/workbook.xml.rels")
            known = package.NameToInfo.keys()
    except (KeyError, ElementTree.ParseError, ValueError, LookupError):  # the parser forgives more than the standard
        return {}
    targets = {item.get("Id"): item.get("Target") for item in relations}
    parts = {}
    for sheet in book.iter(f"{_MAIN}sheet"):
        name, target = sheet.get("name"), targets.get(sheet.get(_LINK))
        if name is not None and target is not None:
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
            if part in known:
                parts[name] = part
    return parts


def plain_number(text: str) -> str:
    """An identity number that a program wrote as a decimal one.

    Without its `.0` where it shows digits that no binary number has; else with the fifteen that can be trusted.

    >>> plain_number("539210199003070036.0"), plain_number("539210199003070016.0")
    ('539210199003070036', '5.39210199003070e+17')
    """
    digits = text.strip().partition(".")[0]
    return f"{float(digits):.14e}" if _could_be_binary(digits) else digits


def _directory(package: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with package.open(name) as stream:
        return ElementTree.fromstring(stream.read(_LARGEST_DIRECTORY))  # noqa: S314


def _digits(text: str) -> str | None:
    """A number's sixteen to twenty digits, where the text gives every one of them.

    >>> _digits("539210199003070036.0"), _digits("5.39210199003070036E+17"), _digits("5.3921019900307002E17")
    ('539210199003070036', '539210199003070036', None)
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or exponent > 0:
        return None
    whole = number.to_integral_value()
    if whole != number or not 16 <= len(str(whole)) <= 20 or len(digits) + exponent < len(str(whole)):
        return None
    return str(whole)


def _could_be_binary(digits: str) -> bool:
    """Whether a program that held the number as a binary one could have printed it so."""
    binary = float(digits)
    return int(binary) == int(digits) or Decimal(repr(binary)) == Decimal(digits)


def _letters(column: int) -> str:
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters

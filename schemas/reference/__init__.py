"""Carried reference tables, each read once on first use. Licences: see NOTICE."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Division:
    """One administrative division (行政区划, GB/T 2260) of today.

    ``level`` is ``province``, ``prefecture`` or ``county``; ``parent_code`` is empty for the province.
    """

    code: str
    name: str
    level: str
    short_name: str
    parent_code: str


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def divisions() -> Mapping[str, Division]:
    """Today's divisions of Yunnan by code: one province, 16 prefectures, 129 counties.

    >>> divisions()["530102"].name
    '五华区'
    """
    return MappingProxyType(
        {
            row["code"]: Division(row["code"], row["name"], row["level"], row["short_name"], row["parent_code"])
            for row in _rows("yunnan_divisions.csv")
        }
    )


@cache
def counties() -> tuple[Division, ...]:
    """The 129 counties, by code."""
    return tuple(item for _, item in sorted(divisions().items()) if item.level == "county")


@cache
def division_history() -> tuple[tuple[str, str, str, str], ...]:
    """Former divisions: (code, name, first year or '', last year or '')."""
    return tuple(
        (row["code"], row["historical_name"], row["start_year"], row["end_year"])
        for row in _rows("yunnan_divisions_history.csv")
    )


@cache
def private_use_characters() -> Mapping[int, str]:
    """GBK private-use code points as older systems write them, mapped to Unicode characters.

    >>> private_use_characters()[0xE863]
    '䶮'
    """
    return MappingProxyType(
        {int(row["legacy_pua"].removeprefix("U+"), 16): row["char"] for row in _rows("gbk_pua_map.csv") if row["char"]}
    )


def _texts(folder: str, suffix: str) -> Mapping[str, str]:
    """The text files of a folder by name."""
    files = sorted(
        (item for item in resources.files(__package__).joinpath(folder).iterdir() if item.name.endswith(suffix)),
        key=lambda item: item.name,
    )
    return MappingProxyType({item.name: item.read_text("utf-8") for item in files})


@cache
def rule_files() -> Mapping[str, str]:
    """The rule files that come with the program (筛查规则), text by file name.

    >>> list(rule_files())
    ['yn-hardship-2026.1.toml']
    """
    return _texts("rules", ".toml")


@cache
def parameter_files(origin: str) -> Mapping[str, str]:
    """The carried parameter tables (政策参数), text by file name; the official ones hold a header only.

    >>> len(parameter_files("official")["dibao.csv"].splitlines())
    1
    """
    return _texts(f"parameters/{origin}", ".csv")

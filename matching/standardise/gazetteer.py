"""The gazetteer of Yunnan (地名录): every name and code of a prefecture or county, of today or former."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.reference import division_history, divisions

if TYPE_CHECKING:
    from collections.abc import Mapping

_ETHNIC = re.compile(
    "哈尼族|彝族|傣族|回族|苗族|瑶族|佤族|白族|壮族|藏族|纳西族|傈僳族|拉祜族|布朗族|景颇族|独龙族|怒族|普米族|各族"
)
_COUNTY_ENDING = re.compile("(自治县|县|市|区)$")
_PREFECTURE_ENDING = re.compile("(自治州|州|地区|专区|市)$")
STREET = "东?西?南?北?中?(?:路|街|巷|道|大道|大街|桥|小区|花园|酒店|大厦|立交)"
"""What makes a name that of a street or building: 大理路, 景洪东路, 昆明花园."""
_STREET = re.compile(STREET)

RENAMED: Mapping[str, str] = MappingProxyType(
    {
        "思茅县": "530802",
        "翠云区": "530802",
        "普洱县": "530821",
        "普洱哈尼族彝族自治县": "530821",
        "中甸县": "533401",
        "潞西市": "533103",
        "潞西县": "533103",
        "路南彝族自治县": "530126",
        "路南县": "530126",
        "曲靖县": "530302",
        "玉溪县": "530402",
        "保山县": "530502",
        "昭通县": "530602",
        "临沧县": "530902",
        "下关市": "532901",
        "畹町市": "533102",
        "畹町镇": "533102",
        "东川市": "530113",
        "楚雄县": "532301",
        "碧江县": "533300",
        "丽江县": "530700",
        "丽江纳西族自治县": "530700",
        "思茅市": "530800",
        "昭通市": "530600",
        "曲靖市": "530300",
        "玉溪市": "530400",
        "保山市": "530500",
    }
)
"""Former names whose successor cannot be found by the name's stem.

丽江县 became two counties and 碧江县 was divided, so only their prefecture is certain; a 市 that was once a
county-level city and is now a prefecture is read as the prefecture.
"""
_FORMER_PREFECTURES = {"思茅": "530800", "东川": "530100"}
COUNTY_CITIES = MappingProxyType(
    {"昭通市": "530602", "曲靖市": "530302", "玉溪市": "530402", "保山市": "530502", "思茅市": "530802"}
)
"""What these names meant within a 地区, before each became a prefecture."""


def _stem(name: str) -> str:
    return _COUNTY_ENDING.sub("", _ETHNIC.sub("", name)) or name


@cache
def prefecture_names() -> Mapping[str, str]:
    """Every name of a prefecture, the bare stem included, by name."""
    names: dict[str, str] = {}
    for division in divisions().values():
        if division.level != "prefecture":
            continue
        stem = _PREFECTURE_ENDING.sub("", _ETHNIC.sub("", division.name))
        for ending in ("", "市", "州", "地区", "专区", "自治州"):
            if ending == "市" and not division.name.endswith("市"):
                continue  # 大理市, 楚雄市, 文山市 are counties
            names[stem + ending] = division.code
        names[division.name] = division.code
        names[division.short_name] = division.code
    for stem, code in _FORMER_PREFECTURES.items():
        names[f"{stem}地区"] = code
        names[f"{stem}专区"] = code
    names |= {"思茅市": "530800", "版纳州": "532800", "版纳": "532800"}
    return MappingProxyType(names)


@cache
def county_names() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Names of counties that can stand anywhere, and bare stems that count only in their place."""
    full: dict[str, str] = {}
    stems: dict[str, str] = {}
    for division in divisions().values():
        if division.level == "county":
            stem = _stem(division.name)
            full |= {division.name: division.code, division.short_name: division.code}
            if len(stem) > 1 and stem != "矣":
                stems[stem] = division.code
    for _, name, _, _ in division_history():
        code = full.get(name) or RENAMED.get(name) or stems.get(_stem(name))
        if code and name not in full and name not in prefecture_names() and name.endswith(("县", "区", "市", "镇")):
            full[name] = code
            full.setdefault(_ETHNIC.sub("", name).replace("自治县", "县"), code)
    for name, code in RENAMED.items():
        if name not in prefecture_names():
            full.setdefault(name, code)
    stems |= {
        "中甸": "533401",
        "潞西": "533103",
        "路南": "530126",
        "思茅": "530802",
        "翠云": "530802",
        "畹町": "533102",
    }
    return MappingProxyType(full), MappingProxyType(stems)


@cache
def all_codes() -> Mapping[str, str]:
    """Every code, of today or former, mapped to today's county or prefecture."""
    full, stems = county_names()
    codes: dict[str, str] = {}
    for code, name, _, _ in division_history():  # the last holder of a former code counts
        today = full.get(name) or prefecture_names().get(name) or RENAMED.get(name) or stems.get(_stem(name))
        if today:
            codes[code] = today
    codes |= {"532101": "530602", "532201": "530302", "532401": "530402", "533001": "530502", "532701": "530802"}
    codes |= {code: code for code, division in divisions().items() if division.level != "province"}
    return MappingProxyType(codes)


@dataclass(frozen=True)
class Names:
    """Names that can be found in a text, each with its code; a name that a street bears does not count."""

    codes: Mapping[str, str]
    by_first: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, codes: Mapping[str, str]) -> Names:
        """Index names by their first character, longest first."""
        index: dict[str, list[str]] = {}
        for name in sorted(codes, key=len, reverse=True):
            index.setdefault(name[0], []).append(name)
        return cls(codes, MappingProxyType({first: tuple(names) for first, names in index.items()}))

    def at(self, text: str, position: int) -> str:
        """The longest name that stands at a position; empty where none does.

        >>> Names.of({"大理": "532900", "大理市": "532901"}).at("大理市", 0)
        '大理市'
        >>> Names.of({"大理": "532900"}).at("大理路5号", 0)
        ''
        """
        for name in self.by_first.get(text[position : position + 1], ()):
            if text.startswith(name, position) and not _STREET.match(text, position + len(name)):
                return name
        return ""

    def within(self, text: str, position: int, furthest: int) -> list[str]:
        """The names that follow one another from a position on and begin at ``furthest`` at the latest."""
        found: list[str] = []
        after = position
        for place, first in enumerate(text[position : furthest + 1], start=position):
            if place >= after and first in self.by_first and (name := self.at(text, place)):
                found.append(name)
                after = place + len(name)
        return found


@dataclass(frozen=True)
class Gazetteer:
    """All names: of prefectures, of counties in full, and bare stems that count only in their place."""

    prefectures: Names
    counties: Names
    stems: Names


@cache
def gazetteer() -> Gazetteer:
    """The names of Yunnan."""
    full, stems = county_names()
    return Gazetteer(Names.of(prefecture_names()), Names.of(full), Names.of(stems))

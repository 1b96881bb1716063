"""Places (行政区划): codes and text to today's county of Yunnan, through a small gazetteer with historical names.

A reading is grammatical: province, then prefecture, then county, so that 红河州 and 红河县, or a street that
is named after another county, are told apart. Where only a prefecture is certain, its code is the answer.
"""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from matching.standardise.cells import PLACEHOLDERS, Reading, clean, clean_series, read_distinct
from schemas.reference import division_history, divisions

if TYPE_CHECKING:
    from collections.abc import Mapping

_ETHNIC = re.compile(
    "哈尼族|彝族|傣族|回族|苗族|瑶族|佤族|白族|壮族|藏族|纳西族|傈僳族|拉祜族|布朗族|景颇族|独龙族|怒族|普米族|各族"
)
_COUNTY_ENDING = re.compile("(自治县|县|市|区)$")
_PREFECTURE_ENDING = re.compile("(自治州|州|地区|专区|市)$")
_STREET = "(?!东?西?南?北?中?(?:路|街|巷|道|大道|大街|桥|小区|花园|酒店|大厦|立交))"

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
_COUNTY_CITIES = MappingProxyType(
    {"昭通市": "530602", "曲靖市": "530302", "玉溪市": "530402", "保山市": "530502", "思茅市": "530802"}
)
"""What these names meant within a 地区, before each became a prefecture."""


def _stem(name: str) -> str:
    return _COUNTY_ENDING.sub("", _ETHNIC.sub("", name)) or name


@cache
def _prefectures() -> Mapping[str, str]:
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
def _counties() -> tuple[Mapping[str, str], Mapping[str, str]]:
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
        if code and name not in full and name not in _prefectures() and name.endswith(("县", "区", "市", "镇")):
            full[name] = code
            full.setdefault(_ETHNIC.sub("", name).replace("自治县", "县"), code)
    for name, code in RENAMED.items():
        if name not in _prefectures():
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
def _codes() -> Mapping[str, str]:
    """Every code, of today or former, mapped to today's county or prefecture."""
    full, stems = _counties()
    codes: dict[str, str] = {}
    for code, name, _, _ in division_history():  # the last holder of a former code counts
        today = full.get(name) or _prefectures().get(name) or RENAMED.get(name) or stems.get(_stem(name))
        if today:
            codes[code] = today
    codes |= {"532101": "530602", "532201": "530302", "532401": "530402", "533001": "530502", "532701": "530802"}
    codes |= {code: code for code, division in divisions().items() if division.level != "province"}
    return MappingProxyType(codes)


def _alternatives(names: Mapping[str, str]) -> str:
    return "|".join(sorted((re.escape(name) for name in names), key=len, reverse=True))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    full, stems = _counties()
    return (
        re.compile(f"(?:{_alternatives(_prefectures())}){_STREET}"),
        re.compile(f"(?:{_alternatives(full)}){_STREET}"),
        re.compile(f"(?:{_alternatives(stems)}){_STREET}"),
        re.compile(r"^[^\u3400-\u9fff]*(?:中国)?(?:中共)?(?:云南省?|滇)?[\s,,、\-/]*"),
    )


def read_place(text: str) -> tuple[str | None] | None:
    """Read one place.

    Args:
        text: a division code of 4, 6, 9 or 12 digits, or text that names a place or begins with one.

    Returns:
        Today's county code, or a prefecture's where the county is not said; None for a place that is not known,
        among them the province itself and region blocks that do not exist.

    >>> read_place("532524001"), read_place("532101"), read_place("539001")
    (('532524',), ('530602',), None)
    >>> read_place("云南省红河州红河县迤萨镇"), read_place("大理"), read_place("大理市下关镇"), read_place("红河哈尼族彝族自治州")
    (('532529',), ('532900',), ('532901',), ('532500',))
    >>> read_place("昆明市五华区景洪路5号"), read_place("思茅地区普洱县"), read_place("翠云区"), read_place("四川省成都市")
    (('530102',), ('530821',), ('530802',), None)
    """
    text = clean(text).replace(" ", "")
    if text in PLACEHOLDERS:
        return (None,)
    text = re.sub(r"^([0-9]+)\.0$", r"\1", text)
    if re.fullmatch("[0-9]+", text):
        return _by_code(text)
    if re.match("53[0-9]{4}(?![0-9])", text) and text[:6] in _codes():  # "530102 五华区"
        return (_codes()[text[:6]],)
    code = _by_name(text)
    return (code,) if code else None


def _by_code(digits: str) -> tuple[str] | None:
    if len(digits) == 4:
        digits += "00"
    code = _codes().get(digits[:6]) if len(digits) in {6, 9, 12} else None
    return (code,) if code else None


def _by_name(text: str) -> str | None:
    in_prefecture, in_full, in_stem, lead = _patterns()
    full, stems = _counties()
    start = lead.match(text)
    position = start.end() if start else 0
    county = in_full.match(text, position)
    prefecture = in_prefecture.match(text, position)
    if county and (not prefecture or len(county[0]) > len(prefecture[0])):
        return full[county[0]]
    if not prefecture:
        stem = in_stem.match(text, position)
        if stem:
            return stems[stem[0]]
        later = in_full.search(text, position)
        return full[later[0]] if later and later.start() <= position + 12 else _later_prefecture(text, position)
    code = _prefectures()[prefecture[0]]
    position = prefecture.end()
    if prefecture[0].endswith("地区") and (city := _COUNTY_CITIES.get(text[position : position + 3])):
        return city
    for inside, names in ((in_full, full), (in_stem, stems)):
        found = inside.match(text, position)
        if found and _belongs(names[found[0]], code):
            return names[found[0]]
    for found in in_full.finditer(text, position):
        if found.start() <= position + 12 and _belongs(full[found[0]], code):
            return full[found[0]]
    return code


def after_place(text: str) -> str:
    """What an address says below its county: the text without province, prefecture and county.

    >>> after_place("云南省昆明市五华区学府路5号"), after_place("宣威市中关街道"), after_place("永平镇大田村")
    ('学府路5号', '中关街道', '永平镇大田村')
    >>> after_place("普洱市镇沅县恩乐镇"), after_place("楚雄州楚雄市鹿城镇"), after_place("红河州红河县迤萨镇")
    ('恩乐镇', '鹿城镇', '迤萨镇')
    """
    in_prefecture, in_full, in_stem, lead = _patterns()
    text = clean(text).replace(" ", "")
    start = lead.match(text)
    position = start.end() if start else 0
    county = in_full.match(text, position)
    prefecture = in_prefecture.match(text, position)
    if prefecture and (not county or len(prefecture[0]) >= len(county[0])):
        inside = in_full.match(text, prefecture.end()) or in_stem.match(text, prefecture.end())
        if inside or not _is_town(text, prefecture.end()):  # 普洱市镇沅县 is no township of 普洱市
            position, county = prefecture.end(), inside
    county = county or in_stem.match(text, position)
    return text[county.end() :] if county and not _is_town(text, county.end()) else text[position:]


def _is_town(text: str, position: int) -> bool:
    """Whether a name is that of a township or village: 永平镇 is not 永平县."""
    return text.startswith(("镇", "乡", "街道", "办事处", "社区", "居委会", "村"), position)


def _belongs(county: str, prefecture: str) -> bool:
    return county[:4] == prefecture[:4]


def _later_prefecture(text: str, position: int) -> str | None:
    found = _patterns()[0].search(text, position)
    certain = found and found.start() <= position + 8 and found[0].endswith(("市", "州", "地区"))
    return _prefectures()[found[0]] if found and certain else None


def standardise_places(values: pl.Series) -> Reading:
    """Places of a column as today's codes.

    >>> standardise_places(pl.Series(["530102", "五华区", "火星"])).values.to_list()
    ['530102', '530102', None]
    """
    read = read_distinct(clean_series(values), read_place, {"value": pl.String})
    return Reading(read["value"], read["unreadable"])

"""Places (行政区划): codes and text to today's county of Yunnan, through a small gazetteer with historical names.

A reading is grammatical: province, then prefecture, then county, so that 红河州 and 红河县, or a street that
is named after another county, are told apart. Where only a prefecture is certain, its code is the answer.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from matching.standardise.cells import HAN, PLACEHOLDERS, PLAIN, clean
from matching.standardise.columns import Standardiser
from matching.standardise.gazetteer import COUNTY_CITIES, STREET, all_codes, gazetteer

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEAD = re.compile(r"[^\u3400-\u9fff]*(?:中国)?(?:中共)?(?:云南省?|滇)?[\s,,、\-/]*")
_NEAR = 12
"""Characters within which a county's name still says where the text is."""


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
    if text[0] in "0123456789":
        digits = text.removesuffix(".0")
        if digits.isascii() and digits.isdigit():
            return _by_code(digits)
        if re.match("53[0-9]{4}(?![0-9])", text) and text[:6] in all_codes():  # "530102 五华区"
            return (all_codes()[text[:6]],)
    code = _by_name(text)
    return (code,) if code else None


def _by_code(digits: str) -> tuple[str] | None:
    if len(digits) == 4:
        digits += "00"
    code = all_codes().get(digits[:6]) if len(digits) in {6, 9, 12} else None
    return (code,) if code else None


def _by_name(text: str) -> str | None:
    known = gazetteer()
    prefectures, counties, stems = known.prefectures, known.counties, known.stems
    position = _after_lead(text)
    county, prefecture = counties.at(text, position), prefectures.at(text, position)
    if len(county) > len(prefecture):
        return counties.codes[county]
    if not prefecture:
        if stem := stems.at(text, position):
            return stems.codes[stem]
        later = counties.within(text, position, position + _NEAR)
        return counties.codes[later[0]] if later else _later_prefecture(text, position)
    code = prefectures.codes[prefecture]
    position += len(prefecture)
    if prefecture.endswith("地区") and (city := COUNTY_CITIES.get(text[position : position + 3])):
        return city
    for names in (counties, stems):
        found = names.codes.get(names.at(text, position))
        if found and _belongs(found, code):
            return found
    inside = [counties.codes[name] for name in counties.within(text, position, position + _NEAR)]
    return next((found for found in inside if _belongs(found, code)), code)


def _after_lead(text: str) -> int:
    """Where the text begins to say a place, after marks, 中国 and the province."""
    lead = _LEAD.match(text)
    return lead.end() if lead else 0


def after_place(text: str) -> str:
    """What an address says below its county: the text without province, prefecture and county.

    >>> after_place("云南省昆明市五华区学府路5号"), after_place("宣威市中关街道"), after_place("永平镇大田村")
    ('学府路5号', '中关街道', '永平镇大田村')
    >>> after_place("普洱市镇沅县恩乐镇"), after_place("楚雄州楚雄市鹿城镇"), after_place("红河州红河县迤萨镇")
    ('恩乐镇', '鹿城镇', '迤萨镇')
    """
    text, known = clean(text).replace(" ", ""), gazetteer()
    position = _after_lead(text)
    county, prefecture = known.counties.at(text, position), known.prefectures.at(text, position)
    if prefecture and len(prefecture) >= len(county):
        after = position + len(prefecture)
        inside = known.counties.at(text, after) or known.stems.at(text, after)
        if inside or not _is_town(text, after):  # 普洱市镇沅县 is no township of 普洱市
            position, county = after, inside
    county = county or known.stems.at(text, position)
    after = position + len(county)
    return text[after:] if county and not _is_town(text, after) else text[position:]


def _is_town(text: str, position: int) -> bool:
    """Whether a name is that of a township or village: 永平镇 is not 永平县."""
    return text.startswith(("镇", "乡", "街道", "办事处", "社区", "居委会", "村"), position)


def _belongs(county: str, prefecture: str) -> bool:
    return county[:4] == prefecture[:4]


def _later_prefecture(text: str, position: int) -> str | None:
    prefectures = gazetteer().prefectures
    found = prefectures.within(text, position, position + 8)
    return prefectures.codes[found[0]] if found and found[0].endswith(("市", "州", "地区")) else None


_UNKNOWN = "不在本省"
"""A text that names no place of the gazetteer."""


def _shorten(texts: pl.Series) -> pl.Series:
    """Addresses to what says their county: 云南省昆明市五华区学府路5号 reads as 云南省昆明市五华区 does."""
    return _shortened(texts, texts.str.contains(f"^[{HAN}][{PLAIN}]{{5,}}$"))


def _shorten_clean(texts: pl.Series) -> pl.Series:
    """``_shorten`` for texts that another standardiser has cleaned."""
    return _shortened(texts, ~texts.str.contains(" ", literal=True))


def _shortened(texts: pl.Series, plain: pl.Series) -> pl.Series:
    leading, names = _shortening()
    head = texts.str.extract(leading, 0)
    head = head.set(head.str.contains(f"(?:{STREET})$") | ~plain, None)
    other = (plain & head.is_null()).arg_true()
    nameless = other.filter(~texts.gather(other).str.contains_any(names))
    return head.fill_null(texts).scatter(nameless, _UNKNOWN)


@cache
def _shortening() -> tuple[str, list[str]]:
    """The pattern of a text that begins with its county, or its prefecture and county; and what may tell a place."""
    known = gazetteer()
    counties, prefectures, stems = known.counties.codes, known.prefectures.codes, known.stems.codes
    leading = []
    for prefecture, code in prefectures.items():
        if prefecture.endswith(("市", "州")):
            within = [name for name, county in counties.items() if _belongs(county, code)]
            leading.append(f"{prefecture}(?:{_longest_first(within)})")
    leading += [_longest_first(counties), _longest_first(stem for stem in stems if _is_no_prefecture(stem))]
    return f"^(?:云南省)?(?:{'|'.join(leading)})(?:{STREET})?", ["53", *sorted({*counties, *prefectures, *stems})]


def _is_no_prefecture(stem: str) -> bool:
    return not any(name.startswith(stem) or stem.startswith(name) for name in gazetteer().prefectures.codes)


def _longest_first(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


standardise_places = Standardiser(read_place, {"value": pl.String()}, shorten=_shorten, repeating=True)
"""Places of a column as today's codes."""

standardise_address_places = Standardiser(read_place, {"value": pl.String()}, shorten=_shorten_clean)
"""``standardise_places`` for standardised addresses, of which few are equal."""

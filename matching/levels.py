"""Comparison levels (比对等级): what a comparison can find, each with one sentence in Chinese and English.

A comparison turns a pair of records into one small code: 0 where a side is missing (缺失, neutral), else
the position, from 1, of the level in the kind's list, strongest agreement first, disagreement last.
`m` and `u` are the declared defaults of P(level | same person) and P(level | two different persons);
they start the estimation and stand in where a level was never observed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from matching.errors import ModelError

Outcome = Literal["agrees", "close", "differs", "missing"]
Options = Mapping[str, Any]

BITS = 4
"""Bits of one level in a packed pattern, so a comparison has at most 15 levels."""

MAX_COMPARISONS = 15
"""Comparisons of one model: all levels of a pair pack into one positive 64-bit integer."""


@dataclass(frozen=True)
class Level:
    """One level of a comparison: its name, how it reads to a reviewer, and its default m and u."""

    name: str
    outcome: Outcome
    zh: str
    en: str
    m: float
    u: float


@dataclass(frozen=True)
class Kind:
    """A kind of comparison: how many columns it reads, its options with defaults, and its levels."""

    name: str
    columns: tuple[int, int]
    options: Mapping[str, Any]
    levels: Callable[[Options], tuple[Level, ...]]


MISSING = Level("missing", "missing", "一方或双方缺失，不计分。", "Missing on one or both sides; not counted.", 1, 1)
IMPLIED = Level(
    "implied",
    "agrees",
    "已由另一项比对说明，不重复计分。",
    "Already implied by another comparison; not counted twice.",
    1,
    1,
)

_CHINESE_NAME = (
    Level("exact", "agrees", "姓名完全相同。", "The names are identical.", 0.93, 2e-4),
    Level(
        "folded",
        "agrees",
        "去掉间隔号、统一繁简和全半角后姓名相同。",
        "The names are identical after removing dots and unifying character variants.",
        0.012,
        1e-6,
    ),
    Level("same_tones", "close", "姓名同音（声调也相同）。", "The names sound the same, tones included.", 0.02, 1e-4),
    Level(
        "same_sound",
        "close",
        "不计声调和方音差别（n/l、前后鼻音、平翘舌、f/h、ü/i）姓名同音。",
        "The names sound the same apart from tones and dialect (n/l, n/ng, z/zh, f/h, ü/i).",
        0.012,
        5e-4,
    ),
    Level(
        "look_alike", "close", "仅一字不同且字形相近。", "One character differs, and the two look alike.", 0.004, 1e-5
    ),
    Level("alias", "close", "与对方的曾用名或别名相同。", "The name equals the other side's former name.", 0.004, 1e-5),
    Level("one_character", "close", "较长姓名中仅一字不同。", "One character differs in a longer name.", 0.006, 3e-3),
    Level(
        "part",
        "close",
        "一方是另一方的一部分，或含未识别的字。",
        "One name is part of the other, or has unread characters.",
        0.004,
        1e-4,
    ),
    Level("differs", "differs", "姓名不同。", "The names differ.", 0.008, 0.996),
)
_IDENTITY_NUMBER = (
    Level(
        "exact",
        "agrees",
        "身份证号相同（15位号码先换算为18位）。",
        "The identity numbers are identical (15 digits are expanded first).",
        0.93,
        1e-8,
    ),
    Level(
        "nearly_complete",
        "agrees",
        "身份证号缺少几位，可见的至少14位全部一致。",
        "A few digits of an identity number are unknown; the others, at least 14, all agree.",
        0.01,
        1e-8,
    ),
    Level(
        "one_slip",
        "close",
        "身份证号相差一位或相邻两位颠倒，且有一方校验码不通过。",
        "One digit differs or two neighbours are swapped, and one side fails its checksum.",
        0.01,
        1e-8,
    ),
    Level(
        "consistent",
        "close",
        "身份证号有遮盖，可见的至少10位全部一致。",
        "Digits of an identity number are masked; the visible ones, at least 10, all agree.",
        0.01,
        1e-6,
    ),
    Level(
        "same_birth_sex_region",
        "close",
        "地区、出生日期和性别位相同，且有一方校验码不通过。",
        "Region, birth date and sex digits agree, and one side fails its checksum.",
        0.004,
        1e-6,
    ),
    Level("differs", "differs", "身份证号不同。", "The identity numbers differ.", 0.036, 0.999998),
)
_DATE = (
    Level("exact", "agrees", "日期相同。", "The dates are identical.", 0.95, 4e-5),
    Level(
        "month_known",
        "agrees",
        "一方只记到月，年月相同。",
        "One side is known to the month only; year and month agree.",
        0.01,
        2e-4,
    ),
    Level(
        "one_slip",
        "close",
        "日月颠倒、相邻数字颠倒或仅一位数字不同。",
        "Day and month swapped, or a single digit slip.",
        0.012,
        1.5e-3,
    ),
    Level(
        "near",
        "close",
        "同年同月，或相差不超过51天（可能为农历）。",
        "The same month, or at most 51 days apart (perhaps a lunar date).",
        0.008,
        3.5e-3,
    ),
    Level(
        "year_known",
        "close",
        "一方只记到年，年份相同。",
        "One side is known to the year only; the years agree.",
        0.01,
        0.01,
    ),
    Level("same_year", "close", "年份相同，月日不同。", "The years agree, month and day differ.", 0.003, 0.012),
    Level("differs", "differs", "日期不同。", "The dates differ.", 0.007, 0.97),
)
_PHONE = (
    Level("exact", "agrees", "电话号码相同。", "The telephone numbers are identical.", 0.62, 2e-6),
    Level("one_digit", "close", "电话号码仅一位不同。", "The telephone numbers differ in one digit.", 0.01, 1e-5),
    Level("differs", "differs", "电话号码不同。", "The telephone numbers differ.", 0.37, 0.999988),
)
_PLACE = (
    Level("same_county", "agrees", "县（市、区）相同。", "The same county.", 0.9, 0.02),
    Level("same_prefecture", "close", "州（市）相同，县不同。", "The same prefecture, another county.", 0.06, 0.07),
    Level("differs", "differs", "州（市）不同。", "Another prefecture.", 0.04, 0.91),
)
_ADDRESS = (
    Level("same_door", "agrees", "住址相同，门牌一致。", "The same address, door included.", 0.4, 1e-6),
    Level(
        "same_spot",
        "agrees",
        "街巷门牌或自然村相同，户号不全或不同。",
        "The same street number or hamlet; the door is unknown or another.",
        0.25,
        2e-5,
    ),
    Level("same_community", "close", "社区或村委会相同。", "The same community or village committee.", 0.06, 1e-4),
    Level("same_town", "close", "乡镇或街道相同。", "The same township.", 0.04, 1e-3),
    Level("differs", "differs", "住址不同。", "The addresses differ.", 0.25, 0.998879),
)
_EMPLOYER = (
    Level("same_code", "agrees", "用人单位统一社会信用代码相同。", "The same employer by credit code.", 0.6, 2e-3),
    Level("same_name", "agrees", "用人单位名称相同。", "The same employer by name.", 0.15, 1e-3),
    Level("similar_name", "close", "用人单位名称相近。", "Similar employer names.", 0.05, 5e-3),
    Level("differs", "differs", "用人单位不同。", "Different employers.", 0.2, 0.992),
)
_EXACT = (
    Level("exact", "agrees", "内容相同。", "The values are identical.", 0.95, 0.05),
    Level("differs", "differs", "内容不同。", "The values differ.", 0.05, 0.95),
)


def levels_of(kind: str, options: Options) -> tuple[Level, ...]:
    """The levels of a comparison kind under its options, strongest agreement first, without `missing`.

    Raises:
        ModelError: the kind or an option is unknown, or cut-offs are not in order.

    >>> [level.name for level in levels_of("text", {"cutoffs": [0.9, 0.7]})]
    ['exact', 'similar_0.9', 'similar_0.7', 'differs']
    """
    declared = kind_of(kind)
    return declared.levels({**declared.options, **options})


def kind_of(name: str) -> Kind:
    """The declaration of a comparison kind.

    Raises:
        ModelError: there is no such kind.
    """
    if name not in KINDS:
        raise ModelError(f"unknown comparison kind '{name}'; use one of {', '.join(sorted(KINDS))}")
    return KINDS[name]


def _fixed(levels: tuple[Level, ...]) -> Callable[[Options], tuple[Level, ...]]:
    return lambda _options: levels


def _similarity(options: Options) -> tuple[Level, ...]:
    cutoffs = _ordered(options["cutoffs"], descending=True)
    if any(not 0 < cutoff < 1 for cutoff in cutoffs):
        raise ModelError("the cutoffs of a 'text' comparison lie between 0 and 1")
    if options["measure"] not in ("jaro_winkler", "jaro"):
        raise ModelError("the measure of a 'text' comparison is 'jaro_winkler' or 'jaro'")
    measure = "Jaro-Winkler" if options["measure"] == "jaro_winkler" else "Jaro"
    steps = [
        Level(
            f"similar_{cutoff:g}",
            "close",
            f"文字相近（相似度不低于{cutoff:g}）。",
            f"Similar text ({measure} at least {cutoff:g}).",
            0.08 / 2**position,
            0.002 * 4**position,
        )
        for position, cutoff in enumerate(cutoffs)
    ]
    return _framed(steps, "文字相同。", "The texts are identical.", "文字不同。", "The texts differ.")


def _edits(options: Options) -> tuple[Level, ...]:
    steps = [
        Level(
            f"edits_{edits}",
            "close",
            f"相差不超过{edits}处改动。",
            f"At most {edits} edit(s) apart.",
            0.06 / 2**position,
            0.001 * 4**position,
        )
        for position, edits in enumerate(_ordered(options["cutoffs"], descending=False))
    ]
    return _framed(steps, "字符相同。", "The characters are identical.", "字符不同。", "The characters differ.")


def _amounts(options: Options) -> tuple[Level, ...]:
    unit = options["unit"]
    if unit not in ("absolute", "relative"):
        raise ModelError("the unit of a 'numeric' comparison is 'absolute' or 'relative'")
    shown_zh, shown_en = ("倍", " of the larger") if unit == "relative" else ("", "")
    steps = [
        Level(
            f"within_{cutoff:g}",
            "close",
            f"数值相差不超过{cutoff:g}{shown_zh}。",
            f"The numbers differ by at most {cutoff:g}{shown_en}.",
            0.06 / 2**position,
            0.02 * 2**position,
        )
        for position, cutoff in enumerate(_ordered(options["cutoffs"], descending=False))
    ]
    return _framed(steps, "数值相同。", "The numbers are equal.", "数值不同。", "The numbers differ.")


def _distances(options: Options) -> tuple[Level, ...]:
    cutoffs = _ordered(options["cutoffs"], descending=False)
    if any(cutoff <= 0 for cutoff in cutoffs):
        raise ModelError("the cutoffs of a 'geographic' comparison are kilometres above 0")
    steps = [
        Level(
            f"within_{cutoff:g}km",
            "close",
            f"两地相距不超过{cutoff:g}公里。",
            f"The places are at most {cutoff:g} km apart.",
            0.06 / 2**position,
            0.002 * 4**position,
        )
        for position, cutoff in enumerate(cutoffs)
    ]
    return _framed(steps, "坐标相同。", "The coordinates are identical.", "两地相距较远。", "The places are far apart.")


_SAME_SET = Level("same_set", "agrees", "所列各项完全相同。", "Both list the same items.", 0.6, 0.002)
_CONTAINS = Level("contains", "close", "一方所列各项都在另一方之中。", "One list holds all of the other.", 0.2, 0.003)


def _arrays(options: Options) -> tuple[Level, ...]:
    cutoffs = _ordered(options["cutoffs"], descending=True)
    if len(cutoffs) > 4 or any(int(cutoff) != cutoff or cutoff < 2 for cutoff in cutoffs):
        raise ModelError("the cutoffs of an 'array' comparison are at most four whole numbers of items from 2 on")
    if not isinstance(options["separator"], str | None) or options["separator"] == "":
        raise ModelError("the separator of an 'array' comparison is text, or null where the column holds lists")
    if not isinstance(options["sets"], bool):
        raise ModelError("the option 'sets' of an 'array' comparison is true or false")
    whole = (_SAME_SET, _CONTAINS) if options["sets"] else ()
    steps = [
        Level(
            f"overlap_{cutoff:g}",
            "close",
            f"至少有{cutoff:g}项相同。",
            f"At least {cutoff:g} items are in both.",
            0.04 / 2**position,
            0.0004 * 2**position,
        )
        for position, cutoff in enumerate(cutoffs)
    ]
    some = Level("some_overlap", "close", "有部分项相同。", "Some items are in both.", 0.06, 0.04)
    m, u = (1 - sum(getattr(level, side) for level in (*whole, *steps, some)) for side in ("m", "u"))
    if not options["sets"]:
        m, some = 0.1, replace(some, m=some.m + m - 0.1)
    return (*whole, *steps, some, Level("no_overlap", "differs", "没有相同的项。", "No item is in both.", m, u))


def _framed(steps: list[Level], same_zh: str, same_en: str, other_zh: str, other_en: str) -> tuple[Level, ...]:
    m, u = sum(step.m for step in steps), sum(step.u for step in steps)
    if len(steps) > 8 or m >= 0.9 or u >= 0.9:
        raise ModelError("a comparison takes at most a few cutoffs; use four or fewer")
    exact = Level("exact", "agrees", same_zh, same_en, (1 - m) * 0.9, 0.005)
    return (exact, *steps, Level("differs", "differs", other_zh, other_en, (1 - m) * 0.1, 0.995 - u))


def _ordered(cutoffs: Any, *, descending: bool) -> list[float]:
    if not isinstance(cutoffs, list | tuple) or not all(
        isinstance(value, int | float) and abs(value) < 1e9 for value in cutoffs
    ):
        raise ModelError("cutoffs are a list of numbers")
    if sorted(set(cutoffs), reverse=descending) != list(cutoffs):
        raise ModelError(f"cutoffs go from the {'highest to the lowest' if descending else 'lowest to the highest'}")
    return list(cutoffs)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("chinese_name", (1, 2), {}, _fixed(_CHINESE_NAME)),
        Kind("identity_number", (1, 1), {"visible": 10}, _fixed(_IDENTITY_NUMBER)),
        Kind("date", (1, 2), {}, _fixed(_DATE)),
        Kind("phone", (1, 1), {"shared_by": 20}, _fixed(_PHONE)),
        Kind("place", (1, 1), {}, _fixed(_PLACE)),
        Kind("address", (1, 1), {}, _fixed(_ADDRESS)),
        Kind("employer", (1, 2), {"cutoff": 0.9}, _fixed(_EMPLOYER)),
        Kind("exact", (1, 1), {}, _fixed(_EXACT)),
        Kind("text", (1, 1), {"cutoffs": [0.92, 0.85, 0.75], "measure": "jaro_winkler"}, _similarity),
        Kind("levenshtein", (1, 1), {"cutoffs": [1, 2]}, _edits),
        Kind("damerau", (1, 1), {"cutoffs": [1, 2]}, _edits),
        Kind("numeric", (1, 1), {"cutoffs": [1.0], "unit": "absolute"}, _amounts),
        Kind("geographic", (2, 2), {"cutoffs": [1.0, 10.0, 100.0]}, _distances),
        Kind("array", (1, 1), {"cutoffs": [2], "separator": None, "sets": True}, _arrays),
    )
}

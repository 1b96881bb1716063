"""Levels of values of any kind: equality, text, numbers, distances and lists, with cut-offs as options."""

from dataclasses import replace
from typing import Any

from matching.errors import ModelError
from matching.levels.level import Level, Options

EXACT = (
    Level("exact", "agrees", "内容相同。", "The values are identical.", 0.95, 0.05),
    Level("differs", "differs", "内容不同。", "The values differ.", 0.05, 0.95),
)


def similarity(options: Options) -> tuple[Level, ...]:
    cutoffs = ordered(options["cutoffs"], descending=True)
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


def edits(options: Options) -> tuple[Level, ...]:
    steps = [
        Level(
            f"edits_{edits}",
            "close",
            f"相差不超过{edits}处改动。",
            f"At most {edits} edit(s) apart.",
            0.06 / 2**position,
            0.001 * 4**position,
        )
        for position, edits in enumerate(ordered(options["cutoffs"], descending=False))
    ]
    return _framed(steps, "字符相同。", "The characters are identical.", "字符不同。", "The characters differ.")


def beginnings(options: Options) -> tuple[Level, ...]:
    """Levels of `prefix`: beginnings of given lengths, or all but the last characters where below 0."""
    cutoffs = ordered(options["cutoffs"], descending=True)
    if len(cutoffs) > 4 or any(int(cutoff) != cutoff or cutoff == 0 for cutoff in cutoffs):
        raise ModelError("the cutoffs of a 'prefix' comparison are at most four whole numbers, not 0")
    if cutoffs and (cutoffs[0] > 0) != (cutoffs[-1] > 0):
        raise ModelError("the cutoffs of a 'prefix' comparison count all from the beginning, or all from the end")
    steps = [
        Level(
            f"first_{cutoff:g}" if cutoff > 0 else f"all_but_last_{-cutoff:g}",
            "close",
            f"前{cutoff:g}位相同。" if cutoff > 0 else f"除末{-cutoff:g}位外相同。",
            f"The first {cutoff:g} characters agree."
            if cutoff > 0
            else f"All but the last {-cutoff:g} characters agree.",
            0.08 / 2**position,
            0.005 * 4**position,
        )
        for position, cutoff in enumerate(cutoffs)
    ]
    return _framed(steps, "编码相同。", "The codes are identical.", "编码不同。", "The codes differ.")


def amounts(options: Options) -> tuple[Level, ...]:
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
        for position, cutoff in enumerate(ordered(options["cutoffs"], descending=False))
    ]
    return _framed(steps, "数值相同。", "The numbers are equal.", "数值不同。", "The numbers differ.")


def distances(options: Options) -> tuple[Level, ...]:
    cutoffs = ordered(options["cutoffs"], descending=False)
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


def arrays(options: Options) -> tuple[Level, ...]:
    cutoffs = ordered(options["cutoffs"], descending=True)
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


def ordered(cutoffs: Any, *, descending: bool) -> list[float]:
    if not isinstance(cutoffs, list | tuple) or not all(
        isinstance(value, int | float) and abs(value) < 1e9 for value in cutoffs
    ):
        raise ModelError("cutoffs are a list of numbers")
    if sorted(set(cutoffs), reverse=descending) != list(cutoffs):
        raise ModelError(f"cutoffs go from the {'highest to the lowest' if descending else 'lowest to the highest'}")
    return list(cutoffs)

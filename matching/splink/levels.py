"""One comparison of Splink as one of our kinds, level by level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matching.errors import ModelError
from matching.levels import levels_of
from matching.splink.conditions import Condition, Test

MOST_CUTOFFS = 4


@dataclass(frozen=True)
class Asked:
    """One level of Splink in its order: what it asks (None: of no known form) and its parameters."""

    number: int
    label: str
    condition: Condition | None
    m: float | None
    u: float | None

    @property
    def place(self) -> str:
        return f"level {self.number} '{self.label}'"


@dataclass(frozen=True)
class Chosen:
    """Our kind for a comparison, and the levels of Splink that have a level of ours, by its name."""

    kind: str
    columns: tuple[str, ...]
    options: Mapping[str, Any]
    carried: Mapping[str, Asked]

    @property
    def names(self) -> list[str]:
        return [level.name for level in levels_of(self.kind, self.options)]


_METRICS: Mapping[Test, tuple[str, Mapping[str, Any], str]] = {
    "days": ("date", {}, ""),
    "kilometres": ("geographic", {}, "within_{:g}km"),
    "items": ("array", {"sets": False}, "overlap_{:g}"),
    "jaro_winkler": ("text", {}, "similar_{:g}"),
    "jaro": ("text", {"measure": "jaro"}, "similar_{:g}"),
    "levenshtein": ("levenshtein", {}, "edits_{:g}"),
    "damerau": ("damerau", {}, "edits_{:g}"),
    "absolute": ("numeric", {}, "within_{:g}"),
    "relative": ("numeric", {"unit": "relative"}, "within_{:g}"),
}
"""For each test: our kind, its options, and the name of our level for a cutoff."""

_HIGHER = ("items", "jaro_winkler", "jaro")


def choose(asked: Sequence[Asked]) -> tuple[Chosen, list[tuple[Asked, str]]] | None:
    """The kind that carries most levels, and every level it does not carry with the reason; None if none carries any.

    Of kinds that carry equally many it is the one asked for first; differences of days always make a date.
    """
    conditions = [item.condition for item in asked if item.condition is not None]
    tests = [condition for condition in conditions if condition.test in _METRICS]
    if any(condition.test == "days" for condition in tests):
        tests = [condition for condition in tests if condition.test == "days"]
    keys = [(condition.test, condition.columns) for condition in tests]
    if keys:
        test, columns = max(dict.fromkeys(keys), key=keys.count)
    else:
        exact = [condition for condition in conditions if condition.test == "exact" and len(condition.columns) == 1]
        if not exact:
            return None
        test, columns = "exact", exact[0].columns
    carried, lost = _carried(test, columns, asked)
    if not carried:
        return None
    kind, options, _ = _METRICS.get(test, ("exact", {}, ""))
    if test in _METRICS and test != "days":
        cutoffs = [item.condition.cutoff for item in carried.values() if item.condition and item.condition.test == test]
        least = 2 if test == "items" else 0
        options = {**options, "cutoffs": [_number(cutoff, test) for cutoff in cutoffs if cutoff >= least]}
    return Chosen(kind, columns, options, carried), lost


def _carried(
    test: Test, columns: tuple[str, ...], asked: Sequence[Asked]
) -> tuple[dict[str, Asked], list[tuple[Asked, str]]]:
    carried: dict[str, Asked] = {}
    lost: list[tuple[Asked, str]] = []
    last: float | None = None
    for item in asked:
        condition = item.condition
        reason = _refusal(test, columns, condition, last, len(carried)) or _unfit(test, condition, carried)
        if reason is not None or condition is None:
            lost.append((item, reason or ""))
        elif condition.test == "exact":
            carried["exact"] = item
        else:
            last = condition.cutoff
            carried[_METRICS[test][2].format(last) if (test, last) != ("items", 1) else "some_overlap"] = item
    return carried, lost


def _refusal(
    test: Test, columns: tuple[str, ...], condition: Condition | None, last: float | None, count: int
) -> str | None:
    """Why a level has no level of ours."""
    kind = _METRICS[test][0] if test in _METRICS else "exact"
    if condition is None:
        return "its condition is of no known form"
    if condition.columns != columns:
        return f"it reads {' and '.join(condition.columns)}, and one comparison reads {' and '.join(columns)}"
    if condition.test == "exact":
        if test == "items":
            return "equal lists have no level of their own beside counts of shared items"
        return None if count == 0 else "a stronger level comes before it"
    if condition.test == "start":
        return "no kind has a level for the same first characters"
    if test == "days":
        return "kind 'date' has levels of its own in place of edits and days"
    if condition.test != test:
        return f"kind '{kind}' has no such level ({condition.test.replace('_', '-')})"
    if last is not None and (condition.cutoff == last or (condition.cutoff > last) == (test in _HIGHER)):
        return "a weaker level comes before it, so it is never reached"
    return None


def _unfit(test: Test, condition: Condition | None, carried: Mapping[str, Asked]) -> str | None:
    """Why our kind does not take a cutoff."""
    if condition is None or condition.test == "exact" or (test, condition.cutoff) == ("items", 1):
        return None
    kind, options, _ = _METRICS[test]
    if len(carried.keys() - {"exact"}) == MOST_CUTOFFS:
        return f"kind '{kind}' takes at most {MOST_CUTOFFS} cutoffs here"
    try:
        levels_of(kind, {**options, "cutoffs": [_number(condition.cutoff, test)]})
    except ModelError as error:
        return str(error)
    return None


def _number(cutoff: float, test: Test) -> float:
    return int(cutoff) if test in ("levenshtein", "damerau", "items") else cutoff

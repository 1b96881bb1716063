"""What differs between two models, part by part; models that decide alike have no difference."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from matching.model import Model
from matching.model_file import deciding
from matching.model_table import weight_of


@dataclass(frozen=True)
class Change:
    """One difference: where it is, and what stands there in either model, None for nothing.

    For a level `before` and `after` have its m, u and weight (bits).
    """

    place: str
    before: Any
    after: Any


def diff(a: Model, b: Model) -> tuple[Change, ...]:
    """The differences from `a` to `b`, in the order of `a`. Names, descriptions and origins do not count."""
    return tuple(_changes(deciding(a), deciding(b)))


def _changes(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Change]:
    for key in ("prior", "household_prior", "threshold", "conflicts", "aliases"):
        yield from _one(key, a.get(key), b.get(key))
    for key in ("refine", "max_block_pairs"):
        yield from _one(f"blocking, {key}", a["blocking"][key], b["blocking"][key])
    yield from _rules(*(model["blocking"]["rules"] for model in (a, b)))
    yield from _comparisons(*(model["comparisons"] for model in (a, b)))


def _one(place: str, before: Any, after: Any) -> Iterator[Change]:
    if before != after:
        yield Change(place, before, after)


def _rules(a: list[Any], b: list[Any]) -> Iterator[Change]:
    before, after = ({" + ".join(rule["keys"]): {"train": rule["train"]} for rule in rules} for rules in (a, b))
    changed = False
    for name in dict.fromkeys([*before, *after]):
        for change in _one(f"blocking rule '{name}'", before.get(name), after.get(name)):
            changed = True
            yield change
    if not changed and a != b:
        yield Change("order of blocking rules", [rule["keys"] for rule in a], [rule["keys"] for rule in b])


def _comparisons(a: list[Any], b: list[Any]) -> Iterator[Change]:
    before, after = ({item["name"]: item for item in items} for items in (a, b))
    for name in dict.fromkeys([*before, *after]):
        where = f"comparison '{name}'"
        if name not in before or name not in after:
            yield Change(where, _summary(before.get(name)), _summary(after.get(name)))
            continue
        for key in ("kind", "columns", "options", "frequency", "neutral_when", "shared"):
            yield from _one(f"{where}, {key}", before[name].get(key), after[name].get(key))
        yield from _levels(where, before[name], after[name])
    if before.keys() == after.keys():
        yield from _one("order of comparisons", list(before), list(after))


def _levels(where: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Change]:
    before, after = (
        {item["level"]: _parameters(item) for item in comparison.get("levels", ())} for comparison in (a, b)
    )
    for level in dict.fromkeys([*before, *after]):
        yield from _one(f"{where}, level '{level}'", before.get(level), after.get(level))


def _parameters(item: Mapping[str, Any]) -> dict[str, Any]:
    known = {side: item[side] for side in ("m", "u", "h") if side in item}
    return {**known, "weight": weight_of(item["m"], item["u"])}


def _summary(comparison: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if comparison is None else {key: comparison[key] for key in ("kind", "columns", "options")}

"""From Splink's settings to a linkage model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from matching.errors import ModelError
from matching.model import Blocking, Comparison, Frequency, Model, Rule
from matching.splink.blocking import blocking_rule
from matching.splink.conditions import is_usual_null, recognise
from matching.splink.levels import Asked, choose
from matching.splink.parameters import parameters


@dataclass(frozen=True)
class Remark:
    """What became of one part: `lost` is not in our model, `changed` is, with another meaning or parameters."""

    place: str
    outcome: Literal["lost", "changed"]
    reason: str


@dataclass(frozen=True)
class Imported:
    """A model, how many levels had one of ours, and everything that is not as it was."""

    model: Model
    levels: int
    carried_levels: int
    remarks: tuple[Remark, ...]


GENERAL = (
    Remark("text", "changed", "letters are compared without case, width and accents, and by Unicode character"),
    Remark("threshold", "changed", "Splink's settings have none; it is 0.5"),
)


def read_splink(path: Path) -> Imported:
    """Read Splink settings or a saved Splink model.

    Raises:
        ModelError: the file is no such thing, or nothing of it can be carried over; says why.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ModelError(f"the settings file {path.name} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"the settings file {path.name} is not JSON in UTF-8: {error}") from error
    return from_settings(document, path.stem)


def from_settings(settings: Any, name: str) -> Imported:
    """A model from Splink's settings as JSON values.

    Raises:
        ModelError: the settings have no comparisons, or none, or no blocking rule, can be carried over.
    """
    if not isinstance(settings, dict) or not isinstance(settings.get("comparisons"), list):
        raise ModelError("these are no Splink settings: they have no list 'comparisons'")
    remarks: list[Remark] = []
    rules = _rules(settings, remarks)
    found = [_comparison(item, number, remarks) for number, item in enumerate(settings["comparisons"], 1)]
    comparisons = tuple(item[0] for item in found if item is not None)
    if not comparisons or not rules:
        missing = "no blocking rule" if comparisons else "no comparison"
        told = "; ".join(f"{remark.place}: {remark.reason}" for remark in remarks if remark.outcome == "lost")
        raise ModelError(f"{missing} of these settings can be carried over ({told or 'they have none'})")
    model = Model(
        name=name,
        description="Imported from Splink settings.",
        prior=_prior(settings.get("probability_two_random_records_match"), remarks),
        blocking=Blocking(rules),
        comparisons=comparisons,
    )
    levels = sum(len(_asked(item)) for item in settings["comparisons"] if isinstance(item, dict))
    return Imported(model, levels, sum(item[1] for item in found if item is not None), (*remarks, *GENERAL))


def _rules(settings: Mapping[str, Any], remarks: list[Remark]) -> tuple[Rule, ...]:
    stated = settings.get("blocking_rules_to_generate_predictions")
    rules: dict[tuple[str, ...], Rule] = {}
    for number, item in enumerate(stated if isinstance(stated, list) else (), 1):
        made = blocking_rule(item)
        if isinstance(made, Rule):
            rules.setdefault(made.keys, made)
        else:
            remarks.append(Remark(f"blocking rule {number}", "lost", made))
    return tuple(rules.values())


def _prior(value: Any, remarks: list[Remark]) -> float | None:
    if isinstance(value, float) and 0 < value < 1:
        return value
    if value is not None:
        remarks.append(Remark("prior", "lost", "it is no probability between 0 and 1; it is left to be estimated"))
    return None


def _comparison(document: Any, number: int, remarks: list[Remark]) -> tuple[Comparison, int] | None:
    name = document.get("output_column_name") if isinstance(document, dict) else None
    name = name if isinstance(name, str) and name else f"comparison {number}"
    where = f"comparison '{name}'"
    asked = _asked(document) if isinstance(document, dict) else []
    ours = choose(asked)
    if ours is None:
        remarks.append(Remark(where, "lost", "none of its levels has one of ours, so it is left out"))
        remarks.extend(
            Remark(f"{where}, {item.place}", "lost", "its condition is of no known form or stands alone")
            for item in asked
        )
        return None
    chosen, lost = ours
    remarks.extend(Remark(f"{where}, {item.place}", "lost", reason) for item, reason in lost)
    stated = _stated(document)
    made, words = parameters(chosen, asked, _other(stated))
    remarks.extend(Remark(where, "changed", reason) for reason in (*_asides(stated, asked), *words))
    frequency, reasons = _frequency(stated, chosen.columns, chosen.carried.get("exact"))
    remarks.extend(Remark(where, "changed", reason) for reason in reasons)
    return Comparison(name, chosen.kind, chosen.columns, chosen.options, made, frequency), len(chosen.carried)


def _stated(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    levels = document.get("comparison_levels")
    return [item for item in levels if isinstance(item, dict)] if isinstance(levels, list) else []


def _sql(level: Mapping[str, Any]) -> str:
    return str(level.get("sql_condition", ""))


def _is_else(level: Mapping[str, Any]) -> bool:
    return _sql(level).strip().upper() == "ELSE"


def _asked(document: Mapping[str, Any]) -> list[Asked]:
    return [
        _level(number, level, recognised=True)
        for number, level in enumerate(_stated(document), 1)
        if not level.get("is_null_level") and not _is_else(level)
    ]


def _other(stated: Sequence[Mapping[str, Any]]) -> Asked | None:
    found = [(number, level) for number, level in enumerate(stated, 1) if _is_else(level)]
    return _level(*found[0], recognised=False) if found else None


def _level(number: int, level: Mapping[str, Any], *, recognised: bool) -> Asked:
    label = level.get("label_for_charts") or " ".join(_sql(level).split())
    return Asked(
        number,
        str(label),
        recognise(_sql(level)) if recognised else None,
        _probability(level.get("m_probability")),
        _probability(level.get("u_probability")),
    )


def _probability(value: Any) -> float | None:
    """A number in (0, 1]; Splink writes a sentence where a level was never observed."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
    return float(value) if known else None


def _asides(stated: Sequence[Mapping[str, Any]], asked: Sequence[Asked]) -> list[str]:
    """What is not as in Splink though every level has one of ours."""
    words = [
        f"level {number} takes more or less for missing than our comparison, which takes a missing value on either side"
        for number, level in enumerate(stated, 1)
        if level.get("is_null_level") and not is_usual_null(_sql(level))
    ]
    words += [
        f"{item.place} holds strictly beyond its cutoff there, and from the cutoff on here"
        for item in asked
        if item.condition is not None and not item.condition.inclusive
    ]
    words += [
        f"level {number} has no usable {side}: it is left to be estimated"
        for number, level in enumerate(stated, 1)
        for side in ("m", "u")
        if level.get(f"{side}_probability") is not None and _probability(level.get(f"{side}_probability")) is None
        and not level.get("is_null_level")
    ]  # fmt: skip
    return words


def _frequency(
    stated: Sequence[Mapping[str, Any]], columns: tuple[str, ...], exact: Asked | None
) -> tuple[Frequency | None, list[str]]:
    """Term frequency on the exact level is ours too; on other levels, weighted or bounded it is not."""
    frequency, words = None, []
    for number, level in enumerate(stated, 1):
        column = str(level.get("tf_adjustment_column") or "").strip('"`[]')
        if not column:
            continue
        if exact is None or number != exact.number or column != columns[0]:
            words.append(f"the term frequency of level {number} is left out: ours is for the exact level's own column")
            continue
        frequency = Frequency(column)
        if level.get("tf_adjustment_weight", 1) != 1:
            words.append(
                f"the term frequency of level {number} counts in full, there by {level['tf_adjustment_weight']}"
            )
        if level.get("tf_minimum_u_value"):
            words.append(f"the term frequency of level {number} has no lower bound of u here")
    return frequency, words

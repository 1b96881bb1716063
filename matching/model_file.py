"""The JSON form of a linkage model. Unknown keys are refused, so that a misspelt option is never ignored."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from matching.errors import ModelError
from matching.levels import kind_of, levels_of
from matching.model import (
    Blocking,
    Comparison,
    Conflict,
    Frequency,
    Implication,
    Model,
    Origin,
    Parameters,
    Rule,
    Training,
    TrainingRule,
)

FORMAT = "bangfu-linkage-model/2"
FORMER = "bangfu-linkage-model/1"
"""Still read. Its levels have one `provenance` for both parameters, which its hash covers."""


def read(path: Path) -> Model:
    """Read and check a model.

    Raises:
        ModelError: with what to fix.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"the model file {path.name} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"the model file {path.name} is not JSON in UTF-8: {error}") from error
    try:
        return from_document(document)
    except ModelError as error:
        raise ModelError(f"model file {path.name}: {error}") from error


def write(model: Model, path: Path) -> None:
    """Write a model with its content hash, readable and with stable key order."""
    path.write_text(json.dumps(to_document(model), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def content_hash(model: Model) -> str:
    """SHA-256 over what decides the outcome: see `deciding`."""
    return _digest(deciding(model))


def deciding(model: Model) -> dict[str, Any]:
    """What of a model decides the outcome, as JSON values: not what it is called nor where parameters come from.

    Options are complete, so that a default means the same stated or not; so do parameters that are all null.
    """
    body = {key: value for key, value in _body(model).items() if key not in _TOLD}
    for comparison in body["comparisons"]:
        comparison["options"] = {**kind_of(comparison["kind"]).options, **comparison["options"]}
        levels = [
            {key: level[key] for key in ("level", "m", "u", "h") if key in level}
            for level in comparison.pop("levels", ())
        ]
        if any(level.get(side) is not None for level in levels for side in ("m", "u", "h")):
            comparison["levels"] = levels
    return body


def to_document(model: Model) -> dict[str, Any]:
    """The model as JSON values, content hash included."""
    return {**_body(model), "content_hash": content_hash(model)}


def from_document(document: Any) -> Model:
    """A model from JSON values.

    Raises:
        ModelError: a key is missing or unknown, a value has the wrong shape, or the hash does not match.
    """
    if isinstance(document, dict) and "format" not in document and "probability_two_random_records_match" in document:
        raise ModelError("this is a model of Splink; convert it by `bangfu model import-splink`")
    _keys("the model", document, need=("format", "name", "blocking", "comparisons"), may=_MODEL_MAY)
    if document["format"] not in (FORMAT, FORMER):
        raise ModelError(f"the format is '{document['format']}'; this version reads '{FORMAT}' and '{FORMER}'")
    blocking = document["blocking"]
    _keys("blocking", blocking, need=("rules",), may=("refine", "max_block_pairs"))
    aliases = _shape("aliases", document.get("aliases", {}), dict, "an object")
    model = Model(
        name=_shape("name", document["name"], str, "text"),
        version=str(document.get("version", "1")),
        description=_shape("description", document.get("description", ""), str, "text"),
        prior=_number("prior", document.get("prior")),
        household_prior=_number("household_prior", document.get("household_prior")),
        threshold=_number("threshold", document.get("threshold", 0.5)) or 0.0,
        blocking=Blocking(
            rules=tuple(_rule(item) for item in _list("blocking, rules", blocking["rules"])),
            refine=_texts("blocking, refine", blocking.get("refine", [])),
            max_block_pairs=_whole("blocking, max_block_pairs", blocking.get("max_block_pairs", 100_000)),
        ),
        comparisons=tuple(_comparison(item) for item in _list("comparisons", document["comparisons"])),
        conflicts=tuple(_conflict(item) for item in _list("conflicts", document.get("conflicts", []))),
        aliases={column: _texts(f"aliases of '{column}'", names) for column, names in aliases.items()},
        required=_texts("required", document.get("required", [])),
        training=_training(document.get("training")),
    )
    _check_hash(document, model)
    return model


_TOLD = ("format", "name", "version", "description", "required", "training")
"""Keys of the model that tell about it, or refuse data, but change no outcome."""

_MODEL_MAY = (
    "version", "description", "prior", "household_prior", "threshold", "conflicts", "aliases", "required", "training",
    "content_hash",
)  # fmt: skip


def _check_hash(document: Mapping[str, Any], model: Model) -> None:
    if "content_hash" not in document:
        return
    former = document["format"] == FORMER
    body = {key: value for key, value in document.items() if key not in (*_TOLD, "content_hash")}
    if document["content_hash"] != (_digest(body) if former else content_hash(model)):
        raise ModelError(
            "the content does not match its content_hash; delete that line if you edited the model by hand"
        )


def _digest(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _body(model: Model) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": model.name,
        "version": model.version,
        "description": model.description,
        "prior": model.prior,
        **({} if model.household_prior is None else {"household_prior": model.household_prior}),
        "threshold": model.threshold,
        "blocking": {
            "rules": [{"keys": list(rule.keys), "train": rule.train} for rule in model.blocking.rules],
            "refine": list(model.blocking.refine),
            "max_block_pairs": model.blocking.max_block_pairs,
        },
        "conflicts": [{"column": item.column, "valid": item.valid} for item in model.conflicts],
        "aliases": {column: list(names) for column, names in model.aliases.items()},
        "required": list(model.required),
        "comparisons": [_comparison_document(item) for item in model.comparisons],
        "training": _training_document(model.training) if model.training else None,
    }


def _training_document(training: Training) -> dict[str, Any]:
    rules = [{**asdict(rule), "comparisons": list(rule.comparisons)} for rule in training.rules]
    return {**asdict(training), "rules": rules}


def _comparison_document(comparison: Comparison) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": comparison.name,
        "kind": comparison.kind,
        "columns": list(comparison.columns),
        "options": dict(comparison.options),
    }
    if comparison.frequency:
        document["frequency"] = {"column": comparison.frequency.column, "given": list(comparison.frequency.given)}
    if comparison.neutral_when:
        document["neutral_when"] = [
            {"comparison": item.comparison, "levels": list(item.levels)} for item in comparison.neutral_when
        ]
    if comparison.shared:
        document["shared"] = comparison.shared
    if comparison.parameters:
        document["levels"] = [
            _level_document(level.name, item)
            for level, item in zip(comparison.levels, comparison.parameters, strict=True)
        ]
    return document


def _level_document(name: str, item: Parameters) -> dict[str, Any]:
    sides = _SIDES if item.h is not None else _SIDES[:2]
    values = {side: getattr(item, side) for side in sides}
    return {"level": name, **values, **{f"{side}_from": getattr(item, f"{side}_from") for side in sides}}


_SIDES = ("m", "u", "h")
_FROM = tuple(f"{side}_from" for side in _SIDES)


def _comparison(document: Any) -> Comparison:
    _keys(
        "a comparison",
        document,
        need=("name", "kind", "columns"),
        may=("options", "levels", "frequency", "neutral_when", "shared"),
    )
    where = f"comparison '{document['name']}'"
    options = _shape(f"{where}, options", document.get("options", {}), dict, "an object")
    frequency = document.get("frequency")
    if frequency is not None:
        _keys(f"{where}, frequency", frequency, need=("column",), may=("given",))
        column = _shape(f"{where}, frequency, column", frequency["column"], str, "text")
        frequency = Frequency(column, _texts(f"{where}, frequency, given", frequency.get("given", [])))
    implications = _list(f"{where}, neutral_when", document.get("neutral_when", []))
    for item in implications:
        _keys(f"{where}, neutral_when", item, need=("comparison", "levels"), may=())
    return Comparison(
        name=_shape(f"{where}, name", document["name"], str, "text"),
        kind=_shape(f"{where}, kind", document["kind"], str, "text"),
        columns=_texts(f"{where}, columns", document["columns"]),
        options=options,
        parameters=_parameters(where, document, options),
        shared=_number(f"{where}, shared", document.get("shared", 0.0)) or 0.0,
        frequency=frequency,
        neutral_when=tuple(
            Implication(
                _shape(f"{where}, neutral_when, comparison", item["comparison"], str, "text"),
                _texts(f"{where}, neutral_when, levels", item["levels"]),
            )
            for item in implications
        ),
    )


def _parameters(where: str, document: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[Parameters, ...]:
    stated = document.get("levels")
    if stated is None:
        return ()
    for item in _list(f"{where}, levels", stated):
        _keys(f"{where}, a level", item, need=("level",), may=("provenance", *_SIDES, *_FROM))
    expected = [level.name for level in levels_of(document["kind"], options)]
    if [item["level"] for item in stated] != expected:
        raise ModelError(f"{where}: its levels must be, in this order: {', '.join(expected)}")
    return tuple(_level(f"{where}, level '{item['level']}'", item) for item in stated)


def _level(where: str, item: Mapping[str, Any]) -> Parameters:
    values = {side: _number(f"{where}, {side}", item.get(side)) for side in _SIDES}
    if (short := item.get("provenance")) is not None:
        m_from, u_from = _PROVENANCE[_one_of(f"{where}, provenance", short, tuple(_PROVENANCE))]
        return Parameters(**values, m_from=m_from, u_from=u_from)
    origins = {
        f"{side}_from": _one_of(
            f"{where}, {side}_from", item.get(f"{side}_from", "default" if value is None else "hand"), get_args(Origin)
        )
        for side, value in values.items()
    }
    return Parameters(**values, **origins)


_PROVENANCE: Mapping[str, tuple[Origin, Origin]] = {
    "default": ("default", "default"), "estimated": ("em", "random_pairs"), "given": ("hand", "hand")
}  # fmt: skip
"""What the former format says for both parameters of a level at once."""


def _rule(document: Any) -> Rule:
    _keys("a blocking rule", document, need=("keys",), may=("train",))
    train = _shape("a blocking rule, train", document.get("train", True), bool, "true or false")
    return Rule(_texts("a blocking rule, keys", document["keys"]), train)


def _conflict(document: Any) -> Conflict:
    _keys("a conflict", document, need=("column",), may=("valid",))
    valid = document.get("valid", "any")
    if valid not in ("any", "identity_number"):
        raise ModelError("a conflict's 'valid' is 'any' or 'identity_number'")
    return Conflict(_shape("a conflict, column", document["column"], str, "text"), valid)


_COUNTS = ("left_rows", "right_rows", "candidate_pairs", "random_pairs", "seed")


def _training(document: Any) -> Training | None:
    if document is None:
        return None
    _keys("training", document, need=("at", *_COUNTS, "rules"), may=())
    rules = _list("training, rules", document["rules"])
    for item in rules:
        _keys("training, a rule", item, need=tuple(TrainingRule.__dataclass_fields__), may=())
    return Training(
        at=_shape("training, at", document["at"], str, "text"),
        **{name: _whole(f"training, {name}", document[name]) for name in _COUNTS},
        rules=tuple(
            TrainingRule(
                rule=_shape("training, rule", item["rule"], str, "text"),
                comparisons=_texts("training, comparisons", item["comparisons"]),
                iterations=_whole("training, iterations", item["iterations"]),
                converged=_shape("training, converged", item["converged"], bool, "true or false"),
                expected_matches=_number("training, expected_matches", item["expected_matches"]) or 0.0,
            )
            for item in rules
        ),
    )


def _keys(where: str, document: Any, need: tuple[str, ...], may: tuple[str, ...]) -> None:
    _shape(where, document, dict, "a JSON object")
    if missing := [key for key in need if key not in document]:
        raise ModelError(f"{where} lacks {', '.join(missing)}")
    if unknown := sorted(set(document) - set(need) - set(may)):
        raise ModelError(f"{where} has unknown key(s) {', '.join(unknown)}; known: {', '.join(need + may)}")


def _shape(where: str, value: Any, kind: type, words: str) -> Any:
    if not isinstance(value, kind):
        raise ModelError(f"{where} must be {words}")
    return value


def _list(where: str, value: Any) -> Any:
    return _shape(where, value, list, "a list")


def _texts(where: str, value: Any) -> tuple[str, ...]:
    return tuple(_shape(f"{where}: each item", item, str, "text") for item in _list(where, value))


def _whole(where: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ModelError(f"{where} must be a whole number")
    return value


def _number(where: str, value: Any) -> Any:
    if value is None or (type(value) in (int, float) and abs(value) < math.inf):
        return value
    raise ModelError(f"{where} must be a number or null")


def _one_of(where: str, value: Any, known: tuple[str, ...]) -> Any:
    if value not in known:
        raise ModelError(f"{where} must be one of {', '.join(known)}")
    return value

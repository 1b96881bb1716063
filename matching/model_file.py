"""The JSON form of a linkage model. Unknown keys are refused, so that a misspelt option is never ignored."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matching.errors import ModelError
from matching.levels import levels_of
from matching.model import Blocking, Comparison, Conflict, Frequency, Implication, Model, Parameters, Rule

FORMAT = "bangfu-linkage-model/1"


def read(path: Path) -> Model:
    """Read and check a model.

    Raises:
        ModelError: with what to fix.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"the model file {path.name} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ModelError(f"the model file {path.name} is not JSON in UTF-8: {error}") from error
    try:
        return from_document(document)
    except ModelError as error:
        raise ModelError(f"model file {path.name}: {error}") from error


def write(model: Model, path: Path) -> None:
    """Write a model with its content hash, readable and with stable key order."""
    path.write_text(json.dumps(to_document(model), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def content_hash(model: Model) -> str:
    """SHA-256 over everything the model declares except its name, version and description."""
    body = {
        key: value for key, value in _body(model).items() if key not in ("format", "name", "version", "description")
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def to_document(model: Model) -> dict[str, Any]:
    """The model as JSON values, content hash included."""
    return {**_body(model), "content_hash": content_hash(model)}


def from_document(document: Any) -> Model:
    """A model from JSON values.

    Raises:
        ModelError: a key is missing or unknown, a value has the wrong shape, or the hash does not match.
    """
    _keys("the model", document, need=("format", "name", "blocking", "comparisons"), may=_MODEL_MAY)
    if document["format"] != FORMAT:
        raise ModelError(f"the format is '{document['format']}'; this version reads '{FORMAT}'")
    blocking = document["blocking"]
    _keys("blocking", blocking, need=("rules",), may=("refine", "max_block_pairs"))
    model = Model(
        name=document["name"],
        version=str(document.get("version", "1")),
        description=document.get("description", ""),
        prior=document.get("prior"),
        threshold=document.get("threshold", 0.5),
        blocking=Blocking(
            rules=tuple(_rule(item) for item in blocking["rules"]),
            refine=tuple(blocking.get("refine", ())),
            max_block_pairs=blocking.get("max_block_pairs", 100_000),
        ),
        comparisons=tuple(_comparison(item) for item in document["comparisons"]),
        conflicts=tuple(_conflict(item) for item in document.get("conflicts", ())),
        aliases={column: tuple(names) for column, names in document.get("aliases", {}).items()},
    )
    if "content_hash" in document and document["content_hash"] != content_hash(model):
        raise ModelError(
            "the content does not match its content_hash; delete that line if you edited the model by hand"
        )
    return model


_MODEL_MAY = ("version", "description", "prior", "threshold", "conflicts", "aliases", "content_hash")


def _body(model: Model) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": model.name,
        "version": model.version,
        "description": model.description,
        "prior": model.prior,
        "threshold": model.threshold,
        "blocking": {
            "rules": [{"keys": list(rule.keys), "train": rule.train} for rule in model.blocking.rules],
            "refine": list(model.blocking.refine),
            "max_block_pairs": model.blocking.max_block_pairs,
        },
        "conflicts": [{"column": item.column, "valid": item.valid} for item in model.conflicts],
        "aliases": {column: list(names) for column, names in model.aliases.items()},
        "comparisons": [_comparison_document(item) for item in model.comparisons],
    }


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
    if comparison.parameters:
        document["levels"] = [
            {"level": level.name, "m": item.m, "u": item.u, "provenance": item.provenance}
            for level, item in zip(comparison.levels, comparison.parameters, strict=True)
        ]
    return document


def _comparison(document: Any) -> Comparison:
    _keys(
        "a comparison",
        document,
        need=("name", "kind", "columns"),
        may=("options", "levels", "frequency", "neutral_when"),
    )
    where = f"comparison '{document['name']}'"
    options = document.get("options", {})
    frequency = document.get("frequency")
    if frequency is not None:
        _keys(f"{where}, frequency", frequency, need=("column",), may=("given",))
    implications = document.get("neutral_when", [])
    for item in implications:
        _keys(f"{where}, neutral_when", item, need=("comparison", "levels"), may=())
    return Comparison(
        name=document["name"],
        kind=document["kind"],
        columns=tuple(document["columns"]),
        options=options,
        parameters=_parameters(where, document, options),
        frequency=Frequency(frequency["column"], tuple(frequency.get("given", ()))) if frequency else None,
        neutral_when=tuple(Implication(item["comparison"], tuple(item["levels"])) for item in implications),
    )


def _parameters(where: str, document: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[Parameters, ...]:
    stated = document.get("levels")
    if stated is None:
        return ()
    for item in stated:
        _keys(f"{where}, a level", item, need=("level",), may=("m", "u", "provenance"))
    expected = [level.name for level in levels_of(document["kind"], options)]
    if [item["level"] for item in stated] != expected:
        raise ModelError(f"{where}: its levels must be, in this order: {', '.join(expected)}")
    return tuple(
        Parameters(
            item.get("m"),
            item.get("u"),
            item.get("provenance", "default" if item.get("m") is None and item.get("u") is None else "given"),
        )
        for item in stated
    )


def _rule(document: Any) -> Rule:
    _keys("a blocking rule", document, need=("keys",), may=("train",))
    return Rule(tuple(document["keys"]), bool(document.get("train", True)))


def _conflict(document: Any) -> Conflict:
    _keys("a conflict", document, need=("column",), may=("valid",))
    valid = document.get("valid", "any")
    if valid not in ("any", "identity_number"):
        raise ModelError("a conflict's 'valid' is 'any' or 'identity_number'")
    return Conflict(document["column"], valid)


def _keys(where: str, document: Any, need: tuple[str, ...], may: tuple[str, ...]) -> None:
    if not isinstance(document, dict):
        raise ModelError(f"{where} must be a JSON object")
    if missing := [key for key in need if key not in document]:
        raise ModelError(f"{where} lacks {', '.join(missing)}")
    if unknown := sorted(set(document) - set(need) - set(may)):
        raise ModelError(f"{where} has unknown key(s) {', '.join(unknown)}; known: {', '.join(need + may)}")

"""`bangfu model`: what a linkage model says, how two differ, what reviewed pairs teach it, and models of Splink as ours."""

from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bangfu.cli.output import Json, emit, table

if TYPE_CHECKING:
    from matching import Model
    from matching.model_diff import Change
    from matching.model_table import ParameterRow
    from matching.splink.settings import Imported
    from matching.supervision import Learnt

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="""Linkage models: show one, compare two, let one learn from reviewed pairs, import one from Splink (模型).

\b
Example:
  bangfu model show matching/models/person_zh.json
  bangfu model diff before.json after.json
  bangfu model learn model.json reviewed.csv --out learnt.json
  bangfu model import-splink settings.json --out model.json
""",
)

ModelFile = Annotated[Path, typer.Argument(help="Linkage model, JSON.", exists=True, dir_okay=False)]


@app.command(
    help="""Show a model: its comparisons and levels, what each weighs, and where each number comes from.

A weight is log2(m/u) in bits: positive speaks for the same person.

\b
Example:
  bangfu model show model.json
"""
)
def show(model: ModelFile, json: Json = False) -> None:
    """Show a model."""
    from matching import Model
    from matching.model_file import to_document
    from matching.model_table import parameter_rows

    found = Model.load(model)
    rows = parameter_rows(found)
    emit({**to_document(found), "parameters": rows}, json=json, lines=_shown(found, rows))


@app.command(
    help="""Tell what differs between two models: kinds, columns, levels, parameters, blocking.

Names, descriptions and the origin of parameters do not count. Exit code 0, whether they differ or not.

\b
Example:
  bangfu model diff before.json after.json --json
"""
)
def diff(
    before: Annotated[Path, typer.Argument(help="Linkage model, JSON.", exists=True, dir_okay=False)],
    after: Annotated[Path, typer.Argument(help="The model to compare it with.", exists=True, dir_okay=False)],
    json: Json = False,
) -> None:
    """Tell what differs between two models."""
    from matching import Model
    from matching.model_diff import diff as differences

    changes = differences(Model.load(before), Model.load(after))
    emit({"same": not changes, "changes": changes}, json=json, lines=_differences(changes))


@app.command(
    help="""Let a model learn from reviewed pairs: m of its comparisons, and the threshold (复核反馈).

LABELS is CSV or Parquet with the columns pattern (of the pairs that this model scored) and outcome: match or
no_match (yes/no, true/false, 1/0, 是/否). Optional columns: match_weight as scored, and selection_weight, how many
pairs like it each stands for where only a sample was reviewed. A row without an outcome is passed over.

Only pairs above the threshold come before a reviewer, and that is allowed for: see the limits of what labels can
teach in docs/match.md.

\b
Example:
  bangfu model learn model.json reviewed.csv --out learnt.json --precision 0.99
"""
)
def learn(
    model: ModelFile,
    labels: Annotated[Path, typer.Argument(help="Reviewed pairs, CSV or Parquet.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option("--out", help="Model to write, JSON.", dir_okay=False)],
    precision: Annotated[
        float | None,
        typer.Option("--precision", help="Lowest threshold whose reviewed pairs are so often right; else the best F1."),
    ] = None,
    json: Json = False,
) -> None:
    """Let a model learn from reviewed pairs."""
    from bangfu.pipeline.linkage.match import read_table
    from matching import Model
    from matching.label_table import read_labels
    from matching.supervision import update

    before = Model.load(model)
    read = read_labels(read_table(labels))
    learnt = update(before, read.labels, precision=precision)
    learnt.model.save(out)
    told = {
        "model": out,
        "labels": learnt.labels,
        "matches": learnt.matches,
        "without_outcome": read.without_outcome,
        "threshold_before": before.threshold,
        "threshold": learnt.model.threshold,
        "reason": learnt.threshold,
        "counted": learnt.counted,
        "bands": [{**asdict(band), "low": _finite(band.low), "high": _finite(band.high)} for band in learnt.bands],
        "recalibrated": learnt.recalibrated,
    }
    emit(told, json=json, lines=_learnt(learnt, read.without_outcome, out))


@app.command(
    "import-splink",
    help="""Turn Splink settings or a saved Splink model (versions 3 to 5) into a model of ours.

What cannot be carried over is listed by comparison and level; nothing is guessed. Read the list before you use
the model.

\b
Example:
  bangfu model import-splink splink_model.json --out model.json
""",
)
def import_splink(
    settings: Annotated[
        Path, typer.Argument(help="Settings or saved model of Splink, JSON.", exists=True, dir_okay=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="Model to write, JSON.", dir_okay=False)],
    json: Json = False,
) -> None:
    """Turn Splink settings into a model of ours."""
    from matching.splink.settings import read_splink

    found = read_splink(settings)
    found.model.save(out)
    told = {
        "model": out,
        "comparisons": len(found.model.comparisons),
        "blocking_rules": len(found.model.blocking.rules),
        "levels": found.levels,
        "carried_levels": found.carried_levels,
        "remarks": found.remarks,
    }
    emit(told, json=json, lines=_imported(found, out))


def _shown(model: "Model", rows: "tuple[ParameterRow, ...]") -> list[str]:
    from matching.model_file import content_hash

    prior = "to be estimated" if model.prior is None else f"{model.prior:.3g}"
    shares = any(item.shared for item in model.comparisons)
    head = ("comparison", "kind", "level", "m", "u", *(("h",) if shares else ()), "bits", "m from", "u from")
    cells = []
    former = ""
    for row in rows:
        first = row.comparison != former
        former = row.comparison
        cells.append(
            (
                row.comparison if first else "",
                f"{row.kind}({', '.join(row.columns)})" if first else "",
                row.level,
                _number(row.m),
                _number(row.u),
                *((_number(row.h),) if shares else ()),
                "" if row.weight is None else f"{row.weight:+.1f}",
                row.m_from,
                row.u_from,
            )
        )
    return [
        f"{model.name}, version {model.version}, {content_hash(model)[:19]}",
        *([model.description] if model.description else []),
        f"prior {prior}, accepted from {model.threshold:g} on",
        *([f"required columns: {', '.join(model.required)}"] if model.required else []),
        *_training(model),
        "",
        *table(head, cells),
        "",
        *_rarity(model),
        *_households(model),
        *(f"blocking: {rule.name}{'' if rule.train else ' (not trained on)'}" for rule in model.blocking.rules),
    ]


def _rarity(model: "Model") -> list[str]:
    return [
        f"rare values count more: {item.name}"
        + (f", within {', '.join(item.frequency.given)}" * bool(item.frequency.given))
        for item in model.comparisons
        if item.frequency is not None
    ]


def _households(model: "Model") -> list[str]:
    shared = [item.name for item in model.comparisons if item.shared]
    if not shared:
        return []
    found = {None: "to be estimated", 0.0: "left out of account"}.get(model.household_prior)
    return [
        f"members of a household share: {', '.join(shared)} (h); {found or f'their prior {model.household_prior:.3g}'}"
    ]


def _training(model: "Model") -> list[str]:
    run = model.training
    if run is None:
        return ["no training run is recorded"]
    rules = [
        (rule.rule, rule.iterations, "yes" if rule.converged else "NO", round(rule.expected_matches))
        for rule in run.rules
    ]
    return [
        f"trained {run.at} on {run.left_rows:,} x {run.right_rows:,} records: {run.candidate_pairs:,} candidate pairs, "
        f"{run.random_pairs:,} random pairs, seed {run.seed}",
        *table(("EM within", "iterations", "converged", "matches"), rules),
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _differences(changes: "tuple[Change, ...]") -> list[str]:
    if not changes:
        return ["The models decide alike."]
    told = [f"{change.place}: {_told(change.before)} -> {_told(change.after)}" for change in changes]
    return [*told, f"{len(changes)} difference(s)"]


def _told(value: Any) -> str:
    """A value of a change for people; parameters with their weight.

    >>> _told({"m": 0.8, "u": 0.1, "weight": 3.0})
    'm 0.8, u 0.1, +3.0 bits'
    """
    if value is None:
        return "-"
    if isinstance(value, Mapping) and set(value) == {"m", "u", "weight"}:
        weight = "" if value["weight"] is None else f", {value['weight']:+.1f} bits"
        return f"m {_number(value['m']) or 'null'}, u {_number(value['u']) or 'null'}{weight}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_told(item)}" for key, item in value.items()) or "none"
    if isinstance(value, list | tuple):
        return "; ".join(_told(item) for item in value) or "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _learnt(learnt: "Learnt", without_outcome: int, out: Path) -> list[str]:
    bands = [
        (
            f"{band.low:g} to {band.high:g}",
            band.pairs,
            f"{band.predicted:.3f}",
            f"{band.matches.value:.3f} [{band.matches.low:.3f}, {band.matches.high:.3f}]",
        )
        for band in learnt.bands
    ]
    return [
        f"{learnt.labels:,} reviewed pairs, {learnt.matches:,} of them matches"
        + (f"; {without_outcome:,} without an outcome passed over" if without_outcome else ""),
        *table(("bits", "pairs", "said", "found"), bands),
        *(f"m of {name}: {count:,.0f} reviewed matches counted" for name, count in learnt.counted.items()),
        f"threshold {learnt.threshold.en}",
        f"model written to {out}",
    ]


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _imported(found: "Imported", out: Path) -> list[str]:
    return [
        f"{len(found.model.comparisons)} comparisons and {len(found.model.blocking.rules)} blocking rules; "
        f"{found.carried_levels} of {found.levels} levels have one of ours",
        *(f"{_OUTCOMES[remark.outcome]} {remark.place}: {remark.reason}" for remark in found.remarks),
        f"model written to {out}",
    ]


_OUTCOMES = {"lost": "not carried over:", "changed": "changed:"}

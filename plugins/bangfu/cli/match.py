"""`bangfu match`: the linkage engine on any two files."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

from typer import Argument, Option

from bangfu.cli.output import Json, emit, progress_bars, table

if TYPE_CHECKING:
    from bangfu.pipeline.linkage.match import MatchRequest, MatchSummary

__all__ = ["match"]


class AssignmentChoice(StrEnum):
    """How many matches a record may have."""

    none = "none"
    one_to_one = "one-to-one"
    many_to_one = "many-to-one"


def match(
    left: Annotated[Path, Argument(help="CSV or Parquet file.", exists=True, dir_okay=False)],
    out: Annotated[Path, Option("--out", help="Pairs to write, Parquet.", dir_okay=False)],
    right: Annotated[
        Path | None, Argument(help="Second file; without it the first is deduplicated.", exists=True, dir_okay=False)
    ] = None,
    model: Annotated[
        Path | None,
        Option("--model", help="Linkage model, JSON; without it one is proposed.", exists=True, dir_okay=False),
    ] = None,
    id_column: Annotated[
        str | None,
        Option("--id", help="Column that identifies a record, in both files; else a complete, unique one is taken."),
    ] = None,
    assignment: Annotated[
        AssignmentChoice | None,
        Option("--assignment", help="Matches per record; else decided by whether a file seems to repeat persons."),
    ] = None,
    one_to_one: Annotated[bool, Option("--one-to-one", help="The same as --assignment one-to-one.")] = False,
    threshold: Annotated[
        float | None, Option("--threshold", min=0, max=1, help="Accept from this probability on; else the model's.")
    ] = None,
    clusters: Annotated[
        Path | None,
        Option(
            "--clusters", help="Clusters to write, Parquet; for one file clusters.parquet beside --out.", dir_okay=False
        ),
    ] = None,
    model_out: Annotated[
        Path | None,
        Option("--model-out", help="The proposed model to write; else model.json beside --out.", dir_okay=False),
    ] = None,
    memory: Annotated[
        str | None,
        Option("--memory", help="Memory the process may take, such as 4GB; a match that needs more is refused."),
    ] = None,
    json: Json = False,
) -> None:
    """Link any two files record by record, or find the duplicates of one (匹配).

    Without --model the columns are recognised by content, whatever they are called, and a model is proposed, printed
    and written; the verdict says what is doubted.

    PAIRS has left_id, right_id, match_weight, match_probability and accepted; CLUSTERS has record_id and
    cluster_id.

    Example:
      bangfu match a.csv b.parquet --out pairs.parquet
    """
    from bangfu.errors import BangfuError
    from bangfu.pipeline.linkage.match import MatchRequest, match_files
    from bangfu.sizes import bytes_of

    if one_to_one and assignment not in (None, AssignmentChoice.one_to_one):
        raise BangfuError("--one-to-one and --assignment contradict each other; give one of them.")
    wanted = AssignmentChoice.one_to_one if one_to_one else assignment
    request = MatchRequest(
        left=left,
        right=right,
        model=model,
        id_column=id_column,
        out=out,
        assignment=cast(
            'Literal["none", "one_to_one", "many_to_one"] | None', wanted.value.replace("-", "_") if wanted else None
        ),
        threshold=threshold,
        clusters=clusters,
        model_out=model_out,
        memory_limit=None if memory is None else bytes_of(memory, "--memory"),
    )
    with progress_bars(json=json) as progress:
        summary = match_files(request, progress)
    emit(summary, json=json, lines=_lines(request, summary))


def _lines(request: "MatchRequest", found: "MatchSummary") -> list[str]:
    sides = f"{found.left_rows:,}" + ("" if found.right_rows is None else f" x {found.right_rows:,}")
    lines = _model_lines(found)
    lines += [
        f"{sides} records, {found.candidate_pairs:,} candidate pairs compared",
        f"{found.accepted_pairs:,} pairs accepted from probability {found.threshold:g} on"
        f" ({found.expected_matches:,.0f} matches expected among all candidates)",
        f"{found.pairs:,} pairs written to {request.out}",
    ]
    if found.clusters is not None:
        lines.append(
            f"{found.clusters:,} clusters written to {found.clusters_out}, {found.refused_merges:,} merges refused"
        )
    if found.model_out is not None:
        lines.append(f"model with its estimates written to {found.model_out}; use it again with --model")
    lines += [f"note: {note}" for note in found.notes]
    return [
        *lines,
        f"verdict: {found.verdict}",
        *(f"doubt: {doubt}" for doubt in found.doubts),
        f"recall: {found.recall}",
    ]


def _model_lines(found: "MatchSummary") -> list[str]:
    """The proposed model: what each column is and how it is compared, and the rules that make pairs."""
    if not found.columns:
        return []
    two = found.right_rows is not None
    head = ("left column", "right column") if two else ("column",)
    columns = [
        ((item.left, item.right or "") if two else (item.left,)) + (item.meaning, item.kind) for item in found.columns
    ]
    return [
        "No model was given; this one was proposed from what the columns hold:",
        "",
        *table((*head, "what it is", "compared as"), columns),
        "",
        *table(
            ("records that agree on these are compared", "pairs"), [(item.rule, item.pairs) for item in found.rules]
        ),
        "",
    ]

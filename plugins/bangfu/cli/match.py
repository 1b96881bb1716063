"""`bangfu match`: the linkage engine on any two files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from bangfu.cli.output import Json, emit, progress_bars

if TYPE_CHECKING:
    from bangfu.pipeline.linkage.match import MatchRequest, MatchSummary

__all__ = ["match"]


def match(
    left: Annotated[Path, Argument(help="CSV or Parquet file.", exists=True, dir_okay=False)],
    model: Annotated[Path, Option("--model", help="Linkage model, JSON.", exists=True, dir_okay=False)],
    id_column: Annotated[str, Option("--id", help="Column that identifies a record, in both files.")],
    out: Annotated[Path, Option("--out", help="Pairs to write, Parquet.", dir_okay=False)],
    right: Annotated[
        Path | None, Argument(help="Second file; without it the first is deduplicated.", exists=True, dir_okay=False)
    ] = None,
    one_to_one: Annotated[bool, Option("--one-to-one", help="Accept at most one match per record.")] = False,
    threshold: Annotated[
        float | None, Option("--threshold", min=0, max=1, help="Accept from this probability on; else the model's.")
    ] = None,
    clusters: Annotated[Path | None, Option("--clusters", help="Clusters to write, Parquet.", dir_okay=False)] = None,
    json: Json = False,
) -> None:
    """Link any two files record by record, or find the duplicates of one (匹配).

    PAIRS has left_id, right_id, match_weight, match_probability and accepted; CLUSTERS has record_id and
    cluster_id.

    Example:
      bangfu match a.csv b.parquet --model model.json --id id --out pairs.parquet --one-to-one
    """
    from bangfu.pipeline.linkage.match import MatchRequest, match_files

    request = MatchRequest(
        left=left,
        right=right,
        model=model,
        id_column=id_column,
        out=out,
        one_to_one=one_to_one,
        threshold=threshold,
        clusters=clusters,
    )
    with progress_bars(json=json) as progress:
        summary = match_files(request, progress)
    emit(summary, json=json, lines=_lines(request, summary))


def _lines(request: "MatchRequest", found: "MatchSummary") -> list[str]:
    sides = f"{found.left_rows:,}" + ("" if found.right_rows is None else f" x {found.right_rows:,}")
    lines = [
        f"{sides} records, {found.candidate_pairs:,} candidate pairs compared",
        f"{found.accepted_pairs:,} pairs accepted from probability {found.threshold:g} on"
        f" ({found.expected_matches:,.0f} matches expected among all candidates)",
        f"{found.pairs:,} pairs written to {request.out}",
    ]
    if request.clusters is not None:
        lines.append(
            f"{found.clusters:,} clusters written to {request.clusters}, {found.refused_merges:,} merges refused"
        )
    return [*lines, *(f"note: {note}" for note in found.notes)]

"""`bangfu candidates`: the list as a file, for operators."""

from pathlib import Path
from typing import Annotated

from typer import Option

from bangfu.cli.output import Json, emit

__all__ = ["By", "Purpose", "Recipient", "candidates"]

By = Annotated[str, Option("--by", help="Account of who takes it out, which is recorded.")]
Purpose = Annotated[str, Option("--purpose", help="What it is for, which is recorded.")]
Recipient = Annotated[str, Option("--to", help="Who gets it, which is recorded.")]


def candidates(
    out: Annotated[Path, Option("--out", help="Parquet file to write.", dir_okay=False)],
    by: By = "operator",
    purpose: Purpose = "not stated",
    recipient: Recipient = "operator of this installation",
    json: Json = False,
) -> None:
    """Export the candidates as Parquet: ids, county, reasons, strength and match probability (导出线索).

    The published list, or the latest screened one where nothing is published yet. The export is recorded: `bangfu audit exports`.

    Example:
      bangfu candidates --out candidates.parquet --by li.na --purpose "yearly assessment" --to "assessment team"
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.candidates import export_candidates
    from bangfu.pipeline.review.stated import Stated

    with open_context() as context:
        count = export_candidates(context, out, Stated(by, purpose, recipient))
    emit({"candidates": count, "out": out}, json=json, lines=[f"{count:,} candidates written to {out}."])

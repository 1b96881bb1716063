"""`bangfu candidates`: the list as a file, for operators."""

from pathlib import Path
from typing import Annotated

from typer import Option

from bangfu.cli.output import Json, emit

__all__ = ["candidates"]


def candidates(
    out: Annotated[Path, Option("--out", help="Parquet file to write.", dir_okay=False)],
    json: Json = False,
) -> None:
    """Export the candidates as Parquet: ids, county, reasons, strength and match probability (导出线索).

    The published list, or the latest screened one where nothing is published yet.

    Example:
      bangfu candidates --out candidates.parquet
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.candidates import export_candidates

    with open_context() as context:
        count = export_candidates(context, out)
    emit({"candidates": count, "out": out}, json=json, lines=[f"{count:,} candidates written to {out}."])

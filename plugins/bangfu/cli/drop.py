"""`bangfu drop`: partner files into the drop area."""

from pathlib import Path
from typing import Annotated

from typer import Argument

from bangfu.cli.output import Json, emit
from bangfu.cli.sources import SourceCode, check_source

__all__ = ["drop"]


def drop(
    source: SourceCode,
    files: Annotated[list[Path], Argument(help="Extracts as the department sent them.", exists=True, dir_okay=False)],
    json: Json = False,
) -> None:
    """Put partner files into the drop area of a source, where the scheduler finds them (投递).

    Example:
      bangfu drop union_roster 花名册.xlsx
    """
    check_source(source)
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.drop import drop as put

    with open_context() as context:
        keys = [put(context, source, path) for path in files]
    emit({"source": source, "files": len(keys)}, json=json, lines=[f"{len(keys)} file(s) put into drop/{source}/."])

"""`bangfu drop`: partner files into the drop area."""

from pathlib import Path
from typing import Annotated

from typer import Argument

from bangfu.cli.output import Json, emit
from bangfu.cli.sources import SourceCode, check_source
from bangfu.cli.stated import Period, Revision, Rows, Sender, lines_of
from bangfu.errors import BangfuError
from schemas.manifest import MANIFEST, SUCCESS

__all__ = ["drop"]


def drop(
    source: SourceCode,
    files: Annotated[list[Path], Argument(help="Files as the department sent them, or one folder.", exists=True)],
    sender: Sender = None,
    period: Period = None,
    revision: Revision = 1,
    rows: Rows = None,
    json: Json = False,
) -> None:
    """Put partner files into the drop area of a source, where the scheduler finds them (投递).

    With --sender and --period the files go as one delivery, its manifest last; a folder that holds a manifest.json
    goes as it is. Without either, each file is taken for itself, by the stricter path for files without a manifest.

    Example:
      bangfu drop civil_affairs 低保名单.xlsx --sender 530100 --period 2026-06
      bangfu drop union_roster 花名册.xlsx
    """
    check_source(source)
    from bangfu.pipeline.context import open_context

    folders = [path for path in files if path.is_dir()]
    if (sender is None) != (period is None):
        raise BangfuError("Give --sender and --period together.")
    if (rows or revision != 1) and sender is None:
        raise BangfuError("--rows and --revision belong to a delivery: give --sender and --period as well.")
    if folders and (len(files) > 1 or sender is not None):
        raise BangfuError("A folder goes alone and as it is: its manifest.json says who sends what.")
    if any(path.name in {MANIFEST, SUCCESS} for path in files):
        raise BangfuError(f"A {MANIFEST} or {SUCCESS} closes a folder of files: give the folder instead.")
    result: dict[str, object]
    with open_context() as context:
        if folders:
            from bangfu.pipeline.intake.drop import drop_delivery

            key = drop_delivery(context, source, folders[0])
            result, lines = {"source": source, "delivery": key}, [f"The delivery lies in {key}/, its manifest last."]
        elif sender is not None and period is not None:
            from bangfu.pipeline.intake.drop import drop_stated
            from bangfu.pipeline.intake.stating import Sending, state_files

            passwords = context.settings.workbook_passwords
            stated = state_files(Sending(source, sender, period, revision), files, rows or (), passwords=passwords)
            key = drop_stated(context, stated, files)
            result = {"source": source, "delivery": key, "delivery_id": stated.delivery_id(), "files": stated.files}
            lines = [*lines_of(stated, counted=not rows), f"{stated.delivery_id()} lies in {key}/, its manifest last."]
        else:
            from bangfu.pipeline.intake.drop import drop as put

            keys = [put(context, source, path) for path in files]
            result, lines = {"source": source, "files": len(keys)}, [f"{len(keys)} file(s) put into drop/{source}/."]
    emit(result, json=json, lines=lines)

"""`bangfu manifest`: what is stated about files, beside them."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from bangfu.cli.output import Json, emit
from bangfu.cli.sources import SourceCode, check_source
from bangfu.cli.stated import Revision, Rows, lines_of
from bangfu.errors import BangfuError

__all__ = ["manifest"]


def manifest(
    source: SourceCode,
    files: Annotated[
        list[Path], Argument(help="The files of one delivery, in one folder.", exists=True, dir_okay=False)
    ],
    sender: Annotated[str, Option("--sender", help="Who sends: a division code such as 530100, or a credit code.")],
    period: Annotated[str, Option("--period", help="What the data describes: 2026-06, 2026Q2 or 2026.")],
    revision: Revision = 1,
    rows: Rows = None,
    uploaded: Annotated[
        bool, Option("--uploaded", help="Name the files data-01, data-02 ..., as the addresses of `bangfu upload` do.")
    ] = False,
    json: Json = False,
) -> None:
    """Write manifest.json beside the files of a delivery (报送清单); send it last.

    It states name, size, sha256 and data rows of each file. Rows are counted by reading the files unless they are
    given; check them: they are what shows that nothing was lost before the file was made.

    Example:
      bangfu manifest civil_affairs 低保名单.xlsx --sender 530100 --period 2026-06
    """
    check_source(source)
    from bangfu.pipeline.intake.stating import Sending, state_files
    from bangfu.settings import Settings
    from schemas.manifest import MANIFEST

    folders = {path.absolute().parent for path in files}
    if len(folders) > 1:
        raise BangfuError("The files of one delivery must lie in one folder.")
    sending = Sending(source, sender, period, revision)
    passwords = Settings.from_environment().workbook_passwords
    stated = state_files(sending, files, rows or (), passwords=passwords)
    if uploaded:
        from bangfu.pipeline.intake.upload import as_uploaded

        stated = as_uploaded(stated)
    target = folders.pop() / MANIFEST
    target.write_text(stated.to_json(), "utf-8")
    result = {"path": target, "delivery_id": stated.delivery_id(), "files": stated.files, "rows_counted": not rows}
    emit(result, json=json, lines=[*lines_of(stated, counted=not rows), f"{target} written; send it last (最后上传)."])

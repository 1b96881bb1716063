"""`bangfu upload`: addresses to which a department uploads."""

from typing import TYPE_CHECKING, Annotated

from typer import Option

from bangfu.cli.output import Json, emit
from bangfu.cli.sources import SourceCode, check_source

if TYPE_CHECKING:
    from bangfu.pipeline.intake.upload import UploadAddresses

__all__ = ["upload"]


def upload(
    source: SourceCode,
    files: Annotated[int, Option("--files", min=1, max=99, help="Data files of the delivery.")] = 1,
    hours: Annotated[int, Option("--hours", min=1, max=168, help="How long the addresses work.")] = 24,
    json: Json = False,
) -> None:
    """Make addresses to which a department can upload one delivery, without an account of the object store (上传地址).

    They need an S3 object store. Give them to the sender alone, by a channel that others do not read: whoever has an
    address may write there until it expires.

    Example:
      bangfu upload civil_affairs --files 2 --hours 24
    """
    check_source(source)
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.intake.upload import upload_addresses

    with open_context() as context:
        made = upload_addresses(context, source, files=files, hours=hours)
    emit(made, json=json, lines=_lines(made))


def _lines(made: "UploadAddresses") -> list[str]:
    names = "、".join(address.name for address in made.data)
    return [
        f"# {made.source}: valid until {made.expires_at:%Y-%m-%d %H:%M} UTC (有效期至).",
        f"# The manifest names the files {names}: `bangfu manifest {made.source} FILE... --uploaded` does (清单中的文件名).",
        "# 1. The data 数据文件",
        *(f"curl -fT FILE '{address.url}'" for address in made.data),
        "# 2. The manifest, last 报送清单，最后上传",
        f"curl -fT manifest.json '{made.manifest.url}'",
    ]

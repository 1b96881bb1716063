"""What a sender states of files, the same in every command that makes a manifest."""

from typing import TYPE_CHECKING, Annotated

from typer import Option

if TYPE_CHECKING:
    from schemas.manifest import Manifest

__all__ = ["Period", "Revision", "Rows", "Sender", "lines_of"]

Sender = Annotated[str | None, Option("--sender", help="Who sends: a division code such as 530100, or a credit code.")]
Period = Annotated[str | None, Option("--period", help="What the data describes: 2026-06, 2026Q2 or 2026.")]
Revision = Annotated[int, Option("--revision", min=1, help="2 and more for a correction of the same period.")]
Rows = Annotated[
    list[int] | None,
    Option(
        "--rows", min=0, help="Data rows as you count them, once per file in order; counted by reading where absent."
    ),
]


def lines_of(manifest: "Manifest", *, counted: bool) -> list[str]:
    """What a manifest states, for the person who answers for it."""
    from bangfu.cli.output import table

    lines = table(
        ("file 文件", "rows 数据行", "bytes 字节"), [(file.name, file.rows, file.size) for file in manifest.files]
    )
    if counted:
        lines.append("The rows were counted by reading the files: check them against your own figures before you send.")
        lines.append("行数是读取文件得出的：请先与本部门的数据核对，再报送。")
    return lines

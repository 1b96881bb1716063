"""What an operator states about a file that is taken out, and the record of it (导出登记)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bangfu.db.exports import Export, record_export
from bangfu.pipeline.context import Context
from bangfu.storage.port import digest_file

__all__ = ["OPERATOR", "Stated", "record_file"]

PROVINCE = "53"


@dataclass(frozen=True)
class Stated:
    """Who takes a file out, what for, and to whom; what is not said is recorded as not said."""

    by: str = "operator"
    purpose: str = "not stated"
    recipient: str = "operator of this installation"


OPERATOR = Stated()
"""Nothing was said."""


def record_file(context: Context, file: Path, stated: Stated, columns: Sequence[str], rows: int) -> str:
    """Record a finished file before it gets its name; return the number of the export."""
    export = Export(
        username=stated.by,
        area_code=PROVINCE,
        recipient=stated.recipient,
        purpose=stated.purpose,
        setting="file on the server of this installation",
        columns=columns,
        rows=rows,
        sha256=digest_file(file),
    )
    with context.engine.begin() as connection:
        return record_export(connection, export)

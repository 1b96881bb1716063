"""Results that came back (结果查看): the recipient's own random ids become rows of its own file again, at home."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from bangfu.encoder.encoding import OWN_ID
from bangfu.errors import Refused
from bangfu.federation.files import write_whole
from bangfu.federation.returning import open_results
from bangfu.federation.rows import open_rows

if TYPE_CHECKING:
    from pathlib import Path

    from bangfu.federation.agreements import Held
    from bangfu.federation.keyfile import KeyFile

__all__ = ["write_results"]


def write_results(package: Path, rows: Path, held: Held, key: KeyFile, out: Path) -> tuple[int, int]:
    """Write a CSV of matched rows: where each stands in the own file, what is told of it, how sure the match is.

    Args:
        package: Folder with the results.
        rows: The sealed table of ids that was kept when the file was encoded.
        held: The agreement.
        key: The key that sealed the table.
        out: The CSV to write; never over another file.

    Returns:
        How many results are of this table, and how many are not.

    Raises:
        Refused: As `open_results` and `open_rows`; `file_exists`.
    """
    results, _ = open_results(package, held)
    table, _ = open_rows(rows, key.key)
    ours = results.join(table, on=OWN_ID, how="inner")
    if results.height and not ours.height:
        raise Refused(
            "results_foreign",
            "结果与这份对照表不对应：请选用编码当次留存的对照表文件",
            "None of the results is of this table; take the one that was kept when that package was encoded.",
        )
    told = ours.drop(OWN_ID).select("sheet", "sheet_row", "member", "reason", "month", "band", "confidence")
    content = io.BytesIO()
    told.sort("sheet", "sheet_row", "member").write_csv(content, include_bom=True)
    write_whole(out, content.getvalue())
    return ours.height, results.height - ours.height

"""Landing a file (落地): the cells that may be held, as text, sealed under the extract's key.

The bytes themselves are not kept: they may hold columns that must not be held (银行卡号 ...), and the reader in its
child process gives on only what the source's allow-list names. What was sent is known by its sha256.
"""

import json
import signal
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from bangfu.db.registry import Landed
from bangfu.errors import Refused
from bangfu.pipeline.context import Context
from bangfu.pipeline.overlap import behind
from bangfu.pipeline.sealed import ensure_data_key, file_digest
from bangfu.pipeline.steps import Step, step
from bangfu.readers import Parser, ReadReport, raw_schema
from bangfu.storage import keys
from bangfu.vault import TableWriter, describe_table
from schemas.source import Source

__all__ = ["READING", "LandedCells", "landing_schema", "put_cells", "read_cells", "reading_of"]

READING = "bangfu.reading"
"""Name of the reading report in a landed table's metadata."""
_INTEGERS = frozenset({"row_number", "sheet_row", "member"})


@dataclass(frozen=True)
class LandedCells:
    """The cells of one file in a sealed table on the local disk, not yet in the store.

    Attributes:
        path: The table.
        report: How the file was understood.
    """

    path: Path
    report: ReadReport


def landing_schema(source: Source) -> pa.Schema:
    """The Parquet schema of landed cells: where a row stands, then every declared field as text."""
    return pa.schema([(name, pa.int64() if name in _INTEGERS else pa.string()) for name in raw_schema(source)])


def read_cells(
    context: Context, parser: Parser, source: Source, extract_id: str, path: Path, folder: Path
) -> LandedCells:
    """Read a file into a sealed table.

    Args:
        context: The installation.
        parser: Reads in a process apart.
        source: What the source declares.
        extract_id: Whose key seals the cells.
        path: The file as received.
        folder: Where to write.

    Raises:
        Refused: The file cannot or may not be read; where its reader was killed, that happened twice.
    """
    target = folder / f"{extract_id}.parquet"
    passwords = context.settings.workbook_passwords.get(source.code, ())
    key = ensure_data_key(context, extract_id)

    def attempt() -> LandedCells:
        with TableWriter(target, landing_schema(source), key) as writer:
            with behind(writer.write) as keep:
                report = parser.read(path, source, keep, passwords=passwords)
            writer.describe({READING: json.dumps(report.to_json(), ensure_ascii=False)})
        return LandedCells(target, report)

    try:
        return attempt()
    except Refused:
        if parser.usage is None or parser.usage.exit_code != -signal.SIGKILL:
            raise
    return attempt()  # killed by somebody else, such as the system when memory ran out: the file may well be sound


def put_cells(
    context: Context, source: Source, extract_id: str, cells: LandedCells, received: tuple[str, int]
) -> Landed:
    """Put landed cells into the store.

    Args:
        context: The installation.
        source: What the source declares.
        extract_id: The extract.
        cells: What was read.
        received: sha256 and size of the bytes as received.
    """
    digest = file_digest(cells.path)
    key = keys.landing(source.code, extract_id, digest)
    with step(Step.PUT_LANDING):
        context.store.put(key, cells.path, sha256=digest)
    return Landed(source.code, received[0], received[1], cells.report.rows, key)


def reading_of(path: Path, key: bytes | None) -> ReadReport:
    """The reading report of a landed table."""
    return ReadReport.from_json(json.loads(describe_table(path, key).metadata[READING]))

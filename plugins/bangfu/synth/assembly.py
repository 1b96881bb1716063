"""Puts the partners' files together from what the parts of the province wrote down (各部门报送文件)."""

from __future__ import annotations

import contextlib
import random
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Literal

import polars as pl

from bangfu.synth.corrections import corrected, supplement
from bangfu.synth.deliveries import EXTRACTS, LATE, PROVINCE, Delivery, Sent, period_of, sender_of, stated
from bangfu.synth.extracts import PAPERS, STREAMS
from bangfu.synth.workbooks import XLS_ROWS, write
from bangfu.synth.written import LATER
from schemas.reference import divisions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bangfu.synth.extracts import Paper
    from bangfu.synth.request import SynthRequest

Kind = Literal["regular", "late", "correction", "supplement"]
_FILE_ROWS = 20_000
_PACKED = (2026, 1, 5, 9, 0, 0)
"""Date in a zip: always the same, so that the bytes are."""
_ZIPPED = "contribution_base"
"""The source of which one sender compresses its file."""
_OWN_SPREADSHEET = "county-"
"""Prefix of the file key of a county that sends a spreadsheet with its prefecture's delivery."""


@dataclass(frozen=True)
class Assembly:
    """A file, or a series of files, to put together from the parts.

    Attributes:
        source: source code.
        key: file key of `bangfu.synth.written`.
        kind: ``regular``; ``late`` (sent after everything else); ``correction`` (the second revision of a regular
            delivery); ``supplement`` (a further payment, sent as a bare file).
        zipped: whether the sender compresses the text file.
    """

    source: str
    key: str
    kind: Kind = "regular"
    zipped: bool = False

    @property
    def division(self) -> str:
        """Code of the division that the rows are about."""
        return PROVINCE if self.kind == "late" else self.key.removeprefix(_OWN_SPREADSHEET)

    def delivery(self, as_of: dt.date) -> Delivery | None:
        """What the files are sent with; None for a bare file."""
        sender = sender_of(self.source, self.division)
        if self.kind == "supplement":
            return None
        if self.kind == "late":
            return Delivery(LATE, self.source, PROVINCE, _year_after(as_of))
        revision = 2 if self.kind == "correction" else 1
        root = LATE if self.kind == "correction" else EXTRACTS
        return Delivery(root, self.source, sender, period_of(self.source, as_of), revision)


def _year_after(day: dt.date) -> str:
    """The year of the next day: what is settled after the extracts were taken."""
    import datetime as dt

    return str((day + dt.timedelta(days=1)).year)


def assemblies(out: Path) -> list[Assembly]:
    """What is to be put together, in order."""
    found: list[Assembly] = []
    for source in sorted({*PAPERS, *STREAMS}):
        keys = sorted(path.name for path in (out / ".parts" / source).glob("*"))
        zipped = keys[-1] if source == _ZIPPED and keys else ""
        found += [Assembly(source, key, "late" if key == LATER else "regular", key == zipped) for key in keys]
        if keys and source == "civil_affairs":
            found.append(Assembly(source, keys[0], "correction"))
        if keys and source == "disaster_relief":
            found.append(Assembly(source, keys[0], "supplement"))
    return found


def assemble(request: SynthRequest, job: Assembly, save: Callable[[pl.DataFrame], None]) -> list[Sent]:
    """Writes the files of one assembly.

    Args:
        request: what is made.
        job: which files.
        save: takes where records stand, part by part: record_key, person_id, household_id, errors, file, row.

    Returns:
        The files as they are sent.
    """
    delivery = job.delivery(request.as_of)
    folder = delivery.folder(request.out) if delivery else request.out / LATE / job.source
    folder.mkdir(parents=True, exist_ok=True)
    parts = sorted((request.out / ".parts" / job.source / job.key).glob("*.parquet"))
    streamed = job.source in STREAMS and not job.key.startswith(_OWN_SPREADSHEET)
    write_files = _stream if streamed else _workbooks
    return [
        Sent(job.source, delivery, stated(folder / name, rows))
        for name, rows in write_files(request, folder, job, parts, save)
    ]


def _stream(
    request: SynthRequest, folder: Path, job: Assembly, parts: list[Path], save: Callable[[pl.DataFrame], None]
) -> Iterator[tuple[str, int]]:
    """One GB18030 CSV, written part by part; its name and rows."""
    stream = STREAMS[job.source]
    title = stream.late_title if job.kind == "late" else stream.title
    text_name = title.format(name=divisions()[job.division].name, month=f"{request.as_of:%Y%m}") + ".csv"
    name = text_name + (".zip" if job.zipped else "")
    row = 2
    with contextlib.ExitStack() as stack:
        file: IO[bytes] = stack.enter_context((folder / name).open("wb"))
        if job.zipped:
            package = stack.enter_context(zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED))
            inside = zipfile.ZipInfo(text_name, _PACKED)
            inside.compress_type = zipfile.ZIP_DEFLATED
            file = stack.enter_context(package.open(inside, "w", force_zip64=True))
        for number, path in enumerate(parts):
            rows = pl.read_parquet(path)
            text = stream.rows(rows).write_csv(include_header=number == 0, line_terminator="\r\n")
            file.write(text.encode("gb18030"))
            save(_places(rows, name, pl.int_range(row, row + rows.height, eager=True)))
            row += rows.height
    yield name, row - 2


def _workbooks(
    request: SynthRequest, folder: Path, job: Assembly, parts: list[Path], save: Callable[[pl.DataFrame], None]
) -> Iterator[tuple[str, int]]:
    """One workbook, or several where one would be too large; their names and rows."""
    paper = PAPERS[job.source]
    for number, rows in enumerate(_batches(request, job, parts)):
        draw = random.Random(f"{request.seed}:{job.source}:{job.key}:{number}")
        suffix = ".xls" if rows.height < XLS_ROWS and draw.random() < paper.old_share else ".xlsx"
        if suffix == ".xls" and paper.wps_share and draw.random() < paper.wps_share:
            suffix = ".et"
        name = _title(paper, job) + (f"_{number + 1}" if number else "") + suffix
        sheet = paper.sheet(draw, rows, request.as_of)
        write(folder / name, [sheet])
        save(_places(rows, name, paper.places(rows, sheet.first_data_row)))
        yield name, len(sheet.rows)


def _title(paper: Paper, job: Assembly) -> str:
    title = paper.title.format(name=divisions()[job.division].name)
    return title + {"correction": "（更正）", "supplement": "（补发）"}.get(job.kind, "")


def _batches(request: SynthRequest, job: Assembly, parts: list[Path]) -> Iterator[pl.DataFrame]:
    """Rows of successive parts, so many at a time as a workbook should hold; a household is never cut."""
    held: list[pl.DataFrame] = []
    for path in parts:
        rows = pl.read_parquet(path)
        if job.kind == "correction":
            rows = corrected(rows, pl.read_parquet(request.out / ".parts" / "persons" / "all" / path.name))
        elif job.kind == "supplement":
            rows = supplement(rows)
        held.append(rows)
        if sum(frame.height for frame in held) >= _FILE_ROWS:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)


def _places(rows: pl.DataFrame, file: str, at: pl.Series) -> pl.DataFrame:
    return rows.select("record_key", "person_id", "household_id", "errors").with_columns(
        file=pl.lit(file), row=at.cast(pl.Int64)
    )

"""Makes the province part by part and lays its extracts and its truth out (合成全省数据).

Parts are made in any order by any number of processes and written to ``.parts``; files that several parts share are then
put together in the parts' order. So the result depends on the request alone, and memory on the size of a part.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import polars as pl

from bangfu.errors import BangfuError
from bangfu.synth.extracts import civil_affairs, disaster_relief, hardship_archive, medical_settlement
from bangfu.synth.extracts.roster import write_rosters
from bangfu.synth.request import Part, SynthRequest, SynthSummary, parts_of
from bangfu.synth.truth import README, RECORD_COLUMNS, household_table, person_table
from bangfu.synth.workbooks import XLS_ROWS, write
from bangfu.synth.world import make_world
from bangfu.synth.written import LATER, write_down
from schemas.reference import divisions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

Progress = "Callable[[str, int, int], None]"
_FILE_ROWS = 20_000
_INLINE_MEMBERS = 15_000
_OURS = {"extracts", "truth", "later", ".parts"}
Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class _Made:
    """Counts of one part."""

    persons: int
    households: int
    unregistered: int
    ethnic: int
    roster_files: int
    roster_rows: int


@dataclass(frozen=True)
class _Assembly:
    """A file, or a series of files, to put together from the parts."""

    source: str
    key: str


def synthesise(request: SynthRequest, progress: Callable[[str, int, int], None] | None = None) -> SynthSummary:
    """Makes a province under ``request.out``: ``extracts/<source>/``, ``later/<source>/`` and ``truth/``.

    Args:
        request: what to make.
        progress: told (label, done, total) as the work goes on.

    Raises:
        BangfuError: the directory holds something else.
    """
    _clear(request.out)
    parts = parts_of(request.members, request.seed)
    tell = progress or (lambda _label, _done, _total: None)
    counts: list[_Made] = []
    with _Workers(request) as run:
        for made in run(_make_part, [(request, part) for part in parts]):
            counts.append(made)
            tell("people and rosters", len(counts), len(parts))
        jobs = _assemblies(request.out)
        files, rows = (
            Counter({"union_roster": sum(c.roster_files for c in counts)}),
            Counter({"union_roster": sum(c.roster_rows for c in counts)}),
        )
        for done, (job, written) in enumerate(
            zip(jobs, run(_assemble, [(request, job) for job in jobs]), strict=True), 1
        ):
            if job.key != LATER:
                files[job.source] += written[0]
                rows[job.source] += written[1]
            tell("partner extracts", done, len(jobs))
    for done, name in enumerate(("persons", "households", "records"), start=1):
        _gather(request.out, name)
        tell("truth", done, 3)
    (request.out / "truth" / "README.md").write_text(README, "utf-8")
    shutil.rmtree(request.out / ".parts")
    return SynthSummary(
        members=request.members,
        persons=sum(c.persons for c in counts),
        households=sum(c.households for c in counts),
        unregistered_hardship=sum(c.unregistered for c in counts),
        files=dict(sorted(files.items())),
        rows=dict(sorted(rows.items())),
        ethnic_names=sum(c.ethnic for c in counts),
    )


def _clear(out: Path) -> None:
    """Empties an earlier province; refuses to touch anything else."""
    if out.exists():
        strangers = sorted(item.name for item in out.iterdir() if item.name not in _OURS)
        if strangers:
            raise BangfuError(f"{out} holds other things ({strangers[0]}): name an empty directory with --out.")
        for name in _OURS:
            shutil.rmtree(out / name, ignore_errors=True)
    (out / "truth").mkdir(parents=True)
    (out / ".parts").mkdir()


class _Workers:
    """Runs tasks in order of their list, here or in processes; small provinces are not worth a process."""

    def __init__(self, request: SynthRequest) -> None:
        self.count = request.workers or os.cpu_count() or 1
        self.pool: ProcessPoolExecutor | None = None
        if self.count > 1 and request.members > _INLINE_MEMBERS:
            self.pool = ProcessPoolExecutor(self.count, multiprocessing.get_context("spawn"))

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self.pool:
            self.pool.shutdown(wait=True, cancel_futures=True)

    def __call__(self, work: Callable[[Task], Result], tasks: list[Task]) -> Iterator[Result]:
        return self.pool.map(work, tasks) if self.pool else map(work, tasks)


def _make_part(task: tuple[SynthRequest, Part]) -> _Made:
    request, part = task
    rng = np.random.default_rng(np.random.SeedSequence(request.seed, spawn_key=(2, part.number)))
    world = make_world(rng, part, request.seed, request.as_of)
    written = write_down(rng, world, request.rates, request.as_of)
    places = write_rosters(request.seed, world, written.union_roster, request.out / "extracts" / "union_roster")
    _save(request.out, "records", "union_roster", part.number, places.with_columns(source=pl.lit("union_roster")))
    for item in fields(written):
        if item.name == "union_roster":
            continue
        rows: pl.DataFrame = getattr(written, item.name)
        for (key,), frame in rows.group_by("file_key", maintain_order=True):
            _save(request.out, item.name, str(key), part.number, frame)
    _save(request.out, "persons", "all", part.number, person_table(world))
    _save(request.out, "households", "all", part.number, household_table(world))
    return _Made(
        persons=world.people.height,
        households=world.households.height,
        unregistered=int(world.households["is_unregistered_hardship"].sum()),
        ethnic=int(world.people.filter("member")["ethnic_style"].sum()),
        roster_files=places["file"].n_unique(),
        roster_rows=places.height,
    )


def _save(out: Path, name: str, key: str, number: int, frame: pl.DataFrame) -> None:
    path = out / ".parts" / name / key / f"{number:05d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path, compression="lz4", statistics=False)


def _assemblies(out: Path) -> list[_Assembly]:
    sources = ("civil_affairs", "disaster_relief", "hardship_archive", "medical_settlement")
    return [_Assembly(source, key.name) for source in sources for key in sorted((out / ".parts" / source).glob("*"))]


def _assemble(task: tuple[SynthRequest, _Assembly]) -> tuple[int, int]:
    """Puts one series of files together and saves where each record stands; returns files and rows."""
    request, job = task
    parts = sorted((request.out / ".parts" / job.source / job.key).glob("*.parquet"))
    folder = request.out / (LATER if job.key == LATER else "extracts") / job.source
    folder.mkdir(parents=True, exist_ok=True)
    if job.source == "medical_settlement" and not job.key.startswith("county-"):
        places = _write_interface(request.as_of, folder, job, parts)
    else:
        places = _write_workbooks(request, folder, job, parts)
    files: set[str] = set()
    rows = 0
    for number, frame in enumerate(places):
        files.add(frame["file"][0])
        rows += frame.height if job.source != "hardship_archive" else frame["row"].n_unique()
        late = pl.lit(job.key == LATER)
        frame = frame.with_columns(source=pl.lit(job.source), sheet=pl.lit(""), late=late)
        _save(request.out, "records", f"{job.source}-{job.key}", number, frame)
    return len(files), rows


def _write_interface(as_of: dt.date, folder: Path, job: _Assembly, parts: list[Path]) -> Iterator[pl.DataFrame]:
    """One GB18030 CSV, written part by part; yields where the rows of each part stand."""
    name = f"{divisions()[job.key].name}_住院结算_{as_of:%Y%m}.csv" if job.key != LATER else "全省_住院结算_补报.csv"
    row = 2
    with (folder / name).open("wb") as file:
        for number, path in enumerate(parts):
            rows = pl.read_parquet(path)
            text = medical_settlement.interface_rows(rows).write_csv(include_header=number == 0, line_terminator="\r\n")
            file.write(text.encode("gb18030"))
            yield _places(rows, name, pl.int_range(row, row + rows.height, eager=True))
            row += rows.height


def _write_workbooks(request: SynthRequest, folder: Path, job: _Assembly, parts: list[Path]) -> Iterator[pl.DataFrame]:
    """One workbook, or several where one would be too large."""
    for number, rows in enumerate(_batches(parts)):
        draw = random.Random(f"{request.seed}:{job.source}:{job.key}:{number}")
        suffix = (
            ".xls" if rows.height < XLS_ROWS and draw.random() < 0.4 and job.source != "hardship_archive" else ".xlsx"
        )
        more = f"_{number + 1}" if number else ""
        if job.source == "civil_affairs":
            name, sheet = (
                f"{divisions()[job.key].name}_社会救助对象名单{more}",
                civil_affairs.sheet(draw, rows, request.as_of),
            )
        elif job.source == "disaster_relief":
            name, sheet = f"{divisions()[job.key].name}_救助款发放花名册{more}", disaster_relief.sheet(draw, rows)
        elif job.source == "hardship_archive":
            name, sheet = f"困难职工档案导出{more}", hardship_archive.sheet(draw, rows)
        else:
            name, sheet = (
                f"{rows['insured_name'][0]}_住院费用结算明细{more}",
                medical_settlement.county_sheet(draw, rows),
            )
        write(folder / f"{name}{suffix}", [sheet])
        first = sheet.first_data_row
        at = (
            hardship_archive.places(rows, first)
            if job.source == "hardship_archive"
            else pl.int_range(first, first + rows.height, eager=True)
        )
        yield _places(rows, name + suffix, at)


def _batches(parts: list[Path]) -> Iterator[pl.DataFrame]:
    """Rows of successive parts, so many at a time as a workbook should hold; a household is never cut."""
    held: list[pl.DataFrame] = []
    for path in parts:
        held.append(pl.read_parquet(path))
        if sum(frame.height for frame in held) >= _FILE_ROWS:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)


def _places(rows: pl.DataFrame, file: str, at: pl.Series) -> pl.DataFrame:
    return rows.select("record_key", "person_id", "household_id", "errors").with_columns(
        file=pl.lit(file), row=at.cast(pl.Int64)
    )


def _gather(out: Path, name: str) -> None:
    """All parts of one truth table as one Parquet file, a row group each, in order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    for path in sorted((out / ".parts" / name).glob("*/*.parquet")):
        frame = pl.read_parquet(path)
        if name == "records":
            if "late" not in frame.columns:
                frame = frame.with_columns(late=pl.lit(False))
            frame = frame.select(RECORD_COLUMNS)
        table = pa.table({column: frame[column].to_arrow() for column in frame.columns})
        table = table.cast(
            pa.schema(
                [
                    (
                        f.name,
                        pa.string() if pa.types.is_large_string(f.type) or str(f.type) == "string_view" else f.type,
                    )
                    for f in table.schema
                ]
            )
        )
        writer = writer or pq.ParquetWriter(out / "truth" / f"{name}.parquet", table.schema, compression="zstd")
        writer.write_table(table)
    if writer:
        writer.close()

"""Makes the province part by part and lays its extracts and its truth out (合成全省数据).

Parts are made in any order by any number of processes and written to ``.parts``; files that several parts share are then
put together in the parts' order, and the manifests are written last. So the result depends on the request alone, and memory
on the size of a part.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import polars as pl

from bangfu.errors import BangfuError
from bangfu.synth.assembly import Assembly, assemble, assemblies
from bangfu.synth.deliveries import EXTRACTS, LATE, Delivery, Sent, announce, period_of, sender_of, stated
from bangfu.synth.extracts.roster import write_rosters
from bangfu.synth.request import Part, SynthRequest, SynthSummary, parts_of
from bangfu.synth.truth import README, RECORD_COLUMNS, household_table, person_table
from bangfu.synth.world import make_world
from bangfu.synth.written import write_down
from schemas.sources import ROSTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bangfu.synth.world import World

Progress = "Callable[[str, int, int], None]"
_INLINE_MEMBERS = 15_000
_OURS = {EXTRACTS, LATE, "truth", ".parts"}
Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class _Made:
    """Counts of one part, and the roster files it wrote."""

    persons: int
    households: int
    unregistered: int
    ethnic: int
    rosters: list[Sent]


def synthesise(request: SynthRequest, progress: Callable[[str, int, int], None] | None = None) -> SynthSummary:
    """Makes a province under ``request.out``: ``extracts/<source>/<delivery>/``, ``later/`` likewise, and ``truth/``.

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
    sent: list[Sent] = []
    with _Workers(request) as run:
        for made in run(_make_part, [(request, part) for part in parts]):
            counts.append(made)
            sent += made.rosters
            tell("people and rosters", len(counts), len(parts))
        jobs = assemblies(request.out)
        for done, written in enumerate(run(_assemble, [(request, job) for job in jobs]), 1):
            sent += written
            tell("partner extracts", done, len(jobs))
    announce(request.out, sent)
    for done, name in enumerate(("persons", "households", "records"), start=1):
        _gather(request.out, name)
        tell("truth", done, 3)
    (request.out / "truth" / "README.md").write_text(README, "utf-8")
    shutil.rmtree(request.out / ".parts")
    return _summary(request, counts, sent)


def _summary(request: SynthRequest, counts: list[_Made], sent: list[Sent]) -> SynthSummary:
    """Counts of all that is there at once; what arrives later is not in it."""
    now = [(item.source, item.delivery, item.file) for item in sent if item.delivery and item.delivery.root == EXTRACTS]
    deliveries = Counter(delivery.source for delivery in {delivery for _, delivery, _ in now})
    rows: Counter[str] = Counter()
    for source, _, file in now:
        rows[source] += file.rows
    return SynthSummary(
        members=request.members,
        persons=sum(c.persons for c in counts),
        households=sum(c.households for c in counts),
        unregistered_hardship=sum(c.unregistered for c in counts),
        deliveries=dict(sorted(deliveries.items())),
        files=dict(sorted(Counter(source for source, _, _ in now).items())),
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
    rosters = _write_rosters(request, world, written.union_roster)
    for item in fields(written):
        if item.name == ROSTER:
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
        rosters=rosters,
    )


def _write_rosters(request: SynthRequest, world: World, rows: pl.DataFrame) -> list[Sent]:
    """The rosters of a part, sent with those of the county's other parts."""
    sender = sender_of(ROSTER, world.place.division.code)
    delivery = Delivery(EXTRACTS, ROSTER, sender, period_of(ROSTER, request.as_of))
    folder = delivery.folder(request.out)
    places = write_rosters(request.seed, world, rows, folder)
    marks = {"source": pl.lit(ROSTER), "delivery": pl.lit(delivery.name), "late": pl.lit(False)}
    _save(request.out, "records", ROSTER, world.part.number, places.with_columns(**marks))
    sizes = places.group_by("file", maintain_order=True).len()
    return [Sent(ROSTER, delivery, stated(folder / name, count)) for name, count in sizes.iter_rows()]


def _save(out: Path, name: str, key: str, number: int, frame: pl.DataFrame) -> None:
    path = out / ".parts" / name / key / f"{number:05d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path, compression="lz4", statistics=False)


def _assemble(task: tuple[SynthRequest, Assembly]) -> list[Sent]:
    """Writes the files of one assembly and saves where each record stands."""
    request, job = task
    delivery = job.delivery(request.as_of)
    marks = {
        "source": pl.lit(job.source),
        "delivery": pl.lit(delivery.name if delivery else ""),
        "sheet": pl.lit(""),
        "late": pl.lit(job.kind != "regular"),
    }
    number = count()

    def save(places: pl.DataFrame) -> None:
        _save(request.out, "records", f"{job.source}-{job.key}-{job.kind}", next(number), places.with_columns(**marks))

    return assemble(request, job, save)


def _gather(out: Path, name: str) -> None:
    """All parts of one truth table as one Parquet file, a row group each, in order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    for path in sorted((out / ".parts" / name).glob("*/*.parquet")):
        frame = pl.read_parquet(path)
        if name == "records":
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

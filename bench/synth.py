"""How long a synthetic province takes, what memory, and how much it writes: one line per size.

    python bench/synth.py --members 100000 1000000 --seed 1 [--workers N] [--out DIR] [--profile]

Peak memory is that of the largest process, and of all processes together where the system tells (sampled ten times a
second). The province is removed again, unless ``--keep`` is given. ``--profile`` makes it in one process and
prints where the time goes.
"""

import argparse
import cProfile
import multiprocessing
import os
import pstats
import shutil
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bangfu.cli.output import table
from bangfu.synth import SynthRequest, synthesise

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Measured:
    """One province: seconds, memory in bytes, bytes and files on disk."""

    members: int
    persons: int
    seconds: float
    largest_process: int
    all_processes: int
    written: int
    files: int

    def row(self) -> tuple[str, ...]:
        """The cells of a line."""
        numbers = (self.members, self.persons, self.members / self.seconds)
        sizes = (self.largest_process, self.all_processes, self.written)
        return (
            *(f"{number:,.0f}" for number in numbers),
            f"{self.seconds:.1f}",
            *(f"{size / 1e6:,.0f}" for size in sizes),
            f"{self.files:,}",
        )


_HEADER = ("members", "persons", "members/s", "seconds", "peak MB, largest", "peak MB, all", "MB written", "files")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--members", type=int, nargs="+", default=[100_000])
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--workers", type=int, help="processes; one per core by default")
    arguments.add_argument("--out", type=Path, help="where to write; a fresh directory by default")
    arguments.add_argument("--keep", action="store_true", help="leave the last province for a look")
    arguments.add_argument("--profile", action="store_true", help="one process, and where its time goes")
    given = arguments.parse_args()
    out = given.out or Path(tempfile.mkdtemp(prefix="bangfu-bench-"))
    try:
        rows = []
        for members in given.members:
            request = SynthRequest(members, given.seed, out, workers=1 if given.profile else given.workers)
            rows.append((_profiled if given.profile else _in_own_process)(request).row())
        print("\n".join(table(_HEADER, rows)))
    finally:
        if not given.keep:
            shutil.rmtree(out)


def _in_own_process(request: SynthRequest) -> Measured:
    """Measures in a fresh process: the peak of a process never falls again."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, request).result()


def _profiled(request: SynthRequest) -> Measured:
    profile = cProfile.Profile()
    measured = profile.runcall(_measured, request)
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    return measured


def _measured(request: SynthRequest) -> Measured:
    watch = _Watch()
    started = time.perf_counter()
    with watch:
        summary = synthesise(request)
    seconds = time.perf_counter() - started
    files = [path for path in request.out.rglob("*") if path.is_file()]
    written = sum(path.stat().st_size for path in files)
    return Measured(request.members, summary.persons, seconds, watch.largest, watch.together, written, len(files))


class _Watch(threading.Thread):
    """Samples the resident memory of this process and its children."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.largest = self.together = 0
        self._end = threading.Event()

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self.join()

    def run(self) -> None:
        while not self._end.wait(0.1):
            sizes = [_resident(number) for number in _family(os.getpid())]
            self.largest = max(self.largest, *sizes)
            self.together = max(self.together, sum(sizes))


def _family(process: int) -> list[int]:
    found = [process]
    with suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += _family(int(child))
    return found


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


if __name__ == "__main__":
    main()

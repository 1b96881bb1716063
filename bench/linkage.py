"""Our linkage side by side with Splink 5 and recordlinkage, on the same tables, rules and comparisons, in one run.

    python bench/linkage.py --case sparse --members 1M [--rounds 3] [--engines ours,splink,recordlinkage] [--threads 2]
    python bench/linkage.py --case settlements --left 10M --right 3M --growth
    python bench/linkage.py --case dense --members 1M --engines ours --profile

Cases are declared in `cases.py`, how each engine does them in `contestants.py`, the tables in `tables.py`. Each
measurement is a fresh process, engines take turns, and the best round counts. Measured is the whole job: reading
Parquet, encoding, blocking, estimating u and m, scoring, and handing over the pairs of p >= 0.5; importing libraries is
left out. Every engine runs once on a few rows first, so that no kernel is compiled while the clock runs, and in each
process again, so that nothing is imported meanwhile. Memory is the peak of the process. recordlinkage gets a smaller
table (`--small`): compare it by the pair.
"""

import argparse
import json
import logging
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from bench.cases import CASES, Case
from bench.contestants import CONTESTANTS, Outcome

PAGE = os.sysconf("SC_PAGE_SIZE")
FEW = 2_000
"""Rows of both tables of the job that every process does before it is measured."""


@dataclass(frozen=True)
class Measured:
    """One run of one engine; memory in MB."""

    engine: str
    left: int
    right: int
    seconds: float
    cpu: float
    memory: float
    candidates: int
    accepted: int
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)

    def line(self) -> str:
        return (
            f"{self.engine:<15}{f'{self.left:,} x {self.right:,}':<24}{self.seconds:>9.2f}{self.cpu:>9.2f}{self.memory:>9,.0f}"
            f"{self.candidates:>14,}{self.candidates / self.seconds:>13,.0f}{self.candidates / self.cpu:>13,.0f}"
            f"{self.precision:>8.4f}{self.recall:>8.4f}{self.f1:>8.4f}"
        )


HEADER = (
    f"{'engine':<15}{'rows':<24}{'seconds':>9}{'CPU s':>9}{'peak MB':>9}{'candidates':>14}{'pairs/s':>13}{'pairs/CPU s':>13}"
    f"{'prec.':>8}{'recall':>8}{'F1':>8}"
)


@dataclass(frozen=True)
class Bench:
    """A case, where its tables lie, and how it is run."""

    case: str
    home: Path
    seed: int
    threads: int
    most_memory: float

    def tables(self, left: int, right: int) -> Path:
        """The folder with the tables of that size, written if need be, by a process of its own: memory counts from a parent, too."""
        folder = self.home / f"{self.case}-{left}-{right}-{self.seed}"
        if not (folder / "truth.parquet").exists():
            write = CASES[self.case].write
            code = (
                f"from pathlib import Path; from bench.tables import {write.__name__} as w; "
                f"w(Path({str(folder)!r}), {left}, {right}, seed={self.seed})"
            )
            subprocess.run([sys.executable, "-c", code], check=True, env=_environment())
        return folder

    def measure(self, engine: str, left: int, right: int, *, profile: bool = False) -> Measured:
        """One run in a fresh process, ended if it takes more memory than allowed."""
        folder = self.tables(left, right)
        answer = self.home / f"answer-{os.getpid()}.json"
        answer.unlink(missing_ok=True)
        child = {
            "engine": engine, "case": self.case, "first": str(self.tables(FEW, FEW)), "folder": str(folder), "threads": self.threads,
            "profile": profile, "answer": str(answer),
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.linkage", "--child", json.dumps(child)], env=_environment()
        )
        while process.poll() is None:
            time.sleep(0.2)
            if _resident(process.pid) > self.most_memory * 1e9:
                process.kill()
                process.wait()
                raise SystemExit(f"{engine} took more than {self.most_memory:g} GB and was ended")
        if process.returncode:
            raise SystemExit(f"{engine} failed")
        return Measured(engine, left, right, **json.loads(answer.read_text()))


def main() -> None:
    given = _arguments()
    if given.child:
        _child(**json.loads(given.child))
        return
    with tempfile.TemporaryDirectory(prefix="bangfu-bench-") as temporary:
        home = given.data or Path(temporary)
        home.mkdir(parents=True, exist_ok=True)
        left = given.left or given.members
        right = given.right or int(given.members * CASES[given.case].share_right)
        bench = Bench(given.case, home, given.seed, given.threads, given.most_memory)
        print(
            f"case {given.case}, seed {given.seed}, {given.threads} threads, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        )
        engines = ["ours"] if CASES[given.case].model else given.engines.split(",")
        for engine in engines:
            bench.measure(engine, FEW, FEW)
        if given.profile:
            bench.measure("ours", left, right, profile=True)
        elif given.growth:
            _growth(bench, left, right, given.rounds)
        else:
            _side_by_side(bench, engines, (left, right), given.small, given.rounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=CASES, default="sparse")
    parser.add_argument("--members", type=_count, default=100_000, help="rows of both tables, such as 100k, 1M, 10M")
    parser.add_argument("--left", type=_count, help="rows of the left table")
    parser.add_argument("--right", type=_count, help="rows of the right table")
    parser.add_argument("--small", type=_count, default=100_000, help="most rows of each table for recordlinkage")
    parser.add_argument("--engines", default=",".join(CONTESTANTS))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="keep the tables there and use them again")
    parser.add_argument("--most-memory", type=float, default=16, help="GB; a process that takes more is ended")
    parser.add_argument("--profile", action="store_true", help="our stages, and the memory's share of them")
    parser.add_argument("--growth", action="store_true", help="ours at a tenth of the rows and at all of them")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


def _count(text: str) -> int:
    """A number such as 300k or 10M."""
    return int(float(text.rstrip("kM")) * {"k": 1_000, "M": 1_000_000}.get(text[-1], 1))


def _side_by_side(bench: Bench, engines: list[str], rows: tuple[int, int], small: int, rounds: int) -> None:
    runs: dict[str, list[Measured]] = {engine: [] for engine in engines}
    print(HEADER)
    for _ in range(rounds):
        for engine in engines:
            size = (min(rows[0], small), min(rows[1], small)) if engine == "recordlinkage" else rows
            runs[engine].append(bench.measure(engine, *size))
            print(runs[engine][-1].line(), flush=True)
    if "ours" not in runs:
        return
    own = _best(runs.pop("ours"))
    for engine, other in ((engine, _best(of)) for engine, of in runs.items()):
        same = (own.left, own.right) == (other.left, other.right)
        whole = f"{other.seconds / own.seconds:.1f} times the time, {other.cpu / own.cpu:.1f} times the CPU time, "
        memory = f"; ours takes {own.memory / other.memory:.2f} of its memory"
        pairs = own.candidates / other.candidates
        print(
            f"{engine} takes {whole if same else ''}{pairs * other.seconds / own.seconds:.1f} times the time and "
            f"{pairs * other.cpu / own.cpu:.1f} times the CPU time by the pair{memory if same else ''}"
        )


def _best(runs: list[Measured]) -> Measured:
    """The least time, CPU time and memory of several rounds."""
    return replace(runs[0], **{name: min(getattr(run, name) for run in runs) for name in ("seconds", "cpu", "memory")})


def _growth(bench: Bench, left: int, right: int, rounds: int) -> None:
    """Exponents of growth over one power of ten."""
    print(HEADER)
    best = []
    for part in (10, 1):
        best.append(_best([bench.measure("ours", left // part, right // part) for _ in range(rounds)]))
        print(best[-1].line(), flush=True)
    few, many = best
    print(
        "growth exponent over a power of ten: "
        + ", ".join(
            f"{name} {math.log10(getattr(many, name) / getattr(few, name)):.2f}"
            for name in ("seconds", "cpu", "memory", "candidates")
        )
    )


def _child(engine: str, case: str, first: str, folder: str, threads: int, profile: bool, answer: str) -> None:
    """Measure one engine in this process, after it has done a few rows: libraries import much of themselves on first use."""
    logging.disable(logging.WARNING)  # Splink comments on every level that a training rule never sees
    CONTESTANTS[engine](CASES[case], Path(first), threads)()
    job = CONTESTANTS[engine](CASES[case], Path(folder), threads)
    stages = None
    if profile:
        from bench.stages import Stages

        stages = Stages()
        stages.start()
    started, before = time.perf_counter(), _processor()
    outcome = job()
    seconds, cpu = time.perf_counter() - started, _processor() - before
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    candidates = outcome.candidates()
    if stages:
        stages.stop()
        print("\n".join(stages.lines()))
        _print_memory_limit(CASES[case], Path(folder), threads, candidates, cpu / threads)
    precision, recall = _scored(outcome, Path(folder))
    measured = {
        "seconds": seconds, "cpu": cpu, "memory": memory, "candidates": candidates, "accepted": len(outcome.pairs),
        "precision": precision, "recall": recall,
    }  # fmt: skip
    Path(answer).write_text(json.dumps(measured))


def _processor() -> float:
    """Processor's seconds of this process, its threads and the children it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(item.ru_utime + item.ru_stime for item in used)


def _scored(outcome: Outcome, folder: Path) -> tuple[float, float]:
    """Precision and recall of the accepted pairs against the truth."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    truth = pq.read_table(folder / "truth.parquet")
    found, true = (
        pc.binary_join_element_wise(table["left_id"].cast("string"), table["right_id"].cast("string"), " ")
        for table in (outcome.pairs, truth)
    )
    right = pc.sum(pc.is_in(found, value_set=true)).as_py() or 0
    return right / max(len(found), 1), right / max(len(true), 1)


def _print_memory_limit(case: Case, folder: Path, threads: int, candidates: int, seconds: float) -> None:
    """What of the time the memory alone would take: the tables read once, and a word for each pair, comparison and side."""
    import pyarrow.parquet as pq

    from bench.bandwidth import LARGE, gather_rate, streaming_rate
    from matching import Model

    sides = [pq.read_table(folder / f"{side}.parquet") for side in ("left", "right")]
    size = sum(side.nbytes for side in sides)
    comparisons = len(Model.load(case.model).comparisons) if case.model else len(case.compared)
    rows = max(len(side) for side in sides)
    fetches = candidates * comparisons * 2
    streaming, near, far = streaming_rate(threads), gather_rate(rows, threads), gather_rate(LARGE, threads)
    need = size / streaming + fetches / near
    print(
        f"\nmemory: {streaming / 1e9:.1f} GB/s in order; {near / 1e6:.0f} M words/s from anywhere in {rows:,} words, "
        f"{far / 1e6:.0f} M words/s in {LARGE:,}\n"
        f"{size / 1e6:,.0f} MB of tables read once and {fetches / 1e6:,.0f} M words fetched ({candidates:,} pairs x {comparisons} "
        f"comparisons x 2 sides) take {need:.2f} s: {need / seconds:.0%} of the {seconds:.2f} s that {threads} cores need at least"
    )


def _environment() -> dict[str, str]:
    """This project on the path of a child."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


if __name__ == "__main__":
    main()

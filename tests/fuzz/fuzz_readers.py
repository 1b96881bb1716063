"""Fuzzes the code that reads partners' bytes, in the process that reads them.

Run as a program: `python fuzz_readers.py KIND -runs=N`, KIND being `text`, `xlsx` or `xls`. Inputs start from small
valid files and are changed where it matters: an XLSX inside the parts of its package (`tests.fuzz.packages`). Whatever the bytes, a file is read
or refused: then every batch has exactly the source's columns, and no two rows share a number. An XLS is read in a
forked process under the service's limits, since a few changed bytes make its parser ask for all memory there is;
that this process ends is within the contract, and counted.

Every hundred inputs a line of the output is a JSON object with what was run.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "plugins"), str(ROOT)]

import atheris  # noqa: E402
import python_calamine  # noqa: E402

with atheris.instrument_imports(include=["bangfu.readers"]):
    from bangfu.errors import Refused
    from bangfu.readers.declared import Declaration
    from bangfu.readers.raw import complete, raw_schema
    from bangfu.readers.reading import Task, read_file
    from bangfu.readers.safety import Limits

from schemas.sources import SOURCES  # noqa: E402
from tests.fuzz.packages import changed_package  # noqa: E402
from tests.fuzz.seeds import SEEDS  # noqa: E402

SOURCE = SOURCES["hardship_archive"]
SCHEMA = raw_schema(SOURCE)
LIMITS = Limits(inflated_bytes=8 << 20, sparse_cells=20_000, base_bytes=256 << 20)
OUTCOMES: Counter[str] = Counter()
SOUND = SEEDS["xlsx"]()[0]
REACHED: Counter[str] = Counter()
"""Inputs whose package was found sound, whose workbook was opened, one of whose sheets was parsed."""
_PARSER = python_calamine.CalamineWorkbook
_TOLD_EVERY = 100
_FILE = os.memfd_create("input")
_PATH = Path(f"/proc/self/fd/{_FILE}")


def read_once(data: bytes) -> str:
    """Read some bytes and check the contract.

    Returns:
        `read`, or the code of the refusal.

    Raises:
        AssertionError: A batch has other columns, or two rows share a number.
    """
    os.ftruncate(_FILE, 0)
    os.pwrite(_FILE, data, 0)
    numbers: list[int] = []

    def take(batch: object) -> None:
        whole = complete(batch, SCHEMA)  # type: ignore[arg-type]
        assert dict(whole.schema) == SCHEMA
        assert set(batch.columns) <= set(SCHEMA)  # type: ignore[attr-defined]
        numbers.extend(whole["row_number"].to_list())

    task = Task(Declaration.of(SOURCE), ("密码",), LIMITS, block_bytes=64 if len(data) % 2 else 1 << 20)
    try:
        report = read_file(_PATH, task, take)
    except Refused as refused:
        return refused.code
    assert len(set(numbers)) == len(numbers) == report.persons
    return "read"


def read_apart(data: bytes) -> str:
    """`read_once` in a forked process with little memory."""
    child = os.fork()
    if not child:
        code = 1
        try:
            sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
            os.dup2(sys.stderr.fileno(), 2)
            import signal

            for number in (signal.SIGABRT, signal.SIGSEGV, signal.SIGALRM):
                signal.signal(number, signal.SIG_DFL)
            signal.alarm(20)
            have = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (have + (1 << 30), have + (1 << 30)))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            read_once(data)
            code = 0
        except MemoryError:
            code = 0
        finally:
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status <= 0, "the reader broke its contract"
    return "ended" if status else "read or refused"


def change_package(data: bytes, size: int, seed: int) -> bytes:
    """The fuzzer's change of an XLSX."""
    return changed_package(data, SOUND, size, random.Random(seed), atheris.Mutate)


class _Counted:
    """The parser of workbooks, which counts the inputs that reach it and the parsing of their sheets."""

    def __init__(self, book: python_calamine.CalamineWorkbook) -> None:
        self._book, self._asked = book, False

    @classmethod
    def from_object(cls, file: object) -> _Counted:
        REACHED["package"] += 1
        book = cls(_PARSER.from_object(file))
        REACHED["workbook"] += 1
        return book

    def __getattr__(self, name: str) -> object:
        return getattr(self._book, name)

    def get_sheet_by_index(self, index: int) -> object:
        if not self._asked:
            REACHED["sheet"] += 1
        self._asked = True
        return self._book.get_sheet_by_index(index)


def main() -> None:
    """Fuzz one kind of file."""
    kind = sys.argv.pop(1)
    one = read_apart if kind == "xls" else read_once
    python_calamine.CalamineWorkbook = _Counted

    def test_one_input(data: bytes) -> None:
        OUTCOMES[one(data)] += 1
        if OUTCOMES.total() % _TOLD_EVERY == 0:  # the fuzzer ends this process without another word
            print(
                json.dumps({"kind": kind, "inputs": OUTCOMES.total(), "outcomes": OUTCOMES, "reached": REACHED}),
                flush=True,
            )

    with tempfile.TemporaryDirectory(prefix="bangfu-fuzz-") as corpus:
        for number, seed in enumerate(SEEDS[kind]()):
            (Path(corpus) / str(number)).write_bytes(seed)
        options = {"custom_mutator": change_package} if kind == "xlsx" else {}
        atheris.Setup(
            [*sys.argv, "-max_len=65536", "-len_control=0", "-print_final_stats=0", corpus], test_one_input, **options
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()

"""The processes that read files: what they may do, how they end, and that nobody is harmed by it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import polars as pl
import pytest

from bangfu.errors import BangfuError, Refused
from bangfu.readers import Parser, raw_schema, read
from bangfu.readers.parser import read_whole
from bangfu.readers.raw import BATCH_ROWS
from bangfu.readers.safety import Limits
from schemas.sources import SOURCES
from tests.bangfu.readers.extracts import HEADER, PARSER, PEOPLE, assert_clear, changed_package, csv_file, xlsx_file

ROSTER = SOURCES["union_roster"]
ABORTING = (
    b"<!--" + b" " * (2 << 20) + b'--><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    b'uniqueCount="2000000000"><si/></sst>'
)
"""Shared strings that make the parser reserve 48 GB and end its process; a long remark hides them from the look before."""


def aborting(path: Path) -> Path:
    return changed_package(xlsx_file(path, [HEADER, *PEOPLE]), {"xl/sharedStrings.xml": ABORTING})


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"


def gone(pid: int, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(pid)


def test_batches_have_the_schema_and_a_bounded_size(tmp_path: Path) -> None:
    rows = [HEADER, *[(f"人{n}", str(n), "") for n in range(300_000)]]
    batches: list[pl.DataFrame] = []
    report = PARSER.read(csv_file(tmp_path / "a.csv", rows), ROSTER, batches.append)
    assert {tuple(batch.schema.items()) for batch in batches} == {tuple(raw_schema(ROSTER).items())}
    assert max(batch.height for batch in batches) <= BATCH_ROWS
    assert pl.concat(batches)["name"].to_list() == [name for name, *_ in rows[1:]]
    assert (report.rows, report.persons) == (300_000, 300_000)


def test_one_file_after_the_other(tmp_path: Path) -> None:
    good, bad = csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE]), csv_file(tmp_path / "b.csv", [("天气", "心情")])
    for _ in range(3):
        assert read_whole(PARSER, good, ROSTER).rows == 2
        with pytest.raises(Refused):
            read_whole(PARSER, bad, ROSTER)
        assert PARSER.usage is not None
        assert PARSER.usage.exit_code == 0


def test_a_file_that_ends_its_reader_ends_nothing_else(tmp_path: Path) -> None:
    good, bad = csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE]), aborting(tmp_path / "b.xlsx")
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            read_whole(PARSER, bad, ROSTER)
        assert refused.value.code == "oversized_workbook"
        assert_clear(refused.value)
        assert PARSER.usage is not None
        assert PARSER.usage.exit_code == -signal.SIGABRT
        assert read_whole(PARSER, good, ROSTER).rows == 2


def test_a_reader_that_hands_over_nothing_is_given_up(tmp_path: Path) -> None:
    fifo = tmp_path / "never.csv"
    os.mkfifo(fifo)
    writer = os.open(fifo, os.O_RDWR)  # a file that never ends and never says anything
    try:
        with Parser(Limits(seconds=1)) as parser:
            with pytest.raises(Refused) as refused:
                read_whole(parser, fifo, ROSTER)
            assert parser.usage is not None
            assert parser.usage.exit_code == -signal.SIGALRM
    finally:
        os.close(writer)
    assert refused.value.code == "oversized_file"
    assert_clear(refused.value)


def test_a_reader_with_too_little_memory(tmp_path: Path) -> None:
    rows = [HEADER, *[(f"人{n}", str(n), "") for n in range(100_000)]]
    path = xlsx_file(tmp_path / "a.xlsx", rows)
    with Parser(Limits(base_bytes=20 << 20, bytes_per_byte=0)) as parser, pytest.raises(Refused) as refused:
        read_whole(parser, path, ROSTER)
    assert refused.value.code == "oversized_workbook"


def test_a_consumer_that_fails_ends_the_reader_and_keeps_its_error(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADER, *[(f"人{n}", str(n), "") for n in range(300_000)]])

    def fail(_: pl.DataFrame) -> None:
        raise ValueError("disk full")

    with pytest.raises(ValueError, match="disk full"):
        PARSER.read(path, ROSTER, fail)
    assert read_whole(PARSER, csv_file(tmp_path / "b.csv", [HEADER, *PEOPLE]), ROSTER).rows == 2


def test_a_slow_consumer_is_no_slow_reader(tmp_path: Path) -> None:
    """The alarm is for the file, not for the database behind us."""
    path = csv_file(tmp_path / "a.csv", [HEADER, *[(f"人{n}", str(n), "地址" * 20) for n in range(100_000)]])
    taken: list[int] = []

    def take(batch: pl.DataFrame) -> None:
        if not taken:
            time.sleep(5)
        taken.append(batch.height)

    with Parser(Limits(seconds=4)) as parser:
        parser.read(path, ROSTER, take)
    assert sum(taken) == 100_000


def test_a_server_that_died_is_started_again(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE])
    with Parser() as parser:
        read_whole(parser, path, ROSTER)
        first = parser._server
        assert first is not None
        os.kill(first.pid, signal.SIGKILL)
        assert gone(first.pid)
        assert read_whole(parser, path, ROSTER).rows == 2
        assert parser._server is not None
        assert parser._server.pid != first.pid


def test_a_server_that_dies_while_it_reads_is_not_the_file_s_fault(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADER, *[(f"人{n}", str(n), "") for n in range(400_000)]])
    with Parser() as parser:

        def take(_: pl.DataFrame) -> None:
            assert parser._server is not None
            os.kill(parser._server.pid, signal.SIGKILL)

        with pytest.raises(BangfuError) as failure:
            parser.read(path, ROSTER, take)
        assert not isinstance(failure.value, Refused)
        assert read_whole(parser, csv_file(tmp_path / "b.csv", [HEADER, *PEOPLE]), ROSTER).rows == 2


def test_nothing_survives_a_parent_that_is_killed(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADER, *[(f"人{n}", str(n), "") for n in range(400_000)]])
    program = (
        "import sys, time, json; sys.path[:0] = json.loads(sys.argv[1])\n"
        "from pathlib import Path\n"
        "from bangfu.readers import Parser\n"
        "from schemas.sources import SOURCES\n"
        "parser = Parser()\n"
        "def take(batch):\n"
        "    print(parser._server.pid, flush=True)\n"
        "    time.sleep(600)\n"
        "parser.read(Path(sys.argv[2]), SOURCES['union_roster'], take)\n"
    )
    command = [sys.executable, "-c", program, json.dumps(sys.path), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        children = [int(pid) for pid in Path(f"/proc/{server}/task/{server}/children").read_text().split()]
        assert len(children) == 1
        parent.kill()
    assert gone(server)
    assert gone(children[0])


def test_the_context_ends_the_server(tmp_path: Path) -> None:
    with Parser() as parser:
        read_whole(parser, csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE]), ROSTER)
        assert parser._server is not None
        pid = parser._server.pid
        assert alive(pid)
    assert not alive(pid)


def test_a_process_forked_from_this_one_has_a_server_of_its_own(tmp_path: Path) -> None:
    """Airflow forks; two processes that talk to one server would get each other's rows."""
    path = csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE])
    with Parser() as parser:
        read_whole(parser, path, ROSTER)
        assert parser._server is not None
        mine = parser._server
        parser._server._owner += 1  # as it is in a forked process
        assert read_whole(parser, path, ROSTER).rows == 2
        assert parser._server is not mine
        mine._owner -= 1
        mine.close()


def test_threads_may_have_parsers_of_their_own(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE])
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(read(path, ROSTER).rows)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2, 2, 2]


def test_the_reader_sees_no_secret_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It works on the least trusted bytes there are; the address of the database is none of its business."""
    monkeypatch.setenv("BANGFU_DATABASE_URL", "postgresql://owner:secret@localhost/bangfu")
    with Parser() as parser:
        read_whole(parser, csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE]), ROSTER)
        assert parser._server is not None
        environment = Path(f"/proc/{parser._server.pid}/environ").read_bytes()
    assert b"secret" not in environment
    assert b"PATH=" in environment


def test_a_reader_cannot_write_a_file_nor_take_what_it_likes(tmp_path: Path) -> None:
    """Its limits while it works, as the system tells them."""
    path = csv_file(tmp_path / "a.csv", [HEADER, *[(f"人{n}", str(n), "") for n in range(400_000)]])
    limits: list[str] = []

    def take(_: pl.DataFrame) -> None:
        if not limits:
            assert PARSER._server is not None
            server = PARSER._server.pid
            child = Path(f"/proc/{server}/task/{server}/children").read_text().split()[0]
            limits.extend(Path(f"/proc/{child}/limits").read_text().splitlines())

    PARSER.read(path, ROSTER, take)
    soft = {line[:26].strip(): line[26:].split()[0] for line in limits}
    assert soft["Max file size"] == "0"
    assert soft["Max core file size"] == "0"
    assert soft["Max open files"] == "64"
    assert int(soft["Max data size"]) < 1 << 30
    assert int(soft["Max address space"]) < 4 << 30


def test_nothing_is_left_open(tmp_path: Path) -> None:
    """Thousands of enterprises send workbooks: an open pipe for each would end the receiving process."""
    good, bad = xlsx_file(tmp_path / "a.xlsx", [HEADER, *PEOPLE]), aborting(tmp_path / "b.xlsx")
    read_whole(PARSER, good, ROSTER)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        read_whole(PARSER, good, ROSTER)
        with pytest.raises(Refused):
            read_whole(PARSER, bad, ROSTER)
    assert len(os.listdir("/proc/self/fd")) == before

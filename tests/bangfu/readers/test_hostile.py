"""The hostile corpus: every file is read or refused with a reason, within half a gigabyte, and nothing is left behind."""

import contextlib
import os
import resource
from pathlib import Path

import pytest

from bangfu.errors import Refused
from bangfu.readers import Parser
from bangfu.readers.parser import read_whole
from schemas.sources import SOURCES
from tests.bangfu.readers.extracts import HEADER, PARSER, PEOPLE, assert_clear, csv_file
from tests.bangfu.readers.hostile.corpus import CASES

MOST_BYTES = 400 << 20
"""Of the child; the service beside it needs a hundred megabytes, and half a gigabyte is promised for both."""


def left_in(directory: Path) -> set[str]:
    return set(os.listdir(directory))


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file(tmp_path: Path, name: str) -> None:
    case, path = CASES[name], tmp_path / "花名册.xlsx"
    case.build(path)
    assert path.stat().st_size < 64 << 20
    before = left_in(tmp_path)
    try:
        table = read_whole(PARSER, path, SOURCES["union_roster"])
        code, rows = None, table.rows
    except Refused as refused:
        assert_clear(refused)
        code, rows = refused.code, 0
    assert PARSER.usage is not None
    if case.codes:
        assert code in case.codes
    else:
        assert (code, rows) == (None, case.rows)
    assert PARSER.usage.peak_bytes < MOST_BYTES
    assert left_in(tmp_path) == before


def test_after_all_of_them_the_next_department_is_read(tmp_path: Path) -> None:
    """One parser, every file in turn: none has any effect on those after it, nor on this process."""
    good = csv_file(tmp_path / "good.csv", [HEADER, *PEOPLE])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    paths = []
    for name, case in CASES.items():
        if name.startswith("bomb"):
            continue  # building them takes this process more memory than reading them
        paths.append(tmp_path / name)
        case.build(paths[-1])
    built = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Parser() as parser:
        for path in paths:
            with contextlib.suppress(Refused):
                read_whole(parser, path, SOURCES["union_roster"])
            assert read_whole(parser, good, SOURCES["union_roster"]).rows == 2
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - max(before, built) < 64 << 10  # KiB

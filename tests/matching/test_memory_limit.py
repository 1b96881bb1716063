"""A memory limit: what is chosen under it, what is refused, and that a process keeps within it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bench.tables
import matching
from matching.errors import LinkError
from matching.fitting import fit
from matching.linkage import LinkOptions, link
from matching.memory_limit import RESULT, check_pairs, needed, within_limit
from matching.model import Model
from tests.matching.people import scene

ROWS = 60_000


@pytest.fixture(scope="module")
def zh() -> Model:
    return Model.load(matching.__path__[0] + "/models/person_zh.json")


@pytest.fixture(scope="module")
def tables() -> tuple[pa.Table, pa.Table]:
    people = scene(1500, 900, seed=7)
    return people.left, people.right


def test_without_a_limit_everything_is_as_asked(tables, zh):
    options = LinkOptions(threads=7, cached_pairs=11)
    assert within_limit(*tables, fit(zh, *tables)[0], options) is options


def test_the_narrower_the_limit_the_less_is_kept(tables, zh):
    model = fit(zh, *tables)[0]
    least = needed(*tables, model).lasting
    chosen = [
        within_limit(*tables, model, LinkOptions(threads=8, memory_limit=least + room * 1_000_000))
        for room in (87, 110, 180, 9_000)
    ]
    assert [item.threads for item in chosen] == [1, 8, 8, 8]
    assert [item.chunk_pairs for item in chosen] == [25_000, 25_000, 100_000, 100_000]
    cached = [item.cached_pairs for item in chosen]
    assert cached[3] == LinkOptions().cached_pairs
    assert max(cached[:3]) < 1_400_000


def test_the_outcome_is_the_same(tables, zh):
    limit = needed(*tables, fit(zh, *tables)[0]).lasting + 90_000_000
    found = link(*tables, zh, options=LinkOptions(memory_limit=limit, random_pairs=200_000))
    assert found.pairs.equals(link(*tables, zh, options=LinkOptions(random_pairs=200_000)).pairs)


def test_what_cannot_fit_is_refused_before_it_begins(tables, zh):
    seen = []
    with pytest.raises(
        LinkError, match=r"1,500 records with 900 may take 0\.\d\d GB, and 0\.10 GB are allowed"
    ) as told:
        link(*tables, zh, options=LinkOptions(memory_limit=100_000_000), progress=lambda *step: seen.append(step))
    assert not seen
    needs = float(re.search(r"may take (\d\.\d\d) GB", str(told.value))[1]) + 0.01
    assert link(*tables, zh, options=LinkOptions(memory_limit=int(needs * 1e9))).report.accepted_pairs


def test_a_result_that_cannot_fit_is_refused(tables, zh):
    options = LinkOptions(memory_limit=2_000_000_000)
    check_pairs(1_000_000, RESULT, tables, zh, options)
    check_pairs(10**9, RESULT, tables, zh, LinkOptions())
    with pytest.raises(LinkError, match=r"50,000,000 pairs may be matches; keeping them may take 7\.\d\d GB"):
        check_pairs(50_000_000, RESULT, tables, zh, options)


def test_more_rows_rules_and_longer_texts_take_more(tables, zh):
    left, right = tables
    model = fit(zh, left, right)[0]
    base = needed(left, right, model).lasting
    assert needed(pa.concat_tables([left, left]), right, model).lasting > base
    assert needed(left, left, model).lasting < needed(left, left.slice(0), model).lasting
    phone = left.schema.get_field_index("phone")
    longer = left.set_column(phone, "phone", pa.array([f"{n:0200}" for n in range(len(left))]))
    assert needed(longer, right, model).lasting > base + 200 * len(left)


PROGRAM = """
import json, re, sys
import pyarrow.parquet as pq
from matching import LinkOptions, Model, link
folder, model, options = sys.argv[1:]
tables = [pq.read_table(f"{folder}/{side}.parquet") for side in ("left", "right")]
found = link(*tables, Model.load(model), assignment="many_to_one", options=LinkOptions(**json.loads(options)))
peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())  # ru_maxrss has that of the parent in it
print(json.dumps([found.report.accepted_pairs, int(peak[1]) * 1024]))
"""


def test_a_process_keeps_within_its_limit(tmp_path: Path):
    """The least limit that is not refused, on tables of which most of the memory is the program's and some theirs."""
    bench.tables.write_chinese(tmp_path, ROWS, ROWS // 3)
    path = matching.__path__[0] + "/models/person_zh.json"
    left, right = (pq.read_table(tmp_path / f"{side}.parquet") for side in ("left", "right"))
    takes = needed(left, right, fit(Model.load(path), left, right)[0])
    limit = takes.base(LinkOptions(threads=1, chunk_pairs=25_000)) + 30_000_000
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), path, json.dumps({"memory_limit": limit})],
        check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    accepted, peak = json.loads(ended.stdout)
    assert accepted > ROWS // 10
    assert peak < limit

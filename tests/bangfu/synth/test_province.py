"""The province as a whole: the same request gives the same bytes, and nothing of the truth is in the extracts."""

import datetime as dt
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import bangfu.synth.province as making
from bangfu.errors import BangfuError
from bangfu.synth import SynthRequest, synthesise

PROGRAM = """
import sys
from pathlib import Path
from bangfu.synth import SynthRequest, synthesise
if __name__ == "__main__":
    synthesise(SynthRequest(members=1_000, seed=5, out=Path(sys.argv[1])))
"""


def digests(out: Path) -> dict[str, str]:
    """Every file of a province with the digest of its bytes."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def made(out: Path, seed: int = 5, members: int = 1_000) -> dict[str, str]:
    synthesise(SynthRequest(members=members, seed=seed, out=out))
    return digests(out)


def made_by_process(tmp_path: Path, name: str, hash_seed: str) -> dict[str, str]:
    program = tmp_path / "make.py"
    program.write_text(PROGRAM)
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, str(program), str(tmp_path / name)], check=True, env=environment)
    return digests(tmp_path / name)


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    first, second = made(tmp_path / "a"), made(tmp_path / "b")
    assert first == second
    assert len(first) > 30


def test_order_of_hashes_does_not_matter(tmp_path: Path) -> None:
    """A set that is iterated somewhere gives another province in every process, unless the test fixes the hash seed."""
    assert made_by_process(tmp_path, "a", "1") == made_by_process(tmp_path, "b", "4242")


def test_number_of_workers_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes finish their parts in any order; what is put together must not follow that order."""
    monkeypatch.setattr(making, "_INLINE_MEMBERS", 0)  # small provinces are otherwise made without processes
    synthesise(SynthRequest(members=1_000, seed=5, out=tmp_path / "three", workers=3))
    synthesise(SynthRequest(members=1_000, seed=5, out=tmp_path / "one", workers=1))
    assert digests(tmp_path / "three") == digests(tmp_path / "one")


def test_another_seed_is_another_province(tmp_path: Path) -> None:
    first, second = made(tmp_path / "a"), made(tmp_path / "b", seed=6)
    same = {name for name in first.keys() & second.keys() if first[name] == second[name]}
    assert same == {"truth/README.md"}


def test_another_size_is_another_province(tmp_path: Path) -> None:
    first, second = made(tmp_path / "a"), made(tmp_path / "b", members=1_001)
    assert first["truth/persons.parquet"] != second["truth/persons.parquet"]


def test_earlier_province_is_replaced(tmp_path: Path) -> None:
    wanted = made(tmp_path / "fresh", members=400)
    made(tmp_path / "used", seed=9, members=600)
    assert made(tmp_path / "used", members=400) == wanted


def test_directory_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BangfuError, match=r"thesis\.txt"):
        synthesise(SynthRequest(members=400, seed=1, out=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_progress_reaches_its_end_in_every_stage(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    synthesise(SynthRequest(members=400, seed=1, out=tmp_path / "p"), lambda *step: told.append(step))
    ends = {label: (done, total) for label, done, total in told}
    assert list(ends) == ["people and rosters", "partner extracts", "truth"]
    assert all(done == total for done, total in ends.values())


def test_nothing_is_left_but_extracts_later_and_truth(province: Any) -> None:
    assert {path.name for path in province.out.iterdir()} == {"extracts", "later", "truth"}
    assert {path.name for path in (province.out / "truth").iterdir()} == {
        "README.md", "households.parquet", "persons.parquet", "records.parquet",
    }  # fmt: skip


def test_summary_counts_what_was_written(province: Any) -> None:
    summary, persons, households = province.summary, province.truth("persons"), province.truth("households")
    records = province.truth("records").filter(~pl.col("late"))
    sent = Counter(folder.parent.name for folder in province.deliveries())
    assert summary.deliveries == dict(sent)
    assert persons["is_member"].sum() == summary.members == province.request.members
    assert (persons.height, households.height) == (summary.persons, summary.households)
    assert households["is_unregistered_hardship"].sum() == summary.unregistered_hardship
    assert persons.filter(pl.col("is_member") & pl.col("ethnic_style")).height == summary.ethnic_names
    for source, count in summary.files.items():
        assert len(province.files(source)) == count
    rows = dict(records.group_by("source").agg(pl.struct("file", "sheet", "row").n_unique()).iter_rows())
    assert rows == summary.rows


@pytest.mark.parametrize(
    ("source", "share", "tolerance"),
    [
        ("medical_settlement", 60 / 300, 0.06),
        ("civil_affairs", 25 / 300, 0.12),
        ("disaster_relief", 9 / 300, 0.08),
        ("hardship_archive", 3 / 300, 0.25),
    ],
)
def test_sources_have_the_proportions_of_a_province(province: Any, source: str, share: float, tolerance: float) -> None:
    assert province.summary.rows[source] / province.request.members == pytest.approx(share, rel=tolerance)


def contents(path: Path) -> bytes:
    """Everything readable in an extract, unpacked."""
    data = path.read_bytes()
    if path.suffix not in (".xlsx", ".zip"):
        return data + data.replace(b"\0", b"")  # .xls keeps some texts in two bytes a character
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return b"".join(book.read(name) for name in book.namelist())


def test_no_extract_holds_an_identifier_of_the_truth(province: Any, tmp_path: Path) -> None:
    """With it linkage would be a look-up, and every figure about it worthless."""
    persons = province.truth("persons").head(3_000)
    needles = {identity.encode() for column in ("person_id", "household_id") for identity in persons[column]}
    words = [b"person_id", b"household_id", b"hard_to_see", b"spouse_illness", b"is_unregistered"]
    for path in (*(province.out / "extracts").rglob("*.*"), *(province.out / "later").rglob("*.*")):
        text = contents(path)
        assert not [word for word in words if word in text], path.name
        found = {text[at : at + 13] for prefix in (b"p0", b"h0") for at in places(text, prefix)}
        assert not found & needles, path.name


def places(text: bytes, needle: bytes) -> list[int]:
    found, at = [], text.find(needle)
    while at >= 0:
        found.append(at)
        at = text.find(needle, at + 1)
    return found


def test_identifiers_of_the_truth_would_be_found(province: Any) -> None:
    """The search above looks for what the truth really uses."""
    identity = province.truth("persons")["person_id"][0]
    assert len(identity) == 13
    assert identity.startswith("p0")
    assert places(f"x{identity}".encode(), b"p0") == [1]


def test_the_day_of_the_extracts_is_written_on_them(tmp_path: Path) -> None:
    out = tmp_path / "p"
    synthesise(SynthRequest(members=400, seed=1, out=out, as_of=dt.date(2025, 3, 31)))
    settlements = [path.name for path in (out / "extracts" / "medical_settlement").glob("*/*.csv")]
    assert settlements
    assert all(name.endswith("_202503.csv") for name in settlements)

"""Deliveries: every file is announced by a manifest that tells the truth, and what comes later is what departments send later."""

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import bangfu.synth.request as asking
from bangfu.readers import read
from bangfu.synth import SynthRequest, synthesise
from bangfu.synth.deliveries import LATE, Delivery, Sent, announce, period_of, sender_of, stated
from schemas.manifest import MANIFEST, Manifest, read_manifest
from schemas.reference import divisions
from schemas.sources import SOURCES


def manifest(folder: Path) -> Manifest:
    return read_manifest((folder / MANIFEST).read_bytes())


def test_every_delivery_is_announced_and_nothing_else_lies_beside_it(province: Any) -> None:
    folders = {path for source in SOURCES for path in (province.out / "extracts" / source).iterdir()}
    assert folders == set(province.deliveries())
    for folder in folders:
        names = {path.name for path in folder.iterdir()}
        assert names == {MANIFEST, *(file.name for file in manifest(folder).files)}


def test_a_manifest_says_what_its_folder_says(province: Any) -> None:
    for folder in (*province.deliveries(), *province.deliveries("later")):
        said = manifest(folder)
        assert folder.name == f"{said.sender}-{said.period}-r{said.revision}"
        assert folder.parent.name == said.source


def test_sizes_and_digests_are_those_of_the_files(province: Any) -> None:
    for folder in (*province.deliveries(), *province.deliveries("later")):
        for file in manifest(folder).files:
            content = (folder / file.name).read_bytes()
            assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_rows_are_those_a_reader_finds(province: Any) -> None:
    """A sender counts data rows: no title, header, total or signature; an archive's household counts once."""
    for folder in (*province.deliveries(), *province.deliveries("later")):
        for file in manifest(folder).files:
            frame = read(folder / file.name, SOURCES[folder.parent.name]).frame
            assert frame.select("sheet", "sheet_row").n_unique() == file.rows, file.name


def test_rows_are_those_of_the_truth(province: Any) -> None:
    records = province.truth("records").group_by("source", "delivery", "file").agg(pl.struct("sheet", "row").n_unique())
    known = {(source, delivery, file): rows for source, delivery, file, rows in records.iter_rows()}
    stated_rows = {
        (folder.parent.name, folder.name, file.name): file.rows
        for folder in (*province.deliveries(), *province.deliveries("later"))
        for file in manifest(folder).files
    }
    bare = {key for key in known if key[1] == ""}
    assert stated_rows == {key: rows for key, rows in known.items() if key not in bare}
    assert {source for source, _, _ in bare} == {"disaster_relief"}


@pytest.mark.parametrize("source", SOURCES)
def test_the_sender_is_of_the_declared_level(province: Any, source: str) -> None:
    senders = [folder.name.split("-")[0] for folder in province.deliveries() if folder.parent.name == source]
    assert len(set(senders)) == len(senders)
    assert {divisions()[code].level for code in senders} == {SOURCES[source].sender_level}


def test_periods_are_those_of_the_cadence(province: Any) -> None:
    periods = {(folder.parent.name, manifest(folder).period) for folder in province.deliveries()}
    cadence = {"monthly": "2026-06", "quarterly": "2026Q2"}
    assert periods == {(source.code, cadence[source.cadence]) for source in SOURCES.values()}


@pytest.mark.parametrize(
    ("source", "day", "period"),
    [
        ("civil_affairs", dt.date(2026, 1, 31), "2026-01"),
        ("union_roster", dt.date(2026, 1, 31), "2026Q1"),
        ("union_roster", dt.date(2026, 12, 31), "2026Q4"),
    ],
)
def test_period_of_a_day(source: str, day: dt.date, period: str) -> None:
    assert period_of(source, day) == period


def test_sender_of_a_county() -> None:
    codes = {source: sender_of(source, "532503") for source in ("union_roster", "civil_affairs", "hardship_archive")}
    assert codes == {"union_roster": "532503", "civil_affairs": "532500", "hardship_archive": "530000"}


def test_several_files_make_one_delivery(tmp_path: Path) -> None:
    delivery = Delivery(LATE, "union_roster", "530102", "2026Q2")
    delivery.folder(tmp_path).mkdir(parents=True)
    sent = []
    for name in ("b.csv", "a.csv"):
        path = delivery.folder(tmp_path) / name
        path.write_text(name)
        sent.append(Sent("union_roster", delivery, stated(path, 3)))
    assert announce(tmp_path, [*sent, Sent("union_roster", None, sent[0].file)]) == 1
    said = manifest(tmp_path / "later" / "union_roster" / "530102-2026Q2-r1")
    assert [(file.name, file.size, file.rows) for file in said.files] == [("a.csv", 5, 3), ("b.csv", 5, 3)]


def test_a_spreadsheet_of_a_county_comes_with_its_prefectures_settlements(province: Any) -> None:
    folders = [folder for folder in province.deliveries() if folder.parent.name == "medical_settlement"]
    several = [folder for folder in folders if len(manifest(folder).files) > 1]
    assert several
    for folder in several:
        kinds = sorted(Path(file.name).suffix for file in manifest(folder).files)
        assert kinds.count(".csv") == 1


def test_parts_of_a_county_share_its_delivery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large county is made in parts; it is one sender all the same."""
    monkeypatch.setattr(asking, "PART_MEMBERS", 200)
    out = tmp_path / "p"
    summary = synthesise(SynthRequest(members=2_000, seed=2, out=out, workers=1))
    records = pl.read_parquet(out / "truth" / "records.parquet").filter(pl.col("source") == "union_roster")
    parts = records.select("delivery", part=pl.col("record_key").str.slice(5, 3)).unique()
    counts = dict(parts.group_by("delivery").len().iter_rows())
    assert max(counts.values()) > 1
    assert set(counts) == {path.name for path in (out / "extracts" / "union_roster").iterdir()}
    assert summary.deliveries["union_roster"] == len(counts)


@pytest.fixture(scope="module")
def second_revision(province: Any) -> tuple[Path, Path]:
    """A corrected delivery and the one it corrects."""
    (folder,) = (folder for folder in province.deliveries("later") if folder.name.endswith("-r2"))
    return folder, province.out / "extracts" / folder.parent.name / folder.name.replace("-r2", "-r1")


def test_a_correction_is_the_next_revision_of_a_delivery(second_revision: tuple[Path, Path]) -> None:
    after, before = (manifest(folder) for folder in second_revision)
    assert (after.source, after.sender, after.period) == (before.source, before.sender, before.period)
    assert (before.revision, after.revision) == (1, 2)
    assert {file.sha256 for file in before.files}.isdisjoint(file.sha256 for file in after.files)


def test_a_correction_has_true_numbers_and_no_row_twice(province: Any, second_revision: tuple[Path, Path]) -> None:
    records = province.truth("records").filter(pl.col("source") == "civil_affairs")
    before = records.filter((pl.col("delivery") == second_revision[1].name) & ~pl.col("late"))
    after = records.filter((pl.col("delivery") == second_revision[0].name) & pl.col("late"))
    assert before["errors"].str.contains("id_").sum() > 0
    assert after["errors"].str.contains("id_").sum() == 0
    assert not after.select("record_key", "person_id").is_duplicated().any()
    assert set(after["person_id"]) == set(before["person_id"])
    assert after["errors"].str.contains("name_").sum() == (
        before.unique(["record_key", "person_id"])["errors"].str.contains("name_").sum()
    )
    numbers = dict(province.truth("persons").select("person_id", "id_number").iter_rows())
    (path,) = (path for path in second_revision[0].iterdir() if path.name != MANIFEST)
    frame = read(path, SOURCES["civil_affairs"]).frame
    typed = {"".join(value.split()).strip("'").upper() for value in frame["id_number"].to_list()}
    assert typed == {numbers[person] for person in after["person_id"]}


def test_a_bare_file_is_a_further_payment(province: Any) -> None:
    (path,) = (province.out / "later" / "disaster_relief").iterdir()
    assert path.stem.endswith("（补发）")
    assert not path.with_name(MANIFEST).exists()
    records = province.truth("records").filter(pl.col("source") == "disaster_relief")
    late, first = records.filter("late"), records.filter(~pl.col("late"))
    assert 0 < late.height <= first.height / 3
    assert late["person_id"].is_in(first["person_id"].implode()).all()
    paid = {key: int(key.split("|")[1]) for key in first["record_key"]}
    for key in late["record_key"]:
        name, fen, day = key.split("|")
        assert paid[f"{name}|{int(fen) - 20_000}|{day}"] == int(fen) - 20_000

"""The list as a file, for operators."""

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hand_built import Database, member, opened

import bangfu.pipeline.review.candidates as use_case
from bangfu.db import candidates, runs
from bangfu.db.candidates import NewCandidate
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.candidates import EXPORT, export_candidates
from tests.approving import publish

PARTICULARS = ("name", "id_number", "phone", "address")


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def candidate(number: int, strength: float = 0.5) -> NewCandidate:
    person = member(number)
    return NewCandidate(
        candidate_id=f"c{number:03d}",
        county_code=person["county_code"],
        roster_record_id=f"roster:{number}",
        reasons=[{"code": "S1", "zh": "住院自付较高"}, {"code": "S5"}],
        strength=strength,
        match_probability=0.75,
        roster_person_id=person["person_ref"],
        name=person["name"],
        id_number=person["id_number"],
        phone=person["phone"],
        address="某路1号",
    )


def screened(context: Context, *rows: NewCandidate) -> None:
    with context.engine.begin() as connection:
        run = runs.start_run(connection, "screen")
        candidates.replace_screened(connection, run, rows)
        runs.finish_run(connection, run, {})


def test_ids_and_figures_the_strongest_first(context: Context, tmp_path: Path) -> None:
    screened(context, candidate(1, 0.25), candidate(3, 0.5), candidate(2, 0.5))
    out = tmp_path / "list.parquet"
    assert export_candidates(context, out) == 3
    assert pq.read_schema(out).equals(EXPORT)
    rows = pl.read_parquet(out)
    assert rows["candidate_id"].to_list() == ["c002", "c003", "c001"]
    assert rows.row(2, named=True) == {
        "candidate_id": "c001",
        "roster_person_id": "HY000001",
        "county_code": candidate(1).county_code,
        "reasons": ["S1", "S5"],
        "strength": 0.25,
        "match_probability": 0.75,
    }


def test_no_particular_of_a_person_is_in_the_file(context: Context, tmp_path: Path) -> None:
    """It leaves the portal's masking and logging behind, so it must not need them."""
    screened(context, candidate(1))
    export_candidates(context, tmp_path / "list.parquet")
    values = repr(pl.read_parquet(tmp_path / "list.parquet").rows())
    assert set(EXPORT.names).isdisjoint(PARTICULARS)
    assert not any(getattr(candidate(1), name) in values for name in PARTICULARS)


def test_the_published_list_goes_before_a_later_screening(context: Context, tmp_path: Path) -> None:
    screened(context, candidate(1))
    publish(context)
    screened(context, candidate(2))
    export_candidates(context, tmp_path / "list.parquet")
    assert pl.read_parquet(tmp_path / "list.parquet")["candidate_id"].to_list() == ["c001"]
    publish(context)
    export_candidates(context, tmp_path / "list.parquet")
    assert pl.read_parquet(tmp_path / "list.parquet")["candidate_id"].to_list() == ["c002"]


@pytest.mark.parametrize("published", [True, False])
def test_an_empty_list_is_a_file_without_rows(context: Context, tmp_path: Path, published: bool) -> None:
    screened(context)
    if published:
        publish(context)
    assert export_candidates(context, tmp_path / "list.parquet") == 0
    assert pq.read_table(tmp_path / "list.parquet").schema.equals(EXPORT)


def test_more_rows_than_a_batch(context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_case, "_BATCH", 10)
    screened(context, *(candidate(number) for number in range(25)))
    assert export_candidates(context, tmp_path / "list.parquet") == 25
    assert pl.read_parquet(tmp_path / "list.parquet")["candidate_id"].n_unique() == 25


def test_there_is_no_list_or_no_directory(context: Context, tmp_path: Path) -> None:
    with pytest.raises(BangfuError, match="run `bangfu screen` first"):
        export_candidates(context, tmp_path / "list.parquet")
    with pytest.raises(BangfuError, match="does not exist"):
        export_candidates(context, tmp_path / "nowhere" / "list.parquet")
    assert list(tmp_path.glob("*.parquet")) == []
    assert list(tmp_path.glob(".list*")) == []


def test_an_export_that_fails_leaves_the_former_file_alone(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file appears whole or not at all: somebody may be reading it."""
    screened(context, candidate(1))
    out = tmp_path / "list.parquet"
    export_candidates(context, out)
    before = out.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(pq.ParquetWriter, "write_table", lambda *_, **__: (_ for _ in ()).throw(OSError("disk")))
        with pytest.raises(OSError, match="disk"):
            export_candidates(context, out)
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["list.parquet"]

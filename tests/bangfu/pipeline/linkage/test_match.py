"""`bangfu match` on real files: people's own CSV and Parquet, with the accidents such files come with."""

import csv

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import matching
from bangfu.errors import BangfuError
from bangfu.pipeline.linkage.match import MatchRequest, match_files, read_table
from tests.matching.people import scene

MODELS = matching.__path__[0] + "/models/"


@pytest.fixture(scope="module")
def small():
    return scene(600, 400, seed=3)


def write_csv(table, path, encoding="utf-8-sig"):
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.column_names)
        writer.writerows(row.values() for row in table.to_pylist())
    return path


def request(tmp_path, left, right=None, **changes):
    from pathlib import Path

    return MatchRequest(
        **{
            "left": left, "right": right, "model": Path(MODELS + "person_zh.json"), "id_column": "record_id",
            "out": tmp_path / "pairs.parquet", **changes,
        }
    )  # fmt: skip


def test_csv_against_parquet_one_to_one(small, tmp_path):
    left = write_csv(small.left, tmp_path / "left.csv", "gb18030")
    pq.write_table(small.right, tmp_path / "right.parquet")
    clusters = tmp_path / "clusters.parquet"
    summary = match_files(request(tmp_path, left, tmp_path / "right.parquet", one_to_one=True, clusters=clusters))
    pairs = pq.read_table(tmp_path / "pairs.parquet")
    assert pairs.column_names == ["left_id", "right_id", "match_weight", "match_probability", "accepted"]
    accepted = pairs.filter(pairs["accepted"])
    found = set(zip(accepted["left_id"].to_pylist(), accepted["right_id"].to_pylist(), strict=True))
    assert len(found & small.truth) > 0.97 * max(len(found), len(small.truth))
    assert summary.accepted_pairs == len(found)
    grouped = pq.read_table(clusters)
    assert grouped.column_names == ["record_id", "cluster_id"]
    assert len(grouped) == 1000
    assert summary.clusters == 1000 - len(found)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "clusters.parquet",
        "left.csv",
        "pairs.parquet",
        "right.parquet",
    ]


def test_one_file_is_searched_for_duplicates(small, tmp_path):
    both = write_csv(pa.concat_tables([small.left, small.right]), tmp_path / "both.csv")
    summary = match_files(request(tmp_path, both, clusters=tmp_path / "clusters.parquet"))
    assert summary.right_rows is None
    assert summary.clusters == pytest.approx(1000 - len(small.truth), abs=20)


def test_text_stays_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,code\n007,0012\n008,\n", encoding="utf-8")
    assert read_table(path).to_pylist() == [{"id": "007", "code": "0012"}, {"id": "008", "code": None}]


@pytest.mark.parametrize(
    ("content", "changes", "message"),
    [
        ("record_id,name\n1,a\n1,b\n", {}, "repeated 1 time"),
        ("record_id,name\n,a\n2,b\n", {}, "have no 'record_id'"),
        ("record_id,name\n", {}, "no rows"),
        ("record_id,name,name\n1,a,b\n", {}, "repeats a column name"),
        ("record_id,colour\n1,red\n", {}, "None of the model's columns"),
        ("record_id,name\n1,a\n", {"id_column": "key"}, "no id column 'key'"),
        ("record_id,name\n1,a\n", {"one_to_one": True}, "two files"),
        ("", {}, "cannot be read"),
    ],
)
def test_every_refusal_says_what_to_do(content, changes, message, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BangfuError, match=message):
        match_files(request(tmp_path, path, **changes))
    assert not (tmp_path / "pairs.parquet").exists()


def test_a_model_that_is_none_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("record_id,name\n1,a\n", encoding="utf-8")
    with pytest.raises(BangfuError, match=r"a\.csv is not JSON"):
        match_files(request(tmp_path, path, model=path))

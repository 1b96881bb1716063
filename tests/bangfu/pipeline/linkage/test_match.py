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
    summary = match_files(
        request(tmp_path, left, tmp_path / "right.parquet", assignment="one_to_one", clusters=clusters)
    )
    pairs = pq.read_table(tmp_path / "pairs.parquet")
    assert pairs.column_names == ["left_id", "right_id", "match_weight", "match_probability", "accepted", "pattern"]
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
        ("record_id,name\n1,a\n", {"assignment": "one_to_one"}, "two files"),
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


def match_without_model(tmp_path, left, right=None, **changes):
    return match_files(MatchRequest(left=left, right=right, out=tmp_path / "pairs.parquet", **changes))


def test_without_a_model_one_is_proposed_told_and_written(small, tmp_path):
    """Chinese headers on one side, English ones on the other, no word on what the columns are."""
    names = {
        "record_id": "编号",
        "name": "姓名",
        "id_number": "身份证号",
        "birth_date": "出生日期",
        "sex": "性别",
        "phone": "电话",
    }
    left = write_csv(small.left.select(list(names)).rename_columns(list(names.values())), tmp_path / "left.csv")
    right = write_csv(small.right, tmp_path / "right.csv", "gb18030")
    summary = match_without_model(tmp_path, left, right)
    pairs = pq.read_table(tmp_path / "pairs.parquet")
    accepted = pairs.filter(pairs["accepted"])
    found = set(zip(accepted["left_id"].to_pylist(), accepted["right_id"].to_pylist(), strict=True))
    assert len(found & small.truth) > 0.97 * max(len(found), len(small.truth))
    assert summary.assignment == "one_to_one"
    assert {(item.left, item.right, item.kind) for item in summary.columns} >= {
        ("姓名", "name", "chinese_name"), ("身份证号", "id_number", "identity_number"), ("出生日期", "birth_date", "date"),
    }  # fmt: skip
    assert "records of the left file are named by column '编号'" in summary.notes
    again = match_files(
        request(tmp_path, left, right, model=summary.model_out, id_column=None, out=tmp_path / "again.parquet")
    )
    assert again.accepted_pairs == summary.accepted_pairs
    assert pq.read_table(tmp_path / "again.parquet").equals(pairs)


def test_rows_without_an_id_are_numbered(small, tmp_path):
    both = pa.concat_tables([small.left, small.right]).select(["name", "birth_date", "sex", "phone", "county_code"])
    repeated = pa.concat_tables([both, both.slice(0, 1)])
    summary = match_without_model(tmp_path, write_csv(repeated, tmp_path / "both.csv"))
    assert any("named by the number of the row" in note for note in summary.notes)
    clusters = pq.read_table(tmp_path / "clusters.parquet").to_pylist()
    group = {row["record_id"]: row["cluster_id"] for row in clusters}
    assert group[1] == group[len(repeated)]


def test_a_file_of_somebody_else_is_never_overwritten_by_the_model(small, tmp_path):
    left = write_csv(small.left, tmp_path / "left.csv")
    (tmp_path / "model.json").write_text('{"name": "mine"}')
    with pytest.raises(BangfuError, match=r"model\.json exists and is no proposed model"):
        match_without_model(tmp_path, left)
    match_without_model(tmp_path, left, model_out=tmp_path / "other.json")
    match_without_model(tmp_path, left, model_out=tmp_path / "other.json")
    assert (tmp_path / "model.json").read_text() == '{"name": "mine"}'


@pytest.mark.parametrize(
    ("content", "changes", "message"),
    [
        ("a,b\n", {}, "no rows"),
        ("a,b\nx,y\nx,y\n", {}, "No column tells people apart"),
        ("key,a\n1,\n2,\n", {}, "No column tells people apart"),
        ("key,a\n1,b\n1,c\n", {"id_column": "key"}, "repeated 1 time"),
        ("key,a\n1,b\n,c\n", {"id_column": "key"}, "have no 'key'"),
        ("key,a\n1,b\n2,c\n", {"id_column": "id"}, "no id column 'id'"),
        ("key,a\n1,b\n2,c\n", {"assignment": "one_to_one"}, "needs two files"),
    ],
)
def test_every_refusal_without_a_model_says_what_to_do(content, changes, message, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BangfuError, match=message):
        match_without_model(tmp_path, path, **changes)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.csv"]

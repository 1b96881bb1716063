"""`bangfu match` without a model: what it tells a person who has only two files."""

import json

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from bangfu.cli import main
from tests.matching.people import scene


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    people = scene(600, 400, seed=3)
    columns = ["record_id", "name", "birth_date", "sex", "phone", "birth_precision"]
    for side, table in (("left", people.left), ("right", people.right)):
        pq.write_table(table.select(columns), folder / f"{side}.parquet")
    return [str(folder / "left.parquet"), str(folder / "right.parquet")]


def test_the_model_the_notes_and_the_verdict_are_told(files, tmp_path, capsys):
    assert main(["match", *files, "--out", str(tmp_path / "pairs.parquet")]) == 0
    told = capsys.readouterr().out
    assert "Chinese name (姓名)" in told
    assert "records that agree on these are compared" in told
    assert "note: column 'birth_precision' is not compared: it holds one value throughout" in told
    assert "note: one-to-one: " in told
    assert "verdict: " in told
    assert "recall: Recall is " in told
    assert (tmp_path / "model.json").exists()


def test_machines_read_the_same(files, tmp_path, capsys):
    assert (
        main(["match", *files, "--out", str(tmp_path / "pairs.parquet"), "--assignment", "many-to-one", "--json"]) == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert found["assignment"] == "many_to_one"
    assert [item["kind"] for item in found["columns"]] == ["phone", "chinese_name", "date", "exact"]
    assert all(rule["pairs"] > 0 for rule in found["rules"])


def test_one_file_gives_clusters(files, tmp_path, capsys):
    assert main(["match", files[0], "--out", str(tmp_path / "pairs.parquet")]) == 0
    assert f"clusters written to {tmp_path / 'clusters.parquet'}" in capsys.readouterr().out
    assert pq.read_table(tmp_path / "clusters.parquet").column_names == ["record_id", "cluster_id"]


def test_reviewed_pairs_teach_the_model_that_was_written(files, tmp_path, capsys):
    """What `match` writes, with what a reviewer found beside it, is what `model learn` reads."""
    assert main(["match", *files, "--out", str(tmp_path / "pairs.parquet")]) == 0
    pairs = pq.read_table(tmp_path / "pairs.parquet").filter(pc.field("accepted"))
    same = [a[1:] == b[1:] for a, b in zip(pairs["left_id"].to_pylist(), pairs["right_id"].to_pylist(), strict=True)]
    labels = pairs.append_column("outcome", pa.array(["match" if found else "no_match" for found in same]))
    pq.write_table(labels, tmp_path / "labels.parquet")
    model, out = str(tmp_path / "model.json"), tmp_path / "learnt.json"
    assert main(["model", "learn", model, str(tmp_path / "labels.parquet"), "--out", str(out)]) == 0
    assert f"{len(pairs)} reviewed pairs" in capsys.readouterr().out
    origins = {
        level["m_from"] for comparison in json.loads(out.read_text())["comparisons"] for level in comparison["levels"]
    }
    assert "labels" in origins


def test_two_words_on_assignment_must_agree(files, tmp_path, capsys):
    arguments = ["match", *files, "--out", str(tmp_path / "pairs.parquet"), "--one-to-one", "--assignment", "none"]
    assert main(arguments) != 0
    assert "contradict each other" in capsys.readouterr().err


def test_a_match_that_needs_more_memory_than_it_may_is_refused(files, tmp_path, capsys):
    out = tmp_path / "pairs.parquet"
    assert main(["match", *files, "--out", str(out), "--memory", "100MB"]) == 1
    assert "600 records with 400 may take 0." in capsys.readouterr().err.replace("Linking ", "")
    assert not out.exists()
    assert main(["match", *files, "--out", str(out), "--memory", "2 GB"]) == 0
    assert out.exists()


def test_an_amount_of_memory_that_is_none(files, tmp_path, capsys):
    assert main(["match", *files, "--out", str(tmp_path / "pairs.parquet"), "--memory", "much"]) == 1
    assert "--memory is 'much': give an amount of memory, such as 4GB" in capsys.readouterr().err

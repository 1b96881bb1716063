"""`bangfu model`: a model is shown with its weights, a difference with both sides, an import with what it lost."""

import json
from pathlib import Path

import pytest

import matching
from bangfu.cli import main

SHIPPED = Path(matching.__file__).parent / "models" / "person_zh.json"
LEVELS = [
    {"level": "exact", "m": 0.8, "u": 0.1, "m_from": "em", "u_from": "random_pairs"},
    {"level": "differs", "m": 0.2, "u": 0.9, "m_from": "hand", "u_from": "imported"},
]
RUN = {
    "at": "2026-11-30T08:00:00+08:00", "left_rows": 1200, "right_rows": 900, "candidate_pairs": 5000, "random_pairs": 1000,
    "seed": 7, "rules": [{"rule": "born:year", "comparisons": ["sex"], "iterations": 12, "converged": False, "expected_matches": 41.6}],
}  # fmt: skip


def written(path: Path, **changes: object) -> str:
    document = {
        "format": "bangfu-linkage-model/2",
        "name": "small",
        "prior": 0.001,
        "blocking": {"rules": [{"keys": ["born:year"]}]},
        "comparisons": [{"name": "sex", "kind": "exact", "columns": ["sex"], "levels": LEVELS}],
        "training": RUN,
        **changes,
    }
    path.write_text(json.dumps(document))
    return str(path)


def told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


def test_a_model_is_shown_with_weights_origins_and_its_training_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = told(["model", "show", written(tmp_path / "m.json")], capsys)
    rows = [line.split() for line in shown.splitlines()]
    assert ["sex", "exact(sex)", "exact", "0.8", "0.1", "+3.0", "EM", "within", "born:year", "random", "pairs"] in rows
    assert ["differs", "0.2", "0.9", "-2.2", "set", "by", "hand", "imported"] in rows
    assert "trained 2026-11-30T08:00:00+08:00 on 1,200 x 900 records" in shown
    assert ["born:year", "12", "NO", "42"] in rows
    assert "blocking: born:year" in shown


def test_the_shipped_model_is_shown_as_to_be_estimated(capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(["model", "show", str(SHIPPED)], capsys)
    assert "chinese_name(name, former_name)" in shown
    assert "prior to be estimated" in shown
    assert "no training run is recorded" in shown


def test_show_for_machines_has_the_file_and_the_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(["model", "show", written(tmp_path / "m.json"), "--json"], capsys))
    assert found["content_hash"].startswith("sha256:")
    assert found["training"] == RUN
    assert [(row["level"], row["weight"]) for row in found["parameters"]] == [("exact", 3.0), ("differs", pytest.approx(-2.17, abs=0.01))]  # fmt: skip


def test_a_difference_is_told_with_the_weights_of_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = written(tmp_path / "a.json")
    levels = [{"level": "exact", "m": 0.4, "u": 0.1}, {"level": "differs", "m": 0.6, "u": 0.9}]
    after = written(
        tmp_path / "b.json", comparisons=[{"name": "sex", "kind": "exact", "columns": ["sex"], "levels": levels}]
    )
    shown = told(["model", "diff", before, after], capsys)
    assert "comparison 'sex', level 'exact': m 0.8, u 0.1, +3.0 bits -> m 0.4, u 0.1, +2.0 bits\n" in shown
    assert "2 difference(s)" in shown
    found = json.loads(told(["model", "diff", before, after, "--json"], capsys))
    assert not found["same"]
    assert found["changes"][0] == {
        "place": "comparison 'sex', level 'exact'",
        "before": {"m": 0.8, "u": 0.1, "weight": 3.0},
        "after": {"m": 0.4, "u": 0.1, "weight": 2.0},
    }


def test_models_that_decide_alike_have_no_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [written(tmp_path / "a.json"), written(tmp_path / "b.json", name="other", training=None)]
    assert told(["model", "diff", *files], capsys) == "The models decide alike.\n"
    assert json.loads(told(["model", "diff", *files, "--json"], capsys)) == {"same": True, "changes": []}


def settings(path: Path, condition: str) -> str:
    levels = [
        {"sql_condition": "town_l IS NULL OR town_r IS NULL", "is_null_level": True},
        {"sql_condition": condition, "m_probability": 0.8, "u_probability": 0.1, "label_for_charts": "Near"},
        {"sql_condition": "ELSE", "m_probability": 0.2, "u_probability": 0.9},
    ]
    document = {
        "probability_two_random_records_match": 0.01,
        "blocking_rules_to_generate_predictions": ["l.born = r.born", "l.a = r.b"],
        "comparisons": [{"output_column_name": "town", "comparison_levels": levels}],
    }
    path.write_text(json.dumps(document))
    return str(path)


def test_an_import_says_what_it_could_not_carry_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "m.json")
    source = settings(tmp_path / "s.json", "town_l = town_r")
    shown = told(["model", "import-splink", source, "--out", out], capsys)
    assert shown.startswith("1 comparisons and 1 blocking rules; 1 of 1 levels have one of ours\n")
    assert "not carried over: blocking rule 2: the part ⟨a⟩l=⟨b⟩r is of no known form\n" in shown
    assert "+3.0  imported" in told(["model", "show", out], capsys)
    found = json.loads(told(["model", "import-splink", source, "--out", out, "--json"], capsys))
    assert (found["levels"], found["carried_levels"]) == (1, 1)
    assert found["remarks"][0]["place"] == "blocking rule 2"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("show", "{", "is not JSON"),
        ("show", '{"probability_two_random_records_match": 1}', "convert it by `bangfu model import-splink`"),
        ("import-splink", "[]", "these are no Splink settings"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line_and_nothing_is_written(
    name: str, text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wrong.json").write_text(text)
    out = tmp_path / "out.json"
    assert main(["model", name, str(tmp_path / "wrong.json"), *(["--out", str(out)] if name != "show" else [])]) == 1
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.count("\n") == 1
    assert not out.exists()


def test_settings_of_which_no_comparison_remains_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = settings(tmp_path / "s.json", "jaccard(town_l, town_r) > 0.5")
    assert main(["model", "import-splink", source, "--out", str(tmp_path / "m.json")]) == 1
    assert "comparison 'town', level 2 'Near': its condition is of no known form" in capsys.readouterr().err


def reviewed(path: Path, *rows: str) -> str:
    path.write_text("\n".join(["pattern,outcome,match_weight", *rows]) + "\n")
    return str(path)


def test_a_model_learns_from_reviewed_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["1,match,9"] * 60 + ["2,是,9"] * 40 + ["1,no_match,3"] * 30 + ["1,,9"] * 5
    model, labels, out = written(tmp_path / "m.json"), reviewed(tmp_path / "l.csv", *rows), tmp_path / "out.json"
    shown = told(["model", "learn", model, labels, "--out", str(out), "--precision", "0.95"], capsys)
    assert "130 reviewed pairs, 100 of them matches; 5 without an outcome passed over" in shown
    assert "of the reviewed pairs from there on 100.0% were matches" in shown
    learnt = json.loads(out.read_text())
    assert 8 / 9 < learnt["threshold"] < 512 / 513
    assert [level["m"] for level in learnt["comparisons"][0]["levels"]] == pytest.approx([0.8, 0.2])  # set by hand


def test_learning_tells_machines_the_bands_and_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = reviewed(tmp_path / "l.csv", *["1,yes,9"] * 3, "2,no,-4")
    arguments = ["model", "learn", written(tmp_path / "m.json"), labels, "--out", str(tmp_path / "o.json"), "--json"]
    seen = json.loads(told(arguments, capsys))
    assert (seen["labels"], seen["matches"], seen["threshold"]) == (4, 3, seen["threshold_before"])
    assert [(band["low"], band["high"], band["pairs"]) for band in seen["bands"]] == [(None, 0.0, 1), (5.0, 10.0, 3)]
    assert "at least 50 are needed" in seen["reason"]["en"]
    assert seen["recalibrated"] == [[-4.0, 0.0], [9.0, 1.0]]


def test_labels_of_another_model_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = reviewed(tmp_path / "l.csv", "999,match,9")
    arguments = ["model", "learn", written(tmp_path / "m.json"), labels, "--out", str(tmp_path / "o.json")]
    assert main(arguments) != 0
    assert "labels are of another model" in capsys.readouterr().err
    assert not (tmp_path / "o.json").exists()

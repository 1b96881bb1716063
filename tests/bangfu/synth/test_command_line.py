"""`bangfu synth` as an operator uses it."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bangfu.cli import main


def synth(out: Path, *more: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["synth", "--members", "2000", "--seed", "4", "--out", str(out), "--json", *more]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def errors(out: Path, source: str) -> pl.Series:
    records = pl.read_parquet(out / "truth" / "records.parquet").filter(pl.col("source") == source)
    return records["errors"]


def test_province_of_the_size_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = synth(tmp_path / "p", capsys=capsys)
    assert told["members"] == 2_000
    assert told["rows"]["union_roster"] >= 2_000
    assert (tmp_path / "p" / "truth" / "README.md").read_text("utf-8").startswith("# Truth")


def test_errors_are_configured_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rates = ["--rate", "union_roster.id_missing=0.3", "--rate", "union_roster.duplicate=0"]
    told = synth(tmp_path / "p", *rates, capsys=capsys)
    assert told["rows"]["union_roster"] == 2_000
    missing = errors(tmp_path / "p", "union_roster").str.contains("id_missing").mean()
    assert missing == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize(("factor", "low", "high"), [("0", 0.0, 0.01), ("3", 0.10, 0.18)])
def test_all_errors_are_scaled_together(
    tmp_path: Path, factor: str, low: float, high: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """Clean data still hold the few wrong numbers that make a true household hard to see."""
    synth(tmp_path / "p", "--errors", factor, capsys=capsys)
    assert low <= errors(tmp_path / "p", "union_roster").str.contains("id_").mean() <= high


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rate", "union_roster.typo=1"], "There is no error 'typo'"),
        (["--members", "12"], "between 200 and 30,000,000"),
    ],
)
def test_what_cannot_be_made_is_said_before_anything_is_written(
    tmp_path: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["synth", "--out", str(tmp_path / "p"), *arguments]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "p").exists()

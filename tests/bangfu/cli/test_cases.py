"""`bangfu cases`: counts, steps by time, and files of what ended cases teach."""

import json
from pathlib import Path

import polars as pl
import pytest
from hand_built import Database, opened

from bangfu.cli import main
from bangfu.pipeline.context import Context
from tests.approving import approve_latest
from tests.bangfu.pipeline.review.test_households import kept, paired
from tests.bangfu.pipeline.review.test_households import listed as households
from tests.bangfu.pipeline.review.test_openings import cases, clue, listed, screened_list, worked


@pytest.fixture
def context(database: Database, monkeypatch: pytest.MonkeyPatch) -> Context:
    made = opened(database)
    monkeypatch.setattr("bangfu.pipeline.context.open_context", lambda *_: made)
    return made


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["cases", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_cases_are_counted_by_kind_and_part(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    listed(context, clue("a"), clue("b"))
    worked(context, cases(context)["a"].case_id, "receive")
    worked(context, cases(context)["a"].case_id, "settle", outcome="05")
    counts = said(capsys, "status")["cases"]
    assert counts == {"candidate": {"overdue": 0, "due_soon": 0, "new": 1, "in_hand": 0, "waiting": 0, "done": 1}}


def test_files_of_what_ended_cases_teach(
    context: Context, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(context, clue("a"))
    worked(context, cases(context)["a"].case_id, "receive")
    worked(context, cases(context)["a"].case_id, "settle", outcome="20")
    monkeypatch.setattr("bangfu.pipeline.review.collecting.UNDO_MINUTES", -1)
    assert said(capsys, "advance")["cases"] == 1
    assert said(capsys, "labels", "--out", str(tmp_path / "labels.parquet"))["labels"] == 0, "there was no link"
    assert said(capsys, "tickets", "--out", str(tmp_path / "tickets.parquet"))["tickets"] == 0
    assert pl.read_parquet(tmp_path / "labels.parquet").columns[-2:] == ["same", "basis"]


def test_a_directory_that_is_not_there_is_named(
    context: Context, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cases", "labels", "--out", str(tmp_path / "none" / "labels.parquet")]) == 1
    assert f"{tmp_path / 'none'} does not exist" in capsys.readouterr().err


def test_publishing_tells_what_became_of_the_cases(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    screened_list(context, clue("a"), clue("b"))
    approve_latest(context)
    assert main(["publish"]) == 0
    assert "cases 案件: 2 opened, 0 with other evidence, 0 withdrawn, 0 whose" in capsys.readouterr().out
    screened_list(context, clue("b"))
    approve_latest(context)
    assert main(["publish"]) == 0
    assert "cases 案件: 0 opened, 0 with other evidence, 1 withdrawn, 0 whose" in capsys.readouterr().out
    assert main(["publish"]) == 0
    assert "cases 案件" not in capsys.readouterr().out, "nothing happened to them"


def test_coverage_of_pairing_is_told_by_county(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    households(context, kept("DA1"), kept("DA2", county_code="532901"))
    paired(context, "file-DA1")
    [wuhua, dali] = said(capsys, "pairing")["counties"]  # type: ignore[misc]
    assert (wuhua["county"], wuhua["households"], wuhua["paired"], wuhua["share"]) == ("五华区", 1, 1, 1.0)
    assert (dali["county"], dali["households"], dali["paired"], dali["share"]) == ("大理市", 1, 0, 0.0)
    assert main(["cases", "pairing", "--area", "5301"]) == 0
    told = capsys.readouterr().out
    assert "五华区 530102" in told
    assert "100.0%" in told
    assert "大理市" not in told
    assert main(["cases", "pairing", "--area", "5"]) == 1
    assert "5 is no area of the province" in capsys.readouterr().err


def test_publishing_tells_what_became_of_the_households(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    households(context, kept("DA1"), kept("DA2"))
    screened_list(context, clue("a"))
    approve_latest(context)
    assert main(["publish"]) == 0
    assert "households" not in capsys.readouterr().out, "the archive was not read this time"

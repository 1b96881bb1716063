"""`bangfu source`: what a data engineer reads about sources and files; no database is needed."""

import json
from pathlib import Path

import pytest

from bangfu.cli import main
from schemas.sources import SOURCES
from tests.bangfu.readers.extracts import NUMBERS, csv_file

HEADER = ("低保证号", "救助类别", "成员姓名", "成员身份证号", "民族", "联系手机", "开户银行")
ROWS = (("J1", "农村低保", "岩温", NUMBERS[0], "傣族", "13800001111", "某行"), ("J2", "农村低保", "李娜", NUMBERS[1], "火星族", None, "某行"))  # fmt: skip


@pytest.fixture(autouse=True)
def nowhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation whose database nobody can reach: these commands must not ask for it."""
    monkeypatch.setenv("BANGFU_DATABASE_URL", "postgresql://u:p@127.0.0.1:1/x")


@pytest.fixture
def names(tmp_path: Path) -> Path:
    return csv_file(tmp_path / "名单.csv", [HEADER, *ROWS])


def test_the_sources_are_listed_with_owner_cadence_basis_and_retention(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["source", "list"]) == 0
    told = capsys.readouterr().out
    for source in SOURCES.values():
        for part in (source.code, source.zh, source.owner_zh, source.cadence, source.legal_basis.number):
            assert part in told
        assert source.legal_basis.valid_until.isoformat() in told
    assert "30/180/180" in told
    assert main(["source", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["sources"]
    assert [item["source"] for item in listed] == list(SOURCES)
    assert all(item["valid"] for item in listed)


def test_a_good_file_is_told_column_by_column(
    names: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert main(["source", "check", str(names)]) == 0
    told = capsys.readouterr().out
    assert "民政救助对象名单 civil_affairs（按表头判断 by its headers）" in told
    assert "接受 accepted 2, 退回 rejected 0" in told
    assert "民族: 1 个取值不在代码表内" in told
    assert "— 禁止接收 forbidden" in told
    assert 'Column("phone", ("联系电话", "电话", "手机号码", "联系方式", "联系手机")),' in told
    assert told.splitlines()[-1] == "可以接收 it would be received"
    for canary in ("岩温", NUMBERS[0], "13800001111", "火星族", "某行"):
        assert canary not in told
    assert not (tmp_path / "home" / "objects").exists()


def test_a_file_that_would_be_refused_leaves_with_1(
    tmp_path: Path, names: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = csv_file(tmp_path / "少一列.csv", [HEADER[2:], *(row[2:] for row in ROWS)])
    assert main(["source", "check", str(path), "--source", "civil_affairs"]) == 1
    told = capsys.readouterr()
    assert "! 缺少必需的列 a required column is missing: 户编号 household_ref" in told.out
    assert "拒收 refused (required_column_missing)" in told.out
    assert told.err == ""
    assert main(["source", "check", str(path), "--source", "civil_affairs", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [item["code"] for item in found["refusals"]] == ["required_column_missing"]
    assert main(["source", "check", str(names), "--source", "roster"]) == 1
    assert "There is no source 'roster'" in capsys.readouterr().err


def test_a_new_source_is_drafted_and_never_overwritten(
    tmp_path: Path, names: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["source", "new", "housing_aid", "--from", str(names), "--zh", "住房补贴名单", "--folder", str(tmp_path)]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "never taken (不接收): 开户银行" in told
    assert "receiving refuses this source until you fill it in" in told
    text = (tmp_path / "housing_aid.py").read_text("utf-8")
    assert 'zh="住房补贴名单"' in text
    assert main(command) == 1
    assert "exists already and is left as it is" in capsys.readouterr().err
    assert (tmp_path / "housing_aid.py").read_text("utf-8") == text
    assert main([*command[:2], "Housing", *command[3:]]) == 1
    assert "is no code" in capsys.readouterr().err

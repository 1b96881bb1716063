"""The whole way without a scheduler, from files as departments send them to a published list."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hand_built import Database, allowance, member, opened, stay

from bangfu.cli import main
from bangfu.pipeline.intake.receive import receive
from tests.approving import run

HEADERS = {
    "union_roster": {"person_ref": "会员证号", "name": "姓名", "id_number": "身份证号", "sex": "性别", "phone": "手机号码",
                     "union_name": "所属基层工会名称", "membership_status": "会籍状态"},
    "medical_settlement": {"settlement_ref": "setl_id", "person_ref": "psn_no", "name": "psn_name", "id_number": "certno",
                           "sex": "gend", "settled_on": "setl_time", "personal_amount": "psn_part_amt"},
    "civil_affairs": {"household_ref": "救助证号", "relief_category": "救助类别", "name": "姓名", "id_number": "身份证号",
                      "relation": "与户主关系", "started_on": "纳入时间"},
}  # fmt: skip


def extract(folder: Path, source: str, rows: list[dict[str, Any]]) -> Path:
    """A GB18030 CSV as a department exports it."""
    path = folder / f"{source}.csv"
    names = HEADERS[source]
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names.values())
        writer.writerows([row[name] for name in names] for row in rows)
    return path


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """200 members, ten of them with a heavy bill, ten on a civil-affairs list."""
    members = [member(n, membership_status="正常", sex="男" if member(n)["sex"] == "1" else "女") for n in range(200)]
    return {
        "union_roster": extract(tmp_path, "union_roster", members),
        "medical_settlement": extract(
            tmp_path, "medical_settlement", [stay(n, 55_000, "2026-03-01") for n in range(10)]
        ),
        "civil_affairs": extract(tmp_path, "civil_affairs", [allowance(n, "城市低保") for n in range(10, 20)]),
    }


def test_from_files_to_a_published_list(database: Database, files: dict[str, Path]) -> None:
    context = opened(database)
    for source, path in files.items():
        assert [receipt.outcome for receipt in receive(context, source, [path])] == ["registered"]
    summary = run(context)
    assert sum(item.rows_accepted or 0 for item in summary.standardised) == 220
    assert summary.screen.by_reason == {"S1": 10, "S5": 10}
    assert (summary.publish.list_version, summary.publish.candidates) == (1, 20)
    assert list(summary.seconds) == ["standardise", "link", "screen", "ask"]


def test_again_is_a_no_op(database: Database, files: dict[str, Path]) -> None:
    context = opened(database)
    for source, path in files.items():
        receive(context, source, [path])
    first, again = run(context), run(context)
    assert again.standardised == ()
    assert (again.link.unchanged, again.screen.unchanged) == (True, True)
    assert again.publish == replace(first.publish, cases=None, notices=0, households=None)


def test_by_command(
    database: Database, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")
    for source, path in files.items():
        assert main(["receive", source, str(path)]) == 0
        assert "已登记" in capsys.readouterr().out
        assert main(["receive", source, str(path), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["receipts"][0]["outcome"] == "already_received"
    assert main(["drop", "civil_affairs", str(files["civil_affairs"])]) == 0
    capsys.readouterr()
    assert main(["standardise", "--source", "civil_affairs"]) == 0
    assert "civil_affairs" in capsys.readouterr().out
    assert main(["run"]) == 0
    told = capsys.readouterr().out
    assert "20 candidates" in told
    assert member(1)["name"] not in told


def test_a_file_that_is_no_extract_gets_a_receipt_with_the_reason(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")
    (tmp_path / "notes.csv").write_text("天气,心情\n晴,好\n")
    path = tmp_path / "notes.csv"
    assert main(["receive", "civil_affairs", str(path)]) == 1
    told = capsys.readouterr()
    assert "没有找到《民政救助对象名单》的表头" in told.out
    assert "Traceback" not in told.err + told.out
    assert main(["standardise"]) == 0
    assert "Nothing new to standardise" in capsys.readouterr().out

"""`bangfu approve` and `bangfu profile`: looking at a delivery that waits, and deciding about it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hand_built import Database, opened

from bangfu.cli import main
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.settle import settle_pending


@pytest.fixture
def waiting(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two deliveries that came without a manifest."""
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")
    context = opened(database)
    context = replace(context, settings=replace(context.settings, quiet_seconds=0))
    held = []
    for number in (1, 2):
        rows = f"低保证号,救助类别,成员姓名,成员身份证号\nJ{number},农村低保,岩温,53921019900307103X\n"
        context.store.put(f"drop/civil_affairs/{number}.csv", rows.encode())
        receive_dropped(context, "civil_affairs")
        held += [done.delivery_id for done in settle_pending(context)]
    return held


def told(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> str:
    assert main(arguments) == code
    printed = capsys.readouterr()
    return printed.err if code else printed.out


def states(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    found = json.loads(told(["status", "--source", "civil_affairs", "--json"], capsys))
    return {item["delivery_id"]: item["status"] for item in found["deliveries"]}


def test_what_waits_is_listed_with_the_reason(waiting: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    listed = told(["approve", "--list"], capsys)
    assert all(f"{identity}:" in listed for identity in waiting)
    assert listed.count("没有报送清单") == 2
    found = json.loads(told(["approve", "--list", "--json"], capsys))
    assert [item["delivery_id"] for item in found["held"]] == waiting


def test_one_is_approved_and_one_turned_down(waiting: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    first, second = waiting
    assert "已采用" in told(["approve", first, "--by", "chen.jie"], capsys)
    turn_down = ["approve", second, "--turn-down", "只有一个乡镇的数据", "--by", "chen.jie"]
    assert "已退回" in told(turn_down, capsys)
    assert states(capsys) == {first: "accepted", second: "rejected"}
    assert "没有待批准的投递" in told(["approve", "--list"], capsys)
    assert "does not wait" in told(["approve", first, "--by", "chen.jie"], capsys, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Name one delivery"),
        (["D", "--list"], "Name one delivery"),
        (["D"], "Say who decides"),
        (["D", "--turn-down", " ", "--by", "x"], "Say why"),
        (["nothing", "--by", "x"], "is not registered"),
    ],
)
def test_what_cannot_be_decided_is_said(
    waiting: list[str], arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [waiting[0] if argument == "D" else argument for argument in arguments]
    assert message in told(["approve", *given], capsys, 1)
    assert set(states(capsys).values()) == {"held"}


def test_its_report_is_told_and_written(waiting: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "报告.html"
    printed = told(["profile", waiting[0], "--out", str(page)], capsys)
    assert printed.startswith(f"{waiting[0]}: 待批准 waits for approval\n")
    assert "数据行 rows 1, 接受 accepted 1, 退回 rejected 0" in printed
    assert printed.endswith(f"{page} written\n")
    assert waiting[0] in page.read_text("utf-8")
    found = json.loads(told(["profile", waiting[0], "--json"], capsys))
    assert (found["verdict"]["zh"], found["rows"], found["page"]) == ("待批准", 1, None)
    for text in (printed, page.read_text("utf-8")):
        assert "岩温" not in text
    assert "is registered" in told(["profile", "nothing"], capsys, 1)

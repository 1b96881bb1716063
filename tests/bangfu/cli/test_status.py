"""`bangfu status --at`: which deliveries and extracts counted at a moment, for people and for machines."""

import json
from typing import Any

import pytest
from hand_built import Database, opened
from sqlalchemy import text

from bangfu.cli import main
from bangfu.db.deliveries import delivered_files
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.intake.settle import settle_pending
from tests.bangfu.pipeline.sending import Sending, correction, roster_text

FIRST = Sending({"花名册.csv": roster_text("李娜", "王芳")}, period="2026-05")
SECOND = correction(FIRST, {"花名册.csv": roster_text("李娜", "王芳", "岩罕")})
OTHER = Sending(
    {"名单.csv": "低保证号,救助类别,成员姓名,成员身份证号\nJ1,农村低保,岩罕,539210199003070036\n".encode()},
    source="civil_affairs",
    sender="530100",
    period="2026-06",
)


@pytest.fixture
def context(database: Database, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Two rows came into use on 1 June, three instead of them on 20 June, until they were retracted on 5 July."""
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    found = opened(database)
    for sending in (FIRST, SECOND, OTHER):
        sending.put(found)
        receive_dropped(found, sending.source)
        settle_pending(found)
    retract(found, SECOND.delivery_id, "发错了", by="chen.jie")
    moments = [
        ("accepted_at", FIRST, "2026-06-01T10:00+08:00"),
        ("accepted_at", SECOND, "2026-06-20T10:00+08:00"),
        ("retracted_at", SECOND, "2026-07-05T10:00+08:00"),
        ("accepted_at", OTHER, "2026-06-10T10:00+08:00"),
    ]
    with found.engine.begin() as connection:
        for column, sending, at in moments:
            query = f"UPDATE delivery SET {column} = :at WHERE delivery_id = :delivery"
            connection.execute(text(query), {"at": at, "delivery": sending.delivery_id})
    return found


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["status", *arguments, "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_it_tells_which_deliveries_and_extracts_counted(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "--source", "union_roster", "--at", "2026-06-30T12:00")
    with context.engine.connect() as connection:
        [file] = delivered_files(connection, SECOND.delivery_id)
    assert found == {
        "at": "2026-06-30T12:00:00+08:00",
        "source": "union_roster",
        "standing": [
            {
                "source": "union_roster",
                "sender": "530102",
                "period": "2026-05",
                "revision": 2,
                "rows": 3,
                "delivery_id": SECOND.delivery_id,
                "extract_id": file.extract_id,
            }
        ],
    }


@pytest.mark.parametrize(
    ("at", "revisions"),
    [
        ("2026-06-01T09:59", []),
        ("2026-06-01T10:00", [1]),
        ("2026-06-20T09:59:59", [1]),
        ("2026-06-20T02:00Z", [2]),  # ten in the morning in China
        ("2026-07-05T10:00", [1]),
    ],
)
def test_a_moment_is_one_in_china_unless_it_says_otherwise(
    context: Context, capsys: pytest.CaptureFixture[str], at: str, revisions: list[int]
) -> None:
    found = told(capsys, "--source", "union_roster", "--at", at)
    assert [row["revision"] for row in found["standing"]] == revisions


def test_without_a_source_all_are_told(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "--at", "2026-06-15T00:00")
    assert found["source"] is None
    assert [(row["source"], row["rows"]) for row in found["standing"]] == [("civil_affairs", 1), ("union_roster", 2)]


def test_people_read_a_table(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--source", "union_roster", "--at", "2026-06-30T12:00"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "counted at 2026-06-30 12:00 (China): 1 extracts, 3 rows, as far as they are still kept"
    assert lines[1].split() == ["source", "sender", "period", "revision", "rows", "delivery", "extract"]
    assert lines[2].split()[:6] == ["union_roster", "530102", "2026-05", "2", "3", SECOND.delivery_id]


@pytest.mark.parametrize("at", ["yesterday", "2026-06-30", "2026-06-31T12:00", ""])
def test_what_is_no_moment_is_explained(context: Context, capsys: pytest.CaptureFixture[str], at: str) -> None:
    """A day alone could mean its beginning or its end."""
    assert main(["status", "--at", at]) == 1
    assert "Give --at a day and a time, such as 2026-06-30T12:00" in capsys.readouterr().err


def test_an_unknown_source_is_named(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--source", "nobody", "--at", "2026-06-30T12:00"]) == 1
    assert "There is no source 'nobody'" in capsys.readouterr().err

"""Notices: counts alone, each once, with a message for each channel, in the order in which they are committed."""

import datetime as dt
import threading
import time

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from bangfu.db.outbox.channels import ChannelRow, set_channels
from bangfu.db.outbox.models import NoticeMessage, NoticeRow
from bangfu.db.outbox.notices import NewNotice, get_notice, is_announced, write_notices
from schemas.notices import COUNTS, KINDS, Channel, NoticeKind
from tests.conftest import Database

DAY = dt.date(2026, 12, 2)


def notice(union: str = "530102", version: int = 1, **values) -> NewNotice:
    return NewNotice(**{
        "union_code": union, "kind": NoticeKind.LIST, "list_version": version, "counts": {"new": 3}, "acknowledge_by": DAY,
    } | values)  # fmt: skip


def messages(database: Database) -> list[tuple[str, str, str]]:
    query = select(NoticeRow.union_code, NoticeMessage.channel, NoticeMessage.status).join_from(
        NoticeMessage, NoticeRow
    )
    with database.owner.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(query))


def test_everything_said_is_said_in_both_languages() -> None:
    assert set(KINDS) == set(NoticeKind)
    assert all(words.zh and words.en for words in (*KINDS.values(), *COUNTS.values()))


@pytest.mark.parametrize(
    "counts",
    [
        {"name": "岩罕金丝雀"},
        {"new": "岩罕金丝雀"},
        {"new": 3, "岩罕金丝雀": 1},
        {"new": True},
        {"new": -1},
        {"new": 1.5},
    ],
)
def test_the_writer_refuses_all_but_counts(database: Database, counts) -> None:
    with pytest.raises(ValueError, match="counts alone") as refused, database.owner.begin() as connection:
        write_notices(connection, [notice(counts=counts)])
    assert "金丝雀" not in str(refused.value)
    with database.owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM notice")) == 0


def test_a_union_s_name_cannot_carry_a_number(database: Database) -> None:
    """Rosters shift columns: what stands as a union's name may be an identity number."""
    with pytest.raises(DBAPIError, match="union_code_form"), database.owner.begin() as connection:
        write_notices(connection, [notice("张三539001198001010014工会")])


def test_one_message_for_each_channel(database: Database) -> None:
    rows = {
        "530102": [ChannelRow("530102", Channel.INBOX), ChannelRow("530102", Channel.EMAIL, "a@b.example", "smtp")],
        "530103": [ChannelRow("530103", Channel.NONE)],
    }
    with database.owner.begin() as connection:
        for union, wanted in rows.items():
            set_channels(connection, union, wanted, by="li.na")
        assert write_notices(connection, [notice("530102"), notice("530103"), notice("532901")]) == 3
    assert messages(database) == [
        ("530102", "email", "waiting"), ("530102", "inbox", "sent"), ("532901", "inbox", "sent"),
    ]  # fmt: skip


def test_again_changes_nothing(database: Database) -> None:
    with database.owner.begin() as connection:
        assert not is_announced(connection, 1)
        assert write_notices(connection, [notice()]) == 1
        assert write_notices(connection, [notice(counts={"new": 9})]) == 0
        assert is_announced(connection, 1)
        assert not is_announced(connection, 2)
    assert len(messages(database)) == 1


def test_a_notice_is_read_as_written_and_never_changed(database: Database) -> None:
    with database.owner.begin() as connection:
        write_notices(connection, [notice(due_on=dt.date(2026, 12, 21))])
        found = get_notice(connection, str(connection.scalar(select(NoticeRow.notice_id))))
    assert found is not None
    assert (found.union_code, found.kind, found.counts) == ("530102", NoticeKind.LIST, {"new": 3})
    assert (found.acknowledge_by, found.due_on, found.about) == (DAY, dt.date(2026, 12, 21), None)
    for statement in ("UPDATE notice SET counts = '{}'", "DELETE FROM notice", "TRUNCATE notice CASCADE"):
        with pytest.raises(DBAPIError, match="only ever added"), database.owner.begin() as connection:
            connection.execute(text(statement))


def test_positions_follow_the_order_of_the_commits(database: Database) -> None:
    """A second writer waits for the first, so that no reader passes a position whose notice comes later."""
    began = threading.Event()
    done: list[float] = []

    def second() -> None:
        with database.owner.begin() as connection:
            began.set()
            write_notices(connection, [notice("530103")])
        done.append(time.monotonic())

    with database.owner.begin() as connection:
        write_notices(connection, [notice("530102")])
        writer = threading.Thread(target=second)
        writer.start()
        began.wait(5)
        time.sleep(0.3)
        assert done == []
        committed = time.monotonic()
    writer.join(10)
    assert done[0] >= committed
    with database.owner.connect() as connection:
        rows = connection.execute(text("SELECT union_code FROM notice ORDER BY position")).scalars()
        assert list(rows) == ["530102", "530103"]

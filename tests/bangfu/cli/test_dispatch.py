"""`bangfu dispatch`: sends, lists what was given up, tries it again."""

import json
from pathlib import Path

import pytest
from hand_built import Database, opened
from sqlalchemy import text

from bangfu.cli import main
from schemas.notices import Channel
from tests.bangfu.notifying.servers import receiving
from tests.bangfu.pipeline.notices.conftest import ids, notices_for


def test_the_way_of_a_message_that_is_given_up(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_NOTICE_PRIVATE", "true")
    with receiving() as receiver:
        notices_for(opened(database), 1, (Channel.WEBHOOK, receiver.url))
        [message] = ids(opened(database))
        receiver.answers.append(410)
        assert main(["dispatch", "--once"]) == 0
        assert capsys.readouterr().out == "dispatch: 0 sent, 0 to be tried again, 1 given up\n"
        assert main(["dispatch", "--dead"]) == 0
        assert message in capsys.readouterr().out
        assert main(["dispatch", "--requeue", message]) == 0
        capsys.readouterr()
        assert main(["dispatch", "--once", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"sent": 1, "failed": 0, "dead": 0, "cancelled": 0}
        assert receiver.ids == [message, message]
    assert main(["dispatch", "--dead"]) == 0
    assert "no message was given up" in capsys.readouterr().out
    assert main(["dispatch", "--requeue", message]) == 1
    assert "no dead message" in capsys.readouterr().err
    with database.owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM notice_attempt")) == 2

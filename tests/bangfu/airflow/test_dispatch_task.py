"""The tasks of the DAG `dispatch` return counts: no address of a union gets into Airflow."""

import json

import pytest
from hand_built import Database, opened

from bangfu.airflow import work
from schemas.notices import Channel
from tests.bangfu.notifying.servers import receiving
from tests.bangfu.pipeline.notices.conftest import notices_for


def test_they_return_counts(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_NOTICE_PRIVATE", "true")
    with receiving() as receiver:
        notices_for(opened(database), 3, (Channel.WEBHOOK, receiver.url))
        receiver.answers.append(410)
        told = [work.remind(), work.dispatch(), work.dispatch()]
    nothing = {"sent": 0, "failed": 0, "dead": 0, "cancelled": 0}
    assert told == [{"notices": 0}, {**nothing, "sent": 2, "dead": 1}, nothing]
    assert "127.0.0.1" not in json.dumps(told)

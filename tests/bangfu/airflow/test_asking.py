"""Asking about held deliveries: one question each, without markup of the sender's, and what the answers do."""

from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from hand_built import Database, opened

from bangfu.airflow import asking, work
from bangfu.db.deliveries import Statement, get_delivery, record_delivery
from bangfu.db.deliveries import decide as record_decision
from bangfu.db.intake_models import Announcement, DeliveryStatus
from bangfu.errors import BangfuError
from bangfu.pipeline.receipts.giving import receipt_of

ADDRESS = "http://127.0.0.1:8080/"


@pytest.fixture(autouse=True)
def environment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Airflow's components give every task."""
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")


def hold(
    database: Database, *identities: str, source: str = "civil_affairs", reason: str = "行数减少\nfewer rows"
) -> None:
    for identity in identities:
        with database.owner.begin() as connection:
            record_delivery(
                connection,
                Statement(identity, source, f"530100/{identity}", Announcement.MANIFEST, "530100", "2026-06"),
                [],
            )
            record_decision(connection, identity, DeliveryStatus.HELD, code="drift", reason=reason)


def status_of(database: Database, identity: str) -> tuple[DeliveryStatus, str | None]:
    with opened(database).engine.connect() as connection:
        row = get_delivery(connection, identity)
    assert row is not None
    return row.status, row.decided_by


def answer(option: str, user: dict[str, str] | None = None, reason: str | None = None) -> dict[str, object]:
    return {"chosen_options": [option], "params_input": {asking.REASON: reason}, "responded_by_user": user}


def test_only_what_has_just_been_held_is_announced(database: Database) -> None:
    hold(database, "d-1", "d-2", "d-3")
    assert asking.newly_held("civil_affairs", {"held": 2}) == ["d-2", "d-3"]
    for nothing in ({"held": 0}, {"accepted": 2}):
        with pytest.raises(AirflowSkipException):
            asking.newly_held("civil_affairs", nothing)


def test_events_name_deliveries_and_the_clock_names_none() -> None:
    event = SimpleNamespace(extra={"deliveries": ["d-2", "d-1"]})
    assert asking.announced({"a": [event, SimpleNamespace(extra={})], "b": [event]}) == ["d-2", "d-1"]
    assert asking.announced({}) == []


def test_each_delivery_is_a_question_of_its_own(database: Database) -> None:
    hold(database, "d-1", "d-2")
    hold(database, "d-3", source="union_roster")
    asked = asking.questions("civil_affairs", [], ADDRESS)
    assert [question["delivery_id"] for question in asked] == ["d-1", "d-2"]
    assert "| 昆明市 530100 | 2026-06 | 1 |" in asked[0]["body"]
    assert "> 行数减少" in asked[0]["body"]
    assert "(http://127.0.0.1:8080/bangfu/profile/d-1)" in asked[0]["body"]
    assert all(option in asked[0]["body"] for option in asking.OPTIONS)
    assert [question["delivery_id"] for question in asking.questions("civil_affairs", ["d-2", "gone"], "")] == ["d-2"]
    for source, only in (("death_record", []), ("civil_affairs", ["gone"])):
        with pytest.raises(AirflowSkipException):
            asking.questions(source, only, ADDRESS)


def test_what_a_sender_wrote_is_no_markup_and_no_template(database: Database) -> None:
    """A reason may name new columns, which are the sender's words; a page and a template engine read the question."""
    hold(database, "d-1", reason="新的列：{{ var.value.secret }}![x](http://evil)<script>{% x %}`\nnew columns")
    [question] = asking.questions("civil_affairs", [], ADDRESS)
    for markup in ("{{", "{%", "![", "](http://evil", "<script", "http://evil"):
        assert markup not in question["body"]


def test_yes_takes_it_into_use_and_names_who_said_so(database: Database) -> None:
    hold(database, "d-1", "d-2")
    done = asking.decide("d-1", answer(asking.APPROVE, {"id": "7", "name": "chen.jie"}))
    assert done == {"delivery_id": "d-1", "decided": 1, "approved": 1}
    assert status_of(database, "d-1") == (DeliveryStatus.ACCEPTED, "chen.jie (Airflow)")
    assert status_of(database, "d-2") == (DeliveryStatus.HELD, None)


def test_no_turns_it_down_with_the_reason_that_its_sender_reads(database: Database) -> None:
    hold(database, "d-1")
    no = answer(asking.TURN_DOWN, {"id": "7", "name": ""}, " 只有一个乡镇 ")
    assert asking.decide("d-1", no)["approved"] == 0
    assert status_of(database, "d-1") == (DeliveryStatus.REJECTED, "7 (Airflow)")
    assert receipt_of(opened(database), "d-1")["reason_zh"] == "只有一个乡镇"


@pytest.mark.parametrize("reason", [None, "", " \n"])
def test_no_without_a_reason_is_no_answer(database: Database, reason: str | None) -> None:
    hold(database, "d-1")
    no = answer(asking.TURN_DOWN, {"id": "7", "name": "chen.jie"}, reason)
    assert asking.lacks_reason(no)
    with pytest.raises(BangfuError, match="Say why the delivery is turned down"):
        asking.decide("d-1", no)
    assert status_of(database, "d-1") == (DeliveryStatus.HELD, None)


def test_other_answers_need_no_reason() -> None:
    """A client of the API may leave the parameters out altogether."""
    assert not asking.lacks_reason(answer(asking.APPROVE))
    assert not asking.lacks_reason({"chosen_options": [asking.LATER]})
    assert asking.lacks_reason({"chosen_options": [asking.TURN_DOWN]})


def test_nobodys_answer_and_a_late_one_change_nothing(database: Database) -> None:
    hold(database, "d-1")
    with pytest.raises(AirflowSkipException, match="goes on waiting"):
        asking.decide("d-1", answer(asking.LATER))
    assert status_of(database, "d-1") == (DeliveryStatus.HELD, None)
    work.decide_held(["d-1"], approved=True, by="by.hand")
    with pytest.raises(AirflowSkipException, match="decided about elsewhere"):
        asking.decide("d-1", answer(asking.TURN_DOWN, {"id": "7", "name": "late"}))
    assert status_of(database, "d-1") == (DeliveryStatus.ACCEPTED, "by.hand")

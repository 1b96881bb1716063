"""Writing cases: an event and what it makes of the case, both or neither; who holds a case; when it was seen."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bangfu.db import portal_session_scope
from bangfu.db.case_queries import CaseRow, get
from bangfu.db.cases import HOLD, add_event, events_of, hold, known_key, let_go, mark_seen, names_of
from bangfu.db.users import User, create_user
from bangfu.errors import Refused
from bangfu.pipeline.review.acting import act, case_now
from bangfu.review.cases import Actor, Event, after
from bangfu.review.deadlines import Calendar
from bangfu.review.standing import standing
from bangfu.review.steps import taken
from schemas.flow import Role as FlowRole
from schemas.rights import Role
from tests.conftest import Database

from .conftest import viewer

OFFICER = Actor("viewer", FlowRole.OFFICER, "530102")
PLAIN = Calendar()


@pytest.fixture
def sent(database: Database, published: Callable[..., str], candidate: Callable[..., object]) -> str:
    """Id of a case that was sent to Wuhua."""
    published([candidate(1)])
    with database.owner.connect() as connection:
        return str(connection.scalar(text("SELECT case_id FROM review_case")))


def now() -> datetime:
    return datetime.now(UTC)


def read(database: Database, case_id: str) -> CaseRow:
    with database.owner.connect() as connection:
        row = get(connection, case_id)
    assert row is not None
    return row


def receive(database: Database, case_id: str, actor: Actor = OFFICER) -> Event:
    """The event of receiving the case, not written."""
    with database.owner.connect() as connection:
        case = case_now(connection, case_id)
    return taken(case, "receive", actor, now(), {}, version=case.version)


def test_an_event_is_read_as_it_was_written(database: Database, sent: str) -> None:
    event = receive(database, sent)
    with portal_session_scope(database.portal, viewer("530102")) as connection:
        add_event(connection, event, standing(after(case_now(connection, sent), event), PLAIN))
    with database.owner.connect() as connection:
        assert events_of(connection, sent)[-1] == event
    row = read(database, sent)
    assert (row.state, row.version, row.changed_at) == ("received", 3, event.at)


def test_the_second_event_of_one_version_is_refused_and_changes_nothing(database: Database, sent: str) -> None:
    first, second = (receive(database, sent, Actor(name, FlowRole.OFFICER, "530102")) for name in ("viewer", "late"))
    with database.owner.begin() as connection:
        add_event(connection, first, standing(after(case_now(connection, sent), first), PLAIN))
    before = read(database, sent)
    with pytest.raises(Refused, match="changed since you opened it") as refused, database.owner.begin() as connection:
        add_event(connection, second, standing(after(case_now(connection, sent), second), PLAIN))
    assert refused.value.code == "changed_meanwhile"
    assert read(database, sent) == before
    with database.owner.connect() as connection:
        assert [event.actor.account for event in events_of(connection, sent)] == ["bangfu", "bangfu", "viewer"]


def test_of_many_at_once_one_is_written(database: Database, sent: str) -> None:
    def take(number: int) -> str:
        actor = Actor(f"officer{number}", FlowRole.OFFICER, "530102")
        try:
            with database.owner.begin() as connection:
                act(connection, sent, "receive", actor, now(), {}, version=2, calendar=PLAIN)
        except Refused as refused:
            return refused.code
        return "taken"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take, range(8))) == ["changed_meanwhile"] * 7 + ["taken"]
    assert read(database, sent).version == 3


def test_an_event_with_a_key_is_found_again(database: Database, sent: str) -> None:
    with database.owner.begin() as connection:
        for _ in range(2):
            act(connection, sent, "receive", OFFICER, now(), {}, version=2, calendar=PLAIN, key="row-7")
    with database.owner.connect() as connection:
        assert (known_key(connection, sent, "row-7"), known_key(connection, sent, "row-8")) == (3, None)
        assert len(events_of(connection, sent)) == 3, "the second time changed nothing"


def test_events_of_another_area_are_none(database: Database, sent: str) -> None:
    with portal_session_scope(database.portal, viewer("532901")) as connection:
        assert events_of(connection, sent) == []
        with pytest.raises(Refused, match="no such case in your area"):
            case_now(connection, sent)


def test_a_case_is_held_by_one_until_the_time_is_over(database: Database, sent: str) -> None:
    start = now()
    with portal_session_scope(database.portal, viewer("530102")) as connection:
        assert hold(connection, sent, "li", start) is None
        assert hold(connection, sent, "wang", start) == {"held_by": "li", "held_until": start + HOLD}
        assert hold(connection, sent, "li", start + HOLD / 2) is None, "a sign of its holder prolongs it"
        last = start + HOLD / 2 + HOLD
        assert hold(connection, sent, "wang", last - timedelta(seconds=1)) == {"held_by": "li", "held_until": last}
        assert hold(connection, sent, "wang", last) is None
    assert (read(database, sent).held_by, read(database, sent).held_until) == ("wang", last + HOLD)


def test_a_hold_is_given_back_by_its_holder_alone(database: Database, sent: str) -> None:
    with database.owner.begin() as connection:
        hold(connection, sent, "li", now())
        let_go(connection, "wang", sent)
    assert read(database, sent).held_by == "li"
    with database.owner.begin() as connection:
        let_go(connection, "li", sent)
    assert (read(database, sent).held_by, read(database, sent).held_until) == (None, None)


def test_nobody_holds_a_case_of_another_area_or_one_that_has_ended(database: Database, sent: str) -> None:
    with portal_session_scope(database.portal, viewer("532901")) as connection:
        assert hold(connection, sent, "yang", now()) is None
        mark_seen(connection, sent, now())
    with database.owner.begin() as connection:
        connection.execute(text("UPDATE review_case SET ended_at = now()"))
        hold(connection, sent, "li", now())
        mark_seen(connection, sent, now())
    row = read(database, sent)
    assert (row.held_by, row.seen_at) == (None, None)


def test_a_case_is_seen_once_and_new_again_where_the_next_step_is_another_s(database: Database, sent: str) -> None:
    first = now()
    with database.owner.begin() as connection:
        mark_seen(connection, sent, first)
        mark_seen(connection, sent, first + timedelta(1))
    assert read(database, sent).seen_at == first
    with database.owner.begin() as connection:
        act(connection, sent, "receive", OFFICER, now(), {}, version=2, calendar=PLAIN)
    assert read(database, sent).seen_at is None, "it waits for the approver, who has not seen it"


def test_names_are_of_those_who_are_asked_for(database: Database) -> None:
    with database.owner.begin() as connection:
        create_user(connection, User("li.na", "李娜", Role.COUNTY_OFFICER, "530102"), "a-long-password")
    with portal_session_scope(database.portal, viewer("532901")) as connection:
        assert names_of(connection, ["li.na", "nobody", "' OR 1=1"]) == {"li.na": "李娜"}
        assert names_of(connection, []) == {}

"""Publishing a list tells the unions whose clues it changes, in the same transaction and once."""

import datetime as dt

import pytest
from hand_built import Database, opened
from sqlalchemy import select, text

import bangfu.pipeline.review.publish as publishing
from bangfu.china_time import CHINA
from bangfu.db import candidates, runs
from bangfu.db.candidates import NewCandidate
from bangfu.db.outbox.channels import open_desk
from bangfu.db.outbox.models import NoticeRow
from bangfu.pipeline.context import Context
from tests.approving import publish
from tests.bangfu.pipeline.review.test_publish import screened, visible


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def notices(context: Context) -> list[tuple[object, ...]]:
    query = select(NoticeRow.union_code, NoticeRow.kind, NoticeRow.list_version, NoticeRow.counts)
    with context.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(NoticeRow.position))]


def test_a_list_and_its_notices(context: Context) -> None:
    screened(context, "a", "b")
    assert publish(context).notices == 1
    screened(context, "b", "c")
    assert publish(context).notices == 1
    assert notices(context) == [
        ("530102", "list", 1, {"new": 2, "continuing": 0, "withdrawn": 0}),
        ("530102", "list", 2, {"new": 1, "continuing": 1, "withdrawn": 1}),
    ]


def test_a_list_that_changes_nothing_tells_nobody(context: Context) -> None:
    screened(context, "a")
    publish(context)
    screened(context, "a")
    assert publish(context).notices == 0
    assert len(notices(context)) == 1


def test_again_tells_nobody(context: Context) -> None:
    screened(context, "a")
    assert (publish(context).notices, publish(context).notices) == (1, 0)
    assert len(notices(context)) == 1


def test_neither_without_the_other(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list whose notices cannot be written is not published."""

    def fail(*_: object) -> int:
        raise RuntimeError("the connection is gone")

    screened(context, "a")
    monkeypatch.setattr(publishing, "announce", fail)
    with pytest.raises(RuntimeError):
        publish(context)
    assert (visible(context), notices(context)) == ([], [])


def test_days_are_working_days(context: Context) -> None:
    """Two to acknowledge, fifteen to visit; nothing is to be visited where nothing is new."""
    screened(context, "a")
    publish(context)
    screened(context)
    publish(context)
    query = select(NoticeRow.acknowledge_by, NoticeRow.due_on, NoticeRow.created_at).order_by(NoticeRow.position)
    with context.engine.connect() as connection:
        first, second = connection.execute(query).all()
    assert 2 <= (first.acknowledge_by - first.created_at.date()).days <= 12
    assert 19 <= (first.due_on - first.created_at.date()).days <= 36
    assert second.due_on is None


def test_owners_are_told_of_clues_that_are_withdrawn_with_their_data(context: Context) -> None:
    """An extract is retracted, the next list does without it: counts only, and no visit is asked for."""
    settlement = [{"code": "S1", "source": "medical_settlement"}]
    rows = [
        NewCandidate(person, county, f"roster:{person}", settlement, 0.5)
        for person, county in (("a", "530102"), ("b", "530102"), ("c", "532901"))
    ]
    listed(context, rows)
    with context.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO delivery (delivery_id, source, slot, announced, status, accepted_at, retracted_at) "
                "VALUES ('d', 'medical_settlement', 's', 'none', 'retracted', now(), clock_timestamp())"
            )
        )
    listed(context, rows[2:])
    assert notices(context)[2:] == [
        ("530102", "list", 2, {"new": 0, "continuing": 0, "withdrawn": 2}),
        ("530102", "retraction", 2, {"retracted": 2}),
    ]


def listed(context: Context, rows: list[NewCandidate]) -> None:
    with context.engine.begin() as connection:
        run = runs.start_run(connection, "screen")
        candidates.replace_screened(connection, run, rows)
        runs.finish_run(connection, run, {})
    publish(context)


RUINED = [{"code": "S4", "band": "collapsed", "source": "disaster_relief"}]


def hurried(context: Context) -> list[tuple[str, dict[str, int], dt.datetime, dt.date]]:
    columns = NoticeRow.union_code, NoticeRow.counts, NoticeRow.due_at, NoticeRow.acknowledge_by
    query = select(*columns).where(NoticeRow.kind == "urgent").order_by(NoticeRow.position)
    with context.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_clues_that_cannot_wait_are_told_of_by_themselves(context: Context) -> None:
    """Each union its own number, and the hour by which its cases are due; nothing of a person."""
    plain = [{"code": "S1", "source": "medical_settlement"}]
    people = (("a", "530102", RUINED), ("b", "530102", RUINED), ("c", "530102", plain), ("d", "532901", plain))
    listed(context, [NewCandidate(person, county, f"roster:{person}", why, 0.5) for person, county, why in people])
    [(union, counts, due_at, acknowledge_by)] = hurried(context)
    assert (union, counts) == ("530102", {"urgent": 2})
    with context.engine.connect() as connection:
        dues = connection.scalars(text("SELECT due_at FROM review_case WHERE urgent")).all()
    assert {due_at} == set(dues)
    assert acknowledge_by == due_at.astimezone(CHINA).date()
    assert [row[:2] for row in notices(context)] == [("530102", "list"), ("532901", "list"), ("530102", "urgent")]


def test_urgent_clues_are_told_of_once(context: Context) -> None:
    """Those that a later list still has were told of; one that is new is told of alone."""
    rows = [NewCandidate(person, "530102", f"roster:{person}", RUINED, 0.5) for person in "abc"]
    listed(context, rows[:2])
    publish(context)
    listed(context, rows[:2])
    assert [counts for _, counts, *_ in hurried(context)] == [{"urgent": 2}]
    listed(context, rows)
    assert [counts for _, counts, *_ in hurried(context)] == [{"urgent": 2}, {"urgent": 1}]


def test_urgent_clues_of_a_union_with_a_desk_are_told_to_it(context: Context) -> None:
    with context.engine.begin() as connection:
        open_desk(connection, "云南省教育工会", "53")
    evidence = {"owner": {"tree": "industry", "union": "云南省教育工会"}}
    listed(context, [NewCandidate("a", "530102", "roster:a", RUINED, 0.5, evidence=evidence)])
    assert [(union, counts) for union, counts, *_ in hurried(context)] == [("云南省教育工会", {"urgent": 1})]

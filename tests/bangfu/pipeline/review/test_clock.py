"""Steps that only time is needed for: taken when their time has come, once, and not before."""

import datetime as dt

import pytest
from hand_built import Database, opened

from bangfu.pipeline.context import Context
from bangfu.pipeline.review.clock import advance
from tests.bangfu.pipeline.review.test_openings import cases, clue, listed, steps, worked


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def put_off(context: Context, days: int) -> str:
    listed(context, clue("a"))
    case_id = cases(context)["a"].case_id
    until = (dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date() + dt.timedelta(days)).isoformat()
    worked(context, case_id, "receive")
    worked(context, case_id, "settle", outcome="90", until=until)
    return case_id


def test_a_case_that_was_put_off_goes_on_after_the_stated_day(context: Context) -> None:
    case_id = put_off(context, 20)
    assert cases(context)["a"].state == "put_off"
    now = dt.datetime.now(dt.UTC)
    assert advance(context, now + dt.timedelta(19)).steps == 0
    assert advance(context, now + dt.timedelta(21)).steps == 1
    assert cases(context)["a"].state == "received"
    assert steps(context, case_id)[-1] == "resume"
    assert advance(context, now + dt.timedelta(21)).steps == 0

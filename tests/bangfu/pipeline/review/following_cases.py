"""Cases that were walked to an end, in a database: by accounts of their own, or by those that a test names."""

import datetime as dt
from typing import Any

from bangfu.db import portal_session_scope
from bangfu.db.list_entries import NewEntry
from bangfu.db.second_reviews import mark_sampled
from bangfu.db.users import User
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.acting import act, case_now
from bangfu.pipeline.review.appealing import lodge_appeal
from bangfu.portal.acting import actor_of
from bangfu.review.cases import Case
from bangfu.review.deadlines import Calendar
from bangfu.review.needs import details_of
from schemas.rights import Role
from tests.bangfu.pipeline.review.test_openings import cases, clue, listed
from tests.bangfu.review.walking import TO_FILE, filled, somebody
from tests.conftest import Database

CALENDAR = Calendar()
TO_NOTICE = TO_FILE[1:]
"""From the county's receipt to the notice; publishing has sent the clue."""
LATER = dt.timedelta(minutes=11)
WHY = {"code": "above_line", "zh": "连续12个月高于标准", "en": "above the standard for 12 months"}
REGISTRAR = User("chen.jie", "陈洁", Role.COUNTY_OFFICER, "530102")


def walk(context: Context, case_id: str, *codes: str, hours: float = 0.1, **details: Any) -> Case:
    """Take steps, each by an account of its own; a code may name its choice, as in `verify:03`."""
    for number, named in enumerate(codes):
        code, _, choice = named.partition(":")
        with context.engine.begin() as connection:
            case = case_now(connection, case_id)
            at = max(case.history[-1].at, dt.datetime.now(dt.UTC)) + dt.timedelta(hours=hours)
            step = case.rules.steps[code]
            if step.after_lot:
                mark_sampled(connection, [case_id], at)
            told = {name: value for name, value in details.items() if name in details_of(step)}
            actor = somebody(case, step, 100 + case.version + number)
            given = filled(case, step, at, choice) | told
            act(connection, case_id, code, actor, at, given, version=case.version, calendar=CALENDAR)
    return now_is(context, case_id)


def now_is(context: Context, case_id: str) -> Case:
    with context.engine.connect() as connection:
        return case_now(connection, case_id)


def entry(listing: str, subject: str, county: str = "530102", *files: str, why: dict[str, str] = WHY, **about: Any) -> NewEntry:  # fmt: skip
    return NewEntry(listing, subject, county, (why,), files=files, **about)


def a_clue(context: Context, **about: Any) -> str:
    listed(context, clue("a", **about))
    return cases(context)["a"].case_id


def closed(context: Context) -> str:
    """A clue that was visited, found not to be in hardship, and closed."""
    case_id = a_clue(context)
    walk(context, case_id, *TO_NOTICE[: TO_NOTICE.index("visit") + 1], "verify:10")
    return case_id


def lodged(context: Context, database: Database, case_id: str, user: User = REGISTRAR, **details: Any) -> str:
    """An appeal lodged in the portal, a quarter of an hour after the last step of the case."""
    case = now_is(context, case_id)
    at = case.history[-1].at + dt.timedelta(minutes=15)
    actor = actor_of(user, case.county)
    assert actor is not None
    given = {"appellant": "worker", "lodged_on": at.date().isoformat(), "ground": "支出没有算全", **details}
    with portal_session_scope(database.portal, user) as connection:
        return lodge_appeal(connection, case_id, actor, at, given, version=case.version, calendar=CALENDAR)


def after_end(context: Context, case_id: str) -> dt.datetime:
    """When the last step of a case can no longer be taken back."""
    return now_is(context, case_id).history[-1].at + LATER

"""Cases that follow: opened out of the end of another, once, with what was known; what appeals decide is passed on."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hand_built import Database, opened
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from bangfu.db.case_models import ReviewCase
from bangfu.db.case_queries import CaseRow, get
from bangfu.db.users import User, create_user
from bangfu.pipeline.context import Context
from bangfu.pipeline.review import following
from bangfu.pipeline.review.clock import advance
from bangfu.pipeline.review.following import Followed, follow
from bangfu.review.deadlines import Calendar
from bangfu.review.standing import standing
from schemas.flow import Role as FlowRole
from schemas.rights import Role
from tests.bangfu.pipeline.review.following_cases import (
    TO_NOTICE,
    a_clue,
    after_end,
    closed,
    entry,
    lodged,
    now_is,
    walk,
)
from tests.bangfu.pipeline.review.test_openings import cases, clue, listed, steps

LI = User("li", "李", Role.COUNTY_OFFICER, "530102")


@pytest.fixture
def context(database: Database) -> Context:
    with database.owner.begin() as connection:
        create_user(connection, LI, "a-long-password")
    return opened(database)


def rows(context: Context) -> list[CaseRow]:
    with context.engine.connect() as connection:
        ids = connection.scalars(select(ReviewCase.case_id).order_by(ReviewCase.opened_at, ReviewCase.case_id))
        return [row for row in (get(connection, case_id) for case_id in ids.all()) if row]


def follower(context: Context, case_id: str) -> CaseRow:
    (found,) = [row for row in rows(context) if row.follows == case_id]
    return found


def died(context: Context) -> str:
    """A clue whose member has died, and whose household goes on; Li worked on it."""
    case_id = a_clue(context)
    walk(context, case_id, "receive", "assign", assignee="li")
    walk(context, case_id, "settle:50", note="由配偶继续")
    return case_id


def left(context: Context) -> str:
    """An exit that was approved."""
    listed(context, entries=(entry("exit_suggestions", "p1", "530102", "DA1", name="王五", phone="13900000000"),))
    (row,) = rows(context)
    walk(context, row.case_id, "visit", "confirm:leaves", "publish_notice")
    walk(context, row.case_id, "end_notice", hours=24 * 20)
    walk(context, row.case_id, "approve")
    return row.case_id


def test_a_household_goes_on_with_what_was_known_and_who_worked_on_it(context: Context) -> None:
    case_id = died(context)
    now = after_end(context, case_id)
    assert follow(context, now) == Followed(opened=1)
    earlier, row = rows(context)
    assert (row.flow, row.state, row.follows, row.assignee) == ("candidate", "assigned", case_id, "li")
    assert (row.opened_at, row.version, row.seen_at, row.ended_at) == (now, 1, None, None)
    for name in ("subject", "county_code", "owner_union", "reasons", "evidence", "match", "strength", "list_version"):
        assert getattr(row, name) == getattr(earlier, name), name
    case = now_is(context, row.case_id)
    assert case.history[0].actor.role is FlowRole.SYSTEM
    stands = standing(case, Calendar())
    assert {name: getattr(row, name) for name in vars(stands)} == vars(stands)
    assert row.due_at is not None
    assert row.due_at > now + dt.timedelta(4), "five working days from its own opening"
    assert now_is(context, case_id).stands.ended, "the earlier case stays as it was"


def test_particulars_are_those_of_the_case_before(context: Context) -> None:
    case_id = left(context)
    follow(context, after_end(context, case_id))
    row = follower(context, case_id)
    assert (row.flow, row.state, row.name, row.phone, row.files) == (
        "monitor",
        "watching",
        "王五",
        "13900000000",
        ["DA1"],
    )
    assert row.waits_until is not None
    assert row.waits_until > row.opened_at + dt.timedelta(89), "called on after three months"


def test_nothing_follows_before_the_end_can_no_longer_be_taken_back(context: Context) -> None:
    case_id = died(context)
    assert follow(context, now_is(context, case_id).history[-1].at + dt.timedelta(minutes=9)) == Followed()
    assert len(rows(context)) == 1


def test_again_and_again_opens_nothing_more(context: Context) -> None:
    case_id = died(context)
    now = after_end(context, case_id)
    assert [follow(context, now).opened for _ in range(3)] == [1, 0, 0]
    assert len(rows(context)) == 2


def test_of_many_at_once_one_opens_it(context: Context) -> None:
    ended = [died(context)]
    now = after_end(context, ended[0])
    with ThreadPoolExecutor(6) as pool:
        assert sum(done.opened for done in pool.map(lambda _: follow(context, now), range(6))) == 1
    assert len(rows(context)) == 2


@pytest.mark.parametrize("broken", ["open_following", "mark_followed"])
def test_neither_without_the_other(context: Context, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """A case that is opened and not noted would be opened again; one that is noted and not opened would be lost."""
    case_id = died(context)
    now, whole = after_end(context, case_id), getattr(following, broken)

    def fail(*given: Any) -> None:
        whole(*given)
        raise RuntimeError("the connection is gone")

    monkeypatch.setattr(following, broken, fail)
    with pytest.raises(RuntimeError):
        follow(context, now)
    assert len(rows(context)) == 1
    monkeypatch.undo()
    assert follow(context, now).opened == 1


def test_one_case_that_cannot_be_seen_to_does_not_hold_up_the_others(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the run fails nevertheless, so that somebody looks."""
    listed(context, *(clue(name) for name in "abc"))
    for row in cases(context).values():
        walk(context, row.case_id, "receive", "settle:50")
    wrong, whole = cases(context)["a"].case_id, following.open_following

    def fail(connection: Any, event: Any, stands: Any, earlier: CaseRow) -> bool:
        if earlier.case_id == wrong:
            raise RuntimeError("this one")
        return whole(connection, event, stands, earlier)

    monkeypatch.setattr(following, "open_following", fail)
    now = dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)
    with pytest.raises(RuntimeError, match="this one"):
        follow(context, now)
    assert len(rows(context)) == 5
    monkeypatch.undo()
    assert follow(context, now) == Followed(opened=1)


def test_the_database_lets_one_case_follow_another_at_most(context: Context) -> None:
    case_id = died(context)
    follow(context, after_end(context, case_id))
    listed(context, clue("b"))
    with pytest.raises(IntegrityError, match="uq_review_case_follows"), context.engine.begin() as connection:
        connection.execute(update(ReviewCase).where(ReviewCase.subject == "b").values(follows=case_id))


def test_a_case_that_is_open_already_goes_on_as_the_one_that_follows(context: Context) -> None:
    """A person has one open case of a kind in a county at most: a list may have been sooner."""
    case_id = died(context)
    with context.engine.begin() as connection:
        connection.execute(text("UPDATE candidate_list SET screened_at = screened_at - interval '1 day'"))
        earlier = text("UPDATE review_case SET ended_at = now() - interval '2 days' WHERE case_id = :id")
        connection.execute(earlier, {"id": case_id})
    listed(context, clue("a", {"code": "S4", "band": "collapsed"}))
    assert follow(context, after_end(context, case_id)) == Followed()
    row = follower(context, case_id)
    assert (row.state, row.urgent) == ("sent", True)
    assert follow(context, after_end(context, case_id)) == Followed(), "and is asked no more"


def test_a_case_that_follows_is_not_withdrawn_by_a_list_without_the_clue(context: Context) -> None:
    """The dead are on no list: what goes on stands on what people found."""
    case_id = died(context)
    follow(context, after_end(context, case_id))
    for _ in range(2):
        listed(context, clue("b"))
    row = follower(context, case_id)
    assert (row.state, row.version, "gone" in row.evidence) == ("assigned", 1, False)
    assert cases(context)["b"].state == "sent"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE app_user SET active = false",
        "UPDATE app_user SET area_code = '530103'",
        "UPDATE app_user SET role = 'auditor', area_code = '53'",
        "UPDATE app_user SET union_name = '云南省教育工会', area_code = '53'",
    ],
)
def test_who_is_no_longer_at_the_desk_is_given_nothing(context: Context, change: str) -> None:
    case_id = died(context)
    with context.engine.begin() as connection:
        connection.execute(text(f"{change} WHERE username = 'li'"))
    follow(context, after_end(context, case_id))
    assert follower(context, case_id).assignee is None


def test_where_nobody_was_assigned_who_visited_goes_on(context: Context) -> None:
    listed(context, entries=(entry("returns", "p1", "530102", "DA1"),))
    (row,) = rows(context)
    walk(context, row.case_id, "visit", visitors=["li", "wang"])
    walk(context, row.case_id, "judge:returned")
    follow(context, after_end(context, row.case_id))
    found = follower(context, row.case_id)
    assert (found.flow, found.state, found.assignee) == ("candidate", "assigned", "li")


def test_urgency_stays_with_the_household(context: Context) -> None:
    listed(context, clue("a", {"code": "S4", "band": "collapsed"}))
    case_id = cases(context)["a"].case_id
    walk(context, case_id, "receive", "settle:50")
    now = after_end(context, case_id)
    follow(context, now)
    row = follower(context, case_id)
    assert (row.urgent, row.due_at) == (True, now + dt.timedelta(hours=24))


@pytest.mark.parametrize(
    ("listing", "walked", "follows"),
    [
        ("household_changes", ("verify:died", "correct:needs_help"), True),
        ("household_changes", ("verify:died", "correct:no_need"), False),
        ("household_changes", ("verify:alive",), False),
        ("referrals", ("refer", "reply:turned_down"), True),
        ("referrals", ("refer", "reply:taken_on"), False),
        ("tier_drift", ("look", "confirm:changes", "change"), False),
    ],
)
def test_of_the_other_lists_a_clue_follows_where_the_household_needs_help(
    context: Context, listing: str, walked: tuple[str, ...], follows: bool
) -> None:
    listed(context, entries=(entry(listing, "p1"),))
    (row,) = rows(context)
    assert walk(context, row.case_id, *walked).stands.ended
    assert follow(context, after_end(context, row.case_id)).opened == follows
    assert [found.flow for found in rows(context)][1:] == ["candidate"] * follows


def test_a_watched_household_on_a_list_of_returns_gets_the_sign_and_no_second_case(context: Context) -> None:
    """The list may name another member of the household; the file is the same. The same signs are told once."""
    case_id = left(context)
    follow(context, after_end(context, case_id))
    watch = follower(context, case_id).case_id
    new = {"code": "S1", "zh": "退出后又有“住院自付”：5万元以上（2026Q3）", "en": "after the exit: ..."}
    for _ in range(2):
        listed(context, entries=(entry("returns", "p2", "530102", "DA1", why=new),))
    assert [row.flow for row in rows(context)].count("monitor") == 1
    case = now_is(context, watch)
    assert (case.state, steps(context, watch)) == ("signalled", ["open", "signal"])
    assert case.facts["reason"] == new["zh"]
    walk(context, watch, "visit", "judge:not_returned")
    listed(context, entries=(entry("returns", "p2", "530102", "DA1", why=new),))
    assert now_is(context, watch).state == "watching"


class TestAppeals:
    """What an appeal decides reaches the case that waits, or opens one anew."""

    @pytest.fixture
    def disputed(self, context: Context, database: Database) -> tuple[str, str]:
        """A clue whose notice somebody objects to, and the appeal."""
        case_id = a_clue(context)
        walk(context, case_id, *TO_NOTICE)
        return case_id, lodged(context, database, case_id)

    @pytest.mark.parametrize(
        ("decision", "state"), [("upheld", "on_notice"), ("corrected", "visited"), ("revisit", "to_revisit")]
    )
    def test_the_decision_is_passed_to_the_case_that_waits(
        self, context: Context, disputed: tuple[str, str], decision: str, state: str
    ) -> None:
        case_id, appeal = disputed
        assert now_is(context, case_id).state == "disputed"
        walk(context, appeal, "take_up", f"decide:{decision}", "consent")
        now = after_end(context, appeal)
        assert follow(context, now) == Followed(passed=1)
        case = now_is(context, case_id)
        assert case.state == state
        assert case.history[-1].details == {"decision": decision, "appeal": appeal}
        assert case.history[-1].actor.role is FlowRole.SYSTEM
        assert follow(context, now) == Followed()
        assert len(rows(context)) == 2, "no case is opened anew beside it"

    def test_a_withdrawn_objection_lets_the_notice_go_on(self, context: Context, disputed: tuple[str, str]) -> None:
        case_id, appeal = disputed
        walk(context, appeal, "withdraw")
        now = after_end(context, appeal)
        assert follow(context, now) == Followed(passed=1)
        case = now_is(context, case_id)
        assert case.state == "on_notice"
        assert case.entered["on_notice"] == now, "and stands its whole time from then on"
        assert advance(context, now + dt.timedelta(3)).steps == 0
        assert advance(context, now + dt.timedelta(20)).steps == 1

    @pytest.mark.parametrize(("decision", "opens"), [("upheld", 0), ("corrected", 1), ("revisit", 1)])
    def test_where_the_case_has_ended_it_is_opened_anew(
        self, context: Context, database: Database, decision: str, opens: int
    ) -> None:
        case_id = closed(context)
        appeal = lodged(context, database, case_id)
        walk(context, appeal, "take_up", f"decide:{decision}", "consent")
        assert follow(context, after_end(context, appeal)) == Followed(opened=opens)
        found = [row for row in rows(context) if row.follows == appeal]
        assert [(row.flow, row.state, row.subject, row.assignee) for row in found] == [
            ("candidate", "assigned", "a", None)
        ] * opens

    def test_it_passes_when_the_time_to_ask_for_a_review_is_over(
        self, context: Context, disputed: tuple[str, str]
    ) -> None:
        case_id, appeal = disputed
        answered = walk(context, appeal, "take_up", "decide:corrected").history[-1].at
        assert advance(context, answered + dt.timedelta(10)).steps == 0
        late = answered + dt.timedelta(30)
        assert (advance(context, late).steps, follow(context, late)) == (1, Followed())
        assert follow(context, late + dt.timedelta(hours=1)) == Followed(passed=1)
        assert now_is(context, case_id).state == "visited"

    def test_a_higher_review_decides_instead(self, context: Context, disputed: tuple[str, str]) -> None:
        case_id, appeal = disputed
        walk(context, appeal, "take_up", "decide:upheld", "ask_review", "decide_finally:revisit")
        follow(context, after_end(context, appeal))
        assert now_is(context, case_id).state == "to_revisit"

    def test_a_case_that_ended_meanwhile_is_opened_anew(self, context: Context, disputed: tuple[str, str]) -> None:
        case_id, appeal = disputed
        walk(context, case_id, "give_up:40")
        walk(context, appeal, "take_up", "decide:corrected", "consent")
        assert follow(context, after_end(context, appeal)) == Followed(opened=1)
        assert now_is(context, case_id).stands.ended

    def test_somebody_who_acts_at_the_same_time_is_waited_for(
        self, context: Context, disputed: tuple[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        case_id, appeal = disputed
        walk(context, appeal, "take_up", "decide:upheld", "consent")
        now, whole = after_end(context, appeal), following.act

        def later(*given: Any, **more: Any) -> Any:
            walk(context, case_id, "give_up:40")
            return whole(*given, **more)

        monkeypatch.setattr(following, "act", later)
        assert follow(context, now) == Followed()
        monkeypatch.undo()
        assert now_is(context, case_id).state == "closed"
        assert follow(context, now) == Followed(), "the appeal was upheld: nothing follows any more"

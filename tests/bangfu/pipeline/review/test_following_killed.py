"""The hourly advance is killed (kill -9) before and after each of its commits, and while two run: nothing follows twice."""

import pytest
from sqlalchemy import func, select

from bangfu.db.case_models import ReviewCase
from bangfu.pipeline.context import Context
from tests.bangfu.pipeline.installing import Installations, attempt
from tests.bangfu.pipeline.killing import Killer
from tests.bangfu.pipeline.review.following_cases import walk
from tests.bangfu.pipeline.review.test_openings import cases, clue, listed

ENDED = 4


def followed(context: Context) -> tuple[int, int, int]:
    """Cases that follow, of how many different ones, and ended cases that were seen to."""
    follows = ReviewCase.follows
    with context.engine.connect() as connection:
        query = select(func.count(follows), func.count(follows.distinct()), func.count(ReviewCase.followed_at))
        return tuple(connection.execute(query).one())  # type: ignore[return-value]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_at_every_commit(killer: Killer, installations: Installations, moment: str) -> None:
    context = installations()
    listed(context, *(clue(f"p{number}") for number in range(ENDED)))
    for row in cases(context).values():
        walk(context, row.case_id, "receive", "settle:50")
    kills = 0
    for commit in range(1, ENDED + 2):
        ended = attempt(killer, context, "follow", **{moment: commit})
        opened, different, seen_to = followed(context)
        assert opened == different == seen_to, "both, or neither"
        if ended.completed:
            break
        kills += 1
    assert attempt(killer, context, "follow").completed
    assert followed(context) == (ENDED, ENDED, ENDED)
    assert kills >= 2

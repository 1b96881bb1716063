"""Publishing: the latest screened list becomes the one that officers see, whole and once."""

import threading
from dataclasses import replace

import pytest
from hand_built import Database, opened
from sqlalchemy import select

from bangfu.db import candidates, runs
from bangfu.db.candidates import NewCandidate
from bangfu.db.helped_households import Listed
from bangfu.db.models import Candidate, CandidateStatus
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.openings import Opened
from bangfu.pipeline.review.publish import PublishSummary
from tests.approving import approve_latest, publish
from tests.published import published_rows


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def screened(context: Context, *people: str) -> str:
    """A finished screening with these candidates."""
    rows = [
        NewCandidate(person, "530102", f"roster:{person}", [{"code": "S1"}], 0.5, roster_person_id=person)
        for person in people
    ]
    with context.engine.begin() as connection:
        run = runs.start_run(connection, "screen")
        candidates.replace_screened(connection, run, rows)
        runs.finish_run(connection, run, {})
    return run


def visible(context: Context) -> list[str]:
    with context.engine.connect() as connection:
        return sorted(row.candidate_id for row in published_rows(connection))


def statuses(context: Context) -> dict[tuple[str, str], str]:
    with context.engine.connect() as connection:
        rows = connection.execute(select(Candidate.screened_run_id, Candidate.candidate_id, Candidate.status))
        return {(run, person): str(status) for run, person, status in rows}


def test_nothing_to_publish(context: Context) -> None:
    with pytest.raises(BangfuError, match="run `bangfu screen` first"):
        publish(context)


def test_a_list_is_invisible_until_it_is_published(context: Context) -> None:
    run = screened(context, "a", "b")
    assert visible(context) == []
    assert publish(context) == PublishSummary(run, 1, 2, Opened(2, 0, 0, 0, 0), 1, Listed(0, 0, 0, 0))
    assert visible(context) == ["a", "b"]


def test_again_is_a_no_op(context: Context) -> None:
    screened(context, "a")
    first, before = publish(context), statuses(context)
    assert publish(context) == replace(first, cases=None, notices=0, households=None)
    assert statuses(context) == before


def test_the_list_before_is_withdrawn_and_kept(context: Context) -> None:
    """Which officer saw which list must be known afterwards: a withdrawn list is not deleted."""
    old = screened(context, "a", "b")
    publish(context)
    new = screened(context, "b", "c")
    assert visible(context) == ["a", "b"]
    assert publish(context).list_version == 2
    assert visible(context) == ["b", "c"]
    assert statuses(context) == {
        (old, "a"): CandidateStatus.WITHDRAWN,
        (old, "b"): CandidateStatus.WITHDRAWN,
        (new, "b"): CandidateStatus.PUBLISHED,
        (new, "c"): CandidateStatus.PUBLISHED,
    }


def test_of_several_screenings_the_last_is_published(context: Context) -> None:
    screened(context, "a")
    last = screened(context, "b")
    assert publish(context).run_id == last
    assert visible(context) == ["b"]


def test_an_empty_list_withdraws_the_one_before(context: Context) -> None:
    screened(context, "a")
    publish(context)
    screened(context)
    assert (publish(context).list_version, visible(context)) == (2, [])


def test_two_at_once_make_one_version(context: Context) -> None:
    screened(context, "a")
    approve_latest(context)
    gate = threading.Barrier(2)
    made: list[int] = []

    def work() -> None:
        gate.wait(10)
        made.append(publish(context).list_version)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert made == [1, 1]
    assert visible(context) == ["a"]

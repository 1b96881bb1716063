"""Runs sort by time, close once, and are found again by what they read."""

from datetime import UTC, datetime, timedelta

import pytest

from bangfu.db import runs
from bangfu.db.models import RunStatus
from bangfu.db.runs import LinkSetRow
from bangfu.errors import BangfuError
from bangfu.storage import keys


def test_run_ids_sort_by_time_and_fit_into_keys() -> None:
    start = datetime(2026, 11, 24, tzinfo=UTC)
    ids = [runs.new_run_id(start + timedelta(milliseconds=step)) for step in range(50)]
    assert sorted(ids) == ids
    assert ids[0] in keys.links(ids[0], "civil_affairs-pairs")


def test_a_run_is_closed_once_and_found_by_its_input(database) -> None:
    with database.owner.begin() as connection:
        first = runs.start_run(connection, "link", input_hash="aa")
        assert runs.latest_run(connection, "link") is None
        runs.finish_run(connection, first, {"pairs": 3})
        with pytest.raises(BangfuError, match="is not running"):
            runs.finish_run(connection, first, {})
    with database.owner.begin() as connection:
        failed = runs.start_run(connection, "link", input_hash="bb")
        runs.finish_run(connection, failed, {"error": "MemoryError"}, status=RunStatus.FAILED)
        found = runs.latest_run(connection, "link", input_hash="aa")
        assert found is not None
        assert (found.run_id, found.summary, found.status) == (first, {"pairs": 3}, RunStatus.DONE)
        assert runs.latest_run(connection, "link", input_hash="bb") is None
        assert [run.run_id for run in runs.list_runs(connection, stage="link")] == sorted([first, failed])[::-1]
        assert runs.get_run(connection, "none") is None


def test_link_sets_belong_to_a_run(database) -> None:
    with database.owner.begin() as connection:
        run = runs.start_run(connection, "link")
        rows = [
            LinkSetRow(run, source, keys.links(run, source), keys.model(run, source), 5_000_000_000, 10, 20, 3)
            for source in ("civil_affairs", "medical_settlement")
        ]
        for row in rows:
            runs.add_link_set(connection, row)
        assert runs.link_sets(connection, run) == rows

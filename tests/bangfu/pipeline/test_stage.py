"""Runs are registered, one at a time, and closed whatever happens."""

import pytest
from hand_built import Database, opened

from bangfu.db.runs import get_run
from bangfu.errors import BangfuError
from bangfu.pipeline.stage import alone, registered_run


def test_another_stage_may_run_meanwhile_and_the_same_one_afterwards(database: Database) -> None:
    context = opened(database)
    with alone(context, "link"):
        with alone(context, "screen"):
            pass
        with pytest.raises(BangfuError), alone(context, "link"):
            pass
    with alone(context, "link"):
        pass


def test_an_interrupted_run_is_closed_as_failed(database: Database) -> None:
    context = opened(database)
    with pytest.raises(KeyboardInterrupt), registered_run(context, "link", "00") as run_id:
        raise KeyboardInterrupt
    with context.engine.connect() as connection:
        run = get_run(connection, run_id)
    assert run is not None
    assert (run.status, run.summary) == ("failed", {"failure": "KeyboardInterrupt"})

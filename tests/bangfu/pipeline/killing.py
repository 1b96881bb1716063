"""Use cases in a process of their own that is killed (kill -9) right before or right after a chosen durable write.

A durable write is what stays when the process dies: an object that was put or deleted, a transaction that was
committed. Intake declares a step for every one of its own (`bangfu.pipeline.steps`): a write outside any step ends the
process with a code of its own, so that no write escapes the sweep. Loading the libraries takes seconds, so that one
process loads them and every attempt is a fork of it.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bangfu.db.connection import database_urls, open_engine
from bangfu.db.deliveries import list_deliveries
from bangfu.db.intake_models import DeliveryStatus
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.approve import approve, held
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.pipeline.linkage.link import link
from bangfu.pipeline.notices.dispatch import dispatch_due
from bangfu.pipeline.review.following import follow
from bangfu.pipeline.screening.screen import screen
from bangfu.pipeline.steps import current_step
from bangfu.settings import Settings
from bangfu.storage import open_store
from schemas.sources import SOURCES
from tests.approving import publish, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Engine

APPLICATION = "bangfu-killed"
"""How the killed process calls itself to the database server."""
IMPATIENT = {"BANGFU_QUIET_SECONDS": "0", "BANGFU_INCOMPLETE_HOURS": "0"}
"""Settings under which nothing in the drop area is waited for."""
OUTSIDE = 3
"""Exit code of a process that made a durable write of intake outside any step."""
NO_STEP = "-"


def receive_all(context: Context) -> None:
    for source in SOURCES:
        receive_dropped(context, source)


def approve_all(context: Context) -> None:
    for row in held(context):
        approve(context, row.delivery_id, by="chen.jie")


def retract_corrections(context: Context) -> None:
    with context.engine.connect() as connection:
        accepted = list_deliveries(connection, status=DeliveryStatus.ACCEPTED)
    for row in accepted:
        if row.revision > 1:
            retract(context, row.delivery_id, "the correction was wrong", by="chen.jie")


def follow_later(context: Context) -> None:
    """Long enough after the end of every case."""
    follow(context, datetime.now(UTC) + timedelta(hours=2))


INTAKE: dict[str, Callable[[Context], Any]] = {
    "receive": receive_all,
    "settle": settle_pending,
    "approve": approve_all,
    "retract": retract_corrections,
}
WORK: dict[str, Callable[[Context], Any]] = {
    **INTAKE,
    "link": link,
    "screen": screen,
    "publish": publish,
    "dispatch": dispatch_due,
    "follow": follow_later,
    "run": run,
}


@dataclass(frozen=True)
class Ended:
    """How an attempt ended.

    Attributes:
        completed: Whether it came to its end.
        writes: The step of every durable write that was begun, in order; `NO_STEP` where none was named.
    """

    completed: bool
    writes: tuple[str, ...]


class Killer:
    """Starts attempts and tells how they ended; usable as a context manager."""

    def __enter__(self) -> Killer:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bangfu.pipeline.killing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def attempt(
        self,
        settings: Settings,
        work: str,
        *,
        before: int = 0,
        after: int = 0,
        seconds: float = 0,
        intake: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> Ended:
        """Do the work and die right before or after so many durable writes, or after so many seconds (0: never).

        Args:
            settings: The installation.
            work: One of `WORK`.
            before: Write to die before.
            after: Write to die after.
            seconds: Seconds to die after.
            intake: Whether a durable write outside any step is a mistake; never one of later stages' work.
            environment: Further variables of the installation.
        """
        order = {
            "home": str(settings.home),
            "database": settings.database_url,
            "work": work,
            "before": before,
            "after": after,
            "seconds": seconds,
            "stepped": intake and work in INTAKE,
            "environment": {**IMPATIENT, **(environment or {})},
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        writes = tuple(told["writes"])
        assert told["code"] != OUTSIDE, f"{work}: durable write {len(writes)} stands in no step, after {writes[-2:-1]}"
        assert told["code"] in {0, -signal.SIGKILL, -signal.SIGALRM}, told
        return Ended(told["code"] == 0, writes)


def moments(rng: random.Random, writes: int, kills: int) -> Iterator[dict[str, Any]]:
    """Moments at which attempts die, in turn, on work that takes so many durable writes.

    Each lies some time after a write, or after the start, from a millisecond to two seconds: within a transaction,
    while a file is being read, before anything began. It has come before the next write, and all of them together
    leave a write to be made, so that none of the attempts gets to its end, however fast or slow the machine is.
    """
    reached = 0
    for place in sorted(rng.randrange(writes) for _ in range(kills)):
        yield {"after": place - reached, "seconds": 10 ** rng.uniform(-3, 0.3)}
        reached = place


class _Watch:
    """Counts the durable writes of one attempt, tells them, and ends the process at the chosen moment."""

    def __init__(self, order: dict[str, Any], pipe: int) -> None:
        self._order, self._pipe, self._count = order, pipe, 0
        self._wait_for_the_moment()

    def before(self) -> None:
        self._count += 1
        step = current_step()
        os.write(self._pipe, f"{step or NO_STEP}\n".encode())
        if step is None and self._order["stepped"]:
            os._exit(OUTSIDE)
        if self._count == self._order["before"] or (self._order["seconds"] and self._count > self._order["after"]):
            os.kill(os.getpid(), signal.SIGKILL)

    def after(self) -> None:
        if self._order["seconds"]:
            self._wait_for_the_moment()
        elif self._count == self._order["after"]:
            os.kill(os.getpid(), signal.SIGKILL)

    def _wait_for_the_moment(self) -> None:
        """Nothing in this process handles the alarm, so that it ends it as abruptly as kill -9 does."""
        if self._order["seconds"] and self._count == self._order["after"]:
            signal.setitimer(signal.ITIMER_REAL, self._order["seconds"])


class _Dying:
    """An object store whose process dies at one of its writes."""

    def __init__(self, store: Any, watch: _Watch) -> None:
        self._store, self._watch = store, watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, *arguments: Any, **options: Any) -> Any:
        self._watch.before()
        done = self._store.put(*arguments, **options)
        self._watch.after()
        return done

    def delete(self, key: str) -> None:
        self._watch.before()
        self._store.delete(key)
        self._watch.after()


def _die_at_commits(engine: Engine, watch: _Watch) -> None:
    commit = engine.dialect.do_commit

    def watched(connection: Any) -> None:
        watch.before()
        commit(connection)
        watch.after()

    engine.dialect.do_commit = watched  # type: ignore[method-assign]


def _attempt(order: dict[str, Any], pipe: int) -> None:
    settings = Settings.from_environment(
        {"BANGFU_HOME": order["home"], "BANGFU_DATABASE_URL": order["database"], **order["environment"]}
    )
    engine = open_engine(database_urls(settings).owner, APPLICATION)
    watch = _Watch(order, pipe)
    _die_at_commits(engine, watch)
    WORK[order["work"]](Context(settings, _Dying(open_store(settings), watch), engine))  # type: ignore[arg-type]


def _serve() -> None:
    for name in ("pandera.polars", "duckdb", "numba"):  # imported late by the use cases
        importlib.import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            try:
                _attempt(order, writer)
                os._exit(0)
            except BaseException:
                sys.excepthook(*sys.exc_info())
                os._exit(1)
        os.close(writer)
        with os.fdopen(reader) as steps:
            writes = steps.read().splitlines()
        _, status = os.waitpid(child, 0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status), "writes": writes}), flush=True)


if __name__ == "__main__":
    _serve()

"""Use cases in a process of their own that is killed (kill -9) right after a chosen step.

A step is what stays when the process dies: an object that was put or deleted, a transaction that was
committed. Loading the libraries takes seconds, so that one process loads them and every attempt is a fork of it.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from bangfu.db.connection import database_urls, open_engine
from bangfu.pipeline.context import Context
from bangfu.pipeline.link import link
from bangfu.pipeline.publish import publish
from bangfu.pipeline.receive import receive_dropped
from bangfu.pipeline.run import run
from bangfu.pipeline.screen import screen
from bangfu.pipeline.standardise import standardise_pending
from bangfu.settings import Settings
from bangfu.storage import open_store
from schemas.sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

APPLICATION = "bangfu-killed"
"""How the killed process calls itself to the database server."""


def receive_all(context: Context) -> None:
    for source in SOURCES:
        receive_dropped(context, source)


WORK: dict[str, Callable[[Context], Any]] = {
    "receive": receive_all,
    "standardise": standardise_pending,
    "link": link,
    "screen": screen,
    "publish": publish,
    "run": run,
}


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

    def attempt(self, settings: Settings, work: str, *, steps: int = 0, seconds: float = 0) -> bool:
        """Do the work and die after so many steps or seconds (0: never); returns whether it came to its end."""
        order = {
            "home": str(settings.home),
            "database": settings.database_url,
            "work": work,
            "steps": steps,
            "seconds": seconds,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        ended = int(self._process.stdout.readline())
        assert ended in {0, -signal.SIGKILL}
        return ended == 0


class _Dying:
    """An object store whose process dies after a number of steps."""

    def __init__(self, store: Any, step: Callable[[], None]) -> None:
        self._store, self._step = store, step

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, *arguments: Any, **options: Any) -> Any:
        done = self._store.put(*arguments, **options)
        self._step()
        return done

    def delete(self, key: str) -> None:
        self._store.delete(key)
        self._step()


def _die_after(engine: Engine, step: Callable[[], None]) -> None:
    commit = engine.dialect.do_commit

    def commit_and_step(connection: Any) -> None:
        commit(connection)
        step()

    engine.dialect.do_commit = commit_and_step  # type: ignore[method-assign]


def _attempt(order: dict[str, Any]) -> None:
    settings = Settings.from_environment({"BANGFU_HOME": order["home"], "BANGFU_DATABASE_URL": order["database"]})
    engine = open_engine(database_urls(settings).owner, APPLICATION)
    left = order["steps"]

    def step() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    _die_after(engine, step)
    WORK[order["work"]](Context(settings, _Dying(open_store(settings), step), engine))  # type: ignore[arg-type]


def _serve() -> None:
    for name in ("pandera.polars", "duckdb", "numba"):  # imported late by the use cases
        importlib.import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            try:
                _attempt(order)
                os._exit(0)
            except BaseException:
                sys.excepthook(*sys.exc_info())
                os._exit(1)
        if order["seconds"]:
            time.sleep(order["seconds"])
            os.kill(child, signal.SIGKILL)  # it is not waited for yet, so that the number is still its own
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()

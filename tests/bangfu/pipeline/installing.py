"""Installations of their own for tests that kill, break and compare: made fresh, or as another one stands."""

from __future__ import annotations

import secrets
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from sqlalchemy import text

from bangfu.db import DatabaseUrls, embedded
from bangfu.db.connection import open_engine
from bangfu.pipeline.context import Context
from bangfu.settings import Settings
from bangfu.storage import open_store
from tests.bangfu.pipeline.killing import APPLICATION, IMPATIENT, Ended, Killer

if TYPE_CHECKING:
    from typing import Any


class Installations:
    """Makes installations, each with a migrated database and a home of its own; `close` drops the databases."""

    def __init__(self, server: tuple[Settings, DatabaseUrls], folder: Path) -> None:
        self._server, self._urls = server
        self._folder = folder
        self._made: list[Context] = []

    def __call__(self, like: Context | None = None, **changes: Any) -> Context:
        """Make one: empty, or as another stands, whose connections are closed for that; with changed settings."""
        name = f"apart_{secrets.token_hex(6)}"
        template = "migrated"
        home = self._folder / name
        if like is not None:
            like.close()
            template = str(like.engine.url.database)
            shutil.copytree(like.settings.home, home)
        self._administer("CREATE DATABASE {} OWNER bangfu TEMPLATE {}", name, template)
        url = self._urls.owner.set(database=name)
        address = url.render_as_string(hide_password=False)
        settings = Settings.from_environment({"BANGFU_HOME": str(home), "BANGFU_DATABASE_URL": address, **IMPATIENT})
        settings = replace(settings, **changes)
        made = Context(settings, open_store(settings), open_engine(url, "test"))
        self._made.append(made)
        return made

    def drop(self, context: Context) -> None:
        """Remove one that is not needed any more."""
        self._made.remove(context)
        context.close()
        self._administer("DROP DATABASE {} WITH (FORCE)", str(context.engine.url.database))
        shutil.rmtree(context.settings.home, ignore_errors=True)

    def close(self) -> None:
        for context in list(self._made):
            self.drop(context)

    def _administer(self, statement: str, *names: str) -> None:
        with psycopg.connect(embedded.superuser_address(self._server), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def attempt(killer: Killer, context: Context, work: str, **dying: Any) -> Ended:
    """One attempt that dies; returns only when the server has noticed, which lets go of locks."""
    ended = killer.attempt(context.settings, work, **dying)
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND datname = current_database()"
    )
    deadline = time.monotonic() + 10
    with context.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(query, {"name": APPLICATION}):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    return ended

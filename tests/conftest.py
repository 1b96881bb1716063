"""Fixtures every test may use: a fresh installation, a database of its own, an object store.

One embedded PostgreSQL server serves the whole test session. Each test that asks for `database` gets a
copy of a migrated template, so that nothing has to be cleaned and nothing leaks. Whatever tests write lies in memory
where there is room: nothing here has to outlive a power cut, and a disk would be waited for at every object.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import hypothesis
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine

from bangfu.db import DatabaseUrls, embedded
from bangfu.db.connection import open_engine
from bangfu.db.migrating import migrate
from bangfu.settings import Settings
from bangfu.storage import ObjectStore, open_store
from tests.lending import Shelf

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.register_profile("exploring", deadline=None, print_blob=True)
hypothesis.settings.load_profile("repeatable")  # the same examples every time; `make soak` explores new ones

MEMORY = Path("/dev/shm")
"""A file system in memory, where the system has one."""
ROOM = 2 << 30
"""Free bytes of it from which on it is used; a whole run takes a quarter of a gigabyte at most."""


def pytest_configure() -> None:
    """Have `tmp_path` and its like lie in memory."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@dataclass(frozen=True)
class Database:
    """A migrated, empty database.

    Attributes:
        settings: Settings of an installation that uses it; its home is a fresh directory.
        owner: Engine of the owner role.
        portal: Engine of the portal role.
    """

    settings: Settings
    owner: Engine
    portal: Engine


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh BANGFU_HOME, set in the environment; no other setting is set."""
    for name in [name for name in os.environ if name.startswith("BANGFU_")]:
        monkeypatch.delenv(name)
    directory = tmp_path / "home"
    monkeypatch.setenv("BANGFU_HOME", str(directory))
    return directory


@pytest.fixture
def settings(home: Path) -> Settings:
    """Settings of the fresh installation; nothing runs yet."""
    return Settings.from_environment()


@pytest.fixture
def store(settings: Settings) -> ObjectStore:
    """The object store of the fresh installation."""
    return open_store(settings)


@pytest.fixture(scope="session")
def shelf() -> Iterator[Shelf]:
    """The processes that read files and are lent to whoever reads."""
    shelf = Shelf()
    yield shelf
    shelf.close()


@pytest.fixture(scope="module", autouse=True)
def lent_reading_process(shelf: Shelf) -> Iterator[None]:
    """Whoever reads a file is lent the process for it."""
    with shelf.lending():
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, DatabaseUrls]]:
    """The embedded server of the test session, with a migrated template database."""
    home = tmp_path_factory.mktemp("server")
    settings = Settings.from_environment({"BANGFU_HOME": str(home)})
    with embedded.running(settings) as urls:
        with psycopg.connect(embedded.superuser_address(settings), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # nothing here has to outlive a power cut
            connection.execute("SELECT pg_reload_conf()")
        _administer(settings, "CREATE DATABASE {} OWNER bangfu", "migrated")
        template = open_engine(urls.owner.set(database="migrated"), "template")
        migrate(template)
        template.dispose()
        yield settings, urls


@contextmanager
def own_database(server: tuple[Settings, DatabaseUrls], home: Path) -> Iterator[Database]:
    """A migrated, empty database beside the others of the server, for as long as it is needed.

    Args:
        server: The fixture `server`.
        home: BANGFU_HOME of the installation that uses it.
    """
    server_settings, urls = server
    assert urls.portal is not None
    name = f"test_{secrets.token_hex(6)}"
    _administer(server_settings, "CREATE DATABASE {} OWNER bangfu TEMPLATE migrated", name)
    _administer(server_settings, "REVOKE ALL ON DATABASE {} FROM PUBLIC", name)
    _administer(server_settings, "GRANT CONNECT ON DATABASE {} TO bangfu_portal", name)
    owner, portal = urls.owner.set(database=name), urls.portal.set(database=name)
    settings = replace(
        Settings.from_environment({"BANGFU_HOME": str(home)}),
        audit_sample=0,  # who draws says so
        database_url=owner.render_as_string(hide_password=False),
        portal_database_url=portal.render_as_string(hide_password=False),
    )
    database = Database(settings, open_engine(owner, "test"), open_engine(portal, "test-portal"))
    try:
        yield database
    finally:
        database.owner.dispose()
        database.portal.dispose()
        _administer(server_settings, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def database(server: tuple[Settings, DatabaseUrls], home: Path) -> Iterator[Database]:
    """A migrated, empty database of the test's own."""
    with own_database(server, home) as database:
        yield database


def _administer(settings: Settings, statement: str, name: str) -> None:
    """Run one statement about a database as the superuser."""
    with psycopg.connect(embedded.superuser_address(settings), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

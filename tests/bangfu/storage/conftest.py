"""The drivers under test: a local directory, and S3 against two real servers over the wire."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bangfu.settings import S3Settings, Settings
from bangfu.storage import ObjectStore, open_store

ACCESS_KEY, SECRET_KEY = "an-access-key", "a-secret-key-of-tests"


@dataclass(frozen=True)
class Driver:
    """A driver under test.

    Attributes:
        name: `local`, `s3-rclone` or `s3-moto`.
        settings: Settings that open a store no other test uses.
    """

    name: str
    settings: Settings

    def open(self) -> ObjectStore:
        return open_store(self.settings)


@contextmanager
def served(command: list[str], port: int, log: Path) -> Iterator[str]:
    """Run a server in a process group of its own until the block ends; yields its address."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        try:
            deadline = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < deadline:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            else:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()}")
            yield f"127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`rclone serve s3`: checks signatures."""
    folder, port = tmp_path_factory.mktemp("rclone"), free_port()
    (folder / "data").mkdir()
    command = [
        str(Path(sys.executable).parent / "rclone"),
        *("serve", "s3", "--config", "", "--addr", f"127.0.0.1:{port}"),
        *("--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", str(folder / "data")),
    ]
    with served(command, port, folder / "log") as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """moto's server: honours conditional puts."""
    folder, port = tmp_path_factory.mktemp("moto"), free_port()
    command = [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with served(command, port, folder / "log") as endpoint:
        yield endpoint


@pytest.fixture(params=["local", "s3-rclone", "s3-moto"])
def driver(request: pytest.FixtureRequest, home: Path) -> Driver:
    """Each driver in turn, with an empty store."""
    if request.param == "local":
        return Driver("local", Settings(home, (home / "objects").as_uri()))
    endpoint = request.getfixturevalue(request.param.removeprefix("s3-"))
    s3 = S3Settings(endpoint, ACCESS_KEY, SECRET_KEY, secure=False)
    address = f"s3://bangfu/test-{os.urandom(6).hex()}"
    return Driver(request.param, Settings(home, address, s3=s3))


@pytest.fixture
def store(driver: Driver) -> ObjectStore:
    """The store of the driver under test."""
    return driver.open()

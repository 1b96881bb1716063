"""The key providers under test: the local key file, and a key service over the wire."""

import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from bangfu.settings import Settings
from bangfu.vault import KeyProvider, add_key, open_provider

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Keeper:
    """A key provider and what happens on the side of its keys.

    Attributes:
        provider: The provider, opened as an installation opens it.
        rotate: Makes a new current key.
        retire: Removes every key but the current one.
        destroy: Destroys every key-encryption key.
    """

    provider: KeyProvider
    rotate: Callable[[], object]
    retire: Callable[[], object]
    destroy: Callable[[], object]


@dataclass(frozen=True)
class Service:
    """A key service in a process of its own."""

    address: str
    token: str
    process: subprocess.Popen[bytes]

    def post(self, operation: str, **body: object) -> int:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.post(
            f"{self.address}/{operation}", json=body, headers=headers, timeout=10, trust_env=False
        ).status_code

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def service() -> Iterator[Service]:
    """A key service with a fresh key."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    token = secrets.token_hex(8)
    service = Service(
        f"http://127.0.0.1:{port}",
        token,
        subprocess.Popen([sys.executable, str(HERE / "key_service.py"), str(port), token]),
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if service.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The key service did not start.")
            time.sleep(0.02)
        yield service
    finally:
        service.stop()


@pytest.fixture
def remote(service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> KeyProvider:
    """The provider of the key service, loaded by its name."""
    monkeypatch.syspath_prepend(HERE)
    monkeypatch.setenv("KEY_SERVICE_ADDRESS", service.address)
    monkeypatch.setenv("KEY_SERVICE_TOKEN", service.token)
    return open_provider(replace(settings, key_provider="remote_provider:RemoteKeys"))


@pytest.fixture
def key_file(settings: Settings) -> Path:
    """Where the local provider of the fresh installation keeps its keys."""
    return settings.home / "secrets" / "data-master-key"


@pytest.fixture(params=["local", "local-sm4", "remote"])
def keeper(request: pytest.FixtureRequest, settings: Settings, key_file: Path) -> Keeper:
    """Each provider in turn."""
    if request.param == "remote":
        service: Service = request.getfixturevalue("service")
        provider: KeyProvider = request.getfixturevalue("remote")
        return Keeper(provider, *(partial(service.post, name) for name in ("rotate", "retire", "destroy")))

    def retire() -> None:
        key_file.write_text(key_file.read_text().split()[0])

    algorithm = "sm4" if request.param == "local-sm4" else "aes"
    if algorithm == "sm4":
        add_key(key_file, algorithm)
    return Keeper(open_provider(settings), partial(add_key, key_file, algorithm), retire, key_file.unlink)

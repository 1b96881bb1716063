"""Fixtures of the tests that kill, break and compare whole installations."""

from collections.abc import Iterator

import pytest

from bangfu.db import DatabaseUrls
from bangfu.settings import Settings
from tests.bangfu.pipeline.installing import Installations
from tests.bangfu.pipeline.killing import Killer


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    """The process whose forks are killed."""
    with Killer() as killer:
        yield killer


@pytest.fixture(scope="module")
def installations(
    server: tuple[Settings, DatabaseUrls], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installations]:
    """Makes installations, each with a database of its own."""
    made = Installations(server, tmp_path_factory.mktemp("installations"))
    yield made
    made.close()

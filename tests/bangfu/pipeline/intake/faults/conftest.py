"""Fixtures of the tests in which something fails while intake works."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator

import pytest

from bangfu.db import DatabaseUrls
from bangfu.settings import Settings
from tests.bangfu.pipeline.installing import Installations
from tests.bangfu.pipeline.intake.faults.breaking import Arrivals, check_nobody_is_named


@pytest.fixture(scope="module")
def counts() -> Iterator[Counter[str]]:
    """Faults by kind; told at the end."""
    counts: Counter[str] = Counter()
    yield counts
    width = max(map(len, counts), default=0)
    print("\n" + "\n".join(f"{kind:<{width}} {count:>6} faults, 0 losses" for kind, count in counts.items()))


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nobody's name gets into a log."""
    with caplog.at_level(logging.DEBUG):
        yield
    for record in caplog.records:
        check_nobody_is_named(record.getMessage() + str(record.exc_info or ""))


@pytest.fixture(scope="session")
def arrivals(server: tuple[Settings, DatabaseUrls], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arrivals]:
    """Made once: every test breaks copies of it."""
    installations = Installations(server, tmp_path_factory.mktemp("arrivals"))
    yield Arrivals(installations(), installations)
    installations.close()

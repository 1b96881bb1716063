"""One parser for all tests of the readers: starting its server takes a third of a second.

Tests of starting and ending make parsers of their own, whose servers are lent by nobody.
"""

from collections.abc import Iterator

import pytest

from tests.bangfu.readers.extracts import PARSER


@pytest.fixture(scope="session", autouse=True)
def _parser() -> Iterator[None]:
    with PARSER:
        yield


@pytest.fixture(scope="module", autouse=True)
def lent_reading_process() -> None:
    """None is lent: how such a process starts and ends is the subject here."""

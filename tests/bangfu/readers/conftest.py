"""One parser for all tests of the readers: starting its server takes a third of a second."""

from collections.abc import Iterator

import pytest

from tests.bangfu.readers.extracts import PARSER


@pytest.fixture(scope="session", autouse=True)
def _parser() -> Iterator[None]:
    with PARSER:
        yield

"""What every fault of intake is held against: run again, it ends as if nothing had happened.

What is reported meanwhile says what to do, and names nobody.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest

from bangfu.cli.failures import explain
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.settle import settle_pending
from tests.bangfu.pipeline.arrivals import PERSONAL, everything
from tests.bangfu.pipeline.installing import Installations
from tests.bangfu.pipeline.killing import receive_all
from tests.bangfu.pipeline.standing import check_sound, outcome

Fault = AbstractContextManager[Any]
soak = pytest.mark.soak, pytest.mark.timeout(3600)


def intake(context: Context) -> None:
    receive_all(context)
    settle_pending(context)


def check_nobody_is_named(told: str) -> None:
    assert not [word for word in PERSONAL if word in told], told


def check_told(error: Exception) -> None:
    """The operator reads what happened and what to do."""
    told = explain(error)
    assert "unexpected failure" not in told, repr(error)
    check_nobody_is_named(told)


def broken_once(context: Context, expected: dict[str, list[Any]], fault: Fault) -> bool:
    """Whether a fault was noticed; afterwards everything is as it must be."""
    noticed = False
    try:
        with fault:
            intake(context)
    except Exception as error:
        noticed = True
        check_told(error)
    check_sound(context)
    intake(context)
    assert outcome(context) == expected
    check_sound(context)
    return noticed


class Arrivals:
    """One installation with a full drop area, and what becomes of it where nothing fails."""

    def __init__(self, context: Context, installations: Installations) -> None:
        everything(context)
        self._full, self._installations = context, installations
        undisturbed = installations(context)
        intake(undisturbed)
        self.outcome = outcome(undisturbed)

    def fresh(self) -> Context:
        return self._installations(self._full)

    def drop(self, context: Context) -> None:
        self._installations.drop(context)


def spread(total: int, wanted: int) -> list[int]:
    """Some places among 1 to `total`, evenly, or all of them."""
    step = max(total / wanted, 1)
    return sorted({int(1 + step * number) for number in range(min(wanted, total))})

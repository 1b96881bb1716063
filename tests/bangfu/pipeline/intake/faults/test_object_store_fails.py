"""The object store fails at a call, once or for good."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from bangfu.storage import StoreError
from tests.bangfu.pipeline.intake.faults.breaking import Arrivals, broken_once, intake, soak, spread


class _Failing:
    """An object store that fails at one call, or from one call on."""

    def __init__(self, store: Any, at: int, *, for_good: bool) -> None:
        self._store, self._at, self._for_good, self.calls = store, at, for_good, 0

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._store, name)

        def call(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls == self._at or (self._for_good and self.calls > self._at > 0):
                raise StoreError("The S3 service does not answer: check BANGFU_S3_ENDPOINT, and that the service runs.")
            return function(*arguments, **options)

        return call


@pytest.mark.parametrize("wanted", [3, pytest.param(60, marks=soak)])
@pytest.mark.parametrize("for_good", [False, True])
def test_the_store_fails_at_a_call(
    arrivals: Arrivals, counts: Counter[str], logged: None, wanted: int, for_good: bool
) -> None:
    context = arrivals.fresh()
    whole = _Failing(context.store, 0, for_good=False)
    intake(replace(context, store=whole))  # type: ignore[arg-type]
    assert whole.calls > 200
    arrivals.drop(context)
    for at in spread(whole.calls, wanted):
        context = arrivals.fresh()
        failing = _Failing(context.store, at, for_good=for_good)
        with pytest.raises(StoreError, match="does not answer"):
            intake(replace(context, store=failing))  # type: ignore[arg-type]
        broken_once(context, arrivals.outcome, nullcontext())
        counts["store down from a call on" if for_good else "store fails at a call"] += 1
        arrivals.drop(context)

"""The way to an S3 service breaks, is slow, or is not there at all."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from urllib3.util import Retry

from bangfu.pipeline.context import Context
from bangfu.settings import S3Settings
from bangfu.storage import StoreError, open_store
from tests.bangfu.pipeline.arrivals import stated
from tests.bangfu.pipeline.installing import Installations
from tests.bangfu.pipeline.intake.faults.breaking import broken_once, intake, soak, spread
from tests.bangfu.pipeline.proxy import Breaking, Proxy
from tests.bangfu.pipeline.standing import check_sound, outcome
from tests.bangfu.storage.conftest import ACCESS_KEY, SECRET_KEY, free_port, served


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A real S3 server."""
    folder, port = tmp_path_factory.mktemp("moto"), free_port()
    command = [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with served(command, port, folder / "log"):
        yield "127.0.0.1", port


@pytest.fixture
def proxy(upstream: tuple[str, int]) -> Iterator[Proxy]:
    with Proxy(upstream) as proxy:
        yield proxy


def on_s3(installations: Installations, proxy: Proxy) -> Context:
    """An installation whose store is reached through the proxy, with a full drop area."""
    s3 = S3Settings(proxy.address, ACCESS_KEY, SECRET_KEY, secure=False)
    context = installations(object_store=f"s3://bangfu/{os.urandom(6).hex()}", s3=s3)
    stated(context)
    return context


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried as often as ever, but at once."""
    monkeypatch.setattr(Retry, "get_backoff_time", lambda _: 0)


@dataclass(frozen=True)
class Undisturbed:
    """What becomes of the deliveries where nothing breaks, and the bytes that go over the way for it."""

    outcome: dict[str, list[Any]]
    sent: int
    answered: int


@pytest.fixture(scope="module")
def undisturbed(installations: Installations, upstream: tuple[str, int]) -> Undisturbed:
    with Proxy(upstream) as proxy:
        context = on_s3(installations, proxy)
        sent, answered = proxy.sent, proxy.answered
        intake(context)
        sent, answered = proxy.sent - sent, proxy.answered - answered
        expected = outcome(context)
        installations.drop(context)
    return Undisturbed(expected, sent, answered)


@pytest.mark.parametrize("wanted", [2, pytest.param(25, marks=soak)])
@pytest.mark.parametrize("breaking", list(Breaking))
def test_the_way_to_s3_breaks(
    installations: Installations,
    proxy: Proxy,
    undisturbed: Undisturbed,
    counts: Counter[str],
    logged: None,
    breaking: Breaking,
    wanted: int,
) -> None:
    total = undisturbed.sent if breaking is Breaking.RESET_REQUEST else undisturbed.answered
    places = spread(total * 3 // 4, wanted)
    before = proxy.broken
    for at in places:
        context = on_s3(installations, proxy)
        broken_once(context, undisturbed.outcome, breaking_at(proxy, breaking, at))
        counts[f"S3: {breaking.value}"] += 1
        installations.drop(context)
    assert proxy.broken - before >= len(places)


@contextmanager
def breaking_at(proxy: Proxy, breaking: Breaking, at: int) -> Iterator[None]:
    proxy.break_after(breaking, at)
    try:
        yield
    finally:
        proxy.break_after(None)


def test_a_slow_s3_changes_nothing(
    installations: Installations, proxy: Proxy, counts: Counter[str], logged: None
) -> None:
    context = on_s3(installations, proxy)
    proxy.pause = 0.01
    intake(context)
    check_sound(context)
    assert outcome(context)["drop area"] == []
    counts["S3: slow"] += 1


def test_s3_is_down_from_the_start(installations: Installations, proxy: Proxy, counts: Counter[str]) -> None:
    context = on_s3(installations, proxy)
    proxy.break_after(Breaking.REFUSED)
    for work in (lambda: open_store(context.settings), lambda: intake(context)):
        with pytest.raises(StoreError, match="does not answer"):
            work()
    counts["S3: down for the whole run"] += 1
    proxy.break_after(None)
    intake(context)
    check_sound(context)

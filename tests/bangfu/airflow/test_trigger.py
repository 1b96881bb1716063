"""The drop-area trigger: fires once for what is complete, again for what is new, and touches nothing."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from bangfu.airflow.trigger import DropTrigger
from bangfu.storage import ObjectStore, keys

LOOK = 0.02  # seconds between two looks in these tests


def events(trigger: DropTrigger, *, seconds: float, meanwhile: Any = None) -> list[dict[str, Any]]:
    """What the trigger fires within a time, while `meanwhile` (a coroutine function) runs beside it."""

    async def collect() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []

        async def listen() -> None:
            async for event in trigger.run():
                found.append(event.payload)  # noqa: PERF401

        listener = asyncio.create_task(listen())
        if meanwhile:
            await meanwhile()
        await asyncio.sleep(seconds)
        listener.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listener
        return found

    return asyncio.run(collect())


def test_trigger_can_be_made_again_from_what_it_stores() -> None:
    """Airflow keeps the class path and the arguments in its database, so they hold no address and no secret."""
    path, arguments = DropTrigger("civil_affairs", poll_seconds=7).serialize()
    assert path == f"{DropTrigger.__module__}.{DropTrigger.__name__}"
    assert arguments == {"source": "civil_affairs", "poll_seconds": 7, "remind_seconds": 300.0}
    assert DropTrigger(**arguments).serialize() == (path, arguments)


def test_empty_drop_area_is_silent(store: ObjectStore) -> None:
    assert events(DropTrigger("civil_affairs", LOOK), seconds=0.2) == []


def test_dropped_files_fire_once_with_their_number_and_no_name(store: ObjectStore) -> None:
    store.put(keys.drop("civil_affairs", "低保 五华.xlsx"), b"1")
    store.put(keys.drop("civil_affairs", "低保 盘龙.xlsx"), b"2")
    assert events(DropTrigger("civil_affairs", LOOK), seconds=0.3) == [{"source": "civil_affairs", "files": 2}]


def test_files_of_other_sources_are_none_of_its_business(store: ObjectStore) -> None:
    store.put(keys.drop("union_roster", "花名册.xlsx"), b"1")
    assert events(DropTrigger("civil_affairs", LOOK), seconds=0.2) == []


def test_next_file_fires_again_and_files_stay_where_they_are(store: ObjectStore) -> None:
    store.put(keys.drop("civil_affairs", "a.csv"), b"1")

    async def later() -> None:
        await asyncio.sleep(0.2)
        await asyncio.to_thread(store.put, keys.drop("civil_affairs", "b.csv"), b"2")

    fired = events(DropTrigger("civil_affairs", LOOK), seconds=0.3, meanwhile=later)
    assert [event["files"] for event in fired] == [1, 2]
    assert store.read(keys.drop("civil_affairs", "a.csv")) == b"1"


def test_same_name_dropped_again_after_it_was_taken_fires_again(store: ObjectStore) -> None:
    key = keys.drop("civil_affairs", "a.csv")
    store.put(key, b"1")

    async def taken_and_dropped_again() -> None:
        await asyncio.sleep(0.2)
        await asyncio.to_thread(store.delete, key)
        await asyncio.sleep(0.1)
        await asyncio.to_thread(store.put, key, b"1")

    fired = events(DropTrigger("civil_affairs", LOOK), seconds=0.3, meanwhile=taken_and_dropped_again)
    assert [event["files"] for event in fired] == [1, 1]


def test_file_that_is_being_written_is_not_announced_before_it_rests(store: ObjectStore, home: Path) -> None:
    """A partner may write through a mounted directory, slowly."""
    path = home / "objects" / keys.drop("civil_affairs", "slow.csv")
    path.parent.mkdir(parents=True)

    async def write_slowly() -> None:
        for size in range(1, 11):
            path.write_bytes(b"x" * size)
            await asyncio.sleep(0.03)

    fired = events(DropTrigger("civil_affairs", 0.05), seconds=0.4, meanwhile=write_slowly)
    assert [event["files"] for event in fired] == [1]


def test_files_that_nobody_takes_are_announced_again(store: ObjectStore) -> None:
    store.put(keys.drop("civil_affairs", "a.csv"), b"1")
    fired = events(DropTrigger("civil_affairs", LOOK, remind_seconds=0.2), seconds=0.8)
    assert len(fired) >= 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list any directory")
def test_unreadable_drop_area_is_waited_for(store: ObjectStore, home: Path) -> None:
    folder = home / "objects" / "drop"
    folder.mkdir(parents=True)
    folder.chmod(0)
    try:
        assert events(DropTrigger("civil_affairs", LOOK), seconds=0.2) == []
    finally:
        folder.chmod(0o700)

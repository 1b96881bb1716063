"""The trigger that watches the drop area (投递区) of one source.

It looks through the object-store port, so a local directory and S3 behave alike. It never opens,
moves or deletes a partner's file, and its events carry a count, never a file name.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

__all__ = ["DropTrigger"]


class DropTrigger(BaseEventTrigger):
    """Fires when files have come into the drop area of a source and have stopped changing.

    A file counts as complete when two looks in a row see the same size and time of change: a partner may
    be writing through a mounted directory. While files stay where they are (receiving them failed),
    it fires again from time to time. After a restart it starts afresh and fires for what lies there; receiving
    is a no-op for what has been received.

    Args:
        source: Source code.
        poll_seconds: Seconds between two looks.
        remind_seconds: Seconds after which files that still lie there are announced again.
    """

    def __init__(self, source: str, poll_seconds: float = 3.0, remind_seconds: float = 300.0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.source = source
        self.poll_seconds = poll_seconds
        self.remind_seconds = remind_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return class path and arguments; the installation comes from the triggerer's environment."""
        return (
            "bangfu.airflow.trigger.DropTrigger",
            {"source": self.source, "poll_seconds": self.poll_seconds, "remind_seconds": self.remind_seconds},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield an event for each batch of new files, for ever."""
        look = await asyncio.to_thread(_open_look, self.source)
        watch = _Watch(round(self.remind_seconds / self.poll_seconds))
        while True:
            try:
                files = await asyncio.to_thread(look)
            except Exception as error:
                # The store may be away for a while. The error's text is not logged: it may hold an address.
                self.log.warning("The drop area of %s cannot be listed: %s", self.source, type(error).__name__)
            else:
                if watch.fires(files):
                    yield _event(self.source, len(files))
            await asyncio.sleep(self.poll_seconds)


Files = frozenset[tuple[str, int, float]]
"""Key, size and time of change of every file in the drop area."""


class _Watch:
    """Decides from one look to the next whether there is something to announce."""

    def __init__(self, reminder: int) -> None:
        self.reminder = max(reminder, 1)
        self.seen: Files = frozenset()
        self.announced: Files = frozenset()
        self.looks_since = 0

    def fires(self, files: Files) -> bool:
        settled = files == self.seen
        self.seen = files
        self.looks_since += 1
        news = not files <= self.announced
        due = bool(files) and self.looks_since >= self.reminder
        if not settled or not (news or due):
            self.announced &= files  # the same file dropped again later is news again
            return False
        self.announced, self.looks_since = files, 0
        return True


def _event(source: str, files: int) -> TriggerEvent:
    return TriggerEvent({"source": source, "files": files})  # type: ignore[no-untyped-call]


def _open_look(source: str) -> Any:
    """Open the store once; returns a function that lists the files of the source."""
    from bangfu.settings import Settings
    from bangfu.storage import keys, open_store

    store = open_store(Settings.from_environment())

    def look() -> Files:
        listed = store.list(keys.drop_prefix(source))
        return frozenset((item.key, item.size, item.modified.timestamp()) for item in listed)

    return look

"""Doing two things at once with batches (流水并行): the next is fetched, and the last written, while one is worked on.

Arrow, Parquet and polars let go of the interpreter while they work, so that a thread beside is enough.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["ahead", "behind"]

Item = TypeVar("Item")

_WAITING = 2
"""Batches that may wait to be written."""


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Yield items while the next one is being fetched by a thread.

    >>> list(ahead(iter("abc")))
    ['a', 'b', 'c']
    """
    with ThreadPoolExecutor(1, "ahead") as thread:
        nothing = object()
        coming = thread.submit(next, items, nothing)
        while (item := coming.result()) is not nothing:
            coming = thread.submit(next, items, nothing)
            yield item  # type: ignore[misc]


@contextmanager
def behind(work: Callable[[Item], None]) -> Iterator[Callable[[Item], None]]:
    """Give a function that has items worked on by a thread, in order; few wait.

    The end of the block waits for the last; what goes wrong is raised at the next item or there.

    >>> found = []
    >>> with behind(found.append) as put:
    ...     put(1), put(2)
    (None, None)
    >>> found
    [1, 2]
    """
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(1, "behind") as thread:

        def put(item: Item) -> None:
            waiting.append(thread.submit(work, item))
            if len(waiting) > _WAITING:
                waiting.popleft().result()

        yield put
        while waiting:
            waiting.popleft().result()

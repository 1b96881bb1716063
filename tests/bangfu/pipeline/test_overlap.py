"""Batches are fetched ahead and written behind: in order, completely, and with every failure told."""

from collections.abc import Iterator

import pytest

from bangfu.pipeline.overlap import ahead, behind


def failing(after: int) -> Iterator[int]:
    yield from range(after)
    raise OSError("gone")


def test_items_come_in_order_and_all_of_them() -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))


def test_a_failure_of_the_source_is_told_after_what_came_before() -> None:
    seen: list[int] = []
    with pytest.raises(OSError, match="gone"):
        seen.extend(ahead(failing(3)))
    items = ahead(failing(3))
    assert [next(items) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(OSError, match="gone"):
        next(items)


def test_who_stops_early_leaves_no_thread_behind() -> None:
    import threading

    items = ahead(iter(range(1000)))
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_items_are_worked_on_in_order_before_the_block_ends() -> None:
    done: list[int] = []
    with behind(done.append) as put:
        for number in range(100):
            put(number)
    assert done == list(range(100))


@pytest.mark.parametrize("items", [1, 50])
def test_a_failure_of_the_work_is_told_at_the_latest_at_the_end(items: int) -> None:
    def work(_: int) -> None:
        raise OSError("full")

    def give() -> None:
        with behind(work) as put:
            for number in range(items):
                put(number)

    with pytest.raises(OSError, match="full"):
        give()


def test_the_blocks_own_failure_comes_first() -> None:
    with pytest.raises(ValueError, match="ours"), behind(print):
        raise ValueError("ours")

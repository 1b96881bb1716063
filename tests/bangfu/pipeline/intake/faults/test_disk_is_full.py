"""The disk is full: of the object store in the middle of a write, or where temporary files are made."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import bangfu.storage.local as local_driver
from tests.bangfu.pipeline.intake.faults.breaking import Arrivals, broken_once, soak, spread


@contextmanager
def full_disk(at: int, seen: list[int]) -> Iterator[None]:
    """The disk of the object store is full in the middle of the given write."""
    write = local_driver._write

    def half(path: Path, content: Path | bytes) -> None:
        seen.append(1)
        if len(seen) != at:
            write(path, content)
            return
        path.write_bytes((content if isinstance(content, bytes) else content.read_bytes())[:7])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_driver, "_write", half)
        yield


@pytest.mark.parametrize("wanted", [3, pytest.param(60, marks=soak)])
def test_the_disk_of_the_store_is_full_within_a_write(
    arrivals: Arrivals, counts: Counter[str], logged: None, wanted: int
) -> None:
    seen: list[int] = []
    context = arrivals.fresh()
    assert not broken_once(context, arrivals.outcome, full_disk(0, seen))
    arrivals.drop(context)
    for at in spread(len(seen), wanted):
        context = arrivals.fresh()
        assert broken_once(context, arrivals.outcome, full_disk(at, []))
        assert not list((context.settings.home / "objects" / ".unfinished").iterdir())
        counts["disk of the store full within a write"] += 1
        arrivals.drop(context)


@contextmanager
def tmpfs(folder: Path, size: int) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def mounts(folder: Path) -> bool:
    try:
        with tmpfs(folder, 4096):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def temporary_folder(folder: Path, size: int) -> Iterator[None]:
    """Temporary files lie on a disk of so many bytes."""
    with tmpfs(folder, size), pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        yield


@pytest.mark.parametrize("pages", [(1, 3, 6, 10), pytest.param(tuple(range(1, 31)), marks=soak)])
def test_the_disk_of_temporary_files_is_full(
    arrivals: Arrivals, counts: Counter[str], logged: None, tmp_path: Path, pages: tuple[int, ...]
) -> None:
    """A real file system of a few pages: tables and workbooks are made there before they are put."""
    if not mounts(tmp_path / "small"):
        pytest.skip("file systems can be mounted by root alone")
    noticed = 0
    for number in pages:
        context = arrivals.fresh()
        noticed += broken_once(context, arrivals.outcome, temporary_folder(tmp_path / "small", 4096 * number))
        arrivals.drop(context)
    counts["disk of temporary files full"] += noticed
    assert noticed >= 2

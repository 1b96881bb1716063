"""What only the local driver can go wrong in: killed writers, links, damaged files."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bangfu.storage import CorruptObject, ObjectMissing, StoreError
from bangfu.storage.local import LocalStore

KEY = "landing/union_roster/" + "0" * 64

WRITER = """
import sys
from pathlib import Path
from bangfu.storage.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
source = Path(sys.argv[2])
print("go", flush=True)
number = 0
while True:
    store.put(f"links/{sys.argv[3]}/{number}", source)
    number += 1
"""


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "objects")


def test_a_killed_writer_leaves_whole_objects_only(store: LocalStore, tmp_path: Path) -> None:
    """kill -9 at arbitrary moments: every object that can be seen is complete and verifies."""
    content = os.urandom(1 << 20) * 4
    source = tmp_path / "source"
    source.write_bytes(content)
    seen = 0
    for attempt in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "objects"), str(source), str(attempt)],
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.03 + 0.017 * attempt)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        for info in store.list(f"links/{attempt}/"):
            assert info.size == len(content)
            assert info.sha256 == hashlib.sha256(content).hexdigest()
            assert store.get_file(info.key).stat().st_size == len(content)
            seen += 1
        store.put(f"links/{attempt}/after", b"the lock is free again")
    assert seen > 0


def test_a_file_the_disk_damaged_is_noticed(store: LocalStore) -> None:
    store.put(KEY, b"rows and rows")
    path = store.get_file(KEY)
    path.chmod(0o600)
    path.write_bytes(b"rows and rowz")
    with pytest.raises(CorruptObject):
        store.get_file(KEY)
    with pytest.raises(CorruptObject):
        store.read(KEY)


def test_a_partner_file_has_no_recorded_digest(store: LocalStore, tmp_path: Path) -> None:
    folder = tmp_path / "objects" / "drop" / "civil_affairs"
    folder.mkdir(parents=True)
    (folder / "名单.csv").write_bytes(b"rows")
    [info] = store.list("drop/civil_affairs/")
    assert (info.key, info.size, info.sha256) == ("drop/civil_affairs/名单.csv", 4, None)
    assert store.read(info.key) == b"rows"
    assert store.put(info.key, b"rows").size == 4
    store.delete(info.key)
    assert list(store.list("")) == []


def test_links_in_the_drop_area_lead_nowhere(store: LocalStore, tmp_path: Path) -> None:
    """A partner who may write into the drop area must not make us read or replace other files."""
    secret = tmp_path / "secret"
    secret.write_text("not yours")
    drop = tmp_path / "objects" / "drop"
    drop.mkdir()
    (drop / "link.csv").symlink_to(secret)
    (drop / "folder").symlink_to(tmp_path)
    for key in ("drop/link.csv", "drop/folder/secret"):
        assert store.stat(key) is None
        with pytest.raises(ObjectMissing):
            store.read(key)
        with pytest.raises(StoreError):
            store.put(key, b"mine")
        store.delete(key)
    assert list(store.list("drop/")) == []
    assert secret.read_text() == "not yours"


def test_hidden_and_unfinished_files_are_not_listed(store: LocalStore, tmp_path: Path) -> None:
    drop = tmp_path / "objects" / "drop"
    drop.mkdir()
    (drop / ".upload.csv.part").write_bytes(b"ro")
    assert list(store.list("")) == []


def test_what_killed_writers_left_is_swept_after_a_day(store: LocalStore, tmp_path: Path) -> None:
    old, new = (tmp_path / "objects" / ".unfinished" / name for name in ("old", "new"))
    old.write_bytes(b"ro")
    new.write_bytes(b"ro")
    os.utime(old, (0, 0))
    store.put(KEY, b"rows")
    assert not old.exists()
    assert new.exists()


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="object store cannot be used: Not a directory"):
        LocalStore(tmp_path / "file" / "objects")

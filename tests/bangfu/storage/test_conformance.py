"""What every driver of the object store must do; each test runs on all of them."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bangfu.storage import CorruptObject, ObjectConflict, ObjectMissing, ObjectStore, StoreError, keys

KEY = "standard/civil_affairs/civil_affairs-00ff.parquet"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_what_was_put_comes_back(store: ObjectStore, tmp_path: Path) -> None:
    info = store.put(KEY, b"rows")
    assert (info.key, info.size, info.sha256) == (KEY, 4, sha256(b"rows"))
    assert store.read(KEY) == b"rows"
    assert store.get_file(KEY).read_bytes() == b"rows"
    assert abs(info.modified - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_file_is_put_and_left_as_it_is(store: ObjectStore, tmp_path: Path) -> None:
    source = tmp_path / "extract.csv"
    source.write_bytes(b"a,b\n1,2\n")
    info = store.put(KEY, source, sha256=sha256(b"a,b\n1,2\n"))
    assert info.size == 8
    assert source.read_bytes() == b"a,b\n1,2\n"
    assert store.get_file(KEY) != source


def test_an_empty_object_is_an_object(store: ObjectStore) -> None:
    assert store.put(KEY, b"").size == 0
    assert store.read(KEY) == b""


def test_the_same_content_again_changes_nothing(store: ObjectStore) -> None:
    first = store.put(KEY, b"rows")
    assert store.put(KEY, b"rows") == first


def test_other_content_under_a_key_is_refused(store: ObjectStore) -> None:
    store.put(KEY, b"rows")
    with pytest.raises(ObjectConflict):
        store.put(KEY, b"sows")  # same length: the digest decides
    with pytest.raises(ObjectConflict):
        store.put(KEY, b"more rows")
    assert store.read(KEY) == b"rows"


def test_a_wrong_digest_is_refused_before_anything_is_kept(store: ObjectStore) -> None:
    with pytest.raises(CorruptObject):
        store.put(KEY, b"rows", sha256=sha256(b"other"))
    assert store.stat(KEY) is None


def test_reading_checks_the_registered_digest(store: ObjectStore) -> None:
    store.put(KEY, b"rows")
    assert store.read(KEY, sha256=sha256(b"rows")) == b"rows"
    with pytest.raises(CorruptObject):
        store.get_file(KEY, sha256=sha256(b"other"))


def test_a_missing_object(store: ObjectStore) -> None:
    assert store.stat(KEY) is None
    with pytest.raises(ObjectMissing):
        store.read(KEY)
    with pytest.raises(ObjectMissing):
        store.get_file(KEY)
    store.delete(KEY)


def test_listing_goes_by_prefix_in_order(store: ObjectStore) -> None:
    for name in ["b.csv", "a.csv", "职工 花名册(1).xlsx", "Z.csv"]:
        store.put(keys.drop("union_roster", name), name.encode())
    store.put("drop/union_roster_old/a.csv", b"")
    store.put(KEY, b"rows")
    listed = [info.key for info in store.list("drop/union_roster/")]
    assert listed == [f"drop/union_roster/{name}" for name in ["Z.csv", "a.csv", "b.csv", "职工 花名册(1).xlsx"]]
    assert [info.size for info in store.list("drop/union_roster/")][:3] == [5, 5, 5]
    assert len(list(store.list("drop/union_roster"))) == 5
    assert len(list(store.list(""))) == 6
    assert list(store.list("links/")) == []
    assert store.read("drop/union_roster/职工 花名册(1).xlsx") == "职工 花名册(1).xlsx".encode()


def test_deleting_frees_the_key(store: ObjectStore) -> None:
    store.put(KEY, b"rows")
    store.delete(KEY)
    assert store.stat(KEY) is None
    assert list(store.list("")) == []
    store.put(KEY, b"other rows")
    assert store.read(KEY) == b"other rows"


@pytest.mark.parametrize(
    "key",
    ["", "/", "/etc/passwd", "../secrets/key", "drop/../../key", "drop//a", "drop/./a", "drop/.hidden", "drop/",
     "drop\\a", "drop/a\n", "drop/a\0", "drop/" + "字" * 81, "a/" * 460 + "a"],
    ids=lambda key: repr(key[:16]),
)  # fmt: skip
def test_malformed_keys_are_refused_without_being_repeated(store: ObjectStore, key: str) -> None:
    for refused in (lambda: store.put(key, b""), lambda: store.stat(key), lambda: store.get_file(key)):
        with pytest.raises(StoreError, match=rf"^Malformed object key of {len(key)} characters\.$"):
            refused()


def test_a_large_object_goes_in_parts_and_comes_back_whole(store: ObjectStore, tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * 37  # 37 MiB: three parts, the last one short
    source = tmp_path / "large.parquet"
    source.write_bytes(content)
    assert store.put(KEY, source).sha256 == sha256(content)
    assert store.get_file(KEY).read_bytes() == content
    assert store.put(KEY, content).size == len(content)


def test_writers_of_the_same_content_do_not_disturb_each_other(store: ObjectStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        infos = list(pool.map(lambda _: store.put(KEY, b"rows" * 1000), range(8)))
    assert {info.sha256 for info in infos} == {sha256(b"rows" * 1000)}


@pytest.mark.parametrize("driver", ["local", "s3-moto"], indirect=True)
def test_of_writers_of_different_content_one_wins(store: ObjectStore) -> None:
    """Not on rclone, whose server ignores conditional puts; keys are named by content for that reason."""

    def attempt(number: int) -> int | None:
        try:
            store.put(KEY, f"content {number}".encode())
        except ObjectConflict:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(attempt, range(8)) if number is not None]
    assert len(winners) == 1
    assert store.read(KEY) == f"content {winners[0]}".encode()
    assert store.stat(KEY).sha256 == sha256(store.read(KEY))


def test_another_process_finds_the_same_objects(store: ObjectStore, driver) -> None:
    store.put(KEY, b"rows")
    again = driver.open()
    assert again.stat(KEY) == store.stat(KEY)
    assert again.read(KEY) == b"rows"


def test_a_listing_and_a_look_at_one_object_tell_the_same(store: ObjectStore) -> None:
    """Whether a partner's file has changed meanwhile is seen by comparing the two."""
    store.put("drop/union_roster/a.csv", b"a")
    [listed] = store.list("drop/union_roster/")
    seen = store.stat("drop/union_roster/a.csv")
    assert seen is not None
    assert (listed.key, listed.size, listed.modified) == (seen.key, seen.size, seen.modified)


def test_a_borrowed_file_holds_the_content_and_leaves_no_copy(driver, store: ObjectStore, home: Path) -> None:
    """What lies in the drop area may hold what must not be kept, so that nothing of it may stay on this machine."""
    store.put("drop/union_roster/a.csv", b"secret of a partner")
    with store.borrow("drop/union_roster/a.csv") as path:
        assert path.read_bytes() == b"secret of a partner"
    copies = [
        item
        for item in home.rglob("*")
        if item.is_file() and "drop" not in item.parts and ".recorded" not in item.parts
    ]
    assert not any(b"secret" in item.read_bytes() for item in copies)
    with pytest.raises(ObjectMissing), store.borrow("drop/union_roster/b.csv"):
        pass

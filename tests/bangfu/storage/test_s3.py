"""What only S3 can go wrong in: refused keys, a silent service, a damaged cache, foreign objects."""

from dataclasses import replace
from hashlib import sha256

import pytest

from bangfu.errors import BangfuError
from bangfu.settings import S3Settings, Settings
from bangfu.storage import StoreError, open_store
from tests.bangfu.pipeline.proxy import Breaking, Proxy

KEY = "landing/union_roster/" + "0" * 64


on_s3 = pytest.mark.parametrize("driver", ["s3-rclone", "s3-moto"], indirect=True)


@on_s3
def test_fetched_objects_are_cached_by_digest_and_fetched_again_when_damaged(store, driver) -> None:
    info = store.put(KEY, b"rows")
    path = store.get_file(KEY)
    assert path == driver.settings.home / "cache" / "objects" / info.sha256[:2] / info.sha256
    path.chmod(0o600)
    path.write_bytes(b"damaged")
    assert store.get_file(KEY).read_bytes() == b"rows"
    assert sorted(file.name for file in path.parent.parent.rglob("*") if file.is_file()) == [info.sha256]


@on_s3
def test_an_object_another_tool_uploaded_has_no_recorded_digest(store) -> None:
    store._client._execute("PUT", store._bucket, store._prefix + "drop/civil_affairs/名单.csv", body=b"rows")
    [info] = store.list("drop/")
    assert store.stat(info.key).sha256 is None
    assert store.read(info.key) == b"rows"
    assert store.put(info.key, b"rows").sha256 == sha256(b"rows").hexdigest()  # it was looked at to be the same


@on_s3
def test_a_listing_that_breaks_off_is_never_taken_for_a_short_one(store, driver) -> None:
    for number in range(3):
        store.put(f"{KEY[:-1]}{number}", b"rows")
    host, _, port = driver.settings.s3.endpoint.partition(":")
    told = []
    with Proxy((host, int(port))) as proxy:
        through = open_store(replace(driver.settings, s3=replace(driver.settings.s3, endpoint=proxy.address)))
        before = proxy.answered
        whole = list(through.list("landing/"))
        for at in range(0, proxy.answered - before, 60):
            proxy.break_after(Breaking.CUT_ANSWER, at)
            try:
                assert list(through.list("landing/")) == whole  # asked for once more by itself
            except StoreError as error:
                told.append(str(error))
    assert len(whole) == 3
    assert any("broke off" in reason for reason in told)


@pytest.mark.parametrize("driver", ["s3-rclone"], indirect=True)  # moto checks no signatures
def test_wrong_keys_are_named_as_the_reason(driver) -> None:
    wrong = replace(driver.settings, s3=replace(driver.settings.s3, secret_key="another"))
    with pytest.raises(StoreError, match="BANGFU_S3_SECRET_KEY"):
        open_store(wrong).put(KEY, b"rows")


def test_a_service_that_does_not_answer_is_named_as_the_reason(home) -> None:
    silent = Settings(home, "s3://bangfu", s3=S3Settings("127.0.0.1:9", "key", "secret", secure=False))
    with pytest.raises(StoreError, match="does not answer"):
        open_store(silent)


def test_a_bucket_without_an_endpoint_is_named_as_the_reason(home) -> None:
    with pytest.raises(BangfuError, match="BANGFU_S3_ENDPOINT"):
        open_store(Settings(home, "s3://bangfu"))


@pytest.mark.parametrize("address", ["objects", "/objects", "file://host/objects", "s3://", "http://host/bucket"])
def test_an_unknown_kind_of_store_is_named_as_the_reason(home, address: str) -> None:
    with pytest.raises(BangfuError, match="BANGFU_OBJECT_STORE"):
        open_store(Settings(home, address))

"""Uploading by signed addresses, against a server that checks signatures."""

import time
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hand_built import Database, opened

from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.stating import Sending, state_files
from bangfu.pipeline.intake.upload import as_uploaded, upload_addresses
from bangfu.settings import S3Settings
from bangfu.storage import open_store
from tests.bangfu.pipeline.sending import roster_text
from tests.bangfu.storage.conftest import ACCESS_KEY, SECRET_KEY, rclone

__all__ = ["rclone"]

REFUSED = {400, 403}
"""What servers answer to an address without a valid signature."""


@pytest.fixture
def context(database: Database, request: pytest.FixtureRequest) -> Context:
    """An installation whose object store is an S3 server."""
    s3 = S3Settings(request.getfixturevalue("rclone"), ACCESS_KEY, SECRET_KEY, secure=False)
    settings = replace(database.settings, object_store=f"s3://bangfu/{database.settings.home.parent.name}", s3=s3)
    return Context(settings, open_store(settings), database.owner)


def put(address: str, content: bytes) -> int:
    """Upload as any tool would; the status of the answer."""
    request = urllib.request.Request(address, data=content, method="PUT")
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_what_is_uploaded_is_received(context: Context, tmp_path: Path) -> None:
    files = [tmp_path / "花名册.csv", tmp_path / "二车间.csv"]
    for path in files:
        path.write_bytes(roster_text(path.stem))
    addresses = upload_addresses(context, "union_roster", files=2)
    manifest = as_uploaded(state_files(Sending("union_roster", "530102", "2026Q2"), files))
    assert [address.name for address in addresses.data] == [file.name for file in manifest.files]
    for path, address in zip(files, addresses.data, strict=True):
        assert put(address.url, path.read_bytes()) == 200
    assert receive_dropped(context, "union_roster") == []
    assert put(addresses.manifest.url, manifest.to_json().encode()) == 200
    [receipt] = receive_dropped(context, "union_roster")
    assert (receipt.outcome, receipt.files, receipt.rows) == ("registered", 2, 2)
    assert list(context.store.list("drop/")) == []


def test_keys_are_the_service_s_own_and_nobody_can_guess_them(context: Context) -> None:
    one, other = (upload_addresses(context, "civil_affairs", files=2) for _ in range(2))
    assert [address.key.rpartition("/")[2] for address in (*one.data, one.manifest)] == [
        "data-01", "data-02", "manifest.json",
    ]  # fmt: skip
    folders = {address.key.rpartition("/")[0] for made in (one, other) for address in (*made.data, made.manifest)}
    assert len(folders) == 2
    assert all(folder.startswith("drop/civil_affairs/") and len(folder.split("/")[2]) == 24 for folder in folders)


def test_an_address_writes_its_own_key_alone(context: Context) -> None:
    address = upload_addresses(context, "union_roster").data[0]
    elsewhere = address.url.replace(address.key, address.key.replace("data-01", "data-02"))
    assert elsewhere != address.url
    assert put(elsewhere, b"x") in REFUSED
    assert put(address.url.replace("drop/", "receipts/"), b"x") in REFUSED
    parts = urlsplit(address.url)
    assert put(f"{parts.scheme}://{parts.netloc}{parts.path}", b"x") in REFUSED, "without a signature"
    assert list(context.store.list("")) == []


def test_an_address_that_was_made_to_last_longer_is_refused(context: Context) -> None:
    address = upload_addresses(context, "union_roster", hours=1).data[0]
    assert "X-Amz-Expires=3600" in address.url
    assert put(address.url.replace("X-Amz-Expires=3600", "X-Amz-Expires=604800"), b"x") in REFUSED


def test_an_address_that_has_expired_is_refused(context: Context) -> None:
    key = "drop/union_roster/0/data-01"
    address = context.store.presign(key, timedelta(seconds=1))  # type: ignore[attr-defined]
    time.sleep(2.1)
    assert put(address, b"x") in REFUSED
    assert context.store.stat(key) is None


def test_the_end_of_an_address_is_told(context: Context) -> None:
    made = upload_addresses(context, "union_roster", hours=48)
    assert timedelta(hours=47) < made.expires_at - datetime.now(UTC) <= timedelta(hours=48)


@pytest.mark.parametrize(("files", "hours"), [(0, 24), (100, 24), (1, 0), (1, 169)])
def test_numbers_have_their_limits(context: Context, files: int, hours: int) -> None:
    with pytest.raises(BangfuError, match="--files"):
        upload_addresses(context, "union_roster", files=files, hours=hours)


def test_a_local_store_says_what_to_use_instead(database: Database) -> None:
    with pytest.raises(BangfuError, match="the portal's upload page"):
        upload_addresses(opened(database), "union_roster")
    with pytest.raises(BangfuError, match="There is no source"):
        upload_addresses(opened(database), "roster")

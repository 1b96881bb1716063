"""What somebody without the key sees of an extract, and that nothing altered is ever read."""

import base64
import os
import zlib
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pme
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from bangfu.errors import BangfuError
from bangfu.settings import Settings
from bangfu.vault import (
    KeyProvider,
    TableWriter,
    VaultError,
    describe_table,
    new_data_key,
    open_provider,
    read_arrow,
    read_batches,
    read_table,
    rewrap,
    write_table,
)

from .conftest import Service
from .tables import REPORT, SCHEMA, members

EXTRACT = "union_roster-000000000001"
READERS = [read_table, read_arrow, describe_table, lambda path, key: list(read_batches(path, key))]


def keep(path: Path, key: bytes | None, rows: int = 20) -> Path:
    with TableWriter(path, SCHEMA, key, REPORT) as writer:
        writer.write(members(rows))
    return path


def telling_texts() -> list[bytes]:
    """Values, column names and texts of the table, as a plain file would hold them."""
    texts = [*SCHEMA.names, *REPORT.keys(), "困难职工花名册", "sensitivity", "personal", "zstd", "arrow"]
    for column in members(20).cast({"county": pl.String}).select("姓名", "identity_number", "county"):
        texts += [text for text in column if text]
    return [text.encode() for text in texts] + [text.encode("utf-16-le") for text in texts]


def test_the_bytes_of_a_file_tell_nothing(tmp_path: Path) -> None:
    """Rows, column names, statistics and metadata are all inside; the plain twin shows that the search works."""
    encrypted = keep(tmp_path / "encrypted.parquet", new_data_key()).read_bytes()
    plain = keep(tmp_path / "plain.parquet", None).read_bytes()
    assert [text for text in telling_texts() if text.lower() in encrypted.lower()] == []
    assert {"姓名".encode(), b"identity_number", "困难职工花名册".encode(), b"bangfu.reading"} <= {
        text for text in telling_texts() if text in plain
    }


def test_the_bytes_of_a_file_look_random(tmp_path: Path) -> None:
    content = keep(tmp_path / "table.parquet", new_data_key(), rows=5000).read_bytes()
    assert len(zlib.compress(content, 9)) > 0.99 * len(content)
    assert content[:4] == content[-4:] == b"PARE"


def test_the_same_rows_give_other_bytes_every_time(tmp_path: Path) -> None:
    key = new_data_key()
    first, second = (keep(tmp_path / name, key).read_bytes() for name in "ab")
    assert first != second
    shared = [first[start : start + 16] for start in range(4, len(first) - 8) if first[start : start + 16] in second]
    assert shared == []


@pytest.mark.parametrize("read", READERS)
def test_only_the_extracts_own_key_opens_it(tmp_path: Path, read: object) -> None:
    assert callable(read)
    path = keep(tmp_path / "table.parquet", new_data_key())
    with pytest.raises(VaultError, match="does not open with its key: it is altered, or the key is that of another"):
        read(path, new_data_key())
    with pytest.raises(VaultError, match="is encrypted and no key is given: unwrap the data key of its extract"):
        read(path, None)


def test_the_data_key_alone_is_not_the_key_of_a_file(tmp_path: Path) -> None:
    """Each file has a key derived for it alone, so files of one extract share no key."""
    key = new_data_key()
    path = keep(tmp_path / "table.parquet", key)
    with pytest.raises(OSError, match="decrypt"):
        pq.ParquetFile(path, decryption_properties=pme.create_decryption_properties(key))


@pytest.mark.parametrize("read", READERS)
def test_a_plain_file_in_place_of_an_encrypted_one_is_refused(tmp_path: Path, read: object) -> None:
    assert callable(read)
    path = keep(tmp_path / "table.parquet", None)
    with pytest.raises(VaultError, match="is plain although a key is recorded for it: somebody replaced it"):
        read(path, new_data_key())


def test_a_key_of_another_length_is_a_defect_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="A data key has 32 bytes, not 16"):
        keep(tmp_path / "table.parquet", os.urandom(16))
    assert list(tmp_path.iterdir()) == []


def test_every_altered_bit_is_seen(tmp_path: Path) -> None:
    """Each bit of a small file in turn, the clear frame at both ends included."""
    key, path = new_data_key(), tmp_path / "table.parquet"
    write_table(path, pl.DataFrame({"姓名": ["王芳", None], "level": [1, 2]}), key)
    content = path.read_bytes()
    unseen = []
    for position in range(8 * len(content)):
        altered = bytearray(content)
        altered[position // 8] ^= 1 << position % 8
        path.write_bytes(altered)
        try:
            read_table(path, key)
        except VaultError:
            continue
        unseen.append(position)
    assert len(content) > 700
    assert unseen == []


@given(data=st.data())
@settings(max_examples=200)
def test_altered_bytes_of_a_large_file_are_seen(large_file: tuple[Path, bytes, bytes], data: st.DataObject) -> None:
    path, key, content = large_file
    position = data.draw(st.integers(0, len(content) - 1))
    altered = bytearray(content)
    altered[position] ^= data.draw(st.integers(1, 255))
    path.write_bytes(altered)
    with pytest.raises(VaultError):
        read_table(path, key)


@given(kept=st.integers(0, 2**20))
@settings(max_examples=100)
def test_a_truncated_file_is_seen(large_file: tuple[Path, bytes, bytes], kept: int) -> None:
    path, key, content = large_file
    path.write_bytes(content[: kept % len(content)])
    with pytest.raises(VaultError):
        read_table(path, key)


def test_parts_of_two_files_of_one_extract_do_not_fit_together(large_file: tuple[Path, bytes, bytes]) -> None:
    """Whole encrypted pages moved between files of one key are refused: each file has its own key and prefix."""
    path, key, content = large_file
    write_table(path, members(4000), key)
    twin = path.read_bytes()
    assert abs(len(twin) - len(content)) < 200
    footer = int.from_bytes(twin[-8:-4], "little") + 8
    path.write_bytes(content[: len(twin) - footer] + twin[-footer:])
    with pytest.raises(VaultError):
        read_table(path, key)


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, bytes]:
    """Path, key and content of a file of 4,000 rows; tests overwrite the file and keep the content."""
    path, key = tmp_path_factory.mktemp("vault") / "table.parquet", new_data_key()
    write_table(path, members(4000), key)
    return path, key, path.read_bytes()


@pytest.mark.parametrize(
    "content", [b"", b"PARE", b"PAR1PAR1", b"PAREPARE", b"name,age\n" * 9, b"PARE" + b"\xff" * 4 + b"PARE"]
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table.parquet"
    path.write_bytes(content)
    for key in (new_data_key(), None):
        with pytest.raises(VaultError):
            read_table(path, key)


def test_errors_say_what_to_do_on_one_line(tmp_path: Path) -> None:
    path = keep(tmp_path / "table.parquet", new_data_key())
    with pytest.raises(BangfuError, match="restore the file, else the wrapped key") as caught:
        read_table(path, new_data_key())
    assert "\n" not in str(caught.value)


class TestDestroyedKeys:
    """密钥销毁: what the registry and the store still hold after a key is destroyed opens nothing."""

    def test_a_destroyed_data_key_takes_the_extract_with_it(self, tmp_path: Path, installation: Settings) -> None:
        """The wrapped key is all the registry holds; every other key in existence is tried on the file."""
        provider = open_provider(installation)
        key, other = new_data_key(), new_data_key()
        registry = {EXTRACT: provider.wrap(key, EXTRACT), "other": provider.wrap(other, "other")}
        path = keep(tmp_path / "table.parquet", provider.unwrap(registry[EXTRACT], EXTRACT))
        assert read_table(path, provider.unwrap(registry[EXTRACT], EXTRACT)).height == 20  # fills any cache
        del registry[EXTRACT], key

        master = provider.unwrap(registry["other"], "other"), other, _master_key(installation)
        for candidate in master:
            with pytest.raises(VaultError):
                read_table(path, candidate)
        with pytest.raises(VaultError):
            read_table(path, None)
        with pytest.raises(VaultError):
            provider.unwrap(registry["other"], EXTRACT)

    def test_the_file_holds_nothing_that_the_master_key_opens(self, tmp_path: Path, installation: Settings) -> None:
        """No window of the file is a key wrapped under the key-encryption key."""
        provider = open_provider(installation)
        wrapped = provider.wrap(new_data_key(), EXTRACT)
        content = keep(tmp_path / "table.parquet", provider.unwrap(wrapped, EXTRACT)).read_bytes()
        assert wrapped not in content
        assert provider.unwrap(wrapped, EXTRACT) not in content
        master = AESGCM(_master_key(installation))
        for start in range(len(content) - 60):
            window = content[start : start + 60]
            with pytest.raises(InvalidTag):
                master.decrypt(window[:12], window[12:], None)

    def test_a_destroyed_master_key_takes_every_extract_with_it(
        self, tmp_path: Path, installation: Settings, key_file: Path
    ) -> None:
        provider = open_provider(installation)
        wrapped = provider.wrap(new_data_key(), EXTRACT)
        path = keep(tmp_path / "table.parquet", provider.unwrap(wrapped, EXTRACT))
        assert read_table(path, provider.unwrap(wrapped, EXTRACT)).height == 20
        key_file.unlink()
        with pytest.raises(VaultError, match="If it was destroyed, the data is gone"):
            provider.unwrap(wrapped, EXTRACT)

    def test_a_key_service_can_destroy_as_well(self, tmp_path: Path, remote: KeyProvider, service: Service) -> None:
        wrapped = remote.wrap(new_data_key(), EXTRACT)
        path = keep(tmp_path / "table.parquet", remote.unwrap(wrapped, EXTRACT))
        assert_frame_equal(
            read_table(path, remote.unwrap(wrapped, EXTRACT), ["row_number"]), members(20)[["row_number"]]
        )
        service.post("destroy")
        with pytest.raises(VaultError):
            remote.unwrap(wrapped, EXTRACT)

    def test_rotating_the_master_key_leaves_the_file_as_it_is(
        self, tmp_path: Path, installation: Settings, remote: KeyProvider
    ) -> None:
        provider = open_provider(installation)
        wrapped = provider.wrap(new_data_key(), EXTRACT)
        path = keep(tmp_path / "table.parquet", provider.unwrap(wrapped, EXTRACT))
        before = path.read_bytes()
        moved = rewrap(provider, remote, wrapped, EXTRACT)
        assert path.read_bytes() == before
        assert read_table(path, remote.unwrap(moved, EXTRACT)).height == 20

    @pytest.fixture
    def installation(self, settings: Settings) -> Settings:
        """A fresh installation with the local provider."""
        return settings


def _master_key(installation: Settings) -> bytes:
    return base64.urlsafe_b64decode(installation.secret("data-master-key"))

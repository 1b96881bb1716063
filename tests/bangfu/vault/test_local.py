"""The local key file: what it may hold, and how a key is added."""

import base64
import multiprocessing
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bangfu.settings import Settings
from bangfu.vault import LocalKeyFile, VaultError, add_key, new_data_key, open_provider, rewrap

OWNER = "civil_affairs-000000000001"
AES_KEY = base64.b64encode(bytes(range(32))).decode()
SM4_KEY = "sm4:" + base64.b64encode(bytes(range(16))).decode()


def test_the_provider_of_an_installation_makes_its_key_on_first_use(settings: Settings, key_file: Path) -> None:
    provider = open_provider(settings)
    assert not key_file.exists()
    key = new_data_key()
    wrapped = provider.wrap(key, OWNER)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert open_provider(settings).unwrap(wrapped, OWNER) == key


def test_the_key_may_come_from_the_environment(settings: Settings, key_file: Path) -> None:
    given = replace(settings, given_secrets={"data-master-key": AES_KEY})
    wrapped = open_provider(given).wrap(b"k" * 32, OWNER)
    assert LocalKeyFile(lambda: AES_KEY).unwrap(wrapped, OWNER) == b"k" * 32
    assert not key_file.exists()


def test_both_alphabets_of_base64_are_read() -> None:
    key = b"\xfb\xff" * 16
    standard, url_safe = base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode()
    assert standard != url_safe
    wrapped = LocalKeyFile(lambda: standard).wrap(b"k" * 32, OWNER)
    assert LocalKeyFile(lambda: url_safe).unwrap(wrapped, OWNER) == b"k" * 32


@pytest.mark.parametrize(("key", "algorithm"), [(AES_KEY, 1), (SM4_KEY, 2)])
def test_a_wrapped_key_names_its_algorithm(key: str, algorithm: int) -> None:
    wrapped = LocalKeyFile(lambda: key).wrap(b"k" * 32, OWNER)
    assert wrapped[0] == algorithm
    assert len(wrapped) == 1 + 8 + 12 + 32 + 16


def test_both_algorithms_stand_in_one_file() -> None:
    """An installation may move to SM4 (商密改造): the former key stays below the new one."""
    wrapped = LocalKeyFile(lambda: AES_KEY).wrap(b"k" * 32, OWNER)
    both = LocalKeyFile(lambda: f"{SM4_KEY}\n{AES_KEY}")
    moved = rewrap(both, both, wrapped, OWNER)
    assert (wrapped[0], moved[0]) == (1, 2)
    assert LocalKeyFile(lambda: SM4_KEY).unwrap(moved, OWNER) == b"k" * 32


@pytest.mark.parametrize(
    "text", ["", " \n", "secret", AES_KEY[:-4], "sm4:" + AES_KEY, SM4_KEY[4:], AES_KEY + "\nfoo", "钥匙", AES_KEY[:-1]]
)
def test_what_is_no_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(VaultError) as caught:
        LocalKeyFile(lambda: text).wrap(b"k" * 32, OWNER)
    assert "data-master-key" in str(caught.value)
    assert not any(word in str(caught.value) for word in text.split() if len(word) > 6)


def test_a_missing_key_is_named_by_its_fingerprint(tmp_path: Path) -> None:
    fingerprint = add_key(tmp_path / "keys")
    wrapped = LocalKeyFile((tmp_path / "keys").read_text).wrap(b"k" * 32, OWNER)
    with pytest.raises(VaultError, match=f"key {fingerprint}, which data-master-key does not hold: restore"):
        LocalKeyFile(lambda: AES_KEY).unwrap(wrapped, OWNER)


def test_a_key_is_added_in_front_of_the_former_ones(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(AES_KEY)
    add_key(path, "sm4")
    first, second = path.read_text().split()
    assert first.startswith("sm4:")
    assert second == AES_KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in tmp_path.iterdir()] == ["keys"]


def test_no_key_is_added_to_a_file_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("a letter")
    with pytest.raises(VaultError):
        add_key(path)
    assert path.read_text() == "a letter"


def test_a_key_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(VaultError, match=r"Cannot write .*file/keys: .*Make it writable"):
        add_key(tmp_path / "file" / "keys")


def test_processes_that_add_keys_at_once_lose_none(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        added = pool.map(add_key, [path] * 40, chunksize=1)
    assert len(set(added)) == 40
    assert len(path.read_text().split()) == 40


def test_rewrapping_keeps_the_old_key_where_the_new_provider_gives_back_another(
    keys_that_forget: Callable[[], LocalKeyFile],
) -> None:
    old = LocalKeyFile(lambda: AES_KEY)
    with pytest.raises(VaultError, match="keep the old wrapped key"):
        rewrap(old, keys_that_forget(), old.wrap(b"k" * 32, OWNER), OWNER)


@pytest.fixture
def keys_that_forget() -> Callable[[], LocalKeyFile]:
    """A provider with the defect that `rewrap` guards against: it gives back another key than it wrapped."""

    class Forgetful(LocalKeyFile):
        name = "forgetful"

        def unwrap(self, wrapped: bytes, context: str) -> bytes:
            return bytes(reversed(super().unwrap(wrapped, context))) + b"!"

    return lambda: Forgetful(lambda: AES_KEY)

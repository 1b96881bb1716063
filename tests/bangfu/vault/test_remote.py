"""The port suits a key service: it is loaded by name, and its absence is told from a wrong key."""

from dataclasses import replace

import pytest

from bangfu.settings import Settings
from bangfu.vault import KeyProvider, KeyServiceUnavailable, VaultError, new_data_key, open_provider, rewrap

from .conftest import Service

OWNER = "medical_insurance-000000000001"


@pytest.mark.parametrize("fault", ["busy", "cut", "silent"])
def test_a_passing_fault_is_ridden_out(remote: KeyProvider, service: Service, fault: str) -> None:
    key = new_data_key()
    service.post("fault", fault=fault, times=2)
    wrapped = remote.wrap(key, OWNER)
    service.post("fault", fault=fault, times=1)
    assert remote.unwrap(wrapped, OWNER) == key


@pytest.mark.parametrize("fault", ["busy", "cut", "silent"])
def test_a_lasting_fault_is_not_mistaken_for_a_wrong_key(remote: KeyProvider, service: Service, fault: str) -> None:
    wrapped = remote.wrap(new_data_key(), OWNER)
    service.post("fault", fault=fault, times=3)
    with pytest.raises(KeyServiceUnavailable, match="no answer in 3 attempts: see that it runs"):
        remote.unwrap(wrapped, OWNER)


def test_a_service_that_is_down(remote: KeyProvider, service: Service) -> None:
    wrapped = remote.wrap(new_data_key(), OWNER)
    service.stop()
    with pytest.raises(KeyServiceUnavailable):
        remote.unwrap(wrapped, OWNER)
    with pytest.raises(KeyServiceUnavailable):
        remote.wrap(new_data_key(), OWNER)


def test_nonsense_is_no_key(remote: KeyProvider, service: Service) -> None:
    service.post("fault", fault="nonsense", times=1)
    with pytest.raises(VaultError, match="compare its version"):
        remote.wrap(new_data_key(), OWNER)


def test_a_refusal_is_not_tried_again(remote: KeyProvider, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_SERVICE_TOKEN", "another")
    stranger = type(remote)(Settings.from_environment())  # type: ignore[call-arg]
    with pytest.raises(VaultError, match="status 401") as caught:
        stranger.wrap(new_data_key(), OWNER)
    assert not isinstance(caught.value, KeyServiceUnavailable)


def test_keys_move_from_the_local_file_to_a_service(remote: KeyProvider, settings: Settings) -> None:
    local, key = open_provider(settings), new_data_key()
    wrapped = local.wrap(key, OWNER)
    moved = rewrap(local, remote, wrapped, OWNER)
    assert remote.unwrap(moved, OWNER) == key
    with pytest.raises(VaultError):
        local.unwrap(moved, OWNER)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("vault", "give local, or module:class"),
        (":Keys", "give local, or module:class"),
        ("no_such_module:Keys", "cannot be loaded"),
        ("bangfu.vault:NoSuchClass", "cannot be loaded"),
    ],
)
def test_a_provider_that_cannot_be_loaded(settings: Settings, address: str, message: str) -> None:
    with pytest.raises(VaultError, match=message) as caught:
        open_provider(replace(settings, key_provider=address))
    assert "BANGFU_KEY_PROVIDER" in str(caught.value)

"""What every key provider must do; each test runs on all of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bangfu.vault import VaultError, new_data_key, rewrap

from .conftest import Keeper

OWNER, OTHER = "union_roster-000000000001", "union_roster-000000000002"


def test_a_wrapped_key_comes_back(keeper: Keeper) -> None:
    key = new_data_key()
    wrapped = keeper.provider.wrap(key, OWNER)
    assert keeper.provider.unwrap(wrapped, OWNER) == key


def test_the_name_is_fit_for_the_registry(keeper: Keeper) -> None:
    assert keeper.provider.name.isidentifier()


def test_wrapping_hides_the_key_and_never_repeats_itself(keeper: Keeper) -> None:
    key = new_data_key()
    first, second = keeper.provider.wrap(key, OWNER), keeper.provider.wrap(key, OWNER)
    assert first != second
    for wrapped in (first, second):
        assert len(wrapped) <= 4096
        assert not any(key[start : start + 4] in wrapped for start in range(len(key) - 3))


def test_a_key_opens_for_its_owner_only(keeper: Keeper) -> None:
    wrapped = keeper.provider.wrap(new_data_key(), OWNER)
    for owner in (OTHER, "", OWNER + " ", OWNER[:-1]):
        with pytest.raises(VaultError):
            keeper.provider.unwrap(wrapped, owner)


def test_an_owner_may_have_any_name(keeper: Keeper) -> None:
    key = new_data_key()
    assert keeper.provider.unwrap(keeper.provider.wrap(key, "昆明市 𠮷/1"), "昆明市 𠮷/1") == key


def test_every_altered_byte_is_seen(keeper: Keeper) -> None:
    wrapped = keeper.provider.wrap(new_data_key(), OWNER)
    for position in range(len(wrapped)):
        altered = bytearray(wrapped)
        altered[position] ^= 1 << position % 8
        with pytest.raises(VaultError):
            keeper.provider.unwrap(bytes(altered), OWNER)


@pytest.mark.parametrize("kept", [0, 1, 9, 21, 36, -1])
def test_a_key_cut_short_is_seen(keeper: Keeper, kept: int) -> None:
    wrapped = keeper.provider.wrap(new_data_key(), OWNER)
    with pytest.raises(VaultError):
        keeper.provider.unwrap(wrapped[:kept], OWNER)


def test_a_former_key_still_opens_what_it_wrapped(keeper: Keeper) -> None:
    key = new_data_key()
    wrapped = keeper.provider.wrap(key, OWNER)
    keeper.rotate()
    keeper.rotate()
    assert keeper.provider.unwrap(wrapped, OWNER) == key


def test_rewrapping_moves_a_key_to_the_current_one(keeper: Keeper) -> None:
    key = new_data_key()
    wrapped = keeper.provider.wrap(key, OWNER)
    keeper.rotate()
    moved = rewrap(keeper.provider, keeper.provider, wrapped, OWNER)
    keeper.retire()
    with pytest.raises(VaultError):
        keeper.provider.unwrap(wrapped, OWNER)
    assert keeper.provider.unwrap(moved, OWNER) == key


def test_rewrapping_needs_the_right_owner(keeper: Keeper) -> None:
    wrapped = keeper.provider.wrap(new_data_key(), OWNER)
    with pytest.raises(VaultError):
        rewrap(keeper.provider, keeper.provider, wrapped, OTHER)


def test_nothing_opens_after_the_key_encryption_key_is_destroyed(keeper: Keeper) -> None:
    """The provider has opened the key a moment before: it may not answer from memory."""
    wrapped = keeper.provider.wrap(new_data_key(), OWNER)
    keeper.provider.unwrap(wrapped, OWNER)
    keeper.destroy()
    with pytest.raises(VaultError):
        keeper.provider.unwrap(wrapped, OWNER)


def test_one_provider_serves_many_threads(keeper: Keeper) -> None:
    keys = [new_data_key() for _ in range(64)]

    def there_and_back(number: int) -> bytes:
        return keeper.provider.unwrap(keeper.provider.wrap(keys[number], f"extract-{number}"), f"extract-{number}")

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(there_and_back, range(64))) == keys


def test_no_message_shows_a_key(keeper: Keeper) -> None:
    key = new_data_key()
    wrapped = keeper.provider.wrap(key, OWNER)
    with pytest.raises(VaultError) as caught:
        keeper.provider.unwrap(wrapped, OTHER)
    assert key.hex() not in str(caught.value)
    assert wrapped.hex() not in str(caught.value)

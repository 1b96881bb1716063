"""Who keeps the keys that wrap the data keys (密钥提供者): a local key file, or a key service.

Every extract has a data key (数据密钥) of its own. The registry keeps it wrapped, beside the name of the
provider that wrapped it; the key-encryption key (密钥加密密钥) never leaves the provider. Once the
wrapped key is destroyed, nobody can read the extract again, the keeper of the key-encryption key included.
"""

import importlib
import secrets
from collections.abc import Callable
from typing import Protocol

from bangfu.settings import Settings
from bangfu.vault.errors import VaultError

__all__ = ["DATA_KEY_BYTES", "MASTER_KEY", "KeyProvider", "new_data_key", "open_provider", "rewrap"]

DATA_KEY_BYTES = 32
"""Length of a data key: AES-256."""

MASTER_KEY = "data-master-key"
"""Name of the secret that holds the keys of the local provider."""


class KeyProvider(Protocol):
    """Port of a key provider; a key service is reached by writing this.

    One object serves all threads of a process. It keeps no data key, and asks the keeper of the
    key-encryption key at every call, so that a destroyed or blocked key stops working at once. A
    remote provider sets a time limit to each attempt, tries again a few times where trying again can
    help, and answers or raises within a minute.

    Attributes:
        name: Recorded beside every wrapped key, such as `local`; it never changes for one keeper.
    """

    @property
    def name(self) -> str:
        """Recorded beside every wrapped key."""

    def wrap(self, key: bytes, context: str) -> bytes:
        """Encrypt a data key, authenticated.

        Args:
            key: 32 bytes.
            context: Id of the key's owner (the extract), bound as associated data.

        Returns:
            At most 4,096 bytes; two calls give different ones.

        Raises:
            KeyServiceUnavailable: No answer in time.
            VaultError: The provider refuses.
        """

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Decrypt a data key.

        Args:
            wrapped: What `wrap` returned, now or under a former key-encryption key.
            context: The owner's id given to `wrap`.

        Raises:
            KeyServiceUnavailable: No answer in time.
            VaultError: Altered bytes, another context, or a key-encryption key the provider no longer has.
        """


def new_data_key() -> bytes:
    """Make the data key of one extract: 256 random bits.

    >>> len(new_data_key())
    32
    """
    return secrets.token_bytes(DATA_KEY_BYTES)


def open_provider(settings: Settings) -> KeyProvider:
    """Open the key provider of an installation.

    Args:
        settings: `key_provider` says which: `local`, whose keys are the secret `data-master-key`; or
            `module:attribute`, something that is called with the settings and returns a KeyProvider.

    Raises:
        VaultError: The provider cannot be loaded; the message says which setting to change.
    """
    if settings.key_provider == "local":
        from bangfu.vault.local import LocalKeyFile

        return LocalKeyFile(lambda: settings.secret(MASTER_KEY))
    return _load(settings.key_provider)(settings)


def rewrap(old: KeyProvider, new: KeyProvider, wrapped: bytes, context: str) -> bytes:
    """Move a wrapped data key to another provider, or to the current key of the same one (密钥轮换).

    The table itself stays as it is. The result is opened again before it is returned, since it takes
    the place of the only way to the data.

    Args:
        old: Provider that wrapped the key.
        new: Provider to wrap it; may be the same.
        wrapped: The wrapped key.
        context: The owner's id.

    Returns:
        The key as the new provider wraps it.

    Raises:
        VaultError: The old provider does not open the key, or the new one does not open its own.
    """
    key = old.unwrap(wrapped, context)
    moved = new.wrap(key, context)
    if not secrets.compare_digest(new.unwrap(moved, context), key):
        raise VaultError(f"Key provider {new.name} did not give back the key it wrapped: keep the old wrapped key.")
    return moved


def _load(address: str) -> Callable[[Settings], KeyProvider]:
    module, separator, attribute = address.partition(":")
    if not (module and separator and attribute):
        raise VaultError(f"BANGFU_KEY_PROVIDER is {address!r}: give local, or module:class of a key service.")
    try:
        loaded: Callable[[Settings], KeyProvider] = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise VaultError(
            f"BANGFU_KEY_PROVIDER names {address}, which cannot be loaded: install its package, or correct the name."
        ) from error
    return loaded

"""What can go wrong with keys and encrypted tables; no message holds a key or a value."""

from bangfu.errors import BangfuError

__all__ = ["KeyServiceUnavailable", "VaultError"]


class VaultError(BangfuError):
    """A key does not open what it should, or a table is not what its key says."""


class KeyServiceUnavailable(VaultError):  # noqa: N818
    """The key service (密钥服务) gave no answer in time; nothing is known to be wrong with key or data."""

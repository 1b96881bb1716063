"""The secret that two departments share, and the keys derived from it (密钥派生): none of them is ever the unit's.

HKDF-SHA256 (RFC 5869) gives one key for each name that the encoding asks for, in each epoch of each agreement; so tokens of
two fields, epochs or agreements have nothing in common.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from matching.errors import EncodingError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SECRET_BYTES", "SharedKey", "combine", "require_digest"]

SECRET_BYTES = 32
_CHECK_BYTES = 8


@dataclass(frozen=True)
class SharedKey:
    """The secret of one epoch.

    Attributes:
        secret: 32 random bytes.
        epoch: Its number, from 1; one more with every new secret.
    """

    secret: bytes = field(repr=False)
    epoch: int

    def __post_init__(self) -> None:
        """Refuses what is no secret."""
        if len(self.secret) != SECRET_BYTES or self.epoch < 1:
            raise EncodingError("a key has 32 bytes and an epoch from 1 on")

    def check_value(self) -> str:
        """What an agreement publishes of it: a wrong key is found out by it, and nothing about the right one.

        >>> SharedKey(bytes(32), 1).check_value()
        '43e15a95b76bd1ad'
        """
        return _derive(self.secret, "key-check", str(self.epoch), length=_CHECK_BYTES).hex()

    def field_keys(self, agreement_id: str) -> Callable[[str], bytes]:
        """Gives the key of every name, for `matching.encoding.encode`."""

        def key_of(name: str) -> bytes:
            return _derive(self.secret, "field", agreement_id, str(self.epoch), name)

        return key_of

    def sealing_key(self, agreement_id: str) -> bytes:
        """The key under which a department keeps which of its rows bears which random id."""
        return _derive(self.secret, "rows", agreement_id, str(self.epoch))


def combine(one: bytes, other: bytes) -> bytes:
    """A secret of two shares, in whatever order: who knows one of them knows nothing of it."""
    if len(one) != SECRET_BYTES or len(other) != SECRET_BYTES or one == other:
        raise EncodingError("a key is made of two different shares of 32 bytes")
    return _derive(b"".join(sorted((one, other))), "combined")


def require_digest(digest: str) -> None:
    """Refuse a digest that this computer's cryptographic library lacks.

    Raises:
        EncodingError: `sm3` needs OpenSSL 1.1.1 or newer.
    """
    try:
        hashlib.new(digest)
    except ValueError:
        raise EncodingError(f"this computer's Python has no {digest}") from None


def _derive(secret: bytes, *info: str, length: int = SECRET_BYTES) -> bytes:
    label = "\0".join(("bangfu encoding 1", *info)).encode()
    return HKDF(SHA256(), length, salt=None, info=label).derive(secret)

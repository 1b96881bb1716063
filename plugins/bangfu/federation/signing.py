"""Signatures of the parties (签名): Ed25519, each over one kind of statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bangfu.federation.files import read_private, write_private, wrong_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Identity", "holds", "new_identity", "open_identity"]

_FORMAT = "bangfu-identity"


@dataclass(frozen=True)
class Identity:
    """What a party signs with."""

    _key: Ed25519PrivateKey

    @property
    def public_key(self) -> str:
        """64 hexadecimal digits, for agreements."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, kind: str, content: bytes) -> str:
        """A signature in 128 hexadecimal digits, good for statements of this kind alone."""
        return self._key.sign(_signed(kind, content)).hex()


def new_identity(path: Path) -> Identity:
    """Make the signing key of a party, in a file that only its owner may read.

    Raises:
        Refused: `file_exists`.
    """
    key = Ed25519PrivateKey.generate()
    write_private(path, {"format": _FORMAT, "version": 1, "private_key": key.private_bytes_raw().hex()})
    return Identity(key)


def open_identity(path: Path) -> Identity:
    """The signing key in a file.

    Raises:
        Refused: As `read_private`.
    """
    value = read_private(path, _FORMAT)
    try:
        return Identity(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(value["private_key"])))
    except (KeyError, TypeError, ValueError):
        raise wrong_file(path) from None


def holds(public_key: str, kind: str, content: bytes, signature: str) -> bool:
    """Whether a signature is of this key over this statement."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(
            bytes.fromhex(signature), _signed(kind, content)
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(kind: str, content: bytes) -> bytes:
    return b"bangfu " + kind.encode() + b"\n" + content

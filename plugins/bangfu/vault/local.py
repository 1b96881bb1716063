"""The default key provider: key-encryption keys in a secret of the installation.

The secret is a text of one key a line, the current one first and former ones after it, each 32 bytes in
base64 for AES-256-GCM, or `sm4:` and 16 bytes in base64 for SM4-GCM (GB/T 32907, 商密算法). A wrapped
key names the key that wrapped it by fingerprint, so former keys open what they wrapped.
"""

import base64
import binascii
import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bangfu.vault.errors import VaultError
from bangfu.vault.providers import MASTER_KEY

__all__ = ["LocalKeyFile", "add_key"]

_FINGERPRINT, _NONCE, _TAG = 8, 12, 16
_AES, _SM4 = 1, 2
_KEY_BYTES = {_AES: 32, _SM4: 16}
_CIPHERS: dict[int, Callable[[bytes], algorithms.AES | algorithms.SM4]] = {_AES: algorithms.AES, _SM4: algorithms.SM4}
_VARIABLE = f"BANGFU_SECRET_{MASTER_KEY.upper().replace('-', '_')}"


@dataclass(frozen=True)
class _Key:
    """One key-encryption key; `header` begins every key it wraps: algorithm, fingerprint."""

    algorithm: int
    key: bytes = field(repr=False)

    @property
    def header(self) -> bytes:
        digest = hashlib.sha256(b"bangfu key-encryption key\x00" + bytes([self.algorithm]) + self.key).digest()
        return bytes([self.algorithm]) + digest[:_FINGERPRINT]

    def encrypt(self, plain: bytes, context: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        encryptor = Cipher(_CIPHERS[self.algorithm](self.key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(self.header + context.encode())
        return self.header + nonce + encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def decrypt(self, wrapped: bytes, context: str) -> bytes:
        nonce, sealed, tag = wrapped[9 : 9 + _NONCE], wrapped[9 + _NONCE : -_TAG], wrapped[-_TAG:]
        decryptor = Cipher(_CIPHERS[self.algorithm](self.key), modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(self.header + context.encode())
        return decryptor.update(sealed) + decryptor.finalize()


class LocalKeyFile:
    """Wraps data keys under the keys of a secret text (本地密钥文件).

    The text is read at every call and no key is kept: a key added by another process is used at once,
    and a destroyed one is gone at once.

    Args:
        read: Returns the text; one key a line, the current one first.
    """

    name = "local"

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read

    def wrap(self, key: bytes, context: str) -> bytes:
        """Encrypt a data key under the current key; see `KeyProvider.wrap`."""
        return _parse(self._read())[0].encrypt(key, context)

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Decrypt a data key under the key that wrapped it; see `KeyProvider.unwrap`."""
        header = wrapped[: 1 + _FINGERPRINT]
        if len(wrapped) < 1 + _FINGERPRINT + _NONCE + _TAG:
            raise VaultError(f"The wrapped key of {context} is cut short: restore it from a copy of the database.")
        for candidate in _parse(self._read()):
            if secrets.compare_digest(candidate.header, header):
                try:
                    return candidate.decrypt(wrapped, context)
                except InvalidTag:
                    raise VaultError(
                        f"The wrapped key of {context} is altered or belongs to another owner: "
                        "restore it from a copy of the database."
                    ) from None
        raise VaultError(
            f"The key of {context} was wrapped under key {header[1:].hex()}, which {MASTER_KEY} does not hold: "
            f"restore that file, or add the former key to {_VARIABLE}. If it was destroyed, the data is gone."
        )


def add_key(path: Path, algorithm: str = "aes") -> str:
    """Put a new current key in front of those of a key file; the former ones stay for what they wrapped.

    Args:
        path: The key file; made when absent. Its mode becomes 0600.
        algorithm: `aes` for AES-256-GCM, `sm4` for SM4-GCM.

    Returns:
        Fingerprint of the new key, 16 hexadecimal digits: it may be logged.

    Raises:
        KeyError: No such algorithm.
        VaultError: The file holds something else than keys, or cannot be written.
    """
    code, prefix = {"aes": (_AES, ""), "sm4": (_SM4, "sm4:")}[algorithm]
    key = _Key(code, secrets.token_bytes(_KEY_BYTES[code]))
    line = prefix + base64.urlsafe_b64encode(key.key).decode() + "\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)  # two rotations at once must not lose a key
            former = path.read_text("ascii").strip() if path.exists() else ""
            if former:
                _parse(former)
            _replace(path, line + (former and former + "\n"))
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise VaultError(f"Cannot write {path}: {error.strerror}. Make it writable, then add the key again.") from error
    return key.header[1:].hex()


def _parse(text: str) -> list[_Key]:
    """The keys of a secret text, the current one first."""
    keys = [_parse_key(word) for word in text.split()]
    if not keys:
        raise VaultError(f"{MASTER_KEY} is empty: restore it, or nothing can be wrapped or read.")
    return keys


def _parse_key(word: str) -> _Key:
    algorithm, text = (_SM4, word[4:]) if word.startswith("sm4:") else (_AES, word)
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES[algorithm]:
        raise VaultError(
            f"{MASTER_KEY} holds a line that is no key: give 32 bytes in base64 (`openssl rand -base64 32`), "
            "or sm4: and 16 bytes in base64, one key a line, the current one first."
        )
    return _Key(algorithm, key)


def _replace(path: Path, text: str) -> None:
    """Replace a file of mode 0600 whole or not at all."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise

"""The outside of an encrypted Parquet file: which key opens it, and whether its frame is sound.

Parquet Modular Encryption leaves four things in the clear: the magic bytes at both ends, the length of the
footer, and a short structure that names the algorithm. Here that structure also carries 16 random bytes, from
which and the extract's data key the key of this one file is derived (HKDF-SHA256, RFC 5869), so that no two
files share a key; they prefix the associated data of every module as well. Modules are authenticated by the
Parquet reader; the frame around them is checked here, so that no altered byte goes unseen.

Layout after the data (Parquet format, `Encryption.md`): FileCryptoMetaData in Thrift's compact protocol, length
and ciphertext of the footer, then the length of all this in 4 bytes and `PARE`.
"""

import re
import secrets
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pme
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bangfu.vault.errors import VaultError
from bangfu.vault.providers import DATA_KEY_BYTES

__all__ = ["decryption", "encryption"]

_PLAIN, _ENCRYPTED = b"PAR1", b"PARE"
_SALT_BYTES = 16
_TRAILER_BYTES = 8
_FRAME = re.compile(
    rb"\x1c\x1c\x18\x10(?P<salt>.{16})"  # AES_GCM_V1, prefix of the associated data, stored in the file
    rb"\x18\x08.{8}\x12\x00\x00\x00",  # the file's own part of the associated data; not supplied from outside
    re.DOTALL,
)


def encryption(key: bytes) -> pq.FileEncryptionProperties:
    """Return the properties that encrypt one new file whole: every column and the footer.

    Args:
        key: Data key of the extract, 32 bytes.
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    return pme.create_encryption_properties(_file_key(key, salt), aad_prefix=salt)


def decryption(source: pa.NativeFile, path: Path, key: bytes | None) -> pq.FileDecryptionProperties | None:
    """Check the frame of a file and return the properties that decrypt it.

    Args:
        source: The open file; left at its beginning.
        path: Its path, for messages.
        key: Data key of the extract, or None for a plain file.

    Returns:
        None for a plain file.

    Raises:
        VaultError: Not a Parquet file, plain although a key is given, encrypted although none is, or altered.
    """
    head, tail = _read(source, 0, 4), _read(source, source.size() - _TRAILER_BYTES, _TRAILER_BYTES)
    magic = tail[4:]
    if head != magic or magic not in (_PLAIN, _ENCRYPTED):
        raise VaultError(f"{path} is no whole Parquet file: fetch it again from the object store.")
    if magic == _PLAIN:
        if key is not None:
            raise VaultError(f"{path} is plain although a key is recorded for it: somebody replaced it; restore it.")
        source.seek(0)
        return None
    if key is None:
        raise VaultError(
            f"{path} is encrypted and no key is given: unwrap the data key of its extract. "
            "Where that key was destroyed, the table cannot be read by anybody."
        )
    length = int.from_bytes(tail[:4], "little")
    found = _FRAME.match(_read(source, source.size() - _TRAILER_BYTES - length, length))
    if found is None:
        raise VaultError(f"{path} is altered or was not written here: fetch it again from the object store.")
    source.seek(0)
    return pme.create_decryption_properties(_file_key(key, found["salt"]))


def _file_key(key: bytes, salt: bytes) -> bytes:
    if len(key) != DATA_KEY_BYTES:
        raise ValueError(f"A data key has {DATA_KEY_BYTES} bytes, not {len(key)}.")
    return HKDF(SHA256(), DATA_KEY_BYTES, salt=salt, info=b"bangfu parquet file").derive(key)


def _read(source: pa.NativeFile, position: int, length: int) -> bytes:
    """Some bytes of a file; fewer where it does not reach that far."""
    if position < 0:
        return b""
    source.seek(position)
    return bytes(source.read(length))

"""Workbooks with an opening password, in every form that Excel and WPS write.

The keys are derived here from [MS-OFFCRYPTO] alone, so that the library that opens these files is held against the
specification and not against itself; agile encryption alone is written by the library.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from hashlib import md5, sha1
from pathlib import Path

import msoffcrypto
import xlwt
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msoffcrypto.method.container.ecma376_encrypted import ECMA376Encrypted
from xlwt.CompoundDoc import XlsDoc

from tests.bangfu.readers.extracts import HEADER, PEOPLE, in_memory

__all__ = ["FORMS", "PASSWORD", "Lock", "agile_xlsx", "standard_xlsx"]

PASSWORD = "昆明2026"
Lock = Callable[[Path], Path]
"""Writes a roster of `PEOPLE` under `PASSWORD`."""

_SALT, _VERIFIER = bytes(range(16)), bytes(range(16, 32))
_SHA_1, _AES_128, _RC4 = 0x8004, 0x660E, 0x6801
_BLOCK = 1024
"""Bytes of an old workbook's stream under one key."""
_FILE_PASS, _BOUND_SHEET = 0x2F, 0x85
_CLEAR = frozenset({0x0809, 0xE1})
"""Records that stay readable: BOF and InterfaceHdr."""


def agile_xlsx(path: Path) -> Path:
    """As Excel writes it since 2010 (2.3.4.10)."""
    office = msoffcrypto.OfficeFile(io.BytesIO(in_memory([HEADER, *PEOPLE])))
    with path.open("wb") as file:
        office.encrypt(PASSWORD, file)
    return path


def standard_xlsx(path: Path, version: tuple[int, int] = (4, 2)) -> Path:
    """Standard encryption with AES-128, as Excel 2007 and WPS write it (2.3.4.5 to 2.3.4.9).

    Args:
        path: Where to.
        version: What the file says of its encryption; (4, 2) is the truth.
    """
    content = in_memory([HEADER, *PEOPLE])
    aes = Cipher(algorithms.AES(_standard_key()), modes.ECB()).encryptor()
    verifier_hash = sha1(_VERIFIER).digest().ljust(32, b"\0")
    verifier = struct.pack("<I", 16) + _SALT + aes.update(_VERIFIER) + struct.pack("<I", 20) + aes.update(verifier_hash)
    flags = 0x24  # CryptoAPI, AES
    header = _encryption_header(flags, _AES_128, 0x18, "Microsoft Enhanced RSA and AES Cryptographic Provider")
    info = struct.pack("<HHII", *version, flags, len(header)) + header + verifier
    package = struct.pack("<Q", len(content)) + aes.update(content + bytes(-len(content) % 16))
    with path.open("wb") as file:
        ECMA376Encrypted(package, info).write_to(file)
    return path


def _standard_key() -> bytes:
    key = sha1(_SALT + PASSWORD.encode("utf-16le")).digest()
    for turn in range(50_000):
        key = sha1(struct.pack("<I", turn) + key).digest()
    key = sha1(key + struct.pack("<I", 0)).digest()
    return sha1(bytes(byte ^ 0x36 for byte in key.ljust(64, b"\0"))).digest()[:16]


def _encryption_header(flags: int, cipher: int, provider: int, name: str) -> bytes:
    """EncryptionHeader (2.3.2) for SHA-1 and keys of 128 bits."""
    return struct.pack("<8I", flags, 0, cipher, _SHA_1, 128, provider, 0, 0) + f"{name}\0".encode("utf-16le")


def rc4_xls(path: Path) -> Path:
    """An old workbook under RC4, as Excel 97 writes it ([MS-XLS] 2.2.10, [MS-OFFCRYPTO] 2.3.6)."""

    def key(block: int) -> bytes:
        start = md5(PASSWORD.encode("utf-16le")).digest()[:5]
        return md5(md5((start + _SALT) * 16).digest()[:5] + struct.pack("<I", block)).digest()

    proof = _stream(key(0), _VERIFIER + md5(_VERIFIER).digest())
    return _locked_xls(path, struct.pack("<HHH", 1, 1, 1) + _SALT + proof, key)


def rc4_cryptoapi_xls(path: Path) -> Path:
    """An old workbook under RC4 CryptoAPI, as Excel 2002 and later and WPS write it (2.3.5)."""

    def key(block: int) -> bytes:
        start = sha1(_SALT + PASSWORD.encode("utf-16le")).digest()
        return sha1(start + struct.pack("<I", block)).digest()[:16]

    flags = 0x04  # CryptoAPI
    header = _encryption_header(flags, _RC4, 0x01, "Microsoft Enhanced Cryptographic Provider v1.0")
    proof = _stream(key(0), _VERIFIER + sha1(_VERIFIER).digest())
    verifier = struct.pack("<I", 16) + _SALT + proof[:16] + struct.pack("<I", 20) + proof[16:]
    info = struct.pack("<HHHII", 1, 4, 2, flags, len(header)) + header + verifier
    return _locked_xls(path, info, key)


FORMS: dict[str, Lock] = {
    "xlsx, agile": agile_xlsx,
    "xlsx, standard AES-128": standard_xlsx,
    "xls, RC4": rc4_xls,
    "xls, RC4 CryptoAPI": rc4_cryptoapi_xls,
}
"""Every form of protection that is opened."""


def _stream(key: bytes, content: bytes) -> bytes:
    return Cipher(ARC4(key), mode=None).encryptor().update(content)


def _locked_xls(path: Path, info: bytes, key: Callable[[int], bytes]) -> Path:
    """A roster in an old workbook whose records are encrypted in blocks, each under a key of its own."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("名册")
    for row, values in enumerate([HEADER, *PEOPLE]):
        for column, value in enumerate(values):
            page.write(row, column, value)
    file_pass = struct.pack("<HH", _FILE_PASS, len(info)) + info
    readable, secret = _records(book.get_biff_data(), file_pass)
    hidden = b"".join(
        _stream(key(number), secret[start : start + _BLOCK])
        for number, start in enumerate(range(0, len(secret), _BLOCK))
    )
    stream = bytes(h if h is not None else c for h, c in zip(readable, hidden, strict=True))
    XlsDoc().save(str(path), stream)
    return path


def _records(biff: bytes, file_pass: bytes) -> tuple[list[int | None], bytes]:
    """What stays readable of a stream with FILEPASS put in, byte by byte, and the bytes to encrypt."""
    readable: list[int | None] = []
    secret = bytearray()
    position = 0
    while position < len(biff):
        kind, length = struct.unpack_from("<HH", biff, position)
        body = bytearray(biff[position + 4 : position + 4 + length])
        head = list(biff[position : position + 4])
        if kind == _BOUND_SHEET:  # a sheet's place in the stream
            struct.pack_into("<I", body, 0, struct.unpack_from("<I", body)[0] + len(file_pass))
        clear = length if kind in _CLEAR else 4 if kind == _BOUND_SHEET else 0
        readable += [*head, *body[:clear], *[None] * (length - clear)]
        secret += b"\0" * 4 + body
        if not position:  # behind the first record
            readable += list(file_pass)
            secret += b"\0" * len(file_pass)
        position += 4 + length
    filler = list(struct.pack("<HH", 0, -len(readable) % 4)) + [0] * (-len(readable) % 4)
    return readable + filler, bytes(secret) + bytes(len(filler))

"""Workbooks with an opening password: opened with those agreed, in memory, or refused with what to do."""

import io
import struct
import tempfile
from pathlib import Path

import msoffcrypto
import pytest
import xlwt
from msoffcrypto.method.rc4 import DocumentRC4, _makekey
from xlwt.CompoundDoc import XlsDoc

from bangfu.errors import Refused
from tests.bangfu.readers.extracts import HEADER, PEOPLE, assert_clear, cells, in_memory, read, read_here

PASSWORD = "昆明2026"


def locked_xlsx(path: Path, password: str = PASSWORD) -> Path:
    """A workbook under agile encryption, as Excel and WPS write it."""
    office = msoffcrypto.OfficeFile(io.BytesIO(in_memory([HEADER, *PEOPLE])))
    with path.open("wb") as file:
        office.encrypt(password, file)
    return path


def locked_xls(path: Path, password: str = PASSWORD) -> Path:
    """An old workbook under RC4 encryption ([MS-XLS] 2.2.10, [MS-OFFCRYPTO] 2.3.6)."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("名册")
    for row, values in enumerate([HEADER, *PEOPLE]):
        for column, value in enumerate(values):
            page.write(row, column, value)
    salt, verifier = bytes(range(16)), bytes(range(16, 32))
    from hashlib import md5

    from msoffcrypto.method.rc4 import ARC4, Cipher

    cipher = Cipher(ARC4(_makekey(password, salt, 0)), mode=None).encryptor()
    proof = cipher.update(verifier) + cipher.update(md5(verifier).digest())
    file_pass = struct.pack("<HHHHH", 0x2F, 54, 1, 1, 1) + salt + proof
    headers, secret = _records(book.get_biff_data(), file_pass)
    hidden = DocumentRC4.decrypt(password, salt, io.BytesIO(secret), blocksize=1024).read()
    stream = bytes(h if h is not None else c for h, c in zip(headers, hidden, strict=True))
    XlsDoc().save(str(path), stream)
    return path


def _records(biff: bytes, file_pass: bytes) -> tuple[list[int | None], bytes]:
    """What stays readable of a stream with FILEPASS put in, byte by byte, and the bytes to encrypt."""
    readable: list[int | None] = []
    secret = bytearray()
    position, first = 0, True
    while position < len(biff):
        kind, length = struct.unpack_from("<HH", biff, position)
        body = bytearray(biff[position + 4 : position + 4 + length])
        head = list(biff[position : position + 4])
        if kind == 0x85:  # a sheet's place in the stream
            struct.pack_into("<I", body, 0, struct.unpack_from("<I", body)[0] + len(file_pass))
        clear = length if kind in {0x0809, 0xE1} else 4 if kind == 0x85 else 0
        readable += [*head, *body[:clear], *[None] * (length - clear)]
        secret += b"\0" * 4 + body
        if first:
            readable += list(file_pass)
            secret += b"\0" * len(file_pass)
            first = False
        position += 4 + length
    filler = list(struct.pack("<HH", 0, -len(readable) % 4)) + [0] * (-len(readable) % 4)
    return readable + filler, bytes(secret) + bytes(len(filler))


LOCKED = pytest.mark.parametrize("lock", [locked_xlsx, locked_xls], ids=["xlsx", "xls"])


@LOCKED
def test_the_first_password_that_fits_opens_it(tmp_path: Path, lock: object) -> None:
    path = lock(tmp_path / "a.xlsx")  # type: ignore[operator]
    table = read(path, passwords=("去年的密码", PASSWORD, "明年的密码"))
    assert cells(table, "name", "id_number", "union_name") == list(PEOPLE)
    assert table.report.container == "password"


@LOCKED
@pytest.mark.parametrize("passwords", [(), ("不对",)], ids=["none", "wrong"])
def test_without_the_password_the_sender_hears_what_to_do(
    tmp_path: Path, lock: object, passwords: tuple[str, ...]
) -> None:
    path = lock(tmp_path / "a.xlsx")  # type: ignore[operator]
    with pytest.raises(Refused) as refused:
        read(path, passwords=passwords)
    assert refused.value.code == "encrypted_workbook"
    assert "密码" in refused.value.zh
    assert "不对" not in str(refused.value)
    assert_clear(refused.value)


@LOCKED
def test_no_temporary_file_is_written(tmp_path: Path, lock: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was encrypted on the way must not lie on a disk in the clear."""
    path = lock(tmp_path / "a.xlsx")  # type: ignore[operator]
    for name in ("TemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, lambda *_, **__: pytest.fail("a temporary file"))
    frame, _ = read_here(path, passwords=(PASSWORD,))
    assert frame.height == 2


def test_encryption_that_is_damaged(tmp_path: Path) -> None:
    path = locked_xlsx(tmp_path / "a.xlsx")
    content = bytearray(path.read_bytes())
    place = content.index(b"<encryption")
    content[place : place + 20] = b"x" * 20
    path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        read(path, passwords=(PASSWORD,))
    assert refused.value.code == "unreadable_workbook"

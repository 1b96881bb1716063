"""Old, locked, truncated and foreign files."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import msoffcrypto

from tests.bangfu.readers.extracts import (
    HEADER,
    NUMBERS,
    PEOPLE,
    csv_file,
    in_memory,
    xls_file,
)
from tests.bangfu.readers.hostile.registering import (
    refused,
)


@refused("unsupported_file")
def pdf(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 400)


@refused("damaged_workbook")
def truncated_workbook(path: Path) -> None:
    path.write_bytes(in_memory([HEADER, *PEOPLE])[:-300])


@refused("truncated_file")
def truncated_text(path: Path) -> None:
    path.write_bytes("姓名,身份证号\n李娜,539210199003070036\n岩".encode()[:-1])


@refused("unreadable_workbook")
def noise_behind_an_ole_mark(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 4_000)


@refused("oversized_workbook", "unreadable_workbook")
def old_workbook_with_a_cell_at_the_end_of_the_world(path: Path) -> None:
    """A cell record has sixteen bits for the column, of which an honest program uses eight."""
    content = bytearray(xls_file(path, [["a", 7.5]]).read_bytes())
    record = content.index(struct.pack("<HHHH", 0x027E, 10, 0, 1))  # RK, its length, row 0, column 1
    struct.pack_into("<HH", content, record + 4, 65535, 65535)
    path.write_bytes(content)


@refused("oversized_workbook")
def old_workbook_whose_sectors_go_round(path: Path) -> None:
    """The allocation table sends the reader from a sector to itself."""
    content = bytearray(xls_file(path, [HEADER, *PEOPLE]).read_bytes())
    table = struct.unpack_from("<I", content, 76)[0] * 512 + 512
    for number in range(128):
        struct.pack_into("<I", content, table + 4 * number, number)
    path.write_bytes(content)


@refused("encrypted_workbook")
def workbook_with_a_password(path: Path) -> None:
    with path.open("wb") as file:
        msoffcrypto.OfficeFile(io.BytesIO(in_memory([HEADER, *PEOPLE]))).encrypt("密码", file)


@refused("required_column_missing")
def another_department_s_file(path: Path) -> None:
    header = ("救助证号", "救助类别", "户主身份证号", "家庭住址", "性别", "民族")
    csv_file(path, [header, ("J1", "城市低保", NUMBERS[0], "昆明", "男", "汉族")], encoding="gb18030")

"""Delimited texts of one line, one quote, nothing, or too much."""

from __future__ import annotations

from pathlib import Path

from tests.bangfu.readers.extracts import (
    HEADER,
    NUMBERS,
    PEOPLE,
    csv_file,
)
from tests.bangfu.readers.hostile.registering import (
    harmless,
    refused,
)


@refused("broken_text_row")
def text_of_one_endless_line(path: Path) -> None:
    path.write_bytes(b"a," * (16 << 20))


@refused("broken_text_row")
def text_of_endless_quotes(path: Path) -> None:
    path.write_bytes("姓名,身份证号\n".encode() + b'"' * (32 << 20))


@refused("broken_text_row")
def text_with_a_quote_that_never_closes(path: Path) -> None:
    path.write_bytes('姓名,身份证号\n"李娜,1\n'.encode() + "岩温,2\n".encode() * (1 << 20))


@refused("too_many_columns")
def text_of_a_million_columns(path: Path) -> None:
    path.write_bytes(b"a" + b",a" * 1_000_000 + b"\n1,2\n")


@refused("too_many_columns")
def text_of_many_columns(path: Path) -> None:
    path.write_bytes("姓名,身份证号".encode() + b"," * 20_000 + b"\n" + b"1," * 20_000 + b"\n")


@refused("unknown_encoding")
def text_of_nul(path: Path) -> None:
    path.write_bytes("姓名,身份证号\n".encode() + b"\0" * (16 << 20))


@harmless(3)
def text_with_nul_in_cells(path: Path) -> None:
    text = "姓名,身份证号\n李\0娜,539210199003070036\n\0岩温,539210199003070087\n王芳\0\0,539210199003070116\n"
    path.write_bytes(text.encode("gb18030"))


@harmless(2)
def text_with_formulas(path: Path) -> None:
    """What a spreadsheet would run is a text here; whoever writes a workbook of it must quote it."""
    csv_file(path, [HEADER, ("=cmd|'/C calc'!A0", NUMBERS[0], '=HYPERLINK("http://x")'), PEOPLE[1]])


@harmless(1)
def header_that_stands_ten_times(path: Path) -> None:
    csv_file(path, [HEADER * 10, PEOPLE[0] * 10])


@refused("header_not_found", "no_table")
def text_of_blank_lines(path: Path) -> None:
    path.write_bytes(b"a" + b"\n" * (16 << 20))


@harmless(1)
def text_of_blank_rows(path: Path) -> None:
    path.write_bytes("姓名,身份证号\n".encode() + b",\n" * (4 << 20) + "李娜,539210199003070036".encode())


@refused("empty_extract")
def text_of_nothing_but_totals(path: Path) -> None:
    path.write_bytes("姓名,身份证号\n".encode() + "合计,\n".encode() * 20_000)

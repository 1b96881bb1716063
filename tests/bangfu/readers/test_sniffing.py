"""What kind of file it is, told by its content."""

import gzip
import io
import struct
from pathlib import Path

import pytest

from bangfu.errors import Refused
from bangfu.readers.sniffing import Kind, sniff
from tests.bangfu.readers.extracts import HEADER, assert_clear, changed_package, csv_file, xls_file, xlsx_file


def test_the_content_counts_and_not_the_name(tmp_path: Path) -> None:
    """Departments rename files: a workbook called .csv and a text called .xls are every-day cases."""
    assert sniff(xlsx_file(tmp_path / "花名册.csv", [HEADER])) is Kind.XLSX
    assert sniff(xls_file(tmp_path / "花名册.xlsx", [HEADER])) is Kind.XLS
    assert sniff(csv_file(tmp_path / "花名册.xls", [HEADER])) is Kind.TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_any_encoding_is_text(tmp_path: Path, encoding: str) -> None:
    assert sniff(csv_file(tmp_path / "a.csv", [HEADER], encoding=encoding)) is Kind.TEXT


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf\r\n\r\n", "empty_file"),
        (b"\0" * 512, "empty_file"),
        (b"%PDF-1.7 ...", "unsupported_file"),
        (b"\x89PNG\r\n\x1a\n", "unsupported_file"),
        (b"Rar!\x1a\x07\x00", "unsupported_file"),
        (b"7z\xbc\xaf\x27\x1c", "unsupported_file"),
        (b"\x1f\x8b\x08\x00", "unsupported_file"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "markup_file"),
        (b"\xef\xbb\xbf \r\n<?xml version='1.0'?><Workbook/>", "markup_file"),
        (b"PK\x03\x04 and then nothing", "damaged_workbook"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_what_to_do(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "x.xls"
    path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        sniff(path)
    assert refused.value.code == code
    assert_clear(refused.value)


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    path = changed_package(xlsx_file(tmp_path / "a.xlsx", [HEADER]), {"b.txt": b""}, without=["xl/workbook.xml"])
    assert sniff(path) is Kind.ZIP


def test_a_gzip_is_refused_with_what_to_do_instead(tmp_path: Path) -> None:
    path = tmp_path / "花名册.csv.gz"
    path.write_bytes(gzip.compress(b"a,b"))
    with pytest.raises(Refused) as refused:
        sniff(path)
    assert "zip" in refused.value.zh


def test_html_in_utf_16_is_html(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes("<html><table>".encode("utf-16"))
    with pytest.raises(Refused) as refused:
        sniff(path)
    assert refused.value.code == "markup_file"


def test_a_package_with_a_password(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))
    assert sniff(path) is Kind.LOCKED


@pytest.mark.parametrize("between", [b"", struct.pack("<HH", 0x0086, 0)], ids=["at once", "after WRITEPROTECT"])
def test_an_old_workbook_with_a_password_is_told_from_a_damaged_one(tmp_path: Path, between: bytes) -> None:
    """The parser says the same of both, and "export it again" does not help who has set a password."""
    path = xls_file(tmp_path / "a.xls", [HEADER])
    content = bytearray(path.read_bytes())
    after = content.index(struct.pack("<HH", 0x0809, 16)) + 20  # the BOF record
    content[after : after + len(between) + 2] = between + struct.pack("<H", 0x002F)
    path.write_bytes(content)
    assert sniff(path) is Kind.LOCKED


def test_a_stream_is_left_at_its_beginning() -> None:
    stream = io.BytesIO(b"a,b\n1,2\n")
    assert sniff(stream) is Kind.TEXT
    assert stream.tell() == 0

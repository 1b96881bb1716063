"""Zipped text and workbooks, without a file on any disk."""

import io
import zipfile
from pathlib import Path

import pytest

from bangfu.errors import Refused
from tests.bangfu.readers.extracts import HEADER, PEOPLE, assert_clear, cells, csv_file, in_memory, read_here, roster


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as refused:
        read_here(path)
    assert_clear(refused.value)
    return refused.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("name", ["花名册.csv", "文件夹/花名册.txt", "a"])
def test_a_zipped_text_is_read_like_the_text(tmp_path: Path, name: str, encoding: str) -> None:
    text = csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE], encoding=encoding)
    path = zipped(tmp_path / "a.zip", {name: text.read_bytes()})
    table = roster(path)
    assert table.frame.equals(roster(text).frame)
    assert (table.report.kind, table.report.container) == ("text", "zip")


def test_a_zipped_workbook(tmp_path: Path) -> None:
    table = roster(zipped(tmp_path / "a.zip", {"a.xlsx": in_memory([HEADER, *PEOPLE])}))
    assert cells(table, "name") == [("李娜",), ("岩温",)]
    assert (table.report.kind, table.report.container) == ("xlsx", "zip")


def test_what_a_mac_adds_is_no_second_file(tmp_path: Path) -> None:
    content = csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE]).read_bytes()
    files = {"a.csv": content, "__MACOSX/._a.csv": b"x", ".DS_Store": b"x"}
    assert roster(zipped(tmp_path / "a.zip", files)).rows == 2


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, "several_files"),
        ({"a.csv": b"x", "b.csv": b"x"}, "several_files"),
        ({"../a.csv": b"x"}, "unsafe_archive"),
        ({"/etc/a.csv": b"x"}, "unsafe_archive"),
        ({"C:\\a.csv": b"x"}, "unsafe_archive"),
        ({"x\\..\\..\\a.csv": b"x"}, "unsafe_archive"),
        ({"a.zip": b"x"}, "nested_archive"),
        ({"a.csv": b"PK\x05\x06" + b"\0" * 18}, "nested_archive"),
        ({"a.csv": b"<html>"}, "markup_file"),
        ({"a.csv": b""}, "empty_file"),
        ({"a.pdf": b"%PDF-1.7"}, "unsupported_file"),
    ],
)
def test_what_a_zip_must_not_hold(tmp_path: Path, files: dict[str, bytes], code: str) -> None:
    assert refusal(zipped(tmp_path / "a.zip", files)) == code


def test_a_zip_with_a_password_says_so(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.csv": b"x"})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert refusal(path) == "encrypted_archive"


def test_a_file_without_a_name(tmp_path: Path) -> None:
    """Found by fuzzing: the standard library looks at the last character of a name, and there may be none."""
    path = zipped(tmp_path / "a.zip", {"a": b"x"})
    content = path.read_bytes()
    place = content.index(b"PK\x01\x02")
    entry = bytearray(content[place:])
    entry[28:30] = b"\0\0"
    del entry[46]
    directory = entry.index(b"PK\x05\x06")
    entry[directory + 12 : directory + 16] = directory.to_bytes(4, "little")
    entry[directory + 16 : directory + 20] = place.to_bytes(4, "little")
    path.write_bytes(content[:place] + entry)
    assert refusal(path) in {"damaged_archive", "damaged_workbook", "no_table"}


def test_a_flipped_byte_in_the_middle_is_noticed(tmp_path: Path) -> None:
    rows = [HEADER, *[(f"人{n}", str(n), "") for n in range(5_000)]]
    path = zipped(tmp_path / "a.zip", {"a.csv": csv_file(tmp_path / "a.csv", rows).read_bytes()})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert refusal(path) in {"damaged_archive", "unknown_encoding"}


def test_a_bomb_is_refused_by_what_it_promises(tmp_path: Path) -> None:
    assert refusal(zipped(tmp_path / "a.zip", {"a.csv": b"a,b\n" * (8 << 20)})) == "oversized_workbook"


def test_a_zip_in_memory_is_not_unpacked_to_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile.ZipFile, "extract", lambda *_: pytest.fail("unpacked"))
    monkeypatch.setattr(zipfile.ZipFile, "extractall", lambda *_: pytest.fail("unpacked"))
    content = csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE]).read_bytes()
    frame, _ = read_here(zipped(tmp_path / "a.zip", {"a.csv": content}))
    assert frame.height == 2
    assert io.BytesIO(content).read() == content

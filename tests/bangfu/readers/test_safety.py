"""What is seen of a workbook's package before any parser opens it."""

import io
import zipfile
from pathlib import Path

import pytest

from bangfu.errors import Refused
from bangfu.readers.safety import Limits, inspect_package
from tests.bangfu.readers.extracts import HEADER, PEOPLE, assert_clear, changed_package, crafted_sheet, xlsx_file

DOCTYPE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'


def refusal(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(Refused) as refused:
        inspect_package(path, limits or Limits())
    assert_clear(refused.value)
    return refused.value.code


def test_an_ordinary_workbook_passes(tmp_path: Path) -> None:
    inspect_package(xlsx_file(tmp_path / "a.xlsx", [HEADER, *PEOPLE]))


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"]
)
@pytest.mark.parametrize("markup", [DOCTYPE.encode(), DOCTYPE.encode("utf-16"), b" " * (3 << 20) + DOCTYPE.encode()])
def test_a_doctype_in_any_part_is_unsafe(tmp_path: Path, part: str, markup: bytes) -> None:
    """Entities read files of this machine and grow without bound; no spreadsheet program writes them."""
    path = changed_package(xlsx_file(tmp_path / "a.xlsx", [HEADER, *PEOPLE]), {part: markup + b"<x>&e;</x>"})
    assert refusal(path) == "unsafe_workbook"


def test_a_cell_that_speaks_of_doctypes_is_harmless(tmp_path: Path) -> None:
    inspect_package(xlsx_file(tmp_path / "a.xlsx", [HEADER, ("<!DOCTYPE html>", PEOPLE[0][1], "")]))


def test_a_zip_bomb_is_refused_without_unpacking_it(tmp_path: Path) -> None:
    path = changed_package(xlsx_file(tmp_path / "a.xlsx", [HEADER]), {"xl/media/x.bin": b"\0" * (1 << 20)})
    assert path.stat().st_size < 20_000
    assert refusal(path, Limits(inflated_bytes=1 << 19)) == "oversized_workbook"


def test_a_part_that_shrinks_too_well_is_refused_without_unpacking_it(tmp_path: Path) -> None:
    path = changed_package(xlsx_file(tmp_path / "a.xlsx", [HEADER]), {"xl/media/x.bin": b"\0" * (32 << 20)})
    assert refusal(path) == "oversized_workbook"


def test_parts_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """Fifty names for one compressed megabyte are fifty megabytes: the best zip bombs do it so."""
    path = changed_package(xlsx_file(tmp_path / "a.xlsx", [HEADER]), {"xl/a.xml": b"<a>" + bytes(range(32, 60)) * 9})
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as package:
        target = package.getinfo("xl/a.xml").header_offset
    directory = content.rindex(b"PK\x01\x02")  # the last entry, made to point where another one's bytes are
    content[directory + 42 : directory + 46] = (target - 1).to_bytes(4, "little")
    path.write_bytes(content)
    assert refusal(path) == "damaged_workbook"


def test_a_remark_before_the_doctype_does_not_hide_it(tmp_path: Path) -> None:
    markup = b"<?xml version='1.0'?><!-- <root> -->" + DOCTYPE.removeprefix('<?xml version="1.0"?>').encode() + b"<x/>"
    assert (
        refusal(changed_package(xlsx_file(tmp_path / "a.xlsx", [HEADER]), {"xl/styles.xml": markup}))
        == "unsafe_workbook"
    )


def test_errors_and_formulas_never_calculated_are_counted_by_sheet(tmp_path: Path) -> None:
    cells = (
        '<row r="1"><c r="A1" t="e"><v>#REF!</v></c><c r="B1"><f>A1</f></c><c r="C1"><f>A1</f><v></v></c></row>'
        '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    package = inspect_package(crafted_sheet(tmp_path / "a.xlsx", cells))
    assert package.errors["xl/worksheets/sheet1.xml"] == 2
    assert package.formulas["xl/worksheets/sheet1.xml"] == 2


def test_a_package_that_understates_its_size_is_measured(tmp_path: Path) -> None:
    """The size a package declares is the sender's claim."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/x.xml", b"\0" * (1 << 20))
    declared = (1 << 20).to_bytes(4, "little")
    path = tmp_path / "a.xlsx"
    path.write_bytes(buffer.getvalue().replace(declared, (10).to_bytes(4, "little")))
    assert refusal(path, Limits(inflated_bytes=1 << 19)) in {"oversized_workbook", "damaged_workbook"}


def test_very_many_files_are_refused(tmp_path: Path) -> None:
    path = changed_package(xlsx_file(tmp_path / "a.xlsx", [HEADER]), {f"x/{n}": b"" for n in range(50)})
    assert refusal(path, Limits(entries=40)) == "oversized_workbook"


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>2</v></c></row>',
        "<row><c r='A1'><v>1</v></c><c r='XFD1048576'><v>2</v></c></row>",
        '<row r="4294967295"><c r="ZZZ4294967295"><v>1</v></c></row>',
        '<row r = "1"><c r = "A1"><v>1</v></c><c\nr = " XFD1048576"><v>2</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="xfd1048576"><v>2</v></c></row>',
    ],
    ids=["last cell", "cell outside its row", "single quotes", "beyond any sheet", "spaced", "lower case"],
)
def test_two_cells_that_span_an_absurd_rectangle_are_refused(tmp_path: Path, rows: str) -> None:
    """A parser lays out every cell between them: 17 thousand million from a file of 6 kB."""
    path = crafted_sheet(tmp_path / "a.xlsx", rows)
    assert path.stat().st_size < 8_000
    assert refusal(path) == "oversized_workbook"


def test_a_stray_mark_at_the_last_row_is_no_reason(tmp_path: Path) -> None:
    """Somebody once typed a blank there; the sheet is as good as any."""
    cells = '<row r="1"><c r="A1"><v>1</v></c><c r="H1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>2</v></c></row>'
    inspect_package(crafted_sheet(tmp_path / "a.xlsx", cells))


def test_an_absurd_dimension_alone_is_no_reason(tmp_path: Path) -> None:
    """Some exporters declare the whole sheet whatever they write into it."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    markup = f'<worksheet xmlns="{main}"><dimension ref="A1:XFD1048576"/><sheetData/></worksheet>'
    path = changed_package(xlsx_file(tmp_path / "a.xlsx", [HEADER]), {"xl/worksheets/sheet1.xml": markup.encode()})
    inspect_package(path)


def test_a_package_cut_anywhere_is_damaged(tmp_path: Path) -> None:
    whole = xlsx_file(tmp_path / "a.xlsx", [HEADER, *PEOPLE]).read_bytes()
    path = tmp_path / "cut.xlsx"
    for length in range(4, len(whole) - 1, 97):
        path.write_bytes(whole[:length])
        assert refusal(path) == "damaged_workbook"


def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    whole = bytearray(xlsx_file(tmp_path / "a.xlsx", [HEADER, *PEOPLE]).read_bytes())
    with zipfile.ZipFile(io.BytesIO(whole)) as package:
        entry = max(package.infolist(), key=lambda item: item.compress_size)
    middle = entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2
    whole[middle] ^= 0xFF
    path = tmp_path / "flipped.xlsx"
    path.write_bytes(whole)
    assert refusal(path) == "damaged_workbook"


def test_a_package_with_a_password_on_its_entries(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [HEADER])
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = content.find(signature)
        while position >= 0:
            content[position + offset] |= 1
            position = content.find(signature, position + 1)
    path.write_bytes(content)
    assert refusal(path) == "encrypted_workbook"

"""Files that are made to harm their reader, built on the fly; none is larger than a few megabytes.

Each builder writes one file and is registered with what must become of it: the codes with which it may be refused,
or None where it is to be read.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msoffcrypto

from tests.bangfu.readers.extracts import (
    HEADER,
    NUMBERS,
    PEOPLE,
    changed_package,
    crafted_sheet,
    csv_file,
    in_memory,
    sheet_xml,
    xls_file,
    xlsx_file,
)

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


@dataclass(frozen=True)
class Case:
    """One hostile file.

    Attributes:
        build: Writes it to a path.
        codes: Refusals that are right; empty where the file is to be read.
        rows: Persons read, where it is to be read.
    """

    build: Callable[[Path], object]
    codes: frozenset[str] = frozenset()
    rows: int = 0


CASES: dict[str, Case] = {}


def refused(*codes: str) -> Callable[[Callable[[Path], object]], Callable[[Path], object]]:
    """Registers a builder whose file must be refused."""

    def register(build: Callable[[Path], object]) -> Callable[[Path], object]:
        CASES[build.__name__] = Case(build, frozenset(codes))
        return build

    return register


def harmless(rows: int) -> Callable[[Callable[[Path], object]], Callable[[Path], object]]:
    """Registers a builder whose file is to be read."""

    def register(build: Callable[[Path], object]) -> Callable[[Path], object]:
        CASES[build.__name__] = Case(build, rows=rows)
        return build

    return register


def package(path: Path, **parts: bytes) -> Path:
    return changed_package(xlsx_file(path, [HEADER, *PEOPLE]), parts)


def with_part(path: Path, name: str, content: bytes | str) -> Path:
    data = content.encode() if isinstance(content, str) else content
    return changed_package(xlsx_file(path, [HEADER, *PEOPLE]), {name: data})


def zipped(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


# Packages that grow


@refused("oversized_workbook")
def bomb_of_zeros_in_a_sheet(path: Path) -> None:
    with_part(path, SHEET, sheet_xml(" " * (400 << 20)))


@refused("oversized_workbook")
def bomb_of_one_endless_string(path: Path) -> None:
    with_part(path, STRINGS, f"<sst {MAIN}><si><t>" + "a" * (300 << 20) + "</t></si></sst>")


@refused("oversized_workbook")
def bomb_beside_the_sheets(path: Path) -> None:
    with_part(path, "xl/media/image1.png", b"\0" * (600 << 20))


@refused("oversized_workbook")
def bomb_in_a_zipped_text(path: Path) -> None:
    zipped(path, {"a.csv": b"a,b\n" * (100 << 20)})


@refused("damaged_workbook")
def bomb_that_lies_about_its_size(path: Path) -> None:
    with_part(path, SHEET, sheet_xml("<row/>" * (4 << 20)))
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET).file_size
    path.write_bytes(content.replace(size.to_bytes(4, "little"), (500).to_bytes(4, "little")))


@refused("damaged_workbook")
def bomb_of_overlapping_parts(path: Path) -> None:
    """Every entry of the directory points at the same compressed bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(BOOK, b"<workbook/>")
        archive.writestr("xl/00000.xml", b"<a>" + b"x" * 200_000)
    content = buffer.getvalue()
    end = content.rindex(b"PK\x05\x06")
    first = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", first + 4)
    entry, directory = content[second:end], bytearray(content[first:second])
    for number in range(2_000):
        directory += entry.replace(b"xl/00000.xml", f"xl/{number:05}.xml".encode())
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2_001, 2_001, len(directory), first, 0)
    path.write_bytes(content[:first] + bytes(directory) + tail)


@refused("oversized_workbook")
def package_of_very_many_parts(path: Path) -> None:
    changed_package(xlsx_file(path, [HEADER]), {f"x/{number}.xml": b"<a/>" for number in range(6_000)})


@refused("nested_archive")
def zip_in_a_zip(path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.csv", b"a,b\n" * 1_000)
    zipped(path, {"a.zip": inner.getvalue()})


@refused("several_files")
def zip_of_several_texts(path: Path) -> None:
    zipped(path, {f"{number}.csv": b"a,b\n" for number in range(3)})


@refused("unsafe_archive")
def zip_with_a_path_to_elsewhere(path: Path) -> None:
    zipped(path, {"../../../../etc/cron.d/a.csv": b"a,b\n1,2\n"})


@refused("unsafe_archive")
def zip_with_an_absolute_path(path: Path) -> None:
    zipped(path, {"/etc/passwd.csv": b"a,b\n1,2\n"})


@harmless(2)
def workbook_with_a_part_that_leads_elsewhere(path: Path) -> None:
    """Nothing is unpacked to a disk, so the name means nothing."""
    with_part(path, "../../../../tmp/evil.xml", b"<a/>")


# Sheets that are laid out


@refused("oversized_workbook")
def cell_at_the_end_of_the_world(path: Path) -> None:
    crafted_sheet(path, '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>')


@refused("oversized_workbook", "unreadable_workbook", "header_not_found")
def cell_at_the_end_of_the_world_in_utf_16(path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    text = f'<?xml version="1.0" encoding="UTF-16"?><worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>'
    with_part(path, SHEET, text.encode("utf-16"))


@refused("oversized_workbook", "unreadable_workbook")
def cell_with_an_escaped_place(path: Path) -> None:
    crafted_sheet(path, '<row r="1"><c r="A1"><v>1</v></c><c r="XFD&#49;048576"><v>2</v></c></row>')


@refused("oversized_workbook")
def column_of_ten_letters(path: Path) -> None:
    """Found by fuzzing: the parser's column number overflows, and it asks for 170 GB."""
    crafted_sheet(path, '<row r="1"><c r="A1"><v>1</v></c><c r="yyyyyyyyG5"><v>2</v></c></row>')


@refused("oversized_workbook", "unreadable_workbook")
def row_beyond_any_sheet(path: Path) -> None:
    crafted_sheet(path, '<row r="4294967295"><c><v>1</v></c></row><row><c><v>1</v></c></row>')


@refused("too_many_columns")
def sheet_of_a_million_columns(path: Path) -> None:
    crafted_sheet(
        path, '<row r="1">' + "<c><v>1</v></c>" * 1_000_000 + '</row><row r="9"><c r="BDWGN9"><v>1</v></c></row>'
    )


@harmless(2)
def sheet_that_claims_every_cell(path: Path) -> None:
    """Some exporters declare the whole sheet whatever they write into it."""
    rows = "".join(
        f'<row r="{row}">' + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells) + "</row>"
        for row, cells in enumerate([HEADER, *PEOPLE], 1)
    )
    markup = f'<worksheet {MAIN}><dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>'
    with_part(path, SHEET, markup)


@refused("oversized_workbook")
def shared_strings_that_claim_two_thousand_million(path: Path) -> None:
    """The parser reserves room for what is claimed, and aborts: a file of five kilobytes."""
    with_part(path, STRINGS, f'<sst {MAIN} count="2000000000" uniqueCount="2000000000"><si><t>a</t></si></sst>')


@refused("oversized_workbook")
def shared_strings_that_claim_it_behind_a_long_remark(path: Path) -> None:
    """What the look before does not see ends the parser's process, and nothing else."""
    claim = f'<sst {MAIN} count="2000000000" uniqueCount="2000000000"><si><t>a</t></si></sst>'
    with_part(path, STRINGS, "<!--" + " " * (3 << 20) + "-->" + claim)


@refused("unreadable_workbook", "oversized_workbook")
def shared_strings_that_claim_more_than_there_is(path: Path) -> None:
    with_part(path, STRINGS, f'<sst {MAIN} count="18446744073709551615" uniqueCount="18446744073709551615"/>')


@refused("oversized_workbook")
def very_many_references_to_one_long_string(path: Path) -> None:
    strings = f"<sst {MAIN}><si><t>" + "长" * 30_000 + "</t></si></sst>"
    cells = '<c t="s"><v>0</v></c>' * 3_000
    changed_package(
        xlsx_file(path, [HEADER]),
        {STRINGS: strings.encode(), SHEET: sheet_xml(f"<row>{cells}</row>" * 5)},
    )


@refused("unreadable_workbook")
def reference_to_a_string_that_is_not_there(path: Path) -> None:
    crafted_sheet(path, '<row r="1"><c r="A1" t="s"><v>4294967295</v></c></row>')


@refused("oversized_workbook")
def a_hundred_thousand_sheets(path: Path) -> None:
    sheets = "".join(f'<sheet name="{number}" sheetId="1" r:id="rId1"/>' for number in range(100_000))
    with_part(path, BOOK, f"<workbook {MAIN} {LINKS}><sheets>{sheets}</sheets></workbook>")


@refused("damaged_workbook")
def sheets_that_are_all_the_same_one(path: Path) -> None:
    sheets = "".join(f'<sheet name="{number}" sheetId="1" r:id="rId1"/>' for number in range(500))
    with_part(path, BOOK, f"<workbook {MAIN} {LINKS}><sheets>{sheets}</sheets></workbook>")


@harmless(2)
def merges_over_everything(path: Path) -> None:
    merges = "".join(f'<mergeCell ref="A{n}:XFD1048576"/>' for n in range(1, 20_001))
    sheet = zipfile.ZipFile(xlsx_file(path, [HEADER, *PEOPLE])).read(SHEET).decode()
    with_part(path, SHEET, sheet.replace("</sheetData>", f"</sheetData><mergeCells>{merges}</mergeCells>"))


@refused("unreadable_workbook")
def merge_without_a_place(path: Path) -> None:
    with_part(path, SHEET, f'<worksheet {MAIN}><sheetData/><mergeCells><mergeCell ref=""/></mergeCells></worksheet>')


@harmless(1)
def dates_that_are_none(path: Path) -> None:
    book = xlsx_file(path, [("姓名", "身份证号", "出生日期"), ("李娜", NUMBERS[0], 1e300)])
    sheet = zipfile.ZipFile(book).read(SHEET).decode().replace('<c r="C2">', '<c r="C2" s="1">')
    styles = f'<styleSheet {MAIN}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    changed_package(book, {SHEET: sheet.encode(), STYLES: styles.encode()})


# Markup


@refused("unsafe_workbook")
def doctype_with_an_external_entity(path: Path) -> None:
    with_part(path, SHEET, '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + sheet_xml("&e;").decode())


@refused("unsafe_workbook")
def doctype_in_utf_16(path: Path) -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    with_part(path, STRINGS, text.encode("utf-16"))


@refused("unsafe_workbook")
def doctype_of_a_billion_laughs(path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    with_part(path, BOOK, f'<!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><x>&l9;</x>')


@refused("unsafe_workbook")
def prolog_without_end(path: Path) -> None:
    with_part(path, STYLES, b"<!-- " + bytes(range(97, 123)) * (400 << 10))


@refused("unreadable_workbook", "oversized_workbook", "header_not_found", "no_table")
def markup_nested_very_deep(path: Path) -> None:
    with_part(path, SHEET, f"<worksheet {MAIN}>" + "<a>" * 1_000_000 + "</a>" * 1_000_000 + "</worksheet>")


@refused("unreadable_workbook", "oversized_workbook", "damaged_workbook")
def directory_nested_very_deep(path: Path) -> None:
    with_part(path, BOOK, "<a>" * 1_000_000)


@refused("markup_file")
def web_page_named_workbook(path: Path) -> None:
    path.write_text("<html><table><tr><td>姓名</td></tr></table></html>", encoding="gbk")


# Other files


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


# Texts


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

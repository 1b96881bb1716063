"""Sheets, strings and directories of a workbook that claim more than there is."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.bangfu.readers.extracts import (
    HEADER,
    NUMBERS,
    PEOPLE,
    changed_package,
    crafted_sheet,
    sheet_xml,
    xlsx_file,
)
from tests.bangfu.readers.hostile.registering import (
    BOOK,
    LINKS,
    MAIN,
    SHEET,
    STRINGS,
    STYLES,
    harmless,
    refused,
    with_part,
)


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


@refused("oversized_workbook")
def row_numbered_like_a_person(path: Path) -> None:
    """More digits than any row has: the parser would take what is left of them."""
    crafted_sheet(path, '<row r="539210199003070036"><c r="ZZ9"><v>1</v></c></row>')


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


@refused("damaged_workbook")
def sheet_that_ends_before_it_begins(path: Path) -> None:
    """The parser would ask for 672 GB."""
    dimension = b'<dimension ref="C3:A1"/><sheetData>'
    with_part(
        path, SHEET, sheet_xml('<row r="1"><c r="A1" t="str"><v>1</v></c></row>').replace(b"<sheetData>", dimension)
    )


@refused("damaged_workbook")
def shared_formula_that_ends_before_it_begins(path: Path) -> None:
    crafted_sheet(path, '<row r="1"><c r="C3"><f t="shared" ref="C3:A1" si="0">A1</f><v>1</v></c></row>')


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

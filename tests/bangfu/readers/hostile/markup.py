"""Markup that reaches out, never ends or is nested very deep."""

from __future__ import annotations

from pathlib import Path

from tests.bangfu.readers.extracts import (
    sheet_xml,
)
from tests.bangfu.readers.hostile.registering import (
    BOOK,
    MAIN,
    SHEET,
    STRINGS,
    STYLES,
    refused,
    with_part,
)


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

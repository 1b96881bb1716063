"""Packages that grow, nest, or lead elsewhere."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

from tests.bangfu.readers.extracts import (
    HEADER,
    changed_package,
    sheet_xml,
    xlsx_file,
)
from tests.bangfu.readers.hostile.registering import (
    BOOK,
    MAIN,
    SHEET,
    STRINGS,
    harmless,
    refused,
    with_part,
    zipped,
)


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

"""Rows that are no person (表尾): totals, signatures, notes, and the header printed again on a later page."""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from bangfu.readers.headers import header_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bangfu.readers.declared import Declaration

__all__ = ["footers", "suspicious_rows"]

_TOTAL = r"(?:本页|全部|各项|当月|本月|[省市州县区乡镇村户])?(?:合计|总计|小计|共计|累计)(?:[:(0-9/].*|人数.*|户数.*|金额.*)?"
_SIGNATURE = (
    r"(?:单位|部门|科室|财务|分管)?(?:制表|制单|编制|审核|审批|复核|填报|填表|经办|负责|联系|报送|统计|录入)"
    r"(?:(?:人|员|者|单位|部门|机构|日期|时间|意见|签字|签名|签章|盖章|电话)+(?:[:(0-9年/].*|[^0-9]{2,4})?|[:(].*|)"
)
_STAMP = r"(?:单位|部门)?\(?(?:盖章|公章|签章)\)?(?:处)?(?:[:(].*)?|单位\(?盖章.*"
_NOTE = r"(?:说明|备注|附注|注意事项|注)(?:[:;(1-9一、.].*|)|(?:以上|以下空白|本表|续表|续上表|第[0-9]+页|共[0-9]+页|接上页).*"
_FOOTER = re.compile(f"(?:{_TOTAL}|{_SIGNATURE}|{_STAMP}|{_NOTE})", re.DOTALL)
_SUSPICIOUS = r"合\s*计|[总小共累]\s*计|制表|制单|编制|审[核批]|复核|填[报表]|经办|负责人|联系|报送|盖章|公章|说明|备注|注[:：]|以上|续表|本页|第.*页|姓\s*名|_name$|[:：0-9]"
_NUMBER = re.compile(r"[0-9*]{6}")
"""What a row of a person has in its number column; a signature row may have a date there."""
_EVIDENCE = {
    "phone": re.compile(r"(?:\+?86-?)?1[3-9][0-9]{9}"),
    "sex": re.compile("[男女]性?"),
    "ethnic_group": re.compile(".{1,4}族"),
    "birth_date": re.compile("(?:19[0-9]{2}|20[01][0-9])[-/.年]?[0-9]{1,2}[-/.月]?[0-9]{0,2}日?"),
    "person_ref": re.compile("[0-9A-Za-z_-]{6,}"),
    "settlement_ref": re.compile("[0-9A-Za-z_-]{8,}"),
}
"""Cells that only a row about a person has in these columns."""


def suspicious_rows(table: pl.DataFrame) -> pl.Expr:
    """Which rows must be looked at one by one: those without a name, or with one that is seldom a person's."""
    if "name" not in table.columns:
        return pl.lit(True)
    return pl.col("name").is_null() | pl.col("name").str.contains(_SUSPICIOUS)


def footers(
    table: pl.DataFrame, rows: list[int], cells: Callable[[int], Sequence[str]], declaration: Declaration
) -> list[int]:
    """Which of some rows are no person.

    A row that carries a person's number, phone, birth date, sex or ethnic group is never a footer, whatever its
    first cell says: a row taken for a footer is in no receipt, so nobody would ever hear of the person.

    Args:
        table: The wanted columns by label, blank cells as null.
        rows: Positions of the rows to look at.
        cells: Gives every cell of one row, by position.
        declaration: What the source declares.
    """
    aliases = {
        header_key(alias) for column in declaration.columns if column.field == "name" for alias in column.aliases
    }
    looked_at = table.select(name for name in ("name", "id_number", *_EVIDENCE) if name in table.columns)
    shown = (looked_at.row(row, named=True) if looked_at.width else {} for row in rows)  # a list of households has none
    return [row for row, person in zip(rows, shown, strict=True) if _is_footer(person, partial(cells, row), aliases)]


def _is_footer(person: Mapping[str, str | None], cells: Callable[[], Sequence[str]], aliases: set[str]) -> bool:
    name = person.get("name")
    if name is not None and header_key(name) in aliases:
        return True
    if _shows_person(person):
        return False
    first = next((cell for cell in cells() if cell and cell.strip()), "")
    return any(_FOOTER.fullmatch(_squeezed(cell)) for cell in (first, name) if cell)


def _shows_person(person: Mapping[str, str | None]) -> bool:
    number = person.get("id_number")
    if number is not None and _NUMBER.search(_squeezed(number)):
        return True
    return any(
        (cell := person.get(field)) is not None and pattern.fullmatch(_squeezed(cell))
        for field, pattern in _EVIDENCE.items()
    )


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))

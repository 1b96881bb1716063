"""Families in a sample (户与成员): which columns stand once for a household, and which are members beside a person."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from bangfu.pipeline.sources.header_matching import keys_of, known_fields, plain
from schemas.sources import SOURCES

__all__ = ["OWN", "Members", "household_headers", "is_household_number", "meaning", "member_blocks", "of_the_head"]

OWN = frozenset({"person_ref", "name", "former_name", "id_number", "birth_date", "sex", "ethnic_group", "relation"})
"""Fields that are one person's, however often they repeat within a household."""

_NUMBER = re.compile(r"(?<![0-9])[1-9](?![0-9])")
_WHOSE = re.compile(r"家庭|成员|\{n\}|第|位|[.、\s()（）]")
"""What a member's header says besides its meaning."""
_BESIDE = frozenset(
    column.field for source in SOURCES.values() if source.member_blocks for column in source.member_blocks.columns
)
"""Fields that some source takes of members beside a person."""
_GROUPED = frozenset(name for source in SOURCES.values() for name in source.household_columns)
"""Fields that some source fills downwards."""


@dataclass(frozen=True)
class Members:
    """Members beside a person.

    Attributes:
        count: How many there may be.
        fields: Field of each header that is taken, the member's number as `{n}`.
        others: The other headers, likewise, with those of the sample that they stand for.
        headers: Every header of a member, as it is in the sample.
    """

    count: int
    fields: Mapping[str, str]
    others: Mapping[str, tuple[str, ...]]
    headers: frozenset[str]


def member_blocks(headers: Sequence[str]) -> Members | None:
    """The members that numbered headers stand for; None where no header is a numbered name.

    >>> member_blocks(["姓名", "成员1姓名", "成员1关系", "成员2姓名", "成员2关系"]).fields
    {'成员{n}姓名': 'name', '成员{n}关系': 'relation'}
    """
    templates: dict[str, list[str]] = {}
    for header in headers:
        text = plain(header.replace("/", ""))
        template, numbers = _NUMBER.subn("{n}", text)
        if numbers == 1 and template.replace("{n}", str(len(templates.get(template, ())) + 1)) == text:
            templates.setdefault(template, []).append(header)
    side_by_side = {t: found for t, found in templates.items() if len(found) > 1 or "成员" in t}
    fields: dict[str, str] = {}
    for template in side_by_side:
        name = _member_field(template)
        if name in _BESIDE and name not in fields.values():
            fields[template] = name
    if "name" not in fields.values():
        return None
    count = max(len(side_by_side[template]) for template in fields)
    others = {t: tuple(found) for t, found in side_by_side.items() if t not in fields and len(found) == count}
    used = frozenset(header for template in (*fields, *others) for header in side_by_side[template])
    return Members(count, fields, others, used)


def meaning(template: str) -> str:
    """A member's header without what says whose it is.

    >>> meaning("家庭成员{n}身份证号"), meaning("成员{n}与本人关系")
    ('身份证号', '关系')
    """
    rest = _WHOSE.sub("", template)
    return "关系" if rest.endswith("关系") else rest


def _member_field(template: str) -> str | None:
    return next(iter(known_fields().get(meaning(template), ())), None)


def is_household_number(header: str) -> bool:
    """Whether a header reads like a household's number: `户编码`, `家庭编号`.

    >>> is_household_number("户编码"), is_household_number("户主证件号码")
    (True, False)
    """
    return any(re.fullmatch("(家庭|农?户)(的)?(编号|编码|序号|号码?|代码)", key) for key in keys_of(header))


def of_the_head(header: str) -> bool:
    """Whether a header says that it is the household's head's, who need not be the person of the row."""
    return any(key.startswith("户主") for key in keys_of(header))


def household_headers(cells: Mapping[str, pl.Series], fields: Mapping[str, str]) -> list[str]:
    """Headers whose cells stand once for a household: filled in its first row alone, or the same in all its rows.

    Where no column is the household's number, only columns that other sources fill downwards are looked at.

    Args:
        cells: The sample's columns, as text.
        fields: The fields of its headers; one is `name`.
    """
    headers = {field: header for header, field in fields.items()}
    table = pl.DataFrame(list(cells.values()), schema=list(cells)).filter(pl.col(headers["name"]).is_not_null())
    asked = [header for header in table.columns if fields.get(header) not in OWN and not _empty(table[header])]
    number = headers.get("household_ref")
    if number is None:
        return _filled_together(table, [header for header in asked if fields.get(header) in _GROUPED])
    if table[number].null_count():
        inside = table.filter(pl.col(number).is_null())
        return [header for header in asked if _empty(inside[header])]
    run = table[number].rle_id().alias("run of one household")
    if run.n_unique() in {1, table.height}:
        return []
    values = table.select(asked).group_by(run).n_unique()
    return [header for header in asked if (values[header] == 1).all()]


def _filled_together(table: pl.DataFrame, headers: list[str]) -> list[str]:
    """Columns that begin filled and of which at least one more is filled in the same rows, and empty in the others."""
    rows = {
        header: tuple(table[header].is_not_null())
        for header in headers
        if table[header].null_count() and table[header][0] is not None
    }
    return [header for header, filled in rows.items() if list(rows.values()).count(filled) > 1]


def _empty(cells: pl.Series) -> bool:
    return cells.null_count() == cells.len()

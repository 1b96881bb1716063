"""The text of a source module (声明草稿), as the formatter would write it."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from bangfu.readers.headers import header_key
from schemas import shared
from schemas.fields import FIELDS
from schemas.source import Column

__all__ = ["Draft", "Proposal", "module_text"]

_WIDTH = 120
_COLUMNS = {"sex": "SEX", "ethnic_group": "ETHNIC_GROUP", "birth_date": "BIRTH_DATE"}
_HEADERS = {
    "id_number": "IDENTITY",
    "phone": "PHONE",
    "address": "ADDRESS",
    "county_code": "COUNTY",
    "employer_code": "CREDIT_CODE",
}
"""What `schemas.shared` has for a field."""
_KNOWN_BY = ("id_number", "name", "birth_date", "phone")
"""Fields that say "the same person" where no household does."""


@dataclass(frozen=True)
class Proposal:
    """A header that nothing takes.

    Attributes:
        header: The header.
        form: What its values look like.
        household: Whether its cells stand once for a household.
    """

    header: str
    form: str
    household: bool = False


@dataclass(frozen=True)
class Draft:
    """What a module says.

    Attributes:
        code, zh, owner: Of the source.
        columns: The allow-list.
        proposals: Headers that nothing takes, for a person to decide about.
        forbidden: Headers that must not be taken.
        ended: The day on which the placeholder of a legal basis ended.
        household: Fields whose cells stand once for a household.
        members: Columns of members beside a person, their number as `{n}`.
        member_proposals: Headers of members that nothing takes.
        most_members: How many members there may be.
        repeated: Headers that stand over several columns.
    """

    code: str
    zh: str
    owner: str
    columns: tuple[Column, ...]
    proposals: tuple[Proposal, ...]
    forbidden: tuple[str, ...]
    ended: dt.date
    household: tuple[str, ...] = ()
    members: tuple[Column, ...] = ()
    member_proposals: tuple[Proposal, ...] = ()
    most_members: int = 0
    repeated: tuple[str, ...] = ()


def module_text(draft: Draft) -> str:
    """The module, in the formatter's style, with everything a person must decide marked 待补."""
    names = [column.field for column in draft.columns]
    references = [name for name in names if FIELDS[name].standardiser == "received"]
    of_a_case = [name for name in references if name not in {"person_ref", "household_ref"}]
    natural = of_a_case[:1] or [*references, *(name for name in ("id_number", "name") if name in names)]
    of_a_family = {"household_ref", "relation"} & {*names, *(column.field for column in draft.members)}
    known_by = ("household_ref", "id_number", "name", "relation") if len(of_a_family) > 1 else _KNOWN_BY
    person = [name for name in known_by if name in names or name in of_a_family]
    day = f"dt.date({draft.ended.year}, {draft.ended.month}, {draft.ended.day})"
    lines = [
        "SOURCE = Source(",
        f'    code="{draft.code}",',
        f'    zh="{plain_text(draft.zh)}",',
        f'    en="{draft.code.replace("_", " ")}",',
        f'    owner_zh="{plain_text(draft.owner)}",',
        '    cadence="monthly",  # 待补：daily、monthly 或 quarterly',
        '    sender_level="prefecture",  # 待补：unit、county、prefecture 或 province',
        "    # 待补：依据的种类、文件名称、文号和起止日期；占位的日期早已到期，填写之前一律拒收",
        *_call("    legal_basis=LegalBasis(", ['"待补"', '"待补：依据文件"', '"待补：文号"', day, day], "    ),"),
        '    purpose="hardship_screening",  # 待补：schemas.vocabulary.PURPOSES 中的一项',
        '    catalogue_id="待补：政务数据目录编号",',
        *_tuple("    natural_key=", natural),
        *_tuple("    person_key=", person),
        *_tuple(
            "    forbidden=", ("*ACCOUNTS", *(header for header in draft.forbidden if header not in shared.ACCOUNTS))
        ),
        *_household(draft.household),
        "    columns=(",
    ]
    headers = [alias for column in draft.columns for alias in column.aliases]
    taken = {header_key(header) for header in (*headers, *draft.forbidden, *(item.header for item in draft.proposals))}
    for column in draft.columns:
        lines += _column(column, taken)
    lines += _undecided(draft.proposals)
    if draft.repeated:
        repeated = "、".join(draft.repeated)
        lines.append(
            f"        # 待核对：样表中重复的表头只读最左一列（{repeated}）；并排的家庭成员，请报送单位在表头加序号"
        )
    lines += ["    ),", *_member_blocks(draft), ")", ""]
    return "\n".join([*_head(draft, lines), *lines])


def _head(draft: Draft, lines: Sequence[str]) -> list[str]:
    return [
        f'"""{draft.zh}：由样表生成的草稿，逐项核对后使用。',
        "",
        "The legal basis below is a placeholder that has ended: nothing is received until it is filled in.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "import datetime as dt",
        "",
        _imported(lines),
        f"from schemas.source import Column, LegalBasis, {'MemberBlocks, ' if draft.members else ''}Source",
        "",
    ]


def _imported(lines: Sequence[str]) -> str:
    """The line that imports what the declaration takes of `schemas.shared`."""
    code = re.sub('"[^"]*"|#.*', "", "\n".join(lines))
    names = sorted({name for name in re.findall(r"\b[A-Z_]+\b", code) if hasattr(shared, name)})
    return f"from schemas.shared import {', '.join(names)}"


def _household(fields: Sequence[str]) -> list[str]:
    if not fields:
        return ['    # 户内合并单元格须向下填充的列，写入 household_columns，例如 ("household_ref", "address")']
    return [
        "    # 待核对：样表中这些列每户只填一次（合并单元格）或户内相同，读取时在户内向下填充；属于个人的列须去掉",
        *_tuple("    household_columns=", fields),
    ]


def _member_blocks(draft: Draft) -> list[str]:
    if not draft.members:
        return []
    lines = [
        "    # 待核对：每行并排的家庭成员，{n} 为序号；人数以可能出现的最多人数为准，成员各列是否都需要",
        "    member_blocks=MemberBlocks(",
        f"        count={draft.most_members},",
        "        columns=(",
        *(f"    {line}" for column in draft.members for line in _column(column, {header_key(FIELDS[column.field].zh)})),
        *(f"    {line}" for line in _undecided(draft.member_proposals)),
    ]
    return [*lines, "        ),", "    ),"]


def _undecided(proposals: Sequence[Proposal]) -> list[str]:
    if not proposals:
        return []
    lines = ["        # 以下表头没有对应的标准字段，不会被读取；确需接收的，先在 schemas/fields.py 声明字段"]
    for item in proposals:
        household = "；户内只填一次或相同" if item.household else ""
        lines.append(f'        # Column("待定", ("{item.header}",)),  取值：{item.form}{household}')
    return lines


def plain_text(text: str) -> str:
    """A text that stands between double quotes."""
    return " ".join(text.replace("\\", " ").replace('"', " ").split())


def _column(column: Column, taken: set[str]) -> list[str]:
    """One column, by what all sources share where that is no other header of the sample.

    The field's own Chinese name is an alias as well, likewise.
    """
    common = _COLUMNS.get(column.field)
    if common and {*map(header_key, column.aliases)} <= {*map(header_key, getattr(shared, common).aliases)}:
        return [f"        {common},"]
    aliases, own = [*column.aliases], FIELDS[column.field].zh
    headers = _HEADERS.get(column.field)
    more = [alias for alias in getattr(shared, headers) if alias not in aliases] if headers else []
    if headers and not taken & {*map(header_key, more)}:
        aliases = [*(alias for alias in aliases if alias not in getattr(shared, headers)), f"*{headers}"]
        taken.update(map(header_key, more))
    elif header_key(own) not in taken:
        aliases.append(own)
        taken.add(header_key(own))
    required = ", required=True" if column.required else ""
    written = headers if aliases == [f"*{headers}"] else _literal(aliases)
    line = f'        Column("{column.field}", {written}{required}),'
    if width(line) <= _WIDTH:
        return [line]
    inner = [f'            "{column.field}",', f"            {_literal(aliases)},"]
    return ["        Column(", *inner, *(["            required=True,"] if required else []), "        ),"]


def _tuple(start: str, items: Sequence[str]) -> list[str]:
    line = f"{start}{_literal(items)},"
    if width(line) <= _WIDTH:
        return [line]
    return [f"{start}(", *(f"        {_quoted(item)}," for item in items), "    ),"]


def _call(start: str, arguments: Sequence[str], end: str) -> list[str]:
    line = start + ", ".join(arguments) + end.strip()
    if width(line) <= _WIDTH:
        return [line]
    inner = "        " + ", ".join(arguments)
    return [start, inner, end] if width(inner) <= _WIDTH else [start, *(f"        {item}," for item in arguments), end]


def _literal(items: Sequence[str]) -> str:
    return "(" + ", ".join(map(_quoted, items)) + ("," if len(items) == 1 else "") + ")"


def _quoted(item: str) -> str:
    """A text, or one of the shared tuples, such as `*PHONE`."""
    return item if item.startswith("*") else f'"{item}"'


def width(line: str) -> int:
    """Width of a line as the formatter counts it: a Han character is two.

    >>> width('"姓名"')
    6
    """
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in line)

"""The text of a source module (声明草稿), as the formatter would write it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from bangfu.readers.headers import header_key
from schemas.fields import FIELDS
from schemas.source import Column

__all__ = ["Draft", "Proposal", "module_text"]

_WIDTH = 120


@dataclass(frozen=True)
class Proposal:
    """A header that nothing takes.

    Attributes:
        header: The header.
        form: What its values look like.
    """

    header: str
    form: str


@dataclass(frozen=True)
class Draft:
    """What a module says.

    Attributes:
        code, zh, owner: Of the source.
        columns: The allow-list.
        proposals: Headers that nothing takes, for a person to decide about.
        forbidden: Headers that must not be taken.
        ended: The day on which the placeholder of a legal basis ended.
    """

    code: str
    zh: str
    owner: str
    columns: tuple[Column, ...]
    proposals: tuple[Proposal, ...]
    forbidden: tuple[str, ...]
    ended: dt.date


def module_text(draft: Draft) -> str:
    """The module, in the formatter's style, with everything a person must decide marked 待补."""
    names = [column.field for column in draft.columns]
    references = [name for name in names if FIELDS[name].standardiser == "received"]
    of_a_case = [name for name in references if name not in {"person_ref", "household_ref"}]
    natural = of_a_case[:1] or [*references, *(name for name in ("id_number", "name") if name in names)]
    person = [name for name in ("id_number", "name", "birth_date", "phone") if name in names]
    day = f"dt.date({draft.ended.year}, {draft.ended.month}, {draft.ended.day})"
    lines = [
        f'"""{draft.zh}：由样表生成的草稿，逐项核对后使用。',
        "",
        "The legal basis below is a placeholder that has ended: nothing is received until it is filled in.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "import datetime as dt",
        "",
        "from schemas.source import Column, LegalBasis, Source",
        "",
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
        *_tuple("    forbidden=", draft.forbidden),
        '    # 户内合并单元格须向下填充的列，写入 household_columns，例如 ("household_ref", "address")',
        "    columns=(",
    ]
    headers = [alias for column in draft.columns for alias in column.aliases]
    taken = {header_key(header) for header in (*headers, *draft.forbidden, *(item.header for item in draft.proposals))}
    for column in draft.columns:
        lines += _column(column, taken)
    if draft.proposals:
        lines.append("        # 以下表头没有对应的标准字段，不会被读取；确需接收的，先在 schemas/fields.py 声明字段")
        lines += [f'        # Column("待定", ("{item.header}",)),  取值：{item.form}' for item in draft.proposals]
    return "\n".join([*lines, "    ),", ")", ""])


def plain_text(text: str) -> str:
    """A text that stands between double quotes."""
    return " ".join(text.replace("\\", " ").replace('"', " ").split())


def _column(column: Column, taken: set[str]) -> list[str]:
    """One column; the field's own Chinese name is an alias as well, where no other header is it."""
    aliases, own = [*column.aliases], FIELDS[column.field].zh
    if header_key(own) not in taken:
        aliases.append(own)
        taken.add(header_key(own))
    required = ", required=True" if column.required else ""
    line = f'        Column("{column.field}", {_literal(aliases)}{required}),'
    if width(line) <= _WIDTH:
        return [line]
    inner = [f'            "{column.field}",', f"            {_literal(aliases)},"]
    return ["        Column(", *inner, *(["            required=True,"] if required else []), "        ),"]


def _tuple(start: str, items: Sequence[str]) -> list[str]:
    line = f"{start}{_literal(items)},"
    if width(line) <= _WIDTH:
        return [line]
    return [f"{start}(", *(f'        "{item}",' for item in items), "    ),"]


def _call(start: str, arguments: Sequence[str], end: str) -> list[str]:
    line = start + ", ".join(arguments) + end.strip()
    if width(line) <= _WIDTH:
        return [line]
    inner = "        " + ", ".join(arguments)
    return [start, inner, end] if width(inner) <= _WIDTH else [start, *(f"        {item}," for item in arguments), end]


def _literal(items: Sequence[str]) -> str:
    return "(" + ", ".join(f'"{item}"' for item in items) + ("," if len(items) == 1 else "") + ")"


def width(line: str) -> int:
    """Width of a line as the formatter counts it: a Han character is two.

    >>> width('"姓名"')
    6
    """
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in line)

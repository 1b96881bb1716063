"""Finding the header (表头) of a sheet and what each of its columns means."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bangfu.readers.declared import Declaration
    from bangfu.readers.sheets import Merge

__all__ = ["Header", "find_header", "header_key"]

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|\{[^{}]*\}")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_NOISE = re.compile(r"[\s*＊※:：\"'`“”‘’_]+|^[0-9一二三四五六七八九十]{1,2}[.、]")
_GROUP_ENDING = re.compile("(基本)?(信息|情况|资料)$")
_LOOKS_PERSONAL = re.compile("[0-9]{5,}")

Slot = tuple[str, int]
"""A canonical field and the number of the member block it belongs to, 0 for the row's own person."""


@dataclass(frozen=True)
class Header:
    """A header and its reading.

    Attributes:
        top: First header row, from 0.
        height: Rows it takes, one or two.
        columns: Where each field is, by field and member block (0 is the row's own person).
        names: What the header says over each column, as the sender wrote it.
        missing: Required fields that no column fills.
        forbidden: Columns whose header, or the group heading above it, the source forbids; they fill nothing.
        duplicated: Headers of wanted columns that stand over further columns too; the leftmost is read.
    """

    top: int
    height: int
    columns: Mapping[Slot, int]
    names: tuple[str, ...]
    missing: tuple[str, ...]
    forbidden: frozenset[int] = frozenset()
    duplicated: tuple[str, ...] = ()

    @property
    def body(self) -> int:
        """First row below the header."""
        return self.top + self.height

    @property
    def shown(self) -> tuple[str, ...]:
        """`names` for reports: one that looks like data rather than a header is shown by its place alone."""
        return tuple(
            name if not name or _looks_like_header(name) else f"第{position + 1}列"
            for position, name in enumerate(self.names)
        )

    def score(self) -> tuple[int, int, int, int]:
        """Headers compare by required fields found, fields found, forbidden columns named, and shortness."""
        return -len(self.missing), len(self.columns), len(self.forbidden), -self.height

    def seen(self) -> str:
        """The column names for a message to the sender; cells that look like data are left out."""
        names = [name for name in self.names if name and _looks_like_header(name)]
        return "、".join(dict.fromkeys(names[:40]))


def _looks_like_header(name: str) -> bool:
    return len(name) <= 20 and not _LOOKS_PERSONAL.search(name)


@lru_cache(maxsize=16_384)
def header_key(text: str) -> str:
    """A header as it is compared: width, spaces, marks and bracketed remarks do not count.

    >>> header_key(" 身份证号码*\\n（必填）"), header_key("县(市、区)"), header_key("PSN_NAME")
    ('身份证号码', '县', 'psnname')
    """
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub(" ", text)).casefold()
    previous = None
    while text != previous:
        previous, text = text, _BRACKETS.sub("", text)
    return _NOISE.sub("", text.strip())


def find_header(head: Sequence[Sequence[str]], merges: Sequence[Merge], declaration: Declaration) -> Header | None:
    """The best header among the first rows, of one row or of two (group headings above).

    Args:
        head: The first rows as text.
        merges: Merged ranges of the sheet.
        declaration: Whose aliases count.

    Returns:
        The header, `missing` saying what it lacks; None when no row looks like one.
    """
    best: Header | None = None
    wanted = _wanted(declaration)
    merges = [merge for merge in merges if merge.top < len(head)]
    for top in range(len(head)):
        if sum(1 for cell in head[top] if cell.strip()) < 1:
            continue
        options = [_read(head, top, 1, merges, wanted)]
        if top + 1 < len(head):
            options.append(_read(head, top, 2, merges, wanted))
        for option in options:
            if len(option.columns) >= 2 and (best is None or option.score() > best.score()):
                best = option
    return best


def _read(head: Sequence[Sequence[str]], top: int, height: int, merges: Sequence[Merge], wanted: _Wanted) -> Header:
    if height == 1:
        names = [cell.strip() for cell in head[top]]
        keys: list[tuple[str, ...]] = [(key,) if (key := header_key(name)) else () for name in names]
        above = [""] * len(names)
    else:
        names, keys, above = _two_rows(head, top, merges)
    forbidden = frozenset(
        position
        for position, options in enumerate(keys)
        if wanted.forbidden.intersection(options) or above[position] in wanted.forbidden
    )
    first: dict[str, int] = {}
    again: dict[str, int] = {}
    for position, options in enumerate(keys):
        for key in options if position not in forbidden else ():
            if first.setdefault(key, position) != position:
                again.setdefault(key, position)
    columns: dict[Slot, int] = {}
    duplicated: dict[str, None] = {}
    for slot, ranks in wanted.slots.items():
        found = [(rank, first[key], key) for key, rank in ranks.items() if key in first]
        if found:
            _, columns[slot], key = min(found)
            if key in again and again[key] not in columns.values():
                duplicated[names[columns[slot]]] = None
    given = {field for field, block in columns if block == 0}
    missing = tuple(name for name in wanted.required if name not in given)
    return Header(top, height, columns, tuple(names), missing, forbidden, tuple(duplicated))


def _two_rows(
    head: Sequence[Sequence[str]], top: int, merges: Sequence[Merge]
) -> tuple[list[str], list[tuple[str, ...]], list[str]]:
    """Names, keys and keys of the group headings when row `top` groups the columns of the row below."""
    width = max(len(head[top]), len(head[top + 1]))
    upper = [*head[top], *[""] * (width - len(head[top]))]
    lower = [*head[top + 1], *[""] * (width - len(head[top + 1]))]
    group = _spread(upper, lower, top, merges)
    names, keys, groups = [], [], []
    for position in range(width):
        above, below = upper[position].strip() or group[position].strip(), lower[position].strip()
        names.append(f"{above}/{below}" if above and below else above or below)
        heading = _GROUP_ENDING.sub("", header_key(above))
        options = (heading + header_key(below), header_key(below)) if below else (header_key(above),)
        keys.append(tuple(dict.fromkeys(option for option in options if option)))
        groups.append(header_key(above) if below else "")
    return names, keys, groups


def _spread(upper: list[str], lower: list[str], row: int, merges: Sequence[Merge]) -> list[str]:
    """The group heading over each column: over a merged range, or, where no merge is known, to the next one."""
    group = list(upper)
    ranges = [merge for merge in merges if merge.top <= row <= merge.bottom]
    for merge in ranges:
        for position in range(merge.left, min(merge.right + 1, len(group))):
            group[position] = upper[merge.left]
    if not ranges:
        for position in range(1, len(group)):
            if not group[position].strip() and lower[position].strip():
                group[position] = group[position - 1]
    return group


@dataclass(frozen=True)
class _Wanted:
    """Header keys of every field with the rank of the alias, lower being better, and the forbidden ones."""

    slots: Mapping[Slot, Mapping[str, int]]
    forbidden: frozenset[str]
    required: tuple[str, ...]


@lru_cache(maxsize=64)
def _wanted(declaration: Declaration) -> _Wanted:
    slots: dict[Slot, dict[str, int]] = {(column.field, 0): _ranks(column.aliases) for column in declaration.columns}
    if blocks := declaration.member_blocks:
        for number in range(1, blocks.count + 1):
            for column in blocks.columns:
                aliases = tuple(alias.replace("{n}", str(number)) for alias in column.aliases)
                slots[column.field, number] = _ranks(aliases)
    return _Wanted(slots, frozenset(map(header_key, declaration.forbidden)), declaration.required)


def _ranks(aliases: Sequence[str]) -> dict[str, int]:
    ranks: dict[str, int] = {}
    for rank, alias in enumerate(aliases):
        ranks.setdefault(header_key(alias), rank)
    return ranks

"""Finding the header (表头) of a sheet and what each of its columns means."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from schemas.sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bangfu.readers.grids import Merge
    from schemas.source import Source

__all__ = ["Header", "find_header", "header_key"]

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|\{[^{}]*\}")
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
    """

    top: int
    height: int
    columns: Mapping[Slot, int]
    names: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def body(self) -> int:
        """First row below the header."""
        return self.top + self.height

    def score(self) -> tuple[int, int, int]:
        """Headers compare by required fields found, fields found, and shortness."""
        return -len(self.missing), len(self.columns), -self.height

    def seen(self) -> str:
        """The column names for a message to the sender; cells that look like data are left out."""
        names = [name for name in self.names if name and len(name) <= 20 and not _LOOKS_PERSONAL.search(name)]
        return "、".join(dict.fromkeys(names[:40]))


@lru_cache(maxsize=16_384)
def header_key(text: str) -> str:
    """A header as it is compared: width, spaces, marks and bracketed remarks do not count.

    >>> header_key(" 身份证号码*\\n（必填）"), header_key("县(市、区)"), header_key("PSN_NAME")
    ('身份证号码', '县', 'psnname')
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    previous = None
    while text != previous:
        previous, text = text, _BRACKETS.sub("", text)
    return _NOISE.sub("", text.strip())


def find_header(head: Sequence[Sequence[str]], merges: Sequence[Merge], source: Source) -> Header | None:
    """The best header among the first rows, of one row or of two (group headings above).

    Args:
        head: The first rows as text.
        merges: Merged ranges of the sheet.
        source: Whose aliases count.

    Returns:
        The header, `missing` saying what it lacks; None when no row looks like one.
    """
    best: Header | None = None
    for top in range(len(head)):
        if sum(1 for cell in head[top] if cell.strip()) < 1:
            continue
        options = [_read(head, top, 1, merges, source)]
        if top + 1 < len(head):
            options.append(_read(head, top, 2, merges, source))
        for option in options:
            if len(option.columns) >= 2 and (best is None or option.score() > best.score()):
                best = option
    return best


def _read(head: Sequence[Sequence[str]], top: int, height: int, merges: Sequence[Merge], source: Source) -> Header:
    if height == 1:
        names = [cell.strip() for cell in head[top]]
        keys: list[tuple[str, ...]] = [(header_key(name),) for name in names]
    else:
        names, keys = _two_rows(head, top, merges)
    wanted = _wanted(source.code)
    columns: dict[Slot, int] = {}
    first: dict[str, int] = {}
    for position, options in enumerate(keys):
        for key in options:
            first.setdefault(key, position)
    for slot, ranks in wanted.items():
        found = [(rank, first[key]) for key, rank in ranks.items() if key in first]
        if found:
            columns[slot] = min(found)[1]
    given = {field for field, block in columns if block == 0}
    missing = tuple(name for name in source.required if name not in given)
    return Header(top, height, columns, tuple(names), missing)


def _two_rows(
    head: Sequence[Sequence[str]], top: int, merges: Sequence[Merge]
) -> tuple[list[str], list[tuple[str, ...]]]:
    """Names and keys when row `top` groups the columns of the row below."""
    width = max(len(head[top]), len(head[top + 1]))
    upper = [*head[top], *[""] * (width - len(head[top]))]
    lower = [*head[top + 1], *[""] * (width - len(head[top + 1]))]
    group = _spread(upper, lower, top, merges)
    names, keys = [], []
    for position in range(width):
        above, below = upper[position].strip() or group[position].strip(), lower[position].strip()
        names.append(f"{above}/{below}" if above and below else above or below)
        heading = _GROUP_ENDING.sub("", header_key(above))
        options = (heading + header_key(below), header_key(below)) if below else (header_key(above),)
        keys.append(tuple(dict.fromkeys(option for option in options if option)))
    return names, keys


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


@cache
def _wanted(source: str) -> Mapping[Slot, Mapping[str, int]]:
    """Header keys of every field with the rank of the alias; lower is better."""
    declared = SOURCES[source]
    wanted: dict[Slot, dict[str, int]] = {(column.field, 0): _ranks(column.aliases) for column in declared.columns}
    if blocks := declared.member_blocks:
        for number in range(1, blocks.count + 1):
            for column in blocks.columns:
                aliases = tuple(alias.replace("{n}", str(number)) for alias in column.aliases)
                wanted[column.field, number] = _ranks(aliases)
    return wanted


def _ranks(aliases: Sequence[str]) -> dict[str, int]:
    ranks: dict[str, int] = {}
    for rank, alias in enumerate(aliases):
        ranks.setdefault(header_key(alias), rank)
    return ranks

"""Which field a header means (表头识别), by what all sources together know of headers, and which source a file is of."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from types import MappingProxyType

from bangfu.readers.headers import header_key
from schemas.fields import FIELDS
from schemas.source import Column, Source
from schemas.sources import SOURCES

__all__ = [
    "Fit",
    "Suggestion",
    "column_line",
    "fits",
    "keys_of",
    "known_fields",
    "never_taken",
    "source_fields",
    "suggest",
]

_SAME_BUT_ENDING = 0.95
_SENSITIVE = (
    *(
        "银行",
        "开户",
        "账号",
        "帐号",
        "账户",
        "存折",
        "诊断",
        "病种",
        "病名",
        "疾病",
        "病情",
        "患病",
        "医院",
        "医疗机构",
    ),
    *("死因", "死亡原因", "宗教", "信仰", "车牌", "房产证", "指纹", "人脸", "密码"),
)
"""Words in headers of columns that are never taken: accounts, diagnoses, beliefs, biometrics."""
_CLOSE = 0.6
"""Similarity from which on a header is proposed for a field."""


@dataclass(frozen=True)
class Suggestion:
    """A field that a header may mean.

    Attributes:
        field: The field.
        alias: The known header it is close to.
        likeness: From 0 to 1, where 1 is the same header in another source.
        line: The line of the declaration that takes it.
    """

    field: str
    alias: str
    likeness: float
    line: str


@dataclass(frozen=True)
class Fit:
    """How well headers fit one source.

    Attributes:
        source: Source code.
        found: Headers that the source takes.
        forbidden: Headers that it knows and refuses.
        missing: Required fields that no header fills.
        score: Sum over the headers found or refused, each counting the less the more sources know it.
    """

    source: str
    found: int
    forbidden: int
    missing: tuple[str, ...]
    score: float


def keys_of(header: str) -> tuple[str, ...]:
    """A header as it is compared; of one in two rows (`above/below`) both readings.

    >>> keys_of("身份证号*"), keys_of("家庭成员信息/姓名")
    (('身份证号',), ('家庭成员信息/姓名', '家庭成员姓名', '姓名'))
    """
    keys = [header_key(header)]
    above, separator, below = header.partition("/")
    if separator:
        group = header_key(above).removesuffix("信息").removesuffix("情况").removesuffix("资料").removesuffix("基本")
        keys += [group + header_key(below), header_key(below)]
    return tuple(dict.fromkeys(key for key in keys if key))


def source_fields(source: Source) -> Iterator[tuple[str, Column]]:
    """Every field that a source fills, with its column; the aliases of member blocks carry their numbers."""
    for column in source.columns:
        yield column.field, column
    if blocks := source.member_blocks:
        for number in range(1, blocks.count + 1):
            for column in blocks.columns:
                aliases = tuple(alias.replace("{n}", str(number)) for alias in column.aliases)
                yield f"{column.field}[{number}]", Column(column.field, aliases)


@cache
def known_fields() -> Mapping[str, Mapping[str, str]]:
    """The fields that each known header means, by its key: field to the header as it is declared.

    The field that most sources give a header comes first. Names of fields count as headers too.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for source in SOURCES.values():
        for column in source.columns:
            for alias in column.aliases:
                found.setdefault(header_key(alias), {}).setdefault(column.field, []).append(alias)
    for field in FIELDS.values():
        if field.standardiser != "derived":
            found.setdefault(header_key(field.zh), {}).setdefault(field.name, []).append(field.zh)
    ordered = {
        key: {name: aliases[0] for name, aliases in sorted(fields.items(), key=lambda item: -len(item[1]))}
        for key, fields in found.items()
    }
    return MappingProxyType(ordered)


def fits(headers: Iterable[str]) -> list[Fit]:
    """How well headers fit each source, the best first: it knows most of them; a required field missing halves that.

    >>> fits(["setl_id", "psn_name", "certno", "setl_time", "psn_part_amt"])[0].source
    'medical_settlement'
    """
    keys = [keys_of(header) for header in headers]
    made = [_fit(source, keys) for source in SOURCES.values()]
    return sorted(made, key=lambda fit: (-fit.score / (2 if fit.missing else 1), len(fit.missing), fit.source))


def _fit(source: Source, keys: list[tuple[str, ...]]) -> Fit:
    taken = {header_key(alias): name for name, column in source_fields(source) for alias in column.aliases}
    forbidden = {header_key(header) for header in source.forbidden}
    given = {key for options in keys for key in options[:1] if key in taken} or set()
    given |= {next((key for key in options if key in taken), "") for options in keys} - {""}
    refused = {key for options in keys for key in options if key in forbidden}
    filled = {
        name for name, column in source_fields(source) if any(header_key(alias) in given for alias in column.aliases)
    }
    missing = tuple(name for name in source.required if name not in filled)
    score = sum(1 / _spread().get(key, 1) for key in given | refused)
    return Fit(source.code, len(given), len(refused), missing, round(score, 3))


@cache
def _spread() -> Mapping[str, int]:
    """How many sources know each header, as one to take or to refuse."""
    count: dict[str, int] = {}
    for source in SOURCES.values():
        known = {header_key(alias) for _, column in source_fields(source) for alias in column.aliases}
        for key in known | {header_key(header) for header in source.forbidden}:
            count[key] = count.get(key, 0) + 1
    return MappingProxyType(count)


def suggest(header: str, source: Source, taken: Iterable[str] = ()) -> Suggestion | None:
    """The field that an unlisted header most likely means, or None where no known header is close.

    A header that only resembles one is proposed for a field of this source; a field that only other sources take is
    proposed for a header that is theirs.

    Args:
        header: As the sender wrote it.
        source: The declaration that would take it.
        taken: Fields that other headers fill already: they are not proposed again.
    """
    given, own = frozenset(taken), {column.field: column for column in source.columns}
    best: tuple[float, bool, str, str] | None = None
    for key in keys_of(header):
        for known, fields in known_fields().items():
            likeness = _likeness(key, known)
            for name, alias in fields.items():
                option = (likeness, name in own, name, alias)
                close = likeness >= (_CLOSE if name in own else 1)
                if close and name not in given and (best is None or option[:2] > best[:2]):
                    best = option
    if best is None:
        return None
    likeness, _, name, alias = best
    column = own.get(name, Column(name, ()))
    return Suggestion(
        name, alias, round(likeness, 2), column_line(name, (*column.aliases, plain(header)), column.required)
    )


def never_taken(header: str) -> bool:
    """Whether a header is of a kind that is never taken, or is forbidden by some source and taken by none.

    >>> never_taken("主诊断"), never_taken("卡号"), never_taken("姓名")
    (True, True, False)
    """
    keys = keys_of(header)
    if any(key in known_fields() for key in keys):
        return False
    forbidden = {header_key(known) for source in SOURCES.values() for known in source.forbidden}
    return any(word in header_key(header) for word in _SENSITIVE) or not forbidden.isdisjoint(keys)


def _likeness(key: str, known: str) -> float:
    """How alike two headers are: equal, one within the other, or by their common characters."""
    if key == known:
        return 1.0
    key, known = _ending(key), _ending(known)
    shorter, longer = sorted((key, known), key=len)
    if len(shorter) < 2:
        return 0.0
    if key == known:
        return _SAME_BUT_ENDING
    ratio = SequenceMatcher(None, key, known, autojunk=False).ratio()
    return max(ratio, 0.6 + 0.3 * len(shorter) / len(longer)) if shorter in longer else ratio


def _ending(key: str) -> str:
    """A header whose ending is one of those that mean the same.

    >>> _ending("纳入日期") == _ending("纳入年月"), _ending("低保证编号") == _ending("低保证号")
    (True, True)
    """
    return re.sub("(编号|编码|号码|号)$", "号", re.sub("(日期|时间|年月)$", "日期", key))


def column_line(name: str, aliases: tuple[str, ...], required: bool = False) -> str:
    """The line of a declaration that takes a field under some headers.

    >>> column_line("phone", ("联系电话", "联系手机"))
    'Column("phone", ("联系电话", "联系手机")),'
    """
    quoted = ", ".join(f'"{alias}"' for alias in aliases) + ("," if len(aliases) == 1 else "")
    return f'Column("{name}", ({quoted}){", required=True" if required else ""}),'


def plain(header: str) -> str:
    """A header as it is written into a declaration: one line, without what comparing leaves out or Python would mind."""
    return " ".join(header.replace("\\", " ").replace('"', " ").replace("*", " ").split())

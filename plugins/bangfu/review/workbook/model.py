"""What goes into a workbook and what comes out of a returned one, as plain data."""

from __future__ import annotations

import datetime as dt
import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from schemas.review import REVIEW_LISTS, ReviewList

__all__ = ["Answer", "Batch", "CaseRow", "Preview", "Problem", "Standing", "Trouble", "Value", "Verdict", "VerdictRow"]

Value = str | int | Decimal | dt.date | tuple[str, ...]
"""What a visitor filled in, understood: text, a code, several codes, a day, a count, an amount or share."""


@dataclass(frozen=True)
class Batch:
    """What a workbook is of.

    Attributes:
        batch_id: Opaque id of the list as it was given out.
        flow: Code of `schemas.review.REVIEW_LISTS`.
        union: Code of the union it is for; rows of another union's workbook are refused.
        union_name: Its name.
        recipient: Account of who asked for it.
        recipient_name: Who that is.
        made_at: When, with a time zone.
    """

    batch_id: str
    flow: str
    union: str
    union_name: str
    recipient: str
    recipient_name: str
    made_at: dt.datetime

    @property
    def of(self) -> ReviewList:
        """The flow itself."""
        return REVIEW_LISTS[self.flow]


@dataclass(frozen=True)
class CaseRow:
    """One case of a workbook.

    Attributes:
        case_id: Opaque id.
        version: How far the case had come; an answer is based on it.
        values: Text of the locked columns, unmasked, by their codes: the workbook masks by the column list.
        answers: Text of what was filled in before, by the codes of the editable columns.
        members: The household members that were listed before, likewise.
    """

    case_id: str
    version: int
    values: Mapping[str, str] = field(repr=False)
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    members: tuple[Mapping[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Standing:
    """How a case stands when a workbook comes back.

    Attributes:
        version: How far it has come.
        answers: Keys of the answers that were applied to it.
    """

    version: int
    answers: frozenset[str] = frozenset()


class Verdict(enum.StrEnum):
    """What becomes of a row."""

    ACCEPTED = "accepted"  # 可导入
    UNCHANGED = "unchanged"  # 未填写
    REPLAY = "replay"  # 已导入过
    CONFLICT = "conflict"  # 线索已有新进展
    WITHDRAWN = "withdrawn"  # 线索已撤回或转办
    INCOMPLETE = "incomplete"  # 缺必填项
    NOT_UNDERSTOOD = "not_understood"  # 内容无法识别
    LOCKED_CHANGED = "locked_changed"  # 锁定内容被改动
    ID_EDITED = "id_edited"  # 线索编号被改动
    SEAL_WRONG = "seal_wrong"  # 封印不符
    FOREIGN = "foreign"  # 不属于本工作簿
    CONTRADICTORY = "contradictory"  # 同一线索填了两种结果
    REPEATED = "repeated"  # 同一线索重复的行
    ADDED = "added"  # 自行增加的行
    NOT_ALLOWED = "not_allowed"  # 流程不允许
    RECORDED = "recorded"  # 已导入


class Trouble(enum.StrEnum):
    """What is wrong with a cell."""

    MISSING = "missing"
    NOT_UNDERSTOOD = "not_understood"
    NOT_IN_LIST = "not_in_list"
    FUTURE_DAY = "future_day"
    LONG_AGO = "long_ago"
    OUT_OF_RANGE = "out_of_range"
    PERCENT_UNCLEAR = "percent_unclear"
    TOO_LONG = "too_long"
    TOO_FEW = "too_few"
    SAME_PERSON = "same_person"
    WHO_IS_UNCLEAR = "who_is_unclear"
    CHANGED = "changed"


@dataclass(frozen=True)
class Problem:
    """One cell that is wrong.

    Attributes:
        column: Code of its column.
        trouble: What is wrong.
        member_row: Row of the sheet of members, from 1; None for the row of the case itself.
    """

    column: str
    trouble: Trouble
    member_row: int | None = None


@dataclass(frozen=True)
class Answer:
    """What a visitor returned about a case.

    Attributes:
        case_id: The case.
        version: The version of the case that the visitor saw.
        outcome: Code of the flow's outcomes.
        values: Every filled column beside the outcome, by its code.
        members: The household, one mapping for each member.
        key: The same for the same answer to the same version of a case: applying it twice is applying it once.
    """

    case_id: str
    version: int
    outcome: str
    values: Mapping[str, Value] = field(repr=False)
    members: tuple[Mapping[str, Value], ...] = field(repr=False)
    key: str


@dataclass(frozen=True)
class VerdictRow:
    """What becomes of one row.

    Attributes:
        row: Row of the sheet, from 1.
        verdict: What becomes of it.
        case_id: The case; None where the row is of none.
        problems: Cells that are wrong.
        answer: What it says; of rows that are accepted, replayed or in conflict.
        of_members: Whether it is a row of the sheet of household members.
        why: What the flow says to it, in Chinese and English; None where the verdict says enough.
    """

    row: int
    verdict: Verdict
    case_id: str | None = None
    problems: tuple[Problem, ...] = ()
    answer: Answer | None = field(default=None, repr=False)
    of_members: bool = False
    why: tuple[str, str] | None = None


@dataclass(frozen=True)
class Preview:
    """What an upload would do; nothing is done yet.

    Attributes:
        batch: What the workbook is of, as sealed when it was made.
        rows: One verdict for each row that is not empty, in the order of the sheets.
    """

    batch: Batch
    rows: tuple[VerdictRow, ...]

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """Rows by verdict."""
        return Counter(row.verdict for row in self.rows)

    @property
    def accepted(self) -> tuple[Answer, ...]:
        """The answers that may be applied."""
        return tuple(row.answer for row in self.rows if row.answer and row.verdict is Verdict.ACCEPTED)

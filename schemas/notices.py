"""Notices to unions (通知): which there are, and what may stand in one: counts, days and an opaque id, never a person.

`COUNTS` is the allow-list: what a notice says beyond its addressee, its days and its link is one of these numbers.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.reference import divisions
from schemas.unions import federation

__all__ = ["COUNTS", "KINDS", "Channel", "Notice", "NoticeKind", "Words", "check_counts", "shown_counts", "union_name"]


@dataclass(frozen=True)
class Words:
    """The same in Chinese and English."""

    zh: str
    en: str


class NoticeKind(StrEnum):
    """What a notice is about."""

    LIST = "list"
    URGENT = "urgent"
    RETRACTION = "retraction"
    REMINDER = "reminder"
    ESCALATION = "escalation"


class Channel(StrEnum):
    """How a union is told (通知渠道)."""

    INBOX = "inbox"
    EMAIL = "email"
    WEBHOOK = "webhook"
    NONE = "none"


KINDS: Mapping[NoticeKind, Words] = {
    NoticeKind.LIST: Words("新的线索名单", "New list of clues"),
    NoticeKind.URGENT: Words("抢先线索，24小时内联系", "Urgent clues: contact within 24 hours"),
    NoticeKind.RETRACTION: Words("因来源数据撤回，部分线索已收回", "Clues withdrawn: their source data was retracted"),
    NoticeKind.REMINDER: Words("催办：通知尚未签收", "Reminder: a notice is not acknowledged yet"),
    NoticeKind.ESCALATION: Words("提请督促：下级工会尚未签收", "Escalation: unions below have not acknowledged"),
}
"""What each kind says, as the title of a message."""

COUNTS: Mapping[str, Words] = {
    "new": Words("新增线索", "new clues"),
    "continuing": Words("仍在名单", "still on the list"),
    "withdrawn": Words("移出名单", "no longer on the list"),
    "retracted": Words("因数据撤回而收回", "withdrawn because of retracted data"),
    "urgent": Words("抢先线索", "urgent clues"),
    "unions": Words("尚未签收的工会", "unions that have not acknowledged"),
}
"""Every number that a notice may hold, in the order in which they are told."""


@dataclass(frozen=True)
class Notice:
    """One notice to one union, as it was written; it never changes.

    Attributes:
        notice_id: Opaque.
        union_code: Division code of a federation (2, 4 or 6 digits), or the name of a union of the other tree.
        kind: What it is about.
        list_version: Published list it belongs to.
        counts: Numbers by key of `COUNTS`.
        acknowledge_by: Day by which it should be acknowledged (签收).
        due_on: Day by which the visits should be reported; None where none are asked for.
        created_at: When it was written.
        about: The notice that is called to mind.
        due_at: Moment by which urgent clues must be contacted; None where hours do not count.
    """

    notice_id: str
    union_code: str
    kind: NoticeKind
    list_version: int
    counts: Mapping[str, int]
    acknowledge_by: dt.date
    created_at: dt.datetime
    due_on: dt.date | None = None
    about: str | None = field(default=None)
    due_at: dt.datetime | None = None


def check_counts(counts: Mapping[str, object]) -> None:
    """Raise ValueError unless a notice may hold this: keys of `COUNTS` with whole numbers of 0 or more.

    The message names no value: what stands under a wrong key may be a person's.

    >>> check_counts({"new": 3})
    >>> check_counts({"name": "岩罕"})
    Traceback (most recent call last):
    ValueError: A notice holds counts alone: 1 of its entries is none.
    """
    wrong = [key for key, value in counts.items() if key not in COUNTS or type(value) is not int or value < 0]
    if wrong:
        raise ValueError(f"A notice holds counts alone: {len(wrong)} of its entries is none.")


def shown_counts(notice: Notice) -> list[tuple[Words, int]]:
    """What people read of the counts: those that are not 0, in the order of `COUNTS`."""
    return [(words, notice.counts[key]) for key, words in COUNTS.items() if notice.counts.get(key)]


def union_name(union_code: str) -> str:
    """The name of a union: of a federation by its code, of any other it is the code.

    >>> union_name("5301"), union_name("昆明市教育工会")
    ('昆明市总工会', '昆明市教育工会')
    """
    code = union_code.ljust(6, "0")
    return federation(code) if code in divisions() else union_code

"""What is filled in with the steps of review (填报项): the name, the form field and the hint of each detail, once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.code_list import Code, CodeList

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["APPELLANT", "DETAILS", "SAME_PERSON", "Detail", "Entry"]


class Entry(StrEnum):
    """How a detail is entered."""

    LINE = "line"  # 一行文字
    LINES = "lines"  # 多行文字
    DAY = "day"  # 日期
    TICK = "tick"  # 勾选
    CHOICE = "choice"  # 选一项
    COUNTY = "county"  # 选县
    ACCOUNT = "account"  # 选本县账号
    ACCOUNTS = "accounts"  # 选本县两个账号


@dataclass(frozen=True)
class Detail:
    """One detail.

    Attributes:
        code: As events keep it.
        zh, en: Label.
        entry: How it is entered.
        hint_zh, hint_en: What to write; empty where the label says it.
        codes: Its values; None where the step says them, or where it is free.
    """

    code: str
    zh: str
    en: str
    entry: Entry = Entry.LINE
    hint_zh: str = ""
    hint_en: str = ""
    codes: CodeList | None = None


SAME_PERSON = CodeList(
    "same_person",
    (Code("yes", "是同一人", "the same person"), Code("no", "不是同一人", "another person"), Code("unsure", "不能确定", "not sure")),
)  # fmt: skip

APPELLANT = CodeList(  # 申诉人类别
    "appellant",
    (Code("worker", "职工本人（或家属代为）", "the worker, or family for them"), Code("informant", "其他知情人", "somebody else who knows")),
)  # fmt: skip
DEPARTMENT = CodeList(  # 转介部门
    "department",
    (
        Code("civil_affairs", "民政", "civil affairs"),
        Code("medical_insurance", "医保", "medical insurance"),
        Code("disabled_persons", "残联", "the disabled persons' federation"),
        Code("education", "教育", "education"),
        Code("other", "其他部门", "another department"),
    ),
)
TIER = CodeList(  # 困难层级
    "tier",
    (
        Code("1", "第一层级（深度困难）", "tier 1 (deep)"),
        Code("2", "第二层级（支出型）", "tier 2 (expenditure)"),
        Code("3", "第三层级（一般困难）", "tier 3 (general)"),
    ),
)

_NUMBER = ("只填编号，不填姓名", "the number alone, no names")

DETAILS: Mapping[str, Detail] = MappingProxyType(
    {
        item.code: item
        for item in (
            Detail("agreed_on", "同意日期", "Agreed on", Entry.DAY),
            Detail("agreement", "比对结果", "Comparison", Entry.CHOICE),
            Detail("appeal", "申诉案件编号", "Number of the appeal"),
            Detail("appellant", "提出人", "Who appeals", Entry.CHOICE, "只选类别，不写姓名", "the kind alone, no names", APPELLANT),
            Detail("archive_no", "国家系统档案编号", "File number in the national system"),
            Detail("assignee", "经办人", "Who does it", Entry.ACCOUNT),
            Detail("authorisation", "核对授权书编号", "Number of the authorisation", Entry.LINE, *_NUMBER),
            Detail("check", "民政核对编号，或未核对的原因", "Number of the civil-affairs check, or why there is none"),
            Detail("cleared", "注销的档案编号", "Number of the file cleared"),
            Detail("decision", "答复", "Answer", Entry.CHOICE),
            Detail("deliberation", "评议结果", "Deliberation", Entry.CHOICE),
            Detail("department", "转介部门", "Department", Entry.CHOICE, codes=DEPARTMENT),
            Detail("finding", "认定", "Finding", Entry.CHOICE),
            Detail("form", "入户调查表编号", "Number of the visit form", Entry.LINE, *_NUMBER),
            Detail("ground", "申诉理由", "Ground of the appeal", Entry.LINES, "不要写姓名、身份证号、电话和病情", "no names, identity numbers, telephones or diseases"),
            Detail("household", "户内其他成员", "The rest of the household", Entry.CHOICE),
            Detail("informed", "已告知来源、用途和可以不申请，本人同意", "Told of source, purpose and that one need not apply; agrees", Entry.TICK),
            Detail("kept", "保留的档案编号", "Number of the file kept"),
            Detail("lodged_on", "申诉日期", "Appealed on", Entry.DAY, "时限从这一天起算", "time counts from that day"),
            Detail("minutes", "评议记录编号", "Number of the minutes", Entry.LINE, *_NUMBER),
            Detail("note", "说明", "Note", Entry.LINES, "不要写身份证号、电话和病情", "no identity numbers, telephones or diseases"),
            Detail("notice", "公示地点或编号", "Place or number of the notice"),
            Detail("notice_consent", "公示同意书编号", "Number of the consent to the notice", Entry.LINE, *_NUMBER),
            Detail("on", "日期", "Day", Entry.DAY),
            Detail("outcome", "核查结论", "Outcome", Entry.CHOICE),
            Detail("reason", "理由", "Reason", Entry.LINES, "不要写身份证号、电话和病情", "no identity numbers, telephones or diseases"),
            Detail("referral_consent", "本人同意转介", "Agrees to be referred", Entry.TICK),
            Detail("reply", "部门答复", "Reply of the department", Entry.CHOICE),
            Detail("resolution", "研究决定文号或会议记录编号", "Number of the resolution"),
            Detail("ruling", "裁定", "Ruling", Entry.CHOICE),
            Detail("same_person", "来源记录与会员是同一人吗", "Do the records mean this member?", Entry.CHOICE, codes=SAME_PERSON),
            Detail("tier", "复核后的层级", "Tier found", Entry.CHOICE, codes=TIER),
            Detail("to_county", "转往", "To which county", Entry.COUNTY),
            Detail("until", "暂缓到", "Until", Entry.DAY, "不超过半年", "half a year at most"),
            Detail("visited_on", "入户日期", "Visited on", Entry.DAY),
            Detail("visitors", "调查人（两人以上）", "Visitors (two or more)", Entry.ACCOUNTS),
        )
    }
)  # fmt: skip
"""All details by code."""

"""Outcomes of a visit (核查结论), and what each means for the next list.

The code is what a workbook or the portal records; the label is shown. An outcome closes a clue for as long as the
evidence stays what it was, for a period, or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OUTCOMES", "Closing", "Outcome"]


class Closing(StrEnum):
    """How long an outcome keeps a clue from the next lists."""

    EVIDENCE = "evidence"  # 证据不变则不再派发
    PERIOD = "period"  # 一定期限内不再派发
    OPEN = "open"  # 继续派发


@dataclass(frozen=True)
class Outcome:
    """One outcome.

    Attributes:
        code: As recorded.
        zh, en: Label.
        closing: How long it keeps the clue from the next lists.
    """

    code: str
    zh: str
    en: str
    closing: Closing


OUTCOMES: Mapping[str, Outcome] = MappingProxyType(
    {
        code: Outcome(code, zh, en, closing)
        for closing, listed in {
            Closing.EVIDENCE: (
                ("01", "属实-深度困难建档", "confirmed: file, deep hardship"),
                ("02", "属实-省级建档", "confirmed: file, provincial"),
                ("03", "属实-支出型（第二层级）", "confirmed: expenditure-type (tier 2)"),
                ("04", "属实-一般困难（第三层级）", "confirmed: general hardship (tier 3)"),
                ("05", "已建档（本级）", "registered already, here"),
                ("06", "已建档（其他工会或层级）", "registered already, by another union or level"),
                ("07", "已享受其他救助且不需建档", "has other relief, no file needed"),
                ("10", "不符合-收入超标", "not eligible: income"),
                ("11", "不符合-支出不足或已报销补偿", "not eligible: expenditure, or paid back"),
                ("12", "不符合-财产或排除情形", "not eligible: property or an exclusion"),
                ("13", "不符合-非职工或非会员", "not eligible: no worker or member"),
                ("20", "匹配错误-非同一人", "wrong match: another person"),
                ("21", "匹配错误-家庭关系错误", "wrong match: another household"),
                ("22", "数据错误-费用或事件不实", "wrong data: expense or event"),
                ("30", "查无此人", "no such person"),
                ("33", "已离职或会籍转出", "left, or membership transferred"),
                ("34", "退休移交社区", "retired, handed to the community"),
                ("50", "死亡（户内其他成员继续）", "dead (others of the household go on)"),
                ("60", "转介民政、医保、残联或教育", "referred to another department"),
            ),
            Closing.PERIOD: (
                ("40", "本人拒绝或不愿申请", "refuses, does not wish to apply"),
                ("41", "拒绝授权核对", "refuses to authorise the check"),
            ),
            Closing.OPEN: (
                ("31", "联系不上（3次以上）", "cannot be reached (three times or more)"),
                ("32", "外出务工或迁出（转办）", "moved away (passed on)"),
                ("90", "暂缓（住院或灾中）", "put off (in hospital, or disaster going on)"),
                ("99", "其他", "other"),
            ),
        }.items()
        for code, zh, en in listed
    }
)
"""All outcomes by code."""

"""Outcomes of visits (核查结论): the closed code list, what each says about the rules that made the clue, and how long it
keeps the clue from the next lists.

Codes and labels are those of the review workflow. Who refused to apply or to be checked (40, 41) says nothing about
hardship and is never learnt from.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OUTCOMES", "VISIT", "Closing", "Outcome", "Says"]


class Says(StrEnum):
    """What an outcome says about the rules."""

    CONFIRMED = "confirmed"  # 属实
    REFUTED = "refuted"  # 不属实
    NOTHING = "nothing"  # 不能说明规则对错


class Closing(StrEnum):
    """How long an outcome keeps a clue from the next lists."""

    EVIDENCE = "evidence"  # 证据不变则不再派发
    PERIOD = "period"  # 一定期限内不再派发
    OPEN = "open"  # 继续派发


@dataclass(frozen=True)
class Outcome:
    """One outcome.

    Attributes:
        code: Import key.
        zh, en: Label.
        says: What it says about the rules.
        closing: How long it keeps the clue from the next lists.
    """

    code: str
    zh: str
    en: str
    says: Says
    closing: Closing


_C, _R, _N = Says.CONFIRMED, Says.REFUTED, Says.NOTHING
_EVIDENCE, _PERIOD, _OPEN = Closing.EVIDENCE, Closing.PERIOD, Closing.OPEN

OUTCOMES: Mapping[str, Outcome] = MappingProxyType(
    {
        item.code: item
        for item in (
            Outcome("01", "属实-深度困难建档", "confirmed: deep hardship, archived", _C, _EVIDENCE),
            Outcome("02", "属实-省级建档", "confirmed: provincial archive", _C, _EVIDENCE),
            Outcome("03", "属实-支出型（第二层级）", "confirmed: expenditure-type (tier 2)", _C, _EVIDENCE),
            Outcome("04", "属实-一般困难（第三层级）", "confirmed: general hardship (tier 3)", _C, _EVIDENCE),
            Outcome("05", "已建档（本级）", "archived already, by this union", _N, _EVIDENCE),
            Outcome("06", "已建档（其他工会/层级）", "archived already, by another union or level", _N, _EVIDENCE),
            Outcome("07", "已享受其他救助且不需建档", "has other relief and needs no archive", _N, _EVIDENCE),
            Outcome("10", "不符合-收入超标", "not met: income", _R, _EVIDENCE),
            Outcome("11", "不符合-支出不足/已报销补偿", "not met: expenditure, or reimbursed", _R, _EVIDENCE),
            Outcome("12", "不符合-财产或排除情形", "not met: property or exclusion", _R, _EVIDENCE),
            Outcome("13", "不符合-非职工/非会员", "not met: no worker or member", _R, _EVIDENCE),
            Outcome("20", "匹配错误-非同一人", "wrong match: another person", _N, _EVIDENCE),
            Outcome("21", "匹配错误-家庭关系错误", "wrong match: another household", _N, _EVIDENCE),
            Outcome("22", "数据错误-费用/事件不实", "wrong data: cost or event", _N, _EVIDENCE),
            Outcome("30", "查无此人", "nobody of this name", _N, _EVIDENCE),
            Outcome("31", "联系不上（≥3次）", "not reached in three attempts", _N, _OPEN),
            Outcome("32", "外出务工/迁出", "working elsewhere or moved", _N, _OPEN),
            Outcome("33", "已离职/会籍转出", "left the employer or the union", _N, _EVIDENCE),
            Outcome("34", "退休移交社区", "retired, with the community", _N, _EVIDENCE),
            Outcome("40", "本人拒绝/不愿申请", "does not wish to apply", _N, _PERIOD),
            Outcome("41", "拒绝授权核对", "refuses the check", _N, _PERIOD),
            Outcome("50", "死亡（户内其他成员继续）", "dead; the household goes on", _N, _EVIDENCE),
            Outcome("60", "转介民政/医保/残联/教育", "referred to another department", _N, _EVIDENCE),
            Outcome("90", "暂缓（住院/灾中）", "put off", _N, _OPEN),
            Outcome("99", "其他", "other", _N, _OPEN),
        )
    }
)

VISIT: Mapping[str, str] = MappingProxyType(
    {
        "clue_id": "The visited clue; a clue has one row for each reason it was visited for.",
        "code": "The screen that made the reason.",
        "band": "Its band.",
        "match_probability": "The weakest link the reason rested on, as it was when the clue was listed.",
        "outcome": "Code of `OUTCOMES`; the same in all rows of a clue.",
    }
)
"""Columns of the table of visits that screening learns from."""

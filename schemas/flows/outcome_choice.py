"""Where each outcome leads a clue (核查结果的去向), and what it needs beside what the step needs."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.code_list import Code, CodeList
from schemas.flow import Choice, Need, NeedKind
from schemas.outcomes import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "CONFIRMED",
    "CONTACTED",
    "FOUND_BY_VISIT",
    "NOT_MET",
    "OTHER_NOTE",
    "OUTCOME_LABELS",
    "THREE_ATTEMPTS",
    "outcomes",
]

OUTCOME_LABELS = CodeList("outcome", tuple(Code(item.code, item.zh, item.en) for item in OUTCOMES.values()))

CONFIRMED = ("01", "02", "03", "04")
NOT_MET = ("10", "11", "12")
FOUND_BY_VISIT = frozenset({*CONFIRMED, *NOT_MET})
"""Outcomes that only a visit can tell; never before the person agreed to it."""

_GO_ON: Mapping[str, str] = MappingProxyType({"32": "transferring", "50": "household_goes_on", "90": "put_off"})
"""Outcomes that do not simply close: moved to another county, dead but the household remains, put off."""

_CHECKED = Need(
    NeedKind.GIVEN,
    "check",
    "请填写民政核对报告编号；未核对的写明原因。",
    "State the number of the civil-affairs check, or why there is none.",
)
CONTACTED = Need(
    NeedKind.DAYS_TAKEN,
    "contact",
    "本人意愿须当面或电话征询，请先登记首次联系。",
    "Wishes are the person's own: record the first contact first.",
)
THREE_ATTEMPTS = Need(
    NeedKind.DAYS_TAKEN,
    "attempt",
    "联系不上须在三个不同日期各联系一次并登记。",
    "Not reached: record an attempt on each of three days first.",
    3,
)
OTHER_NOTE = Need(NeedKind.GIVEN, "note", "选“其他”须写明情况。", "Other: state what it is.")
_NEEDS: Mapping[str, tuple[Need, ...]] = MappingProxyType(
    {
        **dict.fromkeys(CONFIRMED, (_CHECKED,)),
        "22": (Need(NeedKind.GIVEN, "note", "请写明哪项数据不实，以便退来源部门校核。", "State which fact is wrong, so that its source can check it."),),
        "31": (THREE_ATTEMPTS,),
        "32": (Need(NeedKind.COUNTY, "to_county", "请选择转往的县（市、区）。", "Choose the county it goes to."),),
        "40": (CONTACTED,),
        "41": (CONTACTED,),
        "50": (Need(NeedKind.GIVEN, "note", "请写明户内由谁继续。", "State who of the household goes on."),),
        "60": (
            Need(NeedKind.GIVEN, "referral_consent", "转介须本人同意，请登记。", "A referral needs the person's consent: record it."),
            Need(NeedKind.GIVEN, "note", "请写明转介到哪个部门。", "State the department."),
        ),
        "90": (
            Need(NeedKind.FUTURE_DAY, "until", "请写明暂缓到哪一天，不超过半年。", "State until when, half a year at most."),
        ),
        "99": (OTHER_NOTE,),
    }
)  # fmt: skip


def outcomes(codes: Iterable[str], confirmed: str = "") -> Choice:
    """A step's choice of an outcome.

    Args:
        codes: Outcomes it may give.
        confirmed: Next state of those that confirm hardship.
    """
    to = {code: confirmed if code in CONFIRMED else _GO_ON.get(code, "closed") for code in codes}
    needs = {code: more for code, more in _NEEDS.items() if code in to}
    return Choice("outcome", MappingProxyType(to), OUTCOME_LABELS, MappingProxyType(needs))

"""What officers see and fill in of a case (核查栏目): one column list for the portal AND the workbook.

A flow is one kind of list that goes through the inbox. It says which columns its cases have, which outcomes there are,
and what must be filled in with each outcome.
"""

from __future__ import annotations

from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.flows.second_review import NOT_HELD
from schemas.personal_codes import RELATION, SEX, YES_NO
from schemas.register_codes import DISABILITY_LEVEL
from schemas.review_codes import (
    AUDIT_OUTCOME,
    CANDIDATE_OUTCOME,
    CAUSE,
    DUPLICATE_OUTCOME,
    EXIT_OUTCOME,
    HEALTH,
    MEMBER_STATUS,
    NEED,
    RETURN_OUTCOME,
    VISIT_MODE,
)
from schemas.review_column import Kind, ReviewColumn, ReviewList
from schemas.vocabulary import Sensitivity

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ATTEMPTS_NEEDED",
    "CASE_ID",
    "CHECK_CODE",
    "MEMBER_COLUMNS",
    "MINOR_AGE",
    "NOT_REACHED",
    "REVIEW_LISTS",
    "SCHEMA_VERSION",
    "Kind",
    "ReviewList",
]
__all__ += ["REVIEW_COLUMNS", "ReviewColumn"]

SCHEMA_VERSION = 1
"""Of the columns; a workbook says under which it was made."""
CASE_ID = "clue_id"
CHECK_CODE = "check_code"
ATTEMPTS_NEEDED = 3
"""Before somebody counts as not reached."""
NOT_REACHED = "31"
MINOR_AGE = 14
"""Of a member below this age nothing but relation, age and school stage is kept (个人信息保护法 art. 28, 31)."""


_I, _C, _F, _H = Sensitivity.IDENTITY, Sensitivity.CONTACT, Sensitivity.FINANCIAL, Sensitivity.HEALTH
_COUNT, _AMOUNT, _SHARE, _CODE, _CODES = Kind.COUNT, Kind.AMOUNT, Kind.SHARE, Kind.CODE, Kind.CODES

_WHO = (
    ReviewColumn("name", "姓名", "Name", "职工姓名", "Name of the member", 12, sensitivity=_I, mask="name"),
    ReviewColumn("sex", "性别", "Sex", "男、女", "Sex", 6, kind=_CODE, codes=SEX),
    ReviewColumn("birth_year", "出生年份", "Born", "四位年份", "Year of birth", 9),
    ReviewColumn(
        "id_number",
        "证件号码（脱敏）",
        "Identity number",
        "已脱敏；入户时看证件核对",
        "Masked; compare it with the card at the visit",
        21,
        sensitivity=_I,
        mask="id_number",
        open_in_workbook=False,
    ),
    ReviewColumn("phone", "手机号码", "Phone", "登记的号码", "As registered", 14, sensitivity=_C, mask="phone"),
    ReviewColumn("employer", "工作单位", "Employer", "登记的单位", "As registered", 22),
    ReviewColumn("address", "住址", "Address", "登记的住址", "As registered", 30, sensitivity=_C, mask="address"),
    ReviewColumn("union", "基层工会", "Union", "所属基层工会", "The member's union", 20),
    ReviewColumn("county", "县（市、区）", "County", "派发的县级工会", "County whose union visits", 13),
)
_WHY = (
    ReviewColumn("reasons", "线索依据", "Evidence", "费用只写区间，不写病种", "Bands only, never a diagnosis", 44),
    ReviewColumn("assignee", "责任人", "Assigned to", "负责核查的人", "Who visits", 10),
    ReviewColumn("due", "办理期限", "Due", "应完成核查的日期", "Day by which the visit is due", 12),
)
_FILES = ReviewColumn("files", "档案编号", "Files", "困难职工档案编号", "Numbers of the archive files", 20)
_SEALED = (
    ReviewColumn(CASE_ID, "线索编号", "Clue", "系统编号，不要改动", "Id of the case; leave it as it is", 30),
    ReviewColumn(CHECK_CODE, "校验码", "Check", "系统核对用，不要改动", "Leave it as it is", 11),
)


def _filled(
    code: str, zh: str, en: str, meaning_zh: str, meaning_en: str, width: int = 12, **more: object
) -> ReviewColumn:
    return ReviewColumn(code, zh, en, meaning_zh, meaning_en, width, editable=True, **more)  # type: ignore[arg-type]


_OUTCOME = _filled("outcome", "核查结论", "Outcome", "从下拉表中选一项", "Choose one of the list", 26, kind=_CODE)
_VISIT = (
    _filled("visit_date", "核查日期", "Visited on", "如 2026-05-03", "Such as 2026-05-03", 13, kind=Kind.DATE),
    _filled("visit_mode", "核查方式", "How", "入户、视频、单位、电话", "Choose", 10, kind=_CODE, codes=VISIT_MODE),
    _filled(
        "visitor_1",
        "核查人1",
        "Visitor 1",
        "姓名；入户的须有系统账号",
        "Name; of a visit, somebody with an account",
        10,
    ),
    _filled(
        "visitor_2",
        "核查人2",
        "Visitor 2",
        "入户核查须2人以上，均有系统账号",
        "A visit takes two persons with accounts",
        10,
    ),
)
_ID_LAST = _filled(
    "id_last",
    "证件后4位",
    "Last four",
    "看本人证件后填写，用于核对是否同一人",
    "Read from the card, to tell whether it is the same person",
    10,
    sensitivity=_I,
)
_HOUSEHOLD_SIZE = _filled(
    "household_size",
    "共同生活人数",
    "Household size",
    "含职工本人",
    "The member included",
    11,
    kind=_COUNT,
    least=1,
    most=30,
)
_MEANS = (
    _filled(
        "means_after",
        "扣除刚性支出后月人均收入（元）",
        "Income per head after costs (yuan)",
        "按入户调查表背面公式计算，可为负数",
        "By the formula on the back of the form; may be negative",
        19,
        kind=_AMOUNT,
        sensitivity=_F,
        least=-1_000_000,
        most=1_000_000,
    ),
    _filled(
        "expenditure_share",
        "刚性支出占收入比（%）",
        "Costs to income (%)",
        "按入户调查表背面公式计算，可大于100",
        "By the formula on the back of the form; may exceed 100",
        16,
        kind=_SHARE,
        sensitivity=_F,
        most=100_000,
    ),
)
_CAUSE = _filled(
    "main_cause", "主要致困原因", "Main cause", "属实的选一项", "If confirmed", 14, kind=_CODE, codes=CAUSE
)
_HELP = (
    _filled(
        "other_cause",
        "次要致困原因",
        "Further causes",
        "可填几项，用“、”隔开",
        "Several, by 、",
        16,
        kind=_CODES,
        codes=CAUSE,
    ),
    _filled("needs", "帮扶需求", "Needs", "可填几项，用“、”隔开", "Several, by 、", 14, kind=_CODES, codes=NEED),
    _filled("willing", "愿意申请", "Willing", "是、否", "Yes or no", 10, kind=_CODE, codes=YES_NO),
    _filled("authorised", "已签授权书", "Authorised", "是、否", "Yes or no", 13, kind=_CODE, codes=YES_NO),
    _filled("publicity", "同意公示", "Publicity", "是、否", "Yes or no", 11, kind=_CODE, codes=YES_NO),
)
_AGREES = _filled(
    "agrees",
    "已告知并同意入户",
    "Told, and agrees to the visit",
    "入户的必填“是”：已说明来意和可以不同意",
    "Yes for any visit: told what for, and that one may say no",
    17,
    kind=_CODE,
    codes=YES_NO,
)
_KEPT = _filled("kept_file", "保留的档案编号", "File kept", "重复属实的必填", "If a duplicate", 20)
_ATTEMPTS = _filled(
    "attempts",
    "联系次数",
    "Attempts",
    "联系不上的填，至少3次",
    "If not reached, three at least",
    10,
    kind=_COUNT,
    least=1,
    most=99,
)
_NOTE = _filled(
    "note",
    "说明",
    "Note",
    "选“其他”和核对重复档案的必填；不写病种",
    "Needed with “other” and of duplicates; no diagnosis",
    34,
)

MEMBER_COLUMNS = (
    _filled(
        CASE_ID,
        "线索编号",
        "Clue",
        "从名单复制；姓名不重复的也可填职工姓名",
        "Copy it from the list; or the member's name, if nobody else has it",
        27,
    ),
    _filled(
        "member_name", "成员姓名", "Member", "14岁以下不填", "Not of children below 14", 12, sensitivity=_I, mask="name"
    ),
    _filled("relation", "与职工关系", "Relation", "下拉选择", "Choose", 12, kind=_CODE, codes=RELATION),
    _filled("age", "年龄", "Age", "周岁", "In years", 7, kind=_COUNT, most=120),
    _filled("status", "身份", "Status", "学生选学段", "Of pupils the school", 12, kind=_CODE, codes=MEMBER_STATUS),
    _filled("place", "单位或学校", "Employer or school", "14岁以下不填", "Not of children below 14", 22),
    _filled(
        "income",
        "月收入（元）",
        "Income (yuan)",
        "没有收入填0",
        "0 without income",
        14,
        kind=_AMOUNT,
        sensitivity=_F,
        most=1_000_000,
    ),
    _filled("health", "健康状况", "Health", "不写病种", "No diagnosis", 10, kind=_CODE, codes=HEALTH, sensitivity=_H),
    _filled(
        "disability",
        "残疾等级",
        "Disability",
        "持证的选等级",
        "Level of the certificate",
        10,
        kind=_CODE,
        codes=DISABILITY_LEVEL,
        sensitivity=_H,
    ),
    _filled("insured", "参加医保", "Insured", "是、否", "Yes or no", 9, kind=_CODE, codes=YES_NO),
)
"""Columns of the list of household members."""

_MET = ("visit_mode", "visitor_2")
_CONFIRMED = (*_MET, "household_size", "means_after", "main_cause", "willing")
_ALWAYS = ("outcome", "visit_date", "visitor_1")
_OTHERWISE = {"99": ("note",), "31": ("attempts",)}
_SEEN = (*_MET, "agrees")
_SEEN_CONFIRMED = (*_SEEN, "household_size", "means_after", "main_cause")
_CANDIDATE_NEEDS = {
    **dict.fromkeys(("01", "02", "03", "04"), _CONFIRMED),
    **dict.fromkeys(("10", "11", "12", "13"), _MET),
    **_OTHERWISE,
}

REVIEW_LISTS: Mapping[str, ReviewList] = MappingProxyType(
    {
        flow.code: flow
        for flow in (
            ReviewList(
                "candidates",
                "支出型困难线索",
                "clues of hardship",
                CANDIDATE_OUTCOME,
                (*_WHO, *_WHY, *_SEALED, _OUTCOME, *_VISIT, _ID_LAST, _HOUSEHOLD_SIZE, *_MEANS, _CAUSE, *_HELP, _ATTEMPTS, _NOTE),
                _ALWAYS,
                _CANDIDATE_NEEDS,
                visits_household=True,
            ),
            ReviewList(
                "exit_suggestions",
                "退出建议",
                "exit suggestions",
                EXIT_OUTCOME,
                (*_WHO, _FILES, *_WHY, *_SEALED, _OUTCOME, *_VISIT, _ID_LAST, _HOUSEHOLD_SIZE, *_MEANS, _ATTEMPTS, _NOTE),
                _ALWAYS,
                {**dict.fromkeys(("01", "02", "03"), (*_MET, "household_size", "means_after")), **_OTHERWISE},
                visits_household=True,
            ),
            ReviewList(
                "returns",
                "返困监测",
                "return to hardship",
                RETURN_OUTCOME,
                (*_WHO, _FILES, *_WHY, *_SEALED, _OUTCOME, *_VISIT, _ID_LAST, _HOUSEHOLD_SIZE, *_MEANS, _CAUSE, *_HELP, _ATTEMPTS, _NOTE),
                _ALWAYS,
                {"01": _CONFIRMED, "02": _MET, **_OTHERWISE},
                visits_household=True,
            ),
            ReviewList(
                "duplicates",
                "重复建档",
                "duplicate files",
                DUPLICATE_OUTCOME,
                (*_WHO, _FILES, *_WHY, *_SEALED, _OUTCOME, *_VISIT[:1], *_VISIT[2:], _KEPT, _NOTE),
                _ALWAYS,
                {"01": ("kept_file", "note"), "02": ("note",), "99": ("note",)},
            ),
            ReviewList(
                "audit_sample",
                "抽样核查",
                "audit visits",
                AUDIT_OUTCOME,
                (*_WHO, *_WHY[1:], *_SEALED, _OUTCOME, *_VISIT, _ID_LAST, _AGREES, _HOUSEHOLD_SIZE, *_MEANS, _CAUSE, _ATTEMPTS, _NOTE),
                _ALWAYS,
                {
                    **dict.fromkeys(("01", "02", "03", "04"), _SEEN_CONFIRMED),
                    **dict.fromkeys(("07", "10", "11", "12"), _SEEN),
                    **_OTHERWISE,
                },
                visits_household=True,
            ),
            ReviewList(
                "second_reviews",
                "盲审复核",
                "second reviews",
                CANDIDATE_OUTCOME,
                (*_WHO, *_WHY, *_SEALED, _OUTCOME, *_VISIT, _ID_LAST, _AGREES, _HOUSEHOLD_SIZE, *_MEANS, _CAUSE, _ATTEMPTS, _NOTE),
                _ALWAYS,
                {
                    **{item.code: _SEEN for item in CANDIDATE_OUTCOME.codes if item.code not in NOT_HELD},
                    **dict.fromkeys(("01", "02", "03", "04"), _SEEN_CONFIRMED),
                    "31": ("attempts",),
                    "99": (*_SEEN, "note"),
                },
                visits_household=True,
                named_alone=True,
            ),
        )
    }
)  # fmt: skip
"""Every kind of list by its code."""

REVIEW_COLUMNS: Mapping[str, ReviewColumn] = MappingProxyType(
    {column.code: column for column in chain.from_iterable(flow.columns for flow in REVIEW_LISTS.values())}
)
"""Every column of a case by its code."""

"""Code lists of the visit (入户核查代码): how it was made, causes, needs, and the outcomes of each kind of list."""

from __future__ import annotations

from schemas.code_list import Code, CodeList
from schemas.flows.audit import FOUND_IN_HARDSHIP, NO_HARDSHIP, NOT_TOLD
from schemas.outcomes import OUTCOMES

__all__ = [
    "AUDIT_OUTCOME",
    "CANDIDATE_OUTCOME",
    "CAUSE",
    "DUPLICATE_OUTCOME",
    "EXIT_OUTCOME",
    "HEALTH",
    "HOUSING",
    "MEMBER_STATUS",
    "NEED",
    "RETURN_OUTCOME",
    "VISIT_MODE",
]

VISIT_MODE = CodeList(  # 核查方式
    "visit_mode",
    (
        Code("1", "入户", "at home", ("上门", "入户走访", "家访")),
        Code("2", "视频", "by video", ("视频核查", "微信视频")),
        Code("3", "单位", "at the workplace", ("单位走访", "到单位", "工作单位")),
        Code("4", "电话", "by telephone", ("电话核查", "电话联系")),
    ),
)

CAUSE = CodeList(  # 致困原因
    "cause",
    (
        Code("1", "本人疾病", "own illness", ("本人患病", "因病")),
        Code("2", "家属疾病", "illness in the family", ("家属患病", "家人疾病")),
        Code("3", "子女上学", "schooling", ("因学", "子女就学")),
        Code("4", "意外灾害", "accident or disaster", ("因灾", "意外", "灾害")),
        Code("5", "残疾", "disability", ("因残", "残疾康复护理")),
        Code("6", "失业或停发工资", "unemployed or unpaid", ("失业", "本人失业", "下岗")),
        Code("7", "供养负担重", "many dependants", ("供养直系亲属负担", "单亲", "赡养")),
        Code("8", "收入低", "low income", ("低收入",)),
        Code("9", "其他", "other", ()),
    ),
)

NEED = CodeList(  # 帮扶需求
    "need",
    (
        Code("1", "生活", "living", ("生活救助", "生活帮扶")),
        Code("2", "医疗", "medical", ("医疗救助",)),
        Code("3", "助学", "schooling", ("子女助学",)),
        Code("4", "就业", "employment", ("就业帮扶", "再就业")),
        Code("5", "法律", "legal", ("法律援助",)),
        Code("6", "心理", "counselling", ("心理疏导",)),
        Code("7", "住房", "housing", ()),
        Code("9", "其他", "other", ()),
    ),
)

HOUSING = CodeList(  # 住房类型
    "housing",
    (
        Code("1", "自有", "owned", ("自有房", "自建")),
        Code("2", "租住", "rented", ("租", "租房")),
        Code("3", "公房", "public housing", ("公租房", "廉租房", "单位房")),
        Code("4", "借住", "lent", ("借", "寄住")),
    ),
)

MEMBER_STATUS = CodeList(  # 身份
    "member_status",
    (
        Code("1", "在职", "employed", ("在岗", "上班", "就业")),
        Code("2", "失业", "unemployed", ("待业", "下岗", "无业")),
        Code("3", "务农", "farming", ("农民",)),
        Code("4", "灵活就业", "casual work", ("打零工", "个体", "务工")),
        Code("5", "退休", "retired", ("离退休",)),
        Code("6", "学龄前", "below school age", ("幼儿", "未入学")),
        Code("7", "小学", "primary school", ()),
        Code("8", "中学", "secondary school", ("初中", "高中", "中专")),
        Code("9", "高校", "higher education", ("大学", "大专", "本科", "研究生")),
        Code("10", "无劳动能力", "unable to work", ("丧失劳动能力",)),
    ),
)

HEALTH = CodeList(  # 健康状况; never a diagnosis
    "health",
    (
        Code("1", "健康", "healthy", ("良好", "一般")),
        Code("2", "患病", "ill", ("有病", "慢性病", "体弱")),
        Code("3", "重病", "gravely ill", ("大病", "重大疾病")),
    ),
)

CANDIDATE_OUTCOME = CodeList(
    "candidate_outcome", tuple(Code(item.code, item.zh, item.en) for item in OUTCOMES.values())
)
"""`schemas.outcomes` as a code list."""

AUDIT_OUTCOME = CodeList(
    "audit_outcome",
    tuple(code for code in CANDIDATE_OUTCOME.codes if code.code in {*FOUND_IN_HARDSHIP, *NO_HARDSHIP, *NOT_TOLD}),
)
"""Those of a clue that an audit visit can have (抽样核查结论)."""

_PUT_OFF = Code("90", "暂缓", "put off")
_OTHER = Code("99", "其他", "other")
_NOT_REACHED = Code("31", "联系不上（≥3次）", "not reached in three attempts")

EXIT_OUTCOME = CodeList(  # 退出核查结论
    "exit_outcome",
    (
        Code("01", "同意退出-脱困", "leaves: out of hardship", ("脱困",)),
        Code("02", "同意退出-解困", "leaves: secured by aid", ("解困",)),
        Code("03", "撤回-仍有困难", "stays: still in hardship", ("不退出", "仍有困难")),
        _NOT_REACHED,
        _PUT_OFF,
        _OTHER,
    ),
)

RETURN_OUTCOME = CodeList(  # 返困核查结论
    "return_outcome",
    (
        Code("01", "返困属实-重新建档", "returned to hardship: file reopened", ("返困", "返困属实")),
        Code("02", "未返困", "has not returned to hardship", ("不属实",)),
        Code("20", "匹配错误-非同一人", "wrong match: another person"),
        _NOT_REACHED,
        _PUT_OFF,
        _OTHER,
    ),
)

DUPLICATE_OUTCOME = CodeList(  # 重复建档核查结论
    "duplicate_outcome",
    (
        Code("01", "重复属实-保留一份", "duplicate: one file is kept", ("重复", "重复属实")),
        Code("02", "不重复-不是同一户", "no duplicate: different households", ("不重复",)),
        _PUT_OFF,
        _OTHER,
    ),
)

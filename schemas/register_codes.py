"""Code lists of the registers of disability, schooling, work accidents and contributions (残联、教育、工伤、社保代码)."""

from __future__ import annotations

from schemas.code_list import Code, CodeList

DISABILITY_TYPE = CodeList(  # 残疾类别, the 19th character of a disability certificate's number
    "disability_type",
    (
        Code("1", "视力残疾", "sight", ("视力", "视残", "盲")),
        Code("2", "听力残疾", "hearing", ("听力", "听残", "聋")),
        Code("3", "言语残疾", "speech", ("言语", "言残", "语言", "语言残疾", "哑")),
        Code("4", "肢体残疾", "limbs", ("肢体", "肢残")),
        Code("5", "智力残疾", "intellect", ("智力", "智残")),
        Code("6", "精神残疾", "mind", ("精神", "精残")),
        Code("7", "多重残疾", "multiple", ("多重", "综合", "综合残疾")),
    ),
)

DISABILITY_LEVEL = CodeList(  # 残疾等级, its 20th character; one is the gravest
    "disability_level",
    (
        Code("1", "一级", "level one", ("一", "1级", "I级", "I", "壹级", "残疾一级")),
        Code("2", "二级", "level two", ("二", "2级", "II级", "II", "贰级", "残疾二级")),
        Code("3", "三级", "level three", ("三", "3级", "III级", "III", "叁级", "残疾三级")),
        Code("4", "四级", "level four", ("四", "4级", "IV级", "IV", "肆级", "残疾四级")),
    ),
)

CERTIFICATE_STATUS = CodeList(  # 残疾人证状态
    "certificate_status",
    (
        Code("valid", "有效", "valid", ("正常", "在用", "持证")),
        Code("expired", "过期", "expired", ("到期", "已过期", "已到期")),
        Code("frozen", "冻结", "frozen", ("已冻结", "挂失")),
        Code("cancelled", "注销", "cancelled", ("已注销", "作废")),
    ),
)

SCHOOL_STAGE = CodeList(  # 学段、学历层次
    "school_stage",
    (
        Code("preschool", "学前教育", "preschool", ("学前", "幼儿园", "幼儿")),
        Code("primary", "小学", "primary school", ()),
        Code("junior", "初中", "junior secondary school", ("初级中学",)),
        Code("senior", "普通高中", "senior secondary school", ("高中", "高级中学")),
        Code(
            "vocational", "中等职业教育", "vocational school", ("中职", "中专", "技校", "职高", "职业高中", "技工学校")
        ),
        Code("college", "专科", "college", ("高职", "大专", "高职高专", "高职（专科）", "高等职业教育")),
        Code("undergraduate", "本科", "undergraduate", ("大学本科", "大学", "本科生")),
        Code("postgraduate", "研究生", "postgraduate", ("硕士", "博士", "硕士研究生", "博士研究生")),
    ),
)

AID_TIER = CodeList(  # 资助档次; one is the neediest
    "aid_tier",
    (
        Code("special", "特别困难", "in special need", ("特殊困难", "家庭经济特别困难", "一档", "一等", "一等助学金")),
        Code("need", "困难", "in need", ("比较困难", "家庭经济困难", "二档", "二等", "二等助学金")),
        Code("general", "一般困难", "in general need", ("一般", "家庭经济一般困难", "三档", "三等", "三等助学金")),
    ),
)

INJURY_GRADE = CodeList(  # 劳动能力鉴定伤残等级 (GB/T 16180); one is the gravest
    "injury_grade",
    (
        *(
            Code(str(number), f"{han}级伤残", f"grade {number}", (f"{han}级", f"{number}级", f"伤残{han}级", han))
            for number, han in enumerate("一二三四五六七八九十", start=1)
        ),
        Code("none", "未达伤残等级", "below every grade", ("未达级", "未达等级", "无等级", "不够级")),
        Code("pending", "待鉴定", "not assessed yet", ("未鉴定", "尚未鉴定", "鉴定中")),
    ),
)

CONTRIBUTION_STATUS = CodeList(  # 参保缴费状态
    "contribution_status",
    (
        Code("paying", "参保缴费", "paying", ("1", "正常参保", "正常缴费", "正常", "在保", "缴费")),
        Code("suspended", "暂停缴费", "suspended", ("2", "中断缴费", "中断", "暂停", "停保", "断缴")),
        Code("ended", "终止缴费", "ended", ("3", "终止参保", "终止", "退保", "注销")),
    ),
)

"""Work accidents (工伤认定): recognised injuries with their grade; the injured part of the body is not taken."""

from __future__ import annotations

import datetime as dt

from schemas.shared import ACCOUNTS, BIRTH_DATE, COUNTY, CREDIT_CODE, IDENTITY, PHONE, SEX
from schemas.source import Column, DriftLimits, LegalBasis, Source

SOURCE = Source(
    code="work_accident",
    zh="工伤认定名单",
    en="recognised work accidents",
    owner_zh="人力资源社会保障部门（工伤保险）",
    cadence="quarterly",
    sender_level="province",
    legal_basis=LegalBasis(
        "信息共享协议", "工会与人社部门工伤信息共享协议", "示例〔2025〕9号", dt.date(2025, 1, 1), dt.date(2028, 12, 31)
    ),
    purpose="hardship_screening",
    catalogue_id="示例-530000-RS-001",
    natural_key=("id_number", "name", "accident_on", "employer"),
    person_key=("id_number", "name", "employer", "phone"),
    drift=DriftLimits(rows=0.5),
    forbidden=(
        *ACCOUNTS,
        "伤害部位",
        "受伤部位",
        "受伤害部位",
        "伤情",
        "诊断",
        "诊断结论",
        "职业病名称",
        "事故经过",
    ),
    columns=(
        Column("name", ("职工姓名", "姓名", "受伤职工姓名", "伤者姓名", "受伤职工"), required=True),
        Column("id_number", (*IDENTITY, "社会保障号码", "职工身份证号")),
        SEX,
        BIRTH_DATE,
        Column("phone", (*PHONE, "职工电话")),
        Column("county_code", ("参保地", "参保地区划", *COUNTY)),
        Column("employer", ("用人单位", "单位名称", "工作单位", "用人单位名称", "单位")),
        Column("employer_code", (*CREDIT_CODE, "信用代码")),
        Column("accident_on", ("事故时间", "事故日期", "受伤时间", "受伤日期", "事故发生时间"), required=True),
        Column("recognised_on", ("认定日期", "工伤认定日期", "认定时间", "认定决定日期")),
        Column("injury_grade", ("伤残等级", "鉴定等级", "劳动能力鉴定等级", "伤残级别")),
        Column(
            "compensation_amount",
            ("一次性补助", "一次性伤残补助金", "一次性伤残补助金(元)", "一次性补助金额", "补助金额"),
        ),
    ),
)

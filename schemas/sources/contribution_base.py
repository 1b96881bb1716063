"""Contribution bases (社会保险缴费基数): one row per insured person and employer for the last twelve months.

Interface names are those of the ministry's data elements for social insurance (金保工程指标体系), as exports show them.
"""

from __future__ import annotations

import datetime as dt

from schemas.shared import ACCOUNTS, COUNTY, CREDIT_CODE, IDENTITY, PHONE
from schemas.source import Column, LegalBasis, Source

SOURCE = Source(
    code="contribution_base",
    zh="社会保险缴费基数",
    en="social-insurance contribution bases",
    owner_zh="社会保险经办机构",
    cadence="quarterly",
    sender_level="prefecture",
    legal_basis=LegalBasis(
        "信息共享协议",
        "工会与社保经办机构缴费信息比对协议",
        "示例〔2025〕10号",
        dt.date(2025, 1, 1),
        dt.date(2028, 12, 31),
    ),
    purpose="hardship_screening",
    catalogue_id="示例-530000-RS-002",
    natural_key=("person_ref", "id_number", "name", "employer_code", "employer", "contributed_from"),
    person_key=("person_ref", "id_number", "name"),
    forbidden=(*ACCOUNTS, "aae010", "个人账户余额", "aae240"),
    columns=(
        Column("person_ref", ("个人编号", "aac001", "人员编号", "个人社保编号", "社保编号")),
        Column("name", ("姓名", "aac003", "参保人姓名", "职工姓名"), required=True),
        Column("id_number", ("社会保障号码", "aac002", *IDENTITY, "aac147")),
        Column("sex", ("性别", "aac004")),
        Column("ethnic_group", ("民族", "aac005")),
        Column("birth_date", ("出生日期", "aac006")),
        Column("phone", (*PHONE, "aae005")),
        Column("county_code", ("参保地", "aab301", "参保地区划", "统筹区", *COUNTY)),
        Column("employer", ("单位名称", "aab004", "参保单位", "工作单位", "缴费单位")),
        Column("employer_code", (*CREDIT_CODE, "aab998")),
        Column(
            "contribution_base", ("月缴费基数", "aae180", "缴费基数", "个人缴费基数", "月平均缴费基数"), required=True
        ),
        Column("months_contributed", ("缴费月数", "aae201", "近12个月缴费月数", "实际缴费月数", "累计缴费月数")),
        Column("contributed_from", ("缴费开始年月", "aae041", "开始年月", "起始年月", "费款开始年月")),
        Column("contributed_until", ("缴费终止年月", "aae042", "终止年月", "截止年月", "费款终止年月")),
        Column("contribution_status", ("参保缴费状态", "aac031", "缴费状态", "参保状态")),
    ),
)

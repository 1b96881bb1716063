"""Union roster (工会会员实名制花名册): one workbook per enterprise group."""

from __future__ import annotations

import datetime as dt

from schemas.shared import ACCOUNTS, CREDIT_CODE, ETHNIC_GROUP, IDENTITY, SEX
from schemas.source import Column, LegalBasis, Source

SOURCE = Source(
    code="union_roster",
    zh="工会会员花名册",
    en="union roster",
    owner_zh="各级工会",
    cadence="quarterly",
    sender_level="county",
    legal_basis=LegalBasis(
        "法定职责", "工会法；工会会员实名制管理", "示例〔2025〕5号", dt.date(2025, 1, 1), dt.date(2030, 12, 31)
    ),
    purpose="member_register",
    catalogue_id="示例-530000-GH-001",
    natural_key=("person_ref", "id_number", "name", "union_name"),
    person_key=("id_number", "name", "birth_date", "phone"),
    assignment="one_to_one",
    unannounced="accept",
    forbidden=ACCOUNTS,
    household_columns=("employer", "union_name"),
    columns=(
        Column("person_ref", ("会员证号", "会员编号", "会员号", "会员卡号", "工会会员证号", "工号", "职工编号")),
        Column("name", ("姓名", "会员姓名", "职工姓名", "名字"), required=True),
        Column("former_name", ("曾用名", "别名")),
        Column("id_number", (*IDENTITY, "身份证", "证件号", "居民身份证号码")),
        Column("birth_date", ("出生日期", "出生年月", "出生年月日", "生日")),
        SEX,
        ETHNIC_GROUP,
        Column("phone", ("手机号码", "手机号", "手机", "联系电话", "联系方式", "电话", "移动电话")),
        Column(
            "address",
            ("现居住地", "现住址", "居住地址", "家庭住址", "住址", "常住地址", "居住地", "现居住地址"),
        ),
        Column("household_address", ("户籍所在地", "户籍地址", "户籍地", "户口所在地")),
        Column("employer", ("工作单位", "单位名称", "所在单位", "单位", "用人单位")),
        Column("employer_code", CREDIT_CODE),
        Column(
            "union_name",
            ("所属基层工会名称", "所属基层工会", "基层工会", "所属工会", "工会名称", "基层工会名称"),
        ),
        Column("union_code", ("工会统一社会信用代码", "工会信用代码", "工会法人代码")),
        Column("parent_union", ("上级工会", "上级工会名称", "所属上级工会", "主管工会")),
        Column("membership_status", ("会籍状态", "会员状态")),
        Column("employment_status", ("就业状况", "就业状态", "职工状态", "在岗状态")),
        Column("joined_on", ("入会时间", "入会日期")),
        Column("mutual_aid", ("职工医疗互助参保", "医疗互助", "是否参加医疗互助", "医疗互助参保")),
    ),
)

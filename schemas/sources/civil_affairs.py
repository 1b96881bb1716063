"""Civil-affairs low-income lists (民政救助名单): households with merged cells, one row per person."""

from __future__ import annotations

import datetime as dt

from schemas.shared import ACCOUNTS, ADDRESS, BIRTH_DATE, COUNTY, ETHNIC_GROUP, HEALTH, IDENTITY, PHONE, SEX
from schemas.source import Column, LegalBasis, Source

SOURCE = Source(
    code="civil_affairs",
    zh="民政救助对象名单",
    en="civil-affairs low-income list",
    owner_zh="民政部门",
    cadence="monthly",
    sender_level="prefecture",
    legal_basis=LegalBasis(
        "信息共享协议", "工会与民政部门信息比对共享协议", "示例〔2025〕1号", dt.date(2025, 1, 1), dt.date(2028, 12, 31)
    ),
    purpose="hardship_screening",
    catalogue_id="示例-530000-MZ-001",
    natural_key=("household_ref", "id_number", "name", "relief_category", "started_on"),
    person_key=("household_ref", "id_number", "name", "relation"),
    forbidden=(*ACCOUNTS, *HEALTH),
    household_columns=(
        "household_ref",
        "county_code",
        "relief_category",
        "address",
        "phone",
        "started_on",
        "stopped_on",
        "monthly_amount",
        "household_size",
    ),
    columns=(
        Column("household_ref", ("救助证号", "低保证号", "救助证编号", "保障证号", "户编号"), required=True),
        Column("county_code", (*COUNTY, "所属区划")),
        Column("relief_category", ("救助类别", "保障类型", "救助类型", "对象类别"), required=True),
        Column("name", ("成员姓名", "姓名", "家庭成员姓名", "保障对象姓名"), required=True),
        Column("id_number", ("成员身份证号", "成员身份证号码", "成员证件号码", *IDENTITY)),
        Column("relation", ("与户主关系", "与户主的关系", "关系")),
        SEX,
        ETHNIC_GROUP,
        BIRTH_DATE,
        Column("address", ADDRESS),
        Column("phone", PHONE),
        Column("household_size", ("家庭人口", "保障人数", "家庭人口数", "保障人口")),
        Column("monthly_amount", ("月保障金额", "户月补助", "月补助金额", "户月保障金额")),
        Column("started_on", ("纳入时间", "起始年月", "开始时间", "起始时间", "纳入年月")),
        Column("stopped_on", ("停发时间", "终止时间", "停发年月")),
    ),
)

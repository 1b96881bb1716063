"""Existing hardship archive (困难职工档案), exported from the national assistance system."""

from __future__ import annotations

import datetime as dt

from schemas.shared import ACCOUNTS, ADDRESS, BIRTH_DATE, ETHNIC_GROUP, HEALTH, IDENTITY, SEX
from schemas.source import Column, LegalBasis, MemberBlocks, Source

SOURCE = Source(
    code="hardship_archive",
    zh="困难职工档案",
    en="hardship archive",
    owner_zh="省总工会权益保障部",
    cadence="monthly",
    sender_level="province",
    legal_basis=LegalBasis(
        "法定职责", "困难职工档案管理办法", "示例〔2025〕2号", dt.date(2025, 1, 1), dt.date(2030, 12, 31)
    ),
    purpose="archive_matching",
    catalogue_id="示例-530000-GH-002",
    natural_key=("household_ref", "id_number", "name", "relation"),
    person_key=("household_ref", "id_number", "name", "relation"),
    forbidden=(*ACCOUNTS, *HEALTH),
    columns=(
        Column("person_ref", ("职工编号", "档案编号", "困难职工编号", "编号")),
        Column("household_ref", ("职工编号", "档案编号", "困难职工编号", "编号"), required=True),
        Column("hardship_kind", ("困难类别", "困难类型")),
        Column("archive_level", ("档案层级", "档案级别", "建档级别")),
        Column("archive_status", ("档案状态", "状态")),
        Column("filed_on", ("建档日期", "建档时间")),
        Column("exited_on", ("脱困日期", "脱困/注销日期", "脱困时间", "注销日期", "解困日期")),
        Column("name", ("姓名", "职工姓名"), required=True),
        ETHNIC_GROUP,
        SEX,
        Column("id_number", (*IDENTITY, "身份证")),
        BIRTH_DATE,
        Column("phone", ("手机号码", "手机号", "联系电话", "手机")),
        Column("address", (*ADDRESS, "现住址")),
        Column("county_code", ("户口所在地行政区划", "行政区划", "所属行政区划")),
        Column("employer", ("工作单位", "单位名称")),
        Column("income_year", ("家庭年度总收入", "家庭年收入", "年度总收入")),
        Column("household_size", ("家庭人口", "家庭人口数", "人口数")),
    ),
    member_blocks=MemberBlocks(
        count=5,
        columns=(
            Column("name", ("成员{n}姓名", "家庭成员{n}姓名", "成员{n}.姓名")),
            Column("relation", ("成员{n}关系", "家庭成员{n}关系", "成员{n}与职工关系")),
            Column("sex", ("成员{n}性别", "家庭成员{n}性别")),
            Column(
                "id_number",
                ("成员{n}身份证号", "家庭成员{n}身份证号", "成员{n}身份证号码", "成员{n}证件号码"),
            ),
            Column("birth_date", ("成员{n}出生日期", "家庭成员{n}出生日期", "成员{n}出生年月")),
        ),
    ),
)

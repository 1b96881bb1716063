"""Disaster-relief payment rosters (救灾救助发放花名册): administrative payments, never statistical ledgers."""

from __future__ import annotations

import datetime as dt

from schemas.shared import ACCOUNTS, ADDRESS, BIRTH_DATE, COUNTY, IDENTITY, PHONE, SEX
from schemas.source import Column, DriftLimits, LegalBasis, Source

SOURCE = Source(
    code="disaster_relief",
    zh="受灾救助发放花名册",
    en="disaster-relief payments",
    owner_zh="应急管理部门",
    cadence="quarterly",
    sender_level="county",
    legal_basis=LegalBasis(
        "信息共享协议",
        "工会与应急管理部门救助信息共享协议",
        "示例〔2025〕4号",
        dt.date(2025, 1, 1),
        dt.date(2028, 12, 31),
    ),
    purpose="hardship_screening",
    catalogue_id="示例-530000-YJ-001",
    natural_key=("id_number", "name", "event_kind", "event_on", "relief_amount", "address"),
    person_key=("id_number", "name", "phone", "address"),
    drift=DriftLimits(rows=3.0, codes=1.0),
    forbidden=ACCOUNTS,
    household_columns=("county_code", "event_kind", "event_on"),
    columns=(
        Column("county_code", COUNTY),
        Column("name", ("户主姓名", "姓名", "领款人", "领款人姓名"), required=True),
        Column("id_number", ("户主身份证号", "户主身份证号码", *IDENTITY)),
        BIRTH_DATE,
        SEX,
        Column("phone", PHONE),
        Column("address", ADDRESS),
        Column("family_type", ("家庭类型", "户类型", "家庭类别")),
        Column("household_size", ("家庭人口", "家庭人口数", "人口数")),
        Column("relieved_persons", ("需救助人口", "救助人口", "受救助人数")),
        Column(
            "relief_amount",
            ("已发放救助款(元)", "救助金额", "发放金额", "已发放救助款", "救助款", "补助金额"),
        ),
        Column("goods_amount", ("物资折款", "物资折款(元)")),
        Column("event_kind", ("灾种", "受灾类型", "灾害种类")),
        Column("event_on", ("受灾时间", "受灾日期")),
        Column("houses_collapsed", ("倒塌间数", "倒塌房屋间数", "倒塌")),
        Column("houses_severe", ("严重损坏间数", "严重损坏")),
        Column("houses_minor", ("一般损坏间数", "一般损坏")),
    ),
)

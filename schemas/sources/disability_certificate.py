"""Disability certificates (残疾人证): one row per holder.

A certificate's number is the holder's identity number, a digit for the kind, a digit for the level and, after a
reissue, a suffix; it is taken as the identity number. Guardians are third persons and are not taken.
"""

from __future__ import annotations

import datetime as dt

from schemas.shared import ACCOUNTS, ADDRESS, BIRTH_DATE, COUNTY, ETHNIC_GROUP, IDENTITY, PHONE, SEX
from schemas.source import Column, LegalBasis, Source

SOURCE = Source(
    code="disability_certificate",
    zh="残疾人证持证名单",
    en="disability certificates",
    owner_zh="残疾人联合会",
    cadence="quarterly",
    sender_level="prefecture",
    legal_basis=LegalBasis(
        "信息共享协议", "工会与残联持证信息比对协议", "示例〔2025〕6号", dt.date(2025, 1, 1), dt.date(2028, 12, 31)
    ),
    purpose="hardship_screening",
    catalogue_id="示例-530000-CL-001",
    natural_key=("id_number", "name", "disability_type", "disability_level"),
    person_key=("id_number", "name", "phone", "address"),
    forbidden=(
        *ACCOUNTS,
        "监护人",
        "监护人姓名",
        "监护人电话",
        "监护人联系电话",
        "监护人身份证号",
        "致残原因",
        "诊断",
    ),
    columns=(
        Column("name", ("姓名", "残疾人姓名", "持证人姓名", "持证人"), required=True),
        Column("id_number", ("残疾人证号", "残疾人证号码", "残疾证号", "残疾人证编号", *IDENTITY)),
        SEX,
        ETHNIC_GROUP,
        BIRTH_DATE,
        Column("county_code", (*COUNTY, "户籍县区")),
        Column("address", (*ADDRESS, "现住址", "户籍地址")),
        Column("phone", PHONE),
        Column("disability_type", ("残疾类别", "残疾类型", "主要残疾类别")),
        Column("disability_level", ("残疾等级", "残疾级别", "等级")),
        Column("certified_on", ("评定日期", "发证日期", "初次发证日期", "评残日期")),
        Column("certificate_status", ("证件状态", "残疾人证状态", "状态")),
    ),
)

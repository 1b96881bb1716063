"""Education aid (教育资助): one row per application, whose person is the parent who applied.

Students are mostly minors (个人信息保护法 art. 28, 31): of a student nothing is taken but the stage of schooling, the
year of enrolment, fees and aid, so that their number can be counted. Name, identity number, school and class stay behind.
"""

from __future__ import annotations

import datetime as dt

from schemas.shared import ACCOUNTS, ADDRESS
from schemas.source import Column, DriftLimits, LegalBasis, Source

SOURCE = Source(
    code="education_aid",
    zh="教育资助名单",
    en="education aid",
    owner_zh="教育资助管理中心",
    cadence="quarterly",
    sender_level="province",
    legal_basis=LegalBasis(
        "信息共享协议", "工会与教育资助机构信息比对协议", "示例〔2025〕7号", dt.date(2025, 1, 1), dt.date(2028, 12, 31)
    ),
    purpose="hardship_screening",
    catalogue_id="示例-530000-JY-001",
    natural_key=("aid_ref",),
    person_key=("id_number", "name", "phone"),
    drift=DriftLimits(rows=0.5),  # the terms of a school year differ
    forbidden=(
        *ACCOUNTS,
        "姓名",
        "学生姓名",
        "身份证号",
        "身份证号码",
        "证件号码",
        "学生身份证号",
        "学生身份证号码",
        "学号",
        "学籍号",
        "学校",
        "学校名称",
        "就读学校",
        "院系",
        "专业",
        "班级",
    ),
    columns=(
        Column("aid_ref", ("申请编号", "资助编号", "资助申请编号", "受助编号", "业务编号"), required=True),
        Column("name", ("家长姓名", "监护人姓名", "申请家长", "父母或监护人姓名", "父(母)或监护人姓名"), required=True),
        Column("id_number", ("家长身份证号", "监护人身份证号", "家长身份证号码", "监护人证件号码", "家长证件号码")),
        Column("phone", ("家长联系电话", "家长电话", "监护人联系电话", "监护人电话", "联系方式", "联系电话")),
        Column("county_code", ("生源地", "生源地县区", "生源地区划", "户籍县区")),
        Column("address", (*ADDRESS, "家庭详细地址")),
        Column("school_stage", ("学段", "就读学段", "学历层次", "教育阶段", "培养层次")),
        Column("enrolled_on", ("入学年份", "入学年月", "入学时间", "入学日期")),
        Column("schooling_years", ("学制", "学制(年)")),
        Column("tuition_year", ("学费", "年学费", "学费标准", "学费(元/年)")),
        Column("aid_tier", ("资助档次", "资助类别", "困难等级", "困难认定档次", "认定等级")),
        Column("aid_amount", ("资助金额", "资助金额(元)", "受助金额", "发放金额")),
    ),
)

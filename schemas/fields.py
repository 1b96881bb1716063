"""Every canonical field once (标准字段): its meaning, type, sensitivity and how its text is standardised.

``standardiser`` names a function of ``matching.standardise``; ``code:LIST`` names a code list of
``schemas.vocabulary``. A derived field has no standardiser of its own: another field's fills it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.vocabulary import Sensitivity

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Field:
    """One canonical column.

    Attributes:
        name: column name in ``standard/``.
        zh: Chinese name, as officers and departments know it.
        en: English name.
        type: ``string``, ``date`` (calendar day), ``int`` or ``decimal`` (yuan, two places).
        sensitivity: how it must be handled.
        standardiser: function name in ``matching.standardise``, ``code:LIST``, or ``derived``.
    """

    name: str
    zh: str
    en: str
    type: str = "string"
    sensitivity: Sensitivity = Sensitivity.ORDINARY
    standardiser: str = "text"


_I, _C, _F, _H = Sensitivity.IDENTITY, Sensitivity.CONTACT, Sensitivity.FINANCIAL, Sensitivity.HEALTH

PROVENANCE = (
    Field("record_id", "记录号", "record id", standardiser="derived"),
    Field("source", "数据来源", "source", standardiser="derived"),
    Field("extract_id", "批次号", "extract id", standardiser="derived"),
    Field("row_number", "行号", "row number", "int", standardiser="derived"),
)
"""Where a standardised row comes from; first in every table."""

PERSON = (
    Field(
        "person_ref",
        "来源方人员编号",
        "person identifier of the source",
        sensitivity=_I,
        standardiser="received",
    ),
    Field("name", "姓名", "name", sensitivity=_I, standardiser="name"),
    Field("former_name", "曾用名", "former name", sensitivity=_I, standardiser="name"),
    Field("id_number", "证件号码", "identity number", sensitivity=_I, standardiser="id_number"),
    Field("id_form", "证件号码形态", "form of the identity number", standardiser="derived"),
    Field("birth_date", "出生日期", "birth date", "date", _I, "date"),
    Field("birth_precision", "出生日期精度", "precision of the birth date", standardiser="derived"),
    Field("sex", "性别", "sex", standardiser="code:sex"),
    Field("ethnic_group", "民族", "ethnic group", "string", Sensitivity.ORIGIN, "code:ethnic_group"),
    Field("phone", "手机号码", "phone", sensitivity=_C, standardiser="phone"),
    Field("county_code", "居住县区代码", "county of residence", standardiser="place"),
    Field("address", "住址", "address", sensitivity=_C, standardiser="address"),
    Field("employer", "工作单位", "employer", standardiser="organisation"),
    Field("employer_code", "单位统一社会信用代码", "credit code of the employer", standardiser="credit_code"),
)
"""What linkage may compare; the same columns in every source, null where a source has none."""

PARTICULAR = (
    # union roster
    Field("household_address", "户籍所在地", "registered address", sensitivity=_C, standardiser="address"),
    Field("union_name", "所属基层工会名称", "primary union", standardiser="organisation"),
    Field("union_code", "工会统一社会信用代码", "credit code of the union", standardiser="credit_code"),
    Field("parent_union", "上级工会", "parent union", standardiser="organisation"),
    Field("union_county_code", "上级工会所在县区代码", "county of the parent union", standardiser="derived"),
    Field("membership_status", "会籍状态", "membership status", standardiser="code:membership_status"),
    Field("employment_status", "就业状况", "employment status", standardiser="code:employment_status"),
    Field("joined_on", "入会时间", "joined on", "date", standardiser="date"),
    Field("mutual_aid", "职工医疗互助参保", "in the medical mutual aid", standardiser="code:yes_no"),
    # households
    Field(
        "household_ref",
        "户编号",
        "household identifier of the source",
        sensitivity=_I,
        standardiser="received",
    ),
    Field("relation", "与户主关系", "relation to the head", standardiser="code:relation"),
    Field("household_size", "家庭人口", "household size", "int", standardiser="integer"),
    # hardship archive
    Field("hardship_kind", "困难类别", "kind of hardship", standardiser="code:hardship_kind"),
    Field("archive_level", "档案层级", "level of the archive", standardiser="code:archive_level"),
    Field("archive_status", "档案状态", "status of the archive", standardiser="code:archive_status"),
    Field("filed_on", "建档日期", "filed on", "date", standardiser="date"),
    Field("exited_on", "脱困日期", "exited on", "date", standardiser="date"),
    Field("income_year", "家庭年度总收入", "household income of a year", "decimal", _F, "amount"),
    # civil affairs
    Field("relief_category", "救助类别", "relief category", standardiser="code:relief_category"),
    Field("started_on", "纳入时间", "started on", "date", standardiser="date"),
    Field("stopped_on", "停发时间", "stopped on", "date", standardiser="date"),
    Field("monthly_amount", "月保障金额", "monthly allowance", "decimal", _F, "amount"),
    # hospitalisation settlement
    Field("settlement_ref", "结算编号", "settlement identifier", sensitivity=_I, standardiser="received"),
    Field("insurance", "险种", "insurance", standardiser="code:insurance"),
    Field("admitted_on", "入院日期", "admitted on", "date", _H, "date"),
    Field("discharged_on", "出院日期", "discharged on", "date", _H, "date"),
    Field("settled_on", "结算日期", "settled on", "date", _H, "date"),
    Field("total_amount", "医疗费总额", "total fee", "decimal", _H, "amount"),
    Field("fund_amount", "基金支付总额", "paid by the funds", "decimal", _H, "amount"),
    Field("personal_amount", "个人负担总金额", "borne by the person", "decimal", _H, "amount"),
    Field("self_paid_in_scope", "个人自付", "co-payment in scope", "decimal", _H, "amount"),
    Field("self_paid_out_of_scope", "个人自费", "self-paid out of scope", "decimal", _H, "amount"),
    Field("hospital_amount", "医院负担", "borne by the hospital", "decimal", _H, "amount"),
    Field("refunded", "退费标志", "refunded", standardiser="code:yes_no"),
    Field("valid", "有效标志", "valid", standardiser="code:yes_no"),
    Field("contact_name", "联系人姓名", "contact person", sensitivity=_I, standardiser="name"),
    Field(
        "contact_relation", "联系人与患者关系", "relation of the contact person", standardiser="code:contact_relation"
    ),
    Field("contact_phone", "联系人电话", "phone of the contact person", sensitivity=_C, standardiser="phone"),
    # disaster relief
    Field("family_type", "家庭类型", "family type", standardiser="code:family_type"),
    Field("event_kind", "灾种", "kind of event", standardiser="code:event_kind"),
    Field("event_on", "受灾时间", "date of the event", "date", standardiser="date"),
    Field("relieved_persons", "需救助人口", "persons to relieve", "int", standardiser="integer"),
    Field("relief_amount", "已发放救助款", "relief paid", "decimal", _F, "amount"),
    Field("goods_amount", "物资折款", "relief in kind, valued", "decimal", _F, "amount"),
    Field("houses_collapsed", "倒塌间数", "rooms collapsed", "int", standardiser="integer"),
    Field("houses_severe", "严重损坏间数", "rooms severely damaged", "int", standardiser="integer"),
    Field("houses_minor", "一般损坏间数", "rooms slightly damaged", "int", standardiser="integer"),
    # disability certificates
    Field("disability_type", "残疾类别", "kind of disability", "string", _H, "code:disability_type"),
    Field("disability_level", "残疾等级", "level of disability", "string", _H, "code:disability_level"),
    Field("certificate_status", "残疾人证状态", "status of the certificate", standardiser="code:certificate_status"),
    Field("certified_on", "评定日期", "disability assessed on", "date", _H, "date"),
    # education aid
    Field("aid_ref", "资助申请编号", "application for education aid", sensitivity=_I, standardiser="received"),
    Field("school_stage", "就读学段", "stage of schooling", standardiser="code:school_stage"),
    Field("enrolled_on", "入学时间", "enrolled on", "date", standardiser="date"),
    Field("schooling_years", "学制", "length of schooling in years", "int", standardiser="integer"),
    Field("tuition_year", "年学费", "tuition of a year", "decimal", _F, "amount"),
    Field("aid_tier", "资助档次", "tier of education aid", standardiser="code:aid_tier"),
    Field("aid_amount", "资助金额", "education aid paid", "decimal", _F, "amount"),
    # deaths
    Field("died_on", "死亡日期", "died on", "date", _I, "date"),
    Field("cremated_on", "火化日期", "cremated on", "date", _I, "date"),
    # work accidents
    Field("accident_on", "事故时间", "date of the accident", "date", _H, "date"),
    Field("recognised_on", "工伤认定日期", "recognised on", "date", _H, "date"),
    Field("injury_grade", "伤残等级", "grade of the injury", "string", _H, "code:injury_grade"),
    Field("compensation_amount", "一次性伤残补助金", "one-off compensation", "decimal", _F, "amount"),
    # contributions to social insurance
    Field("contribution_base", "月缴费基数", "monthly contribution base", "decimal", _F, "amount"),
    Field("months_contributed", "缴费月数", "months contributed", "int", _F, "integer"),
    Field("contributed_from", "缴费开始年月", "contributed from", "date", standardiser="date"),
    Field("contributed_until", "缴费终止年月", "contributed until", "date", standardiser="date"),
    Field("contribution_status", "参保缴费状态", "status of contribution", standardiser="code:contribution_status"),
)
"""What single sources add; see ``schemas.sources``."""

FIELDS: Mapping[str, Field] = MappingProxyType({item.name: item for item in (*PROVENANCE, *PERSON, *PARTICULAR)})

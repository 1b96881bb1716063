"""Hospitalisation settlements (医保住院结算): national interface columns or a county's spreadsheet.

Diagnosis and hospital are not on the allow-list: screening needs amounts and dates only. The contact person (联系人) is who
the patient named on admission: `coner_name` of the insurer's admission record (interface 2401), and with `patn_rlts` and
`coner_tel` of the settlement list (医疗保障基金结算清单, interface 4101), where the discharge summary (住院病案首页) has it from.
The three columns are optional: an agreement that does not cover them loses the ties to relatives whom no list names.
"""

from __future__ import annotations

import datetime as dt

from schemas.shared import ACCOUNTS, IDENTITY, PHONE
from schemas.source import Column, LegalBasis, Source

SOURCE = Source(
    code="medical_settlement",
    zh="医保住院结算",
    en="hospitalisation settlements",
    owner_zh="医疗保障经办机构",
    cadence="monthly",
    sender_level="prefecture",
    legal_basis=LegalBasis(
        "信息共享协议",
        "工会与医保经办机构大额支出预警协议",
        "示例〔2025〕3号",
        dt.date(2025, 1, 1),
        dt.date(2028, 12, 31),
    ),
    purpose="hardship_screening",
    catalogue_id="示例-530000-YB-001",
    natural_key=("settlement_ref",),
    person_key=("person_ref", "id_number", "name"),
    forbidden=(
        *ACCOUNTS,
        "dise_no",
        "dise_name",
        "病种",
        "病种名称",
        "主诊断",
        "诊断",
        "出院诊断",
        "dscg_maindiag_name",
        "医疗机构",
        "医院",
        "fixmedins_code",
        "fixmedins_name",
    ),
    columns=(
        Column("settlement_ref", ("setl_id", "结算ID", "结算编号", "结算单号", "结算流水号"), required=True),
        Column("person_ref", ("psn_no", "人员编号", "个人编号")),
        Column("name", ("psn_name", "姓名", "人员姓名", "患者姓名"), required=True),
        Column("id_number", ("certno", *IDENTITY, "身份证")),
        Column("sex", ("gend", "性别")),
        Column("ethnic_group", ("naty", "民族")),
        Column("birth_date", ("brdy", "出生日期")),
        Column("phone", ("tel", *PHONE)),
        Column("county_code", ("insu_admdvs", "参保区划", "参保地区划", "参保地")),
        Column("insurance", ("insutype", "险种", "险种类型", "参保类型")),
        Column("admitted_on", ("begndate", "入院日期", "入院时间")),
        Column("discharged_on", ("enddate", "出院日期", "出院时间")),
        Column("settled_on", ("setl_time", "结算时间", "结算日期"), required=True),
        Column("total_amount", ("medfee_sumamt", "医疗费总额", "总费用", "医疗总费用")),
        Column("fund_amount", ("fund_pay_sumamt", "基金支付总额", "基金支付合计")),
        Column("personal_amount", ("psn_part_amt", "个人负担总金额", "个人负担", "个人支付金额")),
        Column("self_paid_in_scope", ("个人自付", "自付金额")),
        Column("self_paid_out_of_scope", ("个人自费", "自费金额")),
        Column("hospital_amount", ("hosp_part_amt", "医院负担")),
        Column("refunded", ("refd_setl_flag", "退费标志", "退费结算标志")),
        Column("valid", ("vali_flag", "有效标志")),
        Column("contact_name", ("coner_name", "联系人姓名", "联系人")),
        Column("contact_relation", ("patn_rlts", "coner_rlts_code", "与患者关系", "联系人关系", "联系人与患者关系")),
        Column("contact_phone", ("coner_tel", "联系人电话", "联系人联系电话", "联系人手机号码")),
    ),
)

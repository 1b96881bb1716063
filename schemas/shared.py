"""Columns and headers that several sources have (共用的列名), each concept once; a source adds its own beside them."""

from __future__ import annotations

from schemas.source import Column

SEX = Column("sex", ("性别",))
ETHNIC_GROUP = Column("ethnic_group", ("民族",))
BIRTH_DATE = Column("birth_date", ("出生日期", "出生年月"))

IDENTITY = ("身份证号", "身份证号码", "证件号码", "公民身份号码")
PHONE = ("联系电话", "电话", "手机号码", "联系方式")
ADDRESS = ("家庭住址", "住址", "家庭地址", "居住地址")
COUNTY = ("行政区划", "县区", "所属县区", "县(市、区)", "区县")
CREDIT_CODE = ("统一社会信用代码", "单位统一社会信用代码", "单位信用代码", "社会信用代码")

ACCOUNTS = (
    *("开户银行", "开户行", "支行", "银行账号", "银行卡号", "账号", "卡号"),
    *("工资卡号", "社保卡号", "一卡通账号", "惠农一卡通账号"),
)
"""Bank accounts and cards: forbidden in every source."""
HEALTH = ("健康状况", "残疾类别", "残疾等级", "劳动能力")
"""What lists of households say of a member's health; screening does not need it."""

"""Closed code lists (代码表), each value with its Chinese and English label and the spellings met in practice.

A list is declared once; standardisers, screening, the portal and the documents read it from here.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.code_list import Code, CodeList
from schemas.personal_codes import CONTACT_RELATION, ETHNIC_GROUP, RELATION, SEX, YES_NO
from schemas.register_codes import (
    AID_TIER,
    CERTIFICATE_STATUS,
    CONTRIBUTION_STATUS,
    DISABILITY_LEVEL,
    DISABILITY_TYPE,
    INJURY_GRADE,
    SCHOOL_STAGE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AID_TIER",
    "ARCHIVE_LEVEL",
    "ARCHIVE_STATUS",
    "CERTIFICATE_STATUS",
    "CODE_LISTS",
    "CONTRIBUTION_STATUS",
    "DISABILITY_LEVEL",
    "DISABILITY_TYPE",
    "EMPLOYMENT_STATUS",
    "ETHNIC_GROUP",
    "EVENT_KIND",
    "FAMILY_TYPE",
    "HARDSHIP_KIND",
    "INJURY_GRADE",
    "INSURANCE",
    "MEMBERSHIP_STATUS",
    "PURPOSES",
    "REJECT_REASONS",
    "RELATION",
    "RELIEF_CATEGORY",
    "SCHOOL_STAGE",
    "SEX",
    "SMALL_COUNT",
    "YES_NO",
    "Code",
    "CodeList",
    "DataOrigin",
    "RejectCode",
    "Sensitivity",
    "small_counts_hidden",
]


class Sensitivity(StrEnum):
    """How a field must be handled (个人信息保护法 art. 28: sensitive personal information)."""

    ORDINARY = "ordinary"  # 一般
    IDENTITY = "identity"  # 身份: masked by default
    CONTACT = "contact"  # 联系方式: masked by default
    FINANCIAL = "financial"  # 财务: leaves screening only as a band
    HEALTH = "health"  # 健康: leaves screening only as band, quarter and count
    ORIGIN = "origin"  # 民族: told in reports only of groups that are not small


SMALL_COUNT = 5
"""Reports tell how many rows share a sensitive value only from this number on."""


def small_counts_hidden(sensitivity: Sensitivity) -> bool:
    """Whether a count below `SMALL_COUNT` would tell something of somebody: of health, and of the ethnic group."""
    return sensitivity in {Sensitivity.HEALTH, Sensitivity.ORIGIN}


class DataOrigin(StrEnum):
    """Where an extract comes from; only administrative data may be used (统计法 art. 28)."""

    ADMINISTRATIVE = "administrative"
    STATISTICAL_SURVEY = "statistical_survey"
    SUPERVISION = "supervision"


MEMBERSHIP_STATUS = CodeList(  # 会籍状态
    "membership_status",
    (
        Code("normal", "正常", "member", ("在册", "有效", "在会")),
        Code("transferred", "转出", "transferred out", ("已转出", "转会")),
        Code("retained", "保留", "retained", ("保留会籍",)),
        Code("left", "退会", "left the union", ("除名", "终止")),
    ),
)

EMPLOYMENT_STATUS = CodeList(  # 就业状况
    "employment_status",
    (
        Code("employed", "在岗", "employed", ("在职", "正式", "农民工")),
        Code("awaiting", "待岗", "awaiting post", ("下岗", "停薪", "停工")),
        Code("unemployed", "失业", "unemployed", ()),
        Code("sick_leave", "病休", "on sick leave", ("病假",)),
        Code("early_retired", "内退", "early retired", ("内部退养",)),
        Code("retired", "退休", "retired", ("离休", "退职")),
    ),
)

ARCHIVE_STATUS = CodeList(  # 档案状态
    "archive_status",
    (
        Code("active", "在档", "registered", ("在册", "正常", "未脱困")),
        Code("exited", "脱困", "exited", ("已脱困", "解困", "已解困")),
        Code("cancelled", "注销", "cancelled", ("已注销",)),
        Code("returned", "返困", "returned to hardship", ("返困在档",)),
    ),
)

ARCHIVE_LEVEL = CodeList(  # 档案层级
    "archive_level",
    (
        Code("national", "全国级", "national", ("全国", "国家级")),
        Code("provincial", "省级", "provincial", ("省",)),
        Code("prefecture", "市级", "prefecture", ("州市级", "市", "州级")),
        Code("county", "县级", "county", ("区级", "县", "本级")),
    ),
)

HARDSHIP_KIND = CodeList(  # 困难类别
    "hardship_kind",
    (
        Code("deep", "深度困难", "deep hardship", ("深度", "低保户", "深度困难职工")),
        Code("relative", "相对困难", "relative hardship", ("相对", "低保边缘户", "相对困难职工")),
        Code("accident", "意外致困", "hardship by accident", ("意外", "意外致困户", "意外致困职工")),
        Code("general", "一般困难", "general hardship", ("一般",)),
    ),
)

RELIEF_CATEGORY = CodeList(  # 救助类别 as civil affairs writes it
    "relief_category",
    (
        Code(
            "subsistence_urban",
            "城市低保",
            "urban subsistence allowance",
            ("城市低保单人", "城市最低生活保障对象", "城市最低生活保障对象（单人）", "城市最低生活保障"),
        ),
        Code(
            "subsistence_rural",
            "农村低保",
            "rural subsistence allowance",
            (
                "农村低保单人",
                "农村最低生活保障对象",
                "农村最低生活保障对象（单人）",
                "农村最低生活保障",
                "低保",
            ),
        ),
        Code(
            "destitute",
            "特困",
            "destitute support",
            (
                "特困分散供养",
                "特困集中供养",
                "城市特困人员（集中供养）",
                "农村特困人员（集中供养）",
                "城市特困人员（分散供养）",
                "农村特困人员（分散供养）",
                "特困人员",
            ),
        ),
        Code(
            "edge",
            "低保边缘",
            "near-subsistence family",
            (
                "低收入家庭",
                "低保边缘家庭",
                "农村最低生活保障边缘家庭成员",
                "城市最低生活保障边缘家庭成员",
                "低保边缘户",
            ),
        ),
        Code(
            "rigid_expenditure",
            "刚性支出困难",
            "rigid-expenditure family",
            ("农村刚性支出困难家庭成员", "城市刚性支出困难家庭成员", "支出型困难家庭", "刚性支出困难家庭"),
        ),
        Code("temporary", "临时救助", "temporary relief", ("临时救助对象",)),
    ),
)

EVENT_KIND = CodeList(  # 灾种、意外类型
    "event_kind",
    (
        Code("flood", "洪涝", "flood", ("洪水", "洪灾", "水灾")),
        Code("earthquake", "地震", "earthquake", ()),
        Code("landslide", "滑坡", "landslide", ("山体滑坡", "崩塌")),
        Code("debris_flow", "泥石流", "debris flow", ()),
        Code("hail", "风雹", "wind and hail", ("冰雹", "大风")),
        Code("cold", "低温冷冻", "cold wave", ("雪灾", "霜冻", "低温")),
        Code("drought", "干旱", "drought", ("旱灾",)),
        Code("fire", "火灾", "fire", ()),
        Code("traffic", "交通事故", "traffic accident", ("车祸",)),
        Code("other", "其他", "other", ()),
    ),
)

FAMILY_TYPE = CodeList(  # 家庭类型 in relief rosters
    "family_type",
    (
        Code("subsistence", "低保", "subsistence allowance", ("低保户", "低保对象")),
        Code("destitute", "特困", "destitute", ("特困户", "五保", "五保户")),
        Code("lifted", "脱贫户", "lifted out of poverty", ("建档立卡户", "脱贫")),
        Code("general", "其他", "other", ("一般户", "一般农户", "普通户", "非低保")),
    ),
)

INSURANCE = CodeList(  # 险种
    "insurance",
    (
        Code("310", "职工基本医疗保险", "employee basic", ("职工", "城镇职工", "职工医保", "310.0")),
        Code("390", "城乡居民基本医疗保险", "resident basic", ("居民", "城乡居民", "居民医保", "390.0")),
    ),
)

CODE_LISTS: Mapping[str, CodeList] = MappingProxyType(
    {
        item.name: item
        for item in (
            SEX,
            ETHNIC_GROUP,
            RELATION,
            CONTACT_RELATION,
            MEMBERSHIP_STATUS,
            EMPLOYMENT_STATUS,
            ARCHIVE_STATUS,
            ARCHIVE_LEVEL,
            HARDSHIP_KIND,
            RELIEF_CATEGORY,
            EVENT_KIND,
            FAMILY_TYPE,
            YES_NO,
            INSURANCE,
            DISABILITY_TYPE,
            DISABILITY_LEVEL,
            CERTIFICATE_STATUS,
            SCHOOL_STAGE,
            AID_TIER,
            INJURY_GRADE,
            CONTRIBUTION_STATUS,
        )
    }
)

PURPOSES: Mapping[str, Code] = MappingProxyType(
    {
        item.code: item
        for item in (
            Code("member_register", "会员实名管理与比对底册", "register of union members, the base of all matching"),
            Code("hardship_screening", "支出型困难线索筛查", "screening for expenditure-type hardship"),
            Code("archive_matching", "困难职工档案比对与复核", "matching with the hardship archive"),
            Code("death_suppression", "逝者剔除与家庭变动更新", "leaving out the dead, updating their households"),
        )
    }
)
"""What personal data may be used for (处理目的, 个人信息保护法 art. 6), by the code that sources and logs carry."""


class RejectCode(StrEnum):
    """Why a row went to quarantine (拒收原因)."""

    NAME_MISSING = "name_missing"
    NO_IDENTIFIER = "no_identifier"
    REQUIRED_MISSING = "required_missing"
    UNREADABLE_VALUE = "unreadable_value"
    DUPLICATE_ROW = "duplicate_row"
    SCHEMA = "schema"


REJECT_REASONS: Mapping[RejectCode, tuple[str, str]] = MappingProxyType(
    {
        RejectCode.NAME_MISSING: ("姓名为空，请补填姓名", "the name is empty: fill it in"),
        RejectCode.NO_IDENTIFIER: (
            "证件号码、出生日期、手机号码和住址均为空，无法识别此人，请至少补填一项",
            "no document number, birth date, phone or address: fill in at least one",
        ),
        RejectCode.REQUIRED_MISSING: ("必填项为空，请补填", "a mandatory column is empty: fill it in"),
        RejectCode.UNREADABLE_VALUE: (
            "必填项的内容无法识别，请按模板更正",
            "a mandatory value cannot be read",
        ),
        RejectCode.DUPLICATE_ROW: (
            "与同一文件中的另一行完全相同，仅保留一行",
            "identical to another row of the file",
        ),
        RejectCode.SCHEMA: ("内容超出允许范围，请更正", "a value is outside its allowed range"),
    }
)

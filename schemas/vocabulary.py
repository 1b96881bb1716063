"""Closed code lists (代码表), each value with its Chinese and English label and the spellings met in practice.

A list is declared once; standardisers, screening, the portal and the documents read it from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sensitivity(StrEnum):
    """How a field must be handled (个人信息保护法 art. 28: sensitive personal information)."""

    ORDINARY = "ordinary"  # 一般
    IDENTITY = "identity"  # 身份: masked by default
    CONTACT = "contact"  # 联系方式: masked by default
    FINANCIAL = "financial"  # 财务: leaves screening only as a band
    HEALTH = "health"  # 健康: leaves screening only as band, quarter and count


class DataOrigin(StrEnum):
    """Where an extract comes from; only administrative data may be used (统计法 art. 28)."""

    ADMINISTRATIVE = "administrative"
    STATISTICAL_SURVEY = "statistical_survey"
    SUPERVISION = "supervision"


@dataclass(frozen=True)
class Code:
    """One value of a code list."""

    code: str
    zh: str
    en: str
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodeList:
    """A closed list of codes."""

    name: str
    codes: tuple[Code, ...]

    def lookup(self) -> Mapping[str, str]:
        """Every spelling, label and code, mapped to its code.

        >>> SEX.lookup()["女性"]
        '2'
        """
        table: dict[str, str] = {}
        for code in self.codes:
            for spelling in (code.code, code.zh, code.en, *code.spellings):
                table.setdefault(spelling, code.code)
        return MappingProxyType(table)

    def label(self, code: str | None, language: str = "zh") -> str:
        """The label of a code in ``zh`` or ``en``; an empty string for a missing one.

        >>> SEX.label("1"), SEX.label("1", "en")
        ('男', 'male')
        """
        for item in self.codes:
            if item.code == code:
                return item.en if language == "en" else item.zh
        return ""


SEX = CodeList(  # GB/T 2261.1
    "sex",
    (
        Code("1", "男", "male", ("男性", "M", "m", "Male", "先生", "1.0", "1男")),
        Code("2", "女", "female", ("女性", "F", "f", "Female", "女士", "2.0", "2女")),
    ),
)

ETHNIC_GROUP = CodeList(  # GB/T 3304
    "ethnic_group",
    tuple(
        Code(code, zh if zh == "其他" else zh + "族", en, (zh, str(int(code))))
        for code, zh, en in (
            ("01", "汉", "Han"),
            ("02", "蒙古", "Mongol"),
            ("03", "回", "Hui"),
            ("04", "藏", "Zang"),
            ("05", "维吾尔", "Uygur"),
            ("06", "苗", "Miao"),
            ("07", "彝", "Yi"),
            ("08", "壮", "Zhuang"),
            ("09", "布依", "Buyei"),
            ("10", "朝鲜", "Chosen"),
            ("11", "满", "Man"),
            ("12", "侗", "Dong"),
            ("13", "瑶", "Yao"),
            ("14", "白", "Bai"),
            ("15", "土家", "Tujia"),
            ("16", "哈尼", "Hani"),
            ("17", "哈萨克", "Kazak"),
            ("18", "傣", "Dai"),
            ("19", "黎", "Li"),
            ("20", "傈僳", "Lisu"),
            ("21", "佤", "Va"),
            ("22", "畲", "She"),
            ("23", "高山", "Gaoshan"),
            ("24", "拉祜", "Lahu"),
            ("25", "水", "Sui"),
            ("26", "东乡", "Dongxiang"),
            ("27", "纳西", "Naxi"),
            ("28", "景颇", "Jingpo"),
            ("29", "柯尔克孜", "Kirgiz"),
            ("30", "土", "Tu"),
            ("31", "达斡尔", "Daur"),
            ("32", "仫佬", "Mulao"),
            ("33", "羌", "Qiang"),
            ("34", "布朗", "Blang"),
            ("35", "撒拉", "Salar"),
            ("36", "毛南", "Maonan"),
            ("37", "仡佬", "Gelao"),
            ("38", "锡伯", "Xibe"),
            ("39", "阿昌", "Achang"),
            ("40", "普米", "Pumi"),
            ("41", "塔吉克", "Tajik"),
            ("42", "怒", "Nu"),
            ("43", "乌孜别克", "Uzbek"),
            ("44", "俄罗斯", "Russ"),
            ("45", "鄂温克", "Ewenki"),
            ("46", "德昂", "Deang"),
            ("47", "保安", "Bonan"),
            ("48", "裕固", "Yugur"),
            ("49", "京", "Gin"),
            ("50", "塔塔尔", "Tatar"),
            ("51", "独龙", "Derung"),
            ("52", "鄂伦春", "Oroqen"),
            ("53", "赫哲", "Hezhen"),
            ("54", "门巴", "Monba"),
            ("55", "珞巴", "Lhoba"),
            ("56", "基诺", "Jino"),
            ("97", "其他", "other"),
        )
    ),
)

RELATION = CodeList(  # GB/T 4761, one digit
    "relation",
    (
        Code("0", "户主", "head of household", ("本人", "本人或户主", "户主本人", "申请人")),
        Code("1", "配偶", "spouse", ("妻", "妻子", "丈夫", "夫", "夫妻", "爱人", "老伴")),
        Code("2", "子", "son", ("儿子", "长子", "次子", "三子", "独生子", "女婿")),
        Code("3", "女", "daughter", ("女儿", "长女", "次女", "三女", "独生女", "儿媳")),
        Code("4", "孙辈", "grandchild", ("孙子", "孙女", "外孙", "外孙女", "孙子女")),
        Code("5", "父母", "parent", ("父", "母", "父亲", "母亲", "岳父", "岳母", "公公", "婆婆")),
        Code("6", "祖辈", "grandparent", ("祖父", "祖母", "爷爷", "奶奶", "外祖父", "外祖母")),
        Code(
            "7",
            "兄弟姐妹",
            "sibling",
            ("兄", "弟", "姐", "妹", "兄弟", "姐妹", "哥哥", "弟弟", "姐姐", "妹妹"),
        ),
        Code("8", "其他", "other", ("其他亲属", "非亲属")),
    ),
)

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

YES_NO = CodeList(
    "yes_no",
    (
        Code("1", "是", "yes", ("Y", "y", "有", "已参保", "参保", "√", "TRUE", "True", "1.0")),
        Code("0", "否", "no", ("N", "n", "无", "未参保", "×", "FALSE", "False", "0.0")),
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
        )
    }
)


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

"""What a column may mean (列的含义): each meaning with the headers that hint at it and the content that fits it.

Content decides, the header only tips the scale: `fit` gives 0 where the content contradicts the meaning, however the
column is called, and up to 1 where the content alone gives it away.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from matching.proposal.known_words import (
    CHINESE_SURNAMES,
    GIVEN_NAMES,
    RELATIONS,
    SEXES,
    STREET_WORDS,
    SURNAMES,
    TRADES,
)
from matching.proposal.profiles import Profile

Facet = Literal["person", "surname", "address", "document", "contact", "life", "other", "none"]
"""What a value belongs to: the person for life; the surname, which marriage changes; where people live, which a move
changes; a document; a contact, shared by households; what changes in the course of life; nothing that tells people apart."""


@dataclass(frozen=True)
class Meaning:
    """One meaning: what people call it, headers (regular expression over lower-case words), facet, and its content."""

    name: str
    zh: str
    en: str
    headers: str
    facet: Facet
    fit: Callable[[Profile], float]


_LATIN = r"[\p{Latin}' .\-]+"
_WORD = r"[\p{Latin}'.\-]+"


def _latin(column: Profile) -> float:
    return column.share(_LATIN)


def _listed(share: float, enough: float) -> float:
    """From .3 where no value is a listed one to 1 where enough are."""
    return 0.3 + 0.7 * min(share / enough, 1.0)


def _given_name(column: Profile) -> float:
    if _latin(column) < 0.8 or column.share(_WORD) < 0.6 or column.distinct < 5:
        return 0.0
    return _listed(column.share_of(lambda value: value.split()[0] in GIVEN_NAMES), 0.4)


def _surname(column: Profile) -> float:
    if _latin(column) < 0.8 or column.share(_WORD) < 0.6 or column.distinct < min(20, column.rows / 10):
        return 0.0
    return _listed(column.share_in(SURNAMES - GIVEN_NAMES), 0.15)


def _middle_name(column: Profile) -> float:
    if column.distinct < 5 or _latin(column) < 0.8:
        return 0.0
    initials = column.share(r"\p{Latin}\.?")
    return 0.7 if initials > 0.8 and column.distinct >= 8 else 0.5 * _given_name(column)


def _full_name(column: Profile) -> float:
    if _latin(column) < 0.6 * (column.share(_LATIN[:-2] + r",]+") or 1) or column.distinct < 5:
        return 0.0
    if column.share(rf"{_WORD},? (?:{_WORD} ?)+") < 0.6:
        return 0.0
    named = column.share_of(lambda value: any(word in GIVEN_NAMES for word in value.replace(",", " ").split()[:2]))
    return _listed(named, 0.4)


def _chinese_name(column: Profile) -> float:
    written = column.share(r"[\p{Han}□?*][\p{Han}·•・?□*〇XxA-Za-z]{1,14}")
    if written < 0.8 or column.share(r".{1,4}|.*[·•・].*") < 0.8 or column.distinct < 5:
        return 0.0
    return _listed(column.share_of(lambda value: value[0] in CHINESE_SURNAMES), 0.5)


def _former_name(column: Profile) -> float:
    return 0.45 * max(_chinese_name(column), _given_name(column))


_DAY_FIRST = r"\d{1,2}[-/. ]\d{1,2}[-/. ](?:1[6-9]|20)\d\d"
_TIGHT = r"(?:1[6-9]|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"


def is_dates(column: Profile) -> float:
    """Share of the values that are whole dates; eight digits count only where nearly all are possible dates."""
    separated = column.share(
        rf"(?:1[6-9]|20)\d\d[-/. ]\d{{1,2}}[-/. ]\d{{1,2}}(?:[ t]\d.*)?|{_DAY_FIRST}"
    ) + column.share(r"(?:1[6-9]|20)\d\d年\d{1,2}月(?:\d{1,2}日)?")
    tight = column.share(_TIGHT)
    return separated + (tight if separated > 0.3 or tight > 0.8 else 0.0)


def _birth_date(column: Profile) -> float:
    share = is_dates(column)
    if share < 0.6:
        return 0.0
    years = {value[:4] for value in column.values if value[:4].isdecimal()}
    years |= {value[-4:] for value in column.values if value[-4:].isdecimal()}
    return share if len({year for year in years if "1600" < year < "2100"}) > 15 else 0.4 * share


def _other_date(column: Profile) -> float:
    return 0.5 * is_dates(column) if is_dates(column) >= 0.6 else 0.0


def _year(column: Profile) -> bool:
    return column.share(r"(?:1[6-9]|20)\d\d(?:\.0)?") > 0.9


def _birth_year(column: Profile) -> float:
    return 0.8 if _year(column) and column.spread > 5 and column.distinct > 10 else 0.0


def _other_year(column: Profile) -> float:
    return 0.6 if _year(column) else 0.0


def _between(column: Profile, low: float, high: float) -> float:
    return column.share_of(lambda value: _whole(value) is not None and low <= float(value) <= high)


def _whole(value: str) -> int | None:
    text = value.removesuffix(".0")
    return int(text) if text.isdecimal() and len(text) < 10 and text.isascii() else None


def _month(column: Profile) -> float:
    return 0.5 if _between(column, 1, 12) > 0.97 and column.distinct >= 10 else 0.0


def _day(column: Profile) -> float:
    return 0.45 if _between(column, 1, 31) > 0.97 and column.distinct >= 24 else 0.0


def _age(column: Profile) -> float:
    if _between(column, 0, 115) < 0.98 or column.distinct < 8:
        return 0.0
    plausible = column.distinct > 40 and 15 < column.mean < 75 and column.spread > 8 and column.top < 0.2
    return 0.75 if plausible else 0.3


def _sex(column: Profile) -> float:
    if column.distinct > 8:
        return 0.0
    if column.share_in(SEXES) > 0.95:
        return 1.0
    two = sorted(column.shares.tolist(), reverse=True)[:2]
    return 0.45 if column.share(r"[0129]") > 0.98 and len(two) == 2 and two[1] > 0.25 and sum(two) > 0.9 else 0.0


def _identity_number(column: Profile) -> float:
    share = column.share(r"[1-9][0-9*]{5}(?:1[89]|20|\*\*)[0-9*]{9}[0-9x*]|[1-9]\d{5}\d{2}(?:0[1-9]|1[0-2])\d{5}")
    return share if share > 0.5 and column.distinct_share > 0.2 else 0.0


def _credit_code(column: Profile) -> float:
    share = column.share(r"[0-9a-hj-npqrtuwxy]{2}\d{6}[0-9a-hj-npqrtuwxy]{10}")
    return 0.9 * share if share > 0.6 else 0.0


def _phone(column: Profile) -> float:
    mobile = column.share(r"(?:\+?86[- ]?)?1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8}")
    spaced = column.share(r"\+?[\d]{0,3}[-. ]?\(?\d{2,4}\)?[-. ]\d{3,4}[-. ]?\d{3,4}")
    plain = column.share(r"\+?\d{7,12}")
    if max(mobile, spaced) > 0.6:
        return max(mobile, spaced) if column.distinct > 5 else 0.0
    return 0.4 * plain if plain + spaced > 0.8 and column.distinct_share > 0.2 else 0.0


def _email(column: Profile) -> float:
    share = column.share(r"[^@\s]+@[^@\s]+\.[^@\s]+")
    return share if share > 0.6 else 0.0


def _postcode(column: Profile) -> float:
    if column.share(r"[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}|[a-z]\d[a-z] ?\d[a-z]\d") > 0.6:
        return 0.9 if column.distinct > 4 else 0.0
    for digits, fit in ((5, 0.55), (4, 0.5), (6, 0.4)):
        if column.share(rf"\d{{{digits}}}(?:-\d{{4}})?") > 0.85 and column.distinct > 1:
            return fit if column.distinct_share < 0.8 else 0.5 * fit
    return 0.0


def _division_code(column: Profile) -> float:
    share = column.share(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])\d{4}(?:\d{6})?")
    return 0.6 * share if share > 0.95 and column.distinct_share < 0.5 else 0.0


def _house_number(column: Profile) -> float:
    share = column.share(r"\d{1,5}(?: ?[a-z]|[-/]\d{1,4}[a-z]?|\.0)?")
    return 0.45 if share > 0.85 and column.distinct > 8 and not _year(column) else 0.0


def _unit_number(column: Profile) -> float:
    return 0.4 if column.share(r"[a-z#. ]{0,10}\w{1,6}(?: [a-z]+)?") > 0.8 and column.share(r".*\d.*") > 0.2 else 0.0


def _street(column: Profile) -> float:
    share = column.share(rf"(?:.* )?(?:{STREET_WORDS})\.?(?: .*)?")
    return 0.3 + 0.6 * min(share / 0.5, 1.0) if column.share(r".*\pL.*") > 0.9 and column.distinct > 5 else 0.0


def _address(column: Profile) -> float:
    chinese = column.share(r".*(?:[市县区乡镇村路街巷号组寨社].*){2}")
    numbered = column.share(r"\w{0,5}\d+\w?[ ,/].*\pL{3,}.*|.*\pL{3,}[ ,]+\d+ ?[a-z]?")
    long = column.share(r".{9,}") > 0.7
    share = max(chinese, numbered if long else 0.0)
    return 0.95 * share if share > 0.5 and column.distinct > 5 else 0.0


def _place(column: Profile) -> float:
    chinese = column.share(r"\p{Han}{2,}(?:省|市|州|县|区|乡|镇|街道|村|社区|旗|盟)")
    if chinese > 0.6:
        return 0.8
    repeats = column.distinct_share < 0.5 or column.rows < 200
    return 0.33 if repeats and column.share(r"[\pL' .,\-()/&]+") > 0.8 and column.distinct > 1 else 0.0


def _birth_place(column: Profile) -> float:
    return 0.95 * _place(column) or (0.15 if column.share(r".*\pL.*") > 0.8 else 0.0)


def _state(column: Profile) -> float:
    short = column.share(r"[a-z]{2,3}") > 0.9
    return (
        0.5
        if short and 2 <= column.distinct <= 90 and column.distinct_share < 0.3
        else 0.3 * (0 < column.distinct <= 90)
    )


def _occupation(column: Profile) -> float:
    if column.share(r".*\pL.*") < 0.8:
        return 0.0
    share = column.share_of(lambda value: value.split()[-1] in TRADES or value in TRADES)
    return _listed(share, 0.3) if share > 0.05 else 0.25


def _employer(column: Profile) -> float:
    share = column.share(r".*(?:公司|厂|局|院|校|学|店|中心|所|集团|协会|合作社|inc|ltd|llc|corp|company|co)\.?")
    return 0.3 + 0.6 * share if column.share(r".*\pL.*") > 0.8 else 0.0


def _relation(column: Profile) -> float:
    def names_relation(value: str) -> bool:
        return value in RELATIONS or any(word in RELATIONS for word in re.findall(r"\w+", value))

    share = column.share_of(names_relation)
    return share if share > 0.4 and column.distinct < 80 else 0.0


def _group(column: Profile) -> float:
    chinese = column.share(r"\p{Han}{1,4}族") > 0.8
    latin = column.share(r"(?:.*\b)?(?:white|black|asian|hispanic|latino|indian|african|multiracial)(?:\b.*)?") > 0.5
    return 0.8 if chinese or latin else 0.25 * (0 < column.distinct <= 70)


def _household(column: Profile) -> float:
    coded = column.share(r"[\w\-/]*\d[\w\-/]*") > 0.9
    return 0.3 if coded and 0.05 < column.distinct_share < 0.95 and column.distinct > 5 else 0.0


def _document(column: Profile) -> float:
    coded = column.share(r"[a-z]{0,4}[-/ ]?\d[\w\-/. ]{3,23}") > 0.9
    return 0.45 if coded and column.distinct_share > 0.3 and column.distinct > 20 else 0.0


def _suffix(column: Profile) -> float:
    return 0.9 if column.share(r"(?:jr|sr|ii|iii|iv|v)\.?") > 0.8 else 0.0


def _title(column: Profile) -> float:
    return 0.9 if column.share(r"(?:mr|mrs|ms|miss|dr|prof|sir|rev)\.?") > 0.8 else 0.0


def _number(column: Profile) -> float:
    numeric = column.share(r"[+-]?\d+(?:\.\d+)?") > 0.95
    return 0.32 if numeric and column.distinct > 30 else 0.0


def _free_text(column: Profile) -> float:
    return 0.5 if column.share(r"(?:\S+ ){7,}.*|.{60,}") > 0.5 else 0.0


def _category(column: Profile) -> float:
    return 0.31 if column.distinct <= 60 else 0.0


def _text(_column: Profile) -> float:
    return 0.26


MEANINGS: Mapping[str, Meaning] = {
    item.name: item
    for item in (
        Meaning("identity_number", "公民身份号码", "Chinese identity number", r"身份证|证件号|公民身份|id ?card|identity number|id number", "document", _identity_number),
        Meaning("document", "证件或编号", "number of a person's document", r"ssn|soc(ial)? sec|passport|licen[cs]e|national id|nhs|tax|证号|卡号|编号|ncid|voter (id|reg)|person (id|number)", "document", _document),
        Meaning("email", "电子邮箱", "e-mail address", r"e ?mail|邮箱", "document", _email),
        Meaning("phone", "电话", "telephone number", r"phone|mobile|tel(ephone)?\b|cell|手机|电话|联系方式", "contact", _phone),
        Meaning("chinese_name", "姓名", "Chinese name", r"姓名|名字|name\b", "person", _chinese_name),
        Meaning("former_name", "曾用名", "former name", r"曾用|别名|former|maiden|previous|alias|birth name|née|nee", "person", _former_name),
        Meaning("given_name", "名", "given name", r"given|first ?n|first name|fore ?name|f ?name\b|christian name|^first$|^given$", "person", _given_name),
        Meaning("middle_name", "中间名", "middle name or initial", r"middle|mid ?name|mi\b|second name|initial", "person", _middle_name),
        Meaning("surname", "姓", "surname", r"sur ?name|last ?n|last name|family name|l ?name\b|s ?name\b|name last|^last$|^family$", "surname", _surname),
        Meaning("full_name", "全名", "full name", r"full ?name|^name$|name full|person name|first and", "person", _full_name),
        Meaning("name_suffix", "名后缀", "suffix of a name", r"suffix|name suf", "person", _suffix),
        Meaning("title", "称谓", "form of address", r"title|salutation", "life", _title),
        Meaning("birth_date", "出生日期", "date of birth", r"birth|dob|born|出生|生日", "person", _birth_date),
        Meaning("date", "日期", "another date", r"date|日期|时间", "other", _other_date),
        Meaning("birth_year", "出生年", "year of birth", r"birth ?y|year of birth|yob|byear|b ?yr|born|出生年|birth", "person", _birth_year),
        Meaning("year", "年份", "another year", r"^year\b|年份|年度|yr\b", "none", _other_year),
        Meaning("birth_month", "出生月", "month of birth", r"month|mob\b|bmonth|出生月|月", "person", _month),
        Meaning("birth_day", "出生日", "day of birth", r"\bday|bday|出生日|日", "person", _day),
        Meaning("age", "年龄", "age", r"\bage|年龄|岁", "person", _age),
        Meaning("sex", "性别", "sex", r"sex|gender|性别", "person", _sex),
        Meaning("credit_code", "统一社会信用代码", "credit code of an organisation", r"信用代码|credit code", "life", _credit_code),
        Meaning("employer", "用人单位", "employer", r"单位|企业|employer|company|organi[sz]ation|firm", "life", _employer),
        Meaning("division_code", "行政区划代码", "code of an administrative division", r"区划|county code|division|地区代码|adcode", "address", _division_code),
        Meaning("address", "住址", "address", r"address|addr\b|住址|地址|residence", "address", _address),
        Meaning("house_number", "门牌号", "house number", r"house ?(n|#)|street ?(n(o|um|umber)?\b|#)|civic|门牌|house$|building", "address", _house_number),
        Meaning("unit_number", "单元号", "number of a flat", r"unit|apt|apartment|flat|suite|房号|室", "address", _unit_number),
        Meaning("street", "街道", "street", r"street|road|address|addr|街|路", "address", _street),
        Meaning("postcode", "邮政编码", "postcode", r"post ?(al)? ?code|postcode|zip|邮编|邮政编码|plz", "address", _postcode),
        Meaning("place", "地名", "town or place", r"city|town|suburb|village|municip|parish|locality|place|district|county|residence|乡|镇|县|区|市|村", "address", _place),
        Meaning("state", "省州", "state or region", r"\bstate\b|province|region|county|省|州", "address", _state),
        Meaning("birth_place", "出生地", "place of birth", r"birth ?(place|state|county|country|town|city|parish)|place of birth|pob|born in|bpl|籍贯|出生地|birth", "person", _birth_place),
        Meaning("occupation", "职业", "occupation", r"occupation|job|profession|trade|occ\b|职业|工种|岗位", "life", _occupation),
        Meaning("relation", "与户主关系", "relation within the household", r"relation|rel\b|role|与户主|关系", "life", _relation),
        Meaning("ethnic_group", "民族", "ethnic group", r"race|ethnic|民族|origin", "person", _group),
        Meaning("household", "户号", "household number", r"house ?hold|hh ?id|family (id|no|num)|dwelling|户号|户编号|家庭编号", "address", _household),
        Meaning("number", "数值", "number", r"amount|sum|income|salary|price|cost|weight|height|金额|收入|工资|费用", "other", _number),
        Meaning("free_text", "长文本", "long text", r"note|remark|comment|description|备注|说明", "none", _free_text),
        Meaning("category", "类别", "category", r"status|type|class|code|类|状态", "other", _category),
        Meaning("text", "文字", "text", r"^$", "other", _text),
    )
}  # fmt: skip
"""Every meaning a column with values can have; a column without a value, or with one only, is `empty` or `constant`."""

PERSON_ONCE = ("given_name", "surname", "full_name", "chinese_name", "birth_date", "birth_year", "birth_month", "birth_day",
               "age", "sex", "identity_number", "household", "birth_place")  # fmt: skip
"""Meanings that one table has once; the next best column of that kind takes its next best meaning."""


def scores(column: Profile) -> dict[str, float]:
    """How well each meaning suits a column: the fit of its content, half as much again where the header hints at it."""
    hinted_at, found = hinted(column), {}
    for meaning in MEANINGS.values():
        fit = meaning.fit(column)
        if fit > 0:
            found[meaning.name] = fit * (1.8 if meaning.name in hinted_at else 1.0)
    return found


def hinted(column: Profile) -> frozenset[str]:
    """The meanings a header hints at; what is said of a birth is not said of a residence."""
    names = {item.name for item in MEANINGS.values() if re.search(item.headers, column.words)}
    return frozenset(names - {"place", "state"} if "birth_place" in names else names)

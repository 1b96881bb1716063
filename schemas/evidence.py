"""The household evidence table (家庭证据表): every value a screening rule may read, declared once.

A row is one household as seen through links that are at least so sure. A value nobody has told is null, never zero:
rules then answer "unknown". Money covers the twelve months before the last day of the window unless its unit says
otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EVIDENCE", "EvidenceColumn", "Unit"]


class Unit(StrEnum):
    """What a value counts."""

    YUAN_YEAR = "yuan_year"  # 元，12个月合计
    YUAN_MONTH = "yuan_month"  # 元/月
    PERSONS = "persons"  # 人
    TIMES = "times"  # 次
    ROOMS = "rooms"  # 间
    LEVEL = "level"  # 等级, one is the gravest
    SHARE = "share"  # 比例
    FLAG = "flag"  # 是否


@dataclass(frozen=True)
class EvidenceColumn:
    """One value of a household.

    Attributes:
        name: As formulas write it.
        zh: Term of art (中文术语).
        en: English name.
        meaning: How the value is found, and when it is unknown.
        unit: What it counts; a flag is yes or no, everything else a number.
        sources: Partner sources it comes from; none where only a visit can tell.
        minimum: Smallest value there can be; `at_least(...)` in a formula falls back on it.
    """

    name: str
    zh: str
    en: str
    meaning: str
    unit: Unit
    sources: tuple[str, ...] = ()
    minimum: float | None = None


_MEDICAL, _RELIEF, _CIVIL = ("medical_settlement",), ("disaster_relief",), ("civil_affairs",)
_VISIT = "Told by a visit (入户核实) or an authorised check; no source gives it yet."
_LISTED = "Whether the household is found on the list on the last day; unknown where no list was received."

_COLUMNS = (
    # income and size
    EvidenceColumn("Y12", "家庭可支配收入", "disposable income of the household", _VISIT, Unit.YUAN_YEAR),
    EvidenceColumn("n", "共同生活家庭成员", "persons living together", _VISIT, Unit.PERSONS, minimum=1),
    EvidenceColumn("earners", "家庭就业人数", "earners in the household", _VISIT, Unit.PERSONS, minimum=0),
    EvidenceColumn(
        "n_proxy",
        "推算家庭人口",
        "household size as far as known",
        "Persons of the household as civil affairs counts them, the latest row that says it, up to 12; where no list does, those who "
        "are tied to the member surely and the member, or three where they are fewer.",
        Unit.PERSONS,
        _CIVIL,
        minimum=1,
    ),
    EvidenceColumn(
        "wage_year",
        "缴费工资（年）",
        "wage by contribution base",
        "The member's latest monthly contribution base times twelve: a proxy of the wage, capped at both ends.",
        Unit.YUAN_YEAR,
        ("contribution_base",),
        minimum=0,
    ),
    EvidenceColumn(
        "wages_known",
        "家庭缴费工资合计（年）",
        "wages of the household by contribution base",
        "Twelve times the latest base of the member and of everybody surely tied to them; who has none adds nothing.",
        Unit.YUAN_YEAR,
        ("contribution_base",),
        minimum=0,
    ),
    EvidenceColumn(
        "earners_unknown",
        "工资未知的会员人数",
        "members without a known wage",
        "The member and other members of the union in the household whose contribution base is not known.",
        Unit.PERSONS,
        ("contribution_base",),
        minimum=0,
    ),
    # rigid expenditure, net of what was paid back
    EvidenceColumn(
        "E_med",
        "医疗自负支出",
        "medical expenses out of pocket",
        "Personal amounts of settlements that count, refunds taken off, of the member and of household members, by a "
        "list, one door, one telephone or a contact person; mutual aid and relief are not taken off yet. Unknown without a settlement.",
        Unit.YUAN_YEAR,
        _MEDICAL,
        minimum=0,
    ),
    EvidenceColumn("E_edu", "教育刚性支出", "necessary education expenses", _VISIT, Unit.YUAN_YEAR, minimum=0),
    EvidenceColumn("E_dis", "残疾康复护理支出", "expenses of disability", _VISIT, Unit.YUAN_YEAR, minimum=0),
    EvidenceColumn("E_job", "必要就业成本", "necessary costs of employment", _VISIT, Unit.YUAN_YEAR, minimum=0),
    EvidenceColumn("E_disaster", "灾害损失自负部分", "losses by disaster borne", _VISIT, Unit.YUAN_YEAR, minimum=0),
    EvidenceColumn(
        "settlements", "住院结算次数", "settlements that count", "Of all persons in E_med.", Unit.TIMES, _MEDICAL, 0
    ),
    EvidenceColumn(
        "family_settlements",
        "其中家庭成员结算次数",
        "settlements of household members",
        "Those in `settlements` that are not the member's own.",
        Unit.TIMES,
        _MEDICAL,
        0,
    ),
    # events
    EvidenceColumn(
        "relief_events", "受灾救助次数", "relief rows in the window", "By the day of the event.", Unit.TIMES, _RELIEF, 0
    ),
    EvidenceColumn(
        "houses_collapsed", "倒塌间数", "rooms collapsed", "Most of any event.", Unit.ROOMS, _RELIEF, 0
    ),
    EvidenceColumn(
        "houses_severe", "严重损坏间数", "rooms severely damaged", "Most of any event.", Unit.ROOMS, _RELIEF, 0
    ),
    EvidenceColumn(
        "houses_minor", "一般损坏间数", "rooms slightly damaged", "Most of any event.", Unit.ROOMS, _RELIEF, 0
    ),
    EvidenceColumn(
        "injury_grade",
        "工伤伤残等级",
        "grade of the work injury",
        "Gravest grade of an accident of the window (1 to 10); unknown where it is not assessed yet.",
        Unit.LEVEL,
        ("work_accident",),
        1,
    ),
    EvidenceColumn(
        "deaths",
        "灾害事故亡故人数",
        "deaths by an event",
        "Household members beside the member who died within 30 days of a disaster or accident of the household.",
        Unit.PERSONS,
        ("death_record",),
        0,
    ),
    EvidenceColumn(
        "accident", "突发事件", "sudden event", "A disaster or work accident in the window.", Unit.FLAG,
        ("disaster_relief", "work_accident"),
    ),
    # civil-affairs lists
    EvidenceColumn("listings", "民政名单条数", "rows on civil-affairs lists", _LISTED, Unit.TIMES, _CIVIL, 0),
    EvidenceColumn("on_rigid", "刚性支出困难家庭", "on the rigid-expenditure list", _LISTED, Unit.FLAG, _CIVIL),
    EvidenceColumn("on_destitute", "特困", "on the destitute list", _LISTED, Unit.FLAG, _CIVIL),
    EvidenceColumn("on_edge", "低保边缘", "on the near-subsistence list", _LISTED, Unit.FLAG, _CIVIL),
    EvidenceColumn("on_subsistence", "低保", "on the subsistence list", _LISTED, Unit.FLAG, _CIVIL),
    EvidenceColumn(
        "temporary_relief", "临时救助", "temporary relief", "Temporary relief begun in the window.", Unit.FLAG, _CIVIL
    ),
    # disability and schooling
    EvidenceColumn(
        "disability_level",
        "残疾等级",
        "level of disability",
        "Gravest level of a valid certificate of the household (1 to 4).",
        Unit.LEVEL,
        ("disability_certificate",),
        1,
    ),
    EvidenceColumn(
        "disabled_members",
        "持证残疾人数",
        "members with a disability certificate",
        "Persons with a valid certificate who were linked.",
        Unit.PERSONS,
        ("disability_certificate",),
        0,
    ),
    EvidenceColumn(
        "new_student",
        "子女新入高校",
        "child newly in higher education",
        "A child that entered college or university within the window, by the parent's application for aid.",
        Unit.FLAG,
        ("education_aid",),
    ),
)  # fmt: skip

EVIDENCE: Mapping[str, EvidenceColumn] = MappingProxyType({column.name: column for column in _COLUMNS})
"""The columns by name, in the order of the table."""

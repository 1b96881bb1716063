"""The screens (筛查规则) as data: what makes a clue, in which bands, and how much each band is believed.

They are used where household income and size are unknown, and so give a clue strength, never a tier.
Source: the screens S1, S4 and S5 of the domain reference; the medical bands are those of provincial
medical-expense warnings (个人负担 1 万、2.6 万、5 万元). S2, S3 and S6 need wages, household size,
disability and schooling, which no source gives yet.

`belief` is the expected share of visits that confirm hardship, given the evidence is this person's. The
values are judgements made before any visit, ordered by severity; outcomes replace them later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["FAMILY", "MEDICAL", "MISSING", "RULES", "RULE_SET", "Band", "Missing", "Rule"]

RULE_SET = "screens-2026.1"
"""Name of this set; a list says which set made it."""


@dataclass(frozen=True)
class Band:
    """One band of a screen.

    Attributes:
        code: Stable code.
        zh, en: What it says.
        belief: Expected share of visits that confirm hardship, 0 to 1.
        floor: Lower bound in yuan, for bands of amounts.
    """

    code: str
    zh: str
    en: str
    belief: float
    floor: float = 0.0


@dataclass(frozen=True)
class Rule:
    """One screen.

    Attributes:
        code: Stable code.
        source: Source its evidence comes from.
        zh, en: Sentence with `{band}` and, where it counts something, `{count}`.
        bands: By code.
        alone: Whether it puts a person on the list by itself; otherwise it only adds to other screens.
    """

    code: str
    source: str
    zh: str
    en: str
    bands: Mapping[str, Band]
    alone: bool = True


@dataclass(frozen=True)
class Missing:
    """Something only a visit can tell (需入户核实)."""

    code: str
    zh: str
    en: str


def _bands(*bands: Band) -> Mapping[str, Band]:
    return MappingProxyType({band.code: band for band in bands})


MEDICAL = Rule(
    "S1",
    "medical_settlement",
    "近12个月住院结算{count}次，个人负担{band}",
    "{count} hospital settlement(s) in 12 months, out of pocket {band}",
    _bands(
        Band("10000-26000", "1万至2.6万元", "10,000 to 26,000 yuan", 0.35, 10_000),
        Band("26000-50000", "2.6万至5万元", "26,000 to 50,000 yuan", 0.60, 26_000),
        Band("50000+", "5万元以上", "50,000 yuan or more", 0.80, 50_000),
    ),
)
FAMILY = Rule(
    "S1F",
    "medical_settlement",
    "近12个月本人及名单所列家庭成员住院结算{count}次，个人负担合计{band}",
    "{count} hospital settlement(s) of the member and listed household members in 12 months, out of pocket {band}",
    MEDICAL.bands,
)
HOUSE = Rule(
    "S4",
    "disaster_relief",
    "近12个月住房{band}",
    "House {band} within 12 months",
    _bands(
        Band("collapsed", "因灾倒塌", "collapsed in a disaster", 0.75),
        Band("severe", "因灾严重损坏", "severely damaged in a disaster", 0.60),
    ),
)
RELIEF = Rule(
    "S4R",
    "disaster_relief",
    "近12个月领取受灾救助，{band}",
    "Disaster relief received within 12 months, {band}",
    _bands(
        Band("damaged", "住房一般损坏", "house slightly damaged", 0.30),
        Band("relief", "住房未见损坏记录", "no damage to the house on record", 0.20),
    ),
    alone=False,  # winter relief and small damage reach whole villages
)
LOW_INCOME = Rule(
    "S5",
    "civil_affairs",
    "在民政部门{band}名单内，未建困难职工档案",
    "On the civil-affairs list {band}, without a union hardship archive",
    _bands(
        Band("rigid_expenditure", "刚性支出困难家庭", "of rigid-expenditure families", 0.80),
        Band("destitute", "特困人员", "of destitute support", 0.70),
        Band("edge", "低保边缘家庭", "of near-subsistence families", 0.65),
        Band("subsistence", "最低生活保障", "of subsistence allowance", 0.65),
        Band("temporary", "临时救助", "of temporary relief", 0.40),
    ),
)
RULES: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in (MEDICAL, FAMILY, HOUSE, RELIEF, LOW_INCOME)})

MISSING = (
    Missing("income", "家庭收入未知", "household income is unknown"),
    Missing("household", "共同生活家庭成员未知", "members of the household are unknown"),
    Missing(
        "family_bills",
        "未列入名单的配偶、子女的医疗支出未计入",
        "hospital bills of relatives on no list are not counted",
    ),
)
"""What no source tells for anybody yet."""
MUTUAL_AID = Missing(
    "mutual_aid", "参加医疗互助，赔付金额未扣除", "payments of the medical mutual aid are not deducted"
)

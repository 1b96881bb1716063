"""A town of unions (演示区划): accounts of every role and cases in every stage, over a database that a portal serves.

Tests that change something take a case of their own, `Town.fresh`; the cases of Panlong are only read, so that lists there
stay as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from sqlalchemy import text

from bangfu.db.users import User, create_user
from schemas.reference import counties
from schemas.rights import Role
from tests.bangfu.portal.conftest import DEPARTMENTS, OFFICERS, PASSWORD, Site, make_candidate

__all__ = ["KEEPERS", "LOOKED_AT", "TOWN_ACCOUNTS", "WORKED_ON", "Town", "settle"]

WORKED_ON, LOOKED_AT = "530102", "530103"
"""Counties: Wuhua, whose cases tests work on, and Panlong, whose cases they only look at."""

KEEPERS = (
    User("hu.jing", "胡静", Role.SECURITY_ADMINISTRATOR, "53"),
    User("tang.wei", "唐伟", Role.AUDITOR, "53"),
)

TOWN_ACCOUNTS = (
    *OFFICERS,
    *DEPARTMENTS,
    *KEEPERS,
    User("ma.lin", "马琳", Role.COUNTY_OFFICER, LOOKED_AT),
    User("gao.ting", "高婷", Role.APPROVER, WORKED_ON),
    User("he.ping", "何平", Role.APPROVER, "5301"),
)

_NAMES = [
    "李建国",
    "王秀英",
    "赵国强",
    "杨丽华",
    "陈玉兰",
    "刘志明",
    "和学军",
    "段红梅",
    "刀玉香",
    "张海燕",
    "罗文斌",
    "马秀兰",
]
_UNIONS = ["昆明云岭机械有限公司工会委员会", "五华区环卫站工会", "滇池纺织厂工会", "盘龙区公交联合工会"]
_REASONS = (
    ("S1", "近12个月住院结算3次，个人负担5万元以上", "3 hospital settlements in 12 months, out of pocket 50,000 yuan or more", "50000+"),
    ("S1", "近12个月住院结算2次，个人负担2.6万元至5万元", "2 hospital settlements in 12 months, out of pocket 26,000 to 50,000 yuan", "26000-50000"),
    ("S4", "住房因灾倒塌2间", "2 rooms collapsed in a disaster", "collapsed"),
)  # fmt: skip
_FRESH, _SHOWN = range(1, 61), range(101, 113)
"""Numbers of the candidates of Wuhua and of Panlong."""


@dataclass(frozen=True)
class Town:
    """The town.

    Attributes:
        site: Its database, with what builders of the portal's tests do to it.
        numbers: Candidates that no test has taken yet.
    """

    site: Site
    numbers: Iterator[int]

    def fresh(self, *steps: str, **details: Any) -> str:
        """Id of a case of Wuhua that no other test touches, after these steps."""
        case_id = self.site.case(next(self.numbers))
        self.site.walk(case_id, *steps, **details)
        return case_id

    def state(self, case_id: str) -> str:
        """State of a case, as the database has it."""
        return str(self.asked("SELECT state FROM review_case WHERE case_id = :given", case_id))

    def steps(self, case_id: str) -> list[str]:
        """Steps of a case so far, without those of the system."""
        query = "SELECT array_agg(step ORDER BY version) FROM case_event WHERE case_id = :given AND step NOT IN ('open', 'send')"
        return list(self.asked(query, case_id) or ())

    def asked(self, query: str, given: str) -> Any:
        """One value of the database."""
        with self.site.database.owner.connect() as connection:
            return connection.scalar(text(query), {"given": given})

    def told(self, statement: str, **values: Any) -> None:
        """Change the database as its owner does."""
        with self.site.database.owner.begin() as connection:
            connection.execute(text(statement), values)


def settle(site: Site) -> Town:
    """Let accounts and cases move in."""
    with site.database.owner.begin() as connection:
        for account in TOWN_ACCOUNTS:
            create_user(connection, account, PASSWORD)
    elsewhere = [item.code for item in counties() if item.code not in {WORKED_ON, LOOKED_AT}][::4]
    rows = [
        *(_clue(number, WORKED_ON) for number in _FRESH),
        *(_clue(number, LOOKED_AT) for number in _SHOWN),
        *(_clue(number, county) for number, county in enumerate(elsewhere, 121)),
    ]
    site.publish(rows)
    for number in (102, 105, 108, 123, 126):
        site.walk(site.case(number), "receive")
    for number in (103, 107, 124):
        site.walk(site.case(number), "receive", "assign", assignee="ma.lin")
    site.walk(site.case(104), "receive", "assign", "contact", assignee="ma.lin")
    site.walk(site.case(125), "receive", "settle:05")
    town = Town(site, count(1))
    late = "UPDATE review_case SET due_at = due_at - make_interval(days => :days) WHERE county_code = :county"
    for place, days in ((0, 20), (5, 9), (9, 9)):
        town.told(late, county=elsewhere[place], days=days)
    return town


def _clue(number: int, county: str) -> Any:
    """A clue that differs from its neighbours as clues do."""
    code, zh, en, band = _REASONS[number % len(_REASONS)]
    first = make_candidate().reasons[0]
    return replace(
        make_candidate(number, county_code=county, name=_NAMES[number % len(_NAMES)], union_name=_UNIONS[number % len(_UNIONS)]),
        strength=round(0.3 + number * 7 % 60 / 100, 2), sex=str(1 + number % 2), birth_year=1962 + number % 35,
        reasons=[{**first, "code": code, "zh": zh, "en": en, "band": band}],
    )  # fmt: skip

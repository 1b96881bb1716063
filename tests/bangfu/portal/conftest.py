"""Builders for the portal: candidates of real shape, accounts of officers and departments, a browser."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from bangfu.db import candidates, runs
from bangfu.db.candidates import NewCandidate
from bangfu.db.models import Role
from bangfu.db.users import User, create_user
from bangfu.portal.app import create_app

PASSWORD = "correct horse battery"

OFFICERS = (
    User("chen.jie", "陈洁", Role.COUNTY_OFFICER, "530102"),
    User("yang.fan", "杨帆", Role.COUNTY_OFFICER, "532901"),
    User("li.na", "李娜", Role.PREFECTURE_OFFICER, "5301"),
    User("zhao.min", "赵敏", Role.PROVINCE_OFFICER, "53"),
    User("root.keeper", "管理员", Role.SYSTEM_ADMINISTRATOR, "53"),
)

DEPARTMENTS = (
    User("km.minzheng", "昆明市民政局", Role.DEPARTMENT, "530100", sources=("civil_affairs", "death_record")),
    User("km.yibao", "昆明市医疗保障局", Role.DEPARTMENT, "530100", sources=("medical_settlement",)),
    User("dl.minzheng", "大理州民政局", Role.DEPARTMENT, "532900", sources=("civil_affairs",)),
)


def make_candidate(number: int = 1, **changes: Any) -> NewCandidate:
    """A candidate as screening writes it; `changes` replace single values."""
    values: dict[str, Any] = {
        "candidate_id": identity(number),
        "county_code": "530102",
        "roster_record_id": f"extract:{number}",
        "roster_person_id": f"HY{number:06}",
        "union_name": "昆明云岭机械有限公司工会委员会",
        "name": "张晓梅",
        "sex": "2",
        "birth_year": 1980,
        "ethnic_group": "07",
        "id_number": "539001198001010014",
        "phone": "13812345678",
        "address": "昆明市五华区莲华街道学府路12号3单元",
        "employer": "昆明云岭机械有限公司",
        "reasons": [
            {
                "code": "S1",
                "zh": "近12个月住院结算2次，个人负担5万元以上",
                "en": "2 hospital settlement(s) in 12 months, out of pocket 50,000 yuan or more",
                "band": "50000+",
                "period": "2025Q4-2026Q1",
                "source": "medical_settlement",
            }
        ],
        "evidence": {
            "as_of": "2026-06-30",
            "since": "2025-06-30",
            "route": "parent_union",
            "missing": [{"code": "income", "zh": "家庭收入未知", "en": "household income is unknown"}],
        },
        "match": [
            {
                "source": "medical_settlement",
                "record_id": "settlements:7",
                "records": 2,
                "probability": 0.998,
                "weight": 9.0,
                "fields": [
                    finding("prior", "", "missing", -20.0),
                    finding(
                        "identity_number", "证件号码", "agrees", 25.0, ("5390************14", "5390************14")
                    ),
                    finding("name", "姓名", "close", 6.0, ("张**", "张**")),
                    finding("phone", "手机号码", "differs", -1.5, ("138****5678", "139****0000")),
                    finding("ethnic_group", "民族", "missing", 0.0),
                ],
            }
        ],
        "strength": 0.79,
        "match_probability": 0.998,
    }
    return NewCandidate(**{**values, **changes})


def finding(
    comparison: str, label: str, outcome: str, weight: float, values: tuple[str | None, str | None] = (None, None)
) -> dict[str, Any]:
    """One compared field, as screening writes it."""
    return {
        "comparison": comparison,
        "label_zh": label,
        "label_en": comparison.replace("_", " "),
        "level": outcome,
        "outcome": outcome,
        "zh": f"{label}的比对结果。",
        "en": f"What was found for {comparison}.",
        "weight": weight,
        "member": values[0],
        "partner": values[1],
    }


def listed(page: str) -> list[str]:
    """Ids of the candidates on a list, in order."""
    return re.findall(r'<tr id="([0-9a-f]{24})">', page)


def identity(number: int) -> str:
    """Id of the candidate with that number."""
    return candidates.candidate_id("test", str(number))


class Browser(TestClient):
    """A browser that does not follow redirects, and knows its way about forms."""

    def token(self, page: str) -> str:
        """The form token on a page."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        assert found, f"{page} has no form"
        return found.group(1)

    def log_in(self, username: str, password: str = PASSWORD, **fields: str) -> Any:
        """Fill in the log-in form; returns the answer."""
        form = {"username": username, "password": password, "csrf_token": self.token("/login?idle=1"), **fields}
        return self.post("/login", data=form)


@dataclass(frozen=True)
class Site:
    """A portal over a database of the test's own, with the `OFFICERS` and `DEPARTMENTS`.

    Attributes:
        app: The application.
        database: The fixture `database`.
        publish: Publishes a list in place of the one before.
    """

    app: FastAPI
    database: Any
    publish: Callable[[Sequence[NewCandidate]], None]

    def browser(self, username: str | None = None, *, base_url: str = "http://portal.test") -> Browser:
        """A new browser, logged in where a user name is given."""
        browser = Browser(self.app, base_url=base_url, follow_redirects=False, raise_server_exceptions=False)
        if username:
            assert browser.log_in(username).status_code == 303
        return browser


@pytest.fixture
def build() -> Callable[..., NewCandidate]:
    """`make_candidate`."""
    return make_candidate


@pytest.fixture
def site(database: Any, cheap_passwords: None) -> Iterator[Site]:
    """A portal with accounts and without candidates."""
    with database.owner.begin() as connection:
        for account in (*OFFICERS, *DEPARTMENTS):
            create_user(connection, account, PASSWORD)

    def publish(rows: Sequence[NewCandidate]) -> None:
        with database.owner.begin() as connection:
            run_id = runs.start_run(connection, "screen")
            candidates.replace_screened(connection, run_id, rows)
            candidates.publish(connection, run_id)

    app = create_app(replace(database.settings, second_factor=frozenset()))
    yield Site(app, database, publish)
    app.state.portal.engine.dispose()


@pytest.fixture
def counties(site: Site) -> Site:
    """Two candidates of Wuhua, one of Panlong (both Kunming), one of Dali."""
    site.publish(
        [
            make_candidate(1, strength=0.8),
            make_candidate(2, strength=0.4, name="李建国"),
            make_candidate(3, county_code="530103", name="张海"),
            make_candidate(4, county_code="532901", name="杨丽"),
        ]
    )
    return site


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real argon2 at its least cost: ten log-ins a test would otherwise take most of its time."""
    from argon2 import PasswordHasher

    from bangfu.db import users

    monkeypatch.setattr(users, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    users._decoy.cache_clear()

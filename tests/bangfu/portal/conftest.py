"""Builders for the portal: candidates of real shape, accounts of officers and departments, a browser."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from bangfu.db import candidates, runs
from bangfu.db.candidates import NewCandidate
from bangfu.db.case_queries import CaseRow
from bangfu.db.models import Role
from bangfu.db.second_reviews import mark_sampled
from bangfu.db.users import User, create_user
from bangfu.pipeline.review.acting import act, case_now
from bangfu.pipeline.review.openings import open_cases
from bangfu.portal.app import create_app
from bangfu.review.cases import Case
from bangfu.review.deadlines import Calendar
from bangfu.review.needs import details_of
from tests.bangfu.review.walking import filled, somebody

PASSWORD = "correct horse battery"

OFFICERS = (
    User("chen.jie", "陈洁", Role.COUNTY_OFFICER, "530102"),
    User("yang.fan", "杨帆", Role.COUNTY_OFFICER, "532901"),
    User("li.na", "李娜", Role.PREFECTURE_OFFICER, "5301"),
    User("zhao.min", "赵敏", Role.PROVINCE_OFFICER, "53"),
    User("root.keeper", "管理员", Role.SYSTEM_ADMINISTRATOR, "53"),
    User("sun.li", "孙丽", Role.COUNTY_OFFICER, "530102"),
    User("wang.fang", "王芳", Role.APPROVER, "530102"),
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


def make_row(**changes: Any) -> CaseRow:
    """The case of that candidate as the database gives it, sent to its county; `changes` replace single values."""
    candidate, at = make_candidate(), datetime(2026, 6, 1, tzinfo=UTC)
    known = {item.name: getattr(candidate, item.name, None) for item in fields(CaseRow)}
    begun = {"case_id": "0" * 24, "flow": "candidate", "subject": candidate.candidate_id, "state": "sent", "version": 2}
    plain = {"urgent": False, "opened_at": at, "changed_at": at, "files": (), "list_version": 1}
    return CaseRow(**{**known, **begun, **plain, **changes})


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
    """Ids of the cases on a list, in order."""
    return re.findall(r'<tr id="([0-9a-f]{24})"', page)


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

    def step(self, case_id: str, step: str, *, version: str | int = "", **details: Any) -> Any:
        """Fill in the form of a step, as the page shows it now or with the version seen before; returns the answer."""
        form = {"csrf_token": self.token(f"/cases/{case_id}"), "version": version or self.version(case_id), **details}
        return self.post(f"/cases/{case_id}/steps/{step}", data=form)

    def undo(self, case_id: str) -> Any:
        """Take the last step back; returns the answer."""
        form = {"csrf_token": self.token(f"/cases/{case_id}"), "version": self.version(case_id)}
        return self.post(f"/cases/{case_id}/undo", data=form)

    def version(self, case_id: str) -> str:
        """The version of a case that its page shows; of one without a form, 0."""
        found = re.search(r'name="version" value="(\d+)"', self.get(f"/cases/{case_id}").text)
        return found.group(1) if found else "0"


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

    def case(self, number: int = 1) -> str:
        """Id of the newest case of the candidate with that number."""
        query = text("SELECT case_id FROM review_case WHERE subject = :subject ORDER BY opened_at DESC LIMIT 1")
        with self.database.owner.connect() as connection:
            return str(connection.scalar(query, {"subject": identity(number)}))

    def shown(self, page: str) -> list[int]:
        """Numbers of the candidates whose cases are on a list, in order."""
        query = text("SELECT case_id, subject FROM review_case")
        numbers = {identity(number): number for number in range(200)}
        with self.database.owner.connect() as connection:
            known = {row.case_id: numbers[row.subject] for row in connection.execute(query)}
        return [known[case_id] for case_id in listed(page)]

    def walk(self, case_id: str, *codes: str, **details: Any) -> Case:
        """Take steps with all they ask for; a code may name its choice, as in `verify:03`."""
        with self.database.owner.connect() as connection:
            case = case_now(connection, case_id)
        for number, named in enumerate(codes):
            code, _, choice = named.partition(":")
            with self.database.owner.begin() as connection:
                case, at = case_now(connection, case_id), datetime.now(UTC)
                step = case.rules.steps[code]
                if step.after_lot:
                    mark_sampled(connection, [case_id], at)
                told = {name: value for name, value in details.items() if name in details_of(step)}
                given = filled(case, step, at, choice) | told
                actor = somebody(case, step, number)
                case = act(connection, case_id, code, actor, at, given, version=case.version, calendar=Calendar())
        return case

    def age(self, case_id: str, minutes: int) -> None:
        """Let the events of a case be so many minutes older."""
        with self.database.owner.begin() as connection:
            connection.execute(
                text("UPDATE case_event SET at = at - make_interval(mins => :minutes) WHERE case_id = :case_id"),
                {"minutes": minutes, "case_id": case_id},
            )


def publish_list(database: Any, rows: Sequence[NewCandidate]) -> None:
    """Publish a list in place of the one before; its cases are opened."""
    with database.owner.begin() as connection:
        run_id = runs.start_run(connection, "screen")
        candidates.replace_screened(connection, run_id, rows)
        version = candidates.publish(connection, run_id)
        open_cases(connection, run_id, version, datetime.now(UTC), Calendar())


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

    app = create_app(replace(database.settings, second_factor=frozenset()))
    yield Site(app, database, partial(publish_list, database))
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


@pytest.fixture
def one(site: Site) -> Site:
    """One candidate of Wuhua, whose case was sent to the county."""
    site.publish([make_candidate(1)])
    return site

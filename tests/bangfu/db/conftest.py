"""Builders of candidates and published lists."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import argon2
import pytest

from bangfu.db import candidates, runs, users
from bangfu.db.account import User
from bangfu.db.candidates import NewCandidate
from bangfu.pipeline.review.openings import open_cases
from bangfu.review.deadlines import Calendar
from schemas.rights import Role
from tests.conftest import Database

Build = Callable[..., NewCandidate]
PublishList = Callable[[Sequence[NewCandidate]], str]


def build_candidate(number: int = 1, county: str = "530102", **values: object) -> NewCandidate:
    """A candidate with everything a real one has; the person cannot exist."""
    return NewCandidate(
        **{  # type: ignore[arg-type]
            "candidate_id": f"c{number:06d}",
            "county_code": county,
            "roster_record_id": f"union_roster-00ff:{number}",
            "roster_person_id": f"M{number}",
            "reasons": [{"code": "inpatient_self_pay", "zh": "住院自付较高", "source": "medical_settlement"}],
            "strength": 0.5,
            "match_probability": 0.99,
            "evidence": {"settlements": 2},
            "match": [{"source": "medical_settlement", "levels": [{"field": "name", "zh": "姓名一致"}]}],
            "union_name": "五华区某厂工会",
            "name": "张三",
            "sex": "1",
            "birth_year": 1980,
            "ethnic_group": "01",
            "id_number": "539101198001010015",
            "phone": "13800000000",
            "address": "某路1号",
            "employer": "某厂",
            **values,
        }
    )


def viewer(area: str, role: Role | None = None, **values: object) -> User:
    """An account of an area; where no role is given, the officer of its level."""
    levels = {2: Role.PROVINCE_OFFICER, 4: Role.PREFECTURE_OFFICER}
    return User("viewer", "查看人", role or levels.get(len(area), Role.COUNTY_OFFICER), area, **values)  # type: ignore[arg-type]


@pytest.fixture
def candidate() -> Build:
    return build_candidate


@pytest.fixture
def screened(database: Database) -> PublishList:
    """Write a screened list as a new run and return the run."""

    def write(rows: Sequence[NewCandidate]) -> str:
        with database.owner.begin() as connection:
            run = runs.start_run(connection, "screen")
            candidates.replace_screened(connection, run, rows)
            runs.finish_run(connection, run, {"candidates": len(rows)})
        return run

    return write


@pytest.fixture
def published(database: Database, screened: PublishList) -> PublishList:
    """Write and publish a list, open its cases and return its run."""

    def write(rows: Sequence[NewCandidate]) -> str:
        run = screened(rows)
        with database.owner.begin() as connection:
            version = candidates.publish(connection, run)
            open_cases(connection, run, version, datetime.now(UTC), Calendar())
        return run

    return write


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real argon2 with little work, so that locks can be tested in no time."""
    monkeypatch.setattr(users, "_HASHER", argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    users._decoy.cache_clear()

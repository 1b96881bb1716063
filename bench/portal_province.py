"""A province for `portal.py`: a list of many candidates, published and turned into cases as the pipeline does it, and its officers."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection, text

from bangfu.db import candidates, portal_session_scope, runs
from bangfu.db.account import User
from bangfu.db.candidates import NewCandidate
from bangfu.db.case_figures import keep_tallies
from bangfu.db.connection import portal_engine
from bangfu.db.sessions import open_session
from bangfu.db.users import create_user
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.openings import open_cases
from bangfu.review.deadlines import Calendar
from schemas.reference import counties
from schemas.rights import Role
from tests.bangfu.portal.conftest import make_candidate

__all__ = ["GIVEN", "SURNAMES", "Session", "build_province", "officers_of", "sessions"]

SURNAMES, GIVEN = (
    "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗",
    "伟芳娜敏静丽强磊洋艳勇军杰娟涛明超秀兰霞平刚桂英华玉萍红玲",
)

_Result = TypeVar("_Result")


def build_province(context: Context, count: int) -> None:
    """A list of so many candidates, published; nothing where there is one."""
    with context.engine.connect() as connection:
        if connection.scalar(text("SELECT count(*) FROM review_case")):
            return
    with context.engine.begin() as connection:
        run_id = runs.start_run(connection, "screen")
        _timed(
            f"{count:,} candidates written", lambda: candidates.replace_screened(connection, run_id, _candidates(count))
        )
    with context.engine.begin() as connection:
        version = _timed("list published", lambda: candidates.publish(connection, run_id))
        _timed("cases opened", lambda: open_cases(connection, run_id, version, datetime.now(UTC), Calendar()))
    with context.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _timed("statistics gathered", lambda: connection.execute(text("VACUUM ANALYZE")))
    with context.engine.begin() as connection:
        _timed("counts kept", lambda: keep_tallies(connection, datetime.now(UTC)))


def _timed(what: str, call: Callable[[], _Result]) -> _Result:
    started = time.perf_counter()
    result = call()
    print(f"{what}: {time.perf_counter() - started:.1f} s", flush=True)
    return result


def _candidates(count: int) -> Iterator[NewCandidate]:
    """Candidates of every county in turn, no two of one name and year in a row."""
    chance, codes = random.Random(1), [county.code for county in counties()]
    for number in range(count):
        name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2))
        yield make_candidate(
            number, county_code=codes[number % len(codes)], name=name, strength=round(chance.random(), 3),
            birth_year=1960 + number % 45, sex="12"[number % 2],
        )  # fmt: skip


@dataclass(frozen=True)
class Session:
    """An account that has logged in."""

    user: User
    token: str
    csrf_token: str


def officers_of(context: Context, each: int) -> list[Session]:
    users = [
        User(f"{'approver' if number == 0 else 'officer'}.{county.code}.{number}", f"经办{number}", Role.APPROVER if number == 0 else Role.COUNTY_OFFICER, county.code)
        for county in counties()
        for number in range(each)
    ]  # fmt: skip
    return sessions(context, users)


def sessions(context: Context, users: list[User]) -> list[Session]:
    """Sessions as the log-in opens them; the password, which costs 64 MiB and a tenth of a second, is not what is measured."""
    engine, opened = portal_engine(context.settings), []
    with context.engine.begin() as connection:
        known = set(connection.scalars(text("SELECT username FROM app_user")))
        template: str | None = None
        for user in users:
            if user.username not in known:
                create_user(connection, user, "a-long-password-of-the-bench") if template is None else _copied(
                    connection, user, template
                )
            template = template or user.username
    for user in users:
        with portal_session_scope(engine, user) as connection:
            session = open_session(connection, user.username)
        opened.append(Session(user, session.token, session.csrf_token))
    engine.dispose()
    return opened


def _copied(connection: Connection, user: User, template: str) -> None:
    """An account with the password of another: 645 hashes would take a minute."""
    connection.execute(
        text(
            "INSERT INTO app_user (username, display_name, role, area_code, password_hash) "
            "SELECT :username, :name, :role, :area, password_hash FROM app_user WHERE username = :template"
        ),
        {"username": user.username, "name": user.display_name, "role": str(user.role), "area": user.area_code, "template": template},
    )  # fmt: skip

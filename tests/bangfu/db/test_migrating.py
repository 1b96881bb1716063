"""Migrations: from nothing to the models, by several processes, with the right portal role."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from psycopg import sql
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from bangfu.db import embedded, migrating
from bangfu.db.connection import open_engine
from bangfu.db.models import Base
from bangfu.errors import BangfuError


@pytest.fixture
def empty(server):
    """An engine for a database without tables."""
    settings, urls = server
    with psycopg.connect(embedded.superuser_address(settings), autocommit=True) as connection:
        connection.execute("CREATE DATABASE empty OWNER bangfu")
        engine = open_engine(urls.owner.set(database="empty"), "test")
        try:
            yield engine
        finally:
            engine.dispose()
            connection.execute("DROP DATABASE empty WITH (FORCE)")


def test_models_and_migrations_agree(database) -> None:
    """A model changed without a migration would work in no installation that exists already."""
    with database.owner.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_several_processes_may_migrate_at_once(empty) -> None:
    assert migrating.current_revision(empty) is None
    with pytest.raises(BangfuError, match="revision none"):
        migrating.check_current(empty)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: migrating.migrate(empty), range(4))) == {migrating.newest_revision()}
    migrating.check_current(empty)


def test_a_failed_migration_leaves_nothing(empty) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE candidate (in_the_way int)"))
    with pytest.raises(Exception, match="already exists"):
        migrating.migrate(empty)
    with empty.connect() as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    assert tables == ["candidate"]


def test_every_migration_can_be_taken_back(empty) -> None:
    migrating.migrate(empty)
    script = migrating._scripts()
    with empty.begin() as connection:
        context = MigrationContext.configure(
            connection, opts={"fn": lambda revision, _: script._downgrade_revs("base", revision)}
        )
        with Operations.context(context):
            context.run_migrations(portal_role="bangfu_portal")
    assert migrating.current_revision(empty) is None
    migrating.migrate(empty)


def migrate_to(engine: Engine, revision: str) -> None:
    """Bring an empty database to an earlier revision."""
    script = migrating._scripts()
    with engine.begin() as connection:
        context = MigrationContext.configure(
            connection, opts={"fn": lambda found, _: script._upgrade_revs(revision, found)}
        )
        with Operations.context(context):
            context.run_migrations(portal_role="bangfu_portal")


def test_deliveries_of_the_version_before_stay_and_nothing_of_them_is_still_to_be_deleted(empty) -> None:
    migrate_to(empty, "0002")
    with empty.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO delivery (delivery_id, source, slot, announced, status)"
                " VALUES ('d', 'union_roster', 'refused/0f', 'none', 'rejected')"
            )
        )
    assert migrating.migrate(empty) == migrating.newest_revision()
    with empty.begin() as connection:
        assert connection.execute(text("SELECT delivery_id, slot FROM delivery")).all() == [("d", "refused/0f")]
        assert connection.execute(text("SELECT * FROM taken_object")).all() == []
        connection.execute(text("INSERT INTO taken_object VALUES ('m', 'd')"))
        connection.execute(text("DELETE FROM delivery"))
        assert connection.execute(text("SELECT * FROM taken_object")).all() == []


def test_credit_codes_of_departments_come_and_go(empty) -> None:
    """Going back, an account that the version before cannot hold is removed; the others stay."""
    migrating.migrate(empty)
    script = migrating._scripts()
    account = "INSERT INTO app_user (username, display_name, password_hash, role, area_code, sources) VALUES "
    with empty.begin() as connection:
        connection.execute(text(account + "('a', 'A', '', 'department', '11530100MB00000004', '{civil_affairs}')"))
        connection.execute(text(account + "('b', 'B', '', 'department', '530100', '{civil_affairs}')"))
        session = (
            "INSERT INTO portal_session (token_hash, username, csrf_token, expires_at) VALUES ('t', 'a', 'c', now())"
        )
        connection.execute(text(session))
    for wrong in ("'county_officer', '11530100MB00000004', '{}'", "'department', '11530100mb00000004', '{x}'"):
        with pytest.raises(IntegrityError, match="area_code_form"), empty.begin() as connection:
            connection.execute(text(account + f"('c', 'C', '', {wrong})"))
    with empty.begin() as connection:
        context = MigrationContext.configure(
            connection, opts={"fn": lambda revision, _: script._downgrade_revs("0002", revision)}
        )
        with Operations.context(context):
            context.run_migrations(portal_role="bangfu_portal")
    with empty.connect() as connection:
        assert connection.scalars(text("SELECT username FROM app_user")).all() == ["b"]


def test_a_newer_database_is_named(database) -> None:
    with database.owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BangfuError, match="newer version"):
        migrating.migrate(database.owner)


@pytest.mark.parametrize(
    ("role", "message"),
    [
        ("no_such_role", "CREATE ROLE no_such_role"),
        ("postgres", "row-level security"),
        ("bangfu", "row-level security"),
        ('x"; DROP TABLE extract', "lower-case"),
    ],
)
def test_a_portal_role_that_cannot_be_held_is_refused(empty, role: str, message: str) -> None:
    with pytest.raises(BangfuError, match=message):
        migrating.migrate(empty, portal_role=role)


def test_another_portal_role_gets_the_same_rights(server, empty) -> None:
    settings, _ = server
    with psycopg.connect(embedded.superuser_address(settings), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE officers_web"))
    migrating.migrate(empty, portal_role="officers_web")
    with empty.connect() as connection:
        found = connection.scalar(text("SELECT has_table_privilege('officers_web', 'review_case', 'SELECT')"))
        assert found is True
        assert not connection.scalar(text("SELECT has_table_privilege('bangfu_portal', 'review_case', 'SELECT')"))


def test_administrators_of_the_version_before_become_system_administrators_and_back(empty) -> None:
    migrate_to(empty, "0005")
    account = "INSERT INTO app_user (username, display_name, password_hash, role, area_code) VALUES "
    with empty.begin() as connection:
        connection.execute(text(account + "('root', 'R', '', 'administrator', '53')"))
    migrating.migrate(empty)
    script = migrating._scripts()
    with empty.begin() as connection:
        assert connection.scalar(text("SELECT role FROM app_user")) == "system_administrator"
        connection.execute(text(account + "('audit', 'A', '', 'auditor', '53')"))
    with empty.begin() as connection:
        context = MigrationContext.configure(
            connection, opts={"fn": lambda revision, _: script._downgrade_revs("0005", revision)}
        )
        with Operations.context(context):
            context.run_migrations(portal_role="bangfu_portal")
    with empty.connect() as connection:
        accounts = connection.execute(text("SELECT username, role, active FROM app_user ORDER BY 1")).all()
    assert accounts == [("audit", "administrator", False), ("root", "administrator", True)]


def test_going_back_from_cases_shows_officers_candidates_under_the_same_rules(empty) -> None:
    """By role, area and union, as the version before said, and not by area alone."""

    def policy() -> str:
        with empty.connect() as connection:
            found = text("SELECT qual FROM pg_policies WHERE policyname = 'candidate_portal'")
            return str(connection.scalar(found))

    migrate_to(empty, "0006")
    before = policy()
    migrating.migrate(empty)
    script = migrating._scripts()
    with empty.begin() as connection:
        context = MigrationContext.configure(
            connection, opts={"fn": lambda revision, _: script._downgrade_revs("0006", revision)}
        )
        with Operations.context(context):
            context.run_migrations(portal_role="bangfu_portal")
    assert policy() == before


def test_to_the_version_before_a_notice_of_urgent_clues_is_one_of_its_list(empty) -> None:
    """What was told and acknowledged stays; a kind that it does not know would break its page of notices."""
    migrating.migrate(empty)
    told = "INSERT INTO notice (notice_id, union_code, kind, list_version, counts, acknowledge_by, due_at) VALUES "
    with empty.begin() as connection:
        connection.execute(text(told + "('ntc_1', '530102', 'list', 1, '{}', '2026-12-01', NULL)"))
        connection.execute(text(told + "('ntc_2', '530102', 'urgent', 1, '{}', '2026-12-01', now())"))
        connection.execute(text("INSERT INTO notice_acknowledgement VALUES ('ntc_2', 'inbox', 'li')"))
    script = migrating._scripts()
    with empty.begin() as connection:
        context = MigrationContext.configure(
            connection, opts={"fn": lambda revision, _: script._downgrade_revs("0009", revision)}
        )
        with Operations.context(context):
            context.run_migrations(portal_role="bangfu_portal")
        assert connection.execute(text("SELECT notice_id, kind FROM notice ORDER BY 1")).all() == [
            ("ntc_1", "list"),
            ("ntc_2", "list"),
        ]


def test_clues_that_were_confirmed_before_are_helped_from_then_on(empty) -> None:
    """Of a person with several, the newest; one that is open or closed is none."""
    migrate_to(empty, "0009")
    known = "INSERT INTO review_case (case_id, flow, subject, county_code, state, version, urgent, opened_at, changed_at, reasons, ended_at)"
    states = (("a", "verified", 1), ("a", "filed", 2), ("b", "visited", 1), ("c", "closed", 1), ("d", "filed", 1))
    with empty.begin() as connection:
        for number, (subject, state, month) in enumerate(states):
            values = {"id": f"{number:024x}", "subject": subject, "state": state, "at": f"2026-0{month}-01 20:00+00"}
            values["ended"] = values["at"] if state in {"filed", "closed"} else None
            told = "VALUES (:id, 'candidate', :subject, '530102', :state, 9, false, :at, :at, '[]', :ended)"
            connection.execute(text(f"{known} {told}"), values)
    migrating.migrate(empty)
    with empty.connect() as connection:
        found = connection.execute(text("SELECT household, case_id, since FROM helped_household ORDER BY 1")).all()
    assert [(row.household, int(row.case_id, 16), row.since.isoformat()) for row in found] == [
        ("a", 1, "2026-02-02"),
        ("d", 4, "2026-01-02"),
    ]

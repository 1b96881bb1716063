"""Versions of rules and parameters: two persons, and what was entered stays as it was."""

import secrets
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bangfu.db.models import Role
from bangfu.db.policies import (
    PolicyKind,
    PolicyRow,
    approve_policy,
    approved_policies,
    enter_policy,
    get_policy,
    keep_policy,
)
from bangfu.db.users import User, create_user, set_active
from bangfu.errors import BangfuError
from tests.conftest import Database

ROW = PolicyRow("official-1", PolicyKind.PARAMETERS, "d1", "[]", "official")


@pytest.fixture
def connection(database: Database):
    """A database with three accounts: two of the province, one of a county."""
    with database.owner.begin() as connection:
        for name, role, area in (("li.na", Role.PROVINCE_OFFICER, "53"), ("chen.jie", Role.APPROVER, "53"), ("zhou.min", Role.COUNTY_OFFICER, "530102")):  # fmt: skip
            create_user(connection, User(name, name, role, area), secrets.token_urlsafe(12))
        yield connection


def test_one_enters_and_another_approves(connection: Connection) -> None:
    enter_policy(connection, ROW, by="li.na")
    assert approved_policies(connection, PolicyKind.PARAMETERS) == []
    approve_policy(connection, "official-1", PolicyKind.PARAMETERS, by="Chen.Jie ")
    (row,) = approved_policies(connection, PolicyKind.PARAMETERS)
    assert (row.entered_by, row.approved_by) == ("li.na", "chen.jie")
    with pytest.raises(BangfuError, match=r"approved already, by chen\.jie"):
        approve_policy(connection, "official-1", PolicyKind.PARAMETERS, by="chen.jie")


@pytest.mark.parametrize("name", ["li.na", "LI.NA", " li.na "])
def test_one_person_is_not_two(connection: Connection, name: str) -> None:
    enter_policy(connection, ROW, by="li.na")
    with pytest.raises(BangfuError, match=r"entered by li\.na: a second person has to approve it"):
        approve_policy(connection, "official-1", PolicyKind.PARAMETERS, by=name)


def test_the_database_refuses_one_person_itself(connection: Connection) -> None:
    """A program that forgets the rule must not get past it."""
    enter_policy(connection, ROW, by="li.na")
    with pytest.raises(IntegrityError, match="two_persons"):
        connection.execute(text("UPDATE policy_version SET approved_by = 'li.na', approved_at = now()"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE policy_version SET content = '[1]'",
        "UPDATE policy_version SET valid_to = '2026-01-01'",
        "DELETE FROM policy_version",
    ],
)
def test_what_was_entered_stays(connection: Connection, change: str) -> None:
    enter_policy(connection, ROW, by="li.na")
    with pytest.raises(DBAPIError, match="cannot be changed"):
        connection.execute(text(change))


def test_an_approval_is_not_taken_back(connection: Connection) -> None:
    enter_policy(connection, ROW, by="li.na")
    approve_policy(connection, "official-1", PolicyKind.PARAMETERS, by="chen.jie")
    with pytest.raises(DBAPIError, match="cannot be changed"):
        connection.execute(text("UPDATE policy_version SET approved_by = NULL, approved_at = NULL"))


@pytest.mark.parametrize("name", ["", "nobody", "zhou.min", "gone", "km.approver", "root.keeper"])
def test_only_active_accounts_of_the_province_decide(connection: Connection, name: str) -> None:
    """Nor does an administrator, who keeps accounts and nothing else (三员分立)."""
    create_user(connection, User("gone", "gone", Role.PROVINCE_OFFICER, "53"), secrets.token_urlsafe(12))
    for name_of, role, area in (
        ("km.approver", Role.APPROVER, "5301"),
        ("root.keeper", Role.SYSTEM_ADMINISTRATOR, "53"),
    ):
        create_user(connection, User(name_of, name_of, role, area), secrets.token_urlsafe(12))
    set_active(connection, "gone", active=False)
    with pytest.raises(BangfuError, match="may not decide about rules and parameters"):
        enter_policy(connection, ROW, by=name)


def test_a_version_is_entered_once_and_never_with_another_content(connection: Connection) -> None:
    enter_policy(connection, ROW, by="li.na")
    with pytest.raises(BangfuError, match=r"entered already, by li\.na: it is waiting for approval"):
        enter_policy(connection, ROW, by="chen.jie")
    with pytest.raises(BangfuError, match="with another content: give the changed file a new version"):
        enter_policy(connection, replace(ROW, digest="d2"), by="chen.jie")


def test_what_came_with_the_program_is_approved_by_two_as_well(connection: Connection) -> None:
    shipped = replace(ROW, kind=PolicyKind.RULES, version_id="rules-1", origin="shipped")
    keep_policy(connection, shipped)
    keep_policy(connection, shipped)
    with pytest.raises(BangfuError, match="no version rules-1 to approve: see `bangfu rules list`"):
        approve_policy(connection, "rules-1", PolicyKind.RULES, by="chen.jie")
    enter_policy(connection, shipped, by="li.na")
    with pytest.raises(BangfuError, match="a second person"):
        approve_policy(connection, "rules-1", PolicyKind.RULES, by="li.na")
    approve_policy(connection, "rules-1", PolicyKind.RULES, by="chen.jie")
    kept = get_policy(connection, "rules-1")
    assert kept is not None
    assert kept.approved_by == "chen.jie"


def test_rules_are_not_approved_as_parameters(connection: Connection) -> None:
    enter_policy(connection, ROW, by="li.na")
    with pytest.raises(BangfuError, match="no version official-1"):
        approve_policy(connection, "official-1", PolicyKind.RULES, by="chen.jie")


def test_made_up_values_never_follow_official_ones(connection: Connection) -> None:
    enter_policy(connection, ROW, by="li.na")
    enter_policy(connection, replace(ROW, version_id="synthetic-1", origin="synthetic"), by="li.na")
    approve_policy(connection, "official-1", PolicyKind.PARAMETERS, by="chen.jie")
    with pytest.raises(BangfuError, match="holds synthetic values, and official ones are in use"):
        approve_policy(connection, "synthetic-1", PolicyKind.PARAMETERS, by="chen.jie")


def test_the_portal_reads_nothing_of_it(database: Database) -> None:
    with database.portal.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text("SELECT * FROM policy_version"))

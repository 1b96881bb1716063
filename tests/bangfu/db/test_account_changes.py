"""Changes of accounts: one administrator proposes, another decides, the database carries it out."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bangfu.db import portal_session_scope, sessions
from bangfu.db.account_changes import decide, decided, propose, propose_account, two_persons_needed, waiting
from bangfu.db.trust_models import ChangeKind
from bangfu.db.users import Role, User, authenticate, create_user, get_user, set_active
from bangfu.errors import BangfuError
from tests.conftest import Database

PASSWORD = "a-long-password"
KEEPERS = (
    User("root.keeper", "系统管理员", Role.SYSTEM_ADMINISTRATOR, "53"),
    User("safe.keeper", "安全管理员", Role.SECURITY_ADMINISTRATOR, "53"),
    User("dl.keeper", "大理安全管理员", Role.SECURITY_ADMINISTRATOR, "5329"),
)
OFFICER = User("chen.jie", "陈洁", Role.COUNTY_OFFICER, "530102")


@pytest.fixture
def accounts(database: Database, cheap_hashes: None) -> Database:
    with database.owner.begin() as connection:
        for keeper in KEEPERS:
            create_user(connection, keeper, PASSWORD)
        create_user(connection, OFFICER, PASSWORD)
    return database


@pytest.fixture
def connection(accounts: Database):
    with accounts.owner.begin() as connection:
        yield connection


def test_two_persons_are_needed_once_both_administrators_exist(database: Database, cheap_hashes: None) -> None:
    with database.owner.begin() as connection:
        assert not two_persons_needed(connection)
        create_user(connection, KEEPERS[0], PASSWORD)
        assert not two_persons_needed(connection)
        create_user(connection, KEEPERS[1], PASSWORD)
        assert two_persons_needed(connection)
        set_active(connection, "safe.keeper", active=False)
        assert not two_persons_needed(connection)


def test_a_new_account_exists_once_it_is_approved(accounts: Database) -> None:
    new = User("yang.fan", "杨帆", Role.APPROVER, "53", union_name="云南省教育工会")
    with accounts.owner.begin() as connection:
        number = propose_account(connection, new, by="Root.Keeper ", password=PASSWORD)
        assert get_user(connection, "yang.fan") is None
        [proposal] = waiting(connection)
        assert (proposal.change_id, proposal.kind, proposal.proposed_by) == (number, ChangeKind.CREATE, "root.keeper")
        assert (proposal.target["role"], proposal.target["union_name"]) == ("approver", "云南省教育工会")
        assert decide(connection, number, by="safe.keeper", approve=True) == "yang.fan"
        assert get_user(connection, "yang.fan") == new
        assert waiting(connection) == []
        [done] = decided(connection)
        assert (done.decided_by, done.approved) == ("safe.keeper", True)
        kept = connection.scalar(text("SELECT count(*) FROM account_change WHERE password_hash IS NOT NULL"))
        assert kept == 0, "the hash goes with the decision"
    assert authenticate(accounts.portal, "yang.fan", PASSWORD) == new


def test_a_rejected_proposal_changes_nothing(connection: Connection) -> None:
    number = propose_account(connection, replace(OFFICER, role=Role.APPROVER), by="root.keeper")
    decide(connection, number, by="safe.keeper", approve=False)
    assert get_user(connection, "chen.jie") == OFFICER
    with pytest.raises(BangfuError, match=f"No proposal {number} is waiting"):
        decide(connection, number, by="safe.keeper", approve=True)


def test_new_rights_end_the_sessions_at_once(accounts: Database) -> None:
    with portal_session_scope(accounts.portal, OFFICER) as connection:
        session = sessions.open_session(connection, "chen.jie")
    with accounts.owner.begin() as connection:
        number = propose_account(connection, replace(OFFICER, area_code="530103"), by="root.keeper")
    with accounts.portal.begin() as connection:
        assert sessions.find_session(connection, session.token) is not None, "a proposal alone changes nothing"
    with accounts.owner.begin() as connection:
        decide(connection, number, by="safe.keeper", approve=True)
    with accounts.portal.begin() as connection:
        assert sessions.find_session(connection, session.token) is None


@pytest.mark.parametrize("name", ["", "nobody", "chen.jie", "safe.keeper"])
def test_only_a_system_administrator_proposes(connection: Connection, name: str) -> None:
    with pytest.raises(BangfuError, match="may not propose accounts"):
        propose_account(connection, replace(OFFICER, role=Role.APPROVER), by=name)


@pytest.mark.parametrize("name", ["", "nobody", "chen.jie", "root.keeper", "dl.keeper"])
def test_only_a_security_administrator_of_the_area_decides(connection: Connection, name: str) -> None:
    number = propose_account(connection, replace(OFFICER, role=Role.APPROVER), by="root.keeper")
    with pytest.raises(BangfuError, match="may not decide about proposal"):
        decide(connection, number, by=name, approve=True)
    assert get_user(connection, "chen.jie") == OFFICER


def test_nobody_decides_about_the_own_account(connection: Connection) -> None:
    number = propose(connection, ChangeKind.RESET_SECOND_FACTOR, "safe.keeper", by="root.keeper")
    with pytest.raises(BangfuError, match="neither proposed it nor is its subject"):
        decide(connection, number, by="safe.keeper", approve=True)


def test_one_proposal_about_an_account_waits_at_a_time(connection: Connection) -> None:
    propose(connection, ChangeKind.LINK, "chen.jie", by="root.keeper", subject="8f14e45f")
    with pytest.raises(BangfuError, match="waiting already"):
        propose_account(connection, replace(OFFICER, role=Role.APPROVER), by="root.keeper")


def test_what_does_not_fit_is_not_proposed(connection: Connection) -> None:
    for user, password, message in (
        (OFFICER, PASSWORD, "is taken"),
        (replace(OFFICER, username="new.one"), None, "There is no account"),
        (replace(OFFICER, area_code="53"), None, "does not fit the role"),
    ):
        with pytest.raises(BangfuError, match=message):
            propose_account(connection, user, by="root.keeper", password=password)


def test_a_subject_belongs_to_one_account(connection: Connection) -> None:
    first = propose(connection, ChangeKind.LINK, "chen.jie", by="root.keeper", subject="8f14e45f")
    decide(connection, first, by="safe.keeper", approve=True)
    second = propose(connection, ChangeKind.LINK, "root.keeper", by="root.keeper", subject="8f14e45f")
    with pytest.raises(BangfuError, match="no longer fits the accounts"):
        decide(connection, second, by="safe.keeper", approve=True)


def test_the_database_keeps_proposals_as_they_were(connection: Connection) -> None:
    propose(connection, ChangeKind.LINK, "chen.jie", by="root.keeper", subject="8f14e45f")
    for change in (
        "UPDATE account_change SET target = '{}'",
        "UPDATE account_change SET proposed_by = 'safe.keeper'",
        "DELETE FROM account_change",
        "UPDATE account_change SET decided_by = 'root.keeper', decided_at = now(), approved = true",
    ):
        with pytest.raises(DBAPIError, match=r"cannot be changed|two_persons"), connection.begin_nested():
            connection.execute(text(change))


def test_the_portal_decides_in_the_name_of_the_scope_alone(accounts: Database) -> None:
    """Whatever name the page hands on, the database takes the one of the scope."""
    with accounts.owner.begin() as connection:
        number = propose_account(connection, replace(OFFICER, role=Role.APPROVER), by="root.keeper")
    for keeper in (OFFICER, KEEPERS[0]):
        with (
            pytest.raises(BangfuError, match=r"No proposal|may not decide"),
            portal_session_scope(accounts.portal, keeper) as connection,
        ):
            decide(connection, number, by="safe.keeper", approve=True, in_portal=True)
    with portal_session_scope(accounts.portal, KEEPERS[2]) as connection:
        assert waiting(connection) == [], "of another prefecture"
    with portal_session_scope(accounts.portal, KEEPERS[1]) as connection:
        assert [item.change_id for item in waiting(connection)] == [number]
        assert decide(connection, number, by="", approve=True, in_portal=True) == "chen.jie"
    with accounts.owner.begin() as connection:
        user = get_user(connection, "chen.jie")
    assert user is not None
    assert user.role is Role.APPROVER


def test_a_prefecture_s_administrators_move_nobody_in_from_elsewhere(connection: Connection) -> None:
    """Neither proposed nor approved there: the account would be theirs."""
    create_user(connection, User("dl.root", "大理系统管理员", Role.SYSTEM_ADMINISTRATOR, "5329"), PASSWORD)
    moved = replace(OFFICER, area_code="532901")
    with pytest.raises(BangfuError, match="proposes accounts of 5329 alone"):
        propose_account(connection, moved, by="dl.root")
    number = propose_account(connection, moved, by="root.keeper")
    with pytest.raises(BangfuError, match="may not decide"):
        decide(connection, number, by="dl.keeper", approve=True)
    decide(connection, number, by="safe.keeper", approve=True)
    number = propose_account(connection, replace(moved, role=Role.APPROVER), by="dl.root")
    assert decide(connection, number, by="dl.keeper", approve=True) == "chen.jie"


def test_a_department_is_made_with_its_sources(connection: Connection) -> None:
    agency = User("km.minzheng", "昆明市民政局", Role.DEPARTMENT, "530100", sources=("civil_affairs", "death_record"))
    number = propose_account(connection, agency, by="root.keeper", password=PASSWORD)
    decide(connection, number, by="safe.keeper", approve=True)
    assert get_user(connection, "km.minzheng") == agency

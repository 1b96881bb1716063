"""Questions to a second person: who may answer, once, in time, and what an approval is good for."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from bangfu.db import portal_session_scope
from bangfu.db.access import Access, record_access
from bangfu.db.account import User
from bangfu.db.approvals import (
    ApprovalState,
    Asked,
    account_asking,
    answer,
    approvals,
    ask_export,
    ask_publication,
    for_export,
    for_publication,
    use,
)
from bangfu.db.exports import Export, record_export
from bangfu.db.users import create_user, set_active
from bangfu.errors import BangfuError, Refused
from schemas.rights import Permission, Role, roles_with
from tests.conftest import Database

EDUCATION = "云南省教育工会"
ASKS = User("t.officer", "甲", Role.COUNTY_OFFICER, "530102")
OF_UNION = User("t.union", "乙", Role.COUNTY_OFFICER, "53", union_name=EDUCATION)
PROVINCE = User("t.province", "丙", Role.PROVINCE_OFFICER, "53")
APPROVERS = {
    "county": User("t.ap.county", "丁", Role.APPROVER, "530102"),
    "next county": User("t.ap.next", "戊", Role.APPROVER, "530103"),
    "prefecture": User("t.ap.pref", "己", Role.APPROVER, "5301"),
    "province": User("t.ap.prov", "庚", Role.APPROVER, "53"),
    "union": User("t.ap.union", "辛", Role.APPROVER, "53", union_name=EDUCATION),
}
AUDITOR = User("t.auditor", "壬", Role.AUDITOR, "53")


@pytest.fixture
def accounts(database: Database, cheap_hashes: None) -> Database:
    with database.owner.begin() as connection:
        for user in (ASKS, OF_UNION, PROVINCE, *APPROVERS.values(), AUDITOR):
            create_user(connection, user, "a-long-password")
    return database


@pytest.fixture
def connection(accounts: Database) -> Iterator[Connection]:
    with accounts.owner.begin() as connection:
        yield connection


def asked_by(connection: Connection, user: User, rows: int = 800) -> Asked:
    return ask_export(connection, user, "workbook:candidates", rows, "秋季集中入户", "五华区总工会")


def list_asked(connection: Connection, by: User | None = PROVINCE, run: str = "r1", digest: str = "d") -> Asked:
    connection.execute(
        text("INSERT INTO pipeline_run (run_id, stage) VALUES (:run, 'screen') ON CONFLICT DO NOTHING"), {"run": run}
    )
    connection.execute(
        text("INSERT INTO candidate_list (run_id, candidates) VALUES (:run, 3) ON CONFLICT DO NOTHING"), {"run": run}
    )
    return ask_publication(connection, run, digest, 3, {"clues": {"new": 3}}, by)


def test_the_database_knows_who_approves() -> None:
    """The migration repeats the role: a change of `RIGHTS` needs another."""
    assert roles_with(Permission.APPROVE_EXPORTS) == [Role.APPROVER]
    assert roles_with(Permission.EXPORT_LISTS) == [
        Role.COUNTY_OFFICER,
        Role.PREFECTURE_OFFICER,
        Role.PROVINCE_OFFICER,
    ]


@pytest.mark.parametrize(
    ("user", "may"),
    [(ASKS, {"county", "prefecture", "province"}), (OF_UNION, {"province", "union"}), (PROVINCE, {"province"})],
)
@pytest.mark.parametrize("who", APPROVERS)
@pytest.mark.parametrize("way", ["command line", "portal"])
def test_an_approver_of_the_area_and_union_answers(
    accounts: Database, user: User, may: set[str], who: str, way: str
) -> None:
    approver = APPROVERS[who]
    with accounts.owner.begin() as connection:
        number = asked_by(connection, user).approval_id
    opened = portal_session_scope(accounts.portal, approver) if way == "portal" else accounts.owner.begin()
    with opened as connection:
        if who in may:
            done = answer(connection, number, by=approver.username, approve=True, way=way)
            assert (done.state(), done.decided_by, done.way) == (ApprovalState.APPROVED, approver.username, way)
        else:
            with pytest.raises(Refused) as refused:
                answer(connection, number, by=approver.username, approve=True, way=way)
            assert refused.value.code == "may_not_answer"


def test_nobody_answers_an_own_question(accounts: Database) -> None:
    """Not even one whose role has changed since: the two persons are two accounts."""
    with accounts.owner.begin() as connection:
        number = asked_by(connection, ASKS).approval_id
        connection.execute(text("UPDATE app_user SET role = 'approver' WHERE username = :who"), {"who": ASKS.username})
    for way in ("command line", "portal"):
        scope = portal_session_scope(accounts.portal, replace(ASKS, role=Role.APPROVER))
        with scope if way == "portal" else accounts.owner.begin() as connection, pytest.raises(Refused) as refused:
            answer(connection, number, by=ASKS.username, approve=True, way=way)
        assert refused.value.code == "may_not_answer"
    with accounts.owner.begin() as connection, pytest.raises((DBAPIError, IntegrityError)):
        connection.execute(
            text("UPDATE approval SET decided_by = asked_by, decided_at = now(), approved = true, way = 'sql'")
        )


def test_a_closed_account_and_an_officer_do_not_answer(connection: Connection) -> None:
    number = asked_by(connection, ASKS).approval_id
    set_active(connection, APPROVERS["county"].username, active=False)
    for name in (APPROVERS["county"].username, PROVINCE.username, AUDITOR.username, "nobody", ""):
        with pytest.raises(Refused, match="may not answer"):
            answer(connection, number, by=name, approve=True)


def test_an_answer_is_given_once(connection: Connection) -> None:
    number = asked_by(connection, ASKS).approval_id
    with pytest.raises(Refused) as refused:
        answer(connection, number, by="t.ap.prov", approve=False, reason="  ")
    assert refused.value.code == "reason_missing"
    done = answer(connection, number, by=" T.AP.prov ", approve=False, reason=" 人数过多 ")
    assert (done.state(), done.reason) == (ApprovalState.REJECTED, "人数过多")
    for again in (True, False):
        with pytest.raises(Refused, match="No approval"):
            answer(connection, number, by="t.ap.county", approve=again, reason="x")
    logged = connection.execute(text("SELECT action, username, subject FROM access_log ORDER BY entry_id")).all()
    assert [tuple(row) for row in logged] == [
        ("export_asked", "t.officer", str(number)),
        ("export_rejected", "t.ap.prov", str(number)),
    ]


def test_a_question_that_nobody_answers_ends(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE approval ALTER expires_at SET DEFAULT clock_timestamp()"))
    asked = asked_by(connection, ASKS)
    assert asked.state() is ApprovalState.EXPIRED
    with pytest.raises(Refused, match="its time is over"):
        answer(connection, asked.approval_id, by="t.ap.county", approve=True)


def test_an_export_is_good_once_for_a_day_and_for_so_many(connection: Connection) -> None:
    asked = asked_by(connection, ASKS, 800)
    assert for_export(connection, ASKS.username, "workbook:candidates", 800) is None
    done = answer(connection, asked.approval_id, by="t.ap.county", approve=True)
    assert done.usable_until is not None
    assert done.decided_at is not None
    assert (done.usable_until - done.decided_at).total_seconds() == pytest.approx(86_400, abs=1)
    for who, what, rows in (
        (ASKS.username, "workbook:candidates", 801),
        (ASKS.username, "workbook:exit_suggestions", 1),
        (OF_UNION.username, "workbook:candidates", 1),
    ):
        assert for_export(connection, who, what, rows) is None
    assert for_export(connection, ASKS.username, "workbook:candidates", 800) == done
    use(connection, done, "e1")
    assert for_export(connection, ASKS.username, "workbook:candidates", 800) is None
    with pytest.raises(Refused, match="used or is over"):
        use(connection, done, "e2")


def test_what_is_over_cannot_be_used_and_nothing_else_changes(accounts: Database) -> None:
    with accounts.owner.begin() as connection:
        asked = asked_by(connection, ASKS)
        answer(connection, asked.approval_id, by="t.ap.county", approve=True)
        connection.execute(text("ALTER TABLE approval DISABLE TRIGGER approval_fixed"))
        connection.execute(text("UPDATE approval SET usable_until = clock_timestamp()"))
        connection.execute(text("ALTER TABLE approval ENABLE TRIGGER approval_fixed"))
    with accounts.owner.begin() as connection, pytest.raises(Refused):
        use(connection, asked, "e1")
    for change in (
        "UPDATE approval SET used_at = now(), used_as = 'e1'",
        "UPDATE approval SET rows = 9999",
        "UPDATE approval SET usable_until = now() + interval '9 days'",
        "UPDATE approval SET approved = false, reason = 'x'",
        "DELETE FROM approval",
        "TRUNCATE approval",
    ):
        with (
            accounts.owner.begin() as connection,
            pytest.raises(DBAPIError, match=r"cannot be changed|only ever added"),
        ):
            connection.execute(text(change))


def test_the_portal_shows_a_question_to_who_asked_answers_and_audits(accounts: Database) -> None:
    with portal_session_scope(accounts.portal, ASKS) as connection:
        asked = asked_by(connection, ASKS)
    with portal_session_scope(accounts.portal, OF_UNION) as connection:
        asked_by(connection, OF_UNION)
    with accounts.owner.begin() as connection:
        list_asked(connection)
    seen = {}
    for name, user in {"asks": ASKS, "audits": AUDITOR, "officer": PROVINCE, **APPROVERS}.items():
        with portal_session_scope(accounts.portal, user) as connection:
            seen[name] = sorted(item.asked_by or "" for item in approvals(connection))
    assert seen == {
        "asks": ["t.officer"],
        "audits": ["t.officer", "t.province", "t.union"],
        "officer": ["t.province"],
        "county": ["t.officer"],
        "next county": [],
        "prefecture": ["t.officer"],
        "province": ["t.officer", "t.province", "t.union"],
        "union": ["t.union"],
    }
    assert asked.state() is ApprovalState.WAITING


@pytest.mark.parametrize(
    "wrong",
    [
        {"asked_by": "t.province"},
        {"area_code": "5301"},
        {"union_name": EDUCATION},
        {"kind": "publication", "digest": "d"},
    ],
)
def test_the_portal_asks_for_oneself_alone(accounts: Database, wrong: dict[str, str]) -> None:
    values = {
        "kind": "export",
        "subject": "s",
        "rows": 9,
        "area_code": "530102",
        "asked_by": "t.officer",
        "purpose": "x",
    }
    values |= wrong
    columns, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    with (
        pytest.raises(ProgrammingError, match=r"row-level security|permission denied"),
        portal_session_scope(accounts.portal, ASKS) as connection,
    ):
        connection.execute(text(f"INSERT INTO approval ({columns}) VALUES ({marks})"), values)


def test_the_portal_neither_answers_by_itself_nor_uses_another_s(accounts: Database) -> None:
    with accounts.owner.begin() as connection:
        asked = asked_by(connection, ASKS)
        answer(connection, asked.approval_id, by="t.ap.county", approve=True)
    with pytest.raises(ProgrammingError, match="permission denied"), portal_session_scope(accounts.portal, APPROVERS["county"]) as connection:  # fmt: skip
        connection.execute(text("UPDATE approval SET decided_by = 't.ap.county', approved = true"))
    with pytest.raises(ProgrammingError, match="permission denied"), portal_session_scope(accounts.portal, APPROVERS["county"]) as connection:  # fmt: skip
        connection.execute(text("SELECT decide_approval(1, true, 't.ap.prov', '', 'portal')"))
    with portal_session_scope(accounts.portal, PROVINCE) as connection, pytest.raises(Refused):
        use(connection, asked, "e1")


def test_a_list_is_asked_about_once_while_the_question_is_open(connection: Connection) -> None:
    first = list_asked(connection, None)
    assert list_asked(connection) == first
    other = list_asked(connection, digest="other content")
    assert other.approval_id != first.approval_id
    answer(connection, first.approval_id, by="t.ap.prov", approve=False, reason="先核对")
    again = list_asked(connection)
    assert (again.approval_id > other.approval_id, again.asked_by) == (True, "t.province")
    assert for_publication(connection, "r1", "d") == again


@pytest.mark.parametrize("gone", ["DELETE FROM candidate_list", "UPDATE candidate_list SET list_version = 1"])
def test_a_list_that_was_replaced_or_published_is_not_approved(connection: Connection, gone: str) -> None:
    asked = list_asked(connection)
    connection.execute(text(gone))
    with pytest.raises(Refused, match="list was replaced"):
        answer(connection, asked.approval_id, by="t.ap.prov", approve=True)


@pytest.mark.parametrize("who", ["county", "prefecture", "union"])
def test_a_list_is_approved_by_the_province_alone(connection: Connection, who: str) -> None:
    asked = list_asked(connection)
    with pytest.raises(Refused, match="may not answer"):
        answer(connection, asked.approval_id, by=APPROVERS[who].username, approve=True)


def test_who_asks_for_the_province_has_an_account_there(connection: Connection) -> None:
    assert account_asking(connection, " T.Province ") == PROVINCE
    for name in ("nobody", "", ASKS.username):
        with pytest.raises(BangfuError, match="cannot ask"):
            account_asking(connection, name)


def test_an_export_states_its_purpose_and_who_may(connection: Connection) -> None:
    with pytest.raises(Refused, match="what it is for"):
        ask_export(connection, ASKS, "s", 9, " ", "x")
    with pytest.raises(BangfuError, match="may not export"):
        ask_export(connection, APPROVERS["province"], "s", 9, "x", "x")


def test_whom_an_account_has_taken_out_within_a_day(accounts: Database) -> None:
    with portal_session_scope(accounts.portal, ASKS) as connection:
        for export_id, persons in (("e1", ["a", "b"]), ("e2", ["b", "c"])):
            export = Export(ASKS.username, "530102", "x", "x", "x", ("name",), 2, export_id=export_id)
            record_export(connection, export, most=500)
            record_access(connection, Access(ASKS.username, "workbook", subject=export_id, shown=persons))
        record_access(connection, Access(ASKS.username, "list", shown=["seen on a page alone"]))
    taken = text("SELECT person, approved FROM portal_taken_persons() ORDER BY 1")
    with portal_session_scope(accounts.portal, ASKS) as connection:
        assert [tuple(row) for row in connection.execute(taken)] == [("a", False), ("b", False), ("c", False)]
    with portal_session_scope(accounts.portal, OF_UNION) as connection:
        assert connection.execute(taken).all() == []
    with accounts.owner.begin() as connection:
        connection.execute(text("ALTER TABLE access_log DISABLE TRIGGER access_log_fixed"))
        connection.execute(text("UPDATE access_log SET at = at - interval '25 hours'"))
    with portal_session_scope(accounts.portal, ASKS) as connection:
        assert connection.execute(taken).all() == []

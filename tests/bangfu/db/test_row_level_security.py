"""The portal role cannot see or change what is not its officer's, whatever the portal's code does."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from bangfu.db import portal_session_scope
from bangfu.db.cases import colleagues, names_of
from bangfu.db.users import Role, User, create_user
from schemas.rights import Permission, may

from .conftest import viewer

COUNT = text("SELECT count(*) FROM review_case")


@pytest.fixture
def three_counties(published, candidate, database):
    """Two cases of Kunming, one of Dali."""
    published([candidate(1, "530102"), candidate(2, "530103"), candidate(3, "532901")])
    return database


@pytest.mark.parametrize(
    ("area", "count"), [("530102", 1), ("530103", 1), ("5301", 2), ("53", 3), ("530111", 0), ("52", 0)]
)
def test_an_area_sees_its_own_cases(three_counties, area: str, count: int) -> None:
    with portal_session_scope(three_counties.portal, viewer(area)) as connection:
        assert connection.scalar(COUNT) == count


def test_without_an_area_nothing_is_seen(three_counties) -> None:
    with three_counties.portal.begin() as connection:
        assert connection.scalar(COUNT) == 0


SAID = {"bangfu.user": "li", "bangfu.role": "province_officer", "bangfu.area": "53", "bangfu.union": "*"}


@pytest.mark.parametrize("forgotten", SAID)
@pytest.mark.parametrize("before", ["nothing was said", "another transaction said it"])
def test_one_forgotten_setting_shows_nothing(three_counties, forgotten: str, before: str) -> None:
    """Above all the union's: without it, an account of an industry union would see its whole area."""
    say = text("SELECT set_config(:name, :value, true)")
    if before != "nothing was said":
        with portal_session_scope(three_counties.portal, viewer("53")):
            pass  # leaves empty settings behind on the pooled connection
    with three_counties.portal.begin() as connection:
        for name, value in SAID.items():
            if name != forgotten:
                connection.execute(say, {"name": name, "value": value})
        assert connection.scalar(COUNT) == 0
        connection.execute(say, {"name": forgotten, "value": SAID[forgotten]})
        assert connection.scalar(COUNT) == 3


@pytest.mark.parametrize("setting", ["", "%", "5", "530", "53%", "53\n", "530102 ", "_3", "53|", "5301020"])
def test_a_setting_that_is_no_area_sees_nothing(three_counties, setting: str) -> None:
    with portal_session_scope(three_counties.portal, viewer("53")) as connection:
        connection.execute(text("SELECT set_config('bangfu.area', :value, true)"), {"value": setting})
        assert connection.scalar(COUNT) == 0


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DEPARTMENT])
def test_the_database_knows_the_same_roles_as_the_table_of_rights(three_counties, role: Role) -> None:
    """The policy repeats the roles that see persons: a change of `RIGHTS` needs a migration."""
    with portal_session_scope(three_counties.portal, viewer("53", role)) as connection:
        assert (connection.scalar(COUNT) > 0) == may(role, Permission.SEE_PERSONS)


def test_a_union_of_the_other_tree_sees_its_own_cases_alone(published, candidate, database) -> None:
    """Wherever in its area they live; the federation of the county sees all of the county."""

    def owned(union: str | None) -> dict[str, object]:
        return {"owner": {"tree": "industry", "union": union}} if union else {}

    published(
        [
            candidate(1, "530102", evidence=owned("云南省教育工会")),
            candidate(2, "532901", evidence=owned("云南省教育工会")),
            candidate(3, "530102", evidence=owned("昆明铁路局集团公司工会")),
            candidate(4, "530102", evidence=owned(None)),
        ]
    )

    def seen(area: str, union: str | None, role: Role = Role.COUNTY_OFFICER) -> list[str]:
        with portal_session_scope(database.portal, viewer(area, role, union_name=union)) as connection:
            query = text("SELECT subject FROM review_case ORDER BY 1")
            return [row[-1] for row in connection.scalars(query)]

    assert seen("53", "云南省教育工会") == ["1", "2"]
    assert seen("5329", "云南省教育工会", Role.APPROVER) == ["2"]
    assert seen("53", "昆明铁路局集团公司工会") == ["3"]
    assert seen("53", "云南省总工会") == []
    assert seen("530102", None) == ["1", "3", "4"]


@pytest.mark.parametrize("area", ["", "5", "530", "53%", "云南", "53\n", "５３"])
def test_the_scope_refuses_what_is_no_area(three_counties, area: str) -> None:
    with pytest.raises(ValueError, match="division code"), portal_session_scope(three_counties.portal, viewer(area)):
        pass


def test_the_area_ends_with_the_transaction(three_counties) -> None:
    """The pool hands the same connection to the next officer."""
    with portal_session_scope(three_counties.portal, viewer("53")) as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    with three_counties.portal.begin() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) == backend
        assert connection.scalar(COUNT) == 0


def test_a_list_is_seen_as_cases_alone_and_only_once_it_is_published(three_counties, screened, candidate) -> None:
    screened([candidate(4, "530102")])
    with portal_session_scope(three_counties.portal, viewer("53")) as connection:
        subjects = connection.scalars(text("SELECT subject FROM review_case ORDER BY 1")).all()
    assert subjects == ["c000001", "c000002", "c000003"]


def test_events_are_seen_with_their_case(three_counties) -> None:
    count = text("SELECT count(*) FROM case_event")
    for area, seen in {"530102": 2, "5301": 4, "53": 6, "530111": 0}.items():
        with portal_session_scope(three_counties.portal, viewer(area)) as connection:
            assert connection.scalar(count) == seen, area


def test_a_case_is_seen_by_the_county_that_is_asked_and_by_no_union_of_it(three_counties) -> None:
    with three_counties.owner.begin() as connection:
        connection.execute(text("UPDATE review_case SET asked_county = '532901' WHERE county_code = '530102'"))
    for area, union, seen in (("532901", None, 2), ("5329", None, 2), ("530103", None, 1), ("53", "云南省教育工会", 0)):
        role = Role.COUNTY_OFFICER if union else None
        with portal_session_scope(three_counties.portal, viewer(area, role, union_name=union)) as connection:
            assert connection.scalar(COUNT) == seen, area


EVENT = "INSERT INTO case_event (case_id, version, at, username, role, area_code, step, detail) SELECT case_id, version + 1, now(), {}, 'officer', '530102', 'receive', '{{}}' FROM {} LIMIT 1"


def test_nobody_acts_in_another_s_name(three_counties) -> None:
    """Who took which step is the record: a fault of the portal must not be able to sign for a colleague."""
    with portal_session_scope(three_counties.portal, viewer("530102")) as connection:
        connection.execute(text(EVENT.format("'viewer'", "review_case")))
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        portal_session_scope(three_counties.portal, viewer("530102")) as connection,
    ):
        connection.execute(text(EVENT.format("'another'", "review_case")))


def test_no_event_is_added_to_a_case_of_another_area(three_counties) -> None:
    with three_counties.owner.connect() as connection:
        foreign = connection.scalar(text("SELECT case_id FROM review_case WHERE county_code = '532901'"))
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        portal_session_scope(three_counties.portal, viewer("530102")) as connection,
    ):
        connection.execute(text(EVENT.format("'viewer'", f"(VALUES ('{foreign}', 2)) AS r (case_id, version)")))


@pytest.mark.parametrize(("minutes", "seen"), [(0, 1), (9, 1), (11, 0)])
def test_a_case_that_was_sent_away_is_seen_by_who_did_it_for_a_while(three_counties, minutes: int, seen: int) -> None:
    """As long as the step may be taken back; and by nobody else of the area."""
    with portal_session_scope(three_counties.portal, viewer("530102")) as connection:
        connection.execute(text(EVENT.format("'viewer'", "review_case")))
        connection.execute(text("UPDATE review_case SET version = version + 1, county_code = '532901'"))
    with three_counties.owner.begin() as connection:
        earlier = text("UPDATE case_event SET at = at - make_interval(mins => :minutes)")
        connection.execute(earlier, {"minutes": minutes})
    with portal_session_scope(three_counties.portal, viewer("530102")) as connection:
        assert connection.scalar(COUNT) == seen
    with portal_session_scope(three_counties.portal, replace(viewer("530102"), username="colleague")) as connection:
        assert connection.scalar(COUNT) == 0


def test_a_case_is_not_moved_to_another_area_without_an_event(three_counties) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        portal_session_scope(three_counties.portal, viewer("530102")) as connection,
    ):
        connection.execute(text("UPDATE review_case SET county_code = '532901'"))


def test_the_colleagues_of_a_desk_are_those_of_its_area_and_union(database) -> None:
    accounts = {
        "a": (Role.COUNTY_OFFICER, "530102", None), "b": (Role.APPROVER, "530102", None),
        "c": (Role.COUNTY_OFFICER, "530103", None), "d": (Role.COUNTY_OFFICER, "530102", "云南省教育工会"),
        "e": (Role.AUDITOR, "53", None),
    }  # fmt: skip
    with database.owner.begin() as connection:
        for name, (role, area, union) in accounts.items():
            create_user(connection, User(f"t.{name}", name, role, area, union_name=union), "a-long-password")
    for user, seen in (
        (viewer("530102"), "ab"),
        (viewer("530103"), "c"),
        (viewer("530102", union_name="云南省教育工会"), "d"),
    ):
        with portal_session_scope(database.portal, user) as connection:
            assert "".join(name for _, name in colleagues(connection)) == seen
    with database.portal.begin() as connection:
        assert colleagues(connection) == []
        assert names_of(connection, ["t.a"]) == {}


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM candidate",
        "UPDATE candidate SET county_code = '530102'",
        "DELETE FROM candidate",
        "DELETE FROM review_case",
        "INSERT INTO review_case (case_id) VALUES ('x')",
        "UPDATE review_case SET id_number = '1'",
        "UPDATE review_case SET owner_union = NULL",
        "UPDATE review_case SET blind = false",
        "SELECT involved FROM second_review",
        "UPDATE second_review SET second_outcome = '10'",
        "SELECT key FROM random_draw",
        "SELECT case_id FROM audit_result",
        "UPDATE case_event SET username = 'another'",
        "DELETE FROM case_event",
        "DROP POLICY review_case_portal ON review_case",
        "INSERT INTO candidate (candidate_id) VALUES ('x')",
        "TRUNCATE candidate",
        "ALTER TABLE candidate DISABLE ROW LEVEL SECURITY",
        "SELECT password_hash FROM app_user",
        "SELECT * FROM app_user",
        "UPDATE app_user SET role = 'administrator'",
        "INSERT INTO app_user (username) VALUES ('x')",
        "INSERT INTO access_log (action, hash) VALUES ('view', '')",
        "UPDATE access_log SET username = 'another'",
        "DELETE FROM access_log",
        "SELECT landing_key FROM extract",
        "SELECT * FROM pipeline_run",
        "UPDATE portal_session SET username = 'another'",
        "SELECT token_hash FROM portal_session",
        "SELECT csrf_token FROM portal_session",
        "SELECT * FROM candidate_list",
        "SELECT password_hash FROM account_change",
        "SELECT * FROM client_attempt",
        "SELECT decide_account_change(1, true, 'safe.keeper')",
        "CREATE TABLE mine (x int)",
        "CREATE TEMP TABLE mine (x int)",
        "CREATE FUNCTION lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
        "SET ROLE bangfu",
    ],
)
def test_what_the_portal_may_not_do(three_counties, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        portal_session_scope(three_counties.portal, viewer("53")) as connection,
    ):
        connection.execute(text(statement))


def test_the_owner_is_held_by_a_policy_of_its_own(three_counties) -> None:
    """FORCE: without its policy even the owner would see nothing."""
    with three_counties.owner.begin() as connection:
        assert connection.scalar(COUNT) == 3
        forced = text("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = 'review_case'")
        assert connection.scalar(forced) is True


def test_the_log_in_functions_are_not_for_everybody(database) -> None:
    create = User("wuhua", "五华区", Role.COUNTY_OFFICER, "530102")
    with database.owner.begin() as connection:
        create_user(connection, create, "a-long-password")
        public = text(
            "SELECT count(*) FROM pg_proc p, aclexplode(p.proacl) a "
            "WHERE p.proname LIKE 'portal_login%' AND a.grantee = 0"
        )
        assert connection.scalar(public) == 0


READABLE = {
    "access_log",
    "account_change",
    "app_user",
    "approval",
    "audit_anchor",
    "audit_check",
    "audit_result",
    "case_attachment",
    "case_event",
    "case_reading",
    "case_tally",
    "delivery",
    "delivery_file",
    "export_record",
    "extract",
    "helped_household",
    "notice",
    "notice_acknowledgement",
    "pairing_entry",
    "portal_session",
    "random_draw",
    "recovery_code",
    "review_case",
    "second_factor",
    "second_review",
    "workbook_upload",
}
"""Tables of which the portal's role may see some rows."""

RIGHTS_OF_PORTAL = text(
    "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS forced,"
    " bool_or(has_column_privilege('bangfu_portal', c.oid, a.attnum, 'SELECT')) AS reads,"
    " bool_or(has_column_privilege('bangfu_portal', c.oid, a.attnum, 'SELECT, INSERT, UPDATE'))"
    " OR has_table_privilege('bangfu_portal', c.oid, 'DELETE, TRUNCATE, REFERENCES, TRIGGER') AS touches"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid"
    " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped"
    " GROUP BY c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity"
)


def test_every_table_is_out_of_reach_or_under_forced_row_level_security(database) -> None:
    """A new table fails here until somebody has decided which of the two it is."""
    with database.owner.connect() as connection:
        tables = connection.execute(RIGHTS_OF_PORTAL).all()
    assert len(tables) > 20
    assert [table.relname for table in tables if table.touches and not table.forced] == []
    assert {table.relname for table in tables if table.reads} == READABLE


def test_without_a_scope_no_table_shows_a_row(three_counties) -> None:
    fill = (
        "INSERT INTO access_log (action) VALUES ('view')",
        "INSERT INTO audit_check (sealed, unsealed, heads, findings) VALUES (0, 0, 0, '{}')",
        "INSERT INTO case_tally (county_code, flow, state, bucket, late, cases, counted_at) "
        "VALUES ('530102', 'candidate', 'sent', 'new', 0, 1, now())",
    )
    with three_counties.owner.begin() as connection:
        for role in Role:
            sources = ("civil_affairs",) if role is Role.DEPARTMENT else ()
            area = {Role.COUNTY_OFFICER: "530102", Role.PREFECTURE_OFFICER: "5301", Role.DEPARTMENT: "530100"}
            account = User(f"a.{role.replace('_', '.')}", "某人", role, area.get(role, "53"), sources=sources)
            create_user(connection, account, "a-long-password")
        for statement in fill:
            connection.execute(text(statement))
    for table in sorted(READABLE):
        with three_counties.portal.begin() as connection:
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table


def test_nobody_writes_the_log_in_another_s_name(three_counties) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        portal_session_scope(three_counties.portal, viewer("53")) as connection,
    ):
        connection.execute(text("INSERT INTO access_log (username, action) VALUES ('another', 'view')"))


def test_only_the_auditor_reads_the_log(three_counties) -> None:
    with three_counties.owner.begin() as connection:
        connection.execute(
            text("INSERT INTO access_log (action, area_code) VALUES ('view', '530102'), ('view', '532901')")
        )
    for role, area, seen in ((Role.AUDITOR, "53", 2), (Role.AUDITOR, "5301", 1), (Role.PROVINCE_OFFICER, "53", 0), (Role.SECURITY_ADMINISTRATOR, "53", 0)):  # fmt: skip
        with portal_session_scope(three_counties.portal, viewer(area, role)) as connection:
            assert connection.scalar(text("SELECT count(*) FROM access_log")) == seen


def test_a_security_administrator_ends_sessions_and_opens_none(three_counties) -> None:
    with three_counties.owner.begin() as connection:
        for name, area in (("wuhua", "530102"), ("dali", "532901")):
            create_user(connection, User(name, name, Role.COUNTY_OFFICER, area), "a-long-password")
            insert = "INSERT INTO portal_session (token_hash, username, csrf_token, expires_at) VALUES (:name, :name, '', 'infinity')"
            connection.execute(text(insert), {"name": name})
    end = text("UPDATE portal_session SET revoked_at = now() WHERE revoked_at IS NULL")
    keepers = {
        "an officer": (viewer("53"), 0),
        "of Kunming": (viewer("5301", Role.SECURITY_ADMINISTRATOR), 1),
        "of the province": (viewer("53", Role.SECURITY_ADMINISTRATOR), 1),
    }
    for who, (keeper, ended) in keepers.items():
        with portal_session_scope(three_counties.portal, keeper) as connection:
            assert connection.execute(end).rowcount == ended, who
    plant = "INSERT INTO portal_session (token_hash, username, csrf_token, expires_at) VALUES ('x', 'wuhua', '', 'infinity')"
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        portal_session_scope(three_counties.portal, viewer("53", Role.SECURITY_ADMINISTRATOR)) as connection,
    ):
        connection.execute(text(plant))

"""The condition that tables to come put on their rows: reading and writing inside one's own area and tree alone."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from bangfu.db import portal_session_scope
from bangfu.db.row_policies import MAY_SEE
from schemas.rights import Role

from .conftest import viewer


@pytest.fixture
def cases(database):
    """A table as a migration would make it, with a case in each of two counties."""
    statements = (
        "CREATE TABLE case_of_test (county_code text, owner_union text, note text)",
        "ALTER TABLE case_of_test ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE case_of_test FORCE ROW LEVEL SECURITY",
        "CREATE POLICY case_owner ON case_of_test TO CURRENT_USER USING (true) WITH CHECK (true)",
        f"CREATE POLICY case_portal ON case_of_test TO bangfu_portal USING ({MAY_SEE}) WITH CHECK ({MAY_SEE})",
        "GRANT SELECT, INSERT, UPDATE ON case_of_test TO bangfu_portal",
        "INSERT INTO case_of_test VALUES ('530102', '五华区总工会'), ('532901', '云南省教育工会')",
    )
    with database.owner.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    return database


@pytest.mark.parametrize(
    ("area", "role", "union", "seen"),
    [
        ("530102", Role.COUNTY_OFFICER, None, 1),
        ("53", Role.PROVINCE_OFFICER, None, 2),
        ("53", Role.COUNTY_OFFICER, "云南省教育工会", 1),
        ("5301", Role.APPROVER, "云南省教育工会", 0),
        ("53", Role.AUDITOR, None, 0),
    ],
)
def test_a_case_is_seen_and_changed_where_its_person_is(cases, area, role, union, seen) -> None:
    with portal_session_scope(cases.portal, viewer(area, role, union_name=union)) as connection:
        assert connection.scalar(text("SELECT count(*) FROM case_of_test")) == seen
        assert connection.execute(text("UPDATE case_of_test SET note = 'x'")).rowcount == seen


@pytest.mark.parametrize("statement", ["UPDATE case_of_test SET county_code = '532901'", "INSERT INTO case_of_test VALUES ('532901')"])  # fmt: skip
def test_a_case_is_not_put_into_another_county(cases, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        portal_session_scope(cases.portal, viewer("530102")) as connection,
    ):
        connection.execute(text(statement))

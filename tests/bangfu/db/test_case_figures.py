"""The counts that are kept are those that would be counted, to whoever may see the cases; few cases are counted anew."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from bangfu.db import case_figures, portal_session_scope
from bangfu.db.account import User
from bangfu.db.case_figures import KEPT, Counted, keep_tallies, kept_tallies, tallies
from bangfu.review.figures import Tally
from schemas.rights import Role
from tests.conftest import Database

from .conftest import viewer

NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
DAY = timedelta(1)


def test_kept_counts_are_those_of_the_moment_they_were_taken(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.owner.begin() as connection:
        for county, state, due, ended in (
            ("530102", "sent", NOW + 9 * DAY, None),
            ("530102", "sent", NOW + 9 * DAY, None),
            ("530102", "sent", NOW - 8 * DAY, None),
            ("532901", "closed", None, NOW),
        ):
            _add(connection, county, state, due, ended)
        keep_tallies(connection, NOW - DAY)
        keep_tallies(connection, NOW)
        with_owner = tallies(connection, "53", NOW)
    assert {(item.county_code, item.bucket, item.late, item.cases) for item in with_owner} == {
        ("530102", "new", 0, 2), ("530102", "overdue", 3, 1), ("532901", "done", 0, 1),
    }  # fmt: skip

    def kept(user: User, area: str, now: datetime = NOW) -> Counted | None:
        with portal_session_scope(database.portal, user) as connection:
            return kept_tallies(connection, area, now)

    def ordered(counts: Iterable[Tally]) -> list[Tally]:
        return sorted(counts, key=str)

    assert kept(viewer("53"), "53") is None, "so few are counted in no time"
    monkeypatch.setattr(case_figures, "FEW", 1)
    found = kept(viewer("53"), "53")
    assert found is not None
    assert (ordered(found.tallies), found.at) == (ordered(with_owner), NOW)
    prefecture = kept(viewer("5301"), "53")
    assert prefecture is not None
    assert {item.county_code for item in prefecture.tallies} == {"530102"}, "others' counties are not told of"
    assert kept(viewer("53", Role.AUDITOR), "53") is None, "who sees no cases sees no counts of them"
    union = User("union", "某人", Role.COUNTY_OFFICER, "53", union_name="某产业工会")
    assert kept(union, "53") is None, "counts of all unions are none of one union's"
    assert kept(viewer("53"), "53", NOW + KEPT + DAY) is None, "what is renewed no longer is not shown"


def _add(connection: Connection, county: str, state: str, due: datetime | None, ended: datetime | None) -> None:
    number = connection.scalar(text("SELECT count(*) FROM review_case"))
    connection.execute(
        text(
            "INSERT INTO review_case (case_id, flow, subject, county_code, state, version, urgent, opened_at, changed_at, due_at, "
            "soon_at, ended_at, reasons) VALUES (:case_id, 'candidate', :case_id, :county, :state, 1, false, :now, :now, :due, "
            ":due, :ended, '[]')"
        ),
        {"case_id": f"{number:024x}", "county": county, "state": state, "now": NOW, "due": due, "ended": ended},
    )

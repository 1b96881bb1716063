"""Reading cases: parts of the inbox as review says, filters, order, pages, neighbours, counts."""

from dataclasses import asdict, fields
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select

from bangfu.db import portal_session_scope
from bangfu.db.case_models import ReviewCase
from bangfu.db.case_queries import (
    CaseFilter,
    CaseSort,
    Neighbour,
    PageRequest,
    bucket_of,
    count_buckets,
    get,
    neighbours,
    page,
)
from bangfu.review.cases import Case
from bangfu.review.deadlines import Calendar
from bangfu.review.freezes import Freeze
from bangfu.review.inbox import Bucket, bucket
from bangfu.review.standing import Standing, standing
from tests.bangfu.review.walking import everywhere, wandered
from tests.conftest import Database

from .conftest import viewer

NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)
PLAIN = Calendar()
FROZEN = Calendar((Freeze("530100", date(2026, 6, 2), date(2026, 6, 12), "农忙", "示例"),))
WALKS = 400


def case_id(number: int) -> str:
    return f"{number:024x}"


def row(number: int, **values: Any) -> dict[str, Any]:
    """A case of Wuhua that was sent to it and is due in ten days; `values` replace single columns."""
    far = NOW + timedelta(10)
    return {
        "case_id": case_id(number), "flow": "candidate", "subject": f"s{number}", "county_code": "530102", "state": "sent",
        "version": 2, "urgent": False, "opened_at": NOW, "changed_at": NOW, "due_at": far, "soon_at": far, "reasons": [],
        **values,
    }  # fmt: skip


def write(database: Database, *rows: dict[str, Any]) -> None:
    with database.owner.begin() as connection:
        for item in rows:
            connection.execute(insert(ReviewCase).values(**item))


def numbers(database: Database, area: str = "53", filters: CaseFilter | None = None, **request: Any) -> list[int]:
    with portal_session_scope(database.portal, viewer(area)) as connection:
        found = page(connection, area, NOW, filters or CaseFilter(), PageRequest(**request)).rows
    return [int(item.case_id, 16) for item in found]


def walks() -> list[Case]:
    """A case in every state there is, and many that wandered, some of them urgent."""
    chance = Random(7)
    return [*everywhere().values(), *(wandered(chance, urgent=number % 3 == 0) for number in range(WALKS))]


def turning_points(stands: Standing) -> list[datetime]:
    """Moments about which a case changes its place in the inbox, and a few far from them."""
    edges = [moment for moment in (stands.due_at, stands.soon_at, stands.waits_until) if moment]
    around = [edge + nudge for edge in edges for nudge in (timedelta(seconds=-1), timedelta())]
    return [*around, *(stands.changed_at + timedelta(days) for days in (0, 2, 60))]


def test_the_part_of_the_inbox_is_the_one_that_review_says(database: Database) -> None:
    """The database sorts by four moments kept with the case; review counts working days: they must never differ."""
    compared, wrong = 0, []
    for number, case in enumerate(walks()):
        last = case.history[-1].at
        calendar = (PLAIN, FROZEN)[number // 2 % 2]
        stands = standing(case, calendar, last if number % 2 else None)
        write(database, row(number, flow=case.flow, urgent=case.urgent, **asdict(stands)))
        with database.owner.connect() as connection:
            for now in turning_points(stands):
                found = connection.scalar(select(bucket_of(now)).where(ReviewCase.case_id == case_id(number)))
                said = bucket(case, now, calendar, stands.seen_at)
                compared += 1
                if found != said:
                    wrong.append((case.flow, case.state, case.urgent, now, found, said))
    assert compared > 2_000
    assert wrong == []


def test_every_part_counts_what_it_lists(database: Database) -> None:
    hour = timedelta(hours=1)
    write(
        database,
        row(1),
        row(2, seen_at=NOW),
        row(3, due_at=NOW),
        row(4, soon_at=NOW),
        row(5, waits_until=NOW + hour),
        row(6, due_at=None, soon_at=None),
        row(7, ended_at=NOW, due_at=None, soon_at=None),
        row(8, ended_at=NOW, due_at=NOW - hour),
    )
    expected = {
        Bucket.OVERDUE: [3], Bucket.DUE_SOON: [4], Bucket.NEW: [1], Bucket.IN_HAND: [2], Bucket.WAITING: [5, 6],
        Bucket.DONE: [7, 8],
    }  # fmt: skip
    for part, listed in expected.items():
        assert sorted(numbers(database, filters=CaseFilter(bucket=part))) == listed, part
    with portal_session_scope(database.portal, viewer("53")) as connection:
        assert count_buckets(connection, "53", NOW) == {part: len(listed) for part, listed in expected.items()}
        assert count_buckets(connection, "53", NOW, CaseFilter(flow="exit")) == dict.fromkeys(Bucket, 0)


def test_filters_narrow_alone_and_together(database: Database) -> None:
    reasons = [{"code": "S4", "band": "collapsed"}]
    write(
        database,
        row(1, assignee="li", name="张%三"),
        row(2, flow="exit", state="to_visit", name="李_四"),
        row(3, assignee="li", state="received", reasons=reasons, name="张海"),
        row(4, name=None),
    )
    for filters, listed in (
        (CaseFilter(), [1, 2, 3, 4]),
        (CaseFilter(flow="exit"), [2]),
        (CaseFilter(state="received"), [3]),
        (CaseFilter(assignee="li"), [1, 3]),
        (CaseFilter(assignee="li", state="sent"), [1]),
        (CaseFilter(reason="S4"), [3]),
        (CaseFilter(reason="S4' OR '1"), []),
        (CaseFilter(name="张"), [1, 3]),
        (CaseFilter(name="海张"), []),
        (CaseFilter(name="%"), [1]),
        (CaseFilter(name="_"), [2]),
        (CaseFilter(name="\\"), []),
        (CaseFilter(name="\x00"), []),
        (CaseFilter(name="张", assignee="li", state="received"), [3]),
    ):
        assert sorted(numbers(database, filters=filters)) == listed, filters


def test_orders_put_what_is_missing_last_and_break_ties_by_id(database: Database) -> None:
    day = timedelta(1)
    write(
        database,
        row(1, due_at=NOW + 2 * day, strength=0.1, changed_at=NOW, name="b"),
        row(2, due_at=NOW + day, strength=0.9, changed_at=NOW - day, name="a"),
        row(3, due_at=None, soon_at=None, strength=None, changed_at=NOW - 2 * day, name=None),
        row(4, due_at=NOW + day, strength=0.9, changed_at=NOW - day, name="a"),
    )
    orders = {
        CaseSort.DUE: [2, 4, 1, 3],
        CaseSort.STRENGTH: [2, 4, 1, 3],
        CaseSort.NEWEST: [1, 2, 4, 3],
        CaseSort.NAME: [2, 4, 1, 3],
    }
    for sort, order in orders.items():
        assert numbers(database, sort=sort) == order, sort
        assert [numbers(database, sort=sort, offset=place, limit=1)[0] for place in range(4)] == order, sort


def test_a_page_is_held_to_what_can_be_asked(database: Database) -> None:
    write(database, *(row(number) for number in range(3)))
    assert numbers(database, offset=-5, limit=0) == [0]
    with database.owner.connect() as connection:
        found = page(connection, "53", NOW, CaseFilter(), PageRequest(limit=2))
    assert (len(found.rows), found.total) == (2, 3)


@pytest.mark.parametrize(("here", "around"), [(0, (None, 1)), (1, (0, 2)), (2, (1, 3)), (3, (2, 4)), (5, (4, None))])
def test_neighbours_are_those_of_the_list_whatever_the_page(
    database: Database, here: int, around: tuple[Any, Any]
) -> None:
    write(database, *(row(number) for number in range(6)))
    with database.owner.connect() as connection:
        request = PageRequest(offset=here // 2 * 2, limit=2)
        found = neighbours(connection, "53", NOW, CaseFilter(), request, case_id(here))
    assert found == tuple(None if place is None else Neighbour(case_id(place), place) for place in around)


def test_after_a_case_that_has_left_the_list_comes_the_first_of_its_page(database: Database) -> None:
    write(database, *(row(number) for number in range(6)))
    with database.owner.connect() as connection:
        for offset, following in ((0, 0), (2, 2), (4, 4)):
            found = neighbours(connection, "53", NOW, CaseFilter(), PageRequest(offset=offset, limit=2), case_id(99))
            assert found == (None, Neighbour(case_id(following), following))
        assert neighbours(connection, "53", NOW, CaseFilter(flow="exit"), PageRequest(), case_id(1)) == (None, None)


def test_a_case_that_a_county_is_asked_for_is_in_both_inboxes(database: Database) -> None:
    write(database, row(1, asked_county="532901"), row(2, county_code="532901"), row(3, county_code="533102"))
    assert {area: numbers(database, area) for area in ("530102", "532901", "533102", "5329", "53", "530103")} == {
        "530102": [1], "532901": [1, 2], "533102": [3], "5329": [1, 2], "53": [1, 2, 3], "530103": [],
    }  # fmt: skip


def test_a_case_reads_as_it_stands_and_only_where_it_may(database: Database) -> None:
    write(database, row(1, name="张三", files=["DA1"]))
    for area, seen in (("530102", True), ("53", True), ("532901", False)):
        with portal_session_scope(database.portal, viewer(area)) as connection:
            found = get(connection, case_id(1))
        assert (found is not None) == seen, area
    with database.owner.connect() as connection:
        read = get(connection, case_id(1))
        assert get(connection, "\x00") is None
    assert read is not None
    expected = row(1, name="张三", files=["DA1"])
    assert {item.name: getattr(read, item.name) for item in fields(read) if item.name in expected} == expected

"""Households and who looks after them: what the database finds is what the pure rules say, within one's area and tree alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import ProgrammingError

from bangfu.db import portal_session_scope
from bangfu.db.household_models import HelpedHousehold
from bangfu.db.pairing_queries import (
    HouseholdFilter,
    Part,
    count_confirmed,
    count_parts,
    coverage_of,
    get_household,
    page_of,
)
from bangfu.db.pairings import add_entry, entries_of
from bangfu.errors import Refused
from bangfu.review.pairing import Household, Pairing, coverage, out_of_touch, responsible, unpaired
from bangfu.review.pairing_record import Entry, Kind, contacts, pairings
from schemas.rights import Permission, Role, may
from tests.bangfu.review.test_pairing_record import CADRE, LI, WANG, recorded

from .conftest import viewer

NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
TODAY = date(2026, 11, 30)


def household(connection, number: int, county: str = "530102", **values) -> str:
    """A household of the archive."""
    name = f"{number:024x}"
    given = {
        "county_code": county, "owner_union": "五华区总工会", "since": TODAY - timedelta(10), "file": f"DA{number:05}",
        "name": "张*", "union_name": "第一公司工会", "list_version": 1,
    } | values  # fmt: skip
    connection.execute(insert(HelpedHousehold).values(household=name, **given))
    return name


def paired(connection, name: str, account: str | None = "li", first: date = TODAY, **values) -> None:
    number = len(entries_of(connection, name)) + 1
    add_entry(connection, Entry(name, number, Kind.PAIRED, "chen", first, account, **values), NOW)


def contacted(connection, name: str, on: date, way: str = "visit") -> None:
    number = len(entries_of(connection, name)) + 1
    add_entry(connection, Entry(name, number, Kind.CONTACTED, "chen", on, way=way), NOW)


@pytest.fixture
def some(database):
    """Ten households of three counties with records as people make them: pairings, hand-overs, ends, contacts, taken back."""
    chance = Random(20261130)
    with database.owner.begin() as connection:
        for number in range(60):
            name = household(
                connection,
                number,
                chance.choice(["530102", "530103", "532901"]),
                since=date(2026, 1, 1) + timedelta(chance.randrange(360)),
                list_version=chance.choice([None, 1]),
            )
            acts = []
            for _ in range(chance.randrange(9)):
                day = date(2026, 1, 1) + timedelta(chance.randrange(360))
                what = chance.choice(["pair", "pair", "end", "contact", "contact", "contact", "back"])
                value = {"end": "post", "contact": chance.choice(["visit", "call"])}.get(what)
                acts.append(0 if what == "back" else (what, value or chance.choice([LI, WANG, CADRE]), day))
            for entry in recorded(acts):
                add_entry(connection, replace(entry, household=name), NOW)
    return database


def all_of(connection):
    """Households, pairings and contacts, for the pure rules."""
    rows = connection.execute(text("SELECT household, county_code, since FROM helped_household")).all()
    records = [entries_of(connection, row.household) for row in rows]
    made: list[Pairing] = [item for record in records for item in pairings(record)]
    return [Household(*row) for row in rows], made, [item for record in records for item in contacts(record)]


@pytest.mark.parametrize("today", [TODAY, date(2026, 3, 31), date(2026, 8, 15), date(2026, 12, 31)])
def test_the_database_finds_what_the_rules_say(some, today: date) -> None:
    with some.owner.connect() as connection:
        households, made, told = all_of(connection)
        found = {row.county: row.coverage for row in coverage_of(connection, "53", today)}
        parts = {
            part: {row.household for row in page_of(connection, "53", today, HouseholdFilter(part), limit=500).rows}
            for part in (Part.UNPAIRED, Part.OUT_OF_TOUCH)
        }
        rows = page_of(connection, "53", today, HouseholdFilter(), limit=500).rows
        counted = count_parts(connection, "53", today, HouseholdFilter())
        assert count_confirmed(connection, "53", today) == counted[Part.CONFIRMED]
    assert found == coverage(households, made, told, today)
    assert parts[Part.UNPAIRED] == {item.household for item in unpaired(households, made, today)}
    assert parts[Part.OUT_OF_TOUCH] == {item.household for item in out_of_touch(households, told, today)}
    assert (counted[Part.UNPAIRED], counted[Part.OUT_OF_TOUCH], counted[None]) == (
        len(parts[Part.UNPAIRED]), len(parts[Part.OUT_OF_TOUCH]), len(rows),
    )  # fmt: skip
    known = responsible(made, today)
    assert {row.household: row.account or row.named for row in rows if row.paired} == {
        name: person for name, person in known.items() if name in {row.household for row in rows}
    }
    assert len(known) > 5, "the records are no empty ones"


def test_the_longest_without_anybody_come_first_and_pages_do_not_overlap(database) -> None:
    with database.owner.begin() as connection:
        names = [household(connection, number, filed_on=date(2026, 11, 30) - timedelta(number)) for number in range(7)]
        paired(connection, names[6])
        pages = [
            page_of(connection, "5301", TODAY, HouseholdFilter(Part.UNPAIRED), offset=start, limit=4)
            for start in (0, 4)
        ]
    assert [page.total for page in pages] == [6, 6]
    assert [row.household for page in pages for row in page.rows] == list(reversed(names[:6]))


def test_a_household_is_found_by_name_file_union_and_person(database) -> None:
    with database.owner.begin() as connection:
        first = household(connection, 1, name="张**", union_name="昆明第三中学工会")
        second = household(connection, 2, name="李*", file="530102A7")
        paired(connection, second, None, named="王局长（县教体局）")
        paired(connection, first, "sun.li")

        def found(words: str, *accounts: str) -> list[str]:
            page = page_of(connection, "53", TODAY, HouseholdFilter(words=words, accounts=accounts))
            return [row.household for row in page.rows]

        assert found("张晓梅") == [first], "a name is compared as it is masked"
        assert found("张三") == []
        assert found("02A7") == [second]
        assert found("第三中学") == [first]
        assert found("王局长") == [second]
        assert found("孙", "sun.li") == [first]
        assert found("%") == found("_") == []


def test_those_of_an_account_are_its_own(database) -> None:
    with database.owner.begin() as connection:
        first, second = household(connection, 1), household(connection, 2)
        paired(connection, first, "li")
        paired(connection, second, "wang")
        page = page_of(connection, "53", TODAY, HouseholdFilter(Part.MINE, "li"))
        assert [row.household for row in page.rows] == [first]
        assert count_parts(connection, "53", TODAY, HouseholdFilter(mine="li"))[Part.MINE] == 1


def test_of_two_who_act_on_one_household_the_first_counts(database) -> None:
    with database.owner.begin() as connection:
        name = household(connection, 1)
        paired(connection, name)
        with pytest.raises(Refused, match="changed since"):
            add_entry(connection, Entry(name, 1, Kind.PAIRED, "chen", TODAY, "wang"), NOW)
        assert [entry.account for entry in entries_of(connection, name)] == ["li"], "and the transaction goes on"


@pytest.fixture
def three(database):
    """A household of Wuhua, one of Dali, one of Dali that belongs to a union of the other tree; all with somebody."""
    with database.owner.begin() as connection:
        for number, county, union in (
            (1, "530102", "五华区总工会"),
            (2, "532901", "大理市总工会"),
            (3, "532901", "云南省教育工会"),
        ):
            paired(connection, household(connection, number, county, owner_union=union))
    return database


@pytest.mark.parametrize(
    ("area", "union", "seen"),
    [("530102", None, {1}), ("5329", None, {2, 3}), ("53", None, {1, 2, 3}), ("53", "云南省教育工会", {3}), ("530103", None, set())],
)  # fmt: skip
def test_households_and_their_records_are_seen_in_the_own_area_and_tree(
    three, area: str, union, seen: set[int]
) -> None:
    role = Role.COUNTY_OFFICER if union else None
    with portal_session_scope(three.portal, viewer(area, role, union_name=union)) as connection:
        for table in ("helped_household", "pairing_entry"):
            found = connection.scalars(text(f"SELECT household FROM {table}")).all()
            assert {int(name, 16) for name in found} == seen
        rows = page_of(connection, "53", TODAY, HouseholdFilter()).rows
        assert {int(row.household, 16) for row in rows} == seen
        assert sum(item.coverage.households for item in coverage_of(connection, "53", TODAY)) == len(seen)
        for number in (1, 2, 3):
            assert (get_household(connection, f"{number:024x}", TODAY) is not None) == (number in seen)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DEPARTMENT])
def test_the_database_knows_the_same_roles_as_the_table_of_rights(three, role: Role) -> None:
    """The policy repeats who pairs: a change of `RIGHTS` needs a migration."""
    user = viewer("530102", role)
    entry = Entry(f"{1:024x}", 2, Kind.CONTACTED, user.username, TODAY, way="call")
    if may(role, Permission.PAIR_HOUSEHOLDS):
        with portal_session_scope(three.portal, user) as connection:
            add_entry(connection, entry, NOW)
    else:
        with pytest.raises(ProgrammingError, match="row-level security"), portal_session_scope(three.portal, user) as connection:  # fmt: skip
            add_entry(connection, entry, NOW)


@pytest.mark.parametrize(
    ("user", "change"),
    [
        (viewer("530102"), {"username": "another"}),
        (viewer("530102"), {"household": f"{2:024x}"}),
        (viewer("5301", Role.APPROVER), {}),
        (viewer("530102"), {"kind": Kind.RELEASED, "way": None, "reason": "exit"}),
    ],
    ids=["another's name", "another county", "from above", "an exit"],
)
def test_what_no_desk_may_enter(three, user, change: dict[str, object]) -> None:
    entry = replace(Entry(f"{1:024x}", 2, Kind.CONTACTED, user.username, TODAY, way="call"), **change)
    with pytest.raises(ProgrammingError, match="row-level security"), portal_session_scope(three.portal, user) as connection:  # fmt: skip
        add_entry(connection, entry, NOW)


def test_nothing_is_entered_about_a_household_that_has_left(three) -> None:
    with three.owner.begin() as connection:
        connection.execute(text("UPDATE helped_household SET left_on = '2026-11-01', left_because = 'exit'"))
    entry = Entry(f"{1:024x}", 2, Kind.CONTACTED, "viewer", TODAY, way="call")
    with pytest.raises(ProgrammingError, match="row-level security"), portal_session_scope(three.portal, viewer("530102")) as connection:  # fmt: skip
        add_entry(connection, entry, NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE helped_household SET county_code = '530103'",
        "DELETE FROM helped_household",
        "INSERT INTO helped_household (household, county_code, since) VALUES ('x', '530102', now())",
        "UPDATE pairing_entry SET account = 'wang'",
        "DELETE FROM pairing_entry",
        "SELECT * FROM registered_household",
        "SELECT household_of_case()",
    ],
)
def test_a_record_is_added_to_and_nothing_else(three, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), portal_session_scope(three.portal, viewer("530102")) as connection:  # fmt: skip
        connection.execute(text(statement))

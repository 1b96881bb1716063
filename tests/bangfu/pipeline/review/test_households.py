"""Households follow lists and cases: one row a household however it became known, and each pairing ends once."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hand_built import Database, add, archived, member, opened, person, stay
from sqlalchemy import text

from bangfu.china_time import CHINA
from bangfu.db import candidates, runs
from bangfu.db.helped_households import Listed, NewHousehold, stage_households
from bangfu.db.list_entries import NewEntry, replace_entries
from bangfu.db.pairing_queries import HouseholdFilter, HouseholdRow, get_household, page_of
from bangfu.db.pairings import add_entry, entries_of
from bangfu.db.second_reviews import mark_sampled
from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.link import link
from bangfu.pipeline.review.acting import act, case_now, take_back
from bangfu.pipeline.review.collecting import Collected, collect
from bangfu.pipeline.review.households import pairing_coverage
from bangfu.pipeline.screening.screen import screen
from bangfu.review.deadlines import Calendar
from bangfu.review.needs import details_of
from bangfu.review.pairing import Pairing
from bangfu.review.pairing_record import Entry, Kind, Person, made_pairing, pairings
from schemas.flows import FLOWS
from schemas.pairing import CONFIRMED
from tests.approving import publish
from tests.bangfu.pipeline.review.test_openings import cases, clue
from tests.bangfu.review.walking import TO_VISIT, filled, somebody

TODAY = dt.datetime.now(CHINA).date()
REASON = ({"code": "visit", "zh": "须入户核实", "en": "to be visited"},)
TO_CONFIRM = (*TO_VISIT[1:], "verify:03")
REST = ("deliberate:agreed", "publish_notice", "end_notice", "approve", "file")


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def kept(file: str = "DA1", *members: str, **changes: Any) -> NewHousehold:
    values = {
        "household": f"file-{file}", "file": file, "members": list(members), "county_code": "530102",
        "owner_union": "五华区总工会", "union_name": "第一公司工会", "name": "张*", "filed_on": dt.date(2024, 3, 5),
    }  # fmt: skip
    return NewHousehold(**{**values, **changes})


def listed(
    context: Context, *households: NewHousehold, clues: tuple[Any, ...] = (), exits: tuple[str, ...] = ()
) -> Listed:
    """A list with households, clues, and exit suggestions for files; what became of the households."""
    entries = [NewEntry("exit_suggestions", f"head-{name}", "530102", REASON, files=(name,)) for name in exits]
    with context.engine.begin() as connection:
        run = runs.start_run(connection, "screen")
        candidates.replace_screened(connection, run, clues)
        replace_entries(connection, run, entries)
        stage_households(connection, run, households)
        runs.finish_run(connection, run, {})
    found = publish(context).households
    assert found is not None
    return found


def helped(context: Context) -> dict[str, HouseholdRow]:
    with context.engine.connect() as connection:
        return {row.household: row for row in page_of(connection, "53", TODAY, HouseholdFilter()).rows}


def known(context: Context, household: str) -> HouseholdRow:
    with context.engine.connect() as connection:
        row = get_household(connection, household, TODAY)
    assert row is not None
    return row


def paired(context: Context, household: str, first: dt.date = TODAY - dt.timedelta(20)) -> None:
    with context.engine.begin() as connection:
        entry = made_pairing(entries_of(connection, household), household, Person("li"), first, TODAY, "chen")
        add_entry(connection, entry, dt.datetime.now(dt.UTC))


def record(context: Context, household: str) -> tuple[Pairing, ...]:
    with context.engine.connect() as connection:
        return pairings(entries_of(connection, household))


def walk(context: Context, case_id: str, *codes: str, **details: Any) -> None:
    """Take steps with all they ask for; a notice is long over when its end is to be recorded."""
    for number, named in enumerate(codes):
        code, _, choice = named.partition(":")
        with context.engine.begin() as connection:
            if code == "end_notice":
                connection.execute(text("UPDATE case_event SET at = at - interval '30 days' WHERE case_id = :case_id"), {"case_id": case_id})  # fmt: skip
            case, at = case_now(connection, case_id), dt.datetime.now(dt.UTC)
            step = case.rules.steps[code]
            given = filled(case, step, at, choice) | {n: v for n, v in details.items() if n in details_of(step)}
            actor = somebody(case, step, number)
            if step.after_lot:
                mark_sampled(connection, [case_id], at)
            act(connection, case_id, code, actor, at, given, version=case.version, calendar=Calendar())


def confirmed(context: Context) -> str:
    """A clue whose hardship was confirmed; returns its case."""
    listed(context, clues=(replace(clue("a"), name="张晓梅", union_name="第一公司工会"),))
    case_id = cases(context)["a"].case_id
    walk(context, case_id, *TO_CONFIRM)
    return case_id


def later(minutes: int = 30) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)


def test_the_states_of_a_confirmed_clue_are_those_after_it_was_confirmed() -> None:
    """The migration and `CONFIRMED` name states of the flow; one that is new must be thought of in both."""
    flow, again = FLOWS["candidate"], {"visited", "to_revisit"}
    begun, before = {"verified"}, set[str]()
    while begun != before:
        before = set(begun)
        leads_on = [step for step in flow.steps.values() if (begun - again) & set(step.after)]
        begun |= {state for step in leads_on for state in step.targets if state in flow.states}
    without_a_file = {code for code, state in flow.states.items() if state.ended and code != "filed"}
    assert begun - again - without_a_file == set(CONFIRMED)
    with open("plugins/bangfu/db/migrations/versions/v0012_pairing.py") as file:
        assert ", ".join(f"'{state}'" for state in CONFIRMED) in file.read()


def test_households_of_a_list_are_registered_with_it_and_renewed_by_the_next(context: Context) -> None:
    assert listed(context, kept("DA1"), kept("DA2", county_code="532901")) == Listed(2, 2, 0, 0)
    assert listed(context, kept("DA1", name="李*", county_code="530103")) == Listed(1, 0, 1, 0)
    (row,) = helped(context).values()
    assert (row.file, row.name, row.county_code, row.since, row.filed_on) == ("DA1", "李*", "530103", TODAY, dt.date(2024, 3, 5))  # fmt: skip
    left = known(context, "file-DA2")
    assert (left.left_on, left.left_because) == (TODAY, "archive")
    with context.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM registered_household")) == 0, "nothing is kept twice"


def test_publishing_again_changes_nothing_and_a_list_without_an_archive_lets_nobody_go(context: Context) -> None:
    listed(context, kept())
    assert publish(context).households is None
    assert listed(context) == Listed(0, 0, 0, 0)
    assert set(helped(context)) == {"file-DA1"}


def test_a_pairing_ends_once_when_the_household_is_no_longer_in_the_archive(context: Context) -> None:
    listed(context, kept("DA1"), kept("DA2"))
    paired(context, "file-DA1")
    assert listed(context, kept("DA2")) == Listed(1, 0, 1, 1)
    assert listed(context, kept("DA2")) == Listed(1, 0, 0, 0)
    assert record(context, "file-DA1") == (Pairing("file-DA1", "li", TODAY - dt.timedelta(20), TODAY),)
    assert listed(context, kept("DA1"), kept("DA2")) == Listed(2, 0, 0, 0), "it comes back as the same"
    assert record(context, "file-DA1")[0].last == TODAY, "and somebody has to be found anew"


def test_a_pairing_that_was_to_begin_ends_before_it_begins(context: Context) -> None:
    listed(context, kept("DA1"), kept("DA2"))
    paired(context, "file-DA1", TODAY + dt.timedelta(10))
    assert listed(context, kept("DA2")).ended == 1
    assert record(context, "file-DA1") == ()


def test_a_clue_that_is_confirmed_is_helped_at_once_and_no_more_when_that_is_taken_back(context: Context) -> None:
    case_id = confirmed(context)
    (row,) = helped(context).values()
    assert (row.household, row.case_id, row.since, row.case_name, row.name) == ("a", case_id, TODAY, "张晓梅", None)
    with context.engine.begin() as connection:
        case = case_now(connection, case_id)
        take_back(connection, case_id, case.history[-1].actor, dt.datetime.now(dt.UTC), version=case.version, calendar=Calendar())  # fmt: skip
    assert helped(context) == {}
    walk(context, case_id, "verify:01")
    assert set(helped(context)) == {"a"}


def test_a_clue_that_is_looked_at_again_keeps_who_is_responsible_until_it_ends(context: Context) -> None:
    case_id = confirmed(context)
    paired(context, "a")
    walk(context, case_id, "visit_again")
    assert helped(context) == {}
    assert listed(context, kept("DA9"), clues=(clue("a"),)).ended == 0
    assert record(context, "a")[0].last is None
    walk(context, case_id, "visit", "verify:10")
    assert collect(context) == Collected(), "the outcome may still be taken back"
    assert collect(context, later()).pairings == 1
    assert collect(context, later()).pairings == 0
    assert record(context, "a")[0].last is not None


def test_a_filed_clue_asks_for_a_responsible_person_and_is_one_with_its_file(context: Context) -> None:
    """By the number that was entered; the archive comes a month later."""
    case_id = confirmed(context)
    paired(context, "a")
    walk(context, case_id, *REST, archive_no=" DA7 ")
    assert set(helped(context)) == {"a"}
    collect(context, later())
    assert known(context, "a").file == "DA7"
    assert listed(context, kept("DA1")) == Listed(1, 1, 0, 0), "an archive that does not have it yet lets it stay"
    assert listed(context, kept("DA1"), kept("DA7", name="张**")) == Listed(2, 0, 0, 0)
    row = helped(context)["a"]
    assert (row.name, row.file, row.paired, row.since) == ("张**", "DA7", True, TODAY)
    assert set(helped(context)) == {"a", "file-DA1"}
    assert listed(context, kept("DA1")).ended == 1, "from then on the archive says"


def test_a_clue_is_known_again_by_the_members_of_the_file_where_the_number_is_mistaken(context: Context) -> None:
    walk(context, confirmed(context), *REST, archive_no="DA8")
    collect(context, later())
    listed(context, kept("DA7", "b", "a"))
    assert {name: row.file for name, row in helped(context).items()} == {"a": "DA7"}


def test_of_two_that_turn_out_to_be_one_the_one_with_somebody_stays(context: Context) -> None:
    listed(context, kept("DA7"))
    confirmed(context)
    paired(context, "a")
    assert listed(context, kept("DA7", "a")) == Listed(1, 0, 1, 0)
    assert {name: row.paired for name, row in helped(context).items()} == {"a": True}
    assert known(context, "file-DA7").left_because == "same"
    listed(context, kept("DA7", "a"))
    assert set(helped(context)) == {"a"}


def exited(context: Context) -> str:
    """A household with somebody whose exit was approved; returns the case."""
    listed(context, kept("DA1"), kept("DA2"), exits=("DA1",))
    paired(context, "file-DA1")
    case_id = cases(context)["head-DA1@exit"].case_id
    walk(context, case_id, "visit", "confirm:leaves", "publish_notice", "end_notice", "approve")
    return case_id


def test_an_exit_releases_the_household_and_ends_its_pairing_exactly_once(context: Context) -> None:
    exited(context)
    assert collect(context).pairings == 0, "the approval may still be taken back"
    assert set(helped(context)) == {"file-DA1", "file-DA2"}
    assert collect(context, later()).pairings == 1
    assert collect(context, later()) == Collected()
    assert set(helped(context)) == {"file-DA2"}
    row = known(context, "file-DA1")
    assert (row.left_on, row.left_because) == (TODAY, "exit")
    with context.engine.connect() as connection:
        entries = entries_of(connection, "file-DA1")
    assert [(entry.kind, entry.reason, entry.day) for entry in entries] == [
        (Kind.PAIRED, None, TODAY - dt.timedelta(20)),
        (Kind.RELEASED, "exit", TODAY + dt.timedelta(1)),
    ]


def test_a_killed_collection_ends_nothing_and_is_done_again(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    exited(context)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("bangfu.pipeline.review.households.end_pairings", killed)
        with pytest.raises(KeyboardInterrupt):
            collect(context, later())
    assert helped(context)["file-DA1"].paired
    assert collect(context, later()).pairings == 1


@pytest.mark.parametrize(
    ("changes", "back"),
    [
        ({}, False),
        ({"returned": True}, True),
        ({"filed_on": TODAY + dt.timedelta(1)}, True),
        ({"filed_on": None}, False),
    ],
)
def test_an_archive_that_lags_behind_brings_nobody_back(context: Context, changes: dict[str, Any], back: bool) -> None:
    exited(context)
    collect(context, later())
    listed(context, kept("DA1", **changes), kept("DA2"))
    assert ("file-DA1" in helped(context)) is back


def test_a_household_is_forgotten_a_year_after_it_left(context: Context) -> None:
    listed(context, kept("DA1"), kept("DA2"), kept("DA3"))
    paired(context, "file-DA1")
    listed(context, kept("DA3"))
    with context.engine.begin() as connection:
        for name, days in (("DA1", 367), ("DA2", 300)):
            earlier = "UPDATE helped_household SET left_on = left_on - make_interval(days => :days) WHERE file = :name"
            connection.execute(text(earlier), {"days": days, "name": name})
    listed(context, kept("DA3"))
    with context.engine.connect() as connection:
        assert connection.scalars(text("SELECT file FROM helped_household ORDER BY 1")).all() == ["DA2", "DA3"]
        assert connection.scalar(text("SELECT count(*) FROM pairing_entry")) == 0


def test_a_kill_while_publishing_leaves_list_and_households_as_they_were(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    listed(context, kept("DA1"))

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("bangfu.pipeline.review.publish.announce", killed)
        with pytest.raises(KeyboardInterrupt):
            listed(context, kept("DA2"))
    assert set(helped(context)) == {"file-DA1"}
    assert publish(context).households == Listed(1, 1, 1, 0)


def test_the_whole_chain_publishes_the_archive_masked_and_by_opaque_ids(context: Context) -> None:
    add(context, "union_roster", [member(n) for n in range(200)])
    add(context, "medical_settlement", [stay(n, 30_000.0, "2026-02-15") for n in (*range(1, 31), *range(500, 540))])
    files = [archived(n, filed_on=dt.date(2025, 1, n % 28 + 1)) for n in (*range(5, 10), *range(800, 820))]
    add(context, "hardship_archive", [*files, archived(12, "exited", exited_on=dt.date(2026, 1, 10))])
    link(context)
    screen(context)
    assert publish(context).households == Listed(25, 25, 0, 0)
    rows = helped(context)
    assert {row.file for row in rows.values()} == {f"DA{n}" for n in (*range(5, 10), *range(800, 820))}
    assert all(len(name) == 24 and "DA" not in name for name in rows)
    by_file = {row.file: row for row in rows.values()}
    assert by_file["DA5"].name == person(5)["name"][0] + "**"
    assert (by_file["DA5"].county_code, by_file["DA5"].union_name) == (
        person(5)["county_code"],
        member(5)["union_name"],
    )
    assert by_file["DA800"].filed_on == dt.date(2025, 1, 800 % 28 + 1)
    add(context, "death_record", [{**person(900), "died_on": dt.date(2026, 2, 20)}])
    link(context)
    screen(context)
    assert publish(context).households == Listed(25, 0, 0, 0), "the same households have the same ids in every run"


def test_coverage_by_county_for_operators(context: Context) -> None:
    listed(context, kept("DA1"), kept("DA2"), kept("DA3", county_code="532901"))
    paired(context, "file-DA1")
    assert pairing_coverage(context) == [
        {"county_code": "530102", "county": "五华区", "households": 2, "paired": 1, "share": 0.5, "in_touch": 2, "confirmed_unpaired": 0},
        {"county_code": "532901", "county": "大理市", "households": 1, "paired": 0, "share": 0.0, "in_touch": 1, "confirmed_unpaired": 0},
    ]  # fmt: skip
    assert [row["county"] for row in pairing_coverage(context, "5329")] == ["大理市"]
    assert pairing_coverage(context, now=later(60 * 24 * 40))[0]["in_touch"] == 0


def test_the_system_signs_what_it_ends(context: Context) -> None:
    listed(context, kept("DA1"), kept("DA2"))
    paired(context, "file-DA1")
    listed(context, kept("DA2"))
    with context.engine.connect() as connection:
        last = entries_of(connection, "file-DA1")[-1]
    assert last == Entry("file-DA1", 2, Kind.RELEASED, "bangfu", TODAY + dt.timedelta(1), reason="archive")

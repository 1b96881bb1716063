"""Records go when their time is over: nothing earlier, nothing twice, and what stays still holds together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hand_built import Database, opened
from sqlalchemy import text

from bangfu.db import DatabaseUrls
from bangfu.db.attachments import add_attachment
from bangfu.db.cases import events_of
from bangfu.errors import BangfuError
from bangfu.pipeline.audit.chain import seal_log, verify_log
from bangfu.pipeline.context import Context
from bangfu.pipeline.retention.records import CLEARED, clear_records
from bangfu.pipeline.review.collecting import collect
from bangfu.pipeline.steps import Step
from bangfu.review.cases import replay
from bangfu.review.deadlines import Calendar
from bangfu.review.standing import standing
from schemas.keeping import KEEPINGS
from tests.approving import ASKS, two_persons
from tests.bangfu.pipeline.installing import Installations, attempt
from tests.bangfu.pipeline.killing_retention import RetentionKiller
from tests.bangfu.pipeline.review.test_openings import OFFICER, cases, clue, listed, worked

NOTHING = dict.fromkeys(CLEARED, 0)
PERSON = {
    "name": "杨某某", "sex": "1", "birth_year": 1980, "id_number": "539101198001010015", "phone": "13800000000",
    "address": "某路1号", "employer": "某厂", "union_name": "某厂工会", "ethnic_group": "01",
}  # fmt: skip


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def run(context: Context, *statements: str) -> None:
    with context.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def scalar(context: Context, statement: str) -> Any:
    with context.engine.connect() as connection:
        return connection.scalar(text(statement))


def ended_cases(context: Context, *, days: int = 181) -> dict[str, str]:
    """A case that ended some days ago with a note about the household, and one that is open; ids by person."""
    listed(context, replace(clue("a"), **PERSON), replace(clue("b"), **PERSON))
    found = {person: row.case_id for person, row in cases(context).items()}
    worked(context, found["a"], "receive")
    worked(context, found["a"], "settle", outcome="05", note="杨某某家属说已建档")
    collect(context, dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    run(context, f"UPDATE review_case SET ended_at = ended_at - interval '{days} days' WHERE ended_at IS NOT NULL")
    return found


def old_log(context: Context, entries: int = 6) -> None:
    """Entries of more than three years ago under two heads, and later ones."""
    for first, last in ((1, entries // 2), (entries // 2 + 1, entries)):
        run(
            context,
            "INSERT INTO access_log (at, username, action, candidate_id) "
            f"SELECT now() - interval '1200 days' + n * interval '1 hour', 'li', 'view', 'c' || n FROM generate_series({first}, {last}) n",
        )
        seal_log(context)
    run(context, "INSERT INTO access_log (username, action) VALUES ('li', 'view'), ('li', 'list')")
    seal_log(context)


def test_an_ended_case_keeps_its_course_and_loses_the_person(context: Context) -> None:
    found = ended_cases(context)
    with context.engine.connect() as connection:
        before = replay(events_of(connection, found["a"]))
        open_before = events_of(connection, found["b"])
    assert clear_records(context, dry_run=True) == {**NOTHING, "cases": 1}
    assert clear_records(context) == {**NOTHING, "cases": 1}
    with context.engine.connect() as connection:
        again = replay(events_of(connection, found["a"]))
        row = connection.execute(text("SELECT * FROM review_case WHERE subject = 'a'")).mappings().one()
        other = connection.execute(text("SELECT * FROM review_case WHERE subject = 'b'")).mappings().one()
        assert events_of(connection, found["b"]) == open_before
    assert replace(again, facts=before.facts, history=before.history) == before
    assert standing(again, Calendar()) == standing(before, Calendar())
    assert [event.actor for event in again.history][-1] == OFFICER
    told = str(dict(row)) + str(again.history)
    assert [
        value for value in ("杨某某", *(str(item) for item in PERSON.values() if len(str(item)) > 4)) if value in told
    ] == []
    assert (row["reasons"], row["evidence"], row["match"], row["strength"]) == ([], {}, [], None)
    assert (row["subject"], row["county_code"], row["outcome"], row["state"]) == ("a", "530102", "05", before.state)
    assert row["reduced_at"] is not None
    assert other["name"] == "杨某某"
    assert clear_records(context) == NOTHING, "nothing more the second time"


def test_papers_go_with_what_was_written_and_those_of_open_cases_stay(context: Context) -> None:
    found = ended_cases(context)
    with context.engine.begin() as connection:
        for case_id in found.values():
            add_attachment(
                connection, "key", case_id, "li", "consent", b"%PDF-" + case_id.encode(), dt.datetime.now(dt.UTC)
            )
    clear_records(context)
    with context.engine.connect() as connection:
        assert list(connection.scalars(text("SELECT case_id FROM case_attachment"))) == [found["b"]]


def test_the_days_of_a_case_are_a_setting(context: Context) -> None:
    ended_cases(context, days=100)
    assert clear_records(context)["cases"] == 0
    shorter = replace(context, settings=replace(context.settings, case_days=90))
    assert clear_records(shorter)["cases"] == 1


def test_what_a_case_teaches_is_collected_first(context: Context) -> None:
    ended_cases(context)
    run(context, "UPDATE review_case SET collected_at = NULL")
    assert clear_records(context)["cases"] == 0


def test_a_case_that_cannot_be_replayed_is_left_and_stops_nothing(context: Context) -> None:
    found = ended_cases(context)
    run(context, f"DELETE FROM case_event WHERE case_id = '{found['a']}' AND version = 2")
    assert clear_records(context) == NOTHING
    assert scalar(context, "SELECT name FROM review_case WHERE subject = 'a'") == "杨某某"


def test_the_newest_two_lists_stay_whatever_their_age(context: Context) -> None:
    for person in "abc":
        listed(context, replace(clue(person), **PERSON))
    run(context, "UPDATE candidate_list SET published_at = published_at - interval '200 days'")
    assert clear_records(context)["former_lists"] == 1
    kept = "SELECT string_agg(candidate_id, ',' ORDER BY candidate_id) FROM candidate"
    assert scalar(context, kept) == "b,c"
    assert scalar(context, "SELECT count(*) FROM candidate_list WHERE list_version IS NOT NULL") == 3
    listed(context, clue("d"))
    assert clear_records(context)["former_lists"] == 1, (
        "list 2 was replaced 200 days ago, and is no longer the one before"
    )
    assert scalar(context, kept) == "c,d"


def test_a_shortened_log_still_verifies_and_goes_on(context: Context) -> None:
    old_log(context)
    assert clear_records(context, dry_run=True)["access_log"] == 6
    assert clear_records(context)["access_log"] == 6
    found = verify_log(context)
    assert (list(found.findings), found.removed, found.sealed) == ([], 6, 2)
    run(context, "INSERT INTO access_log (username, action) VALUES ('li', 'view')")
    assert seal_log(context).position == 9
    assert list(verify_log(context).findings) == []
    assert clear_records(context)["access_log"] == 0


def test_the_last_entry_stays_so_that_the_chain_goes_on(context: Context) -> None:
    old_log(context)
    run(
        context,
        "ALTER TABLE access_log DISABLE TRIGGER USER",
        "DELETE FROM access_log WHERE position > 6",
        "ALTER TABLE access_log ENABLE TRIGGER USER",
    )
    for item in list(context.store.list("audit/heads/")):
        if "000000000008" in item.key:
            context.store.delete(item.key)
    assert clear_records(context)["access_log"] == 3, "up to the head before the last entry"
    run(context, "INSERT INTO access_log (username, action) VALUES ('li', 'view')")
    assert seal_log(context).position == 7
    assert list(verify_log(context).findings) == []


def test_a_log_that_was_changed_is_not_shortened_and_all_else_is_done(context: Context) -> None:
    old_log(context)
    ended_cases(context)
    run(
        context,
        "ALTER TABLE access_log DISABLE TRIGGER USER",
        "UPDATE access_log SET username = 'another' WHERE position = 2",
        "ALTER TABLE access_log ENABLE TRIGGER USER",
    )
    with pytest.raises(BangfuError, match="changed at position 2"):
        clear_records(context)
    assert scalar(context, "SELECT min(position) FROM access_log") == 1
    assert scalar(context, "SELECT count(*) FROM review_case WHERE reduced_at IS NOT NULL") == 1


@pytest.mark.parametrize(
    ("forged", "code"),
    [
        ("INSERT INTO audit_anchor (position, hash, at, entries) SELECT position, hash, at, 7 FROM access_log WHERE position = 7", "rewritten"),
        ("INSERT INTO audit_anchor (position, hash, at, entries) SELECT position, hash, at, 8 FROM access_log WHERE position = 8", "missing"),
        ("INSERT INTO audit_anchor (position, hash, at, entries, removed_at) SELECT position, hash, at - interval '1200 days', 8, "
         "now() + interval '9 years' FROM access_log WHERE position = 8", "missing"),
    ],
)  # fmt: skip
def test_who_removes_entries_before_their_time_is_found(context: Context, forged: str, code: str) -> None:
    """The owner of the database can forge an anchor, and no head in the object store says what it says."""
    old_log(context)
    run(
        context,
        forged,
        "ALTER TABLE access_log DISABLE TRIGGER USER",
        "DELETE FROM access_log WHERE position <= (SELECT max(position) FROM audit_anchor)",
        "ALTER TABLE access_log ENABLE TRIGGER USER",
    )
    assert code in {item.code for item in verify_log(context).findings}


def test_entries_that_were_removed_do_not_come_back(context: Context) -> None:
    old_log(context)
    clear_records(context)
    run(
        context,
        "ALTER TABLE access_log DISABLE TRIGGER USER",
        "INSERT INTO access_log (action, position, hash) VALUES ('view', 2, '\\x00')",
        "ALTER TABLE access_log ENABLE TRIGGER USER",
    )
    assert "changed" in {item.code for item in verify_log(context).findings}


def test_notices_of_former_lists_go_after_a_year(context: Context) -> None:
    listed(context, clue("a"))
    listed(context, clue("b"))
    run(
        context,
        "ALTER TABLE notice DISABLE TRIGGER notice_entries_stay",
        "UPDATE notice SET created_at = created_at - interval '367 days'",
        "ALTER TABLE notice ENABLE TRIGGER notice_entries_stay",
    )
    before = scalar(context, "SELECT count(*) FROM notice")
    first = scalar(context, "SELECT count(*) FROM notice WHERE list_version = 1")
    assert clear_records(context, dry_run=True)["notices"] == first > 0
    assert clear_records(context)["notices"] == first
    assert scalar(context, "SELECT count(*) FROM notice") == before - first
    assert (
        scalar(
            context,
            "SELECT count(*) FROM notice_message m LEFT JOIN notice n USING (notice_id) WHERE n.notice_id IS NULL",
        )
        == 0
    )


def test_uploads_sessions_and_approvals_go_in_their_time(context: Context) -> None:
    with context.engine.begin() as connection:
        two_persons(connection)
    insert = "INSERT INTO approval (kind, subject, rows, area_code, asked_by, purpose, asked_at) VALUES ('export', 's', 9, '53', "
    run(
        context,
        "INSERT INTO workbook_upload (upload_id, username, flow, expires_at, content) "
        f"SELECT repeat(n::text, 32), '{ASKS}', 'candidates', now() + (n - 1.5) * interval '1 hour', '\\x00' FROM generate_series(1, 2) n",
        "INSERT INTO portal_session (token_hash, username, csrf_token, expires_at) "
        f"SELECT n::text, '{ASKS}', 'x', now() - n * interval '20 hours' FROM generate_series(1, 2) n",
        *(f"{insert} '{ASKS}', 'x', now() - interval '{days} days')" for days in (1_000, 1_200)),
    )
    assert clear_records(context) == {**NOTHING, "uploads": 1, "sessions": 1, "approvals": 1}
    assert clear_records(context) == NOTHING


def test_the_portal_changes_no_event(database: Database) -> None:
    rights = "has_any_column_privilege('bangfu_portal', 'case_event', 'UPDATE') OR has_table_privilege('bangfu_portal', 'case_event', 'DELETE')"
    with database.owner.connect() as connection:
        assert connection.scalar(text(f"SELECT {rights}")) is False


def test_every_time_is_declared_once() -> None:
    assert set(CLEARED) <= set(KEEPINGS)
    assert {code for code, item in KEEPINGS.items() if item.time} - set(CLEARED) == {"attempts"}, (
        "they go with sessions"
    )


@pytest.fixture(scope="module")
def installations(
    server: tuple[Any, DatabaseUrls], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installations]:
    made = Installations(server, tmp_path_factory.mktemp("clear"))
    yield made
    made.close()


def test_killed_at_any_write_it_ends_the_same(installations: Installations) -> None:
    def aged() -> Context:
        context = installations()
        old_log(context)
        ended_cases(context)
        for person in "cd":
            listed(context, clue(person))
        run(context, "UPDATE candidate_list SET published_at = published_at - interval '200 days'")
        return context

    def state(context: Context) -> list[Any]:
        with context.engine.connect() as connection:
            return [
                connection.scalar(text(query))
                for query in (
                    "SELECT jsonb_agg(detail ORDER BY case_id, version)::text FROM case_event WHERE case_id IN "
                    "(SELECT case_id FROM review_case WHERE subject = 'a')",
                    "SELECT count(*) FROM review_case WHERE reduced_at IS NOT NULL",
                    "SELECT count(*) FROM candidate",
                    "SELECT min(position) FROM access_log",
                    "SELECT max(position) FROM audit_anchor",
                )
            ]

    template = aged()
    undisturbed = installations(template)
    assert clear_records(undisturbed)["access_log"] == 6
    wanted = state(undisturbed)
    with RetentionKiller() as killer:
        writes = attempt(killer, installations(template), "clear", intake=False).writes
        assert {str(name) for name in Step if name.value.startswith("clear: ")} & set(writes) >= {
            str(Step.REDUCE_CASES), str(Step.REMOVE_LIST), str(Step.SHORTEN_LOG),
        }  # fmt: skip
        for position in range(1, len(writes) + 1):
            context = installations(template)
            assert not attempt(killer, context, "clear", after=position, intake=False).completed
            clear_records(context)
            assert state(context) == wanted, writes[position - 1]
            assert list(verify_log(context).findings) == []
            installations.drop(context)

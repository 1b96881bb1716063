"""The audit sample: drawn by prefecture from those on no list, repeatable with the key, and never anybody who is known."""

from collections import Counter
from dataclasses import replace
from hashlib import sha256

import polars as pl
import pytest
from hand_built import Database, add, allowance, archived, member, opened, person, stay
from sqlalchemy import text

from bangfu.db.list_entries import NewEntry, entries_of
from bangfu.db.samples import audited, audited_versions
from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.link import link
from bangfu.pipeline.screening.particulars import described
from bangfu.pipeline.screening.reading import linked_extracts, read_linked
from bangfu.pipeline.screening.screen import ScreenSummary, screen
from bangfu.pipeline.sealed import read_sealed
from bangfu.review.drawing import fingerprint, first_of
from bangfu.screening.routing import representatives, routes
from bangfu.storage import keys
from tests.approving import publish

SIZE = 4
LISTED = range(10, 30)
REGISTERED = range(30, 51)
LEFT, RETIRED = range(60, 70), range(70, 80)


@pytest.fixture
def context(database: Database) -> Context:
    """300 members: 10-29 are on the list, 30-50 registered, 60-69 have left, 70-79 are retired, 250-259 doubled on the roster."""
    context = opened(database)
    rows = [member(n) for n in range(300)]
    for n in LEFT:
        rows[n] = member(n, membership_status="left")
    for n in RETIRED:
        rows[n] = member(n, employment_status="retired")
    add(context, "union_roster", [*rows, *(member(n, union_name="另一工会") for n in range(250, 260))])
    add(context, "medical_settlement", [stay(n, 1000.0 * n, "2026-02-15") for n in (*range(1, 30), *range(500, 540))])
    add(context, "hardship_archive", [archived(n) for n in (*REGISTERED, *range(800, 820))])
    link(context)
    return sampling(context)


def sampling(context: Context, size: int = SIZE) -> Context:
    return replace(context, settings=replace(context.settings, audit_sample=size))


def sample(context: Context, summary: ScreenSummary) -> list[NewEntry]:
    with context.engine.connect() as connection:
        return entries_of(connection, summary.run_id, "audit_sample")


def numbers(entries: list[NewEntry]) -> list[int]:
    by_identity = {person(n)["id_number"]: n for n in range(300)}
    return sorted(by_identity[entry.id_number or ""] for entry in entries)


def draws(context: Context) -> list[dict[str, object]]:
    query = text("SELECT purpose, push, area_code, frame, sample, key, frame_digest, list_version FROM random_draw ORDER BY purpose")  # fmt: skip
    with context.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def test_so_many_are_drawn_from_each_prefecture_and_nobody_who_is_known(context: Context) -> None:
    summary = screen(context)
    drawn = sample(context, summary)
    assert summary.lists["audit_sample"] == len(drawn)
    assert Counter(entry.county_code[:4] for entry in drawn) == {row["area_code"]: SIZE for row in draws(context)}
    assert len(set(numbers(drawn))) == len(drawn)
    assert not set(numbers(drawn)) & {*LISTED, *REGISTERED, *LEFT, *RETIRED}
    assert sum(int(str(row["frame"])) for row in draws(context)) == 300 - 20 - 21 - 10 - 10


def test_an_entry_tells_nothing_that_could_sway_who_visits(context: Context) -> None:
    drawn = sample(context, screen(context))
    why = {"code": "audit_sample", "zh": "随机抽样核查", "en": "random audit sample"}
    assert drawn
    assert all(entry.reasons == [why] and not entry.files for entry in drawn)


def test_the_same_key_draws_the_same_and_another_list_others(context: Context) -> None:
    first = numbers(sample(context, screen(context)))
    before = draws(context)
    again = sampling(context, SIZE + 1)
    second = numbers(sample(again, screen(again)))
    assert set(first) < set(second), "a list that nobody published yet is drawn in the same order"
    assert [row["frame_digest"] for row in draws(context)] == [row["frame_digest"] for row in before]
    publish(context)
    third = numbers(sample(context, screen(context)))
    assert set(first) != set(third)
    assert {row["push"] for row in draws(context)} == {"1", "2"}
    assert {(row["push"], row["list_version"]) for row in draws(context)} == {("1", 1), ("2", None)}
    with context.engine.connect() as connection:
        assert audited_versions(connection) == [1]
        strata = audited(connection, "53", 1)
        assert [item.prefecture for item in audited(connection, "5301", 1)] == ["5301"]
    assert [item.sample for item in strata] == [min(SIZE + 1, item.frame) for item in strata]


def test_none_is_drawn_where_the_setting_says_so(context: Context) -> None:
    summary = screen(sampling(context, 0))
    assert ("audit_sample" in summary.lists, draws(context)) == (False, [])


def test_those_drawn_are_cases_with_the_list(context: Context) -> None:
    summary = screen(context)
    publish(context)
    query = text("SELECT subject, state, match, evidence, strength, list_version FROM review_case WHERE flow = 'audit'")
    with context.engine.connect() as connection:
        rows = connection.execute(query).all()
    assert {row.subject for row in rows} == {entry.subject for entry in sample(context, summary)}
    assert {(row.state, str(row.match), str(row.evidence), row.strength, row.list_version) for row in rows} == {
        ("drawn", "[]", "{}", None, 1)
    }
    publish(context)
    with context.engine.connect() as connection:
        assert len(connection.execute(query).all()) == len(rows)


def test_a_household_is_in_the_frame_once_and_not_beside_a_clue(database: Database) -> None:
    """Members of one household share a civil-affairs list; one of them has a clue in household A, nobody in household B."""
    context = sampling(opened(database), 100)
    add(context, "union_roster", [member(n) for n in range(200)])
    add(context, "medical_settlement", [stay(n, 60_000.0, "2026-02-15") for n in (1, *range(500, 540))])
    households = [(1, "JZa", "0"), (2, "JZa", "1"), (3, "JZb", "0"), (4, "JZb", "1")]
    listed = [
        allowance(n, household_ref=ref, relation=relation, relief_category=None) for n, ref, relation in households
    ]
    add(context, "civil_affairs", [*listed, *(allowance(n) for n in range(600, 640))])
    link(context)
    drawn = numbers(sample(context, screen(context)))
    assert len(drawn) == 200 - 3
    assert not {1, 2} & set(drawn)
    assert len({3, 4} & set(drawn)) == 1


def test_the_frame_is_what_the_record_says(context: Context) -> None:
    """Whoever holds the key and the links repeats the draw: here from the ids the digest was made of."""
    summary = screen(context)
    persons = read_sealed(context, keys.links(summary.link_run_id, "union_roster-persons"), summary.link_run_id)
    cluster_of = dict(persons.select("record_id", "cluster_id").iter_rows())
    drawn = {cluster_of[entry.roster_record_id or ""]: entry.county_code for entry in sample(context, summary)}
    key = context.settings.secret("draw-key")
    known = {person(n)["id_number"] for n in (*LISTED, *REGISTERED, *LEFT, *RETIRED)}
    rows = read_linked(context, summary.link_run_id, linked_extracts(context, summary.link_run_id))
    roster = representatives(rows.material.roster)
    frame = (
        described(rows.tables, roster)
        .join(routes(roster), on="cluster_id")
        .filter(~pl.col("id_number").is_in(list(known)))
    )
    for row in draws(context):
        stratum = frame.filter(pl.col("county").str.starts_with(str(row["area_code"])))["cluster_id"].sort().to_list()
        assert row["frame_digest"] == sha256("\n".join(stratum).encode()).hexdigest()
        assert row["key"] == fingerprint(key)
        chosen = first_of(key, str(row["purpose"]), "1", stratum)[:SIZE]
        assert set(chosen) == {unit for unit, county in drawn.items() if county.startswith(str(row["area_code"]))}

"""Lists beside the clues, and decisions about clues, from one screening to the next."""

import csv
import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hand_built import Database, add, allowance, archived, member, opened, person, stay

from bangfu.db.list_entries import count_entries, entries_of
from bangfu.db.visit_decisions import Decision, keep_decisions
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.link import link
from bangfu.pipeline.review.other_lists import list_counts, write_gaps, write_list
from bangfu.pipeline.screening.screen import screen
from bangfu.pipeline.screening.what_if import replay
from tests.approving import publish
from tests.bangfu.pipeline.published import published_list
from tests.published import published_rows


@pytest.fixture
def context(database: Database) -> Context:
    """200 members; 1-30 have been in hospital, 5-9 are registered, 10 and 150 have died."""
    context = opened(database)
    add(context, "union_roster", [member(n) for n in range(200)])
    add(context, "medical_settlement", [stay(n, 30_000.0, "2026-02-15") for n in (*range(1, 31), *range(500, 540))])
    add(context, "hardship_archive", [archived(n, archive_level="county") for n in (*range(5, 10), *range(800, 820))])
    dead = [{**person(n), "died_on": dt.date(2026, 2, 20)} for n in (10, 150, *range(900, 930))]
    add(context, "death_record", dead)
    return context


def test_who_is_left_out_is_kept_with_a_reason(context: Context) -> None:
    link(context)
    summary = screen(context)
    assert summary.suppressed == {"dead": 1, "registered": 5}
    assert summary.lists == {"household_changes": 2, "suppressed": 6}
    with context.engine.connect() as connection:
        rows = entries_of(connection, summary.run_id, "suppressed")
    assert {row.reasons[0]["zh"] for row in rows if row.reasons[0]["code"] == "registered"} == {"本人已建档（县级）"}
    told = json.dumps([row.reasons for row in rows], ensure_ascii=False)
    assert all(person(n)["name"] not in told for n in range(5, 11))


def test_lists_go_with_the_list_of_their_run(context: Context) -> None:
    """A list that nobody published is replaced, and so is what stands beside it."""
    link(context)
    first, second = screen(context), screen(context, as_of=dt.date(2026, 6, 30))
    with context.engine.connect() as connection:
        assert count_entries(connection, first.run_id) == {}
        assert count_entries(connection, second.run_id) == second.lists


def test_a_decision_keeps_a_clue_away_until_there_is_new_evidence(context: Context) -> None:
    clue = published_list(context)["HY000020"]
    evidence = clue.evidence
    kept = Decision(clue.candidate_id, "11", dt.date(2026, 2, 15), evidence["state"], evidence["digest"])
    with context.engine.begin() as connection:
        keep_decisions(connection, [kept])
    summary = screen(context)
    assert (summary.unchanged, summary.candidates, summary.found) == (False, 23, 24)
    assert summary.suppressed["decided"] == 1
    assert replay(context, summary.run_id).same
    assert screen(context).unchanged

    add(context, "medical_settlement", [stay(20, 26_000.0, "2026-04-03")])
    link(context)
    assert screen(context).returned == 1
    publish(context)
    with context.engine.connect() as connection:
        back = next(row for row in published_rows(connection) if row.candidate_id == clue.candidate_id)
    assert [line["zh"] for line in back.evidence["changed"]] == [
        "“住院自付较高”加重，现为5万元以上",
        "“住院自付较高”在2026Q2有新的记录",
    ]


def test_lists_about_registered_households_come_with_the_run(context: Context) -> None:
    again = [archived(5, household_ref="DA5000", relation="1"), archived(6, household_ref="DA5000")]
    left = [archived(n, "exited", exited_on=dt.date(2026, 1, 10)) for n in (20, 21)]
    add(context, "hardship_archive", [*again, *left])
    link(context)
    summary = screen(context)
    assert (summary.lists["duplicates"], summary.lists["returns"]) == (2, 2)
    with context.engine.connect() as connection:
        (first, second) = entries_of(connection, summary.run_id, "duplicates")
        assert first.files == second.files == ("DA5", "DA5000", "DA6")
        assert {row.files for row in entries_of(connection, summary.run_id, "returns")} == {("DA20",), ("DA21",)}


def test_lists_and_gaps_as_files(context: Context, tmp_path: Path) -> None:
    with pytest.raises(BangfuError, match="bangfu screen"):
        list_counts(context)
    link(context)
    summary = screen(context)
    assert {code: number for code, number in list_counts(context).items() if number} == summary.lists
    out = tmp_path / "left-out.parquet"
    assert write_list(context, "suppressed", out) == 6
    frame = pl.read_parquet(out)
    assert sorted(frame["codes"].explode()) == ["dead", *["registered"] * 5]
    with pytest.raises(BangfuError, match="no list 'exits'"):
        write_list(context, "exits", out)
    with pytest.raises(BangfuError, match="does not exist"):
        write_list(context, "returns", tmp_path / "nowhere" / "r.parquet")
    with pytest.raises(BangfuError, match="civil-affairs list"):
        write_gaps(context, tmp_path / "gaps.csv")

    add(context, "civil_affairs", [allowance(n) for n in (*range(3, 8), *range(600, 640))])
    link(context)
    screen(context)
    write_gaps(context, tmp_path / "gaps.csv")
    with (tmp_path / "gaps.csv").open(encoding="utf-8-sig") as file:
        rows = {row["area_code"]: row for row in csv.DictReader(file)}
    assert rows["53"]["area"] == "云南省"
    told = {row[cell] for row in rows.values() for cell in ("unlisted", "listed", "matched")}
    assert not told & {"1", "2", "3", "4"}
    assert screen(context).unchanged


def test_who_agreed_is_referred_though_decided(context: Context) -> None:
    clue = published_list(context)["HY000020"]
    kept = Decision(clue.candidate_id, "60", dt.date(2026, 2, 15), referral_consent=True)
    told = replace(kept, evidence=clue.evidence["state"], evidence_digest=clue.evidence["digest"])
    with context.engine.begin() as connection:
        keep_decisions(connection, [told])
    summary = screen(context)
    assert (summary.lists["referrals"], summary.suppressed["decided"]) == (1, 1)
    with context.engine.connect() as connection:
        (entry,) = entries_of(connection, summary.run_id, "referrals")
    assert entry.subject == clue.candidate_id

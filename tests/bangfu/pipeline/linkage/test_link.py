"""Linkage: roster persons, partner persons, pairs between them; the same inputs again are a no-op."""

from dataclasses import replace

import polars as pl
import pytest
from hand_built import Database, add, allowance, archived, member, opened, person, stay

from bangfu.db.runs import latest_run, link_sets, list_runs
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.linkage.link import link
from bangfu.pipeline.sealed import read_sealed
from bangfu.pipeline.stage import alone
from bangfu.storage import keys
from matching import Model

MEMBERS = 400


@pytest.fixture
def context(database: Database) -> Context:
    """A roster of 400, one of them listed twice under different numbers, and two partner sources."""
    context = opened(database)
    roster = [member(n) for n in range(MEMBERS)]
    add(context, "union_roster", [*roster, member(5, person_ref="HY-again", phone=None)])
    add(
        context,
        "medical_settlement",
        [stay(n, 1000.0 * n, f"2026-0{stays}-15") for n in range(300, 460) for stays in (1, 2)],
    )
    add(context, "civil_affairs", [allowance(n, id_number=None) for n in range(100, 160)])
    return context


def pairs_of(context: Context, run_id: str, source: str) -> pl.DataFrame:
    return read_sealed(context, keys.links(run_id, f"{source}-pairs"), run_id)


def numbers(context: Context, run_id: str, source: str) -> set[tuple[str, str]]:
    """Accepted pairs as positions in the hand-built tables."""
    accepted = pairs_of(context, run_id, source).filter("accepted")
    return {(a.split(":")[1], b.split(":")[1]) for a, b in accepted.select("left_id", "right_id").iter_rows()}


def test_links_each_source_person_to_its_roster_person(context: Context) -> None:
    summary = link(context)
    medical, civil = (
        next(s for s in summary.sources if s.source == name) for name in ("medical_settlement", "civil_affairs")
    )
    assert (medical.records, medical.persons, medical.pairs_accepted) == (320, 160, 100)
    assert (civil.records, civil.persons) == (60, 60)
    expected = {(str(n + 1), str(n - 99)) for n in range(100, 160)}
    assert numbers(context, summary.run_id, "civil_affairs") == expected


def test_joins_the_duplicates_of_the_roster(context: Context) -> None:
    summary = link(context)
    persons = read_sealed(context, keys.links(summary.run_id, "union_roster-persons"), summary.run_id)
    clusters = {row["record_id"].split(":")[1]: row["cluster_id"] for row in persons.iter_rows(named=True)}
    assert summary.roster_records == MEMBERS + 1
    assert summary.roster_persons == MEMBERS
    assert clusters["6"] == clusters["401"]


def test_keeps_the_model_with_its_estimated_parameters(context: Context) -> None:
    summary = link(context)
    with context.engine.connect() as connection:
        sets = {row.source: row for row in link_sets(connection, summary.run_id)}
    assert set(sets) == {"union_roster", "medical_settlement", "civil_affairs"}
    model = Model.load(context.store.get_file(sets["civil_affairs"].model_key or ""))
    assert model.prior is not None
    assert all(level.m is not None for item in model.comparisons for level in item.parameters)


def test_same_inputs_again_return_the_former_run(context: Context) -> None:
    first, second = link(context), link(context)
    assert (first.unchanged, second.unchanged) == (False, True)
    assert second.run_id == first.run_id
    assert second.sources == first.sources


def test_the_order_of_arrival_does_not_matter(database: Database, context: Context) -> None:
    first = link(context)
    retract(context, next(row for row in _extracts(context) if row.startswith("civil")), "test")
    without = link(context)
    assert without.run_id != first.run_id
    assert pairs_of(context, without.run_id, "medical_settlement").equals(
        pairs_of(context, first.run_id, "medical_settlement")
    )


def test_needs_a_roster(database: Database) -> None:
    context = opened(database)
    add(context, "hardship_archive", [archived(1)])
    with pytest.raises(BangfuError, match="no standardised union roster"):
        link(context)
    with context.engine.connect() as connection:
        assert list_runs(connection) == []


def test_one_linkage_at_a_time(context: Context) -> None:
    with alone(context, "link"), pytest.raises(BangfuError, match="Another link run"):
        link(context)


def test_a_failure_is_registered_without_its_text(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = str(person(1)["id_number"])

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr("bangfu.pipeline.linkage.link.match", fail)
    with pytest.raises(RuntimeError):
        link(context)
    with context.engine.connect() as connection:
        (run,) = list_runs(connection)
        assert latest_run(connection, "link") is None
    assert (run.status, run.summary) == ("failed", {"failure": "RuntimeError"})


def test_a_linkage_that_needs_more_memory_than_it_may_is_refused(context: Context) -> None:
    sparing = replace(context, settings=replace(context.settings, link_memory=100_000_000))
    with pytest.raises(BangfuError, match=r"union_roster cannot be linked within BANGFU_LINK_MEMORY: .* may take 0\."):
        link(sparing)
    assert (
        link(replace(context, settings=replace(context.settings, link_memory=2_000_000_000))).roster_persons == MEMBERS
    )


def _extracts(context: Context) -> list[str]:
    from bangfu.pipeline.standard_tables import active_extracts

    return [row.extract_id for row in active_extracts(context)]


def test_inputs_that_come_back_are_linked_anew(database: Database) -> None:
    """A, B, A: screening takes the newest linkage, so an old one of the same inputs is no answer any more."""
    context = opened(database)
    add(context, "union_roster", [member(n) for n in range(60)])
    first = link(context)
    extra = add(context, "civil_affairs", [allowance(n) for n in range(10)])
    second = link(context)
    retract(context, extra, "a slip")
    third = link(context)
    assert len({first.run_id, second.run_id, third.run_id}) == 3
    assert not third.unchanged

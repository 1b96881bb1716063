"""Taking over: what has not changed is not linked again, and every run is as if it had been."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hand_built import add, allowance, archived, member, relief, stay

from bangfu.cli.link import link_lines
from bangfu.db.data_keys import destroy_key
from bangfu.db.runs import finish_run, link_sets, start_run
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.linkage.found import input_digests
from bangfu.pipeline.linkage.link import LinkSummary, _model, link
from bangfu.pipeline.retention.rotate import rotate
from bangfu.pipeline.sealed import read_sealed
from bangfu.pipeline.standard_tables import active_extracts
from bangfu.storage import keys
from schemas.sources import SOURCES
from tests.bangfu.pipeline.installing import Installations

STEPS = 6


def linked_by(summary: LinkSummary) -> dict[str, str | None]:
    """Of each source the run that compared its pairs; None for this one."""
    return {item.source: item.linked_by for item in summary.sources}


def tables(context: Context, run_id: str) -> dict[str, Any]:
    """Every object of a run, but for the time at which a model was trained."""
    found: dict[str, Any] = {}
    for item in context.store.list(f"links/{run_id}/"):
        name = item.key.split("/")[-1].removesuffix(".parquet")
        found[name] = read_sealed(context, keys.links(run_id, name), run_id).rows()
    for item in context.store.list(f"models/{run_id}/"):
        document = json.loads(context.store.read(item.key))
        (document.get("training") or {}).pop("at", None)
        document.pop("content_hash", None)
        found[item.key.split("/")[-1]] = document
    with context.engine.connect() as connection:
        sets = link_sets(connection, run_id)
    found["register"] = [
        (row.source, row.left_rows, row.right_rows, row.pairs_scored, row.pairs_accepted) for row in sets
    ]
    return found


def started(context: Context) -> Context:
    """A roster, bills, and two lists of households with relatives who were in hospital."""
    add(context, "union_roster", [*(member(n) for n in range(120)), member(5, person_ref="HY-again", phone=None)])
    add(context, "medical_settlement", [stay(n, 30_000, "2026-03-01") for n in (*range(100, 130), 501, 502)])
    kin = [archived(n, household_ref=f"DA{n - 500}", relation="1") for n in (501, 502)]
    add(context, "hardship_archive", [archived(1), archived(2), *kin])
    return context


@pytest.fixture
def context(installations: Installations) -> Context:
    return started(installations())


def test_a_new_delivery_has_only_its_source_linked(context: Context) -> None:
    first = link(context)
    assert set(linked_by(first).values()) == {None}
    add(context, "civil_affairs", [allowance(n) for n in range(20)])
    second = link(context)
    assert linked_by(second) == {
        "union_roster": first.run_id,
        "medical_settlement": first.run_id,
        "hardship_archive": first.run_id,
        "civil_affairs": None,
    }
    assert "taken over from an earlier run: hardship_archive, medical_settlement, union_roster" in "\n".join(
        link_lines(second)
    )
    add(context, "disaster_relief", [relief(n, "2026-02-01") for n in range(9)])
    assert linked_by(link(context)) == {
        "union_roster": first.run_id,
        "medical_settlement": first.run_id,
        "hardship_archive": first.run_id,
        "civil_affairs": second.run_id,
        "disaster_relief": None,
    }


def test_a_new_roster_has_everything_linked(context: Context) -> None:
    link(context)
    add(context, "union_roster", [member(n) for n in range(300, 310)], period="2026-07")
    assert set(linked_by(link(context)).values()) == {None}


def test_what_a_source_had_before_is_found_in_an_older_run(context: Context) -> None:
    first = link(context)
    added = add(context, "medical_settlement", [stay(n, 900, "2026-04-01") for n in range(9)])
    assert linked_by(link(context))["medical_settlement"] is None
    retract(context, added, "a slip")
    assert linked_by(link(context))["medical_settlement"] == first.run_id


def test_a_run_is_whole_by_itself(context: Context) -> None:
    """Whatever becomes of the run that compared the pairs, and of the keys."""
    first = link(context)
    add(context, "civil_affairs", [allowance(n) for n in range(20)])
    second = link(context)
    before = tables(context, second.run_id)
    for zone in ("links", "models"):
        for item in list(context.store.list(f"{zone}/{first.run_id}/")):
            context.store.delete(item.key)
    with context.engine.begin() as connection:
        destroy_key(connection, first.run_id)
    rotate(context)
    assert tables(context, second.run_id) == before
    add(context, "disaster_relief", [relief(n, "2026-02-01") for n in range(9)])
    assert linked_by(link(context))["union_roster"] == first.run_id


@pytest.mark.parametrize("loss", ["object", "model", "key"])
def test_what_cannot_be_read_is_linked_anew(context: Context, loss: str) -> None:
    """Retention may delete a run while another one begins."""
    first = link(context)
    add(context, "civil_affairs", [allowance(n) for n in range(20)])
    if loss == "key":
        with context.engine.begin() as connection:
            destroy_key(connection, first.run_id)
    else:
        lost = {"object": keys.links, "model": keys.model}[loss]
        name = "medical_settlement-pairs" if loss == "object" else "medical_settlement"
        context.store.delete(lost(first.run_id, name))
    found = linked_by(link(context))
    assert found["medical_settlement"] is None
    assert (found["union_roster"] is None) == (loss == "key")


def test_a_run_that_failed_or_of_another_version_gives_nothing(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = link(context)
    with context.engine.begin() as connection:
        failed = start_run(connection, "link")
        finish_run(connection, failed, {"inputs": []})
    monkeypatch.setattr("bangfu.pipeline.linkage.link._RULES_VERSION", 99)
    second = link(context)
    assert second.run_id != first.run_id
    assert set(linked_by(second).values()) == {None}


def test_an_empty_extract_changes_nothing(context: Context) -> None:
    """And the order of extracts does, since the latest value of a person counts."""
    model = _model()
    rows = active_extracts(context)
    before = input_digests(rows, model, 1)
    add(context, "civil_affairs", [])
    assert input_digests(active_extracts(context), model, 1) == before
    add(context, "hardship_archive", [archived(7)], period="2026-07")
    after = active_extracts(context)
    assert input_digests(after, model, 1) != input_digests(after[::-1], model, 1)
    assert set(input_digests(after, model, 1)) == set(before)


PEOPLE: dict[str, Callable[[int, random.Random], dict[str, Any]]] = {
    "union_roster": lambda n, _: member(n),
    "medical_settlement": lambda n, _: stay(n, 20_000, "2026-05-01"),
    "civil_affairs": lambda n, rng: allowance(n, household_ref=f"JZ{n // 3}", relation=str(rng.randrange(2))),
    "hardship_archive": lambda n, rng: archived(n, household_ref=f"DA{n // 3}", relation=str(rng.randrange(2))),
    "disaster_relief": lambda n, rng: relief(n, "2026-02-01", **({"id_number": None} if rng.random() < 0.3 else {})),
}


def changed(rng: random.Random, step: int, standing: list[str]) -> Callable[[Context], None]:
    """One change of what stands: a delivery, seldom of the roster, often a revision, or a retraction."""
    if rng.random() < 0.3 and standing:
        gone = standing.pop(rng.randrange(len(standing)))
        return lambda context: _withdraw(context, gone)
    source = rng.choices(list(PEOPLE), [1, 3, 3, 3, 3])[0]
    rows = [PEOPLE[source](n, rng) for n in rng.sample(range(160), rng.randrange(1, 25))]

    slot = rng.choice([None, f"{source}/revised"])

    def bring(context: Context) -> None:
        identity = add(context, source, rows, period=f"2026-{step + 1:02d}", slot=slot, revision=step + 1)
        if identity not in standing:
            standing.append(identity)

    return bring


def _withdraw(context: Context, extract: str) -> None:
    retract(context, extract, "withdrawn")


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(3, 20))])
def test_any_sequence_of_deliveries_gives_what_linking_everything_gives(
    installations: Installations, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    sparing, thorough = started(installations()), started(installations())
    standing: list[str] = []
    seen: set[tuple[str, ...]] = set()
    for step in range(STEPS):
        with monkeypatch.context() as patched:
            patched.setattr("bangfu.pipeline.linkage.link.taken_over", lambda *_: None)
            expected = link(thorough)
        found = link(sparing)
        read = {source: _read_by(sparing, source) for source in linked_by(found)}
        assert {source: run is not None for source, run in linked_by(found).items()} == {
            source: extracts in seen for source, extracts in read.items()
        }, "what read the same extracts before is taken over, and nothing else"
        seen |= set(read.values())
        assert tables(sparing, found.run_id) == tables(thorough, expected.run_id)
        assert found.lineage == expected.lineage
        change = changed(rng, step, standing)
        for context in (sparing, thorough):
            change(context)
    assert set(linked_by(found)) <= set(SOURCES)


def _read_by(context: Context, source: str) -> tuple[str, ...]:
    """What linking a source with the roster reads, in its order."""
    rows = active_extracts(context)
    return (source, *(row.extract_id for row in rows if row.source in {"union_roster", source}))

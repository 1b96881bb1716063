"""Linkage, screening and publication survive kill -9 after each of their writes, and the whole way at any moment."""

import csv
import io
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hand_built import add, allowance, archived, member, stay
from sqlalchemy import select, text

from bangfu.db import runs
from bangfu.db.models import Candidate
from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.link import link
from bangfu.pipeline.screening.screen import screen
from bangfu.pipeline.sealed import read_sealed
from bangfu.storage import keys
from matching.cluster_ids import Lineage
from tests.approving import publish
from tests.bangfu.pipeline.installing import Installations, attempt
from tests.bangfu.pipeline.killing import Killer, moments
from tests.bangfu.pipeline.sending import Sending
from tests.bangfu.pipeline.standing import outcome

MOST_STEPS = 40
KILLS = 12
"""Of each work, where the whole way is killed again and again."""


def links(context: Context) -> dict[str, list[tuple[Any, ...]]]:
    """Everything the latest finished linkage found."""
    with context.engine.connect() as connection:
        latest = runs.latest_run(connection, "link")
        assert latest is not None
        sets = runs.link_sets(connection, latest.run_id)
    tables = {row.source: read_sealed(context, row.pairs_key, latest.run_id) for row in sets}
    for name in ("inputs", "persons", "refused", "lineage"):
        tables[name] = read_sealed(context, keys.links(latest.run_id, name), latest.run_id)
    assert all(row.model_key and context.store.stat(row.model_key) for row in sets)
    return {source: sorted(table.rows(), key=repr) for source, table in tables.items()}


def clues(context: Context) -> list[tuple[Any, ...]]:
    """Every candidate of every list: who, why, and in which version."""
    wanted = ("roster_person_id", "county_code", "status", "list_version", "strength", "reasons")
    with context.engine.connect() as connection:
        rows = connection.execute(select(*[Candidate.__table__.c[name] for name in wanted]))
        return sorted((tuple(row) for row in rows), key=repr)


def unfinished(context: Context) -> list[str]:
    with context.engine.connect() as connection:
        return [run.stage for run in runs.list_runs(connection) if str(run.status) == "running"]


def interrupted(context: Context) -> int:
    """How many runs a later one found dead and closed."""
    with context.engine.connect() as connection:
        return sum(run.summary == {"failure": "interrupted"} for run in runs.list_runs(connection))


def killed_after_each_write(
    killer: Killer, context: Context, work: str, *, least: int, stride: int = 1
) -> Iterator[int]:
    """The writes after which one attempt after the other died, until one came to its end.

    Guards that the sweep really killed somebody: a renamed method would make it pass without.
    """
    kills = 0
    for steps in range(1, MOST_STEPS, stride):
        if attempt(killer, context, work, after=steps).completed:
            break
        kills += 1
        yield steps
    assert least <= kills < MOST_STEPS


def standardised(context: Context) -> Context:
    """Enough people for linkage: 150 members, some in hospital, some with a listed family."""
    add(context, "union_roster", [member(n) for n in range(150)])
    add(
        context,
        "medical_settlement",
        [stay(n, 30_000, "2026-03-01") for n in range(10)] + [stay(501, 9_000, "2026-03-01")],
    )
    add(
        context, "hardship_archive", [archived(1, "exited"), archived(501, "exited", household_ref="DA1", relation="1")]
    )
    add(context, "civil_affairs", [allowance(n) for n in range(20, 25)])
    return context


@pytest.mark.parametrize("stride", [6, pytest.param(1, marks=pytest.mark.soak)])
def test_linking(killer: Killer, installations: Installations, stride: int) -> None:
    """One installation survives all of them in turn: nothing of a dead run may get into a later one."""
    undisturbed, context = standardised(installations()), standardised(installations())
    link(undisturbed)
    kills = 0
    for _ in killed_after_each_write(killer, context, "link", least=16 // stride, stride=stride):
        kills += 1
        with context.engine.connect() as connection:
            finished = runs.latest_run(connection, "link")
        assert (finished is not None) == (link_sets_of_finished(context) > 0)
    link(context)
    assert links(context) == links(undisturbed)
    assert unfinished(context) == []
    assert interrupted(context) >= kills // 2


@pytest.mark.parametrize("stride", [6, pytest.param(1, marks=pytest.mark.soak)])
def test_linking_again_carries_the_ids_of_the_last_finished_run(
    killer: Killer, installations: Installations, stride: int
) -> None:
    """And never those of one that died, whose clusters nobody has seen."""
    context = standardised(installations())
    link(context)
    add(context, "civil_affairs", [allowance(n) for n in range(5)], period="later")
    undisturbed = installations(like=context)
    carried = link(undisturbed).lineage
    for _ in killed_after_each_write(killer, context, "link", least=16 // stride, stride=stride):
        pass
    with context.engine.connect() as connection:
        latest = runs.latest_run(connection, "link")
    assert latest is not None
    assert Lineage(**latest.summary["lineage"]) == carried
    assert carried.carried > 0
    assert links(context) == links(undisturbed)


def link_sets_of_finished(context: Context) -> int:
    with context.engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM link_set")) or 0)


def test_screening(killer: Killer, installations: Installations) -> None:
    undisturbed, context = standardised(installations()), standardised(installations())
    for each in (undisturbed, context):
        link(each)
    expected = screen(undisturbed)
    for _ in killed_after_each_write(killer, context, "screen", least=2):
        assert clues(context) in ([], clues(undisturbed))
    assert screen(context).candidates == expected.candidates > 0
    assert clues(context) == clues(undisturbed)
    assert unfinished(context) == []


def test_publishing(killer: Killer, installations: Installations) -> None:
    context = standardised(installations())
    link(context)
    screen(context)
    before = clues(context)
    assert list(killed_after_each_write(killer, context, "publish", least=1))
    assert publish(context).list_version == 1
    assert [clue[:2] for clue in clues(context)] == [clue[:2] for clue in before]
    assert {clue[2:4] for clue in clues(context)} == {("published", 1)}
    with context.engine.connect() as connection:
        told = connection.execute(text("SELECT union_code, (counts->>'new')::int FROM notice")).all()
    assert sorted(tuple(row) for row in told) == sorted(Counter(clue[1] for clue in before).items())


def send(context: Context, source: str, header: list[str], rows: list[list[Any]]) -> None:
    text_file = io.StringIO()
    csv.writer(text_file, lineterminator="\n").writerows([header, *rows])
    Sending({"名单.csv": text_file.getvalue().encode("gb18030")}, source=source).put(context, folder=source)


def province(context: Context) -> None:
    """Deliveries of three sources in the drop area."""
    people = [member(n) for n in range(300)]
    roster = [[p["person_ref"], p["name"], p["id_number"], p["phone"], p["union_name"], "正常"] for p in people]
    send(context, "union_roster", ["会员证号", "姓名", "身份证号", "手机号码", "所属基层工会名称", "会籍状态"], roster)
    bills = [stay(n, 55_000, "2026-03-01") for n in range(40)]
    rows = [[b["settlement_ref"], b["name"], b["id_number"], "2026-03-01", b["personal_amount"]] for b in bills]
    send(context, "medical_settlement", ["setl_id", "psn_name", "certno", "setl_time", "psn_part_amt"], rows)
    poor = [[f"J{n}", "城市低保", member(n)["name"], member(n)["id_number"], "2026-01"] for n in range(40, 60)]
    send(context, "civil_affairs", ["救助证号", "救助类别", "姓名", "身份证号", "纳入时间"], poor)


def everything(context: Context) -> tuple[Any, ...]:
    return outcome(context), links(context), clues(context)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_the_whole_way_killed_at_any_moment(killer: Killer, installations: Installations, seed: int) -> None:
    """Not only after a step: within a transaction, while a file is being written, before anything began."""
    rng = random.Random(seed)
    undisturbed, context = installations(), installations()
    for each in (undisturbed, context):
        province(each)
    for work in ("receive", "run"):
        ended = attempt(killer, undisturbed, work)
        assert ended.completed
        for moment in moments(rng, len(ended.writes), KILLS):
            assert not attempt(killer, context, work, **moment).completed
        assert attempt(killer, context, work).completed
    assert everything(context) == everything(undisturbed)
    assert unfinished(context) == []

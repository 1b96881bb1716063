"""Whatever is sent, in whatever order, and whatever goes wrong with it: what counts is what a simple model says.

The contents are few, so that each is read once; each sequence starts with a register in which nothing was sent.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from bangfu.db import DatabaseUrls
from bangfu.db.deliveries import standing_extracts
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.settings import Settings
from tests.bangfu.pipeline.history_machine import PERIOD, REVISION, History
from tests.bangfu.pipeline.history_model import Content, Model, Stated
from tests.bangfu.pipeline.history_world import ROSTER, World, put
from tests.bangfu.pipeline.installing import Installations


@pytest.fixture(scope="module")
def world(server: tuple[Settings, DatabaseUrls]) -> Iterator[World]:
    """All files lie in memory where that can be: nothing here has to outlive a power cut."""
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(tempfile, "tempdir", folder)
        installations = Installations(server, Path(folder))
        try:
            context = installations()
            patient = replace(context.settings, incomplete_hours=24)
            yield World(replace(context, settings=patient))
        finally:
            installations.close()


QUICK = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
SOAK = pytest.mark.soak, pytest.mark.timeout(3600)


@pytest.mark.parametrize(
    "sequences", [100, *(pytest.param(2_500, id=f"part {n} of 4", marks=SOAK) for n in (1, 2, 3, 4))]
)
def test_what_counts_is_what_the_model_says(world: World, sequences: int) -> None:
    """Ten thousand sequences in a soak."""
    before = world.sequences
    world.operations.clear()
    world.outcomes.clear()

    class Here(History):
        pass

    Here.world = world
    chosen = settings(max_examples=sequences, stateful_step_count=7, **QUICK)  # type: ignore[arg-type]
    run_state_machine_as_test(Here, settings=chosen)
    tried = world.sequences - before
    print(f"\n{tried} sequences, {sum(world.operations.values())} operations, 0 losses")
    print(*(f"{count:>8} {name}" for name, count in world.operations.most_common()), sep="\n")
    print(*(f"{count:>8} heard: {name}" for name, count in world.outcomes.most_common() if name), sep="\n")
    assert tried >= sequences


PLACE = st.tuples(PERIOD, REVISION)
SMALL = st.lists(st.sampled_from([*ROSTER]), min_size=1, max_size=2, unique=True).map(tuple)


def check_order(world: World, sent: Mapping[tuple[str, int], tuple[Content, ...]], luck: random.Random) -> None:
    """Send some deliveries twice over, each time in another order, some together and some again."""
    stated = [Stated(period, revision, contents) for (period, revision), contents in sent.items()]
    stands = []
    for _ in range(2):
        order = stated + luck.choices(stated, k=len(stated) // 2)
        luck.shuffle(order)
        for number, one in enumerate(order):
            put(world.context, one, folder=f"delivery-{luck.randrange(1000):03d}-{number}")
            if luck.random() < 0.4:
                receive_dropped(world.context, "union_roster")
            if luck.random() < 0.4:
                settle_pending(world.context, "union_roster")
        receive_dropped(world.context, "union_roster")
        settle_pending(world.context, "union_roster")
        with world.context.engine.connect() as connection:
            rows = standing_extracts(connection)
        stands.append([(world.names[row.extract_id], row.delivery_id, row.revision) for row in rows])
        world.forget()
    model = Model(lambda now, before: False)
    for one in stated:
        model.sent(one)
    assert stands[0] == stands[1]
    assert {content: revision for content, _, revision in stands[0]} == {
        content: revision for content, (_, revision) in model.standing().items()
    }


@pytest.mark.parametrize("examples", [20, pytest.param(500, marks=SOAK)])
def test_the_order_of_arrival_makes_no_difference(world: World, examples: int) -> None:
    """Where no two deliveries claim the same revision; of two that do, the first is taken and the sender is told."""

    @settings(max_examples=examples, **QUICK)  # type: ignore[arg-type]
    @given(sent=st.dictionaries(PLACE, SMALL, min_size=2, max_size=5), seed=st.integers(0, 2**32))
    def holds(sent: dict[tuple[str, int], tuple[Content, ...]], seed: int) -> None:
        try:
            check_order(world, sent, random.Random(seed))
        finally:
            world.clear()

    holds()

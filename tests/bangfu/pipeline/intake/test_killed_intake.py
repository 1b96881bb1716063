"""Intake survives kill -9 before and after every durable write: run again, it ends as if nothing had happened."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.approve import held, turn_down
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.pipeline.retention.retire import retire
from bangfu.pipeline.steps import Step
from tests.bangfu.pipeline.arrivals import everything
from tests.bangfu.pipeline.installing import Installations, attempt
from tests.bangfu.pipeline.killing import INTAKE, Killer, moments
from tests.bangfu.pipeline.standing import check_sound, let_days_pass, orphans, outcome

STAGES = tuple(INTAKE)
KILLS = 12
"""Of each stage, where it is killed again and again."""
DECLARED = {step for step in Step if step.partition(":")[0] in {"receive", "standardise", "approve", "retract"}}
"""The steps that a sweep over the stages must come by; those of other stages have sweeps of their own."""


class Undisturbed:
    """How intake goes when nobody is killed: what stands before and after each stage, and the writes of the stage."""

    def __init__(self, killer: Killer, installations: Installations) -> None:
        self.before: dict[str, Context] = {}
        self.writes: dict[str, tuple[str, ...]] = {}
        self.outcomes: dict[str, dict[str, list[Any]]] = {}
        context = installations()
        everything(context)
        for stage in STAGES:
            self.before[stage] = context
            context = installations(context)
            ended = attempt(killer, context, stage)
            assert ended.completed
            self.writes[stage], self.outcomes[stage] = ended.writes, outcome(context)
        self.context = context


@pytest.fixture(scope="module")
def undisturbed(killer: Killer, installations: Installations) -> Undisturbed:
    return Undisturbed(killer, installations)


def killed_once(
    killer: Killer, installations: Installations, undisturbed: Undisturbed, stage: str, **dying: int
) -> str:
    """One installation whose stage is killed once and run again; returns the step that was hit."""
    context = installations(undisturbed.before[stage])
    ended = attempt(killer, context, stage, **dying)
    assert not ended.completed
    check_sound(context)
    INTAKE[stage](context)
    assert outcome(context) == undisturbed.outcomes[stage], f"{stage}, killed {dying}: {ended.writes[-1]}"
    installations.drop(context)
    return ended.writes[-1]


def test_every_declared_step_is_swept_and_no_write_stands_outside_one(undisturbed: Undisturbed) -> None:
    """A new step must be hit by the deliveries of `arrivals`: only then do the sweeps below kill at it."""
    assert {step for writes in undisturbed.writes.values() for step in writes} == DECLARED
    assert undisturbed.outcomes["receive"]["drop area"] == []
    check_sound(undisturbed.context)


def test_killed_right_after_the_first_write_of_every_step(
    killer: Killer, installations: Installations, undisturbed: Undisturbed
) -> None:
    hit = {
        killed_once(killer, installations, undisturbed, stage, after=writes.index(step) + 1)
        for stage, writes in undisturbed.writes.items()
        for step in dict.fromkeys(writes)
    }
    assert hit == DECLARED


def every_write(writes: Sequence[str], seed: int) -> Iterator[dict[str, int]]:
    """Each write once before and once after, in an order that finds something early."""
    places = [{when: place} for when in ("after", "before") for place in range(1, len(writes) + 1)]
    random.Random(seed).shuffle(places)
    yield from places


def turn_down_all(context: Context) -> None:
    for row in held(context):
        turn_down(context, row.delivery_id, by="chen.jie", reason="请核对")


def after_turning_down(context: Context) -> dict[str, list[Any]]:
    """What stands when all that is held is turned down before the drop area is looked at again."""
    for _ in range(2):
        settle_pending(context)
        turn_down_all(context)
        INTAKE["receive"](context)
    return outcome(context)


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_killed_while_receiving_and_turned_down_before_it_is_received_again(
    killer: Killer, installations: Installations, undisturbed: Undisturbed, every: bool
) -> None:
    """What is left in the drop area is what was turned down, and not a delivery that came once more."""
    context = installations(undisturbed.before["settle"])
    expected = after_turning_down(context)
    assert any("turned_down" in row for row, _ in expected["deliveries"])
    writes = undisturbed.writes["receive"]
    for place in range(1, len(writes) + 1) if every else sorted({writes.index(step) + 1 for step in writes}):
        context = installations(undisturbed.before["receive"])
        assert not attempt(killer, context, "receive", after=place).completed
        assert after_turning_down(context) == expected, f"killed after {place}: {writes[place - 1]}"
        installations.drop(context)


@pytest.mark.soak
@pytest.mark.parametrize("stage", STAGES)
def test_killed_right_before_and_right_after_every_write(
    killer: Killer, installations: Installations, undisturbed: Undisturbed, stage: str
) -> None:
    hit = [
        killed_once(killer, installations, undisturbed, stage, **dying)
        for dying in every_write(undisturbed.writes[stage], 0)
    ]
    assert len(hit) == 2 * len(undisturbed.writes[stage])
    print(f"\n{stage}: {len(hit)} kills at {len(set(hit))} steps, 0 losses")


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_killed_again_and_again_at_any_moment(
    killer: Killer, installations: Installations, undisturbed: Undisturbed, seed: int
) -> None:
    """Not only at a write: within a transaction, while a file is being read, before anything began."""
    rng = random.Random(seed)
    context = installations(undisturbed.before["receive"])
    for stage in ("receive", "settle"):
        for moment in moments(rng, len(undisturbed.writes[stage]), KILLS):
            assert not attempt(killer, context, stage, **moment).completed
            check_sound(context)
        assert attempt(killer, context, stage).completed
    for stage in ("approve", "retract"):
        assert attempt(killer, context, stage).completed
    assert outcome(context) == undisturbed.outcomes["retract"]
    left = len(orphans(context))
    let_days_pass(context, 3)
    retire(context)
    assert orphans(context) == []
    assert outcome(context) == undisturbed.outcomes["retract"]
    print(f"\n{2 * KILLS} kills at any moment, {left} objects left by them and swept, 0 losses")
    installations.drop(context)

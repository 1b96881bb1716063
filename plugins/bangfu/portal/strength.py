"""Strength of the evidence in three steps (证据强度); it says nothing about the quality of the match."""

import enum

__all__ = ["FLOORS", "Step", "step_of"]


class Step(enum.StrEnum):
    """A step, from the strongest down."""

    STRONG = "strong"
    MEDIUM = "medium"
    WEAK = "weak"


FLOORS = {Step.STRONG: 0.6, Step.MEDIUM: 1 / 3, Step.WEAK: 0.0}
"""Smallest strength of each step, on the scale 0 to 1 of the screening."""


def step_of(strength: float) -> Step:
    """The step a strength belongs to.

    >>> [step_of(value).value for value in (0.9, 0.5, 0.1)]
    ['strong', 'medium', 'weak']
    """
    return next(step for step, floor in FLOORS.items() if strength >= floor or step is Step.WEAK)

"""How often values occur on both sides of a kept linkage: counted when it is kept, afterwards by what came and went."""

from collections.abc import Mapping, Sequence

import numpy as np

from matching.columns import Longs
from matching.incremental.folder import SIDES
from matching.incremental.side import Side, shared_columns
from matching.keys import Hashes
from matching.model import Model
from matching.scoring import Sides, frequency_keys
from matching.tallies import Tally, frequency_tallies

Tallies = Mapping[str, tuple[Tally, ...]]
"""By comparison those that its frequencies need, by `#side column` that of telephone numbers."""


def count_all(sides: Sequence[Side], model: Model) -> Tallies:
    """Count all rows of both sides."""
    return _count(sides, [np.arange(len(side.table)) for side in sides], model)


def counts_now(kept: Tallies, sides: Sequence[Side], model: Model) -> Tallies:
    """What has been counted when the linkage was kept, with the rows that came since, without those that are gone."""
    came = _count(sides, [side.later_rows for side in sides], model)
    went = _count(sides, [side.gone[side.gone < side.segments[0]].astype(np.int64) for side in sides], model)
    return {name: tuple(map(Tally.changed, tallies, came[name], went[name])) for name, tallies in kept.items()}


def shared_numbers(tallies: Tallies, model: Model) -> list[dict[str, Hashes]]:
    """Of each side, by telephone column, the numbers that too many rows carry."""
    return [
        {column: tallies[f"#{side} {column}"][0].above(most) for column, most in shared_columns(model)}
        for side in SIDES
    ]


def frequencies(sides: Sequence[Side], model: Model) -> dict[str, Sides]:
    """What `frequency_hashes` gives for the whole tables."""
    found = {}
    for item in model.comparisons:
        for keys in frequency_keys(item) if item.frequency else ():
            left, right = (side.hashes(keys)[:, 0] for side in sides)
            found["+".join(keys)] = (left, right)
    return found


def _count(sides: Sequence[Side], rows: Sequence[Longs], model: Model) -> dict[str, tuple[Tally, ...]]:
    found: dict[str, tuple[Tally, ...]] = {
        f"#{name} {column}": (Tally.of(side.hashes([f"{column}:phone"], own)[:, 0]),)
        for column, _ in shared_columns(model)
        for name, side, own in zip(SIDES, sides, rows, strict=True)
    }
    for item in model.comparisons:
        if item.frequency:
            values, *groups = (
                np.concatenate([side.hashes(keys, own)[:, 0] for side, own in zip(sides, rows, strict=True)])
                for keys in frequency_keys(item)
            )
            found[item.name] = frequency_tallies(values, groups)
    return found

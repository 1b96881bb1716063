"""What is asked of the synthetic province, and how the work is cut."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bangfu.errors import BangfuError
from bangfu.synth.error_rates import ErrorRates
from bangfu.synth.places import county_weights

if TYPE_CHECKING:
    from pathlib import Path

PART_MEMBERS = 12_000
"""Members that are made at a time: memory is bounded by this, not by the province."""
_MEMBERS_PER_COUNTY = 300


@dataclass(frozen=True)
class SynthRequest:
    """A province to make.

    Attributes:
        members: union members (工会会员), at least 200.
        seed: the same seed and members give the same province; 0 or more.
        out: directory to write; must be empty or hold an earlier province.
        errors: rates, or a factor from 0 to 3 on the default rates.
        as_of: the day the extracts are taken.
        workers: processes; the result does not depend on it. None takes one per core.
    """

    members: int
    seed: int
    out: Path
    errors: ErrorRates | float = 1.0
    as_of: dt.date = dt.date(2026, 6, 30)
    workers: int | None = None

    def __post_init__(self) -> None:
        """Refuses what cannot be made."""
        if not 200 <= self.members <= 30_000_000:
            raise BangfuError(f"--members must be between 200 and 30,000,000, not {self.members}.")
        if self.seed < 0:
            raise BangfuError(f"--seed must not be negative: {self.seed}.")
        if isinstance(self.errors, int | float) and not 0 <= self.errors <= 3:
            raise BangfuError(f"--errors is a factor between 0 (clean) and 3 (very dirty), not {self.errors}.")

    @property
    def rates(self) -> ErrorRates:
        """The error rates to apply."""
        return self.errors if isinstance(self.errors, ErrorRates) else ErrorRates().scaled(self.errors)


@dataclass(frozen=True)
class SynthSummary:
    """Counts of what was made.

    Attributes:
        members, persons, households: people in the province and their households.
        unregistered_hardship: households in hardship without an open archive, each with an eligible member.
        deliveries, files, rows: what is sent by source, without what arrives later; rows as the senders state them.
        ethnic_names: roster members whose name is in an ethnic manner.
    """

    members: int
    persons: int
    households: int
    unregistered_hardship: int
    deliveries: dict[str, int]
    files: dict[str, int]
    rows: dict[str, int]
    ethnic_names: int


@dataclass(frozen=True)
class Part:
    """A part of a county that is made at a time.

    Attributes:
        number: over the whole province, from 0.
        county: 1 to 129.
        part, parts: which of how many of the county.
        members: union members in it.
    """

    number: int
    county: int
    part: int
    parts: int
    members: int


def parts_of(members: int, seed: int) -> list[Part]:
    """Cuts the province into parts of at most `PART_MEMBERS` members; small provinces use fewer counties."""
    weights = county_weights()
    wanted = min(len(weights), max(8, members // _MEMBERS_PER_COUNTY))
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,)))
    chosen = (
        np.sort(rng.choice(len(weights), wanted, replace=False, p=weights))
        if wanted < len(weights)
        else np.arange(len(weights))
    )
    share = weights[chosen] / weights[chosen].sum()
    sizes = np.floor(share * members).astype(int)
    sizes[np.argsort(-(share * members - sizes), kind="stable")[: members - sizes.sum()]] += 1
    result: list[Part] = []
    for county, size in zip(chosen.tolist(), sizes.tolist(), strict=True):
        parts = max(1, -(-size // PART_MEMBERS))
        for part in range(parts):
            inside = size // parts + (part < size % parts)
            if inside:
                result.append(Part(len(result), county + 1, part, parts, inside))
    return result

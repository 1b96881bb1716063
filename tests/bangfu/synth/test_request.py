"""What is asked for, and how the work is cut."""

from pathlib import Path

import pytest

from bangfu.errors import BangfuError
from bangfu.synth import ErrorRates, SynthRequest
from bangfu.synth.request import PART_MEMBERS, parts_of


@pytest.mark.parametrize("members", [200, 12_345, 1_000_000])
def test_parts_hold_exactly_the_members_asked_for(members: int) -> None:
    parts = parts_of(members, seed=3)
    assert sum(part.members for part in parts) == members
    assert [part.number for part in parts] == list(range(len(parts)))


def test_no_part_grows_with_the_province() -> None:
    """Memory is bounded by the largest part: ten million members are made like a hundred thousand, only longer."""
    assert max(part.members for part in parts_of(10_000_000, seed=3)) <= PART_MEMBERS


def test_parts_of_a_county_are_numbered_within_it() -> None:
    by_county: dict[int, list[tuple[int, int]]] = {}
    for part in parts_of(2_000_000, seed=3):
        by_county.setdefault(part.county, []).append((part.part, part.parts))
    assert len(by_county) == 129
    assert all(numbers == [(at, len(numbers)) for at in range(len(numbers))] for numbers in by_county.values())
    assert max(len(numbers) for numbers in by_county.values()) > 1


@pytest.mark.parametrize(("members", "counties"), [(200, 8), (9_000, 30), (100_000, 129)])
def test_small_provinces_have_fewer_counties_of_a_useful_size(members: int, counties: int) -> None:
    assert len({part.county for part in parts_of(members, seed=3)}) == counties


@pytest.mark.parametrize("members", [0, 199, 30_000_001])
def test_impossible_sizes_are_refused(members: int, tmp_path: Path) -> None:
    with pytest.raises(BangfuError, match="between 200 and 30,000,000"):
        SynthRequest(members=members, seed=1, out=tmp_path)


def test_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BangfuError, match="--seed must not be negative"):
        SynthRequest(members=500, seed=-1, out=tmp_path)


@pytest.mark.parametrize("errors", [-0.1, 3.5])
def test_impossible_error_factors_are_refused(errors: float, tmp_path: Path) -> None:
    with pytest.raises(BangfuError, match="between 0"):
        SynthRequest(members=500, seed=1, out=tmp_path, errors=errors)


def test_errors_are_a_factor_or_rates(tmp_path: Path) -> None:
    own = ErrorRates().changed(["union_roster.id_missing=0.5"])
    assert SynthRequest(members=500, seed=1, out=tmp_path, errors=own).rates is own
    assert SynthRequest(members=500, seed=1, out=tmp_path, errors=2.0).rates == ErrorRates().scaled(2.0)

"""Fairness: groups are told apart by what the roster says, and small numbers are never told."""

import polars as pl
from hand_built import AS_OF, member, roster
from hypothesis import given
from hypothesis import strategies as st

from bangfu.screening.fairness import DIMENSIONS, FEW, HIDDEN, UNKNOWN, _told, clue_rates, with_groups
from schemas.vocabulary import SMALL_COUNT


def group(**changes: object) -> dict[str, object]:
    return with_groups(roster([{"of": 1, **member(1, **changes)}]), AS_OF).row(0, named=True)


def test_town_and_country_by_the_address() -> None:
    town = "云南省昆明市五华区护国街道南强社区人民路12号3幢2单元501室"
    villages = ("云南省红河州元阳县南沙镇五邦村委会水井村12号", "新安乡团山村公所大树村3社", "团山村委会大寨村5组")
    assert group(address=town)["area"] == "town"
    assert {group(address=text)["area"] for text in villages} == {"country"}
    assert group(address="城关镇团结新村社区人民路12号")["area"] == "town"
    assert group(address=None)["area"] == UNKNOWN


def test_who_is_registered_elsewhere() -> None:
    there = "云南省红河州元阳县南沙镇五邦村委会水井村12号"
    assert group(county_code="530102", household_address=there)["migrant"] == "elsewhere"
    assert group(county_code="532528", household_address=there)["migrant"] == "here"
    assert group(county_code="530100", household_address=there)["migrant"] == UNKNOWN
    assert group(county_code="530102", household_address=None)["migrant"] == UNKNOWN


def test_ages_are_counted_on_the_day() -> None:
    assert group(birth_date=AS_OF.replace(year=AS_OF.year - 45))["age"] == "40-49"
    assert group(birth_date=None)["age"] == UNKNOWN


def test_every_dimension_counts_everybody_once() -> None:
    rows = [{"of": n, **member(n, ethnic_group="01" if n % 3 else "03")} for n in range(300)]
    rates = clue_rates(roster(rows), [f"person-{n}" for n in range(60)], AS_OF)
    assert set(rates) == set(DIMENSIONS)
    for groups in rates.values():
        assert sum(rate["members"] for rate in groups.values()) == 300  # type: ignore[misc]
    assert rates["ethnic_group"]["03"] == {"members": 100, "clues": 20, "per_thousand": 200.0}


def test_small_ethnic_groups_are_told_together() -> None:
    codes = ["01"] * 200 + ["03"] * 60 + ["20"] * 7 + ["33"] * 2
    rows = [{"of": n, **member(n, ethnic_group=code)} for n, code in enumerate(codes)]
    groups = clue_rates(roster(rows), [], AS_OF)["ethnic_group"]
    assert {name: rate["members"] for name, rate in groups.items()} == {"01": 200, "other": 69}


def test_nobody_at_all() -> None:
    assert clue_rates(roster([]), [], AS_OF) == {name: {} for name in DIMENSIONS}


@given(st.lists(st.integers(0, 30), max_size=8))
def test_no_small_number_can_be_had_by_subtraction(counts: list[int]) -> None:
    told = _told([(str(n), 100, count) for n, count in enumerate(counts)])
    assert all(rate.clues in (FEW, HIDDEN) for rate, count in zip(told.values(), counts, strict=True) if 0 < count < SMALL_COUNT)  # fmt: skip
    hidden = [count for rate, count in zip(told.values(), counts, strict=True) if isinstance(rate.clues, str)]
    seen = [count for rate, count in zip(told.values(), counts, strict=True) if not isinstance(rate.clues, str)]
    if hidden and any(seen):
        assert len(hidden) >= 2
        assert sum(hidden) >= SMALL_COUNT
    assert all((rate.per_thousand is None) == isinstance(rate.clues, str) for rate in told.values())


def test_the_table_is_plain_data() -> None:
    """A run's summary is kept as JSON and compared with the former one."""
    rates = clue_rates(roster([{"of": 1, **member(1)}]), ["person-1"], AS_OF)
    assert rates["sex"] == {member(1)["sex"]: {"members": 1, "clues": FEW, "per_thousand": None}}
    assert isinstance(with_groups(roster([]), AS_OF), pl.DataFrame)

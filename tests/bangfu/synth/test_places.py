"""Where people live: real counties, their ethnic mix, and three ways of writing one address."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from bangfu.synth.places import county, county_weights
from schemas.reference import counties, divisions


def test_weights_are_shares_of_all_129_counties() -> None:
    weights = county_weights()
    assert len(weights) == 129
    assert weights.sum() == pytest.approx(1)
    assert weights.min() > 0
    by_prefecture: dict[str, float] = {}
    for item, weight in zip(counties(), weights, strict=True):
        by_prefecture[item.parent_code] = by_prefecture.get(item.parent_code, 0.0) + weight
    assert max(by_prefecture, key=by_prefecture.__getitem__) == "530100"
    assert 0.2 < by_prefecture["530100"] < 0.4


def test_province_is_made_of_real_divisions(province: Any) -> None:
    codes = set(province.truth("persons")["county_code"])
    assert codes <= {item.code for item in counties()}
    assert len(codes) == 30


@pytest.mark.parametrize(
    ("name", "group", "share"),
    [("景洪市", "18", 0.32), ("大理市", "14", 0.33), ("贡山独龙族怒族自治县", "51", 0.195), ("沧源佤族自治县", "21", 0.4), ("五华区", "01", 0.9)],
)  # fmt: skip
def test_ethnic_mix_is_the_countys(world: Callable[..., Any], name: str, group: str, share: float) -> None:
    people = world(name).people
    assert (people["group"] == group).mean() == pytest.approx(share, abs=0.035)


@pytest.mark.parametrize(
    "item", [item for item in counties() if item.name.endswith("自治县")], ids=lambda item: item.name
)
def test_autonomous_counties_are_named_after_people_who_live_there(item: Any) -> None:
    place = county([each.code for each in counties()].index(item.code) + 1, 1)
    minority = 1 - place.group_shares[place.groups.index("01")]
    assert minority >= 0.4 - 1e-9
    assert sum(place.group_shares) == pytest.approx(1)


def test_places_of_a_county_are_the_seeds_alone() -> None:
    """Parts of a county are made by several processes, which must all know the same villages."""
    first = county(5, 7).communities
    county.cache_clear()
    assert county(5, 7).communities == first
    assert county(5, 8).communities != first


def test_current_address_names_every_level_and_the_short_one_does_not(world: Callable[..., Any]) -> None:
    place = world("景洪市")
    addresses = place.addresses
    assert addresses["current"].str.starts_with("云南省西双版纳傣族自治州景洪市").all()
    assert not addresses["short"].str.contains("云南省").any()
    assert (addresses["short"].str.len_chars() < addresses["current"].str.len_chars()).all()
    assert addresses["old"].str.contains("办事处|村公所").all()


def test_streets_are_in_town_and_hamlets_in_the_country(world: Callable[..., Any]) -> None:
    addresses = world("景洪市").addresses
    assert (addresses["urban"] == addresses["current"].str.contains("社区")).all()
    assert (addresses["urban"] != addresses["current"].str.contains("村委会")).all()
    assert addresses["urban"].mean() == pytest.approx(0.75, abs=0.03)
    assert world("元阳县").addresses["urban"].mean() == pytest.approx(0.35, abs=0.03)


@pytest.mark.parametrize(
    ("name", "former"),
    [("香格里拉市", "中甸县"), ("芒市", "潞西市"), ("石林彝族自治县", "路南县"), ("思茅区", "翠云区")],
)
def test_renamed_counties_are_remembered(name: str, former: str) -> None:
    number = [item.name for item in counties()].index(name) + 1
    assert former in county(number, 1).former


def test_neighbours_share_a_community(world: Callable[..., Any]) -> None:
    """Disasters strike a community; with one household in each, no two rows of a relief list would belong together."""
    sizes = world("景洪市").addresses.group_by("community").len()["len"]
    assert sizes.median() > 20
    assert len(sizes) > 40


def test_county_of_a_person_is_in_its_prefecture(province: Any) -> None:
    persons = province.truth("persons").unique("county_code")
    for code, address in persons.select("county_code", "address").iter_rows():
        item = divisions()[code]
        assert address.startswith(f"云南省{divisions()[item.parent_code].name}{item.name}")
    assert isinstance(persons, pl.DataFrame)

"""Employers and their unions, in both trees of the union organisation."""

import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from bangfu.synth import SynthRequest

EMPLOYER_CODE = re.compile(r"^(91|12)539\d{3}[0-9A-Z]{10}$")
UNION_CODE = re.compile(r"^81539\d{3}[0-9A-Z]{10}$")


@pytest.fixture(scope="module")
def employers(world: Callable[..., Any]) -> pl.DataFrame:
    found: pl.DataFrame = world("麒麟区").employers
    return found


@pytest.fixture(scope="module")
def work(world: Callable[..., Any]) -> pl.DataFrame:
    found: pl.DataFrame = world("麒麟区").work
    return found


def test_unions_belong_to_the_territorial_or_to_the_industrial_tree(employers: pl.DataFrame) -> None:
    """Routing by territory alone would lose every fifth member: the other tree must be in the data."""
    parents = employers["parent_union"]
    county = parents.is_in(["麒麟区总工会"])
    prefecture = parents == "曲靖市总工会"
    industry = parents.str.contains("^(云南省|曲靖市).{2,4}工会$")
    assert (county | prefecture | industry).all()
    assert county.mean() == pytest.approx(0.80, abs=0.09)
    assert prefecture.mean() == pytest.approx(0.08, abs=0.06)
    assert industry.mean() == pytest.approx(0.12, abs=0.07)
    assert parents.str.starts_with("云南省").any()


def test_short_county_names_lose_their_tail(world: Callable[..., Any]) -> None:
    parents = set(world("澜沧拉祜族自治县").employers["parent_union"])
    assert {"澜沧拉祜族自治县总工会", "澜沧县总工会"} & parents


def test_branch_of_the_industry_union_is_the_employers(employers: pl.DataFrame) -> None:
    building = employers.filter(pl.col("employer").str.contains("建筑工程"))
    assert building.height > 0
    assert building["parent_union"].str.contains("总工会|建设工会").all()
    assert building["industry"].unique().to_list() == ["建筑业"]


def test_sizes_are_many_small_and_few_large(employers: pl.DataFrame) -> None:
    sizes = employers["size"]
    assert sizes.sum() == 8_000
    assert sizes.min() >= 1
    assert sizes.median() < 40 < 300 < sizes.max()


def test_employers_have_a_name_and_codes_of_their_own(employers: pl.DataFrame) -> None:
    for column in ("employer", "employer_code", "union_code", "union_name"):
        assert employers[column].n_unique() == employers.height
    assert all(EMPLOYER_CODE.match(code) for code in employers["employer_code"])
    assert all(UNION_CODE.match(code) for code in employers["union_code"])
    public = employers["ownership"] == "事业"
    assert (public == employers["employer_code"].str.starts_with("12")).all()


def test_unions_are_named_after_their_employer(employers: pl.DataFrame) -> None:
    rest = [union.removeprefix(name) for name, union in employers.select("employer", "union_name").iter_rows()]
    assert set(rest) == {"工会", "工会委员会", "基层工会委员会"}


def test_every_member_works_for_one_employer(world: Callable[..., Any], work: pl.DataFrame) -> None:
    members = world("麒麟区").people.filter("member")["person"]
    assert sorted(work["person"]) == sorted(members)
    counts = work.group_by("employer_index").len().sort("employer_index")["len"]
    assert counts.to_list() == world("麒麟区").employers["size"].to_list()


def test_members_joined_as_adults_before_the_day_of_the_extracts(world: Callable[..., Any], work: pl.DataFrame) -> None:
    joined = work.join(world("麒麟区").people, on="person").with_columns(pl.col("joined_on", "birth").cast(pl.Date))
    years = (joined["joined_on"] - joined["birth"]).dt.total_days() / 365.2425
    assert years.min() > 17.9
    assert joined["joined_on"].max() <= SynthRequest.as_of


def test_retired_members_have_the_age_for_it(world: Callable[..., Any], work: pl.DataFrame) -> None:
    retired = work.filter(pl.col("employment_status") == "退休").join(world("麒麟区").people, on="person")
    assert retired.height > 0
    assert retired.filter(pl.col("age") <= pl.when("female").then(55).otherwise(60)).is_empty()


def test_some_memberships_have_ended(work: pl.DataFrame) -> None:
    shares = dict(work["membership_status"].value_counts(normalize=True).iter_rows())
    assert set(shares) == {"正常", "转出", "保留", "退会"}
    assert 0.94 < shares["正常"] < 0.98

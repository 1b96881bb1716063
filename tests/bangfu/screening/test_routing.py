"""Routing: every clue has exactly one owner, by a rule that is named, in the tree the member's union belongs to."""

from typing import Any

import polars as pl
import pytest
from hand_built import member, roster
from hypothesis import given, settings
from hypothesis import strategies as st

from bangfu.screening.routing import PROVINCIAL, ROUTES, representatives, routes
from schemas.reference import counties
from schemas.unions import Tree, federation

CODES = [county.code for county in counties()]


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    members = representatives(roster([{"of": n, **row} for n, row in enumerate(rows)]))
    return routes(members).sort(pl.col("cluster_id").str.extract("([0-9]+)").cast(pl.Int64))


def routed(*rows: dict[str, Any]) -> list[tuple[str, str]]:
    return list(table(*rows).select("county", "route").iter_rows())


def owner(**changes: Any) -> tuple[str, str]:
    tree, name = table(member(1, **changes)).select("tree", "owner").row(0)
    return tree, name


def test_territorial_union_before_residence() -> None:
    row = member(1, union_county_code="530302", county_code="530102")
    assert routed(row) == [("530302", "parent_union")]


def test_a_member_of_an_industry_union_goes_where_they_live() -> None:
    assert routed(member(1, union_county_code=None, county_code="533102")) == [("533102", "residence")]


def test_the_employer_before_residence() -> None:
    """A prefecture's union above one member says less than the county's union above the colleagues."""
    own = member(1, employer="腾云茶业有限公司", union_county_code="530300", county_code="530102")
    others = [member(n, employer="腾云茶业有限公司", union_county_code="530302") for n in (2, 3)]
    assert routed(own, *others)[0] == ("530302", "employer")


def test_an_employer_with_branches_says_nothing_of_where_one_works() -> None:
    own = member(1, employer="个体工商户", union_county_code=None, county_code="530102")
    places = ("530302", "530302", "530302", "533102")
    others = [member(n, employer="个体工商户", union_county_code=code) for n, code in enumerate(places, 2)]
    assert routed(own, *others)[0] == ("530102", "residence")


def test_colleagues_decide_where_nothing_is_known() -> None:
    lost = member(1, county_code=None, union_name="建设公司工会")
    others = [member(n, county_code="530402", union_name="建设公司工会") for n in (2, 3)]
    assert routed(lost, *others)[0] == ("530402", "colleagues")


def test_a_prefecture_alone_gives_its_first_county() -> None:
    assert routed(member(1, county_code="530300", union_name=None)) == [("530302", "prefecture")]


def test_nobody_is_without_an_owner() -> None:
    assert routed(member(1, county_code="999999", union_name=None)) == [(PROVINCIAL, "provincial")]
    assert PROVINCIAL in CODES


def test_a_current_membership_stands_for_the_person() -> None:
    rows = roster([{"of": 1, **member(1, membership_status="left")}, {"of": 1, **member(2)}])
    assert representatives(rows)["person_ref"].to_list() == ["HY000002"]


def test_who_transferred_goes_to_the_union_they_are_in_now() -> None:
    left = member(1, membership_status="transferred", union_county_code="530302")
    now = member(1, membership_status="normal", union_county_code="533102")
    members = representatives(roster([{"of": 1, **left}, {"of": 1, **now}]))
    assert routes(members)["county"].to_list() == ["533102"]


@pytest.mark.parametrize(
    "name",
    [
        "云南省建设工会", "昭通医药卫生工会", "云南省教育工会委员会", "省烟草系统工会", "云南建投集团有限公司工会委员会", "昆明铁路局工会",
        "云南省农林水利工会",
    ],
)  # fmt: skip
def test_unions_of_an_industry_a_system_or_a_company_own_their_members(name: str) -> None:
    assert owner(parent_union=name, county_code="533102") == ("industry", name)


@pytest.mark.parametrize(
    "name", ["盘龙区总工会", "红河州总工会", "护国街道总工会", "南沙镇工会", "杨林经开区工会", None, "未知"]
)
def test_everybody_else_belongs_to_a_county(name: str | None) -> None:
    assert owner(parent_union=name, county_code="533102") == ("territorial", federation("533102"))


def test_who_lives_elsewhere_stays_with_their_union_and_the_county_is_named() -> None:
    rows = (
        member(1, union_county_code="530302", county_code="533102"),
        member(2, union_county_code="530302", county_code="530302"),
        member(3, union_county_code="530302", county_code=None),
    )
    assert table(*rows)["moved_to"].to_list() == ["533102", None, None]
    assert table(*rows)["county"].to_list() == ["530302"] * 3


@pytest.mark.parametrize("code", CODES)
def test_every_county_owns_its_members(code: str) -> None:
    """Through its own union, and through residence where the parent union lies above it or in the other tree."""
    own = member(1, parent_union=federation(code), union_county_code=code, county_code=None)
    above = member(2, parent_union=federation(code[:4] + "00"), union_county_code=code[:4] + "00", county_code=code)
    other = member(3, parent_union="云南省建设工会", union_county_code=None, county_code=code)
    found = table(own, above, other)
    assert found["county"].to_list() == [code] * 3
    assert found["owner"].to_list() == [federation(code)] * 2 + ["云南省建设工会"]


places = st.sampled_from([*CODES, "530100", "533100", "530000", "999999", None])
unions = st.sampled_from(["云南省建设工会", "五华区总工会", "某某公司工会", "??", None])
shared = st.sampled_from(["甲", "乙", None])
people = st.lists(
    st.fixed_dictionaries(
        {
            "parent_union": unions, "union_county_code": places, "county_code": places, "union_name": shared,
            "employer": shared, "employer_code": shared,
        }
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(people, st.randoms(use_true_random=False))
def test_exactly_one_owner_whatever_is_known_and_in_whatever_order(rows: list[dict[str, Any]], random: Any) -> None:
    numbered = [{"of": n, **member(n, **row)} for n, row in enumerate(rows)]
    found = routes(representatives(roster(numbered))).sort("cluster_id")
    assert found["cluster_id"].n_unique() == len(found) == len(rows)
    assert set(found["county"]) <= set(CODES)
    assert set(found["route"]) <= set(ROUTES)
    assert set(found["tree"]) <= set(Tree)
    assert found["owner"].null_count() == 0
    random.shuffle(numbered)
    assert routes(representatives(roster(numbered))).sort("cluster_id").equals(found)

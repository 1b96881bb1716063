"""Routing: every clue has exactly one owner, by a rule that is named."""

from typing import Any

from hand_built import member, roster

from bangfu.screening.routing import PROVINCIAL, representatives, routes
from schemas.reference import counties


def routed(*rows: dict[str, Any]) -> list[tuple[str, str]]:
    members = representatives(roster([{"of": n, **row} for n, row in enumerate(rows)]))
    return list(routes(members).sort("cluster_id").select("county", "route").iter_rows())


def test_territorial_union_before_residence() -> None:
    row = member(1, union_county_code="530302", county_code="530102")
    assert routed(row) == [("530302", "parent_union")]


def test_a_member_of_an_industry_union_goes_where_they_live() -> None:
    assert routed(member(1, union_county_code=None, county_code="533102")) == [("533102", "residence")]


def test_colleagues_decide_where_nothing_is_known() -> None:
    lost = member(1, county_code=None, union_name="建设公司工会")
    others = [member(n, county_code="530402", union_name="建设公司工会") for n in (2, 3)]
    assert routed(lost, *others)[0] == ("530402", "colleagues")


def test_a_prefecture_alone_gives_its_first_county() -> None:
    assert routed(member(1, county_code="530300", union_name=None)) == [("530302", "prefecture")]


def test_nobody_is_without_an_owner() -> None:
    assert routed(member(1, county_code="999999", union_name=None)) == [(PROVINCIAL, "provincial")]
    assert PROVINCIAL in {county.code for county in counties()}


def test_a_current_membership_stands_for_the_person() -> None:
    rows = roster([{"of": 1, **member(1, membership_status="left")}, {"of": 1, **member(2)}])
    assert representatives(rows)["person_ref"].to_list() == ["HY000002"]

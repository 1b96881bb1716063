"""The cut by capacity: each county keeps its strongest clues, in the same order."""

import pytest
from hand_built import AS_OF, allowance, linked, member, roster, stay

from bangfu.screening.capacity import within_capacity
from bangfu.screening.material import Material
from bangfu.screening.rules.shipped import default_rules
from bangfu.screening.screened import Policy, Screened, prepared, screened


@pytest.fixture(scope="module")
def whole() -> Screened:
    """Members 0 to 9 with bills of 12,000 yuan, 10 to 14 on the near-subsistence list; 3 and 12 live in another county."""
    rows = [{"of": n, **member(n, county_code="533102" if n in (3, 12) else "530102")} for n in range(20)]
    bills = [{"of": n, **stay(n, 12_000.0, "2026-03-01")} for n in range(10)]
    listed = [{"of": n, **allowance(n, "edge")} for n in range(10, 15)]
    sources = {
        "medical_settlement": linked("medical_settlement", bills),
        "civil_affairs": linked("civil_affairs", listed),
    }
    return screened(prepared(Material(roster(rows), sources), AS_OF), Policy(default_rules()))


def test_a_county_keeps_its_strongest_clues(whole: Screened) -> None:
    cut = within_capacity(whole, {"530102": 4})
    before, after = whole.persons["cluster_id"].to_list(), cut.persons["cluster_id"].to_list()
    assert dict(cut.persons.group_by("county").len().iter_rows()) == {"530102": 4, "533102": 2}
    assert after == [person for person in before if person in set(after)]
    assert after == [*(f"person-{n}" for n in (10, 11, 12, 13, 14)), "person-3"]
    assert set(cut.hits["household_id"]) == set(after)


def test_who_is_beyond_it_is_left_out_with_the_reason(whole: Screened) -> None:
    left = within_capacity(whole, {"530102": 4}).left_out
    assert left["cluster_id"].to_list() == [f"person-{n}" for n in (0, 1, 2, 4, 5, 6, 7, 8, 9)]
    assert left.select("why", "zh").unique().rows() == [("capacity", "本县本期走访能力之外，强度较低，留待以后各期")]


def test_no_capacity_at_all_leaves_a_county_empty_and_says_so(whole: Screened) -> None:
    cut = within_capacity(whole, {"530102": 0, "533102": 0})
    assert (len(cut.persons), cut.left_out.height, cut.hits.height) == (0, 15, 0)


def test_without_a_limit_nothing_changes(whole: Screened) -> None:
    assert within_capacity(whole, {}).digest == whole.digest

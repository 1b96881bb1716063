"""Household members: the bills of a listed spouse count, and nobody is tied through an institution."""

import polars as pl
import pytest
from hand_built import Database, add, allowance, archived, member, opened, person, stay

from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.households import HOUSEHOLD_SOURCES, LARGEST_HOUSEHOLD, relatives
from bangfu.pipeline.linkage.link import link
from tests.bangfu.pipeline.published import published_list


def people(rows: list[tuple[str, str]], columns: list[str]) -> pl.DataFrame:
    return pl.DataFrame(rows, columns, orient="row")


def found(sizes: dict[str, list[str]], linked: dict[str, str]) -> list[tuple[str, str, float]]:
    """Relatives where each household has these persons, and these persons are these members."""
    listed = [(name, household) for household, names in sizes.items() for name in names]
    pairs = pl.DataFrame(
        {
            "left_id": list(linked.values()),
            "right_id": list(linked),
            "match_probability": [0.9] * len(linked),
            "accepted": [True] * len(linked),
        }
    )
    return relatives(
        people(listed, ["record_id", "household_ref"]),
        people([(name, name) for name, _ in listed], ["record_id", "person_id"]),
        pairs,
        people([(name, f"cluster-{name}") for name in linked.values()], ["person_id", "cluster_id"]),
    ).rows()


def test_sources_that_list_households() -> None:
    assert set(HOUSEHOLD_SOURCES) == {"civil_affairs", "hardship_archive"}


def test_a_person_is_a_relative_of_the_member_they_live_with_and_not_of_themselves() -> None:
    assert found({"h": ["head", "spouse"], "other": ["x"]}, {"head": "m1"}) == [("spouse", "cluster-m1", 0.9)]


def test_two_members_of_one_household_are_each_others_relatives() -> None:
    both = found({"h": ["head", "spouse"]}, {"head": "m1", "spouse": "m2"})
    assert both == [("head", "cluster-m2", 0.9), ("spouse", "cluster-m1", 0.9)]


def test_an_institution_ties_nobody() -> None:
    names = [f"p{n}" for n in range(LARGEST_HOUSEHOLD + 1)]
    assert found({"h": names}, {"p0": "m1"}) == []
    assert len(found({"h": names[:-1]}, {"p0": "m1"})) == LARGEST_HOUSEHOLD - 1


@pytest.fixture
def context(database: Database) -> Context:
    """Members 1 to 20 left the archive; their spouses 501 to 520, who are on no roster, have been in hospital."""
    context = opened(database)
    add(context, "union_roster", [member(n) for n in range(300)])
    households = [archived(n, "exited") for n in range(1, 21)]
    spouses = [archived(500 + n, "exited", household_ref=f"DA{n}", relation="1") for n in range(1, 21)]
    add(context, "hardship_archive", [*households, *spouses])
    add(context, "civil_affairs", [allowance(n, stopped_on=None) for n in range(900, 920)])
    bills = [stay(500 + n, 40_000, "2026-03-01") for n in range(1, 21)]
    own = [stay(n, 8_000, "2026-04-01") for n in (1, 2)] + [stay(3, 60_000, "2026-04-01")]
    add(context, "medical_settlement", [*bills, *own, *(stay(n, 500, "2026-05-01") for n in range(100, 200))])
    return context


def test_the_bills_of_a_listed_spouse_count(context: Context) -> None:
    summary = link(context)
    assert summary.family is not None
    assert summary.family.persons == 20
    rows = published_list(context)
    assert set(rows) == {f"HY{n:06d}" for n in range(1, 21)}
    assert rows["HY000010"].reasons[0]["code"] == "S1F"
    assert rows["HY000010"].reasons[0]["band"] == "26000-50000"
    assert rows["HY000003"].reasons[0]["code"] == "S1"
    assert rows["HY000003"].reasons[0]["band"] == "50000+"


def test_the_explanation_says_that_a_family_member_is_compared(context: Context) -> None:
    (match,) = published_list(context)["HY000010"].match
    assert match["via"] == "hardship_archive"
    assert match["fields"][0]["comparison"] == "household"
    assert match["fields"][0]["zh"].startswith("以下比对的是《困难职工档案》")
    name = next(item for item in match["fields"] if item["comparison"] == "name")
    assert name["member"] == name["partner"] == str(person(510)["name"])[0] + "**"

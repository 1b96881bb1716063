"""Households: who belongs together, by which row, how surely, and who is never tied."""

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hand_built import AS_OF, frame, linked, member, roster, stay
from hypothesis import given, settings
from hypothesis import strategies as st

from bangfu.screening.evidence import Window
from bangfu.screening.household import household_evidence
from bangfu.screening.learning import unlearned
from bangfu.screening.material import Material
from bangfu.screening.memberships import memberships, registered_households, represented, shared_rows
from bangfu.screening.rules.evaluation import evaluate
from bangfu.screening.rules.shipped import default_rules
from bangfu.screening.strength import strengths
from bangfu.screening.ties import (
    INSTITUTION,
    SWITCHBOARD,
    TIE,
    contact_ties,
    listed_ties,
    residence_ties,
    telephone_ties,
)
from tests.bangfu.screening.applying import with_parameters

HOME = "云南省昆明市五华区上溪街道清岩社区建设路318号27幢3单元502室"
HUSBAND = {"name": "李明", "sex": "1", "birth_date": dt.date(1980, 3, 1), "county_code": "530102"}
WIFE = {"name": "王芳", "sex": "2", "birth_date": dt.date(1982, 5, 1), "county_code": "530102"}
CHILD = {"name": "李浩", "sex": "1", "birth_date": dt.date(2008, 5, 1), "county_code": "530102"}


def at(address: str | None, *people: dict[str, Any]) -> pl.DataFrame:
    """Members with one address."""
    return roster([{"of": n, **member(n, address=address, **changes)} for n, changes in enumerate(people, 1)])


def pairs(ties: pl.DataFrame) -> list[tuple[str, str, str | None, float]]:
    return list(ties.select("household_id", "person", "relation", "confidence").iter_rows())


def named(source: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a source with the human being each of them is."""
    who = pl.Series("person", [row["is"] for row in rows])
    return frame(source, [{key: value for key, value in row.items() if key != "is"} for row in rows]).with_columns(who)


def test_a_couple_behind_one_door_is_one_household() -> None:
    assert pairs(residence_ties(at(HOME, HUSBAND, WIFE))) == [
        ("person-1", "person-2", "spouse", 0.9),
        ("person-2", "person-1", "spouse", 0.9),
    ]


def test_a_child_and_a_parent_are_told_from_a_couple() -> None:
    ties = residence_ties(at(HOME, HUSBAND, CHILD))
    assert ties.select("household_id", "relation").rows() == [("person-1", "child"), ("person-2", "parent")]


def test_a_tie_names_the_row_it_was_read_from() -> None:
    tie = residence_ties(at(HOME, HUSBAND, WIFE)).row(0, named=True)
    assert (tie["source"], tie["basis"], tie["row_number"]) == ("union_roster", "residence", 2)
    assert tie["record_id"]
    assert tie["extract_id"]


@pytest.mark.parametrize("other", [
    pytest.param({**WIFE, "sex": "1"}, id="two men of one age and different surnames share a room"),
    pytest.param({**WIFE, "birth_date": None}, id="nothing says that they can be relatives"),
    pytest.param({**WIFE, "county_code": "530103"}, id="another county"),
])  # fmt: skip
def test_one_door_alone_ties_nobody(other: dict[str, Any]) -> None:
    assert residence_ties(at(HOME, HUSBAND, other)).is_empty()


def test_one_door_and_one_telephone_tie_whoever_it_is() -> None:
    same = {"phone": "13900000001"}
    ties = residence_ties(at(HOME, {**HUSBAND, **same}, {**WIFE, "sex": "1", **same}))
    assert ties["confidence"].to_list() == [0.97, 0.97]


@pytest.mark.parametrize("address", [None, "五华区上溪街道", "云场村公所黑井村", ""])
def test_an_address_without_a_door_ties_nobody(address: str | None) -> None:
    assert residence_ties(at(address, HUSBAND, WIFE)).is_empty()


def test_sixty_persons_at_one_address_are_an_institution() -> None:
    people = [HUSBAND, WIFE] * 30
    assert residence_ties(at(HOME, *people)).is_empty()
    assert len(residence_ties(at(HOME, *people[:INSTITUTION]))) > 0


def test_a_wife_who_left_her_husbands_telephone_belongs_to_his_household() -> None:
    members = at(None, {**HUSBAND, "phone": "13900000001"})
    rows = named(
        "medical_settlement", [{"is": "wife", **stay(9, 30_000, "2026-01-01"), **WIFE, "phone": "13900000001"}]
    )
    assert pairs(telephone_ties(rows, members)) == [("person-1", "wife", "spouse", 0.85)]


def test_a_switchboard_ties_nobody() -> None:
    phone = {"phone": "13900000001"}
    members = at(None, *[{**HUSBAND, **phone} for _ in range(SWITCHBOARD + 1)])
    rows = named("medical_settlement", [{"is": "wife", **stay(9, 30_000, "2026-01-01"), **WIFE, **phone}])
    assert telephone_ties(rows, members).is_empty()
    many = [{"is": f"p{n}", **stay(n, 1, "2026-01-01"), **WIFE, **phone} for n in range(INSTITUTION + 1)]
    assert telephone_ties(named("medical_settlement", many), members.head(1)).is_empty()


def admitted(relation: str | None, **changes: Any) -> pl.DataFrame:
    """The wife's bill, on which she named her contact person."""
    told = {"contact_name": "李明", "contact_relation": relation, "contact_phone": "13900000001"}
    return named("medical_settlement", [{"is": "wife", **stay(9, 30_000, "2026-01-01"), **WIFE, **told, **changes}])


def elsewhere(count: int, **changes: Any) -> pl.DataFrame:
    """The husband, and so many members of another county who bear other names."""
    others = [{"name": f"张{chr(0x4E00 + n)}", "county_code": "530302"} for n in range(count)]
    return at(None, {**HUSBAND, "phone": "13900000001", **changes}, *others)


def test_a_contact_person_with_a_members_name_and_telephone_is_the_member() -> None:
    assert pairs(contact_ties(admitted("10"), elsewhere(99))) == [("person-1", "wife", "spouse", 0.95)]


def test_a_contact_person_by_a_rare_name_alone_is_less_sure() -> None:
    """Nobody of 99 elsewhere bears the name: half a bearer among 99, one member here, so .005 by chance."""
    ties = contact_ties(admitted("10"), elsewhere(99, phone="13700000007"))
    assert pairs(ties) == [("person-1", "wife", "spouse", pytest.approx(0.85 * 0.4 / (0.4 + 0.5 / 99)))]


def test_a_name_that_many_bear_ties_nobody_without_the_telephone() -> None:
    people = [{**HUSBAND, "phone": "13700000007"}, *[{"name": "李明", "county_code": "530302"} for _ in range(99)]]
    assert contact_ties(admitted("10"), at(None, *people)).is_empty()
    two = at(None, *[{**HUSBAND, "phone": f"1370000000{n}"} for n in range(2)])
    assert contact_ties(admitted("10"), two).is_empty()


@pytest.mark.parametrize("relation", ["00", "40", "60", "70", "90", None])
def test_a_contact_person_who_need_not_live_there_ties_nobody(relation: str | None) -> None:
    assert contact_ties(admitted(relation), elsewhere(99)).is_empty()


def test_a_stated_relation_that_age_or_sex_forbid_is_not_believed() -> None:
    assert contact_ties(admitted("20"), elsewhere(99)).is_empty()
    assert contact_ties(admitted("10", sex="1"), elsewhere(99)).is_empty()
    unknown = contact_ties(admitted("10", sex=None, birth_date=None), elsewhere(99))
    assert unknown["confidence"].to_list() == [0.95]


@pytest.mark.parametrize(
    ("born", "relation", "told", "confidence"),
    [
        ("2010-05-01", "50", "child", 0.95),
        ("2000-05-01", "50", "child", 0.95 * 0.8),
        ("1955-05-01", "20", "parent", 0.95 * 0.8),
        ("1955-05-01", "30", "parent", 0.95 * 0.8),
    ],
)
def test_parents_and_grown_children_may_live_apart(born: str, relation: str, told: str, confidence: float) -> None:
    rows = admitted(relation, birth_date=dt.date.fromisoformat(born))
    assert pairs(contact_ties(rows, elsewhere(99))) == [("person-1", "wife", told, pytest.approx(confidence))]


def test_a_misspelt_contact_person_is_known_by_the_telephone() -> None:
    assert pairs(contact_ties(admitted("10", contact_name="李鸣"), elsewhere(99))) == [
        ("person-1", "wife", "spouse", 0.85)
    ]


def test_a_list_ties_as_surely_as_the_member_is_on_it() -> None:
    rows = named(
        "civil_affairs",
        [{"is": "person-1", "household_ref": "H"}, {"is": "wife", "household_ref": "H", "relation": "1"}],
    )
    own = linked("civil_affairs", [{"of": 1, "probability": 0.8}]).with_columns(rows["record_id"].head(1))
    assert pairs(listed_ties(rows, own)) == [("person-1", "wife", "1", 0.8)]


def test_a_listed_household_of_sixty_is_no_household() -> None:
    rows = named("civil_affairs", [{"is": f"p{n}", "household_ref": "H"} for n in range(60)])
    own = linked("civil_affairs", [{"of": 0}]).with_columns(rows["record_id"].head(1))
    assert listed_ties(rows, own).is_empty()


def tie(household: str, person: str, confidence: float = 0.9, source: str = "civil_affairs") -> dict[str, Any]:
    return {"household_id": household, "person": person, "basis": "listed", "source": source, "record_id": source,
            "extract_id": "e", "row_number": 1, "confidence": confidence}  # fmt: skip


def ties(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in TIE} for row in rows], schema=dict(TIE))


def test_contradictory_memberships_stand_side_by_side_and_are_marked() -> None:
    """A wife listed with two men who are not of one household belongs to both, visibly."""
    held = memberships([ties(tie("a", "wife"), tie("b", "wife", 0.7, "hardship_archive"))])
    assert list(held.select("household_id", "probability", "other_households").iter_rows()) == [
        ("a", 0.9, 1),
        ("b", 0.7, 1),
    ]


def test_a_child_of_two_members_of_one_household_is_no_contradiction() -> None:
    held = memberships([ties(tie("a", "child"), tie("b", "child"), tie("a", "b"), tie("b", "a"))])
    assert held["other_households"].to_list() == [0, 0, 0, 0]


def test_the_surest_tie_of_several_counts_and_their_number_is_kept() -> None:
    held = memberships([ties(tie("a", "wife", 0.6)), ties(tie("a", "wife", 0.95, "hardship_archive"))])
    assert list(held.select("probability", "source", "ties").iter_rows()) == [(0.95, "hardship_archive", 2)]


def test_a_member_whose_spouse_is_registered_is_of_a_registered_household() -> None:
    held = memberships([ties(tie("a", "wife"), tie("b", "other"), tie("c", "wife", 0.7))])
    archive = pl.DataFrame({"cluster_id": ["wife"], "archive_level": ["county"]})
    assert registered_households(held, archive).rows() == [("a", "county")]


def with_family(bills: list[dict[str, Any]], own: pl.DataFrame, held: pl.DataFrame) -> Material:
    rows = named("medical_settlement", bills)
    persons = rows.select("record_id", pl.col("person").alias("person_id"), "person")
    shared = shared_rows(rows.drop("person"), persons, own, held, own.select("cluster_id", "partner_id"))
    return Material(roster([]), {"medical_settlement": own}, held=held, shared={"medical_settlement": shared})


def seen(bills: list[dict[str, Any]], own: pl.DataFrame, held: pl.DataFrame) -> list[tuple[Any, ...]]:
    table = household_evidence(with_family(bills, own, held), Window(AS_OF)).table
    return list(table.select("household_id", "least", "E_med", "family_settlements").iter_rows())


def test_a_spouses_bill_counts_as_surely_as_the_tie() -> None:
    own = linked("medical_settlement", [{"of": 1, **stay(1, 5_000, "2026-01-01")}])
    bills = [{"is": "wife", **stay(9, 30_000, "2026-02-01")}]
    held = memberships([ties(tie("person-1", "wife", 0.85))])
    own = own.with_columns(pl.lit("own:1").alias("record_id"))
    sure = own["match_probability"][0]
    assert seen(bills, own, held) == [("person-1", sure, 5_000, 0), ("person-1", 0.85, 35_000, 1)]


def test_a_household_tied_to_nobody_keeps_what_it_had() -> None:
    own = linked("medical_settlement", [{"of": 1, **stay(1, 5_000, "2026-01-01")}])
    own = own.with_columns(pl.lit("own:1").alias("record_id"))
    bills = [{"is": "wife", **stay(9, 30_000, "2026-02-01")}]
    assert [row[2] for row in seen(bills, own, memberships([]))] == [5_000]


def test_one_household_has_one_clue_the_stronger() -> None:
    """A couple is visited once; who is not surely of the household keeps a clue of their own."""
    listed = pl.DataFrame({"cluster_id": ["a", "b", "c", "d"], "strength": [0.5, 0.6, 0.4, 0.3]})
    held = memberships([ties(tie("a", "b"), tie("b", "a"), tie("b", "d", 0.7), tie("d", "b", 0.7))])
    assert represented(listed, held)["cluster_id"].to_list() == ["a"]


@given(st.integers(1, 60_000), st.integers(1, 60_000), st.floats(0.5, 1))
@settings(max_examples=40, deadline=None)
def test_a_relatives_bill_never_weakens_a_clue(own: int, more: int, sure: float) -> None:
    """However unsure the tie: what is surely the member's is seen alone first."""
    rows = linked("medical_settlement", [{"of": 1, **stay(1, own, "2026-01-01")}])
    rows = rows.with_columns(pl.lit("own:1").alias("record_id"))
    bills = [{"is": "wife", **stay(9, more, "2026-02-01")}]
    found = []
    for held in (memberships([]), memberships([ties(tie("person-1", "wife", sure))])):
        table = household_evidence(with_family(bills, rows, held), Window(AS_OF)).table
        hits = evaluate(with_parameters(table, {}), default_rules()).hits
        found.append(strengths(hits, unlearned(default_rules()))["strength"].sum() or 0)
    assert found[1] >= found[0]

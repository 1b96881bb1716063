"""A revision's rows are new records of the persons that the delivery before it named: their ids last."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hand_built import Database, add, frame, member, opened, person, stay

from bangfu.db.data_keys import destroy_key
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.linkage.link import LinkSummary, link
from bangfu.pipeline.linkage.successors import paired
from bangfu.pipeline.sealed import read_sealed
from bangfu.storage import keys
from matching.cluster_ids import Lineage

MEMBERS = 60
STRANGERS = range(500, 520)
SLOT = "530000/2026-05"


@pytest.fixture
def context(database: Database) -> Context:
    context = opened(database)
    add(context, "union_roster", [member(n) for n in range(MEMBERS)], slot="roster")
    return context


def ids(context: Context, summary: LinkSummary, source: str) -> dict[str, str]:
    """The cluster of each row of a source, by the row's settlement or membership number."""
    persons = read_sealed(context, keys.links(summary.run_id, "persons"), summary.run_id).filter(source=source)
    return {row["record_id"]: row["cluster_id"] for row in persons.iter_rows(named=True)}


def by_place(found: dict[str, str], extract: str) -> dict[int, str]:
    return {int(record.split(":")[1]): cluster for record, cluster in found.items() if record.startswith(extract)}


def bills(**changes: Any) -> list[dict[str, Any]]:
    return [stay(n, 9_000, "2026-05-01", **changes) for n in STRANGERS]


def test_ids_last_through_a_revision(context: Context) -> None:
    """Of people whom only this delivery names; the revision lists them in another order, with one more."""
    first = add(context, "medical_settlement", bills(), slot=SLOT)
    before = by_place(ids(context, link(context), "medical_settlement"), first)
    revised = [stay(900, 100, "2026-05-02"), *reversed(bills(personal_amount=8_000))]
    second = add(context, "medical_settlement", revised, slot=SLOT, revision=2)
    summary = link(context)
    after = by_place(ids(context, summary, "medical_settlement"), second)
    count = len(STRANGERS)
    assert {count + 1 - place: after[place + 1] for place in range(1, count + 1)} == before
    assert summary.lineage == Lineage(carried=MEMBERS + count, new=1)


def test_ids_last_through_a_revision_of_the_roster(context: Context) -> None:
    before = ids(context, link(context), "union_roster")
    add(context, "union_roster", [member(n, phone=None) for n in range(MEMBERS - 1)], slot="roster", revision=2)
    summary = link(context)
    after = ids(context, summary, "union_roster")
    assert set(after.values()) < set(before.values())
    assert not set(after) & set(before)
    assert summary.lineage == Lineage(carried=MEMBERS - 1, gone=1)


def test_ids_come_back_with_the_revision_before(context: Context) -> None:
    first = add(context, "medical_settlement", bills(), slot=SLOT)
    before = ids(context, link(context), "medical_settlement")
    wrong = add(context, "medical_settlement", bills(personal_amount=1), slot=SLOT, revision=2)
    link(context)
    retract(context, wrong, "the correction was wrong")
    assert ids(context, link(context), "medical_settlement") == before
    assert all(record.startswith(first) for record in before)


def test_another_period_is_no_revision(context: Context) -> None:
    """Who is in this month's list and not in the last one's is another person."""
    may = add(context, "medical_settlement", bills(), slot=SLOT)
    link(context)
    retract(context, may, "never to be used")
    add(context, "medical_settlement", bills(personal_amount=8_000), slot="530000/2026-06")
    assert link(context).lineage == Lineage(carried=MEMBERS, new=len(STRANGERS), gone=len(STRANGERS))


def test_ids_begin_anew_where_the_former_rows_are_destroyed(context: Context) -> None:
    first = add(context, "medical_settlement", bills(), slot=SLOT)
    link(context)
    with context.engine.begin() as connection:
        destroy_key(connection, first)
    add(context, "medical_settlement", bills(personal_amount=8_000), slot=SLOT, revision=2)
    assert link(context).lineage == Lineage(carried=MEMBERS, new=len(STRANGERS), gone=len(STRANGERS))


def pairs(before: list[dict[str, Any]], after: list[dict[str, Any]], source: str) -> list[tuple[int, int]]:
    """Places of rows and of those that took theirs."""
    found = paired(frame(source, before, "old"), frame(source, after, "new"), source)
    return sorted((int(a.split(":")[1]), int(b.split(":")[1])) for a, b in found.rows())


OTHER = str(person(900)["id_number"])
CORRECTED: dict[str, tuple[Callable[..., dict[str, Any]], dict[str, Any]]] = {
    "the telephone": (lambda **of: person(1, **of), {"phone": "13000000000"}),
    "the name": (lambda **of: person(1, **of), {"name": "木增"}),
    "the identity number": (lambda **of: person(1, **of), {"id_number": OTHER}),
    "a number that was missing": (lambda **of: person(1, **{"id_number": None, **of}), {"id_number": OTHER}),
}


@pytest.mark.parametrize("what", CORRECTED)
def test_a_corrected_row_takes_the_place_of_the_wrong_one(what: str) -> None:
    make, correction = CORRECTED[what]
    assert pairs([person(2), make()], [make(**correction), person(3), person(2)], "disaster_relief") == [(1, 3), (2, 1)]


def test_several_rows_of_one_person_take_the_places_in_order() -> None:
    """And where they have become more or fewer, those that are left over have none."""
    two, three = [person(1)] * 2, [person(1)] * 3
    assert pairs(two, three, "disaster_relief") == pairs(three, two, "disaster_relief") == [(1, 1), (2, 2)]


def test_another_person_under_the_same_reference_takes_no_place() -> None:
    assert pairs([stay(1, 10, "2026-05-01")], [stay(2, 10, "2026-05-01", settlement_ref="S1-2026-05-01-10")], "medical_settlement") == []  # fmt: skip


def test_two_of_one_name_and_nothing_else_take_no_place() -> None:
    bare = {"id_number": None, "birth_date": None, "phone": None, "person_ref": None}
    assert pairs([person(1, **bare)], [person(1, **bare)], "disaster_relief") == []


def test_what_two_rows_share_says_nothing() -> None:
    """Parent and child under one number: which is which, only the name tells."""
    number = person(1)["id_number"]
    both = [person(1), person(2, id_number=number)]
    assert pairs(both, both[::-1], "disaster_relief") == [(1, 2), (2, 1)]
    renamed = [{**row, "name": "木增", "phone": None, "birth_date": None} for row in both]
    assert pairs(both, renamed, "disaster_relief") == []


def test_nothing_takes_no_place() -> None:
    assert paired(frame("disaster_relief", []), frame("disaster_relief", [person(1)]), "disaster_relief").equals(
        pl.DataFrame(schema={"former_id": pl.String, "record_id": pl.String})
    )

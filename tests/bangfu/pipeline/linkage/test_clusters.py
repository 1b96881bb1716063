"""Person clusters of a linkage run: over all sources, under ids that last, without contradictions and without values."""

from typing import Any

import polars as pl
import pytest
from hand_built import Database, add, allowance, archived, member, opened, person, relief, stay

from bangfu.cli.link import link_lines
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.linkage.clusters import household_lists
from bangfu.pipeline.linkage.link import LinkSummary, link
from bangfu.pipeline.sealed import read_sealed
from bangfu.storage import keys
from matching.cluster_ids import Lineage

MEMBERS = 200


@pytest.fixture
def context(database: Database) -> Context:
    """A roster of 200, the archive of ten of them, and hospital bills of forty."""
    context = opened(database)
    add(context, "union_roster", [member(n) for n in range(MEMBERS)])
    add(context, "hardship_archive", [archived(n) for n in range(10)])
    add(context, "medical_settlement", [stay(n, 30_000, "2026-03-01") for n in range(40)])
    return context


def stored(context: Context, summary: LinkSummary, name: str) -> pl.DataFrame:
    return read_sealed(context, keys.links(summary.run_id, name), summary.run_id)


def ids(context: Context, summary: LinkSummary) -> dict[tuple[str, int], str]:
    """The cluster of each row, by source and place in the hand-built table."""
    persons = stored(context, summary, "persons")
    return {
        (row["source"], int(row["record_id"].split(":")[1]) - 1): row["cluster_id"]
        for row in persons.iter_rows(named=True)
    }


def test_every_row_of_every_source_is_in_one_cluster(context: Context) -> None:
    summary = link(context)
    found = ids(context, summary)
    assert len(found) == MEMBERS + 10 + 40
    for n in range(10):
        assert found["union_roster", n] == found["hardship_archive", n] == found["medical_settlement", n]
    assert summary.clusters == len(set(found.values())) == MEMBERS
    assert summary.lineage == Lineage(new=MEMBERS)


def test_the_roster_s_part_is_the_same(context: Context) -> None:
    """Screening reads it."""
    summary = link(context)
    persons = stored(context, summary, "persons").filter(source="union_roster").drop("source")
    assert stored(context, summary, "union_roster-persons").equals(persons)


def test_ids_last_when_a_source_arrives(context: Context) -> None:
    """The rows of civil affairs have smaller ids than any: people keep theirs all the same."""
    first = link(context)
    before = ids(context, first)
    add(context, "civil_affairs", [allowance(n) for n in range(5, 15)] + [allowance(900)])
    second = link(context)
    after = ids(context, second)
    assert {row: after[row] for row in before} == before
    assert after["civil_affairs", 0] == before["union_roster", 5]
    assert second.lineage == Lineage(carried=MEMBERS, new=1)
    assert stored(context, second, "lineage").is_empty()


def test_ids_last_when_the_record_they_are_named_after_is_withdrawn(context: Context) -> None:
    civil = add(context, "civil_affairs", [allowance(n) for n in range(5, 15)] + [allowance(900)])
    before = ids(context, link(context))
    assert before["union_roster", 5].startswith(civil)
    retract(context, civil, "wrong month")
    second = link(context)
    after = ids(context, second)
    assert after == {row: cluster for row, cluster in before.items() if row[0] != "civil_affairs"}
    assert second.lineage == Lineage(carried=MEMBERS, gone=1)


def test_who_holds_an_id_that_was_given_up_finds_the_one_that_stayed(context: Context) -> None:
    """One row has the number under another name, another the name without the number: a third one shows they are one."""
    alias = member(300, name="金花", birth_date=None, sex=None)
    add(context, "union_roster", [alias, member(300, id_number=None, phone=None)], period="B")
    first = link(context)
    before = by_record(context, first)
    add(context, "union_roster", [member(300)], period="C")
    second = link(context)
    (change,) = stored(context, second, "lineage").rows(named=True)
    assert (change["change"], change["records"]) == ("merged", 1)
    assert second.lineage == Lineage(carried=MEMBERS + 1, merged=1)
    after = by_record(context, second)
    moved = {record for record in before if after[record] != before[record]}
    assert {(before[record], after[record]) for record in moved} == {(change["former_id"], change["cluster_id"])}


def by_record(context: Context, summary: LinkSummary) -> dict[str, str]:
    return dict(stored(context, summary, "persons").select("record_id", "cluster_id").rows())


def contradicting() -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """A member without an identity number, whom two sources know under two different ones."""
    roster = [member(n) for n in range(MEMBERS)]
    roster[3] = member(3, id_number=None)
    bills = [stay(n, 30_000, "2026-03-01") for n in range(40)]
    other = person(700)["id_number"]
    paid = [relief(n, "2026-02-01") for n in range(40)]
    paid[3] = relief(3, "2026-02-01", id_number=other, address="新华街道1号")
    return roster, bills, paid


def test_a_refused_merge_is_listed_with_its_column_and_without_values(database: Database) -> None:
    context = opened(database)
    for source, rows in zip(("union_roster", "medical_settlement", "disaster_relief"), contradicting(), strict=True):
        add(context, source, rows)
    summary = link(context)
    refused = stored(context, summary, "refused")
    assert summary.refused_merges == len(refused) == 1
    (row,) = refused.rows(named=True)
    assert {row["left_source"], row["right_source"]} <= {"union_roster", "medical_settlement", "disaster_relief"}
    assert (row["column"], row["direct"]) == ("id_number", False)
    found = ids(context, summary)
    assert found["medical_settlement", 3] != found["disaster_relief", 3]
    for value in (person(3)["id_number"], person(700)["id_number"], person(3)["name"], person(3)["phone"]):
        assert value not in refused.write_json()
    assert "merges refused: 1" in "\n".join(link_lines(summary))


def test_a_refused_merge_takes_nothing_from_the_links(database: Database) -> None:
    """The model believed the pair: screening may use it, and only the cluster is kept free of the contradiction."""
    context = opened(database)
    for source, rows in zip(("union_roster", "medical_settlement", "disaster_relief"), contradicting(), strict=True):
        add(context, source, rows)
    summary = link(context)
    for source in ("medical_settlement", "disaster_relief"):
        pairs = stored(context, summary, f"{source}-pairs").filter("accepted")
        assert len(pairs.filter(pl.col("left_id").str.ends_with(":4"))) == 1


def test_ids_begin_anew_where_the_former_clusters_are_gone(context: Context) -> None:
    first = link(context)
    add(context, "civil_affairs", [allowance(n) for n in range(5, 15)])
    context.store.delete(keys.links(first.run_id, "persons"))
    assert link(context).lineage == Lineage(new=MEMBERS)


def test_two_persons_of_one_list_are_two_and_rows_of_two_lists_may_be_one() -> None:
    """A corrected row in the next month's list: another person of the source, and the same human being."""
    rows = pl.DataFrame(
        [("a:1", "a", "H1"), ("a:2", "a", "H1"), ("b:1", "b", "H1"), ("b:2", "b", None)],
        ["record_id", "extract_id", "household_ref"],
        orient="row",
    )
    members = pl.DataFrame({"record_id": ["a:1", "a:2", "b:1", "b:2"], "person_id": ["a:1", "a:2", "b:1", "b:2"]})
    assert household_lists(rows, members).rows() == [("a:1", "a/H1"), ("a:2", "a/H1"), ("b:1", "b/H1")]

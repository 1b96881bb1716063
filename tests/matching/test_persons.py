"""Persons over any number of sources: what is joined, what is refused and why, and that no order tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.errors import LinkError
from matching.model import Conflict
from matching.persons import Persons, PersonSource, form_persons

if TYPE_CHECKING:
    import random

NUMBERS = {"甲": "539102199003070030", "乙": "539102199003070073", "无": None, "误": "539102199003070031"}
"""Two numbers with a right checksum, none, and one whose checksum is wrong."""
CONFLICTS = [Conflict("id_number", "identity_number")]


def source(name: str, records: dict[str, str], *, distinct: bool = False, **households: str) -> PersonSource:
    """A source of records with an identity number each; `h1="ab"`: records a and b stand in the household h1."""
    listed = [(record, household) for household, stand in households.items() for record in stand.split()]
    return PersonSource(
        name,
        pa.table(
            {
                "record_id": pa.array(list(records), pa.string()),
                "id_number": pa.array([NUMBERS[number] for number in records.values()], pa.string()),
            }
        ),
        distinct,
        pa.table({"record_id": [r for r, _ in listed], "household": [h for _, h in listed]}) if listed else None,
    )


def pairs(*rows: tuple[str, str, float]) -> pa.Table:
    kinds = {"left_id": pa.string(), "right_id": pa.string(), "match_weight": pa.float64()}
    return pa.table({name: pa.array([row[n] for row in rows], kind) for n, (name, kind) in enumerate(kinds.items())})


def groups(made: Persons) -> set[str]:
    """The clusters of more than one record, each as its records."""
    found: dict[str, list[str]] = {}
    for row in made.clusters.to_pylist():
        found.setdefault(row["cluster_id"], []).append(row["record_id"])
    return {" ".join(records) for records in found.values() if len(records) > 1}


def refused(made: Persons) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in made.refused.to_pylist()]


def test_one_person_is_found_in_all_sources() -> None:
    roster = source("roster", {"r1": "甲", "r2": "无"})
    others = [source(name, {name[0] + "1": "无"}) for name in ("archive", "civil", "medical", "pension")]
    made = form_persons([roster, *others], [pairs(("r1", f"{name}1", 8.0)) for name in "acmp"], CONFLICTS)
    assert groups(made) == {"a1 c1 m1 p1 r1"}
    assert made.clusters["source"].to_pylist() == ["archive", "civil", "medical", "pension", "roster", "roster"]
    assert refused(made) == []


def test_two_sources_that_contradict_each_other_are_not_joined_through_a_member_without_a_number() -> None:
    """The stronger link stands; the other one is listed with its column, and without a value."""
    made = form_persons(
        [source("roster", {"r": "无"}), source("medical", {"m": "甲"}), source("relief", {"x": "乙"})],
        [pairs(("r", "m", 9.0)), pairs(("r", "x", 4.0))],
        CONFLICTS,
    )
    assert groups(made) == {"m r"}
    assert refused(made) == [("r", "x", "roster", "relief", 4.0, "id_number", False)]
    assert not any(str(number) in str(made.refused.to_pydict()) for number in NUMBERS.values() if number)


def test_a_refused_pair_says_whether_its_own_records_contradict() -> None:
    """The model believed it in spite of the numbers: one of them is wrong, and somebody should be asked."""
    made = form_persons(
        [source("roster", {"r": "甲", "s": "无"}), source("relief", {"x": "乙"})],
        [pairs(("r", "s", 9.0), ("r", "x", 4.0), ("s", "x", 3.0))],
        CONFLICTS,
    )
    assert [(row[0], row[1], row[6]) for row in refused(made)] == [("r", "x", True), ("s", "x", False)]


def test_a_number_with_a_wrong_checksum_contradicts_nobody() -> None:
    made = form_persons(
        [source("roster", {"r": "甲"}), source("relief", {"x": "误"})], [pairs(("r", "x", 4.0))], CONFLICTS
    )
    assert groups(made) == {"r x"}


def test_two_members_that_a_source_shows_to_be_one_are_joined() -> None:
    """The roster lists one person twice and does not know it: medical records of one number are both of them."""
    made = form_persons(
        [source("roster", {"r1": "无", "r2": "无"}), source("medical", {"m1": "甲", "m2": "甲"})],
        [pairs(("r1", "m1", 6.0), ("r2", "m2", 5.0)), pairs(("m1", "m2", 20.0))],
        CONFLICTS,
    )
    assert groups(made) == {"m1 m2 r1 r2"}


def test_a_source_that_names_nobody_twice_has_one_record_in_a_cluster() -> None:
    sources = [source("roster", {"r1": "无", "r2": "无"}), source("archive", {"a1": "无", "a2": "无"}, distinct=True)]
    made = form_persons(sources, [pairs(("r1", "a1", 9.0), ("r1", "r2", 8.0), ("r2", "a2", 7.0))], CONFLICTS)
    assert groups(made) == {"a1 r1 r2"}
    assert refused(made) == [("r2", "a2", "roster", "archive", 7.0, "source", False)]


def test_two_persons_of_one_household_list_are_not_one_member() -> None:
    """Husband and wife share address and telephone; the list of their household says that they are two."""
    civil = source("civil", {"c1": "无", "c2": "无", "c3": "无"}, h1="c1 c2", h2="c3 c1")
    made = form_persons(
        [source("roster", {"r": "无"}), civil], [pairs(("r", "c1", 9.0), ("r", "c2", 5.0), ("r", "c3", 4.0))], CONFLICTS
    )
    assert groups(made) == {"c1 r"}
    assert [row[1:] for row in refused(made)] == [
        ("c2", "roster", "civil", 5.0, "household", False),
        ("c3", "roster", "civil", 4.0, "household", False),
    ]


def test_household_names_of_two_sources_have_nothing_to_do_with_each_other() -> None:
    made = form_persons(
        [source("civil", {"c": "无", "d": "无"}, h1="c d"), source("archive", {"a": "无", "b": "无"}, h1="a b")],
        [pairs(("c", "a", 9.0))],
    )
    assert groups(made) == {"a c"}


@pytest.mark.parametrize(
    ("sources", "found", "message"),
    [
        ([source("a", {"1": "无"}), source("b", {"1": "无"})], pairs(), "in two places"),
        ([source("a", {"1": "无"})], pairs(("1", "2", 3.0)), "1 pair"),
        ([source("a", {"1": "无"}, h="1 2")], pairs(), "1 household"),
    ],
)
def test_what_does_not_fit_is_refused(sources: list[PersonSource], found: pa.Table, message: str) -> None:
    with pytest.raises(LinkError, match=message):
        form_persons(sources, [found])


def test_sources_without_any_pair_stay_apart() -> None:
    assert groups(form_persons([source("a", {"1": "甲", "2": "甲"})], [], CONFLICTS)) == set()


SOURCES = "rcam"
RECORDS = [name + number for name in SOURCES for number in "123"]
WEIGHTS = st.dictionaries(
    st.tuples(st.sampled_from(RECORDS), st.sampled_from(RECORDS)), st.integers(0, 4).map(float), max_size=16
)
SAID = st.lists(st.sampled_from("甲乙无"), min_size=len(RECORDS), max_size=len(RECORDS))


def world(said: list[str], names: str = SOURCES) -> list[PersonSource]:
    """Three records in each source; `m` names nobody twice, `c` lists c1 and c2 in one household."""
    of = dict(zip(RECORDS, said, strict=True))
    return [
        source(
            name,
            {record: of[record] for record in RECORDS if record.startswith(name)},
            distinct=name == "m",
            **({"h": "c1 c2"} if name == "c" else {}),
        )
        for name in names
    ]


def accepted(weights: dict[tuple[str, str], float], names: str = SOURCES) -> list[tuple[str, str, float]]:
    return [(a, b, w) for (a, b), w in weights.items() if a < b and a[0] in names and b[0] in names]


def contradicts(some: str, others: str, said: list[str]) -> set[str]:
    """In what two groups of records contradict each other."""
    of = dict(zip(RECORDS, said, strict=True))
    reasons = set()
    for a in some.split():
        for b in others.split():
            if {of[a], of[b]} == {"甲", "乙"}:
                reasons.add("id_number")
            if a[0] == b[0] == "m":
                reasons.add("source")
            if {a, b} == {"c1", "c2"}:
                reasons.add("household")
    return reasons


def cluster_of(made: Persons) -> dict[str, str]:
    """Each record's cluster, as its records."""
    ids = dict(zip(made.clusters["record_id"].to_pylist(), made.clusters["cluster_id"].to_pylist(), strict=True))
    return {record: " ".join(other for other in ids if ids[other] == ids[record]) for record in ids}


@settings(max_examples=100, deadline=None)
@given(WEIGHTS, SAID)
def test_no_cluster_contradicts_and_every_refused_merge_would(
    weights: dict[tuple[str, str], float], said: list[str]
) -> None:
    made = form_persons(world(said), [pairs(*accepted(weights))], CONFLICTS)
    where = cluster_of(made)
    for cluster in where.values():
        for record in cluster.split():
            assert not contradicts(record, " ".join(set(cluster.split()) - {record}), said)
    listed = {(row[0], row[1]): row[5] for row in refused(made)}
    for a, b, _ in accepted(weights):
        assert (where[a] == where[b]) == ((a, b) not in listed)
    for (a, b), column in listed.items():
        assert column in contradicts(where[a], where[b], said)
    for row in refused(made):
        assert row[6] == (row[5] in contradicts(row[0], row[1], said))


@settings(max_examples=100, deadline=None)
@given(WEIGHTS, SAID, st.randoms(use_true_random=False))
def test_no_order_tells(weights: dict[tuple[str, str], float], said: list[str], order: random.Random) -> None:
    """Neither that of sources, nor of their records, nor of pairs, nor in how many tables the pairs come."""
    straight = form_persons(world(said), [pairs(*accepted(weights))], CONFLICTS)
    shuffled = [
        PersonSource(item.name, item.table.take(order.sample(range(3), 3)), item.distinct, item.households)
        for item in order.sample(world(said), len(SOURCES))
    ]
    rows = order.sample(accepted(weights), len(accepted(weights)))
    cut = order.randint(0, len(rows))
    other = form_persons(shuffled, [pairs(*rows[:cut]), pairs(*rows[cut:])], CONFLICTS)
    assert other.clusters.equals(straight.clusters)
    assert refused(other) == refused(straight)


@settings(max_examples=200, deadline=None)
@given(WEIGHTS, SAID)
def test_a_further_source_splits_no_cluster_without_reason(
    weights: dict[tuple[str, str], float], said: list[str]
) -> None:
    """Records of a former cluster are parted only where a merge between their clusters was refused, and what speaks
    against it came with the further source: the former cluster held no contradiction."""
    former = cluster_of(form_persons(world(said, "rca"), [pairs(*accepted(weights, "rca"))], CONFLICTS))
    made = form_persons(world(said), [pairs(*accepted(weights))], CONFLICTS)
    where, listed = cluster_of(made), {(row[0], row[1]) for row in refused(made)}
    for cluster in set(former.values()):
        parts = {where[record] for record in cluster.split()}
        if len(parts) == 1:
            continue
        parted = [(a, b) for a, b in listed if a in cluster.split() and b in cluster.split() and where[a] != where[b]]
        assert parted
        assert any(set(f"{where[a]} {where[b]}".split()) - set(cluster.split()) for a, b in parted)


@settings(max_examples=100, deadline=None)
@given(WEIGHTS, SAID)
def test_a_further_source_that_contradicts_nobody_only_adds(
    weights: dict[tuple[str, str], float], said: list[str]
) -> None:
    before = form_persons(world(said, "rca"), [pairs(*accepted(weights, "rca"))], CONFLICTS)
    made = form_persons(world(said), [pairs(*accepted(weights))], CONFLICTS)
    if len(made.refused) == len(before.refused) == 0:
        where = cluster_of(made)
        for cluster in cluster_of(before).values():
            assert len({where[record] for record in cluster.split()}) == 1

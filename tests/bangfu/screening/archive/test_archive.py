"""Lists about registered households: each asks a union to look, for reasons, and never for lack of data."""

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hand_built import AS_OF, allowance, archived, frame, linked, member, person, roster, stay

from bangfu.screening.archive.duplicates import duplicates, shared_persons
from bangfu.screening.archive.exits import exit_suggestions, exits
from bangfu.screening.archive.files import ArchiveFiles, archive_files
from bangfu.screening.archive.households import standing_households
from bangfu.screening.archive.returns import returns, watched
from bangfu.screening.archive.tier_drift import drifted, tier_drift
from bangfu.screening.material import Material
from bangfu.screening.parameters import Parameters, read_parameters
from bangfu.screening.rules.shipped import default_rules
from bangfu.screening.screened import Policy, Screened, prepared, screened
from schemas.reference import parameter_files
from schemas.screening_lists import SCREENING_LISTS


@pytest.fixture(scope="module")
def values() -> Parameters:
    return read_parameters(parameter_files("synthetic"))


def wage(number: int, monthly: float = 9_000, first: str = "2025-07-01", last: str = "2026-06-30") -> dict[str, Any]:
    days = {"contributed_from": dt.date.fromisoformat(first), "contributed_until": dt.date.fromisoformat(last)}
    return {"of": number, **person(number), "contribution_base": monthly, **days}


def seen(parameters: Parameters | None, **sources: list[dict[str, Any]]) -> tuple[ArchiveFiles, Screened]:
    """Members 1 to 9, and member 99 in whose name the other sources have arrived in time."""
    others = {
        "medical_settlement": [{"of": 99, **stay(99, 10, "2026-06-15")}],
        "civil_affairs": [{"of": 99, **allowance(99, "temporary", started_on=dt.date(2026, 6, 1))}],
    }
    rows = {name: [*others.get(name, []), *sources.get(name, [])] for name in {*others, *sources}}
    tables = {name: linked(name, listed) for name, listed in rows.items() if listed}
    material = Material(roster([{"of": n, **member(n)} for n in (*range(1, 10), 99)]), tables)
    found = screened(prepared(material, AS_OF), Policy(default_rules(), parameters))
    return archive_files(tables["hardship_archive"], found.prepared.members), found


def file(number: int, status: str = "active", size: int | None = 2, **changes: Any) -> dict[str, Any]:
    return {"of": number, **archived(number, status, household_size=size, **changes)}


def test_a_file_goes_to_the_union_of_its_head() -> None:
    files, _ = seen(None, hardship_archive=[file(2, household_ref="DA1", relation="1"), file(1, household_ref="DA1")])
    assert files.table.select("file", "county").rows() == [("DA1", person(1)["county_code"])]


def test_whoever_was_above_the_standard_in_every_month_may_leave(values: Parameters) -> None:
    files, found = seen(values, hardship_archive=[file(1)], contribution_base=[wage(1)])
    assert exits(files, found)["file"].to_list() == ["DA1"]
    (entry,) = exit_suggestions(files, found)
    assert entry.county == person(1)["county_code"]
    assert [reason["code"] for reason in entry.reasons] == ["income_above", "no_evidence", "visit"]


@pytest.mark.parametrize(
    ("archive", "others"),
    [
        pytest.param(file(1), {}, id="no wages are known"),
        pytest.param(file(1, size=None), {"contribution_base": [wage(1)]}, id="size is unknown"),
        pytest.param(file(1, "exited"), {"contribution_base": [wage(1)]}, id="left already"),
        pytest.param(file(1), {"contribution_base": [wage(1, 1_000)]}, id="wages are low"),
        pytest.param(file(1), {"contribution_base": [wage(1, first="2026-02-01")]}, id="one month is not covered"),
        pytest.param(file(1), {"contribution_base": [wage(1, last="2026-05-31")]}, id="the last month is not covered"),
        pytest.param(file(1), {"contribution_base": [{**wage(1), "probability": 0.8}]}, id="wages may be another's"),
        pytest.param(
            file(1),
            {"contribution_base": [wage(1)], "medical_settlement": [{"of": 1, **stay(1, 30_000, "2026-01-20")}]},
            id="hospital bills",
        ),
        pytest.param(
            file(1),
            {"contribution_base": [wage(1)], "medical_settlement": [{"of": 1, **stay(1, 30_000, "2025-03-01")}]},
            id="hospital bills that were in the window of an earlier month",
        ),
        pytest.param(
            file(1), {"contribution_base": [wage(1)], "civil_affairs": [{"of": 1, **allowance(1)}]}, id="on a list"
        ),
        pytest.param(
            file(1),
            {
                "contribution_base": [wage(1)],
                "death_record": [{"of": 1, **person(1), "died_on": dt.date(2026, 6, 1)}],
            },
            id="the worker has died",
        ),
    ],
)
def test_nobody_leaves_with_evidence_or_for_lack_of_it(
    values: Parameters, archive: dict[str, Any], others: dict[str, list[dict[str, Any]]]
) -> None:
    assert exits(*seen(values, hardship_archive=[archive], **others)).is_empty()


def test_nobody_leaves_without_parameters_or_when_a_source_is_late(values: Parameters) -> None:
    rows: dict[str, Any] = {"hardship_archive": [file(1)], "contribution_base": [wage(1)]}
    assert exits(*seen(None, **rows)).is_empty()
    files, found = seen(values, **rows)
    for source in ("medical_settlement", "civil_affairs"):
        others = {name: table for name, table in found.prepared.material.linked.items() if name != source}
        less = prepared(Material(found.prepared.material.roster, others), AS_OF)
        assert exits(files, screened(less, found.policy)).is_empty()


def test_a_return_takes_evidence_later_than_the_exit() -> None:
    left = {"status": "exited", "exited_on": dt.date(2026, 3, 1)}
    files, found = seen(
        None,
        hardship_archive=[
            file(1, **left),
            file(2, **left),
            file(3, "exited", exited_on=dt.date(2025, 6, 30)),
            file(4, "cancelled", exited_on=dt.date(2026, 3, 1)),
            file(5, **left),
            file(5, household_ref="DA55"),
            file(6, "exited"),
        ],
        medical_settlement=[
            {"of": n, **stay(n, 30_000, "2026-02-01" if n == 2 else "2026-05-01")} for n in range(1, 7)
        ],
    )
    assert watched(files, found)["file"].to_list() == ["DA1", "DA2"]
    (entry,) = returns(files, found)
    assert entry.files == ("DA1",)
    assert entry.reasons[0]["zh"] == "退出后又有“住院自付较高”：2.6万至5万元（2026Q2）"


def test_files_that_share_a_person() -> None:
    files, _ = seen(
        None,
        hardship_archive=[
            file(1),
            file(1, household_ref="DA10"),
            file(2),
            file(2, household_ref="DA3", relation="1"),
            file(3),
            file(4),
            file(4, household_ref="DA5", relation="2"),
            file(5),
            file(6),
            file(6, "exited", household_ref="DA60"),
            {**file(7), "probability": 0.8},
            {**file(7, household_ref="DA70"), "probability": 0.8},
        ],
    )
    assert shared_persons(files).rows() == [
        ("DA1", "DA10", "same_head"),
        ("DA2", "DA3", "couple"),
        ("DA4", "DA5", "shared_member"),
    ]
    entries = list(duplicates(files))
    assert {entry.files for entry in entries} == {("DA1", "DA10"), ("DA2", "DA3"), ("DA4", "DA5")}
    both = {entry.county for entry in entries if entry.files == ("DA2", "DA3")}
    assert both == {person(2)["county_code"], person(3)["county_code"]}


def test_files_that_share_one_after_another_are_one_group() -> None:
    rows = [file(1), file(1, household_ref="DA2", relation="2"), file(2), file(2, household_ref="DA3", relation="1")]
    files, _ = seen(None, hardship_archive=[*rows, file(3)])
    assert {(entry.files, entry.reasons[0]["code"]) for entry in duplicates(files)} == {
        (("DA1", "DA2", "DA3"), "couple")
    }


def test_a_tier_drifts_up_when_a_rule_holds_and_down_never_for_lack_of_evidence(values: Parameters) -> None:
    files, found = seen(
        values,
        hardship_archive=[
            file(1, hardship_kind="general", income_year=6_000),
            file(2, hardship_kind="deep", income_year=6_000),
            file(3, hardship_kind="deep", income_year=30_000),
            file(4, hardship_kind="general"),
            file(5, income_year=6_000),
        ],
    )
    assert drifted(files, found).select("file", "registered", "suggested", "code").rows() == [("DA1", 3, 1, "T1.deep")]
    (entry,) = tier_drift(files, found)
    assert "建议复核为第1层级" in entry.reasons[0]["zh"]
    assert drifted(*seen(None, hardship_archive=[file(1, hardship_kind="general", income_year=6_000)])).is_empty()


def test_every_list_is_declared(values: Parameters) -> None:
    """A list that no declaration names has no title and no owner."""
    files, found = seen(values, hardship_archive=[file(1)], contribution_base=[wage(1)])
    assert {entry.listing for entry in exit_suggestions(files, found)} <= set(SCREENING_LISTS)
    assert all(item.zh and item.en and item.meaning for item in SCREENING_LISTS.values())


def test_order_of_rows_does_not_matter(values: Parameters) -> None:
    files, found = seen(values, hardship_archive=[file(n) for n in range(1, 8)], contribution_base=[wage(1), wage(2)])
    archive = found.prepared.material.linked["hardship_archive"]
    turned = archive_files(archive.reverse(), found.prepared.members)
    assert turned.table.equals(files.table)
    assert exits(turned, found).equals(exits(files, found))


def test_no_files_no_lists() -> None:
    files, found = seen(None, hardship_archive=[file(1, "exited")])
    empty = ArchiveFiles(files.table.clear(), files.persons.clear())
    assert list(duplicates(empty)) == list(returns(empty, found)) == list(exit_suggestions(empty, found)) == []
    assert isinstance(shared_persons(empty), pl.DataFrame)


def households(*rows: dict[str, Any], members: bool = True) -> list[dict[str, Any]]:
    """The households of an archive, of which members 1 to 9 are linked to the roster."""
    listed = [{**file(row.pop("of")), **row} for row in rows]
    of_members = [row for row in listed if row["of"] < 10]
    seen_ = prepared(Material(roster([{"of": n, **member(n)} for n in range(1, 10)]), {}), AS_OF)
    whole = frame("hardship_archive", [{name: value for name, value in row.items() if name != "of"} for row in listed])
    tied = linked("hardship_archive", of_members) if members and of_members else None
    told = seen_.material.roster.select("record_id", "union_name", "employer")
    return standing_households(whole, tied, seen_.members.join(told, on="record_id")).to_dicts()


def test_every_file_that_stands_is_a_household_linked_or_not() -> None:
    found = households(
        {"of": 1, "filed_on": dt.date(2024, 3, 5)}, {"of": 2, "archive_status": "exited"},
        {"of": 3, "archive_status": "returned"}, {"of": 50, "county_code": "532901", "employer": "大理水泥厂"},
        {"of": 51, "county_code": "999999"}, {"of": 52, "archive_status": None},
    )  # fmt: skip
    assert [(row["file"], row["county"], row["returned"]) for row in found] == [
        ("DA1", person(1)["county_code"], False),
        ("DA3", person(3)["county_code"], True),
        ("DA50", "532901", False),
        ("DA51", "530102", False),
        ("DA52", person(52)["county_code"], False),
    ]
    assert found[0]["filed_on"] == dt.date(2024, 3, 5)
    assert (found[0]["union_name"], found[2]["union_name"]) == (member(1)["union_name"], "大理水泥厂")
    assert found[2]["owner"] == "大理市总工会"
    assert [len(row["persons"]) for row in found] == [1, 1, 0, 0, 0]


def test_a_household_is_named_by_its_head_and_counted_once() -> None:
    (found,) = households(
        {"of": 2, "household_ref": "DA1", "relation": "1"}, {"of": 1, "household_ref": "DA1"},
        {"of": 1, "household_ref": "DA1", "name": "改名后"},
    )  # fmt: skip
    assert (found["name"], len(found["persons"])) == ("改名后", 2)
    assert (found["county"], found["union_name"]) == (person(1)["county_code"], member(1)["union_name"])


def test_without_links_the_archive_alone_says_where_a_household_is() -> None:
    (found,) = households({"of": 1, "county_code": "533102"}, members=False)
    assert (found["county"], found["persons"]) == ("533102", [])

"""Columns: screening of millions fits into memory since it holds what its parts declare, and no particulars of anybody."""

from dataclasses import replace

import polars as pl
import pytest
from hand_built import AS_OF, allowance, archived, linked, member, relief, roster, stay
from polars.testing import assert_frame_equal

from bangfu.screening import household
from bangfu.screening.archive.exits import exits
from bangfu.screening.archive.files import archive_files
from bangfu.screening.archive.tier_drift import drifted
from bangfu.screening.columns import READS
from bangfu.screening.evidence import Window
from bangfu.screening.material import LINK_COLUMNS, Material
from bangfu.screening.rules.shipped import default_rules
from bangfu.screening.screened import Policy, prepared, screened
from schemas.sources import ROSTER, SOURCES

_PARTICULARS = {"name", "former_name", "id_number", "phone", "address", "household_address", "birth_date", "contact_name",
                "contact_phone"}  # fmt: skip


@pytest.fixture
def whole() -> Material:
    """Everything the sources say: members 0 to 39 with evidence of several kinds, 10 to 14 registered."""
    rows = {
        "medical_settlement": [stay(n, 1000.0 * n, "2026-03-01") for n in range(1, 40)],
        "civil_affairs": [allowance(n, "edge") for n in range(5, 12)],
        "disaster_relief": [relief(n, "2026-05-01", houses_severe=2) for n in range(20, 24)],
        "hardship_archive": [archived(n, income_year=9_000, household_size=2) for n in range(10, 15)],
        "contribution_base": [{"contribution_base": 3_000 + n, "contributed_from": AS_OF.replace(day=1)} for n in range(40)],
        "death_record": [{"died_on": AS_OF.replace(month=4)}],
        "work_accident": [{"accident_on": AS_OF.replace(month=4), "injury_grade": "5"}],
        "disability_certificate": [{"disability_level": "1", "certified_on": AS_OF.replace(year=2020)}],
        "education_aid": [{"school_stage": "college", "enrolled_on": AS_OF.replace(month=3)}],
    }  # fmt: skip
    tables = {source: linked(source, [{"of": n, **row} for n, row in enumerate(own)]) for source, own in rows.items()}
    return Material(roster([{"of": n, **member(n)} for n in range(60)]), tables)


def declared(material: Material) -> Material:
    """The same rows with the columns that are read."""
    return replace(
        material,
        roster=material.roster.select(*READS[ROSTER], "person_id", "cluster_id"),
        linked={source: rows.select(*READS[source], *LINK_COLUMNS) for source, rows in material.linked.items()},
    )


def test_what_is_read_are_columns_of_the_source_and_no_particulars() -> None:
    """A name more of every row is a gigabyte of ten million: who is told of is read again, by `record_id`."""
    assert set(READS) == set(SOURCES)
    for source, columns in READS.items():
        assert set(columns) <= {field.name for field in SOURCES[source].fields}, source
        assert not set(columns) & _PARTICULARS, source


def test_the_declared_columns_say_all_that_the_whole_rows_say(whole: Material) -> None:
    seen = [prepared(material, AS_OF) for material in (whole, declared(whole))]
    for name in ("table", "links", "ledger"):
        assert_frame_equal(*(getattr(item.evidence, name) for item in seen))
    for name in ("out", "died"):
        assert_frame_equal(*(getattr(item, name) for item in seen))
    found = [screened(item, Policy(default_rules())) for item in seen]
    assert found[0].digest == found[1].digest
    assert len(found[0].persons) > 20
    files = [archive_files(item.material.linked["hardship_archive"], item.members) for item in seen]
    assert_frame_equal(files[0].table, files[1].table)
    assert len(files[0].table) == 5
    for told in (exits, drifted):
        assert_frame_equal(*(told(own, item) for own, item in zip(files, found, strict=True)))


@pytest.mark.parametrize("source", sorted(household._PARTS))
def test_evidence_of_a_column_that_is_not_declared_fails(
    whole: Material, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows have it, as they do in tests; in an installation it was never read."""

    def careless(rows: pl.DataFrame, window: Window) -> household._Part:
        return household._Part(source, rows.filter(pl.col("id_number").is_not_null()), {})

    monkeypatch.setitem(household._PARTS, source, careless)  # type: ignore[arg-type]
    with pytest.raises(pl.exceptions.ColumnNotFoundError, match="id_number"):
        prepared(whole, AS_OF)

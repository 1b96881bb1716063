"""Collapsing: only rows whose whole key agrees and says enough are one person."""

import polars as pl
from hand_built import frame, person, stay

from bangfu.pipeline.linkage.persons import collapse

KEY = ("person_ref", "id_number", "name")


def test_rows_of_one_key_are_one_person_with_the_latest_values() -> None:
    rows = frame(
        "medical_settlement", [stay(1, 5, "2026-01-01", phone="13100000000"), stay(1, 6, "2026-02-01", phone=None)]
    )
    persons = collapse(rows, KEY)
    assert persons.table.select("record_id", "phone").rows() == [("extract:1", "13100000000")]
    assert persons.members.rows() == [("extract:1", "extract:1"), ("extract:2", "extract:1")]


def test_a_name_alone_never_collapses() -> None:
    bare = {"person_ref": None, "id_number": None}
    rows = frame("medical_settlement", [stay(1, 5, "2026-01-01", **bare), stay(1, 6, "2026-02-01", **bare)])
    assert len(collapse(rows, KEY).table) == 2


def test_two_particulars_beside_the_name_collapse() -> None:
    rows = frame("union_roster", [{**person(1), "id_number": None}, {**person(1), "id_number": None}, {**person(2)}])
    assert len(collapse(rows, ("id_number", "name", "birth_date", "phone")).table) == 2


def test_a_missing_value_agrees_with_a_missing_value_only() -> None:
    rows = frame("medical_settlement", [stay(1, 5, "2026-01-01"), stay(1, 6, "2026-02-01", person_ref=None)])
    assert len(collapse(rows, KEY).table) == 2


def test_no_rows_no_persons() -> None:
    persons = collapse(frame("medical_settlement", []), KEY)
    assert persons.table.is_empty()
    assert isinstance(persons.members, pl.DataFrame)

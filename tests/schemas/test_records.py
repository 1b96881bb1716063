"""What a standardised table must satisfy."""

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import records
from schemas.records import AMOUNT_LIMIT, LATEST, LONGEST_TEXT, failing_rows, schema_of
from schemas.sources import SOURCES

_TYPES: dict[str, Any] = {"string": pl.String, "date": pl.Date, "int": pl.Int64, "decimal": pl.Decimal(14, 2)}

ROWS: dict[str, dict[str, Any]] = {
    "union_roster": {"union_county_code": "530102", "membership_status": "normal", "mutual_aid": "1"},
    "civil_affairs": {"household_ref": "J1", "relief_category": "edge", "household_size": 3, "relation": "0"},
    "hardship_archive": {"household_ref": "D1", "archive_status": "active", "income_year": Decimal("1.50")},
    "medical_settlement": {"settlement_ref": "S1", "settled_on": dt.date(2026, 3, 1), "personal_amount": Decimal("9")},
    "disaster_relief": {"event_kind": "flood", "relief_amount": Decimal("600.00"), "houses_minor": 0},
    "disability_certificate": {"disability_type": "4", "disability_level": "2", "certificate_status": "valid"},
    "education_aid": {"aid_ref": "Z1", "school_stage": "undergraduate", "aid_amount": Decimal("3300.00")},
    "death_record": {"died_on": dt.date(2026, 3, 1), "cremated_on": dt.date(2026, 3, 4)},
    "work_accident": {"accident_on": dt.date(2025, 9, 1), "injury_grade": "7", "compensation_amount": Decimal("9.50")},
    "contribution_base": {"contribution_base": Decimal("4500.00"), "months_contributed": 12},
}
"""What a row of the source holds beside the person."""

PERSON = {
    "name": "李娜",
    "id_number": "539210199003070036",
    "id_form": "full",
    "birth_date": dt.date(1990, 3, 7),
    "birth_precision": "day",
    "sex": "1",
    "ethnic_group": "01",
    "phone": "13800001111",
    "county_code": "530102",
}


def table(source: str, *changes: dict[str, Any]) -> pl.DataFrame:
    """A table of good rows, one per set of changes."""
    rows = [
        {
            "record_id": f"e:{n}",
            "source": source,
            "extract_id": "e",
            "row_number": n,
            **PERSON,
            **ROWS[source],
            **change,
        }
        for n, change in enumerate(changes or ({},))
    ]
    schema = {field.name: _TYPES[field.type] for field in SOURCES[source].fields}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def test_every_source_has_an_example() -> None:
    assert set(ROWS) == set(SOURCES)


@pytest.mark.parametrize("source", SOURCES)
def test_a_good_row_passes_and_so_does_an_empty_table(source: str) -> None:
    assert failing_rows(table(source), source) == {}
    assert failing_rows(table(source).clear(), source) == {}


@pytest.mark.parametrize("source", SOURCES)
def test_only_what_is_required_must_be_there(source: str) -> None:
    required = {*SOURCES[source].required, "record_id", "source", "extract_id", "row_number"}
    optional = {field.name: None for field in SOURCES[source].fields if field.name not in required}
    assert failing_rows(table(source, optional), source) == {}
    for name in required:
        assert failing_rows(table(source, {}, {name: None}), source) == {1: name}


@pytest.mark.parametrize(
    ("source", "field", "value"),
    [
        ("union_roster", "name", ""),
        ("union_roster", "name", "长" * (LONGEST_TEXT + 1)),
        ("union_roster", "id_form", "perfect"),
        ("union_roster", "birth_precision", "decade"),
        ("union_roster", "birth_date", dt.date(1899, 12, 31)),
        ("union_roster", "sex", "男"),
        ("union_roster", "ethnic_group", "57"),
        ("union_roster", "phone", "12345"),
        ("union_roster", "phone", "1380000111a"),
        ("union_roster", "county_code", "530000"),
        ("union_roster", "county_code", "539001"),
        ("union_roster", "union_county_code", "110101"),
        ("union_roster", "employer_code", "91530102MA6K0000"),
        ("union_roster", "id_number", ""),
        ("civil_affairs", "household_size", -1),
        ("civil_affairs", "relation", "9"),
        ("civil_affairs", "monthly_amount", Decimal(AMOUNT_LIMIT) + Decimal("0.01")),
        ("medical_settlement", "personal_amount", -Decimal(AMOUNT_LIMIT) - Decimal("0.01")),
        ("medical_settlement", "settled_on", LATEST + dt.timedelta(days=1)),
        ("disaster_relief", "event_kind", "meteorite"),
    ],
)
def test_a_bad_value_is_found_in_its_row_and_field(source: str, field: str, value: object) -> None:
    assert failing_rows(table(source, {}, {field: value}, {}), source) == {1: field}


@pytest.mark.parametrize(
    ("source", "field", "value"),
    [
        ("union_roster", "name", "长" * LONGEST_TEXT),
        ("union_roster", "id_number", "539210********0036"),
        ("union_roster", "id_number", "护照E12345678"),
        ("union_roster", "county_code", "530100"),
        ("medical_settlement", "personal_amount", -Decimal(AMOUNT_LIMIT)),
        ("medical_settlement", "personal_amount", Decimal(AMOUNT_LIMIT)),
        ("medical_settlement", "settled_on", LATEST),
        ("disaster_relief", "houses_minor", 0),
    ],
)
def test_a_value_at_the_edge_passes(source: str, field: str, value: object) -> None:
    assert failing_rows(table(source, {field: value}), source) == {}


def test_the_day_of_receipt_bounds_birth_dates_and_nothing_else() -> None:
    born = table("civil_affairs", {"birth_date": dt.date(2026, 6, 2), "stopped_on": dt.date(2027, 1, 1)})
    assert failing_rows(born, "civil_affairs", dt.date(2026, 6, 2)) == {}
    assert failing_rows(born, "civil_affairs", dt.date(2026, 6, 1)) == {0: "birth_date"}


def test_of_several_bad_values_one_is_named_and_every_bad_row_is_found() -> None:
    bad = {"sex": "x", "phone": "x"}
    found = failing_rows(table("union_roster", bad, {}, {"sex": "x"}), "union_roster")
    assert set(found) == {0, 2}
    assert found[0] in bad
    assert found[2] == "sex"


@pytest.mark.parametrize("field", ["record_id", "row_number"])
def test_rows_are_told_apart(field: str) -> None:
    value = table("union_roster")[field][0]
    assert 1 in failing_rows(table("union_roster", {}, {field: value}), "union_roster")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda frame: frame.drop("sex"),
        lambda frame: frame.with_columns(pl.lit("6222").alias("bank_card")),
        lambda frame: frame.select(reversed(frame.columns)),
        lambda frame: frame.with_columns(pl.col("birth_date").cast(pl.String)),
    ],
    ids=["a column missing", "a column too many", "another order", "another type"],
)
def test_a_table_of_another_shape_is_a_defect_of_the_program(spoil: Any) -> None:
    with pytest.raises(ValueError, match="does not fit its schema"):
        failing_rows(spoil(table("union_roster")), "union_roster")


def test_a_column_carries_its_names_and_how_it_must_be_handled() -> None:
    column = schema_of("union_roster").columns["phone"]
    assert (column.title, column.metadata) == ("手机号码", {"en": "phone", "sensitivity": "contact"})


_VALUES: dict[Any, st.SearchStrategy[Any]] = {
    pl.String: st.none() | st.sampled_from(["", "1", "57", "530102", "13800001111", "day", "full", "长" * 501, "a\nb"]),
    pl.Date: st.none() | st.dates(dt.date(1890, 1, 1), dt.date(2110, 1, 1)),
    pl.Int64: st.none() | st.integers(-2, 2),
    pl.Decimal(14, 2): st.none() | st.decimals(-AMOUNT_LIMIT - 1, AMOUNT_LIMIT + 1, places=2),
}


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=25)
@given(data=st.data())
def test_the_quick_answer_is_that_of_pandera(source: str, data: st.DataObject) -> None:
    """Rows are asked by polars expressions first; whatever they let pass, or hand over, pandera would judge the same."""
    fields = [field for field in SOURCES[source].fields if field.name not in {"record_id", "row_number"}]
    change = st.sampled_from(fields).flatmap(lambda field: st.tuples(st.just(field.name), _VALUES[_TYPES[field.type]]))
    changes = [dict(row) for row in data.draw(st.lists(st.lists(change, max_size=3), min_size=1, max_size=4))]
    frame = table(source, *changes)
    assert failing_rows(frame, source) == records._failures(frame, source, LATEST)


def test_pandera_is_not_asked_where_nothing_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its fixed costs per table, many times those of the values of a small file, are paid for wrong tables only."""
    monkeypatch.setattr(records, "_failures", lambda *_: pytest.fail("pandera was asked"))
    assert failing_rows(table("union_roster", {}, {"name": "长" * LONGEST_TEXT}), "union_roster") == {}

"""A standardised table is the same however its rows come: at once, in batches, with or without empty columns."""

import datetime as dt
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.standardise import SeenRows, standardise_frame
from matching.standardise.columns import FEW
from matching.standardise.frame import REJECTED_SCHEMA
from schemas.records import failing_rows
from schemas.source import Source
from schemas.sources import SOURCES

VALID = "539210199003070036"
ROSTER = SOURCES["union_roster"]
RAW = [
    {"name": "李娜", "id_number": VALID, "birth_date": "1990", "sex": None, "address": "云南省昆明市五华区学府路5号"},
    {"name": "李 娜（曾用名：李丽）", "id_number": "5.39210199003070e+17", "birth_date": "1990/3/7", "sex": "女"},
    {"name": None, "id_number": VALID},
    {"name": "岩温", "phone": "138-0000-1111", "parent_union": "景洪市总工会"},
    {"name": "岩温"},
    {"name": "王芳", "birth_date": "腊月", "address": "大理路5号", "household_address": "红河州红河县迤萨镇"},
]
FIELDS = tuple({name: None for row in RAW for name in row})


def raw(rows: list[dict[str, str | None]], *, columns: tuple[str, ...] = FIELDS) -> pl.DataFrame:
    cells = pl.DataFrame([{name: row.get(name) for name in columns} for row in rows], dict.fromkeys(columns, pl.String))
    return cells.with_row_index("row_number", offset=2).with_columns(pl.col("row_number").cast(pl.Int64))


def test_one_row_of_each_kind() -> None:
    done = standardise_frame(raw(RAW), ROSTER, "e1")
    columns = ["record_id", "name", "former_name", "id_number", "id_form", "birth_date", "birth_precision", "sex"]
    assert done.accepted.select(columns).rows() == [
        ("e1:2", "李娜", None, VALID, "full", dt.date(1990, 3, 7), "day", "1"),
        ("e1:3", "李娜", "李丽", "539210199003070***", "prefix15", dt.date(1990, 3, 7), "day", "2"),
        ("e1:5", "岩温", None, None, None, None, None, None),
        ("e1:7", "王芳", None, None, None, None, None, None),
    ]
    assert done.accepted["county_code"].to_list() == ["530102", None, "532801", "532529"]
    assert done.accepted["union_county_code"].to_list() == [None, None, "532801", None]
    assert done.rejected.select("row_number", "code", "field").rows() == [
        (4, "name_missing", "name"),
        (6, "no_identifier", None),
    ]
    assert done.defects == {"birth_date": 1}
    assert dict(done.rejected.schema) == REJECTED_SCHEMA
    assert failing_rows(done.accepted, "union_roster") == {}


@pytest.mark.parametrize("copies", [1, FEW])
def test_a_repeated_row_is_refused_in_a_later_batch_too(copies: int) -> None:
    frame, seen = raw(RAW * copies), SeenRows()
    whole = standardise_frame(frame, ROSTER, "e1")
    parts = [standardise_frame(frame[start : start + 4], ROSTER, "e1", seen) for start in range(0, frame.height, 4)]
    assert pl.concat([part.accepted for part in parts]).equals(whole.accepted)
    assert pl.concat([part.rejected for part in parts]).equals(whole.rejected)
    assert whole.accepted.height == 4
    counts = whole.rejected["code"].value_counts().rows()
    assert sorted(counts) == sorted(
        [("name_missing", copies), ("no_identifier", copies), *([("duplicate_row", 4 * copies - 4)] * (copies > 1))]
    )


cells = st.none() | st.sampled_from(["李娜", "王芳", VALID, "1990-03-07", "13800001111", "五华区", "?"])


@settings(max_examples=40)
@given(
    st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS, cells)), min_size=1, max_size=12),
    st.lists(st.integers(0, 12), max_size=3),
)
def test_the_cuts_between_batches_make_no_difference(rows: list[dict[str, str | None]], at: list[int]) -> None:
    frame, seen = raw(rows), SeenRows()
    edges = [0, *sorted(min(cut, frame.height) for cut in at), frame.height]
    batches = [frame[start:stop] for start, stop in pairwise(edges)]
    parts = [standardise_frame(batch, ROSTER, "e1", seen) for batch in batches]
    whole = standardise_frame(frame, ROSTER, "e1")
    assert pl.concat([part.accepted for part in parts]).equals(whole.accepted)
    assert pl.concat([part.rejected for part in parts]).equals(whole.rejected)
    summed = {name: sum(part.defects.get(name, 0) for part in parts) for name in whole.defects}
    assert summed == whole.defects


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.code)
def test_an_empty_column_is_as_good_as_none(source: Source) -> None:
    """Files differ in their columns; every declared one arrives, without values where the file has no such column."""
    row = dict.fromkeys(source.required, "某某") | {"name": "李娜", "phone": "13800001111"}
    every = tuple(dict.fromkeys((*row, *(column.field for column in source.columns))))
    first, second = (
        standardise_frame(raw([row] * 3, columns=columns), source, "e1") for columns in (tuple(row), every)
    )
    assert first.accepted.equals(second.accepted)
    assert first.rejected.drop("raw").equals(second.rejected.drop("raw"))
    assert first.accepted.columns == [field.name for field in source.fields]


def test_a_certificate_tells_kind_and_level_where_their_columns_do_not() -> None:
    rows = [
        {"name": "李娜", "id_number": "53921019900307003643"},
        {"name": "王芳", "id_number": "53921019900307003643B1", "disability_type": "智力", "disability_level": "一级"},
    ]
    source = SOURCES["disability_certificate"]
    frame = raw(rows, columns=("name", "id_number", "disability_type", "disability_level"))
    accepted = standardise_frame(frame, source, "e1").accepted
    assert accepted.select("id_number", "id_form", "disability_type", "disability_level").rows() == [
        (VALID, "full", "4", "3"),
        (VALID, "full", "5", "1"),
    ]


def test_row_numbers_are_unique() -> None:
    with pytest.raises(ValueError, match="row numbers must be unique"):
        standardise_frame(pl.concat([raw(RAW), raw(RAW)]), ROSTER, "e1")

"""The extracts of the registers: certificates, education aid, deaths, accidents and contributions as they are sent."""

import re
import zipfile
from typing import Any

import polars as pl
import pytest

from bangfu.readers import read
from bangfu.readers.raw import POSITION
from bangfu.synth.extracts.contribution_base import interface_rows
from matching.standardise import standardise_frame
from schemas.manifest import MANIFEST
from schemas.sources import SOURCES

NEW = ("disability_certificate", "education_aid", "death_record", "work_accident", "contribution_base")
CERTIFICATE = ("残疾人证号", "残疾证号", "残疾人证号码")


def head(province: Any, path: Any) -> tuple[list[str], list[list[Any]]]:
    """The lower header row of a file, and its data rows."""
    records = province.truth("records").filter((pl.col("file") == path.name) & ~pl.col("late"))
    rows = next(iter(province.sheets(path).values()))
    first, last = records["row"].min(), records["row"].max()
    return [str(cell) for cell in rows[first - 2]], rows[first - 1 : last]


def standard(province: Any, source: str) -> pl.DataFrame:
    frames = [
        standardise_frame(read(path, SOURCES[source]).frame, SOURCES[source], f"{source}-{number}").accepted
        for number, path in enumerate(province.files(source))
    ]
    return pl.concat(frames)


@pytest.mark.parametrize("source", NEW)
def test_what_is_sent_is_understood(province: Any, source: str) -> None:
    """Every column is filled in most rows, and every row but a repeated one is accepted."""
    table = standard(province, source)
    rows = province.records(source)
    assert 0.98 * rows.height <= table.height <= rows.height
    own = [column.field for column in SOURCES[source].columns]
    for name in own:
        filled = 1 - table[name].null_count() / table.height
        assert filled > 0.2, name
    assert table["name"].null_count() == 0


@pytest.mark.parametrize("source", NEW)
def test_nothing_that_is_forbidden_is_in_what_was_read(province: Any, source: str) -> None:
    named = {field.name for field in SOURCES[source].fields} | set(POSITION)
    for path in province.files(source):
        assert set(read(path, SOURCES[source]).frame.columns) <= named


def test_a_certificate_says_identity_kind_and_level(province: Any) -> None:
    seen = 0
    for path in province.files("disability_certificate"):
        header, rows = head(province, path)
        at = next(place for place, name in enumerate(header) if name in CERTIFICATE)
        for row in rows:
            if row[at]:
                assert re.fullmatch(r"539[0-9]{14}[0-9X][1-7][1-4](B1)?", str(row[at])), row[at]
                seen += 1
    assert seen > 200


def test_identity_numbers_come_out_of_certificates(province: Any) -> None:
    table = standard(province, "disability_certificate")
    assert set(table["id_form"].drop_nulls()) <= {"full", "bad_checksum"}
    assert (table["id_form"] == "full").sum() > 0.97 * table.height
    assert table["id_number"].drop_nulls().str.len_chars().unique().to_list() == [18]


def test_some_files_leave_kind_and_level_to_the_number(province: Any) -> None:
    headers = [set(head(province, path)[0]) for path in province.files("disability_certificate")]
    without = [header for header in headers if not header & {"残疾类别", "残疾类型"}]
    assert 0 < len(without) < len(headers)
    assert all(not header & {"残疾等级", "残疾级别"} for header in without)


def test_a_workbook_of_wps_is_one_inside(province: Any) -> None:
    paths = province.files("disability_certificate", ".et")
    assert paths
    for path in paths:
        assert path.read_bytes().startswith(bytes.fromhex("d0cf11e0a1b11ae1"))
        assert read(path, SOURCES["disability_certificate"]).frame.height > 0


def test_students_stay_behind(province: Any) -> None:
    """Their names and numbers are sent under the first heading; what is read are the parents under the second.

    A student's number that a clerk wrote beside the parent is read as the parent's, as it would be from any department.
    """
    (path,) = province.files("education_aid")
    rows = next(iter(province.sheets(path).values()))
    bands = [str(cell) for cell in rows[1] if cell]
    assert bands == ["学生信息", "家长信息", "资助信息"]
    header, sent = head(province, path)
    students = {str(row[header.index("姓名")]).strip() for row in sent}
    frame = read(path, SOURCES["education_aid"]).frame
    persons = province.records("education_aid")
    own = set(persons["name"])
    assert students
    taken = {value for name in frame.columns for value in frame[name].cast(pl.String).to_list()}
    numbers = {
        str(row[place]) for row in sent for place, name in enumerate(header) if name in ("身份证号", "身份证号码")
    }
    beside_parents = {str(row[place]) for row in sent for place, name in enumerate(header) if "家长" in name}
    assert len(numbers) > 100
    assert len(numbers & beside_parents) < 0.02 * len(numbers)
    assert not taken & (numbers - beside_parents)
    assert len((students - own) & taken) <= 0.01 * len(students)  # a namesake of a student may be a parent


def test_the_dead_have_died_on_the_day_of_the_truth(province: Any) -> None:
    table = standard(province, "death_record").with_columns(
        key=pl.format("{}|{}", "name", pl.col("died_on").dt.strftime("%Y-%m-%d"))
    )
    known = province.records("death_record").select("record_key", "died_on")
    joined = table.join(known.unique("record_key"), left_on="key", right_on="record_key")
    assert joined.height > 0.95 * table.height
    assert (joined["died_on"] == joined["died_on_right"]).all()
    assert table.filter(pl.col("cremated_on") < pl.col("died_on")).is_empty()


def test_grades_and_compensation_go_together(province: Any) -> None:
    table = standard(province, "work_accident")
    graded = pl.col("injury_grade").is_in([str(number) for number in range(1, 11)])
    assert table["injury_grade"].null_count() == 0
    assert table.filter(graded & pl.col("compensation_amount").is_null()).is_empty()
    assert table.filter(~graded & pl.col("compensation_amount").is_not_null()).is_empty()
    assert (table["employer_code"].str.len_chars() == 18).all()


def test_contributions_are_sent_under_the_names_of_the_ministry(province: Any) -> None:
    (path, *_) = province.files("contribution_base", ".csv")
    header, rows = province.sheets(path)[""][0], province.sheets(path)[""][1:]
    assert header == [
        "aac001", "aac002", "aac003", "aac004", "aac005", "aac006", "aae005", "aab301", "aab004", "aab998", "aac031",
        "aae180", "aae201", "aae041", "aae042", "aae010",
    ]  # fmt: skip
    assert all(re.fullmatch(r"[0-9]+\.[0-9]{2}", row[header.index("aae180")]) for row in rows)
    assert all(re.fullmatch(r"20[0-9]{4}", row[header.index("aae042")]) for row in rows)


def test_a_base_is_written_in_yuan() -> None:
    import datetime as dt

    row = {
        "record_key": "70010010000001", "id_number": None, "name": "岩温", "female": False, "group": "18",
        "birth": dt.date(1990, 3, 7), "phone": None, "county_code": "532801", "employer": "云南某某有限公司",
        "employer_code": "91530000MA6ABCDEF0", "status": "suspended", "base_fen": 430_000, "months": 3,
        "since": dt.date(2025, 7, 1), "until": dt.date(2025, 9, 1),
    }  # fmt: skip
    assert interface_rows(pl.DataFrame([row], schema_overrides={"id_number": pl.String, "phone": pl.String})).row(0) == (
        "70010010000001", "", "岩温", "1", "18", "19900307", "", "532801", "云南某某有限公司", "91530000MA6ABCDEF0", "2",
        "4300.00", "3", "202507", "202509", "6217070010010000001",
    )  # fmt: skip


def test_one_sender_compresses_its_text(province: Any) -> None:
    (path,) = province.files("contribution_base", ".zip")
    assert path.name.endswith(".csv.zip")
    with zipfile.ZipFile(path) as package:
        assert package.namelist() == [path.name.removesuffix(".zip")]
        assert package.testzip() is None
    assert {item.name for item in path.parent.iterdir()} == {path.name, MANIFEST}

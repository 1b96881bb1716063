"""The truth: complete, apart, joined to the extracts, and true of them; and the scores made with it."""

import ast
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bangfu.synth.hardship import HARD_TO_SEE
from bangfu.synth.truth import record_keys, score_candidates, score_pairs
from schemas.sources import SOURCES

ROOT = Path(__file__).parents[3]
FORCED = ("union_roster", "civil_affairs", "medical_settlement", "disaster_relief")
"""Where the errors that make a household hard to see happen by intent; the archive has chance errors only."""
OWN_COLUMN = {"union_roster", "medical_settlement", "disaster_relief", "education_aid", "contribution_base"}
LATER_COLUMN = {"civil_affairs", "disability_certificate"}
"""Of keys of several parts, where one part stands in a cell of its own as it is: the first, or the second."""


def typed(value: Any) -> str:
    """A cell without what typing adds: spaces, and a former name in brackets."""
    return re.sub(r"（曾用名：.*）|（已故）|\s|\.0$", "", str(value))


@pytest.fixture(scope="module")
def true(province: Any) -> pl.DataFrame:
    """The unregistered households in hardship."""
    found: pl.DataFrame = province.truth("households").filter("is_unregistered_hardship")
    return found


@pytest.mark.parametrize("source", SOURCES)
def test_every_row_of_every_extract_is_in_the_truth_where_it_says(province: Any, source: str) -> None:
    records = province.truth("records").filter((pl.col("source") == source) & ~pl.col("late"))
    for file, sheet, row, key in records.select("file", "sheet", "row", "record_key").iter_rows():
        parts = key.split("|")
        cells = {typed(cell) for cell in province.row(source, file, sheet, row)}
        wanted = parts[:1] if source in OWN_COLUMN | {"death_record", "work_accident"} else parts
        if source in LATER_COLUMN:
            wanted = parts[1:]  # a household's number stands in a merged cell above, a certificate's says more
        assert {typed(part) for part in wanted} <= cells, (file, row)


@pytest.mark.parametrize("source", SOURCES)
def test_no_data_row_is_without_its_truth(province: Any, source: str) -> None:
    """Rows in between title and footer, counted against the records of the file."""
    known = province.truth("records").filter((pl.col("source") == source) & ~pl.col("late"))
    for path in province.files(source):
        own = known.filter(pl.col("file") == path.name)
        for name, rows in province.sheets(path).items():
            placed = own.filter(pl.col("sheet").is_in([name, ""])) if len(province.sheets(path)) > 1 else own
            first, last = placed["row"].min(), placed["row"].max()
            assert placed["row"].n_unique() == last - first + 1
            after = [typed(row[0]) for row in rows[last:] if any(cell not in ("", None) for cell in row)]
            assert set(after) <= {"合计", "制表人：", "制表："}
            assert first <= 5


def test_persons_and_households_are_complete_and_joined(province: Any) -> None:
    persons, households, records = (province.truth(name) for name in ("persons", "households", "records"))
    assert persons["person_id"].n_unique() == persons.height
    assert households["household_id"].n_unique() == households.height
    assert set(persons["household_id"]) == set(households["household_id"])
    assert records.join(persons, on=["person_id", "household_id"], how="anti").is_empty()
    sizes = persons.group_by("household_id").len().join(households, on="household_id")
    assert (sizes["len"] == sizes["size"]).all()


def test_every_member_is_on_the_roster_and_nobody_else(province: Any) -> None:
    members = set(province.truth("persons").filter("is_member")["person_id"])
    assert set(province.records("union_roster")["person_id"]) == members


def test_every_true_household_has_a_reason_and_no_other(province: Any, true: pl.DataFrame) -> None:
    assert true.height > 30
    assert true["hard_to_see"].null_count() == 0
    assert set(true["hard_to_see"]) <= set(HARD_TO_SEE)
    assert (true["why"].str.len_chars() > 0).all()
    others = province.truth("households").filter(~pl.col("is_unregistered_hardship"))
    assert others["hard_to_see"].null_count() == others.height


def test_true_households_have_the_share_of_a_province(province: Any, true: pl.DataFrame) -> None:
    assert true.height / province.request.members == pytest.approx(1_500 / 300_000, abs=0.0025)
    assert set(true["why"].str.split("+").explode()) == {"medical", "disaster", "listed"}


def test_true_households_hold_a_member_and_no_open_file(province: Any, true: pl.DataFrame) -> None:
    members = province.truth("persons").filter("is_member")["household_id"]
    assert true["household_id"].is_in(members.implode()).all()
    assert not true["archive_status"].is_in(["active", "returned"]).any()


def known(province: Any, true: pl.DataFrame, reason: str, *sources: str) -> pl.DataFrame:
    """Rows of the sources about the households with a reason, arriving late or not."""
    households = true.filter(pl.col("hard_to_see") == reason)["household_id"]
    assert len(households) > 0
    return province.truth("records").filter(
        pl.col("household_id").is_in(households.implode()) & pl.col("source").is_in(sources)
    )


def test_no_data_means_that_no_department_knows_anything(province: Any, true: pl.DataFrame) -> None:
    assert known(province, true, "no_data", "civil_affairs", "medical_settlement", "disaster_relief").is_empty()


def test_spouse_illness_means_that_the_patient_is_no_member(province: Any, true: pl.DataFrame) -> None:
    rows = known(province, true, "spouse_illness", "medical_settlement").join(province.truth("persons"), on="person_id")
    assert not rows.group_by("household_id").agg(pl.col("is_member").all())["is_member"].any()


def test_elsewhere_means_another_prefectures_extract(province: Any, true: pl.DataFrame) -> None:
    rows = known(province, true, "other_prefecture_hospital", "medical_settlement").join(
        province.truth("households"), on="household_id"
    )
    from schemas.reference import divisions

    own = [divisions()[f"{code[:4]}00"].name for code in rows["county_code"]]
    assert not any(file.startswith(name) for file, name in zip(rows["file"], own, strict=True))


def test_late_means_settled_months_after_the_stay_and_partly_after_the_extracts(
    province: Any, true: pl.DataFrame
) -> None:
    rows = known(province, true, "late_reimbursement", "medical_settlement")
    assert rows["late"].any()
    late = province.truth("records").filter(pl.col("late") & (pl.col("source") == "medical_settlement"))
    (path,) = (province.out / "later" / "medical_settlement").glob("*/*.csv")
    lines = path.read_bytes().decode("gb18030").splitlines()
    assert len(lines) == late.height + 1
    assert all(line.split(",")[lines[0].split(",").index("setl_time")] > "2026-06-30 23:59:59" for line in lines[1:])


def test_alias_means_another_name_at_the_source(province: Any, true: pl.DataFrame) -> None:
    rows = known(province, true, "alias", "civil_affairs", "medical_settlement", "disaster_relief")
    assert rows["errors"].str.contains("name_alias").mean() > 0.9


def test_bad_id_means_a_wrong_number_on_one_side(province: Any, true: pl.DataFrame) -> None:
    rows = known(province, true, "bad_id", *FORCED).filter(~pl.col("delivery").str.ends_with("-r2"))
    sides = (
        rows.with_columns(roster=pl.col("source") == "union_roster", bad=pl.col("errors").str.contains("id_"))
        .group_by("household_id", "roster")
        .agg(pl.col("bad").all())
    )
    assert sides.group_by("household_id").agg(pl.col("bad").any())["bad"].all()


def test_errors_of_the_roster_are_as_many_as_configured(province: Any) -> None:
    records = province.records("union_roster")
    rates = province.request.rates.union_roster
    bad = records["errors"].str.contains("id_").mean()
    assert bad == pytest.approx(sum(v for k, v in vars(rates).items() if k.startswith("id_")), abs=0.009)
    assert records.height / province.request.members - 1 == pytest.approx(rates.duplicate, abs=0.006)


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


ALLOWED = {
    "plugins/bangfu/cli/synth.py",
    "plugins/bangfu/demonstration/province.py",
    "plugins/bangfu/demonstration/report.py",
}


def test_nothing_but_the_demonstration_imports_the_synthetic_province() -> None:
    """A pipeline that can read the truth will score itself by it one day, and every figure would be a lie.

    The two commands that make a province and the report of the demonstration are what may know of it.
    """
    users = {
        path.relative_to(ROOT).as_posix()
        for folder in ("plugins", "matching", "schemas", "dags")
        for path in (ROOT / folder).rglob("*.py")
        if "plugins/bangfu/synth/" not in path.as_posix()
        and any(name.startswith("bangfu.synth") for name in imports(path))
    }
    assert users == ALLOWED


def test_only_the_report_reads_the_truth_directory() -> None:
    """The directory could be read without an import, by its name alone."""
    tables = re.compile(r"""["']truth["']|records\.parquet|households\.parquet|persons\.parquet|hard_to_see""")
    users = {
        path.relative_to(ROOT).as_posix()
        for folder in ("plugins", "matching", "schemas", "dags")
        for path in (ROOT / folder).rglob("*.py")
        if "plugins/bangfu/synth/" not in path.as_posix() and tables.search(path.read_text("utf-8"))
    }
    assert users == {"plugins/bangfu/demonstration/report.py"}


@pytest.fixture
def scored(tmp_path: Path) -> Path:
    """A truth of four households: two to find (one without data), one registered, one in no need."""
    pl.DataFrame(
        {
            "source": ["union_roster"] * 5 + ["medical_settlement"] * 2,
            "record_key": ["A1", "A2", "B1", "C1", "D1", "S1", "S2"],
            "person_id": ["a1", "a2", "b1", "c1", "d1", "a1", "a2"],
            "household_id": ["a", "a", "b", "c", "d", "a", "a"],
        }
    ).write_parquet(tmp_path / "records.parquet")
    pl.DataFrame(
        {
            "household_id": ["a", "b", "c", "d"],
            "is_unregistered_hardship": [True, True, False, False],
            "hard_to_see": ["alias", "no_data", None, None],
            "why": ["medical+listed", "medical", "medical", ""],
            "archive_status": [None, None, "active", None],
        },
        schema_overrides={"archive_status": pl.String},
    ).write_parquet(tmp_path / "households.parquet")
    return tmp_path


def test_candidates_are_scored_by_household(scored: Path) -> None:
    """Two candidates of one family are one finding; a card number that is on no roster is told apart."""
    score = score_candidates(pl.DataFrame({"roster_person_id": ["A1", "A2", "C1", "nobody"]}), scored)
    assert (score.true_households, score.found, score.candidates, score.candidate_households) == (2, 1, 4, 2)
    assert (score.recall, score.precision, score.recall_of_visible) == (0.5, 0.5, 1.0)
    assert (score.unknown, score.registered) == (1, 1)
    assert score.recall_by_reason == {"alias": 1.0, "no_data": 0.0}
    assert score.recall_by_why == {"listed": 1.0, "medical": 0.5}


def test_empty_list_scores_nothing(scored: Path) -> None:
    score = score_candidates(pl.DataFrame({"roster_person_id": []}, schema={"roster_person_id": pl.String}), scored)
    assert (score.recall, score.precision, score.candidates) == (0.0, 0.0, 0)


def standard(source: str, **columns: list[Any]) -> pl.DataFrame:
    count = len(next(iter(columns.values())))
    return pl.DataFrame({"record_id": [f"{source}:{at}" for at in range(count)], "source": [source] * count, **columns})


def test_pairs_are_scored_by_record(scored: Path) -> None:
    roster = standard("union_roster", person_ref=["A1", "A2", "B1"])
    medical = standard("medical_settlement", settlement_ref=["S1", "S2"])
    pairs = pl.DataFrame(
        {
            "left_id": ["union_roster:0", "union_roster:0", "union_roster:2"],
            "right_id": ["medical_settlement:0", "medical_settlement:1", "medical_settlement:1"],
            "accepted": [True, True, False],
        }
    )
    score = score_pairs(pairs, roster, medical, scored)
    assert (score.true_pairs, score.pairs, score.correct, score.same_household) == (2, 2, 1, 1)
    assert (score.recall, score.precision) == (0.5, 0.5)


def test_keys_of_standard_tables_are_those_of_the_truth() -> None:
    import datetime as dt

    relief = standard(
        "disaster_relief", name=["岩温"], relief_amount=[600.5], event_on=[dt.date(2026, 5, 1)], household_ref=[None]
    )
    assert record_keys(relief).to_list() == ["岩温|60050|2026-05-01"]
    listed = standard("civil_affairs", household_ref=["530102001"], name=["李娜"])
    assert record_keys(listed).to_list() == ["530102001|李娜"]

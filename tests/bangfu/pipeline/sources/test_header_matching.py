"""Headers are recognised by what all sources together know of them."""

import pytest

from bangfu.pipeline.sources.header_matching import column_line, fits, keys_of, known_fields, never_taken, suggest
from schemas.source import Column
from schemas.sources import SOURCES


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.code)
def test_the_headers_of_a_source_fit_it_best(source: object) -> None:
    headers = [column.aliases[0] for column in source.columns]  # type: ignore[attr-defined]
    best = fits(headers)[0]
    assert (best.source, best.missing) == (source.code, ())  # type: ignore[attr-defined]
    assert best.found == len(set(headers))


def test_what_many_sources_know_says_little_and_a_missing_required_column_says_no() -> None:
    common = {fit.source: fit for fit in fits(["姓名", "身份证号", "性别"])}
    assert all(fit.score < 0.5 for fit in common.values())
    assert common["education_aid"].forbidden == 2, "the student's name and number are not the member's"
    assert common["civil_affairs"].missing == ("household_ref", "relief_category")
    refused = {fit.source: fit for fit in fits(["姓名", "身份证号", "dise_name"])}
    assert refused["medical_settlement"].forbidden == 1


def test_a_header_of_two_rows_is_known_by_either_reading() -> None:
    assert keys_of("户主基本信息/姓名") == ("户主基本信息/姓名", "户主姓名", "姓名")
    assert fits(["成员1/姓名", "姓名", "档案编号"])[0].source == "hardship_archive"


def test_the_field_that_most_sources_give_a_header_comes_first() -> None:
    assert next(iter(known_fields()["姓名"])) == "name"
    assert "person_ref" in known_fields()["编号"]


def aliases_of(field: str) -> tuple[str, ...]:
    """What civil affairs calls a field."""
    return next(column.aliases for column in SOURCES["civil_affairs"].columns if column.field == field)


@pytest.mark.parametrize(
    ("header", "field", "line"),
    [
        (
            "联系手机",
            "phone",
            'Column("phone", ("联系电话", "电话", "手机号码", "联系方式", "联系手机")),',
        ),
        ("家庭现住址", "address", 'Column("address", ("家庭住址", "住址", "家庭地址", "居住地址", "家庭现住址")),'),
        ("工作单位", "employer", 'Column("employer", ("工作单位",)),'),
        ("纳入日期", "started_on", None),
        ("救助证号码", "household_ref", None),
    ],
)
def test_a_close_header_is_proposed_with_the_line_that_takes_it(header: str, field: str, line: str | None) -> None:
    found = suggest(header, SOURCES["civil_affairs"])
    assert found is not None
    assert found.field == field
    if line is None:
        assert found.line == column_line(field, (*aliases_of(field), header), field == "household_ref")
    else:
        assert found.line == line
    compile(found.line, "line", "eval")


def test_what_another_header_fills_already_and_what_is_like_nothing_is_not_proposed() -> None:
    source = SOURCES["civil_affairs"]
    found = suggest("联系手机", source, ["phone"])
    assert found is None or found.field != "phone"
    assert suggest("备注", source) is None
    assert suggest("户籍类型", SOURCES["union_roster"]) is None, "another source's header must be the same, not alike"
    assert suggest("号", source) is None


@pytest.mark.parametrize(
    ("header", "never"),
    [
        ("卡号", True),
        ("工资卡开户银行", True),
        ("主要诊断", True),
        ("监护人身份证号", False),
        ("学籍号", True),
        ("备注", False),
    ],
)
def test_a_header_of_an_account_or_a_diagnosis_is_known_as_such(header: str, never: bool) -> None:
    assert never_taken(header) is never


def test_a_file_that_lacks_a_required_column_is_still_its_own_source_s() -> None:
    """Half of what all sources know would otherwise beat a misspelt header."""
    assert fits(["低保证编号", "救助类型", "姓名", "与户主关系", "月保障金额"])[0].source == "civil_affairs"


def test_a_header_cannot_break_out_of_the_line() -> None:
    found = suggest('联系手机", evil("x', SOURCES["civil_affairs"])
    if found is not None:
        assert isinstance(eval(found.line.rstrip(",")), Column)
    assert column_line("name", ("姓名",), required=True) == 'Column("name", ("姓名",), required=True),'

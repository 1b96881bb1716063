"""Dates, amounts, whole numbers, telephone numbers, codes, organisations: one row per way of writing."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from matching.standardise.amounts import read_amount, read_integer, standardise_amounts
from matching.standardise.codes import read_code
from matching.standardise.dates import read_date
from matching.standardise.organisations import (
    credit_check_character,
    is_union_code,
    organisation_code,
    read_credit_code,
    standardise_addresses,
    standardise_credit_codes,
    standardise_organisations,
    standardise_received,
)
from matching.standardise.phones import read_phone
from schemas.vocabulary import CODE_LISTS

FIFTH = dt.date(2020, 1, 5)


@pytest.mark.parametrize(
    "cell",
    [
        "20200105",
        "2020/1/5",
        "2020-1-5",
        "2020.01.05",
        "2020年1月5日",
        "2020.1.5-2020.1.15",
        "43835",
        "43835.0",
        "2020-01-05 00:00:00",
        "2020-01-05T10:20:30",
        "２０２０－０１－０５",
        "2020年01月05号",
        "20200105120000",
        "2020 年 1 月 5 日",
        "2020/1/5 上午10:20",
        "2020/01/05 9:08:07",
        "二〇二〇年一月五日",
        "二零二零年一月五号",
    ],
)
def test_the_ways_of_writing_one_day(cell: str) -> None:
    assert read_date(cell) == (FIFTH, "day")


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("1990", (dt.date(1990, 1, 1), "year")),
        ("1990年", (dt.date(1990, 1, 1), "year")),
        ("199003", (dt.date(1990, 3, 1), "month")),
        ("1990.03", (dt.date(1990, 3, 1), "month")),
        ("1990年3月", (dt.date(1990, 3, 1), "month")),
        ("1990-00-00", (dt.date(1990, 1, 1), "year")),
        ("一九九〇年十二月三十一日", (dt.date(1990, 12, 31), "day")),
        ("一九九〇年十月", (dt.date(1990, 10, 1), "month")),
        ("一九九〇年", (dt.date(1990, 1, 1), "year")),
        ("民国79年3月7日", None),
        ("农历三月初七", None),
        ("90.3.7", None),
        ("32939.0", (dt.date(1990, 3, 7), "day")),
        ("1990-01-01", (dt.date(1990, 1, 1), "year")),
        ("1970-01-01", (dt.date(1970, 1, 1), "year")),
        ("1900-01-01", (None, None)),
        ("1900/1/0", (None, None)),
        ("/", (None, None)),
        ("2020-02-30", None),
        ("腊月初八", None),
        ("3/7/1990", None),
    ],
)
def test_what_a_date_cell_tells_and_how_precisely(cell: str, read: object) -> None:
    assert read_date(cell) == read


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("１２，３４５.６0元", "12345.60"),
        ("1.2万", "12000.00"),
        ("3万元", "30000.00"),
        ("￥1,234.5", "1234.50"),
        ("-88.005", "-88.01"),
        ("(35.5)", "-35.50"),
        ("0.30000000000000004", "0.30"),
        ("1e3", "1000.00"),
        ("500元整", "500.00"),
        ("壹仟贰佰叁拾肆元伍角陆分", "1234.56"),
        ("壹万零伍拾元整", "10050.00"),
        ("拾万元整", "100000.00"),
        ("叁佰元", "300.00"),
        ("负叁佰元整", "-300.00"),
        ("负800元", "-800.00"),
        ("+12.5", "12.50"),
        ("（1,200.00）", "-1200.00"),
        ("1.2亿元", "120000000.00"),
        ("￥0", "0.00"),
        ("人民币伍仟元整", "5000.00"),
        ("壹亿贰仟万元整", "120000000.00"),
    ],
)
def test_what_an_amount_cell_is_worth(cell: str, amount: str) -> None:
    assert read_amount(cell) == (Decimal(amount),)
    assert standardise_amounts(pl.Series([cell])).values[0] == Decimal(amount)


@pytest.mark.parametrize("cell", ["约三千", "12.3.4", "1e99", "见附件", "五"])
def test_an_amount_nobody_can_be_sure_of_is_unreadable(cell: str) -> None:
    assert read_amount(cell) is None


def test_a_whole_number_may_carry_a_counting_word() -> None:
    assert [read_integer(cell) for cell in ("4", "4.0", "4人", "三", "/")] == [(4,), (4,), (4,), None, (None,)]


@pytest.mark.parametrize(
    ("cell", "digits"),
    [
        ("13800001111", "13800001111"),
        ("+86 138-0000-1111", "13800001111"),
        ("008613800001111", "13800001111"),
        ("8613800001111", "13800001111"),
        ("138 0000 1111", "13800001111"),
        ("13800001111.0", "13800001111"),
        ("63123456/13800001111", "13800001111"),
        ("13800001111、13900002222", "13800001111"),
        ("0871-63123456", "087163123456"),
        ("(0691)2123456", "06912123456"),
        ("13800001111(儿子)", "13800001111"),
    ],
)
def test_what_a_telephone_cell_becomes(cell: str, digits: str) -> None:
    assert read_phone(cell) == (digits,)


@pytest.mark.parametrize("cell", ["1234", "138000011112", "12300001111", "张三"])
def test_what_is_no_telephone_number_is_unreadable(cell: str) -> None:
    assert read_phone(cell) is None


@pytest.mark.parametrize("name", sorted(CODE_LISTS))
def test_every_code_label_and_spelling_of_a_list_is_read(name: str) -> None:
    for spelling, code in CODE_LISTS[name].lookup().items():
        assert read_code(spelling, name) == (code,)
        assert read_code(f" {spelling} ", name) == (code,)


def test_ethnic_groups_are_read_in_all_four_ways() -> None:
    assert {read_code(cell, "ethnic_group") for cell in ("彝", "彝族", "07", "7", "7.0", "Yi")} == {("07",)}


def test_a_credit_code_is_kept_only_with_its_check_character() -> None:
    assert read_credit_code("91530000ma6k00000t") == ("91530000MA6K00000T",)
    reading = standardise_credit_codes(pl.Series(["91530000MA6K000001", "/", None]))
    assert reading.values.to_list() == [None, None, None]
    assert reading.unreadable.to_list() == [True, False, False]


def test_a_credit_code_carries_the_old_organisation_code_and_says_whose_it_is() -> None:
    code = "8153010239" + "A1B2C3D"
    union = code + credit_check_character(code)
    assert read_credit_code(union) == (union,)
    assert organisation_code(union) == union[8:17]
    assert [is_union_code(item) for item in (union, "91530000MA6K00000T", None)] == [True, False, False]


@pytest.mark.parametrize("cell", ["91530000MA6K00000I", "91530000MA6K0000", "7312345-6", "统一代码"])
def test_what_is_no_credit_code_is_unreadable(cell: str) -> None:
    assert read_credit_code(cell) is None


def test_organisations_and_addresses_lose_spaces_and_width_but_no_words() -> None:
    assert standardise_organisations(pl.Series(["云南 示范（集团） 公司"])).values[0] == "云南示范(集团)公司"
    assert standardise_addresses(pl.Series(["昆明市 五华区 １２号", "123", "无"])).values.to_list() == [
        "昆明市五华区12号",
        None,
        None,
    ]


def test_an_identifier_stays_as_received() -> None:
    assert standardise_received(pl.Series([" ａ-01 ", "007", "\x00x"])).values.to_list() == ["ａ-01", "007", "x"]

"""A profile survives JSON unchanged, and headers that look like data do not enter it."""

import json

import pytest

from bangfu.profiling import Profile, Reading
from bangfu.profiling.profile import shown_header
from tests.bangfu.profiling.extracts import profiled, report


def test_a_profile_comes_back_from_json_as_it_was() -> None:
    rows = [{"name": "王一", "birth_date": "1980-02-03", "phone": "13800001111", "sex": "男"}, {"name": None}]
    profile = profiled("union_roster", rows, unlisted=["备注", "序号"])
    assert Profile.from_json(json.loads(json.dumps(profile.to_json()))) == profile


@pytest.mark.parametrize("header", ["备注", "户籍/所在地", "2026年收入", "psn_name", "联系方式(必填)"])
def test_headers_are_named(header: str) -> None:
    assert shown_header(header) == header


@pytest.mark.parametrize(
    "header", ["13900077123", "１３９０００７７１２３", "填报人：李某某", "制表:李", "a@b.cn", "一" * 21, "5 3 9 2 1"]
)
def test_headers_that_look_like_data_are_not(header: str) -> None:
    assert shown_header(header) is None


def test_the_account_of_reading_adds_up_the_sheets_and_leaves_their_names_out() -> None:
    told = report(7, {}, name="李某某填报", unlisted=["备注", "13900077123"], forbidden=["银行卡号"], footer_rows=2)
    told["sheets"].append({**told["sheets"][0], "unlisted": ["备注", "工种"], "footer_rows": 1})
    reading = Reading.of(told)
    assert reading.sheets == 2
    assert reading.footer_rows == 3
    assert reading.unlisted == ("备注", "工种")
    assert reading.forbidden == ("银行卡号",)
    assert reading.hidden_headers == 1
    assert "李某某" not in repr(reading)

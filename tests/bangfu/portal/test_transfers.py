"""A case that goes to another county (转办、改派): who sees it before, meanwhile and afterwards."""

import pytest
from sqlalchemy import text

from bangfu.portal.texts import TEXTS, say

from .case_watching import state
from .conftest import Site


@pytest.fixture
def asked(one: Site) -> str:
    """A case of Wuhua that Dali is asked to take over."""
    one.walk(one.case(), "receive")
    answer = one.browser("chen.jie").step(one.case(), "transfer", to_county="532901", reason="现住大理")
    assert answer.status_code == 303
    return one.case()


def test_the_case_is_in_both_inboxes_and_in_no_other(one: Site, asked: str) -> None:
    for username, seen in {"chen.jie": [1], "yang.fan": [1], "li.na": [1], "zhao.min": [1]}.items():
        page = one.browser(username).get("/cases").text
        assert one.shown(page) == seen, username
        assert TEXTS["inbox.asked"].zh in page
    with one.database.owner.begin() as connection:
        connection.execute(text("UPDATE app_user SET area_code = '530103' WHERE username = 'sun.li'"))
    assert one.shown(one.browser("sun.li").get("/cases").text) == []


def test_only_the_county_that_is_asked_accepts(one: Site, asked: str) -> None:
    for username in ("chen.jie", "li.na", "zhao.min"):
        assert one.browser(username).step(asked, "accept").status_code == 409, username
    dali, wuhua = one.browser("yang.fan"), one.browser("chen.jie")
    assert dali.step(asked, "accept").status_code == 303
    assert state(dali, asked) == "待分派"
    assert wuhua.get(f"/cases/{asked}").status_code == 404, "it is Dali's now"
    assert (one.shown(wuhua.get("/cases").text), one.shown(dali.get("/cases").text)) == ([], [1])


def test_a_county_that_declines_sees_the_case_no_longer(one: Site, asked: str) -> None:
    dali, wuhua = one.browser("yang.fan"), one.browser("chen.jie")
    answer = dali.step(asked, "decline", reason="不在本县居住")
    assert answer.status_code == 303
    assert say("work.saved", "zh", step="不接收转办") in dali.get(answer.headers["location"]).text
    assert one.shown(dali.get("/cases").text) == []
    assert state(wuhua, asked) == "待分派"
    assert "不在本县居住" in wuhua.get(f"/cases/{asked}").text
    one.age(asked, 11)
    assert dali.get(f"/cases/{asked}").status_code == 404


def test_declining_can_be_taken_back_like_any_step(one: Site, asked: str) -> None:
    dali = one.browser("yang.fan")
    dali.step(asked, "decline", reason="看错了")
    assert dali.undo(asked).status_code == 303
    assert one.shown(dali.get("/cases").text) == [1]
    assert dali.step(asked, "accept").status_code == 303


def test_whoever_has_declined_sees_nothing_of_what_follows(one: Site, asked: str) -> None:
    dali = one.browser("yang.fan")
    dali.step(asked, "decline", reason="不在本县居住")
    one.browser("chen.jie").step(asked, "assign", assignee="chen.jie")
    assert dali.get(f"/cases/{asked}").status_code == 404


def test_the_first_county_takes_a_transfer_back(one: Site, asked: str) -> None:
    assert one.browser("chen.jie").step(asked, "take_back").status_code == 303
    assert one.browser("yang.fan").get(f"/cases/{asked}").status_code == 404


def test_a_prefecture_sends_a_misrouted_case_to_a_county_of_another(one: Site) -> None:
    case_id = one.case()
    one.browser("chen.jie").step(case_id, "send_back", reason="单位在大理")
    prefecture = one.browser("li.na")
    assert prefecture.step(case_id, "redirect", to_county="532901").status_code == 303
    assert one.shown(one.browser("yang.fan").get("/cases").text) == [1]
    assert one.shown(prefecture.get("/cases").text) == []
    one.age(case_id, 11)
    assert prefecture.get(f"/cases/{case_id}").status_code == 404

"""The dashboard counts the cases of the own counties: each where it is, with what is late and how they ended."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from bangfu.portal.overview_pages import shade_of
from bangfu.review.figures import CountyFigures

from .conftest import Site


def tiles(page: str) -> dict[str, str]:
    """What the tiles of the counties with open cases say, by code."""
    found = re.findall(r'href="/cases\?area=(\d{6})" aria-label="([^"]+)"', page)
    return {code: told.partition("：")[2] for code, told in found if "在办 0" not in told}


def bars(page: str) -> dict[str, str]:
    """What the bars of the charts say, by label."""
    return dict(re.findall(r'<span class="label">([^<]+)</span>.*?<span class="value">([^<]+)</span>', page))


def test_the_dashboard_counts_the_own_counties(counties: Site) -> None:
    page = counties.browser("li.na").get("/overview").text
    assert tiles(page) == {"530102": "在办 2，逾期 0", "530103": "在办 1，逾期 0"}
    assert "五华区" in page
    assert "大理" not in page
    assert bars(page)["已派发"] == "3 · 100%", "the funnel begins with what was sent"


def test_cases_that_have_ended_are_not_open(counties: Site) -> None:
    counties.walk(counties.case(1), "withdraw")
    page = counties.browser("zhao.min").get("/overview").text
    assert tiles(page) == dict.fromkeys(("530102", "530103", "532901"), "在办 1，逾期 0")


def test_what_is_late_is_told_by_county_and_length(counties: Site) -> None:
    with counties.database.owner.begin() as connection:
        late = {"by": timedelta(30), "case": counties.case(1)}
        connection.execute(text("UPDATE review_case SET due_at = due_at - :by WHERE case_id = :case"), late)
    page = counties.browser("li.na").get("/overview").text
    assert tiles(page)["530102"] == "在办 2，逾期 1"
    assert bars(page)["逾期14天以上"] == "1"


def test_outcomes_are_told(counties: Site) -> None:
    counties.walk(counties.case(1), "receive", "settle", outcome="05")
    page = counties.browser("li.na").get("/overview").text
    assert bars(page)["05 已建档（本级）"] == "1"
    assert bars(page)["已签收"] == "1 · 33%"


def test_a_case_that_another_county_is_asked_for_is_counted_once_where_it_is(counties: Site) -> None:
    """Kunming's sum would otherwise hold a case of Dali."""
    counties.walk(counties.case(4), "receive", "transfer", to_county="530102")
    assert tiles(counties.browser("li.na").get("/overview").text) == {
        "530102": "在办 2，逾期 0",
        "530103": "在办 1，逾期 0",
    }
    assert len(tiles(counties.browser("zhao.min").get("/overview").text)) == 3


def test_an_officer_looks_into_a_part_of_the_own_area_and_no_other(counties: Site) -> None:
    browser = counties.browser("zhao.min")
    assert set(tiles(browser.get("/overview?area=5301").text)) == {"530102", "530103"}
    assert "返回本辖区" in browser.get("/overview?area=5301").text
    assert set(tiles(counties.browser("li.na").get("/overview?area=5329").text)) == {"530102", "530103"}


def test_the_province_goes_down_to_a_prefecture_and_no_further_down_is_offered_there(counties: Site) -> None:
    browser = counties.browser("zhao.min")
    assert '<a href="/overview?area=5301">昆明市</a>' in browser.get("/overview").text
    assert '/overview?area=5301"' not in browser.get("/overview?area=5301").text


def test_a_county_has_its_figures_and_no_grid(counties: Site) -> None:
    page = counties.browser("yang.fan").get("/overview").text
    assert tiles(page) == {}
    assert bars(page)["已派发"] == "1 · 100%"


@pytest.mark.parametrize(
    ("open_", "overdue", "shade"), [(0, 0, 0), (10, 0, 1), (100, 4, 1), (100, 6, 2), (100, 16, 3), (10, 9, 4)]
)
def test_the_shade_says_how_much_is_late(open_: int, overdue: int, shade: int) -> None:
    assert shade_of(CountyFigures("530102", open_, overdue, 0, 0)) == shade

"""Assessment: figures of the own area for prefecture, province and auditor, on the dashboard and on a page of its own."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from bangfu.db import candidates, runs
from bangfu.db.samples import Answer, keep_answers, keep_draw, number_draws
from bangfu.db.sampling_models import SecondReview
from bangfu.db.users import User, create_user
from bangfu.review.drawing import record
from schemas.rights import Role

from .conftest import PASSWORD, Site

AUDITORS = (User("au.53", "审计", Role.AUDITOR, "53"), User("au.29", "审计", Role.AUDITOR, "5329"))


@pytest.fixture
def assessed(site: Site) -> Site:
    """Kunming: 10 of 1,000 drawn, 4 answered, 1 in hardship; Dali: 10 of 500, 2 answered, none. Two of three pairs agree."""
    now = datetime.now(UTC)
    with site.database.owner.begin() as connection:
        for account in AUDITORS:
            create_user(connection, account, PASSWORD)
        run = runs.start_run(connection, "screen")
        candidates.replace_screened(connection, run, [])
        runs.finish_run(connection, run, {})
        for area, frame in (("5301", 1000), ("5329", 500)):
            draw = record("key", f"audit:{area}", "1", [str(number) for number in range(frame)], 10)
            keep_draw(connection, draw, area, run_id=run)
        version = candidates.publish(connection, run)
        number_draws(connection, run, version)
        told = {"530102": ("03", "10", "11", "05", "31"), "532901": ("10", "10", "40")}
        answers = [Answer(f"{county}-{n}", version, county, code) for county, codes in told.items() for n, code in enumerate(codes)]  # fmt: skip
        keep_answers(connection, answers, now)
        pairs = [("530102", "10", "11"), ("530103", "03", "10"), ("532901", "03", "03"), ("532901", "03", None)]
        for number, (county, first, second) in enumerate(pairs):
            row = {
                "case_id": f"s{number}",
                "first_case_id": f"f{number}",
                "county_code": county,
                "involved": ["chen.jie"],
            }
            outcomes = {"first_outcome": first, "second_outcome": second, "drawn_at": now}
            connection.execute(insert(SecondReview).values(**row, **outcomes))
    return site


@pytest.mark.parametrize("page", ["/assessment", "/overview"])
def test_the_province_sees_both_samples(assessed: Site, page: str) -> None:
    told = assessed.browser("zhao.min").get(page).text
    assert "第1期名单：不在任何名单上的 1,500 户中，估计有 250 户困难而未建档" in told
    assert "随机抽取 20 户（其中替补 0）：已有结论 6，其中属实 1；未能了解 2（其中联系不上 1），未完成 12。" in told
    assert "已比对 3 件，结论一致 2 件，占 67%" in told
    assert "随机抽取 4 件：未完成 1，未能复核 0" in told
    assert 'aria-label="漏评估计"><li><span class="label whole">云南</span>' in told


def test_an_auditor_sees_figures_of_the_own_area_and_nothing_else(assessed: Site) -> None:
    browser = assessed.browser("au.29")
    told = browser.get("/assessment").text
    assert "不在任何名单上的 500 户中，估计有 0 户" in told
    assert "已比对 1 件，结论一致 1 件" in told
    assert "昆明" not in told
    assert "1,000" not in browser.get("/assessment?area=53").text
    assert browser.get("/overview").status_code == 403
    assert "/cases?" not in told
    assert "/assessment" in browser.get("/audit").text, "it is found from the log"
    whole = assessed.browser("au.53").get("/assessment").text
    assert "1,500" in whole


def test_a_prefecture_looks_into_its_counties(assessed: Site) -> None:
    browser = assessed.browser("li.na")
    told = browser.get("/assessment").text
    assert "1,000 户中，估计有 250 户" in told
    assert 'href="/cases?area=530103&amp;flow=second_review"' in told
    assert "大理" not in told
    assert "大理" not in browser.get("/assessment?area=5329").text


def test_a_part_is_looked_into_from_above(assessed: Site) -> None:
    browser = assessed.browser("zhao.min")
    assert 'href="/assessment?area=5329&amp;list=1"' in browser.get("/assessment").text
    told = browser.get("/assessment?area=5329&list=1").text
    assert "500 户中，估计有 0 户" in told
    assert "返回本辖区" in told


@pytest.mark.parametrize("version", ["7", "x", "-1", "99999999999"])
def test_a_list_without_a_sample_shows_the_newest_that_has_one(assessed: Site, version: str) -> None:
    assert "第1期名单" in assessed.browser("zhao.min").get(f"/assessment?list={version}").text


def test_a_county_is_not_assessed(assessed: Site) -> None:
    browser = assessed.browser("chen.jie")
    assert browser.get("/assessment").status_code == 403
    told = browser.get("/overview").text
    assert "漏评估计" not in told
    assert "盲审一致性" not in told


def test_what_is_lacking_is_said(site: Site) -> None:
    told = site.browser("zhao.min").get("/assessment").text
    assert "还没有随名单抽取核查样本" in told
    assert "还没有抽到盲审的案件" in told
    assert "no case was drawn" in site.browser("zhao.min").get("/assessment?lang=en").text.lower()

"""Coverage by responsible persons (结对覆盖率): by prefecture, by county, inside the own area only."""

import re

from bangfu.db.pairing_queries import CountyCoverage
from bangfu.portal.coverage_pages import by_area
from bangfu.portal.texts import TEXTS
from bangfu.review.pairing import Coverage
from schemas.reference import counties as all_counties

from .conftest import Site
from .test_pairing_pages import homes

assert homes  # a fixture


def charted(page: str) -> list[tuple[str, str]]:
    """Label and value of every bar."""
    return re.findall(r'<li><span class="label">([^<]*)</span>.*?<span class="value">([^<]*)</span></li>', page)


def test_coverage_by_prefecture_leads_down_inside_the_own_area_only(homes: Site) -> None:
    province = homes.browser("zhao.min")
    page = province.get("/pairings/coverage").text
    assert ("昆明市", "75.0%（3/4）") in charted(page)
    assert ("大理州", "0%（0/1）") in charted(page)
    assert 'href="/pairings/coverage?area=5301"' in page
    below = province.get("/pairings/coverage?area=5301").text
    assert ("五华区", "75.0%（3/4）") in charted(below)
    assert 'href="/pairings?part=unpaired&amp;area=530102"' in below
    own = homes.browser("li.na").get("/pairings/coverage?area=5329").text
    assert ("五华区", "75.0%（3/4）") in charted(own)
    assert "大理" not in own
    county = homes.browser("yang.fan").get("/pairings/coverage").text
    assert ("大理市", "0%（0/1）") in charted(county)


def test_coverage_adds_up_and_names_those_without_a_household() -> None:
    rows = [CountyCoverage("530102", Coverage(4, 3, 2), 1), CountyCoverage("530103", Coverage(1, 1, 1), 0)]
    province = by_area(rows, "53")
    assert len(province) == 16
    assert vars(province[0]) == {"area": "5301", "households": 5, "paired": 4, "in_touch": 3, "confirmed_unpaired": 1}
    assert (province[0].share, province[0].touch_share, province[1].share) == ("80.0%", "60.0%", "–")
    inside = by_area(rows, "5301")
    assert [item.area for item in inside] == [item.code for item in all_counties() if item.code.startswith("5301")]
    assert [item.area for item in by_area(rows, "530102")] == ["530102"]


def test_without_households_coverage_says_so(site: Site) -> None:
    assert TEXTS["coverage.empty"].zh in site.browser("zhao.min").get("/pairings/coverage").text

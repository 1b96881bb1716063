"""Charts: lengths in proportion, every number said, every text escaped, nothing that a strict policy refuses."""

import re
import xml.etree.ElementTree as ET

from bangfu.portal.charts import Bar, Tile, bars, tiles

SVG = "{http://www.w3.org/2000/svg}"


def parsed(markup: str) -> ET.Element:
    return ET.fromstring(str(markup).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_bars_are_in_proportion_and_say_their_numbers() -> None:
    chart = parsed(bars([Bar("已派发", 200, "200"), Bar("已建档", 50, "50"), Bar("无", 0, "0")], "漏斗"))
    widths = [float(mark.get("width") or 0) for mark in chart.iter(f"{SVG}rect")]
    assert widths[0] == 4 * widths[1]
    assert widths[2] == 0
    assert chart.get("aria-label") == "漏斗: 已派发 200; 已建档 50; 无 0"


def test_no_bars_are_no_failure() -> None:
    assert parsed(bars([], "漏斗")).get("role") == "img"


def test_a_tile_for_every_county_leads_to_its_cases() -> None:
    row = [Tile(f"县{n}", f"县{n}：在办 {n}", str(n), n % 5, f"/cases?area=53010{n}&x=1") for n in range(7)]
    chart = parsed(tiles([("昆明市", row)], "各县", across=3))
    links = list(chart.iter(f"{SVG}a"))
    assert [link.get("href") for link in links] == [tile.address for tile in row]
    assert [link.get("aria-label") for link in links] == [tile.told for tile in row]
    places = {(rect.get("x"), rect.get("y")) for rect in chart.iter(f"{SVG}rect")}
    assert len(places) == 7, "no tile lies on another"


def test_markup_in_a_label_is_text_and_no_style_is_inline() -> None:
    made = bars([Bar("<b>", 1, "&")], "<i>") + tiles([("<u>", [Tile("<s>", '"', "'", 1, "/")])], "&")
    assert not re.search(r"<(b|i|u|s)>", made)
    assert "style=" not in made

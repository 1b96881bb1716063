"""Charts: lengths in proportion, every number said, every text escaped, nothing that a strict policy refuses."""

import re
import xml.etree.ElementTree as ET

from bangfu.portal.charts import Bar, Range, Tile, TileGroup, bars, ranges, tiles


def parsed(markup: str) -> ET.Element:
    return ET.fromstring(str(markup))


def test_bars_are_in_proportion_and_say_their_numbers() -> None:
    chart = parsed(bars([Bar("已派发", 200, "200"), Bar("已建档", 50, "50"), Bar("无", 0, "0")], "漏斗"))
    widths = [float(mark.get("width") or 0) for mark in chart.iter("rect")]
    assert widths == [100, 25, 0]
    assert ["".join(row.itertext()) for row in chart] == ["已派发200", "已建档50", "无0"]
    assert chart.get("aria-label") == "漏斗"


def test_the_least_of_bars_is_seen() -> None:
    (_, least) = parsed(bars([Bar("多", 100_000, "100,000"), Bar("少", 1, "1")], "漏斗")).iter("rect")
    assert float(least.get("width") or 0) == 0.5


def test_no_bars_are_no_failure() -> None:
    assert list(parsed(bars([], "漏斗"))) == []


def test_a_tile_for_every_county_leads_to_its_cases_and_the_name_above_to_its_prefecture() -> None:
    row = [Tile(f"县{n}", f"县{n}：在办 {n}", str(n), n % 5, f"/cases?area=53010{n}&x=1") for n in range(7)]
    chart = parsed(tiles([TileGroup("昆明市", "/overview?area=5301", row), TileGroup("大理州", "", [])], "各县"))
    above, *links = chart.iter("a")
    assert (above.text, above.get("href")) == ("昆明市", "/overview?area=5301")
    assert [link.get("href") for link in links] == [tile.address for tile in row]
    assert [link.get("aria-label") for link in links] == [tile.told for tile in row]
    assert [title.text for title in chart.iter("h3")] == [None, "大理州"]


def test_markup_in_a_label_is_text_and_no_style_is_inline() -> None:
    made = bars([Bar("<i>", 1, "&")], "<i>") + tiles([TileGroup("<u>", '"', [Tile("<s>", '"', "'", 1, "/")])], "&")
    assert not re.search(r"<(i|u|s)>", made)
    assert "style=" not in made
    parsed(f"<p>{made}</p>")


def test_ranges_are_in_proportion_and_say_what_is_unknown() -> None:
    rows = [
        Range("全省", 0.1, 0.2, 0.4, "20%"),
        Range("昆明", 0.0, 0.0, 0.8, "0%"),
        Range("<大理>", None, None, None, "不足"),
    ]
    chart = parsed(ranges(rows, "漏评"))
    lines = [re.findall(r"M([\d.]+) |H([\d.]+)", line.get("d") or "") for line in chart.iter("path")]
    whole, dot, part, _ = [[float(one or other) for one, other in line] for line in lines]
    assert whole == [12.5, 12.5, 50, 50], "both ends on the axis of the longest"
    assert dot == [25]
    assert part == [0, 0, 100, 100]
    assert [["".join(cell.itertext()) for cell in row] for row in chart] == [
        ["全省", "", "20%"], ["昆明", "", "0%"], ["<大理>", "", "不足"],
    ]  # fmt: skip
    assert chart.get("aria-label") == "漏评"
    assert list(parsed(ranges([], "漏评"))) == []


def test_a_range_on_a_stated_axis_does_not_depend_on_the_others() -> None:
    for rows in ([Range("a", 0.5, 0.5, 0.5, "")], [Range("a", 0.5, 0.5, 0.5, ""), Range("b", 0.9, 1.0, 1.0, "")]):
        first = next(parsed(ranges(rows, "t", most=1.0)).iter("path"))
        assert (first.get("d") or "").startswith("M50.0 ")

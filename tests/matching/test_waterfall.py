"""The waterfall: bars that add up, sides told without colour, words that are escaped and complete."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.explanation import Finding, explain
from matching.waterfall import WIDTH, Drawing, Step, description, likelihood_in_words, steps_of, waterfall

SVG = "{http://www.w3.org/2000/svg}"
STEPS = [
    Step("start", -20.0, part="start"),
    Step("number", 18.0, "agrees"),
    Step("sex", 0.0, "missing"),
    Step("county", -3.0, "differs"),
    Step("name", 9.0, "agrees"),
    Step("how common", 2.0, "rare", "frequency"),
]
MOVING = st.one_of(st.floats(0.1, 60), st.floats(-60, -0.1), st.just(0.0))
WEIGHTS = st.lists(MOVING, max_size=15)


def drawn(steps, **changes):
    return ElementTree.fromstring(waterfall(steps, Drawing(**{"language": "en", "title": "One pair", **changes})))


def bars(picture):
    """Beginning, end and filling of each bar, from the top."""
    found = []
    for path in picture.iter(f"{SVG}path"):
        bar = re.fullmatch(r"M(\S+) \S+H\S+L(\S+) \S+L\S+ \S+H\S+Z", path.get("d"))
        if bar:
            found.append((float(bar[1]), float(bar[2]), path.get("fill")))
    return found


def start(picture):
    return float(next(picture.iter(f"{SVG}circle")).get("cx")), next(picture.iter(f"{SVG}circle")).get("r")


def total(picture):
    """Where the line of the total begins, the middle, and where it ends."""
    line = next(path for path in picture.iter(f"{SVG}path") if path.get("stroke-width") == "4")
    begin, end = re.fullmatch(r"M(\S+) \S+H(\S+)", line.get("d")).groups()
    return float(begin), float(end)


def test_each_bar_starts_where_the_one_before_ended() -> None:
    picture = drawn(STEPS)
    places = bars(picture)
    assert len(places) == 4, "the start is a dot, and what is missing a ring"
    assert [circle.get("r") for circle in picture.iter(f"{SVG}circle") if circle.get("cx")][-2:] == ["6", "4"]
    assert [end for _, end, _ in places[:-1]] == [begin for begin, _, _ in places[1:]]
    assert total(picture)[1] == places[-1][1]


def test_lengths_are_proportional_to_weights_and_the_middle_is_zero() -> None:
    picture = drawn(STEPS)
    places = bars(picture)
    unit = (places[0][1] - places[0][0]) / 18
    assert [end - begin for begin, end, _ in places] == pytest.approx(
        [18 * unit, -3 * unit, 9 * unit, 2 * unit], abs=0.15
    )
    middle, end = total(picture)
    assert end - middle == pytest.approx(6 * unit, abs=0.15)
    assert middle - places[0][0] == pytest.approx(20 * unit, abs=0.15)


def test_sides_differ_without_colour() -> None:
    """Solid, striped, dotted: on grey paper, and for one reader in twelve, red and green are the same."""
    fills = [fill for _, _, fill in bars(drawn([*STEPS, Step("how common", -1.0, "common", "frequency")]))]
    assert [fill.startswith("url") for fill in fills] == [False, True, False, True, True]
    assert fills[1] == "url(#waterfall-stripes)"
    assert fills[3:] == ["url(#waterfall-dots-for)", "url(#waterfall-dots-against)"]


def test_every_reference_has_its_target_and_pictures_of_one_page_share_no_id() -> None:
    one, other = waterfall(STEPS, Drawing("zh", "一", "match-1")), waterfall(STEPS, Drawing("zh", "二", "match-2"))
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (one, other)]
    assert not ids[0] & ids[1]
    used = set(re.findall(r"url\(#([^)]+)\)", one)) | set(re.search(r'aria-labelledby="([^"]+)"', one)[1].split())
    assert used <= ids[0]


@settings(max_examples=100, deadline=None)
@given(WEIGHTS)
def test_nothing_leaves_the_picture(weights: list[float]) -> None:
    picture = drawn([Step(f"field {place}", weight, "agrees") for place, weight in enumerate(weights)])
    for begin, end, _ in bars(picture):
        assert 0 <= begin <= WIDTH
        assert 0 <= end <= WIDTH
    assert [end for _, end, _ in bars(picture)][:-1] == [begin for begin, _, _ in bars(picture)][1:]
    for circle in picture.iter(f"{SVG}circle"):
        assert 0 <= float(circle.get("cx")) <= WIDTH
    middle, end = total(picture)
    assert 30 <= middle <= WIDTH - 30, "both sides of the middle have room"
    assert abs(end - middle) <= WIDTH
    height = int(picture.get("viewBox").split()[3])
    lines = [int(text.get("y")) for text in picture.iter(f"{SVG}text")]
    assert max(lines) < height
    assert all(below >= above for above, below in pairwise(dict.fromkeys(lines)))


def test_the_description_says_all_that_the_picture_shows() -> None:
    said = description(STEPS, Drawing("en", "One pair", closing="visit first"))
    assert said == (
        "start: −20.0. number: agrees, for, +18.0. sex: missing, not counted, 0.0. county: differs, against, −3.0. "
        "name: agrees, for, +9.0. how common: rare, adds, +2.0. All together: probably one person. visit first."
    )
    assert description(STEPS[1:4], Drawing("zh", "一对", bits=False)) == (
        "number：agrees，支持。sex：missing，不计。county：differs，不支持。合计：极可能是同一人。"
    )


def test_a_screen_reader_gets_title_and_description() -> None:
    picture = drawn(STEPS, key="m-1")
    assert picture.get("role") == "img"
    named = {element.get("id"): element.text for element in picture if element.get("id")}
    assert picture.get("aria-labelledby") == "m-1-title m-1-desc"
    assert named["m-1-title"] == "One pair"
    assert named["m-1-desc"] == description(STEPS, Drawing("en", "One pair"))


def test_without_bits_no_figure_is_written() -> None:
    for element in drawn(STEPS, bits=False).iter():
        assert not re.search(r"\d", element.text or ""), element.text


def test_all_words_are_escaped() -> None:
    hostile = """<script>alert("x")</script>'&amp;]]>"""
    svg = waterfall([Step(hostile, 3.0, hostile)], Drawing("en", hostile, closing=hostile))
    assert "<script" not in svg
    picture = ElementTree.fromstring(svg)
    assert picture.find(f"{SVG}title").text == hostile
    assert hostile in picture.find(f"{SVG}desc").text
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= {
        "svg", "title", "desc", "defs", "pattern", "rect", "circle", "path", "text", "tspan",
    }  # fmt: skip


def test_a_page_without_inline_styles_may_hold_it() -> None:
    svg = waterfall(STEPS, Drawing("zh", "一对"))
    assert not re.search(r"\sstyle=|<style|\son\w+=|href=", svg)


@pytest.mark.parametrize("key", ["", "a b", 'x"', "é", "a.b", "a>b"])
def test_a_key_that_could_not_be_part_of_an_id_is_an_error(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        waterfall(STEPS, Drawing("en", "One pair", key))


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), float("-inf")])
def test_a_weight_that_is_no_number_is_an_error(weight: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        waterfall([Step("name", weight)], Drawing("en", "One pair"))


def test_a_long_label_is_shortened_in_the_picture_and_whole_in_the_description() -> None:
    label = "登记地址所在的街道和社区以及门牌号码的全部内容"
    picture = drawn([Step(label, 2.0, "相近")], language="zh")
    shown = next(text.text for text in picture.iter(f"{SVG}text") if text.text.startswith("登记"))
    assert shown.endswith("…")
    assert len(shown) < len(label)
    assert label in picture.find(f"{SVG}desc").text


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.995, "very probably one person"), (0.99, "very probably one person"), (0.98, "probably one person"),
        (0.5, "rather one person, but far from sure"), (0.49, "rather two persons, but far from sure"),
        (0.05, "probably two persons"), (0.001, "very probably two persons"),
    ],
)  # fmt: skip
def test_words_follow_the_probability(chance: float, words: str) -> None:
    assert likelihood_in_words(float(np.log2(chance / (1 - chance))) + 1e-9, "en") == words
    assert likelihood_in_words(-5000, "zh") == "极可能是两个人"
    assert likelihood_in_words(5000, "zh") == "极可能是同一人"


def test_steps_of_an_explanation_add_up_to_the_match_weight() -> None:
    """Prior, comparisons, what is implied and how common the value is, each as a line of its own."""
    from matching.scoring import pattern_weights

    from .test_scoring import model, pattern

    known = pattern(1, 1, 2)
    steps = steps_of(explain(known, model(), -2.5), "en", {"number": "ID number"})
    assert [(step.label, step.found, step.part) for step in steps] == [
        ("Any two records", "", "start"),
        ("ID number", "agrees", "comparison"),
        ("birth", "implied", "comparison"),
        ("sex", "differs", "comparison"),
        ("how common", "common: tells less", "frequency"),
    ]
    assert steps[2].weight == 0
    weight = float(pattern_weights(np.array([known]), model())[0]) - 2.5
    assert sum(step.weight for step in steps) == pytest.approx(weight)


def test_a_start_far_from_even_says_so() -> None:
    prior = Finding("prior", "", "prior", "", "", -20.0, "missing")
    assert steps_of([prior], "zh")[0].found == "极少是同一人"


def test_what_a_household_explains_is_a_line_that_takes_off() -> None:
    from .test_households import known, pattern

    findings = explain(pattern(home=True, phone=True), known())
    for language, words in (("zh", ("同户家庭成员", "同户也会相同")), ("en", ("Household", "would agree too"))):
        step = steps_of(findings, language)[-1]
        assert (step.label, step.found, step.part) == (*words, "members")
        assert step.weight < -5
    assert "减弱" in description(steps_of(findings, "zh"), Drawing("zh", "一对记录", bits=False))

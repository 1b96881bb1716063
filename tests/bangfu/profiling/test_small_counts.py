"""Of what is sensitive no count below five leaves a profile, not even by subtraction; what is hidden stops nothing."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.profiling import Profile, drift, render
from bangfu.profiling.chance import distance
from bangfu.profiling.small_counts import FEW, few_together, levelled
from schemas.fields import FIELDS
from schemas.source import DriftLimits
from schemas.vocabulary import SMALL_COUNT, Sensitivity, small_counts_hidden
from tests.bangfu.profiling.extracts import about, counted, field, profiled

KINDS = {"视力": 41, "听力": 3, "言语": 2, "肢体": 30, "智力": 1, "精神": 17}
"""Counts of a county; those below five are the canaries."""


def holders(kinds: dict[str, int], group: str = "汉族") -> list[dict[str, str | None]]:
    """Certificates, each of another person; the first of them is of a group that has one person."""
    names = [kind for kind, number in kinds.items() for _ in range(number)]
    return [
        {
            "name": "王一",
            "birth_date": f"19{60 + place % 30}-02-03",
            "address": f"某村{place}号",
            "disability_type": kind,
            "ethnic_group": "独龙族" if place == 0 else group,
            "certified_on": f"20{10 + place % 14}-0{1 + place % 9}-03",
        }
        for place, kind in enumerate(names)
    ]


def told(profile: Profile, before: Profile | None = None) -> tuple[str, str]:
    """A profile's JSON and its page."""
    findings = drift(profile, before, DriftLimits())
    page = render(profile, findings, about("disability_certificate"), before)
    return json.dumps([profile.to_json(), findings.to_json()], ensure_ascii=False), page


def card(page: str, name: str) -> str:
    """The words of one distribution of a page."""
    [part] = [part for part in page.split('<section class="card">') if f"<b>{FIELDS[name].zh}</b>" in part]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part.partition("</section>")[0]))


def test_which_fields_hide_small_counts() -> None:
    """Health (个人信息保护法 art. 28) and the ethnic group; sex, districts and forms of numbers may be counted."""
    hidden = {name for name, item in FIELDS.items() if small_counts_hidden(item.sensitivity)}
    assert {"disability_type", "disability_level", "injury_grade", "total_amount", "ethnic_group"} <= hidden
    assert {name for name, item in FIELDS.items() if item.sensitivity is Sensitivity.HEALTH} < hidden
    assert hidden.isdisjoint({"sex", "county_code", "relation", "id_number", "phone", "birth_date"})


def test_no_small_count_of_a_sensitive_field_is_in_a_profile_or_on_its_page() -> None:
    profile = profiled("disability_certificate", holders(KINDS))
    fields = {item["name"]: item for item in json.loads(told(profile)[0])[0]["fields"]}
    assert fields["disability_type"]["counts"] == {"1": 41, "4": 30, "6": 17, FEW: 6}
    assert fields["ethnic_group"]["counts"] == {FEW: 94}, "one person of a group, and 93 would tell it"
    for name in ("disability_type", "ethnic_group", "certified_on"):
        assert all(number >= SMALL_COUNT for number in fields[name]["counts"].values()), name
    shown = card(told(profile)[1], "disability_type")
    assert "其余（含 &lt;5 行的取值）" in shown
    for kind, number in KINDS.items():
        assert (kind in shown) == (number >= SMALL_COUNT), kind
    assert "独龙" not in told(profile)[1]
    assert "各月不足 5 个，不画出" in told(profile)[1]


def test_what_the_other_extract_hides_is_shown_as_hidden_and_not_as_nothing() -> None:
    before = profiled("disability_certificate", holders(KINDS | {"听力": 12, "言语": 9}))
    now = profiled("disability_certificate", holders(KINDS))
    assert "听力残疾 hearing &lt;5 10.9% " in card(told(now, before)[1], "disability_type")
    assert "听力残疾 hearing 12 10.9% 肢体残疾" in card(told(before, now)[1], "disability_type")


def test_a_field_with_fewer_than_five_rows_tells_no_distribution() -> None:
    profile = profiled("disability_certificate", holders({"听力": 3}))
    assert profile.by_name["disability_type"].counts == {}
    assert "少于 5 行，不列出分布" in told(profile)[1]


counts = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 40), max_size=8)


@given(counts)
def test_nothing_small_is_told_and_nothing_small_can_be_subtracted(given_counts: dict[str, int]) -> None:
    kept, rows = few_together(given_counts), sum(given_counts.values())
    assert all(number >= SMALL_COUNT for number in kept.values())
    assert sum(kept.values()) == (rows if rows >= SMALL_COUNT else 0)
    assert all(given_counts[code] == number for code, number in kept.items() if code != FEW)
    small = [code for code, number in given_counts.items() if number < SMALL_COUNT]
    assert (FEW in kept) == bool(small and rows >= SMALL_COUNT)


@given(counts, counts)
def test_hiding_never_makes_two_extracts_differ_more(now: dict[str, int], before: dict[str, int]) -> None:
    """Otherwise a value that went from four rows to five would stop a delivery."""
    hidden = few_together(now), few_together(before)
    if not all(hidden):
        return
    apart, rounding = distance(*levelled(*hidden)), 8 * (1 / sum(now.values()) + 1 / sum(before.values()))
    assert apart <= distance(now, before) + rounding


@pytest.mark.parametrize(
    ("now", "before", "apart"),
    [
        ({"a": 100}, {"b": 100}, 1.0),
        ({"a": 5, "b": 5, "c": 5, "d": 5}, {FEW: 20}, 0.0),
        ({"a": 95, FEW: 5}, {"b": 95, FEW: 5}, 0.9),
        ({"a": 60, "b": 40}, {"a": 40, "b": 60}, 0.2),
    ],
)
def test_hidden_rows_are_dealt_to_what_the_other_extract_shows(
    now: dict[str, int], before: dict[str, int], apart: float
) -> None:
    assert distance(*levelled(now, before)) == pytest.approx(apart)


def test_a_shift_of_a_sensitive_code_still_stops_a_delivery_and_is_told_without_small_counts() -> None:
    before = counted(500, field("disability_type", 500, counts={"1": 400, "4": 94, FEW: 6}))
    now = counted(500, field("disability_type", 500, counts={"4": 490, FEW: 10}))
    [finding] = drift(now, before, DriftLimits()).findings
    assert finding.over
    assert "视力残疾 80% → <5" in finding.zh
    assert "sight 80% → <5" in finding.en
    assert drift(now, now, DriftLimits()).findings == ()

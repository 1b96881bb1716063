"""The explanation of a match: what agrees, how much it tells, and nothing unmasked."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.masking import MASKS, mask
from bangfu.portal.match_view import FULL_BAR, match_view

from .conftest import finding


def match(*fields: dict, **changes: object) -> dict:
    return {"source": "medical_settlement", "records": 2, "weight": 9.0, "fields": list(fields), **changes}


@pytest.mark.parametrize(
    ("weight", "bar", "degree", "speaks_for"),
    [
        (FULL_BAR * 2, 100, "strong", True),
        (FULL_BAR / 2, 50, "strong", True),
        (6.0, 38, "moderate", True),
        (1.0, 6, "slight", True),
        (0.0, 0, "none", True),
        (-1.0, 6, "slight", False),
        (-FULL_BAR, 100, "strong", False),
    ],
)
def test_a_bar_shows_how_much_a_field_tells(weight: float, bar: int, degree: str, speaks_for: bool) -> None:
    (field,) = match_view(match(finding("name", "姓名", "agrees", weight)), "zh").fields
    assert (field.bar, field.degree.value, field.speaks_for) == (bar, degree, speaks_for)


def test_the_summary_counts_every_compared_field_once() -> None:
    """Prior, household and frequency compare no field; a field without values on both sides is missing, not agreed."""
    view = match_view(
        match(
            finding("prior", "", "missing", -20.0),
            finding("household", "家庭成员", "close", 0.0),
            finding("name", "姓名", "agrees", 9.0, ("张*", "张*")),
            finding("phone", "手机号码", "differs", -1.0, ("138****0000", "139****0000")),
            finding("sex", "性别", "missing", 0.0),
            finding("frequency", "常见程度", "close", -2.0),
        ),
        "zh",
    )
    assert view.summary.counts == (("agrees", 1), ("differs", 1), ("missing", 1))
    assert view.summary.differing == ("手机号码",)
    assert [field.label for field in view.fields] == ["姓名", "手机号码", "性别", "是否常见"]
    assert view.fields[-1].outcome == "", "how common a value is neither agrees nor differs"


def test_codes_are_said_in_words() -> None:
    view = match_view(
        match(
            finding("sex", "性别", "agrees", 1.0, ("2", "2")),
            finding("ethnic_group", "民族", "differs", 1.0, ("07", "99-unknown")),
            finding("county", "居住县区代码", "agrees", 1.0, ("530102", "530100")),
        ),
        "zh",
    )
    assert [(field.label, field.member, field.partner) for field in view.fields] == [
        ("性别", "女", "女"),
        ("民族", "彝族", "99-unknown"),
        ("居住县（市、区）", "昆明市五华区", "昆明市"),
    ]


def test_a_household_member_s_record_says_that_it_is_not_the_member_s() -> None:
    household = finding("household", "家庭成员", "close", 0.0) | {"zh": "不是会员本人。", "en": "Not the member."}
    view = match_view(match(household, via="hardship_archive"), "zh")
    assert (view.relative, view.relative_source, view.fields) == ("不是会员本人。", "困难职工档案", ())
    own = match_view(match(), "en")
    assert (own.relative, own.relative_source) == ("", "")


def test_an_outcome_or_source_that_nobody_knows_yet_is_shown_with_care() -> None:
    view = match_view(match({"comparison": "new", "outcome": "perhaps"}, source="new_source"), "en")
    assert view.source == "new_source"
    assert (view.fields[0].label, view.fields[0].outcome, view.fields[0].bar) == ("new", "missing", 0)


def test_a_difference_that_tells_nothing_is_counted_and_not_named() -> None:
    """Half of all phone numbers are outdated; a page full of red marks for them hides the ones that matter."""
    link = match(finding("phone", "手机号码", "differs", -0.4), finding("name", "姓名", "differs", -4.0))
    summary = match_view(link, "zh").summary
    assert summary.counts == (("differs", 2),)
    assert summary.differing == ("姓名",)


LINK = match(
    finding("prior", "", "missing", -20.0),
    finding("household", "家庭成员", "close", 0.0),
    finding("identity_number", "证件号码", "agrees", 25.0, ("5390************14", "5390************14")),
    finding("phone", "手机号码", "agrees", 5.0, ("138****0000", "138****0000")),
    finding("frequency", "", "close", -2.0),
)


def test_the_picture_tells_how_the_fields_add_up_in_words() -> None:
    picture = str(match_view(LINK, "zh", 2).picture)
    assert 'aria-labelledby="match-2-title match-2-desc"' in picture
    assert (
        "起点：随意两条记录：极少是同一人。证件号码：一致，支持。手机号码：一致，支持。"
        "是否常见：常见，说明力要打折扣，减弱。合计：极可能是同一人。仍须当面核实。" in picture
    )
    assert "probably one person. to be verified in person." in str(match_view(LINK, "en").picture)


def test_the_picture_holds_no_value_and_no_figure() -> None:
    """Values stand masked in the table; a figure of probability or bits would end the officer's thinking."""
    picture = str(match_view(LINK, "zh").picture)
    assert "*" not in picture
    assert re.findall(r">[^<]*\d[^<]*<", picture) == []


def test_the_picture_of_a_link_that_differs_ends_with_what_to_check() -> None:
    """Two strong fields outweigh a different number, and the number is still what to ask about."""
    fields = [*LINK["fields"], finding("name", "姓名", "differs", -4.0)]
    assert "合计：很可能是同一人。有“不同”的项目，须先核对。" in str(match_view(match(*fields), "zh").picture)


def test_where_nothing_was_compared_there_is_no_picture() -> None:
    assert match_view(match(), "zh").picture == ""
    assert match_view(match(finding("prior", "", "missing", -20.0)), "zh").picture == ""


@given(st.sampled_from(sorted(MASKS)), st.text("张王·岩123456789X*云南省昆明市区县镇乡街道号-", max_size=20))
def test_masking_twice_changes_nothing(column: str, value: str) -> None:
    """The portal masks explanations that are masked already: a second mask must not eat what the first one left."""
    once = mask(column, value)
    assert mask(column, once) == once

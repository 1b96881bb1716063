"""Addresses as lists write them: long, short and old forms of one place are one place."""

import pyarrow as pa
import pytest

from matching.address_heads import Head, read_head
from matching.columns import Columns
from matching.comparisons import compare_pairs, comparer
from matching.levels import levels_of
from matching.model import Comparison

LONG = "云南省昆明市五华区上溪街道忠坡社区团结路379号16幢2单元1004室"


def level(left: str | None, right: str | None) -> str:
    """Name of the level of two addresses."""
    import numpy as np

    tables = [pa.table({"address": pa.array([text], pa.string())}) for text in (left, right)]
    compare = comparer(Comparison("address", "address", ("address",)), 0, Columns(*tables))
    code = int(compare_pairs([compare], np.zeros(1, np.int32), np.zeros(1, np.int32))[0])
    return levels_of("address", {})[code - 1].name if code else "missing"


@pytest.mark.parametrize(
    "written",
    [
        "五华区上溪街道忠坡社区团结路379号16幢2单元1004室",
        "昆明市五华区上溪办事处忠坡居委会团结路379号16-2-1004",
        "五华区团结路379号16-2-1004",
        "团结路379号16幢2单元1004",
        "上溪街道办事处 忠坡社区居民委员会 团结路379号 16幢 2单元 1004室",
    ],
)
def test_long_short_and_old_forms_of_one_door(written: str) -> None:
    assert level(LONG, written) == "same_door"


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ("五华区上溪街道忠坡社区团结路379号", "same_spot"),
        ("五华区上溪街道忠坡社区团结路379号17幢1单元201室", "same_spot"),
        ("五华区上溪街道忠坡社区人民路12号", "same_community"),
        ("五华区上溪街道礼寨社区人民路12号", "same_town"),
        ("五华区马城街道东泉社区团结路379号16幢2单元1004室", "differs"),
        ("五华区人民路12号", "differs"),
        ("昆明市五华区", "missing"),
        (None, "missing"),
    ],
)
def test_what_two_addresses_share(other: str | None, found: str) -> None:
    assert level(LONG, other) == found
    assert level(other, LONG) == found


def test_a_hamlet_is_one_place_by_group_and_by_house_number() -> None:
    assert level("马关县黄泉乡云场村公所黑井村5社", "云南省文山州马关县黄泉乡云场村委会黑井村47号") == "same_spot"
    assert level("马关县黄泉乡云场村委会黑井村47号", "黄泉乡云场村委会黑井村47号") == "same_door"
    assert level("马关县黄泉乡云场村委会黑井村5组", "马关县黄泉乡云场村委会老寨3组") == "same_community"


@pytest.mark.parametrize(
    ("address", "town"),
    [
        ("云南省普洱市镇沅彝族哈尼族拉祜族自治县恩乐镇", "恩乐"),
        ("镇雄县中屯镇", "中屯"),
        ("大理州永平县博南镇", "博南"),
        ("永平镇大田村委会", "永平"),
        ("红河州红河县迤萨镇", "迤萨"),
        ("大理市下关镇", "下关"),
    ],
)
def test_the_township_is_found_under_names_that_are_counties_elsewhere(address: str, town: str) -> None:
    assert read_head(address).town == town


@pytest.mark.parametrize("text", ["", "?", "-", "无", "同", "    ", "12345", "((()))", "号", "镇", "云南省昆明市"])
def test_what_is_no_address_cannot_agree_by_accident(text: str) -> None:
    assert read_head(text.rstrip("0123456789")) == Head("", "", "", False)
    assert level(text, text) == "missing"

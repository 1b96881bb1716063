"""Names of families: surnames in the father's line, shared characters, the taste of the times."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from bangfu.synth.ethnic_names import MANNERS
from bangfu.synth.name_tables import COMPOUND_SURNAMES, given_characters, surnames

NATURAL = pl.col("household") >= 0


def surname(name: str) -> str:
    return name[:2] if name[:2] in COMPOUND_SURNAMES else name[0]


@pytest.fixture(scope="module")
def han(world: Callable[..., Any]) -> pl.DataFrame:
    """People of a county of nearly only Han, with the names of the parents beside each child."""
    people = world("麒麟区").people.filter(~pl.col("ethnic_style"))
    adults = people.filter(pl.col("role").is_in([0, 1]))
    father = adults.filter(~pl.col("female")).select("household", father="name", fathers_birth="birth")
    mother = adults.filter(pl.col("female")).select("household", mother="name")
    return people.join(father.unique("household"), on="household", how="left").join(
        mother.unique("household"), on="household", how="left"
    )


def test_children_bear_the_fathers_surname(han: pl.DataFrame) -> None:
    children = han.filter(pl.col("role").is_in([2, 3]) & pl.col("father").is_not_null())
    same = [surname(a) == surname(b) for a, b in children.select("name", "father").iter_rows()]
    assert len(same) > 3_000
    assert sum(same) / len(same) > 0.97  # namesakes outside the union bear another's whole name


def test_wives_keep_their_own_surname(han: pl.DataFrame) -> None:
    couples = han.filter((pl.col("role") == 0) & pl.col("father").is_not_null() & pl.col("mother").is_not_null())
    same = [surname(a) == surname(b) for a, b in couples.select("father", "mother").iter_rows()]
    assert 0.01 < sum(same) / len(same) < 0.12


def test_grandfather_and_anchor_share_the_surname(han: pl.DataFrame) -> None:
    elders = han.filter(pl.col("role") == 4).select("household", elder="name")
    anchors = han.filter(pl.col("role") == 0).select("household", "name")
    pairs = anchors.join(elders, on="household")
    same = [surname(a) == surname(b) for a, b in pairs.select("name", "elder").iter_rows()]
    assert sum(same) / len(same) > 0.95


def test_brothers_and_sisters_share_a_character_in_a_third_of_the_families(han: pl.DataFrame) -> None:
    """字辈: most false links of a person are to a sibling, so siblings must look alike on purpose."""
    elder = han.filter(pl.col("role") == 2).select("household", elder="name")
    pairs = han.filter(pl.col("role") == 3).join(elder, on="household").select("name", "elder")
    alike = [a[len(surname(a))] == b[len(surname(b))] for a, b in pairs.iter_rows()]
    assert 0.25 < sum(alike) / len(alike) < 0.45


def test_surnames_are_those_of_yunnan(han: pl.DataFrame) -> None:
    counts = Counter(surname(name) for name in han["name"])
    common = {name for name, _ in counts.most_common(12)}
    assert len(common & set(surnames()[:16])) >= 10
    assert set(counts) <= {
        *surnames(),
        *"马纳沙保撒赛木桂丁合忽闪拜虎杨段赵董李张尹何施苏王普罗鲁毕者字自矣白侯古项熊陶黄农韦侬陆陈梁",
    }


def test_given_names_go_with_the_times(han: pl.DataFrame) -> None:
    old = han.filter((pl.col("birth") < pl.date(1966, 1, 1)) & pl.col("female"))["name"].to_list()
    young = han.filter((pl.col("birth") >= pl.date(2000, 1, 1)) & pl.col("female"))["name"].to_list()
    typical = set(given_characters(True, 0)[:12])

    def carries(names: list[str]) -> float:
        return sum(bool(set(name[1:]) & typical) for name in names) / len(names)

    assert carries(old) > 0.4
    assert carries(young) < 0.1


def test_one_in_six_names_has_a_single_given_character(han: pl.DataFrame) -> None:
    lengths = [len(name) - len(surname(name)) for name in han["name"]]
    assert set(lengths) == {1, 2}
    assert 0.1 < lengths.count(1) / len(lengths) < 0.3


@pytest.mark.parametrize(("county", "group"), [("景洪市", "18"), ("香格里拉市", "04"), ("澜沧拉祜族自治县", "24")])
def test_share_of_names_in_the_manner_of_the_group(world: Callable[..., Any], county: str, group: str) -> None:
    people = world(county).people.filter(pl.col("group") == group)
    assert people.height > 2_000
    assert people["ethnic_style"].mean() == pytest.approx(MANNERS[group].share, abs=0.06)


def test_groups_without_a_manner_bear_han_names(world: Callable[..., Any]) -> None:
    people = world("景洪市").people
    assert people.filter(pl.col("ethnic_style") & ~pl.col("group").is_in(list(MANNERS))).is_empty()


def test_dai_men_and_women_are_told_apart_by_their_first_character(world: Callable[..., Any]) -> None:
    dai = world("景洪市").people.filter((pl.col("group") == "18") & pl.col("ethnic_style"))
    men, women = (dai.filter(pl.col("female") == female)["name"].str.slice(0, 1) for female in (False, True))
    assert (men == "岩").mean() > 0.5
    assert (women == "玉").mean() > 0.5
    assert (men == "玉").sum() + (women == "岩").sum() <= 0.02 * dai.height

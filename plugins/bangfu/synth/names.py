"""Names for many people at once (姓名生成): families share a surname, siblings may share a character."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bangfu.synth.ethnic_names import MANNERS, ethnic_name
from bangfu.synth.name_tables import (
    COHORT_STARTS,
    SINGLE_CHARACTER_SHARE,
    given_characters,
    surnames,
    zipf,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

GROUP_SURNAMES = {
    "03": "马纳沙保撒赛木桂丁合忽闪拜虎马马",
    "14": "杨段赵董李张尹何施苏赵杨杨王",
    "27": "和和和木杨李和",
    "07": "李普杨罗张鲁毕王者字李自矣白",
    "16": "李白马王杨普陈车罗朱",
    "06": "王杨陶熊张李马侯古项罗",
    "08": "陆黄农韦侬王李陈梁",
    "13": "盘李邓赵黄蒋",
    "39": "曹赵李杨孙",
    "20": "余李和胡熊蜂普褚",
    "40": "和熊杨胡",
    "42": "李和罗彭",
    "18": "刀召岩陶李思管方",
}
"""Surnames that a group bears beside the general ones."""


@dataclass(frozen=True)
class Bearers:
    """Who is to be named: parallel arrays, a household's people next to each other.

    Attributes:
        household: household number.
        family: number of the paternal line whose surname is borne; equal within a household for father and children.
        sibling: number of the group that may share a given-name character, -1 for none.
        father: position of the father, -1 if unknown; a father stands before his children.
        female, birth_year: of the person.
        group: ethnic group code.
    """

    household: Ints
    family: Ints
    sibling: Ints
    father: Ints
    female: Bools
    birth_year: Ints
    group: npt.NDArray[np.str_]


def name_people(rng: np.random.Generator, who: Bearers) -> tuple[list[str], Bools]:
    """Names, and which of them are in an ethnic manner, in the order of ``who``."""
    count = len(who.household)
    cohort = np.searchsorted(np.asarray(COHORT_STARTS), who.birth_year, side="right")
    surname = _surnames(rng, who)
    first, second = np.empty(count, dtype=object), np.empty(count, dtype=object)
    for female in (False, True):
        for number in range(len(COHORT_STARTS) + 1):
            chosen = np.flatnonzero((who.female == female) & (cohort == number))
            characters = np.asarray(given_characters(female, number), dtype=object)
            for target in (first, second):
                target[chosen] = characters[rng.choice(len(characters), len(chosen), p=zipf(len(characters)))]
            single = rng.random(len(chosen)) < SINGLE_CHARACTER_SHARE[number]
            second[chosen[single]] = ""
    _share_generation_character(rng, who, first, second)
    names = [s + a + (b if b != a else "") for s, a, b in zip(surname, first, second, strict=True)]
    styled = _ethnic(rng, who, names)
    return names, styled


def _surnames(rng: np.random.Generator, who: Bearers) -> list[str]:
    """One surname per paternal line, half of them from the group's own list where it has one."""
    table = surnames()
    lines, index = np.unique(who.family, return_index=True)
    drawn = rng.choice(len(table), len(lines), p=zipf(len(table), 3.0, 1.25))
    own, pick = rng.random(len(lines)) < 0.55, rng.random(len(lines))
    by_line = []
    for line, (at, number) in enumerate(zip(index, drawn, strict=True)):
        choices = GROUP_SURNAMES.get(str(who.group[at])) if own[line] else None
        by_line.append(choices[int(pick[line] * len(choices))] if choices else table[number])
    return [by_line[place] for place in np.searchsorted(lines, who.family)]


def _share_generation_character(
    rng: np.random.Generator, who: Bearers, first: npt.NDArray[np.object_], second: npt.NDArray[np.object_]
) -> None:
    """Siblings take the first character of the eldest in a third of the families (字辈); some sons the father's."""
    shares = rng.random(len(first))
    eldest: dict[int, int] = {}
    for at in np.flatnonzero(who.sibling >= 0):
        group = int(who.sibling[at])
        if group not in eldest:
            eldest[group] = int(at)
        elif shares[eldest[group]] < 0.34 and second[at] != "":
            first[at] = first[eldest[group]]
    for at in np.flatnonzero((who.father >= 0) & (shares < 0.03)):
        first[at] = first[who.father[at]]


def _ethnic(rng: np.random.Generator, who: Bearers, names: list[str]) -> Bools:
    """Replaces names in place by names in an ethnic manner; a household mostly keeps to one manner."""
    styled = np.zeros(len(names), dtype=bool)
    draw = random.Random(int(rng.integers(2**63)))
    habit: dict[tuple[int, str], bool] = {}
    for at in np.flatnonzero(np.isin(who.group, list(MANNERS))):
        group, household = str(who.group[at]), int(who.household[at])
        keeps = habit.setdefault((household, group), draw.random() < MANNERS[group].share)
        if keeps != (draw.random() < 0.06):
            father = int(who.father[at])
            names[at] = ethnic_name(
                draw, group, bool(who.female[at]), names[father] if father >= 0 and styled[father] else None
            )
            styled[at] = True
    return styled

"""Households and their people (家庭与人口): couples, children, three generations, twins, namesakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bangfu.synth.identity import identity_numbers, phone_numbers
from bangfu.synth.names import Bearers, name_people
from bangfu.synth.places import homes

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    from bangfu.synth.places import County

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

ANCHOR, SPOUSE, ELDER_CHILD, YOUNGER_CHILD, FATHER, MOTHER = range(6)
_SLOTS = 6
_YEAR = 365.2425
_COMPOSITIONS = np.asarray(  # share, then who lives in the household beside the anchor
    [
        (0.16, 0, 0, 0, 0, 0),
        (0.06, 0, 0, 0, 1, 1),
        (0.05, 0, 0, 0, 0, 1),
        (0.13, 1, 0, 0, 0, 0),
        (0.25, 1, 1, 0, 0, 0),
        (0.18, 1, 1, 1, 0, 0),
        (0.06, 1, 1, 0, 1, 1),
        (0.06, 1, 1, 1, 0, 1),
        (0.05, 0, 1, 0, 0, 0),
    ]
)


@dataclass(frozen=True)
class Population:
    """People of one part of a county.

    Attributes:
        county: where they live.
        member_households: the first so many households hold union members.
        people: one row per person, households contiguous; columns: household, role, female, birth, age,
            group, name, ethnic_style, former_name, nickname, id_number, phone, member, household_ordinal.
        addresses: one row per household: community, urban, current, short, old.
    """

    county: County
    member_households: int
    people: pl.DataFrame
    addresses: pl.DataFrame


@dataclass(frozen=True)
class Size:
    """How many to make: union members, and households without a member beside them."""

    members: int
    other_households: int
    part: int
    parts: int


def populate(rng: np.random.Generator, place: County, size: Size, as_of: dt.date) -> Population:
    """Makes the people of one part of a county, exactly ``size.members`` of them union members."""
    member_households = size.members - int(size.members * 0.26) if size.members >= 40 else size.members
    count = member_households + size.other_households
    household, role, age = _structure(rng, count)
    today = np.datetime64(as_of, "D")
    female = _sexes(rng, household, role)
    birth = today - (age * _YEAR).astype(np.int64).astype("timedelta64[D]")
    _twins(rng, role, birth)
    age_now = (today - birth).astype(np.int64) / _YEAR
    group = _groups(rng, place, household, role)
    names, styled = name_people(rng, _bearers(household, role, female, birth, group))
    _namesakes(rng, names, birth, female, household < member_households)
    member = _members(rng, household, role, age_now, member_households, size.members)
    people = pl.DataFrame(
        {
            "household": household,
            "role": role,
            "female": female,
            "birth": birth,
            "age": age_now,
            "group": group,
            "name": names,
            "ethnic_style": styled,
            "id_number": identity_numbers(rng, place.number, birth, female, part=size.part, parts=size.parts),
            "member": member,
        }
    )
    people = people.with_columns(*_other_names(rng, people), _phones(rng, people))
    made = homes(rng, place, count)
    addresses = pl.DataFrame(
        {
            "community": made.community,
            "urban": made.urban,
            "current": made.current,
            "short": made.short,
            "old": made.old,
        }
    )
    return Population(place, member_households, people, addresses)


def _structure(rng: np.random.Generator, count: int) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
    """Household, role and age in years of each person."""
    kind = rng.choice(len(_COMPOSITIONS), count, p=_COMPOSITIONS[:, 0] / _COMPOSITIONS[:, 0].sum())
    present = np.concatenate([np.ones((count, 1), dtype=bool), _COMPOSITIONS[kind, 1:].astype(bool)], axis=1)
    ages = np.empty((count, _SLOTS))
    with_child = present[:, ELDER_CHILD]
    anchor = rng.triangular(20, 38, 61, count)
    anchor = np.where(with_child, np.maximum(anchor, 24 + 6 * rng.random(count)), anchor)
    ages[:, ANCHOR] = anchor
    ages[:, SPOUSE] = np.clip(anchor + rng.normal(-0.5, 3.0, count), 20.5, 66)
    two = present[:, YOUNGER_CHILD]
    elder = np.maximum(anchor - rng.uniform(22, 31, count), np.where(two, 1.25, 0.1) + rng.random(count))
    ages[:, ELDER_CHILD] = elder
    ages[:, YOUNGER_CHILD] = elder - (1.2 + rng.random(count) * np.clip(elder - 1.22, 0.01, 5.8))
    ages[:, SPOUSE] = np.where(with_child, np.maximum(ages[:, SPOUSE], elder + 19), ages[:, SPOUSE])
    ages[:, FATHER] = np.minimum(anchor + rng.uniform(22, 34, count), 94)
    mother = np.minimum(ages[:, FATHER] - rng.normal(2, 2.5, count).clip(-3, 8), 95)
    ages[:, MOTHER] = np.maximum(mother, anchor + 18.5)
    household = np.repeat(np.arange(count), _SLOTS).reshape(count, _SLOTS)
    role = np.tile(np.arange(_SLOTS), (count, 1))
    return household[present], role[present], ages[present]


def _sexes(rng: np.random.Generator, household: Ints, role: Ints) -> Bools:
    anchor_female = rng.random(int(household.max()) + 1) < 0.44
    female = rng.random(len(role)) < 0.48
    female = np.where(role == ANCHOR, anchor_female[household], female)
    female = np.where(role == SPOUSE, ~anchor_female[household], female)
    return np.asarray(np.where(role == FATHER, False, np.where(role == MOTHER, True, female)))


def _twins(rng: np.random.Generator, role: Ints, birth: npt.NDArray[np.datetime64]) -> None:
    """Three in a hundred second children are twins of the first."""
    younger = np.flatnonzero(role == YOUNGER_CHILD)
    twins = younger[rng.random(len(younger)) < 0.03]
    birth[twins] = birth[twins - 1]


def _groups(rng: np.random.Generator, place: County, household: Ints, role: Ints) -> npt.NDArray[np.str_]:
    """Ethnic group: one per household, a spouse of another in one family of six."""
    codes = np.asarray(place.groups)
    own = rng.choice(len(codes), int(household.max()) + 1, p=place.group_shares)[household]
    married = (role == SPOUSE) & (rng.random(len(role)) < 0.16)
    own = np.where(married, rng.choice(len(codes), len(role), p=place.group_shares), own)
    return np.asarray(codes[own])


def _bearers(
    household: Ints, role: Ints, female: Bools, birth: npt.NDArray[np.datetime64], group: npt.NDArray[np.str_]
) -> Bearers:
    """Surnames run in the father's line; children come after both parents, so their father is already named."""
    count = int(household.max()) + 1
    anchor_at, spouse_at = np.full(count, -1), np.full(count, -1)
    anchor_at[household[role == ANCHOR]] = np.flatnonzero(role == ANCHOR)
    spouse_at[household[role == SPOUSE]] = np.flatnonzero(role == SPOUSE)
    father_at = np.where(female[anchor_at], spouse_at, anchor_at)
    father_at = np.where(father_at < 0, anchor_at, father_at)
    child = (role == ELDER_CHILD) | (role == YOUNGER_CHILD)
    anchors_line, spouses_line, mothers_line = household * 3, household * 3 + 1, household * 3 + 2
    family = np.where(role == SPOUSE, spouses_line, np.where(role == MOTHER, mothers_line, anchors_line))
    spouse_is_father = father_at[household] == spouse_at[household]
    family = np.where(child & spouse_is_father, spouses_line, family)
    return Bearers(
        household=household,
        family=family,
        sibling=np.where(child, household, -1),
        father=np.where(child & ~female, father_at[household], -1),
        female=female,
        birth_year=birth.astype("datetime64[Y]").astype(np.int64) + 1970,
        group=group,
    )


def _namesakes(
    rng: np.random.Generator,
    names: list[str],
    birth: npt.NDArray[np.datetime64],
    female: Bools,
    in_member_household: Bools,
) -> None:
    """One in fifty outsiders bears the name of a member of the same sex born in the same year (同名同年)."""
    index: dict[tuple[bool, int], list[int]] = {}
    years = birth.astype("datetime64[Y]").astype(np.int64).tolist()
    for at in np.flatnonzero(in_member_household).tolist():
        index.setdefault((bool(female[at]), years[at]), []).append(at)
    for at in np.flatnonzero(~in_member_household & (rng.random(len(names)) < 0.02)).tolist():
        if alike := index.get((bool(female[at]), years[at])):
            names[at] = names[alike[int(rng.integers(len(alike)))]]


def _members(
    rng: np.random.Generator, household: Ints, role: Ints, age: npt.NDArray[np.float64], households: int, members: int
) -> Bools:
    """Every anchor of a member household, then spouses and grown children until the number is reached."""
    inside = household < households
    member: Bools = inside & (role == ANCHOR)
    pool = np.flatnonzero(inside & (((role == SPOUSE) & (age < 60)) | (np.isin(role, (2, 3)) & (age > 20))))
    missing = members - int(member.sum())
    if missing > len(pool):
        pool = np.flatnonzero(inside & ~member)
    member[rng.choice(pool, missing, replace=False)] = True
    return member


def _other_names(rng: np.random.Generator, people: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Former names (曾用名) for three in a hundred, and the name everybody is called by at home (小名)."""
    count = people.height
    has_former = rng.random(count) < 0.03
    shift = int(rng.integers(7, 101))
    names = people["name"].to_list()
    styled = people["ethnic_style"].to_list()
    former: list[str | None] = []
    nickname = []
    dice = rng.integers(1_000, size=count).tolist()
    for at, name in enumerate(names):
        other = names[(at + shift) % count]
        surname, own = (name[:1], name[-1])
        former.append(
            surname + other[1:] if has_former[at] and len(other) > 1 and surname + other[1:] != name else None
        )
        if styled[at]:
            nickname.append(name.replace("·", "")[-2:] if len(name) > 2 else "阿" + own)
        else:
            nickname.append(
                (f"{surname}小{own}", f"阿{own}", f"{surname}老{'二三四五'[dice[at] % 4]}", f"{surname}{own}{own}")[
                    dice[at] % 4
                ]
            )
    return pl.Series("former_name", former, dtype=pl.String), pl.Series("nickname", nickname)


def _phones(rng: np.random.Generator, people: pl.DataFrame) -> pl.Series:
    """Own mobile numbers from fourteen on; a quarter of the old have none."""
    age = people["age"].to_numpy()
    has = (age >= 14) & ((age < 68) | (rng.random(people.height) < 0.75))
    numbers = phone_numbers(rng, people.height)
    return pl.Series("phone", [n if h else None for n, h in zip(numbers, has.tolist(), strict=True)], dtype=pl.String)

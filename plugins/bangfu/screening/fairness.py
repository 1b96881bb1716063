"""Fairness (公平性): how often members of each group become clues, told with every list without telling small numbers.

A group that is listed seldom is not thereby treated unfairly, nor one that is listed often: hardship differs. What the
rates show is where to look, for example at names of one group that are hard to match. Against a synthetic province the
share of households in hardship that are found is measured as well (`bench/screening.py`).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from matching.standardise.places import standardise_address_places
from schemas.vocabulary import SMALL_COUNT

__all__ = [
    "DIMENSIONS",
    "FEW",
    "HIDDEN",
    "READS",
    "UNKNOWN",
    "GroupRate",
    "clue_rates",
    "group_counts",
    "group_rates",
    "with_groups",
]

DIMENSIONS: Mapping[str, tuple[str, str]] = {
    "ethnic_group": ("民族", "ethnic group"),
    "sex": ("性别", "sex"),
    "age": ("年龄", "age"),
    "area": ("城乡", "town or country"),
    "migrant": ("户籍地与居住地", "registered elsewhere"),
}
"""What groups are told apart by, with names in Chinese and English."""

READS = ("ethnic_group", "sex", "birth_date", "address", "county_code", "household_address")
"""Columns of the roster that tell groups apart; read piece by piece, since only numbers are kept of them."""

UNKNOWN, OTHER = "unknown", "other"
FEW, HIDDEN = f"<{SMALL_COUNT}", "*"
_SMALLEST = 50
"""Ethnic groups with fewer members are told together."""

_AGES = {"<30": 30, "30-39": 40, "40-49": 50, "50-59": 60}
_COMMITTEE = "村委会|村民委员会|村公所|村民小组"
_VILLAGE = "村.{0,12}组|村.{0,6}社$|村.{0,4}[0-9]+号|[镇乡].{1,12}村"
_TOWN = "社区|居委会|街道|办事处|小区|[路街巷][0-9]+号"


@dataclass(frozen=True)
class GroupRate:
    """Clues of one group, as they may be told.

    Attributes:
        members: Members who could be on a list.
        clues: Of these on the list; `<5`, or `*` where it would give a small number away.
        per_thousand: Clues of a thousand members; None where the number is hidden.
    """

    members: int
    clues: int | str
    per_thousand: float | None


def with_groups(people: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    """Adds the groups of each person as columns named by `DIMENSIONS`; what is not known is `unknown`.

    Town or country goes by the address: under a village committee (村委会) is country, under a residents' committee or street is
    town. Registered elsewhere (`elsewhere`, else `here`) is who lives in another county than that of the registered address.

    Args:
        people: `ethnic_group, sex, birth_date, address, county_code`, and `household_address` where there is one.
        day: On which ages are counted.
    """
    address = pl.col("address").fill_null("")
    age = ((pl.lit(day) - pl.col("birth_date")).dt.total_days() / 365.2425).floor()
    bands = [pl.when(age < limit).then(pl.lit(name)) for name, limit in _AGES.items()]
    oldest = pl.when(age.is_not_null()).then(pl.lit("60+")).otherwise(pl.lit(UNKNOWN))
    registered = _registered(people)
    home = pl.col("county_code")
    known = home.is_not_null() & ~home.str.ends_with("00") & registered.is_not_null() & ~registered.str.ends_with("00")
    return people.with_columns(
        pl.col("ethnic_group").fill_null(UNKNOWN),
        pl.col("sex").fill_null(UNKNOWN),
        pl.coalesce(*bands, oldest).alias("age"),
        pl.when(address.str.contains(_COMMITTEE)).then(pl.lit("country"))
        .when(address.str.contains(_TOWN)).then(pl.lit("town"))
        .when(address.str.contains(_VILLAGE)).then(pl.lit("country"))
        .otherwise(pl.lit(UNKNOWN)).alias("area"),
        pl.when(~known).then(pl.lit(UNKNOWN))
        .when(home == registered).then(pl.lit("here"))
        .otherwise(pl.lit("elsewhere")).alias("migrant"),
    )  # fmt: skip


def clue_rates(
    members: pl.DataFrame, listed: Iterable[str], day: dt.date
) -> dict[str, dict[str, dict[str, int | float | str | None]]]:
    """Clue rates by group, as they may be told.

    Args:
        members: One row per person who could be on the list: `cluster_id` and the columns of `with_groups`.
        listed: `cluster_id` of those on it.
        day: On which ages are counted.

    Returns:
        By dimension and group the fields of `GroupRate`.
    """
    return group_rates([group_counts(members, pl.Series("cluster_id", list(listed), pl.String), day)])


def group_counts(members: pl.DataFrame, listed: pl.Series, day: dt.date) -> pl.DataFrame:
    """Members and clues of every combination of groups; arguments as for `clue_rates`.

    Returns:
        The columns of `DIMENSIONS`, and `members`, `clues`; counts of parts of the members can be put one below the other.
    """
    on_list = pl.col("cluster_id").is_in(listed.implode())
    grouped = with_groups(members, day).with_columns(on_list.alias("_listed"))
    return grouped.group_by(*DIMENSIONS).agg(pl.len().alias("members"), pl.col("_listed").sum().alias("clues"))


_COUNTS = {**dict.fromkeys(DIMENSIONS, pl.String), "members": pl.get_index_type(), "clues": pl.get_index_type()}


def group_rates(counts: Iterable[pl.DataFrame]) -> dict[str, dict[str, dict[str, int | float | str | None]]]:
    """Clue rates by group, as they may be told.

    Args:
        counts: From `group_counts`, one or several.
    """
    merged = _merged(pl.concat([*counts, pl.DataFrame(schema=_COUNTS)]))
    made = {}
    for dimension in DIMENSIONS:
        counted = merged.group_by(dimension).agg(pl.col("members", "clues").sum()).sort(dimension)
        made[dimension] = {name: vars(rate) for name, rate in _told(list(counted.iter_rows())).items()}
    return made


def _registered(people: pl.DataFrame) -> pl.Series:
    """The county of the registered address."""
    if "household_address" not in people.columns:
        return pl.Series([None], dtype=pl.String).new_from_index(0, people.height)
    return standardise_address_places(people["household_address"].cast(pl.String)).values


def _merged(grouped: pl.DataFrame) -> pl.DataFrame:
    """Small ethnic groups as one, which takes in the next larger one while it is small itself."""
    sizes = grouped.group_by("ethnic_group").agg(pl.col("members").sum()).sort("members", "ethnic_group")
    sizes = sizes.filter(pl.col("ethnic_group") != UNKNOWN)
    small: list[str] = []
    count = 0
    for name, size in sizes.iter_rows():
        if size >= _SMALLEST and (not small or count >= _SMALLEST):
            break
        small.append(name)
        count += size
    return grouped.with_columns(
        pl.when(pl.col("ethnic_group").is_in(small)).then(pl.lit(OTHER)).otherwise("ethnic_group").alias("ethnic_group")
    )


def _told(counted: list[tuple[str, int, int]]) -> dict[str, GroupRate]:
    """The numbers that may be told: the hidden cells of a dimension stand for at least five clues of two groups."""
    clues = {name: count for name, _, count in counted}
    marks = {name: FEW for name, count in clues.items() if 0 < count < SMALL_COUNT}
    while marks and (len(marks) < 2 or sum(clues[name] for name in marks) < SMALL_COUNT):
        left = [name for name, count in clues.items() if count and name not in marks]
        if not left:
            break
        marks[min(left, key=lambda name: (clues[name], name))] = HIDDEN
    return {
        name: GroupRate(members, marks.get(name, count), None if name in marks else round(1000 * count / members, 2))
        for name, members, count in counted
    }

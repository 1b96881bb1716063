"""Ties between a roster member and the persons of their household (家庭关系): what says so, and how surely.

A tie is never more than what one row says: a list that names both in one household, two rows with one door, a row with
the member's telephone. Every tie keeps the row it was read from. Ties of several sources stand side by side.
"""

from collections.abc import Mapping
from enum import StrEnum

import numpy as np
import polars as pl
import pyarrow as pa

from matching.addresses import pack_addresses

__all__ = [
    "INSTITUTION",
    "READS",
    "SWITCHBOARD",
    "TIE",
    "Basis",
    "contact_ties",
    "listed_ties",
    "residence_ties",
    "telephone_ties",
]

INSTITUTION = 12
"""More persons at one door, or in one listed household, are an institution, a dormitory or a slip (集体户): no household
of sixty is ever made."""
SWITCHBOARD = 4
"""A telephone of more roster members belongs to an enterprise or an agent."""


class Basis(StrEnum):
    """What ties a person to a member."""

    LISTED = "listed"  # 名单同户
    RESIDENCE = "residence"  # 同一门牌
    TELEPHONE = "telephone"  # 同一电话
    CONTACT = "contact"  # 联系人


TIE: Mapping[str, type[pl.DataType]] = {
    "household_id": pl.String,
    "person": pl.String,
    "basis": pl.String,
    "source": pl.String,
    "record_id": pl.String,
    "extract_id": pl.String,
    "row_number": pl.Int64,
    "relation": pl.String,
    "confidence": pl.Float64,
}
"""Columns of ties: `household_id` the roster member (cluster), `person` another human being (cluster), the row that says
so, and how sure it is. Confidences are judgements until visits have been recorded."""

_ROW = ("source", "record_id", "extract_id", "row_number")
_PERSON = ("name", "sex", "birth_date", "phone")
READS: Mapping[Basis, tuple[str, ...]] = {
    Basis.LISTED: (*_ROW, "household_ref", "relation"),
    Basis.RESIDENCE: (*_ROW, *_PERSON, "county_code", "address"),
    Basis.TELEPHONE: (*_ROW, *_PERSON),
    Basis.CONTACT: (
        *_ROW, "name", "sex", "birth_date", "county_code", "settled_on", "contact_name", "contact_relation", "contact_phone",
    ),
}  # fmt: skip
"""Columns that are read of the rows that tie, by what ties; of the roster always those of `Basis.RESIDENCE`."""

_LISTED, _DOOR, _DOOR_AND_PHONE, _PHONE, _PHONE_ALONE = 1.0, 0.9, 0.97, 0.85, 0.6
_NAMED_AND_PHONE, _NAMED = 0.95, 0.85
_GROWN_APART = 0.8
"""Share by which a tie between parents and a grown child is less sure: many live apart."""
_A_MEMBER, _LEAST_NAMED = 0.4, 0.6
"""How many contact persons are taken to be members of their county's unions; a name that says less ties nobody."""
_GROWN = 22.0
_CONTACT_IS = {"10": "spouse", "20": "parent", "30": "parent", "50": "child"}
"""What a patient is to the contact person, by what that one is to the patient; others need not live together."""
_COUPLE, _GENERATION, _OLDEST_PARENT = 15.0, 16.0, 50.0
_YEAR = 365.25


def listed_ties(rows: pl.DataFrame, linked: pl.DataFrame) -> pl.DataFrame:
    """Ties that a list of whole households states (civil-affairs members, blocks of the archive).

    Args:
        rows: Of one source the columns of `READS` and `person` (cluster).
        linked: `record_id, cluster_id, match_probability`: rows that are roster members.

    Returns:
        Columns of `TIE`; as sure as the member's own link to the list. A member is not tied to themselves.
    """
    named = rows.select(*READS[Basis.LISTED], "person").drop_nulls("household_ref")
    small = named.filter(pl.col("person").n_unique().over("household_ref") <= INSTITUTION)
    heads = (
        linked.select("record_id", "cluster_id", "match_probability")
        .join(named.select("record_id", "household_ref"), on="record_id")
        .group_by("household_ref", "cluster_id")
        .agg(pl.col("match_probability").max())
    )
    own = linked.select("record_id", "cluster_id")
    tied = (
        small.join(heads, on="household_ref")
        .filter(pl.col("person") != pl.col("cluster_id"))
        .join(own, on=["record_id", "cluster_id"], how="anti")
    )
    return _ties(tied, Basis.LISTED, pl.col("match_probability") * _LISTED)


def residence_ties(roster: pl.DataFrame) -> pl.DataFrame:
    """Ties between roster members who live behind one door and can be relatives by surname, age and sex.

    Args:
        roster: Roster rows with `cluster_id`.

    Returns:
        Columns of `TIE`, both ways; `relation` says what they can be. Without a door there is no tie.
    """
    doors = _doors(roster["address"])
    here = roster.select("cluster_id", *READS[Basis.RESIDENCE]).drop("address").with_columns(doors)
    here = here.filter((pl.col("_door") > 0) & (pl.len().over("_door") > 1))  # most are alone behind theirs
    here = here.with_columns(pl.col("cluster_id").alias("person")).unique(
        ["county_code", "_door", "person"], keep="first", maintain_order=True
    )
    small = here.filter(pl.len().over("county_code", "_door").is_between(2, INSTITUTION))
    sides = small.select(
        "county_code", "_door", pl.col("cluster_id").alias("_member"), pl.col("_place").alias("_other"), *_as_member()
    )
    pairs = small.drop("cluster_id").join(sides, on=["county_code", "_door"], nulls_equal=True)
    agrees = (pl.col("_place") == pl.col("_other")) | (pl.col("_place") == 0) | (pl.col("_other") == 0)
    pairs = pairs.filter((pl.col("person") != pl.col("_member")) & agrees)
    pairs = pairs.rename({"_member": "cluster_id"}).with_columns(_relation().alias("relation"))
    shared = (pl.col("phone") == pl.col("_phone")).fill_null(False)
    sure = pl.when(shared).then(_DOOR_AND_PHONE).when(pl.col("relation").is_not_null()).then(_DOOR)
    return _ties(pairs.with_columns(sure.alias("_sure")).drop_nulls("_sure"), Basis.RESIDENCE, pl.col("_sure"))


def telephone_ties(rows: pl.DataFrame, roster: pl.DataFrame) -> pl.DataFrame:
    """Ties by the telephone that a person left, which is a member's: a wife's bill bears her husband's number.

    Args:
        rows: Of one source the columns of `READS` and `person` (cluster).
        roster: Roster rows with `cluster_id`.

    Returns:
        Columns of `TIE`. A number of more than `SWITCHBOARD` members or of more than `INSTITUTION` persons ties nobody.
    """
    known = rows.select(*READS[Basis.TELEPHONE], "person").drop_nulls("phone")
    members = roster.join(known, on="phone", how="semi", maintain_order="left").select("cluster_id", *_as_member())
    members = members.unique(["cluster_id", "_phone"], keep="first", maintain_order=True)
    members = members.filter(pl.len().over("_phone") <= SWITCHBOARD)
    known = known.filter(pl.col("person").n_unique().over("phone") <= INSTITUTION)
    pairs = known.join(members, left_on="phone", right_on="_phone").filter(pl.col("person") != pl.col("cluster_id"))
    pairs = pairs.with_columns(_relation().alias("relation"))
    told = pl.col("birth_date").is_not_null() & pl.col("_birth_date").is_not_null()
    sure = pl.when(pl.col("relation").is_not_null()).then(_PHONE).when(~told).then(_PHONE_ALONE)
    return _ties(pairs.with_columns(sure.alias("_sure")).drop_nulls("_sure"), Basis.TELEPHONE, pl.col("_sure"))


def contact_ties(rows: pl.DataFrame, roster: pl.DataFrame) -> pl.DataFrame:
    """Ties by the contact person (联系人) a patient named: husband, wife, parent or child by what is stated, and a member by name.

    A member of that name with that telephone is the contact person. By the name alone a member of the same county is, if so
    rare a name would hardly be met there by chance: its bearers in other counties tell how often it would. Who is stated to be
    anything else, a brother or a neighbour, need not live in the household and is tied to nobody.

    Args:
        rows: Of one source the columns of `READS` and `person` (cluster).
        roster: Roster rows with `cluster_id`.

    Returns:
        Columns of `TIE`; `relation` is what the patient is to the member.
    """
    known = rows.select(*READS[Basis.CONTACT], "person").filter(pl.col("contact_relation").is_in(list(_CONTACT_IS)))
    members = roster.select("cluster_id", pl.col("county_code").alias("_county"), *_as_member())
    reached = members.join(known, left_on="_phone", right_on="contact_phone", how="semi", maintain_order="left")
    reached = reached.unique(["cluster_id", "_name", "_phone"], maintain_order=True)
    reached = reached.filter(pl.col("cluster_id").n_unique().over("_phone") <= SWITCHBOARD)
    by_phone = known.join(reached, left_on="contact_phone", right_on="_phone", coalesce=False)
    same = (pl.col("contact_name") == pl.col("_name")).fill_null(False)
    by_phone = by_phone.with_columns(pl.when(same).then(_NAMED_AND_PHONE).otherwise(_PHONE).alias("_sure"))
    by_name = known.join(
        _rare_names(members, known["contact_name"]),
        left_on=["contact_name", "county_code"],
        right_on=["_name", "_county"],
        coalesce=False,
    )
    by_name = by_name.with_columns((_NAMED * _A_MEMBER / (_A_MEMBER + pl.col("_by_chance"))).alias("_sure"))
    pairs = pl.concat([by_phone, by_name.select(by_phone.columns)]).filter(pl.col("person") != pl.col("cluster_id"))
    pairs = pairs.with_columns(pl.col("contact_relation").replace_strict(_CONTACT_IS).alias("relation"))
    young = ((pl.col("settled_on") - pl.col("birth_date")).dt.total_days() < _GROWN * _YEAR).fill_null(False)
    together = (pl.col("relation") == "spouse") | ((pl.col("relation") == "child") & young)
    sure = pl.when(together).then(pl.col("_sure")).otherwise(pl.col("_sure") * _GROWN_APART)
    fitting = pairs.with_columns(sure.alias("_sure")).filter(_can_be() & (pl.col("_sure") >= _LEAST_NAMED))
    return _ties(fitting, Basis.CONTACT, pl.col("_sure"))


def _rare_names(members: pl.DataFrame, asked: pl.Series) -> pl.DataFrame:
    """Members of the names asked for who alone bear theirs in a county, with `_by_chance`: how many a county of that size has by chance.

    Reckoned from the bearers of the name in other counties, and half a one more: nobody elsewhere is not never.
    """
    person = ["cluster_id", "_name", "_county"]
    homes = members.select(person).drop_nulls().unique().group_by("_county").len("_inhabitants")
    named = members.drop_nulls("_county").filter(pl.col("_name").is_in(asked.unique().implode()))
    named = named.unique(person, keep="first", maintain_order=True).join(homes, on="_county", maintain_order="left")
    elsewhere = pl.len().over("_name") - pl.len().over("_name", "_county")
    others = (homes["_inhabitants"].sum() - pl.col("_inhabitants")).clip(1)
    chance = (elsewhere + 0.5) / others * pl.col("_inhabitants")
    return named.with_columns(chance.alias("_by_chance")).filter(pl.len().over("_name", "_county") == 1)


def _ties(rows: pl.DataFrame, basis: Basis, confidence: pl.Expr) -> pl.DataFrame:
    """The surest tie of each row, in the columns of `TIE`."""
    told = rows.with_columns(
        pl.col("cluster_id").alias("household_id"), pl.lit(str(basis)).alias("basis"), confidence.alias("confidence")
    )
    return (
        told.select(pl.col(name).cast(kind) for name, kind in TIE.items())
        .sort("household_id", "person", "source", "confidence", "record_id", descending=[*[False] * 3, True, False])
        .unique(["household_id", "person", "source", "basis"], keep="first", maintain_order=True)
    )


def _as_member() -> list[pl.Expr]:
    return [pl.col(name).alias(f"_{name}") for name in _PERSON]


def _relation() -> pl.Expr:
    """What two persons can be to each other: spouse, parent, child or sibling; null where nothing fits.

    Couples are of different sex and less than 15 years apart; parents 16 to 50 years older; brothers and sisters bear
    one surname. Of a child the surname is the member's or, by the mother, another: age alone decides.
    """
    apart = _years_younger()
    surname = pl.col("name").str.head(1) == pl.col("_name").str.head(1)
    return (
        pl.when(surname & (apart.abs() < _GENERATION)).then(pl.lit("sibling"))
        .when((pl.col("sex") != pl.col("_sex")) & (apart.abs() < _COUPLE)).then(pl.lit("spouse"))
        .when(apart.is_between(_GENERATION, _OLDEST_PARENT)).then(pl.lit("child"))
        .when((-apart).is_between(_GENERATION, _OLDEST_PARENT)).then(pl.lit("parent"))
    )  # fmt: skip


def _can_be() -> pl.Expr:
    """Whether ages and sexes, as far as they are known, allow the relation that is stated."""
    apart, relation = _years_younger(), pl.col("relation")
    couple = (pl.col("sex") != pl.col("_sex")).fill_null(True) & (apart.abs() < _COUPLE).fill_null(True)
    return (
        pl.when(relation == "spouse").then(couple)
        .when(relation == "child").then(apart.is_between(_GENERATION, _OLDEST_PARENT).fill_null(True))
        .otherwise((-apart).is_between(_GENERATION, _OLDEST_PARENT).fill_null(True))
    )  # fmt: skip


def _years_younger() -> pl.Expr:
    """By how many years the person is younger than the member."""
    return (pl.col("birth_date") - pl.col("_birth_date")).dt.total_days() / _YEAR


def _doors(addresses: pl.Series) -> list[pl.Series]:
    """`_door`, a number for each spot with its door, 0 where an address does not say them; `_place`, its community."""
    doors, places = [np.empty(0, np.uint64)], [np.empty(0, np.uint64)]
    for start in range(0, len(addresses), _AT_ONCE):
        packed = pack_addresses(addresses.slice(start, _AT_ONCE).to_arrow().cast(pa.large_string()))
        with np.errstate(over="ignore"):
            mixed = (packed.spots * np.uint64(0x9E3779B97F4A7C15)) ^ (packed.doors * np.uint64(0xC2B2AE3D27D4EB4F))
        said = (packed.spots != 0) & (packed.doors != 0)
        doors.append(np.where(said, mixed | np.uint64(1), np.uint64(0)))
        places.append(packed.communities)
    return [pl.Series("_door", np.concatenate(doors)), pl.Series("_place", np.concatenate(places))]


_AT_ONCE = 1 << 18
"""How many addresses are taken apart at a time."""

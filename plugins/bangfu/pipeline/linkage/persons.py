"""Rows of one source collapsed to persons (同一人合并) by the key its declaration gives, before linkage."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.fields import PERSON

__all__ = ["Persons", "collapse", "says_enough"]

_STRONG = ("id_number", "person_ref", "household_ref")
_KEPT = tuple(field.name for field in PERSON)


@dataclass(frozen=True)
class Persons:
    """The persons of one source.

    Attributes:
        table: One row per person: `record_id` (the smallest of the person's rows) and person columns, each with the
            person's latest known value.
        members: One row per row of the source: `record_id`, `person_id`.
    """

    table: pl.DataFrame
    members: pl.DataFrame


def collapse(rows: pl.DataFrame, key: tuple[str, ...], columns: Sequence[str] = _KEPT) -> Persons:
    """Collapse rows that agree in the whole key; a missing value agrees with a missing value only.

    A row is collapsed only where its key says enough: an identity number, person or household identifier,
    or two particulars beside the name. Two rows that share nothing but a name stay two persons.

    Args:
        rows: Standardised rows, oldest first; `record_id` is unique.
        key: The declaration's `person_key`.
        columns: Columns that the table of persons is to have; all canonical person columns by default.
    """
    if rows.is_empty():
        empty = pl.DataFrame(schema={"record_id": pl.String, "person_id": pl.String})
        return Persons(rows.select("record_id", *columns), empty)
    own = pl.when(says_enough(key)).then(None).otherwise(pl.col("record_id")).alias("_own")
    person = pl.col("record_id").min().over([*key, "_own"]).alias("person_id")
    persons = rows.select("record_id", *key, own).select(person).to_series()
    members = pl.DataFrame([rows["record_id"], persons])
    ids = persons.unique().sort()
    person_of = ids.search_sorted(persons).to_numpy()
    rows = rows.select(columns)
    # Column by column, and what was read let go: a roster of millions is not held twice.
    table = [_latest(rows.drop_in_place(name), person_of, len(ids)) for name in list(columns)]
    return Persons(pl.DataFrame([ids.alias("record_id"), *table]), members.sort("record_id"))


def _latest(values: pl.Series, person_of: npt.NDArray[np.uint32], persons: int) -> pl.Series:
    """The last known value of each person."""
    known = np.flatnonzero(values.is_not_null().to_numpy())
    last = np.full(persons, -1)
    last[person_of[known]] = known
    return values.gather(pl.Series(last).replace(-1, None))


def says_enough(key: Sequence[str]) -> pl.Expr:
    """Whether a row's values of a key tell who it is: an identifier, or two particulars beside the name."""
    strong = pl.any_horizontal(pl.col(name).is_not_null() for name in key if name in _STRONG)
    weak = pl.sum_horizontal(pl.col(name).is_not_null() for name in key if name != "name")
    return strong | (weak >= 2)

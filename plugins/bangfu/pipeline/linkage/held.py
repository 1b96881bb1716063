"""What a linkage run holds of each source until clusters are formed (比对中间数据): numbers, and texts only once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from bangfu.pipeline.linkage.persons import Persons
from matching.columns import Ints
from matching.errors import LinkError

__all__ = ["Held", "handed_over", "held", "joining", "places"]


@dataclass(frozen=True)
class Held:
    """The rows of one source.

    Attributes:
        records: `record_id` of every row, in order.
        person: Of every row the place of its person's row.
        says: What may contradict, one row per person in the order of their rows.
    """

    records: pl.Series
    person: Ints
    says: pl.DataFrame

    @property
    def persons(self) -> Ints:
        """The places of the persons' rows, in order."""
        return np.unique(self.person)

    @property
    def members(self) -> pl.DataFrame:
        """`record_id, person_id` of every row."""
        return pl.DataFrame([self.records, self.records.gather(self.person).alias("person_id")])

    @property
    def size(self) -> int:
        """Bytes."""
        return int(self.records.estimated_size() + self.person.nbytes + self.says.estimated_size())


def held(persons: Persons, columns: Sequence[str]) -> Held:
    """What is held of a source; `columns` may contradict."""
    records = persons.members["record_id"]
    person = records.search_sorted(persons.members["person_id"]).to_numpy().astype(np.int32)
    return Held(records, person, persons.table.select(columns))


def handed_over(frame: pl.DataFrame) -> pa.Table:
    """A frame as an Arrow table; its columns are let go one by one, so that it is empty afterwards."""
    return pa.table({name: frame.drop_in_place(name).to_arrow() for name in frame.columns})


def joining(pairs: pl.DataFrame, left: Held, right: Held) -> pl.DataFrame:
    """Pairs by the places of their records: `left, right, match_weight`.

    Args:
        pairs: `left_id, right_id, match_weight`.
        left: The source of the left records.
        right: That of the right ones.
    """
    return pl.DataFrame(
        [
            places(left.records, pairs["left_id"]).alias("left"),
            places(right.records, pairs["right_id"]).alias("right"),
            pairs["match_weight"],
        ]
    )


def places(records: pl.Series, some: pl.Series) -> pl.Series:
    """The place of each of some records among all, which are in order.

    Raises:
        LinkError: One is none of them.
    """
    found = records.search_sorted(some).cast(pl.Int32)
    known = found < len(records)
    if not (known.all() and (records.gather(found) == some).all()):
        raise LinkError("pairs or households name a record that no source has")
    return found

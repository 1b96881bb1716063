"""Particulars of those who are told of (具体信息): they are few, and read again once they are known.

Screening holds no name, document or address of anybody: of ten million members they would be most of its memory.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from bangfu.pipeline.screening.linked_tables import LinkedTables, compacted
from bangfu.screening.fairness import READS, group_counts, group_rates
from schemas.sources import ROSTER

__all__ = ["MEMBER", "SHOWN", "described", "groups_told", "particulars"]

SHOWN = ("union_name", "name", "sex", "ethnic_group", "id_number", "phone", "address", "employer")
"""What a list shows of a member, by right."""
MEMBER = ("person_ref", "birth_date", "mutual_aid", *SHOWN)
"""What is told of a member, or made into their opaque id."""


def particulars(tables: LinkedTables, wanted: Mapping[str, pl.Series], columns: Sequence[str]) -> pl.DataFrame:
    """Some columns of some rows.

    Args:
        tables: The linkage run.
        wanted: By source, `record_id` of the rows.
        columns: Columns that all these sources have.

    Returns:
        `record_id` and the columns, the oldest rows of each source first.
    """
    parts = [_rows(tables, source, records, columns) for source, records in sorted(wanted.items())]
    return pl.concat(parts) if parts else _nothing(columns)


def described(tables: LinkedTables, members: pl.DataFrame) -> pl.DataFrame:
    """Members with what the roster row that stands for each of them says.

    Args:
        tables: The linkage run.
        members: Rows of `bangfu.screening.screened.Prepared.members`.

    Returns:
        The rows in their order, with the columns `MEMBER`.
    """
    told = _rows(tables, ROSTER, members["record_id"], MEMBER)
    return members.drop(MEMBER, strict=False).join(told, on="record_id", how="left", maintain_order="left")


def groups_told(tables: LinkedTables, members: pl.DataFrame, listed: pl.Series, day: dt.date) -> dict[str, Any]:
    """Clue rates by group; see `bangfu.screening.fairness.clue_rates`.

    Args:
        tables: The linkage run.
        members: `extract_id, record_id, cluster_id` of those who could be on the list.
        listed: `cluster_id` of those on it.
        day: On which ages are counted.
    """
    able = members.select("extract_id", "record_id", "cluster_id")
    by_extract = able.partition_by("extract_id", as_dict=True, include_key=False)
    counts = []
    for piece in tables.pieces(ROSTER, ("extract_id", "record_id", *READS)):
        own = by_extract.get((piece["extract_id"][0],))
        if own is not None:
            counts.append(group_counts(piece.join(own, on="record_id"), listed, day))
    return group_rates(counts)


def _rows(tables: LinkedTables, source: str, records: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
    wanted = records.unique().alias("record_id").to_frame()
    pieces = tables.pieces(source, ("record_id", *columns))
    parts = [compacted(piece.join(wanted, on="record_id", how="semi", maintain_order="left")) for piece in pieces]
    return pl.concat(parts) if parts else _nothing(columns)


def _nothing(columns: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(("record_id", *columns), pl.String))

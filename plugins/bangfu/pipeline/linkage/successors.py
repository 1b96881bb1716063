"""Rows in the place of others (更正前后的行): what a revision made of the rows of the delivery that it replaces.

A revision brings all rows of its period once more, as records under new ids. Whoever only that delivery names would lose
the cluster id under which they were known. Only ids follow from it: who is linked with whom does not.
"""

import logging
from collections.abc import Mapping, Sequence

import polars as pl

from bangfu.db.deliveries import StandingExtract
from bangfu.db.delivery_queries import slots_of
from bangfu.db.registry import ExtractRow, get_extract
from bangfu.db.runs import Run
from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.persons import says_enough
from bangfu.pipeline.sealed import read_sealed
from bangfu.storage import StoreError
from bangfu.vault import VaultError
from schemas.sources import SOURCES

__all__ = ["paired", "successors"]

_ALIKE = (
    ("id_number", "name"),
    ("person_ref", "name"),
    ("household_ref", "name"),
    ("name", "birth_date"),
    ("name", "phone"),
    ("id_number",),
)
"""What tells that a corrected row is the same person's, the surest first, where no other row of either delivery has it."""

_NONE = pl.DataFrame(schema={"former_id": pl.String, "record_id": pl.String})
_log = logging.getLogger(__name__)


def successors(context: Context, former: Run, extracts: Sequence[StandingExtract]) -> pl.DataFrame:
    """The rows that stand now in the place of rows that a former run read.

    Rows that retention has deleted since have no successor.

    Args:
        context: The installation.
        former: A finished linkage run.
        extracts: The extracts that count now.

    Returns:
        `former_id, record_id`; either at most once.
    """
    read = former.summary.get("inputs")
    standing = {row.extract_id: row for row in extracts if row.rows_accepted}
    gone = set(read if isinstance(read, list) else ()) - standing.keys()
    come = standing.keys() - set(read if isinstance(read, list) else ())
    with context.engine.connect() as connection:
        slots = slots_of(connection, sorted(gone | come))
        lost = {extract: row for extract in gone if (row := get_extract(connection, extract)) is not None}
    replaced = _by_slot(slots, sorted(lost))
    found = [_NONE]
    for (source, slot), own in sorted(_by_slot(slots, sorted(come)).items()):
        before = _rows(context, [lost[extract] for extract in replaced.get((source, slot), ())], source)
        if not before.is_empty():
            after = _rows(context, [standing[extract] for extract in own], source)
            found.append(paired(before, after, source))
    return pl.concat(found).unique("former_id", keep="first", maintain_order=True).unique("record_id", keep="first")


def paired(before: pl.DataFrame, after: pl.DataFrame, source: str) -> pl.DataFrame:
    """Rows of a delivery and the rows of its revision that name the same person.

    Rows that agree in the source's `person_key` are paired in their order, then single rows that agree in enough of it.

    Args:
        before: `record_id` and the columns of `compared`.
        after: The same.
        source: Source code.

    Returns:
        `former_id, record_id`; either at most once.
    """
    declared = SOURCES[source]
    present = {field.name for field in declared.fields}
    passes = [declared.person_key, (*declared.natural_key, "name"), *(key for key in _ALIKE if present >= set(key))]
    before, after = (side.rename({"record_id": name}) for side, name in ((before, "former_id"), (after, "record_id")))
    found = [_NONE]
    for number, key in enumerate(passes):
        columns = list(dict.fromkeys(key))
        # Any number of rows are one person's by the person key; by less, only a row that has no double is.
        wanted = says_enough(columns) if number == 0 else pl.all_horizontal(pl.col(columns).is_not_null())
        left, right = (_numbered(side.filter(wanted), columns, alone=number > 0) for side in (before, after))
        found.append(
            left.join(right, on=[*columns, "_place"], nulls_equal=True, maintain_order="left").select(_NONE.columns)
        )
        before = before.join(found[-1], on="former_id", how="anti", maintain_order="left")
        after = after.join(found[-1], on="record_id", how="anti", maintain_order="left")
    return pl.concat(found)


def _numbered(rows: pl.DataFrame, key: Sequence[str], *, alone: bool) -> pl.DataFrame:
    """The place of each row among those of its key; with `alone` only rows that are the only ones of theirs."""
    if alone:
        rows = rows.filter(pl.len().over(key) == 1)
    return rows.with_columns(pl.int_range(pl.len()).over(key).alias("_place"))


def compared(source: str) -> list[str]:
    """The columns by which rows of a source are paired."""
    declared = SOURCES[source]
    present = {field.name for field in declared.fields}
    alike = [name for key in _ALIKE for name in key if name in present]
    return list(dict.fromkeys(("record_id", "name", *declared.person_key, *declared.natural_key, *alike)))


def _by_slot(
    slots: Mapping[str, Sequence[tuple[str, str]]], extracts: Sequence[str]
) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for extract in extracts:
        for slot in slots.get(extract, ()):
            found.setdefault(slot, []).append(extract)
    return found


def _rows(context: Context, extracts: Sequence[StandingExtract | ExtractRow], source: str) -> pl.DataFrame:
    """The rows of some extracts as far as they are kept."""
    columns = compared(source)
    frames = []
    for row in extracts:
        if row.standard_key is not None and row.rows_accepted:
            try:
                frames.append(read_sealed(context, row.standard_key, row.extract_id, columns))
            except (StoreError, VaultError) as error:
                _log.info("rows of %s have no successors: %s", row.extract_id, type(error).__name__)
    return (
        pl.concat(frames, how="vertical_relaxed") if frames else pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    )

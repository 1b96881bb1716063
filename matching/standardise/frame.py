"""From raw text to a standardised table (标准化): typed columns for accepted rows, reasons for the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from matching.standardise.amounts import AMOUNT
from matching.standardise.identity import VALID_FORMS, birth_date_in, sex_in
from matching.standardise.places import standardise_places
from matching.standardise.registry import standardiser
from schemas.vocabulary import REJECT_REASONS, RejectCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.source import Source

TYPES: Mapping[str, pl.DataType] = {"string": pl.String(), "date": pl.Date(), "int": pl.Int64(), "decimal": AMOUNT}
"""Column types by the type names of ``schemas.fields``."""

POSITION = ("row_number", "sheet", "sheet_row", "member")
"""Where a raw row stands in its file; only ``row_number`` is needed."""

REJECTED_SCHEMA = {
    "row_number": pl.Int64(),
    "sheet": pl.String(),
    "sheet_row": pl.Int64(),
    "member": pl.Int64(),
    "code": pl.String(),
    "field": pl.String(),
    "reason_zh": pl.String(),
    "reason_en": pl.String(),
    "raw": pl.String(),
}
"""Columns of a quarantine table; ``raw`` holds the cells as received, as JSON text."""


@dataclass(frozen=True)
class StandardFrame:
    """A standardised extract; every raw row is in exactly one of the two tables.

    Attributes:
        accepted: exactly the declared fields of the source, in order and type.
        rejected: one row per refused raw row, with the columns of ``REJECTED_SCHEMA``.
        defects: values that could not be read and were left empty in accepted rows, counted by field.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    defects: Mapping[str, int]


def standardise_frame(raw: pl.DataFrame, source: Source, extract_id: str) -> StandardFrame:
    """Standardise the raw rows of one extract.

    Args:
        raw: text columns named by canonical fields (absent ones are missing), and ``row_number``, unique.
        source: what the source declares.
        extract_id: the extract; it becomes part of every record id.

    Raises:
        ValueError: ``row_number`` is not unique.
    """
    if raw["row_number"].n_unique() != raw.height:
        raise ValueError("row numbers must be unique within an extract")
    fields = [field.name for field in source.fields]
    raw_fields = [name for name in raw.columns if name in fields and name not in POSITION]
    columns, unreadable = _read_columns(raw, source, raw_fields)
    table = _complete(pl.DataFrame(columns), source, extract_id)
    reasons = _reasons(raw, table, unreadable, source, raw_fields)
    bad = reasons["code"].is_not_null()
    accepted = table.filter(~bad).select(fields)
    defects = {name: count for name, mask in unreadable.items() if (count := int((mask & ~bad).sum()))}
    return StandardFrame(accepted, rejection(raw.filter(bad), reasons.filter(bad), raw_fields), defects)


def rejection(raw: pl.DataFrame, reasons: pl.DataFrame, raw_fields: list[str]) -> pl.DataFrame:
    """A quarantine table from raw rows and their ``code`` and ``field``, row by row.

    >>> raw = pl.DataFrame({"row_number": [7], "name": [None]})
    >>> reasons = pl.DataFrame({"code": ["name_missing"], "field": ["name"]})
    >>> rejection(raw, reasons, ["name"]).select("row_number", "code", "raw").row(0)
    (7, 'name_missing', '{"name":null}')
    """
    given = {name: raw[name] for name in POSITION if name in raw.columns}
    zh = {str(code): texts[0] for code, texts in REJECT_REASONS.items()}
    en = {str(code): texts[1] for code, texts in REJECT_REASONS.items()}
    cells = raw.select(pl.struct(raw_fields).struct.json_encode() if raw_fields else pl.lit("{}")).to_series()
    table = reasons.select(
        *given.values(),
        "code",
        "field",
        pl.col("code").replace_strict(zh, return_dtype=pl.String).alias("reason_zh"),
        pl.col("code").replace_strict(en, return_dtype=pl.String).alias("reason_en"),
        cells.alias("raw"),
    )
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in REJECTED_SCHEMA.items() if name not in table.columns]
    return table.with_columns(absent).select(pl.col(name).cast(dtype) for name, dtype in REJECTED_SCHEMA.items())


def _read_columns(
    raw: pl.DataFrame, source: Source, raw_fields: list[str]
) -> tuple[dict[str, pl.Series], dict[str, pl.Series]]:
    columns: dict[str, pl.Series] = {"row_number": raw["row_number"].cast(pl.Int64)}
    unreadable: dict[str, pl.Series] = {}
    derived: dict[str, pl.Series] = {}
    for field in source.fields:
        if field.standardiser == "derived":
            continue
        if field.name not in raw_fields:
            columns[field.name] = pl.Series(field.name, [None], dtype=TYPES[field.type]).new_from_index(0, raw.height)
            continue
        reading = standardiser(field.standardiser)(raw[field.name])
        columns[field.name] = reading.values.alias(field.name)
        unreadable[field.name] = reading.unreadable
        if field.name == "name":
            derived["former_name"] = reading.derived["former_name"]
        elif field.name == "id_number":
            columns["id_form"] = reading.derived["id_form"].alias("id_form")
        elif field.name == "birth_date":
            columns["birth_precision"] = reading.derived["precision"].alias("birth_precision")
    for name, values in derived.items():
        columns[name] = columns[name].fill_null(values)
    return columns, unreadable


def _complete(table: pl.DataFrame, source: Source, extract_id: str) -> pl.DataFrame:
    """Provenance, and what other columns tell where a column is empty."""
    for name in ("id_form", "birth_precision"):
        if name not in table.columns:
            table = table.with_columns(pl.lit(None, pl.String).alias(name))
    trusted = pl.when(pl.col("id_form").is_in(VALID_FORMS)).then(pl.col("id_number"))
    from_number = birth_date_in(trusted)
    weak = pl.col("birth_date").is_null() | (
        pl.col("birth_precision").ne("day") & (pl.col("birth_date").dt.year() == from_number.dt.year())
    )
    replaced = weak & from_number.is_not_null()
    table = table.with_columns(
        pl.when(replaced).then(from_number).otherwise(pl.col("birth_date")).alias("birth_date"),
        pl.when(replaced).then(pl.lit("day")).otherwise(pl.col("birth_precision")).alias("birth_precision"),
        pl.coalesce("sex", sex_in(trusted)).alias("sex"),
        pl.lit(source.code).alias("source"),
        pl.lit(extract_id).alias("extract_id"),
        (pl.lit(f"{extract_id}:") + pl.col("row_number").cast(pl.String)).alias("record_id"),
    )
    names = {field.name for field in source.fields}
    if {"personal_amount", "self_paid_in_scope", "self_paid_out_of_scope"} <= names:
        parts = pl.col("self_paid_in_scope") + pl.col("self_paid_out_of_scope").fill_null(0)
        table = table.with_columns(pl.coalesce("personal_amount", parts).cast(AMOUNT).alias("personal_amount"))
    return _places(table, names)


def _places(table: pl.DataFrame, names: set[str]) -> pl.DataFrame:
    """``union_county_code`` from the parent union; ``county_code`` from the own column or the next best one.

    A prefecture's code gives way to a county of that prefecture that another column names.
    """
    if "union_county_code" in names:
        unions = standardise_places(table["parent_union"]).values
        if "union_name" in names:
            unions = _finer(unions, standardise_places(table["union_name"]).values)
        table = table.with_columns(unions.alias("union_county_code"))
    codes = _finer(table["county_code"], standardise_places(table["address"]).values)
    if "union_county_code" in names:
        codes = _finer(codes, table["union_county_code"])
    if "household_address" in names:
        codes = _finer(codes, standardise_places(table["household_address"]).values)
    return table.with_columns(codes.alias("county_code"))


def _finer(first: pl.Series, second: pl.Series) -> pl.Series:
    """The first code; the second where the first is missing, or a prefecture that the second lies in."""
    inside = first.str.ends_with("00") & (first.str.slice(0, 4) == second.str.slice(0, 4))
    return first.zip_with(~(first.is_null() | inside.fill_null(False)), second.fill_null(first))


def _reasons(
    raw: pl.DataFrame, table: pl.DataFrame, unreadable: Mapping[str, pl.Series], source: Source, raw_fields: list[str]
) -> pl.DataFrame:
    """The first reason against each row, nulls where there is none."""
    none = pl.lit(None, pl.String)
    code, field = none, none
    checks: list[tuple[pl.Expr, RejectCode, str | None]] = []
    masks = pl.DataFrame({f"unreadable:{name}": mask for name, mask in unreadable.items()})
    for name in source.required:
        if name in unreadable:
            checks.append((pl.col(f"unreadable:{name}"), RejectCode.UNREADABLE_VALUE, name))
        missing = RejectCode.NAME_MISSING if name == "name" else RejectCode.REQUIRED_MISSING
        checks.append((pl.col(name).is_null(), missing, name))
    identifiers = ("id_number", "birth_date", "phone", "address")
    nobody = pl.all_horizontal([pl.col(name).is_null() for name in identifiers])
    checks.append((nobody, RejectCode.NO_IDENTIFIER, None))
    if raw_fields:
        repeated = raw.select(~pl.struct(raw_fields).is_first_distinct()).to_series().alias("repeated")
        masks = masks.with_columns(repeated) if masks.width else repeated.to_frame()
        checks.append((pl.col("repeated"), RejectCode.DUPLICATE_ROW, None))
    for condition, reject_code, at_field in reversed(checks):
        code = pl.when(condition).then(pl.lit(str(reject_code))).otherwise(code)
        field = pl.when(condition).then(pl.lit(at_field, pl.String)).otherwise(field)
    joined = pl.concat([table, masks], how="horizontal") if masks.width else table
    return joined.select(code.alias("code"), field.alias("field"))

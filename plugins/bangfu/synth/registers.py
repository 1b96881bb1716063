"""What the registers beside the lists wrote down (残联、教育、殡葬、工伤、社保台账): true rows with errors, not yet laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bangfu.synth.deliveries import PROVINCE
from bangfu.synth.writing import erred, forced, head_phones, people, repeated, seen

if TYPE_CHECKING:
    import numpy as np

    from bangfu.synth.error_rates import SourceErrors
    from bangfu.synth.world import World


def certificates(rng: np.random.Generator, world: World, rates: SourceErrors, flags: pl.DataFrame) -> pl.DataFrame:
    """One row per holder of a disability certificate; some are known by the phone of the head of their household."""
    rows = people(world, repeated(rng, world.holders, rates.duplicate).sort("person", maintain_order=True))
    rows = seen(rows, flags)
    heads = _of_heads(world, rows)
    rows = forced(rows.with_columns(pl.coalesce("phone", heads).alias("phone")), flags, source=True)
    rows = erred(rng, world, rows, rates, heads)
    return _placed(world, rows, world.place.prefecture.code).with_columns(
        record_key=pl.format("{}|{}", pl.col("id_number").fill_null(""), "name")
    )


def applications(rng: np.random.Generator, world: World, rates: SourceErrors, flags: pl.DataFrame) -> pl.DataFrame:
    """One row per application for education aid, about the parent; the student's particulars stand beside it."""
    students = world.people.select(
        pl.col("person").alias("student"),
        pl.col("name").alias("student_name"),
        pl.col("id_number").alias("student_number"),
        pl.col("female").alias("student_female"),
    )
    rows = _numbered(world, world.aided, "Z").join(students, on="student", how="left", maintain_order="left")
    rows = repeated(rng, rows, rates.duplicate).sort("record_key", maintain_order=True)
    rows = seen(people(world, rows), flags)
    rows = erred(rng, world, forced(rows, flags, source=True), rates, _of_heads(world, rows))
    return _placed(world, rows, PROVINCE)


def burials(rng: np.random.Generator, world: World, rates: SourceErrors) -> pl.DataFrame:
    """One row per death, with a relative who signed."""
    rows = people(world, repeated(rng, world.dead, rates.duplicate).sort("person", maintain_order=True))
    relatives = world.people.filter(pl.col("died").is_null()).select(
        "household", pl.col("name").alias("relative"), pl.col("phone").alias("relative_phone")
    )
    relatives = relatives.unique("household", keep="first", maintain_order=True)
    rows = rows.join(relatives, on="household", how="left", maintain_order="left")
    rows = erred(rng, world, _unforced(rows), rates, rows["phone"])
    return _placed(world, rows, PROVINCE).with_columns(
        record_key=pl.format("{}|{}", "name", pl.col("died").dt.strftime("%Y-%m-%d"))
    )


def injuries(rng: np.random.Generator, world: World, rates: SourceErrors, flags: pl.DataFrame) -> pl.DataFrame:
    """One row per recognised accident at work."""
    rows = seen(people(world, _employed(world, repeated(rng, world.accidents, rates.duplicate))), flags)
    rows = rows.sort("person", "on", maintain_order=True)
    rows = erred(rng, world, forced(rows, flags, source=True), rates, _of_heads(world, rows))
    return _placed(world, rows, PROVINCE).with_columns(
        record_key=pl.format("{}|{}", "name", pl.col("on").dt.strftime("%Y-%m-%d"))
    )


def contributions(rng: np.random.Generator, world: World, rates: SourceErrors) -> pl.DataFrame:
    """One row per insured person and employer; errors are the person's, the same on both rows."""
    persons = world.contributions.select("person").unique(maintain_order=True)
    rows = people(world, persons)
    rows = erred(rng, world, _unforced(rows), rates, _of_heads(world, rows)).drop("forced")
    number = pl.format(
        "7{}{}{}",
        pl.lit(f"{world.part.county:03}"),
        pl.lit(f"{world.part.part:03}"),
        pl.col("person").cast(pl.String).str.zfill(7),
    )
    rows = _employed(world, world.contributions).join(rows, on="person", how="left", maintain_order="left")
    return _placed(world, rows, world.place.prefecture.code).with_columns(record_key=number)


def _unforced(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(forced=pl.lit(None, dtype=pl.String))


def _of_heads(world: World, rows: pl.DataFrame) -> pl.Series:
    return rows.join(head_phones(world), on="household", how="left", maintain_order="left")["head_phone"]


def _employed(world: World, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds employer, employer_code and the employer's number."""
    employers = world.employers.with_row_index("employer_index").select(
        pl.col("employer_index").cast(pl.Int64), "employer", "employer_code"
    )
    return rows.join(employers, on="employer_index", how="left", maintain_order="left")


def _numbered(world: World, rows: pl.DataFrame, letter: str) -> pl.DataFrame:
    """Adds ``record_key``, a running number within the part."""
    return rows.with_row_index("at").with_columns(
        pl.format(
            "{}{}{}{}",
            pl.lit(letter),
            pl.lit(world.place.division.code),
            pl.lit(f"{world.part.part:02}"),
            pl.col("at").cast(pl.String).str.zfill(6),
        ).alias("record_key")
    )


def _placed(world: World, rows: pl.DataFrame, file_key: str) -> pl.DataFrame:
    return rows.with_columns(
        file_key=pl.lit(file_key),
        county_code=pl.lit(world.place.division.code),
        county_name=pl.lit(world.place.division.name),
    )

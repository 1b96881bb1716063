"""How any source writes people down (登记): true values, the errors that must happen, and those that happen by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bangfu.synth.erring import Neighbours, with_errors

if TYPE_CHECKING:
    import numpy as np

    from bangfu.synth.error_rates import SourceErrors
    from bangfu.synth.world import World

_PERSON = (
    "person", "person_id", "household_id", "household", "role", "female", "birth", "group", "name", "ethnic_style",
    "former_name", "nickname", "id_number", "phone", "died", "disability_type",
)  # fmt: skip


def people(world: World, rows: pl.DataFrame, on: str = "person") -> pl.DataFrame:
    """Adds the true values of the persons and their homes, keeping the order of ``rows``."""
    homes = world.addresses.with_row_index("household").with_columns(pl.col("household").cast(pl.Int64))
    columns = [name for name in _PERSON if name == on or name not in rows.columns]
    return rows.join(world.people.select(columns), on=on, how="left", maintain_order="left").join(
        homes, on="household", how="left", maintain_order="left"
    )


def forced(rows: pl.DataFrame, flags: pl.DataFrame, *, source: bool) -> pl.DataFrame:
    """Adds ``forced``: the error that makes the household hard to see, at the roster or at the source."""
    alias = pl.when(pl.col("hard_to_see") == "alias").then(pl.lit("alias")) if source else pl.lit(None)
    side = pl.col("at_source") if source else ~pl.col("at_source")
    bad = (pl.col("hard_to_see") == "bad_id") & side
    return rows.join(flags, on="household", how="left", maintain_order="left").with_columns(
        pl.when(bad).then(pl.lit("bad_id")).otherwise(alias).cast(pl.String).alias("forced")
    )


def erred(
    rng: np.random.Generator, world: World, rows: pl.DataFrame, rates: SourceErrors, phones: pl.Series
) -> pl.DataFrame:
    """The rows with the source's errors; wrong numbers are those of relatives and neighbours, shared phones those given."""
    after = pl.col("id_number").shift(-1)
    relatives = world.people.select(
        "person",
        pl.when(pl.len().over("household") > 1)
        .then(after.fill_null(pl.col("id_number").first()).over("household"))
        .alias("relative"),
    )
    near = Neighbours(
        world.people["id_number"].to_list(),
        phones.to_list(),
        rows.join(relatives, on="person", how="left", maintain_order="left")["relative"].to_list(),
    )
    return with_errors(rng, rows, rates, near)


def repeated(rng: np.random.Generator, rows: pl.DataFrame, share: float) -> pl.DataFrame:
    """The rows and ``share`` of them a second time, marked by ``repeat``."""
    again = pl.Series(rng.random(rows.height) < share)
    return pl.concat([rows.with_columns(repeat=pl.lit(False)), rows.filter(again).with_columns(repeat=pl.lit(True))])


def seen(rows: pl.DataFrame, flags: pl.DataFrame) -> pl.DataFrame:
    """Without the households that no department has anything about."""
    return rows.join(
        flags.filter(pl.col("hard_to_see") == "no_data"), on="household", how="anti", maintain_order="left"
    )


def head_phones(world: World) -> pl.DataFrame:
    """The phone of the head of each household, as ``head_phone``."""
    return world.people.filter(pl.col("role") == 0).select("household", pl.col("phone").alias("head_phone"))

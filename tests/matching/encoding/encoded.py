"""Builders of encoded records for tests; keys that anybody knows."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from matching.encoding.encode import encode
from matching.encoding.encoded_tables import encoded_table
from matching.encoding.parameters import STANDARD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from matching.encoding.parameters import EncodingParameters
    from matching.encoding.tokens import Keys

CANONICAL = (
    "name", "former_name", "id_number", "birth_date", "birth_precision", "sex", "ethnic_group", "phone", "county_code",
    "address", "employer", "employer_code",
)  # fmt: skip
BARE = replace(STANDARD, dummies=0.0)


def key_of(secret: str) -> Keys:
    """Field keys of a test."""
    return lambda name: hashlib.sha256(f"{secret}/{name}".encode()).digest()


def frame(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Canonical columns, null where a row says nothing."""
    made = {name: [row.get(name) for row in rows] for name in CANONICAL}
    return pl.DataFrame({name: pl.Series(name, values, pl.String, strict=False) for name, values in made.items()})


def encoded(
    rows: Sequence[Mapping[str, object]], parameters: EncodingParameters = BARE, secret: str = "test", seed: int = 1
) -> pl.DataFrame:
    """Rows, encoded."""
    return encode(frame(rows), parameters, key_of(secret), "sha256", np.random.default_rng(seed))


def table(
    rows: Sequence[Mapping[str, object]], side: str, parameters: EncodingParameters = BARE, secret: str = "test"
) -> pa.Table:
    """An encoded table with ids."""
    columns = encoded(rows, parameters, secret, seed=len(side))
    return encoded_table(columns, [f"{side}{place:05d}" for place in range(columns.height)], parameters, secret)

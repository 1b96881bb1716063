"""Everything a department wrote is read, row for row, and nothing else: titles, footers and signatures are no persons."""

from pathlib import Path

import polars as pl
import pytest

from bangfu.readers import read
from bangfu.synth import SynthRequest, synthesise
from schemas.manifest import MANIFEST
from schemas.sources import SOURCES


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic province with its truth."""
    directory = tmp_path_factory.mktemp("province")
    synthesise(SynthRequest(members=3_000, seed=5, out=directory))
    return directory


@pytest.mark.parametrize("source", SOURCES)
def test_rows_read_are_the_rows_written(province: Path, source: str) -> None:
    records = pl.read_parquet(province / "truth" / "records.parquet").filter(source=source, late=False)
    written = {name: set(rows.select("sheet", "row").iter_rows()) for (name,), rows in records.group_by("file")}
    files = [path for path in (province / "extracts" / source).rglob("*") if path.is_file() and path.name != MANIFEST]
    assert {path.name for path in files} == set(written)
    for path in files:
        found = read(path, SOURCES[source]).frame
        sheets = {sheet for sheet, _ in written[path.name]}
        place = pl.lit("") if sheets == {""} else pl.col("sheet")  # the truth names a sheet where there are several
        assert set(found.select(place, "sheet_row").iter_rows()) == written[path.name], path.name

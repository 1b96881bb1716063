"""One small province and a few worlds for the whole session: making them is the slow part."""

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from bangfu.synth import SynthRequest, SynthSummary, synthesise
from bangfu.synth.request import Part
from bangfu.synth.world import World, make_world
from schemas.manifest import MANIFEST
from schemas.reference import counties

MEMBERS = 9_000
SEED = 11
Rows = list[list[Any]]


@dataclass(frozen=True)
class Province:
    """A synthetic province on disk.

    Attributes:
        request: what it was made of.
        summary: what the making reported.
    """

    request: SynthRequest
    summary: SynthSummary
    _read: dict[Path, dict[str, Rows]] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        return self.request.out

    def files(self, source: str, suffix: str = "") -> list[Path]:
        """Extract files of a source, in order, without the manifests."""
        found = (self.out / "extracts" / source).glob(f"*/*{suffix}")
        return sorted(path for path in found if path.name != MANIFEST)

    def deliveries(self, root: str = "extracts") -> list[Path]:
        """The folders of all deliveries, in order."""
        return sorted(path.parent for path in (self.out / root).glob(f"*/*/{MANIFEST}"))

    def truth(self, name: str) -> pl.DataFrame:
        """A table of the truth."""
        return pl.read_parquet(self.out / "truth" / f"{name}.parquet")

    def records(self, source: str) -> pl.DataFrame:
        """The truth about the extract rows of a source, with the true particulars of each person."""
        return (
            self.truth("records")
            .filter((pl.col("source") == source) & ~pl.col("late"))
            .join(self.truth("persons"), on=["person_id", "household_id"], how="left", maintain_order="left")
        )

    def sheets(self, path: Path) -> dict[str, Rows]:
        """All rows of all sheets as a reader sees them, title and footer included."""
        if path not in self._read:
            self._read[path] = _sheets(path)
        return self._read[path]

    def row(self, source: str, file: str, sheet: str, row: int) -> list[Any]:
        """The row of an extract that the truth speaks of."""
        (path,) = (path for path in self.files(source) if path.name == file)
        sheets = self.sheets(path)
        rows = sheets[sheet] if sheet in sheets else next(iter(sheets.values()))
        found: list[Any] = rows[row - 1]
        return found


def _sheets(path: Path) -> dict[str, Rows]:
    content = path.read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            (name,) = package.namelist()
            content = package.read(name)
    if path.suffix in (".csv", ".zip"):
        return {"": list(csv.reader(io.StringIO(content.decode("gb18030"), newline="")))}
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    """A province of 9,000 members; nobody may change it."""
    request = SynthRequest(members=MEMBERS, seed=SEED, out=tmp_path_factory.mktemp("synth") / "province")
    return Province(request, synthesise(request))


@pytest.fixture(scope="session")
def world() -> Callable[..., World]:
    """Makes, once each, the truth about 8,000 members of a county by its name."""

    @cache
    def made(name: str, members: int = 8_000) -> World:
        number = next(at for at, item in enumerate(counties(), start=1) if item.name == name)
        rng = np.random.default_rng(number)
        return make_world(rng, Part(0, number, 0, 1, members), SEED, SynthRequest.as_of)

    return made

"""The folder of a kept linkage: Arrow files that are mapped, and the state that names those that count."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from matching.assignment import Assignment
from matching.columns import Ints
from matching.engines.local import Pairs
from matching.errors import LinkError
from matching.model import Model
from matching.tallies import Tally

FORMAT = "bangfu-kept-linkage/2"
SIDES = ("left", "right")


@dataclass(frozen=True)
class State:
    """What `state.json` says: the files of each side in order, the others, and how to link; `counts`: by what is counted."""

    id_column: str
    assignment: Assignment
    threshold: float | None
    options: Mapping[str, Any]
    left: tuple[str, ...]
    right: tuple[str, ...]
    pairs: str
    gone: str
    counts: Mapping[str, Sequence[str]]
    model: str
    number: int
    format: str = FORMAT


def mapped(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table in one piece and see it on the disk."""
    with path.open("wb") as file:
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table.combine_chunks(), max_chunksize=max(len(table), 1))
        file.flush()
        os.fsync(file.fileno())


def read_pairs(path: Path) -> Pairs:
    table = mapped(path)
    return Pairs(*(table[name].to_numpy() for name in ("left", "right", "patterns")))


def write_tallies(folder: Path, number: int, tallies: Mapping[str, tuple[Tally, ...]]) -> dict[str, list[str]]:
    """Write the counts of a first run; the files of each."""
    files: dict[str, list[str]] = {}
    for place, (name, several) in enumerate(tallies.items()):
        files[name] = [f"counts-{number}-{place}-{part}.arrow" for part in range(len(several))]
        for file, tally in zip(files[name], several, strict=True):
            write_table(folder / file, pa.table({"hash": tally.hashes, "count": tally.counts.astype(np.int32)}))
    return files


def read_tallies(folder: Path, state: State) -> dict[str, tuple[Tally, ...]]:
    """The counts of the first run."""
    found = {}
    for name, files in state.counts.items():
        tables = [mapped(folder / file) for file in files]
        columns = [(table["hash"].to_numpy(), table["count"].to_numpy()) for table in tables]
        found[name] = tuple(Tally(hashes, counts, int(counts.sum())) for hashes, counts in columns)
    return found


def commit(folder: Path, state: State, model: Model | None, pairs: Pairs, gone: tuple[Ints, Ints]) -> None:
    """Write what every update writes, then the state that names it, then remove what no state names."""
    write_table(folder / state.pairs, pa.table({"left": pairs.left, "right": pairs.right, "patterns": pairs.patterns}))
    rows = max(map(len, gone))
    write_table(
        folder / state.gone,
        pa.table(
            {
                name: pa.concat_arrays([pa.array(side, pa.int32()), pa.nulls(rows - len(side), pa.int32())])
                for name, side in zip(SIDES, gone, strict=True)
            }
        ),
    )
    if model is not None:
        model.save(folder / state.model)
    half = folder / "state.json.part"
    with half.open("w", encoding="utf-8") as file:
        json.dump(asdict(state), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    os.replace(half, folder / "state.json")
    named = {*state.left, *state.right, state.pairs, state.gone, state.model, "state.json"}
    named.update(name for files in state.counts.values() for name in files)
    for path in folder.iterdir():
        if path.name not in named and path.suffix in (".arrow", ".json", ".part"):
            path.unlink()


def number_in(folder: Path) -> int:
    try:
        return read_state(folder).number
    except LinkError:
        return -1


def read_state(folder: Path) -> State:
    try:
        document = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LinkError(f"{folder.name} holds no kept linkage; make one with keep_linked") from error
    if document.get("format") != FORMAT:
        raise LinkError(f"the linkage in {folder.name} was kept by another version; keep it anew with keep_linked")
    return State(**{**document, "left": tuple(document["left"]), "right": tuple(document["right"])})

"""What linkage found for one source (匹配结果): made now, or taken over from a former run that read the same inputs.

What is taken over is written anew into the folder of the new run, under its key: every run is whole by itself, so that
retention, which counts each run's days from its start and the extracts it read, needs to know nothing of it.
"""

import logging
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pyarrow as pa

from bangfu.db.deliveries import StandingExtract
from bangfu.db.models import RunStatus
from bangfu.db.runs import LinkSetRow, Run, list_runs
from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.summary import SourceLinks
from bangfu.pipeline.sealed import ensure_data_key, read_sealed
from bangfu.pipeline.stage import digest_of
from bangfu.storage import StoreError, keys
from bangfu.vault import TableWriter, VaultError, write_table
from matching import LinkResult, Model, ModelError
from matching.model_file import content_hash
from schemas.fields import PERSON
from schemas.sources import ROSTER, SOURCES

__all__ = [
    "Found",
    "finished_runs",
    "input_digests",
    "keep",
    "made",
    "put_table",
    "put_texts",
    "taken_over",
    "were_linked",
]

_RUNS = 50
"""Former runs that are looked at."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """What linkage found for one source.

    Attributes:
        counts: What it is told by; `linked_by` names the run that compared the pairs.
        pairs: All pairs worth keeping: columns of `matching.LinkResult.pairs`.
        refused: Pairs that were believed but contradict; None where no clusters were formed.
        model: The model with its estimates and the record of its training.
    """

    counts: SourceLinks
    pairs: pl.DataFrame
    refused: pl.DataFrame | None
    model: Model

    def joining(self) -> pl.DataFrame:
        """The pairs that speak for one human being, contradicting ones included: `left_id, right_id, match_weight`."""
        columns = ["left_id", "right_id", "match_weight"]
        accepted = self.pairs.filter("accepted").select(columns)
        return accepted if self.refused is None else pl.concat([accepted, self.refused.select(columns)])

    def without_pairs(self) -> "Found":
        """The counts and the model: the pairs are put by then."""
        return replace(self, pairs=self.pairs.clear(), refused=None)


def made(result: LinkResult, counts: SourceLinks, model: Model) -> Found:
    """What was found now.

    Args:
        result: What came out.
        counts: Its counts.
        model: Its model with the record of its training.
    """
    refused = None if result.refused is None else pl.DataFrame(result.refused)
    return Found(counts, pl.DataFrame(result.pairs), refused, model)


def input_digests(extracts: Iterable[StandingExtract], model: Model, version: int) -> dict[str, str]:
    """By source a digest of all that its links follow from: its extracts and the roster's, in order, and how they are linked.

    Args:
        extracts: All that count.
        model: The model, parameters not estimated yet.
        version: Of the code: another one where the same inputs give other links.
    """
    read: dict[str, list[tuple[str, str]]] = {}
    for row in extracts:
        if row.rows_accepted:
            read.setdefault(row.source, []).append((row.extract_id, row.standard_key))
    return {
        source: digest_of(
            {
                "source": source,
                "extracts": own,
                "roster": read.get(ROSTER, []),
                "model": content_hash(model),
                "version": version,
                "columns": [field.name for field in PERSON],
                "person_key": [SOURCES[source].person_key, SOURCES[ROSTER].person_key],
                "assignment": SOURCES[source].assignment,
            }
        )
        for source, own in read.items()
    }


def finished_runs(context: Context) -> list[Run]:
    """The latest linkage runs whose tables are kept, newest first."""
    with context.engine.connect() as connection:
        runs = list_runs(connection, stage="link", limit=_RUNS)
    return [run for run in runs if run.status is RunStatus.DONE]


def were_linked(runs: Sequence[Run], source: str, digest: str) -> bool:
    """Whether one of some runs linked a source from the same inputs."""
    return any(_linked(run, source, digest) for run in runs)


def _linked(run: Run, source: str, digest: str) -> bool:
    told = run.summary.get("digests")
    return isinstance(told, Mapping) and told.get(source) == digest


def taken_over(context: Context, runs: Sequence[Run], source: str, digest: str) -> Found | None:
    """What the newest of some runs found for a source from the same inputs; None where none did, or it cannot be read.

    Retention may delete a run while it is being read.
    """
    for run in runs:
        if _linked(run, source, digest):
            try:
                return _read(context, run, source)
            except (StoreError, VaultError, ModelError) as error:
                _log.warning("links of %s in run %s cannot be taken over: %s", source, run.run_id, type(error).__name__)
    return None


def _read(context: Context, run: Run, source: str) -> Found:
    kept = next(item for item in (*run.summary["sources"], run.summary["family"]) if item and item["source"] == source)
    counts = SourceLinks(**{**kept, "notes": tuple(kept["notes"]), "linked_by": kept["linked_by"] or run.run_id})
    pairs = read_sealed(context, keys.links(run.run_id, f"{source}-pairs"), run.run_id)
    refused = (
        read_sealed(context, keys.links(run.run_id, f"{source}-refused"), run.run_id) if source == ROSTER else None
    )
    model = Model.load(context.store.get_file(keys.model(run.run_id, source)))
    return Found(counts, pairs, refused, model)


def keep(context: Context, run_id: str, found: Found, roster_persons: int) -> LinkSetRow:
    """Put the pairs and the model into the folder of a run; the row that the register is to hold."""
    source = found.counts.source
    if found.refused is not None:
        put_table(context, run_id, f"{source}-refused", found.refused)
    return LinkSetRow(
        run_id=run_id,
        source=source,
        pairs_key=put_table(context, run_id, f"{source}-pairs", found.pairs),
        model_key=_put_model(context, run_id, source, found.model),
        left_rows=roster_persons,
        right_rows=found.counts.persons,
        pairs_scored=found.counts.pairs_scored,
        pairs_accepted=found.counts.pairs_accepted,
    )


def put_table(context: Context, run_id: str, name: str, frame: pl.DataFrame) -> str:
    """Put a table into the folder of a run, sealed with the run's key."""
    key = keys.links(run_id, name)
    with tempfile.TemporaryDirectory(prefix="bangfu-") as folder:
        path = Path(folder) / "table.parquet"
        write_table(path, frame, ensure_data_key(context, run_id))
        context.store.put(key, path)
    return key


def put_texts(context: Context, run_id: str, name: str, columns: Sequence[str], pieces: Iterable[pl.DataFrame]) -> str:
    """Put a table of text columns that is made piece by piece."""
    key = keys.links(run_id, name)
    schema = pa.schema([(column, pa.string()) for column in columns])
    with tempfile.TemporaryDirectory(prefix="bangfu-") as folder:
        path = Path(folder) / "table.parquet"
        with TableWriter(path, schema, ensure_data_key(context, run_id)) as writer:
            for piece in pieces:
                writer.write(piece.select(columns))
        context.store.put(key, path)
    return key


def _put_model(context: Context, run_id: str, name: str, model: Model) -> str:
    key = keys.model(run_id, name)
    with tempfile.TemporaryDirectory(prefix="bangfu-") as folder:
        path = Path(folder) / "model.json"
        model.save(path)
        context.store.put(key, path)
    return key

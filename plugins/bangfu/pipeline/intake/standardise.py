"""Standardising extracts (标准化): landed cells to typed Parquet, with every refused row kept beside its reason.

An extract goes through in batches, so that memory does not grow with it.
"""

import hashlib
import logging
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from bangfu.db import registry
from bangfu.db.intake_models import ExtractStatus
from bangfu.db.registry import Claim, ExtractRow, claim_extract
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.overlap import ahead, behind
from bangfu.pipeline.sealed import data_key, file_digest, sealed_batches
from bangfu.pipeline.steps import Step, step
from bangfu.storage import keys
from bangfu.vault import TableWriter, VaultError
from matching.standardise import StandardFrame, standardise_frame
from matching.standardise.frame import POSITION, REJECTED_SCHEMA, rejection
from matching.standardise.repeats import SeenRows
from schemas.fields import Field
from schemas.records import failing_rows
from schemas.source import Source
from schemas.sources import SOURCES
from schemas.vocabulary import RejectCode

__all__ = ["Standardised", "Watch", "arrow_schema", "declaration_version", "standardise"]

_log = logging.getLogger(__name__)
_ARROW_TYPES = {
    "string": pa.string(),
    "date": pa.date32(),
    "int": pa.int64(),
    "decimal": pa.decimal128(14, 2),
}
_QUARANTINE = pa.schema(
    [(name, pa.int64() if dtype == pl.Int64() else pa.string()) for name, dtype in REJECTED_SCHEMA.items()]
)

Watch = Callable[[StandardFrame], None]
"""Told every standardised batch: the profile is made of them."""


@dataclass(frozen=True)
class Standardised:
    """What became of one extract; `rows_in` is always `rows_accepted` plus `rows_rejected`.

    Attributes:
        source: Source code.
        extract_id: The extract.
        rows_in: Persons read.
        rows_accepted: Rows in `standard/`.
        rows_rejected: Rows in `quarantine/`.
        reject_counts: Rejected rows by reason code.
        defects: Unreadable values that were left empty in accepted rows, by field.
    """

    source: str
    extract_id: str
    rows_in: int
    rows_accepted: int
    rows_rejected: int
    reject_counts: Mapping[str, int]
    defects: Mapping[str, int]


def standardise(context: Context, extract_id: str, watch: Watch | None = None) -> Standardised:
    """Standardise one extract. Doing it again changes nothing.

    The objects are written first; one transaction then records them. A crash in between leaves the extract as it
    was; what the former attempt wrote belongs to nobody and goes with the next retention run.

    Args:
        context: The installation.
        extract_id: A registered extract.
        watch: Told every batch, also of an extract that was standardised before.

    Raises:
        BangfuError: No such extract, it is deleted, or somebody else is standardising it right now.
    """
    with step(Step.COMPLETE_EXTRACT), claim_extract(context.engine, extract_id) as claim:
        if claim is None:
            raise BangfuError(f"Extract {extract_id} is being standardised by somebody else; wait for that.")
        extract = claim.extract
        if extract.status is ExtractStatus.RECEIVED:
            return _standardise(context, claim, watch)
        if extract.status is not ExtractStatus.STANDARDISED:
            raise BangfuError(f"Extract {extract_id} has {extract.status}: have it sent again.")
    if watch is not None:
        _show(context, extract, watch)
    rows = extract.rows_in or 0, extract.rows_accepted or 0, extract.rows_rejected or 0
    return Standardised(extract.source, extract_id, *rows, extract.reject_counts, extract.defects)


def declaration_version(source: Source) -> str:
    """A short digest of what a source declares; it changes when its columns or fields do.

    >>> len(declaration_version(SOURCES["union_roster"]))
    12
    """
    declared = repr((source.columns, source.member_blocks, source.household_columns, source.fields))
    return hashlib.sha256(declared.encode()).hexdigest()[:12]


def arrow_schema(source: Source) -> pa.Schema:
    """The Parquet schema of a source's standardised table; every field carries its names and sensitivity."""
    return pa.schema([_arrow_field(item) for item in source.fields])


def _arrow_field(item: Field) -> pa.Field:
    metadata = {"zh": item.zh, "en": item.en, "sensitivity": str(item.sensitivity)}
    return pa.field(item.name, _ARROW_TYPES[item.type], metadata=metadata)


def _standardise(context: Context, claim: Claim, watch: Watch | None) -> Standardised:
    extract = claim.extract
    source = SOURCES.get(extract.source)
    if source is None:
        raise BangfuError(f"Extract {extract.extract_id} is of a source that is no longer declared.")
    if extract.landing_key is None:
        raise BangfuError(f"The cells of extract {extract.extract_id} are deleted: have it sent again.")
    rejects: Counter[str] = Counter()
    defects: Counter[str] = Counter()
    key = data_key(context, extract.extract_id)
    with tempfile.TemporaryDirectory(prefix="bangfu-") as folder:
        accepted, rejected = Path(folder) / "standard.parquet", Path(folder) / "quarantine.parquet"
        with (
            TableWriter(accepted, arrow_schema(source), key) as good,
            TableWriter(rejected, _QUARANTINE, key) as bad,
            behind(good.write) as keep,
        ):
            for batch in _batches(context, extract, source):
                keep(batch.accepted)
                bad.write(batch.rejected)
                rejects.update(batch.rejected["code"].to_list())
                defects.update(batch.defects)
                if watch is not None:
                    watch(batch)
        digest = file_digest(accepted)
        standard_key = keys.standard(source.code, extract.extract_id, digest)
        with step(Step.PUT_STANDARD):
            context.store.put(standard_key, accepted, sha256=digest)
        quarantine_key = None
        if bad.rows:
            digest = file_digest(rejected)
            quarantine_key = keys.quarantine(source.code, extract.extract_id, digest)
            with step(Step.PUT_QUARANTINE):
                context.store.put(quarantine_key, rejected, sha256=digest)
    counts = good.rows, bad.rows
    claim.complete(
        registry.Standardised(
            rows_in=sum(counts),
            rows_accepted=counts[0],
            rows_rejected=counts[1],
            standard_key=standard_key,
            quarantine_key=quarantine_key,
            schema_version=declaration_version(source),
            reject_counts=dict(sorted(rejects.items())),
            defects=dict(sorted(defects.items())),
        )
    )
    _log.info("extract %s standardised: %d accepted, %d rejected", extract.extract_id, *counts)
    return Standardised(source.code, extract.extract_id, sum(counts), *counts, dict(rejects), dict(defects))


def _batches(context: Context, extract: ExtractRow, source: Source) -> Iterator[StandardFrame]:
    """The standardised batches of an extract; every landed row is in exactly one of their tables."""
    assert extract.landing_key is not None
    seen = SeenRows()
    born_until = extract.received_at.date()
    for raw in ahead(sealed_batches(context, extract.landing_key, extract.extract_id)):
        standard = standardise_frame(raw, source, extract.extract_id, seen)
        accepted, rejected = standard.accepted, standard.rejected
        if failing := failing_rows(accepted, source.code, born_until):
            position = pl.Series(list(failing), dtype=pl.UInt32)
            reasons = pl.DataFrame(
                {
                    "row_number": accepted["row_number"].gather(position),
                    "code": [str(RejectCode.SCHEMA)] * len(failing),
                    "field": list(failing.values()),
                }
            )
            rejected = pl.concat([rejected, _refused_rows(raw, source, reasons)])
            accepted = accepted.filter(~accepted["row_number"].is_in(reasons["row_number"].implode()))
        if raw.height != accepted.height + rejected.height:
            raise AssertionError(f"{raw.height} rows, {accepted.height} accepted and {rejected.height} rejected")
        yield StandardFrame(accepted, rejected.sort("row_number"), standard.defects)


def _refused_rows(raw: pl.DataFrame, source: Source, reasons: pl.DataFrame) -> pl.DataFrame:
    names = {item.name for item in source.fields} - set(POSITION)
    raw_fields = [name for name in raw.columns if name in names]
    rows = reasons.select("row_number").join(raw, on="row_number", how="left", maintain_order="left")
    return rejection(rows, reasons.select("code", "field"), raw_fields)


def _show(context: Context, extract: ExtractRow, watch: Watch) -> None:
    """Tell the batches of an extract that was standardised before."""
    if extract.standard_key is None:
        raise VaultError(f"The rows of extract {extract.extract_id} are deleted: have it sent again.")
    empty = pl.DataFrame(schema=REJECTED_SCHEMA)
    nothing = pl.DataFrame(schema=_accepted_schema(SOURCES[extract.source]))
    watch(StandardFrame(nothing, empty, extract.defects))
    for accepted in sealed_batches(context, extract.standard_key, extract.extract_id):
        watch(StandardFrame(accepted, empty, {}))
    if extract.quarantine_key is not None:
        for rejected in sealed_batches(context, extract.quarantine_key, extract.extract_id):
            watch(StandardFrame(nothing, rejected, {}))


def _accepted_schema(source: Source) -> dict[str, pl.DataType]:
    """The columns of a standardised table as polars has them."""
    types: dict[str, pl.DataType] = {
        "string": pl.String(),
        "date": pl.Date(),
        "int": pl.Int64(),
        "decimal": pl.Decimal(14, 2),
    }
    return {item.name: types[item.type] for item in source.fields}

"""Standardising extracts (标准化): landed bytes to typed Parquet, with every refused row kept beside its reason."""

import hashlib
import json
import logging
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from bangfu.db import registry
from bangfu.db.models import ExtractStatus
from bangfu.db.registry import Claim, ExtractRow, claim_extract, list_extracts
from bangfu.errors import BangfuError, Refused
from bangfu.pipeline.context import Context, Progress
from bangfu.readers import RawTable, ReadReport, read
from bangfu.storage import keys
from matching.standardise import standardise_frame
from matching.standardise.frame import POSITION, rejection
from schemas.fields import Field
from schemas.records import failing_rows
from schemas.source import Source
from schemas.sources import SOURCES
from schemas.vocabulary import RejectCode

__all__ = ["Standardised", "arrow_schema", "declaration_version", "standardise", "standardise_pending"]

_log = logging.getLogger(__name__)
_ROW_GROUP = 131_072
_ARROW_TYPES = {
    "string": pa.string(),
    "date": pa.date32(),
    "int": pa.int64(),
    "decimal": pa.decimal128(14, 2),
}


@dataclass(frozen=True)
class Standardised:
    """What became of one extract; `rows_in` is always `rows_accepted` plus `rows_rejected`.

    Attributes:
        source: Source code.
        extract_id: The extract.
        rows_in: Data rows (persons) read; 0 for an extract that was refused as a whole.
        rows_accepted: Rows in `standard/`.
        rows_rejected: Rows in `quarantine/`.
        reject_counts: Rejected rows by reason code.
        defects: Unreadable values that were left empty in accepted rows, by field.
        refused: Reason code where the extract as a whole was refused; its text is in the registry.
    """

    source: str
    extract_id: str
    rows_in: int
    rows_accepted: int
    rows_rejected: int
    reject_counts: Mapping[str, int]
    defects: Mapping[str, int] = field(default_factory=dict)
    refused: str | None = None


@dataclass(frozen=True)
class _Tables:
    accepted: pl.DataFrame
    rejected: pl.DataFrame
    defects: Mapping[str, int]
    report: ReadReport


def standardise(context: Context, extract_id: str) -> Standardised:
    """Standardise one extract. Doing it again changes nothing.

    The objects are written first, named by their content; one transaction then records them. A crash in between
    leaves the extract as it was, and the next attempt makes the same objects.

    Args:
        context: The installation.
        extract_id: A registered extract.

    Raises:
        BangfuError: No such extract, it is retracted, or somebody else is standardising it right now.
    """
    done = _standardise(context, extract_id)
    if done is None:
        raise BangfuError(f"Extract {extract_id} is being standardised by somebody else; wait for that.")
    return done


def standardise_pending(
    context: Context, source: str | None = None, *, progress: Progress | None = None
) -> list[Standardised]:
    """Standardise every extract that is received and not yet read, in the order of receipt.

    Args:
        context: The installation.
        source: Only this source.
        progress: Told after each extract.

    Raises:
        BangfuError: No such source.
    """
    if source is not None and source not in SOURCES:
        raise BangfuError(f"There is no source {source!r}; known are {', '.join(SOURCES)}.")
    with context.engine.connect() as connection:
        pending = list_extracts(connection, source=source, status=ExtractStatus.RECEIVED)
    results = []
    for count, extract in enumerate(pending, 1):
        done = _standardise(context, extract.extract_id)
        if done is not None:
            results.append(done)
        if progress:
            progress("standardise", count, len(pending))
    return results


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


def _standardise(context: Context, extract_id: str) -> Standardised | None:
    with claim_extract(context.engine, extract_id) as claim:
        if claim is None:
            return None
        extract = claim.extract
        if extract.status is ExtractStatus.RETRACTED:
            raise BangfuError(f"Extract {extract_id} is retracted; receive a corrected one.")
        if extract.status is not ExtractStatus.RECEIVED:
            return _recorded(context, extract)
        try:
            tables = _tables(context, extract)
        except Refused as refusal:
            claim.reject(refusal.code, f"{refusal.zh}\n{refusal.en}")
            _log.info("extract %s refused: %s", extract_id, refusal.code)
            return Standardised(extract.source, extract_id, 0, 0, 0, {}, refused=refusal.code)
        return _keep(context, claim, tables)


def _tables(context: Context, extract: ExtractRow) -> _Tables:
    source = SOURCES.get(extract.source)
    if source is None:
        raise BangfuError(f"Extract {extract.extract_id} is of a source that is no longer declared.")
    raw = read(context.store.get_file(extract.landing_key, sha256=extract.sha256), source)
    standard = standardise_frame(raw.frame, source, extract.extract_id)
    failing = failing_rows(standard.accepted, source.code, extract.received_at.date())
    accepted, rejected = standard.accepted, standard.rejected
    if failing:
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
    if raw.rows != accepted.height + rejected.height:
        raise AssertionError(f"{raw.rows} rows read, {accepted.height} accepted and {rejected.height} rejected")
    return _Tables(accepted, rejected.sort("row_number"), standard.defects, raw.report)


def _refused_rows(raw: RawTable, source: Source, reasons: pl.DataFrame) -> pl.DataFrame:
    names = {item.name for item in source.fields} - set(POSITION)
    raw_fields = [name for name in raw.frame.columns if name in names]
    rows = reasons.select("row_number").join(raw.frame, on="row_number", how="left", maintain_order="left")
    return rejection(rows, reasons.select("code", "field"), raw_fields)


def _keep(context: Context, claim: Claim, tables: _Tables) -> Standardised:
    extract, source = claim.extract, SOURCES[claim.extract.source]
    reading = json.dumps(asdict(tables.report), ensure_ascii=False, sort_keys=True)
    with tempfile.TemporaryDirectory(prefix="bangfu-") as directory:
        accepted = Path(directory) / "standard.parquet"
        digest = _write(accepted, tables.accepted, arrow_schema(source).with_metadata({"bangfu.reading": reading}))
        standard_key = keys.standard(source.code, extract.extract_id, digest)
        context.store.put(standard_key, accepted, sha256=digest)
        quarantine_key = None
        if tables.rejected.height:
            rejected = Path(directory) / "quarantine.parquet"
            digest = _write(rejected, tables.rejected, None)
            quarantine_key = keys.quarantine(source.code, extract.extract_id, digest)
            context.store.put(quarantine_key, rejected, sha256=digest)
    counts = tables.accepted.height, tables.rejected.height
    claim.complete(
        registry.Standardised(
            rows_in=sum(counts),
            rows_accepted=counts[0],
            rows_rejected=counts[1],
            standard_key=standard_key,
            quarantine_key=quarantine_key,
            schema_version=declaration_version(source),
        )
    )
    _log.info("extract %s standardised: %d accepted, %d rejected", extract.extract_id, *counts)
    return Standardised(
        source.code, extract.extract_id, sum(counts), *counts, _by_code(tables.rejected), dict(tables.defects)
    )


def _write(path: Path, frame: pl.DataFrame, schema: pa.Schema | None) -> str:
    """Write Parquet that depends on nothing but its content; returns its sha256."""
    table = frame.to_arrow()
    if schema is None:
        plain = [pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type) for f in table.schema]
        schema = pa.schema(plain)
    pq.write_table(table.cast(schema), path, compression="zstd", row_group_size=_ROW_GROUP)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _recorded(context: Context, extract: ExtractRow) -> Standardised:
    """The result of an extract that was decided before."""
    counts: Mapping[str, int] = {}
    if extract.quarantine_key is not None:
        counts = _by_code(pl.read_parquet(context.store.get_file(extract.quarantine_key), columns=["code"]))
    refused = extract.reject_code if extract.status is ExtractStatus.REJECTED else None
    rows = extract.rows_in or 0, extract.rows_accepted or 0, extract.rows_rejected or 0
    return Standardised(extract.source, extract.extract_id, *rows, counts, refused=refused)


def _by_code(rejected: pl.DataFrame) -> dict[str, int]:
    counted = rejected.group_by("code").len().sort("code")
    return dict(zip(counted["code"].to_list(), counted["len"].to_list(), strict=True))

"""Link any two files, or find the duplicates of one: the use case behind `bangfu match` (两表匹配)."""

import codecs
import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from bangfu.errors import BangfuError
from bangfu.pipeline.context import Progress, silent
from matching import LinkError, LinkOptions, LinkResult, Model, ModelError, dedupe, link
from matching.assignment import Assignment
from matching.calibration.calibrate import calibrate
from matching.fitting import with_canonical_names
from matching.proposal.assignment_choice import choose_assignment, reassigned
from matching.proposal.composed import with_composed
from matching.proposal.health import examine
from matching.proposal.propose import Proposal, propose, record_ids
from matching.proposal.recognition import id_columns
from matching.training import trained

__all__ = ["ComparedColumn", "MatchRequest", "MatchSummary", "PlannedBlocks", "match_files", "read_table"]

_PAIR_COLUMNS = ["left_id", "right_id", "match_weight", "match_probability", "accepted", "pattern"]
_ID = "record_id"


@dataclass(frozen=True)
class MatchRequest:
    """What to match and where the results go.

    Attributes:
        left: CSV or Parquet file.
        out: Parquet file for the pairs.
        right: Second file; None finds duplicates in `left`.
        model: Linkage model, JSON; None proposes one from what the columns are.
        id_column: Column that identifies a record, in both files; None looks for one, else rows are numbered.
        assignment: How many matches a record may have; None decides by whether a file seems to repeat persons.
        threshold: Accept from this probability on; None takes the model's.
        clusters: Parquet file for the clusters; None: beside `out` for one file, else none.
        model_out: Where the proposed model goes, with its estimates; None: `model.json` beside `out`.
        memory_limit: Bytes the process may take; None: any number.
    """

    left: Path
    out: Path
    right: Path | None = None
    model: Path | None = None
    id_column: str | None = None
    assignment: Assignment | None = None
    threshold: float | None = None
    clusters: Path | None = None
    model_out: Path | None = None
    memory_limit: int | None = None


@dataclass(frozen=True)
class ComparedColumn:
    """One comparison of a proposed model: the columns of both files it reads, what they are, and how they are compared."""

    left: str
    right: str | None
    meaning: str
    kind: str
    evidence: str


@dataclass(frozen=True)
class PlannedBlocks:
    """One blocking rule and the pairs it makes before the union."""

    rule: str
    pairs: int


@dataclass(frozen=True)
class MatchSummary:
    """Counts of one match, the model where one was proposed, and in words how far the result can be trusted.

    `notes` names everything that was left out; `doubts` everything that looks doubtful.
    """

    left_rows: int
    right_rows: int | None
    candidate_pairs: int
    pairs: int
    accepted_pairs: int
    expected_matches: float
    threshold: float
    clusters: int | None
    refused_merges: int
    notes: tuple[str, ...]
    assignment: str = "none"
    columns: tuple[ComparedColumn, ...] = ()
    rules: tuple[PlannedBlocks, ...] = ()
    verdict: str = ""
    doubts: tuple[str, ...] = ()
    recall: str = ""
    clusters_out: Path | None = None
    model_out: Path | None = None


def match_files(request: MatchRequest, progress: Progress | None = None) -> MatchSummary:
    """Match the files and write pairs, clusters, and the model where it was proposed.

    Args:
        request: What to match.
        progress: Told how many candidate pairs have been compared.

    Raises:
        BangfuError: A file cannot be read or written, ids are missing or repeated, a side is empty, or the
            model does not fit; the message says what to do.
    """
    if request.right is None and request.assignment not in (None, "none"):
        raise BangfuError("--assignment needs two files; of one file, the duplicates are grouped into clusters.")
    if request.right is None and request.clusters is None:
        request = replace(request, clusters=request.out.with_name("clusters.parquet"))
    model_out = _model_target(request)
    try:
        left = read_table(request.left)
        right = None if request.right is None else read_table(request.right)
        job = _proposed(request, left, right) if request.model is None else _given(request, left, right)
        result, assignment, reason = _match(request, job, progress or silent)
        if model_out is not None:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            trained(result, LinkOptions(), now).save(model_out)
    except (LinkError, ModelError) as error:
        message = str(error)
        raise BangfuError(message[:1].upper() + message[1:] + ".") from error
    except OSError as error:
        raise BangfuError(f"{model_out} cannot be written: {error.strerror}. Choose another place.") from error
    _write(result.pairs.select(_PAIR_COLUMNS), request.out)
    if request.clusters is not None and result.clusters is not None:
        _write(result.clusters, request.clusters)
    return _summary(request, job, result, assignment, [*job.notes, *([reason] if reason else [])], model_out)


def read_table(path: Path) -> pa.Table:
    """Read a Parquet file, or a CSV file (UTF-8 with or without mark, else GB18030) with every column as text.

    Raises:
        BangfuError: The file is neither, or has repeated column names.
    """
    try:
        table = pq.read_table(path) if _is_parquet(path) else _read_csv(path)
    except (OSError, pa.ArrowInvalid, UnicodeError) as error:
        kind = type(error).__name__
        raise BangfuError(f"{path.name} cannot be read as CSV or Parquet ({kind}); save it as CSV in UTF-8.") from error
    if len(set(table.column_names)) < len(table.column_names):
        raise BangfuError(f"{path.name} repeats a column name in its header; give every column its own name.")
    return table


@dataclass(frozen=True)
class _Job:
    """A model, and the tables as it reads them; their record id is `id_column`."""

    model: Model
    left: pa.Table
    right: pa.Table | None
    id_column: str
    notes: tuple[str, ...]
    proposal: Proposal | None = None


def _proposed(request: MatchRequest, left: pa.Table, right: pa.Table | None) -> _Job:
    found = propose(left, right, id_column=request.id_column)
    ids = () if request.id_column else _ids_told((found.left_id, found.right_id)[: 1 if right is None else 2])
    return _Job(found.model, found.left, found.right, _ID, (*ids, *found.notes), found)


def _given(request: MatchRequest, left: pa.Table, right: pa.Table | None) -> _Job:
    assert request.model is not None
    model = Model.load(request.model)
    notes: tuple[str, ...] = ()
    id_column = request.id_column
    if id_column is None:
        tables = [left] if right is None else [left, right]
        headers = id_columns(*tables)
        notes = _ids_told(headers)
        id_column = _ID
        left, *others = [_identified(table, header) for table, header in zip(tables, headers, strict=True)]
        right = others[0] if others else None
    left = with_canonical_names(left, model, id_column)
    right = None if right is None else with_canonical_names(right, model, id_column)
    both = with_composed(left, left if right is None else right, model)
    return _Job(model, both[0], None if right is None else both[1], id_column, notes)


def _identified(table: pa.Table, header: str | None) -> pa.Table:
    """The table with its record id, or its row numbers, as the column that linkage reads."""
    ids = record_ids(table, header)
    rest = table.drop_columns([name for name in {header, _ID} if name in table.column_names])
    return rest.append_column(_ID, ids)


def _ids_told(headers: "tuple[str | None, ...]") -> tuple[str, ...]:
    sides = ("left file", "right file") if len(headers) == 2 else ("file",)
    return tuple(
        f"records of the {side} are named by column '{header}'"
        if header is not None
        else f"the {side} has no complete column without repeats, so its records are named by the number of the row, from 1"
        for side, header in zip(sides, headers, strict=True)
    )


def _match(request: MatchRequest, job: _Job, progress: Progress) -> tuple[LinkResult, Assignment, str]:
    if job.right is None:
        found = dedupe(
            job.left, job.model, id_column=job.id_column, threshold=request.threshold,
            options=LinkOptions(memory_limit=request.memory_limit), progress=progress,
        )  # fmt: skip
        return found, "none", ""
    wanted = request.assignment
    options = LinkOptions(
        clusters=request.clusters is not None and wanted is not None, memory_limit=request.memory_limit
    )

    def run(assignment: Assignment, options: LinkOptions, model: Model) -> LinkResult:
        assert job.right is not None
        return link(
            job.left, job.right, model, id_column=job.id_column, assignment=assignment, threshold=request.threshold,
            options=options, progress=progress,
        )  # fmt: skip

    result = run(wanted or "none", options, job.model)
    if wanted is not None:
        return result, wanted, ""
    chosen, reason = choose_assignment(result.pairs)
    if request.clusters is not None:
        again = run(chosen, replace(options, clusters=True), result.model)
        return replace(again, report=replace(again.report, estimates=result.report.estimates)), chosen, reason
    threshold = result.model.threshold if request.threshold is None else request.threshold
    pairs = reassigned(result.pairs, threshold, chosen)
    report = replace(result.report, accepted_pairs=pairs["accepted"].to_pylist().count(True))
    return replace(result, pairs=pairs, report=report), chosen, reason


def _model_target(request: MatchRequest) -> Path | None:
    """Where the proposed model goes; a file there is replaced only if it is a model that was proposed before."""
    if request.model is not None:
        if request.model_out is not None:
            raise BangfuError("--model-out is for a proposed model; with --model there is none to write.")
        return None
    target = request.model_out or request.out.with_name("model.json")
    if target.exists():
        try:
            written = json.loads(target.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError):
            written = None
        if not isinstance(written, dict) or written.get("name") != "proposed":
            raise BangfuError(f"{target} exists and is no proposed model; name another place with --model-out.")
    return target


def _summary(
    request: MatchRequest,
    job: _Job,
    result: LinkResult,
    assignment: Assignment,
    notes: list[str],
    model_out: Path | None,
) -> MatchSummary:
    report, found = result.report, job.proposal
    threshold = result.model.threshold if request.threshold is None else request.threshold
    quality = None
    if report.estimates and report.accepted_pairs and result.counts is not None:
        found_quality = calibrate(result, job.model, assignment=assignment, thresholds=(threshold,))
        quality = found_quality.at(threshold, assigned=assignment != "none")
    health = examine(
        result,
        assignment,
        same_table=job.right is None,
        unreached=0.0 if found is None else found.unreached,
        quality=quality,
    )
    told = [
        *notes,
        *(note for note in report.notes if found is None or not note.startswith("columns that no comparison")),
    ]
    return MatchSummary(
        left_rows=report.left_rows,
        right_rows=None if request.right is None else report.right_rows,
        candidate_pairs=report.candidate_pairs,
        pairs=report.kept_pairs,
        accepted_pairs=report.accepted_pairs,
        expected_matches=round(report.expected_matches, 1),
        threshold=threshold,
        clusters=len(result.clusters["cluster_id"].unique())
        if result.clusters is not None and request.clusters
        else None,
        refused_merges=report.refused_merges,
        notes=tuple(told),
        assignment=assignment,
        columns=() if found is None else tuple(_compared(found)),
        rules=() if found is None else tuple(PlannedBlocks(rule.rule, rule.pairs) for rule in report.rules),
        verdict=health.sentence,
        doubts=health.doubts,
        recall=health.recall,
        clusters_out=request.clusters,
        model_out=model_out,
    )


def _compared(found: Proposal) -> list[ComparedColumn]:
    return [
        ComparedColumn(
            left=" + ".join(item.left or "" for item in columns),
            right=None if found.right is None else " + ".join(item.right or "" for item in columns),
            meaning=meaning,
            kind=comparison.kind,
            evidence="; ".join(item.evidence for item in columns),
        )
        for comparison, columns, meaning in found.compared()
    ]


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _read_csv(path: Path) -> pa.Table:
    encoding = "utf8" if _is_utf8(path) else "gb18030"
    reading = csv.ReadOptions(encoding=encoding)
    parsing = csv.ParseOptions(newlines_in_values=True)
    with csv.open_csv(path, reading, parsing) as reader:
        names = reader.schema.names
    as_text = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
    )
    return csv.read_csv(path, reading, parsing, as_text)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _write(table: pa.Table, path: Path) -> None:
    """Write beside the target and move into place, so that a reader never sees half a file."""
    half = path.with_name(f".{path.name}.part")
    try:
        pq.write_table(table, half)
        os.replace(half, path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise BangfuError(f"{path} cannot be written: {error.strerror}. Choose another place.") from error

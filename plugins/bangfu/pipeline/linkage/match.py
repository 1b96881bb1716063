"""Link any two files, or find the duplicates of one: the use case behind `bangfu match` (两表匹配)."""

import codecs
import os
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from bangfu.errors import BangfuError
from bangfu.pipeline.context import Progress, silent
from matching import LinkError, LinkOptions, LinkResult, Model, ModelError, dedupe, link

__all__ = ["MatchRequest", "MatchSummary", "match_files", "read_table"]

_PAIR_COLUMNS = ["left_id", "right_id", "match_weight", "match_probability", "accepted"]


@dataclass(frozen=True)
class MatchRequest:
    """What to match and where the results go.

    Attributes:
        left: CSV or Parquet file.
        model: Linkage model, JSON.
        id_column: Column that identifies a record, in both files.
        out: Parquet file for the pairs.
        right: Second file; None finds duplicates in `left`.
        one_to_one: Accept at most one match per record of either file.
        threshold: Accept from this probability on; None takes the model's.
        clusters: Parquet file for the clusters, or None.
    """

    left: Path
    model: Path
    id_column: str
    out: Path
    right: Path | None = None
    one_to_one: bool = False
    threshold: float | None = None
    clusters: Path | None = None


@dataclass(frozen=True)
class MatchSummary:
    """Counts of one match; `notes` names everything that was left out or looks doubtful."""

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


def match_files(request: MatchRequest, progress: Progress | None = None) -> MatchSummary:
    """Match the files and write pairs, and clusters where asked for.

    Args:
        request: What to match.
        progress: Told how many candidate pairs have been compared.

    Raises:
        BangfuError: A file cannot be read or written, ids are missing or repeated, a side is empty, or the
            model does not fit; the message says what to do.
    """
    if request.right is None and request.one_to_one:
        raise BangfuError("--one-to-one needs two files; with one file use --clusters to group its duplicates.")
    try:
        model = Model.load(request.model)
        left = read_table(request.left)
        right = None if request.right is None else read_table(request.right)
        result = _match(request, left, right, model, progress or silent)
    except (LinkError, ModelError) as error:
        message = str(error)
        raise BangfuError(message[:1].upper() + message[1:] + ".") from error
    _write(result.pairs.select(_PAIR_COLUMNS), request.out)
    if request.clusters is not None and result.clusters is not None:
        _write(result.clusters, request.clusters)
    return _summary(request, result)


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


def _match(
    request: MatchRequest, left: pa.Table, right: pa.Table | None, model: Model, progress: Progress
) -> LinkResult:
    options = LinkOptions(clusters=request.clusters is not None)
    if right is None:
        return dedupe(
            left, model, id_column=request.id_column, threshold=request.threshold, options=options, progress=progress
        )
    return link(
        left,
        right,
        model,
        id_column=request.id_column,
        assignment="one_to_one" if request.one_to_one else "none",
        threshold=request.threshold,
        options=options,
        progress=progress,
    )


def _summary(request: MatchRequest, result: LinkResult) -> MatchSummary:
    wanted = request.clusters is not None and result.clusters is not None
    return MatchSummary(
        left_rows=result.report.left_rows,
        right_rows=None if request.right is None else result.report.right_rows,
        candidate_pairs=result.report.candidate_pairs,
        pairs=result.report.kept_pairs,
        accepted_pairs=result.report.accepted_pairs,
        expected_matches=round(result.report.expected_matches, 1),
        threshold=result.model.threshold if request.threshold is None else request.threshold,
        clusters=len(result.clusters["cluster_id"].unique()) if wanted and result.clusters is not None else None,
        refused_merges=result.report.refused_merges,
        notes=result.report.notes,
    )


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

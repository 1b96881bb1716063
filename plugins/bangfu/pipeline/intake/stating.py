"""Stating what is sent (报送清单): the manifest of files that lie ready."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bangfu.errors import BangfuError
from bangfu.readers import Parser
from bangfu.storage.port import digest_content
from schemas.manifest import PERIOD, SENDER, Manifest, ManifestError, ManifestFile, read_manifest
from schemas.sources import SOURCES

__all__ = ["Sending", "state_files"]


@dataclass(frozen=True)
class Sending:
    """Which delivery some files are.

    Attributes:
        source: Source code.
        sender: Division or credit code of who sends.
        period: What the data describes, such as `2026-06` or `2026Q2`.
        revision: 1, and one more for each correction.
    """

    source: str
    sender: str
    period: str
    revision: int = 1


def state_files(
    sending: Sending,
    paths: Sequence[Path],
    rows: Sequence[int] = (),
    *,
    passwords: Mapping[str, Sequence[str]] | None = None,
) -> Manifest:
    """Make the manifest of some files.

    Args:
        sending: Which delivery they are.
        paths: The files.
        rows: Data rows of each, as the sender counts them; they are counted by reading the files where absent.
        passwords: Opening passwords of workbooks by source, for counting.

    Raises:
        BangfuError: Sender or period is malformed, a file is missing, or the numbers do not fit the files.
        Refused: Rows are to be counted and a file cannot be read.
    """
    if sending.source not in SOURCES:
        raise BangfuError(f"There is no source {sending.source!r}; known are {', '.join(SOURCES)}.")
    if not SENDER.fullmatch(sending.sender) or not PERIOD.fullmatch(sending.period):
        raise BangfuError("Give a division or credit code as --sender and a period such as 2026-06 or 2026Q2.")
    if rows and len(rows) != len(paths):
        raise BangfuError(f"Give --rows once for each of the {len(paths)} file(s), in their order, or not at all.")
    for path in paths:
        if not path.is_file():
            raise BangfuError(f"There is no file {path}.")
    counted = rows or _count_rows(sending.source, paths, passwords or {})
    files = []
    for path, count in zip(paths, counted, strict=True):
        digest, size = digest_content(path)
        files.append(ManifestFile(path.name, size, digest, count))
    manifest = Manifest(sending.source, sending.sender, sending.period, sending.revision, tuple(files))
    try:
        return read_manifest(manifest.to_json().encode("utf-8", "surrogatepass"))
    except ManifestError as error:
        raise BangfuError(f"These files cannot be sent together: {error.en} {error.zh}") from None


def _count_rows(source: str, paths: Sequence[Path], passwords: Mapping[str, Sequence[str]]) -> list[int]:
    with Parser() as parser:
        return [
            parser.read(path, SOURCES[source], lambda _: None, passwords=passwords.get(source, ())).rows
            for path in paths
        ]

"""Stating what is sent: names, sizes, digests, and the rows that tell whether anything is lacking."""

import hashlib
from pathlib import Path

import pytest

from bangfu.errors import BangfuError, Refused
from bangfu.pipeline.intake.stating import Sending, state_files
from schemas.manifest import ManifestFile, read_manifest
from tests.bangfu.pipeline.sending import roster_text

SENDING = Sending("union_roster", "530102", "2026Q2")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "花名册.csv", tmp_path / "二车间.csv"]
    paths[0].write_bytes("五华区花名册\n".encode() + roster_text("李娜", "王芳") + "合计,2\n".encode())
    paths[1].write_bytes(roster_text("岩罕"))
    return paths


def test_rows_are_counted_as_the_service_will_count_them(files: list[Path]) -> None:
    """Titles, headings and totals are no data rows."""
    manifest = state_files(SENDING, files)
    content = files[0].read_bytes()
    assert manifest.files[0] == ManifestFile("花名册.csv", len(content), hashlib.sha256(content).hexdigest(), 2)
    assert [file.rows for file in manifest.files] == [2, 1]
    assert (manifest.source, manifest.sender, manifest.period, manifest.revision) == (
        "union_roster", "530102", "2026Q2", 1,
    )  # fmt: skip


def test_rows_that_are_given_are_the_sender_s_own_word(files: list[Path]) -> None:
    assert [file.rows for file in state_files(SENDING, files, [812, 0]).files] == [812, 0]


def test_what_is_written_is_what_the_service_reads(files: list[Path]) -> None:
    manifest = state_files(SENDING, files)
    assert read_manifest(manifest.to_json().encode()) == manifest


def test_a_file_that_cannot_be_read_cannot_be_counted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    with pytest.raises(Refused, match="empty_file"):
        state_files(SENDING, [tmp_path / "a.csv"])


@pytest.mark.parametrize(
    ("sending", "rows", "message"),
    [
        (Sending("roster", "530102", "2026Q2"), (), "There is no source"),
        (Sending("union_roster", "昆明市", "2026Q2"), (), "division or credit code"),
        (Sending("union_roster", "530102", "2026年6月"), (), "such as 2026-06"),
        (Sending("union_roster", "530102", "2026Q2"), (1,), "once for each of the 2"),
        (Sending("union_roster", "530102", "2026Q2", 0), (1, 2), "revision"),
    ],
)
def test_what_cannot_be_stated(files: list[Path], sending: Sending, rows: tuple[int, ...], message: str) -> None:
    with pytest.raises(BangfuError, match=message):
        state_files(sending, files, rows)


def test_the_same_file_twice_is_no_delivery(files: list[Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.csv"
    copy.write_bytes(files[0].read_bytes())
    with pytest.raises(BangfuError, match="the same file twice"):
        state_files(SENDING, [files[0], copy])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BangfuError, match="There is no file"):
        state_files(SENDING, [tmp_path / "none.csv"])

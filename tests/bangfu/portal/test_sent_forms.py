"""Forms with files: read as they arrive, digested on their way, never whole in memory, and never beyond their limits."""

import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from bangfu.portal import sent_forms
from bangfu.portal.sent_forms import BrokenFormError, SentForm, read_form

BOUNDARY = "----boundary"


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    named = f'; filename="{filename}"' if filename is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


class Arriving:
    """A request whose body arrives in pieces."""

    def __init__(self, pieces: Any, kind: str = f"multipart/form-data; boundary={BOUNDARY}") -> None:
        self.headers, self._pieces = {"content-type": kind}, pieces

    async def stream(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


def read(
    folder: Path, *parts: bytes, size: int = 7, kind: str = f"multipart/form-data; boundary={BOUNDARY}"
) -> SentForm:
    body = b"".join(parts)
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return anyio.run(read_form, Arriving(pieces, kind), folder)


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_fields_and_files_arrive_however_the_body_is_cut(tmp_path: Path, size: int) -> None:
    content = b"\r\n--not the boundary\r\n" * 40
    form = read(tmp_path, part("period", b"2026-06"), part("file_1", content, "低保.csv"), END, size=size)
    assert form.fields == {"period": "2026-06"}
    [file] = form.files
    assert (file.field, file.name, file.size) == ("file_1", "低保.csv", len(content))
    assert file.path.read_bytes() == content
    assert file.sha256 == hashlib.sha256(content).hexdigest()


def test_a_field_without_a_chosen_file_is_none(tmp_path: Path) -> None:
    """Browsers send a part without a name and content for it."""
    form = read(tmp_path, part("file_1", b"", ""), part("rows_1", b""), END)
    assert (form.files, form.fields) == ([], {"rows_1": ""})
    assert list(tmp_path.iterdir()) == []


def test_a_name_with_folders_stays_within_the_folder(tmp_path: Path) -> None:
    [file] = read(tmp_path, part("file_1", b"x", "../../etc/passwd"), END).files
    assert file.path.parent == tmp_path
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


@pytest.mark.parametrize("limit", ["FILE_LIMIT", "FORM_LIMIT"])
def test_what_is_too_large_is_read_to_its_end_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """An answer that comes before the whole form is read would be a broken connection for the browser."""
    monkeypatch.setattr(sent_forms, limit, 100)
    form = read(tmp_path, part("file_1", b"x" * 101, "a.csv"), part("period", b"2026-06"), END)
    assert form.too_large
    assert (form.files, form.fields) == ([], {"period": "2026-06"})
    assert list(tmp_path.iterdir()) == []


def test_files_together_have_a_limit_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent_forms, "FORM_LIMIT", 100)
    parts = [part(f"file_{number}", b"x" * 40, f"{number}.csv") for number in (1, 2, 3)]
    assert read(tmp_path, *parts[:2], END).too_large is False
    assert read(tmp_path, *parts, END).too_large is True


def test_a_large_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    block = b"x" * 65_536
    head, tail = part("file_1", b"", "a.csv").removesuffix(b"\r\n"), b"\r\n" + END

    def pieces() -> Any:
        yield head
        for _ in range(640):
            yield block
        yield tail

    tracemalloc.start()
    try:
        form = anyio.run(read_form, Arriving(pieces()), tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert form.files[0].size == 640 * 65_536
    assert peak < 2 * 1024**2


@pytest.mark.parametrize(
    "body",
    [
        part("file_1", b"x" * 100, "a.csv"),
        part("period", b"x" * 5_000) + END,
        b"--other\r\n\r\n",
        b"".join(part(f"f{number}", b"") for number in range(65)) + END,
        f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nx\r\n".encode() + END,
        b"",
    ],
    ids=["cut off", "a field too long", "another boundary", "too many parts", "a part without a name", "nothing"],
)
def test_what_is_no_whole_form_is_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(BrokenFormError):
        read(tmp_path, body)


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded"])
def test_another_kind_of_body_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(BrokenFormError):
        read(tmp_path, END, kind=kind)

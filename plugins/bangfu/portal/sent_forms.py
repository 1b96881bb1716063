"""Reading a form with files (上传表单) as it arrives: files go to the disk and are digested on their way, never whole in

memory; what is too large is read to its end and thrown away, so that the browser shows an answer.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

__all__ = ["FILE_LIMIT", "FORM_LIMIT", "READ_LIMIT", "BrokenFormError", "SentFile", "SentForm", "read_form"]

FILE_LIMIT = 200 * 1024**2
"""Bytes of one file."""
FORM_LIMIT = 500 * 1024**2
"""Bytes of all files of one form."""
READ_LIMIT = 2 * 1024**3
"""Bytes of a form that are read at all; more is refused unread."""

_FIELD_LIMIT = 4 * 1024
_MOST_PARTS = 64


class BrokenFormError(Exception):
    """What arrived is no form with files."""


@dataclass(frozen=True)
class SentFile:
    """A file of a form.

    Attributes:
        field: Name of the form's field.
        name: The sender's name for the file, as it came.
        path: Where it lies; it goes with the folder.
        size: Bytes.
        sha256: 64 hexadecimal digits.
    """

    field: str
    name: str
    path: Path
    size: int
    sha256: str


@dataclass
class SentForm:
    """A form with files.

    Attributes:
        fields: Values by name; the last of two counts.
        files: Files that were chosen, in order; fields without a file are left out.
        too_large: Whether a file or the whole was larger than the limits; then the files are not complete.
    """

    fields: dict[str, str] = field(default_factory=dict)
    files: list[SentFile] = field(default_factory=list)
    too_large: bool = False


async def read_form(request: Request, folder: Path) -> SentForm:
    """Read a form.

    Args:
        request: A POST whose body has not been read.
        folder: Where files are kept; it belongs to the caller.

    Raises:
        BrokenFormError: It is no form with files, or it ends too early.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise BrokenFormError
    parts = _Parts(folder)
    try:
        parser = MultipartParser(options[b"boundary"], parts.callbacks())  # type: ignore[arg-type]
        async for chunk in request.stream():
            if chunk:
                await run_in_threadpool(parser.write, chunk)
        parser.finalize()
    except MultipartParseError:
        raise BrokenFormError from None
    finally:
        parts.close()
    if not parts.ended:
        raise BrokenFormError
    return parts.form


class _Parts:
    """The parts of a form as the parser finds them."""

    def __init__(self, folder: Path) -> None:
        self.form, self.ended = SentForm(), False
        self._folder, self._count, self._total = folder, 0, 0
        self._header, self._value = b"", b""
        self._disposition: dict[bytes, bytes] = {}
        self._text, self._size = b"", 0
        self._file: IO[bytes] | None = None
        self._digest = hashlib.sha256()

    def callbacks(self) -> dict[str, Callable[..., Any]]:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def close(self) -> None:
        """Let go of the file that was being written."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        self._count += 1
        if self._count > _MOST_PARTS:
            raise BrokenFormError
        self._disposition, self._text, self._size = {}, b"", 0
        self._digest = hashlib.sha256()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, self._disposition = parse_options_header(self._value)
        self._header, self._value = b"", b""

    def _headers_finished(self) -> None:
        if b"name" not in self._disposition:
            raise BrokenFormError
        if self._disposition.get(b"filename"):
            self._file = (self._folder / f"{self._count}").open("wb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._file is None:
            if b"filename" in self._disposition:
                return
            self._text += data[start:end]
            if len(self._text) > _FIELD_LIMIT:
                raise BrokenFormError
            return
        self._total += end - start
        if self._size > FILE_LIMIT or self._total > FORM_LIMIT:
            self.form.too_large = True
        if not self.form.too_large:
            part = memoryview(data)[start:end]
            self._digest.update(part)
            self._file.write(part)

    def _end(self) -> None:
        name = self._disposition[b"name"].decode("utf-8", "replace")
        if self._file is not None:
            path = Path(self._file.name)
            self.close()
            if self.form.too_large:
                path.unlink()
                return
            called = self._disposition[b"filename"].decode("utf-8", "replace")
            self.form.files.append(SentFile(name, called, path, self._size, self._digest.hexdigest()))
        elif b"filename" not in self._disposition:
            self.form.fields[name] = self._text.decode("utf-8", "replace")

    def _all(self) -> None:
        self.ended = True

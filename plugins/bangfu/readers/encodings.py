r"""Text of unknown encoding as a stream of UTF-8 with plain line ends (文本编码).

Tried strictly in this order: UTF-16 with a mark, UTF-8 with or without one, GB18030 (which holds GBK and GB 2312).
Control characters such as NUL are left out and counted: a database refuses them, and no sender means them.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

import numpy as np
import polars as pl

from bangfu.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["TextStream", "detect_encoding"]

_SAMPLE = 1 << 20
_CHECKED = 1 << 23
_MARK = codecs.BOM_UTF8
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r")
_CONTROLS_AND_CR = _CONTROLS + b"\r"


@dataclass
class TextStream:
    """A text file of any size.

    Attributes:
        open: Opens the file from its beginning.
        encoding: As `detect_encoding` says.
        controls: Control characters left out by the last complete run of `blocks`.
        ends_cleanly: Whether the text ended with a line end, after such a run.
    """

    open: Callable[[], IO[bytes]] = field(repr=False)
    encoding: str
    controls: int = 0
    ends_cleanly: bool = False

    def sample(self, size: int = _SAMPLE) -> tuple[bytes, bool]:
        """The beginning in UTF-8 with plain line ends, and whether that is all."""
        pieces, length = [], 0
        for piece in self.blocks(size):
            pieces.append(piece)
            length += len(piece)
            if length > size:
                break
        else:
            return b"".join(pieces), True
        return b"".join(pieces), False

    def blocks(self, size: int) -> Iterator[bytes]:
        """The text in UTF-8, piece by piece, each made of about `size` bytes of the file.

        Raises:
            Refused: `unknown_encoding`, with the line that cannot be read.
        """
        self.controls, last = 0, b"\n"
        with self.open() as stream:
            carriage_returns = self._has_old_line_ends()
            held = b""
            for piece in self._utf8(stream, size):
                data = held + self._without_controls(piece)
                held = b""
                if data.endswith(b"\r"):
                    data, held = data[:-1], b"\r"
                if data:
                    yield (data := self._plain_line_ends(data, carriage_returns))
                    last = data[-1:] or last
            if held:
                yield b"\n"
                last = b"\n"
        self.ends_cleanly = last == b"\n"

    def _has_old_line_ends(self) -> bool:
        """Whether a carriage return alone ends a line, as on old machines; the beginning decides."""
        with self.open() as stream:
            start = b"".join(self._utf8(stream, _SAMPLE, pieces=1))
        return b"\n" not in start and b"\r" in start

    def _utf8(self, stream: IO[bytes], size: int, pieces: int | None = None) -> Iterator[bytes]:
        decoder = None
        if self.encoding in {"utf-16", "gb18030"}:
            decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        elif self.encoding == "utf-8-sig":
            stream.read(len(_MARK))
        lines, count = 1, 0
        while (raw := stream.read(size)) or decoder:
            if decoder:
                try:
                    data = decoder.decode(raw, final=not raw).encode()
                except UnicodeDecodeError as error:
                    raise _unknown(lines + error.object[: error.start].count(b"\n")) from None
                lines += raw.count(b"\n")
            else:
                data = raw
            if data:
                yield data
            count += 1
            if not raw or count == pieces:
                break

    def _without_controls(self, data: bytes) -> bytes:
        codes = np.frombuffer(data, np.uint8)
        low, line_ends = int(np.count_nonzero(codes < 32)), int(np.count_nonzero(codes == 10))
        if low == line_ends or low == line_ends + data.count(b"\t") + data.count(b"\r"):
            return data
        clean = data.translate(None, _CONTROLS)
        self.controls += len(data) - len(clean)
        return clean

    def _plain_line_ends(self, data: bytes, carriage_returns: bool) -> bytes:
        if b"\r" not in data:
            return data
        data = data.replace(b"\r\n", b"\n")
        if b"\r" not in data:
            return data
        if carriage_returns:
            return data.replace(b"\r", b"\n")
        clean = data.replace(b"\r", b"")
        self.controls += len(data) - len(clean)
        return clean


def detect_encoding(open_file: Callable[[], IO[bytes]]) -> str:
    """Which of `utf-16`, `utf-8-sig`, `utf-8` and `gb18030` a file is in.

    Of GB18030 it is said only that nothing else fits: a file that is not is found out while it is read.

    Raises:
        Refused: `unknown_encoding` or `truncated_file`.
    """
    with open_file() as stream:
        start = stream.read(1 << 16)
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _unknown()
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.count(b"\0") * 16 > len(start):  # UTF-16 without a mark, or no text at all
        raise _unknown()
    with open_file() as stream:
        whole = _is_utf8(stream)
    if whole is None:
        return "gb18030"
    if not whole:
        raise Refused(
            "truncated_file",
            "文件不完整：最后一个字符只有一半，传输或导出可能中断；请重新导出后再报送",
            "The file is incomplete: its last character is cut in half; export and send it again.",
        )
    return "utf-8-sig" if start.startswith(_MARK) else "utf-8"


def _is_utf8(stream: IO[bytes]) -> bool | None:
    """Whether the text is UTF-8 to its end; False where only its last character is cut off, None where it is not."""
    tail, ascii_only = b"", True
    while block := stream.read(_CHECKED):
        data = tail + block
        end = len(data) - _unfinished(data)
        data, tail = data[:end], data[end:]
        try:
            pl.Series([data], dtype=pl.Binary).cast(pl.String)
        except pl.exceptions.PolarsError:
            return None
        ascii_only = ascii_only and data.isascii()
    if tail and ascii_only:  # one character alone says nothing
        return None
    return not tail


def _unfinished(data: bytes) -> int:
    """How many bytes at the end begin a character that is cut off."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if back < length else 0
        if byte < 0x80:
            break
    return 0


def _unknown(line: int | None = None) -> Refused:
    where_zh, where_en = (f"（第 {line} 行起）", f" (from line {line} on)") if line else ("", "")
    return Refused(
        "unknown_encoding",
        f"无法识别文件编码{where_zh}；请用 Excel 或 WPS 另存为“CSV UTF-8”或 xlsx 后再报送",
        f"The file's encoding is neither UTF-8 nor GB18030{where_en}; save it as CSV UTF-8 or xlsx.",
    )

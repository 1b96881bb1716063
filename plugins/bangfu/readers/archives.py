"""A zip that holds one text file or workbook (压缩包), read without unpacking it to a disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from bangfu.errors import Refused
from bangfu.readers.safety import LIMITS, Limits, check_entries, damaged, oversized

__all__ = ["ZippedFile", "nested", "only_file"]

_ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz")
_LARGEST_WORKBOOK = 256 * 1024**2


class ZippedFile:
    """The one file in a zip; `open` gives it from its beginning."""

    def __init__(self, archive: Path | IO[bytes], name: str, size: int) -> None:
        """Takes the zip, the file's name within it and its size as declared."""
        self._archive, self._name, self.size = archive, name, size

    def open(self) -> IO[bytes]:
        """A stream of the unpacked bytes, which a damaged zip ends with `Refused`."""
        return _open(self._archive, self._name)

    def content(self) -> bytes:
        """All of it, for a workbook.

        Raises:
            Refused: `oversized_workbook` or `damaged_archive`.
        """
        if self.size > _LARGEST_WORKBOOK:
            raise oversized()
        with self.open() as stream:
            return stream.read()


class _Unpacked(io.BufferedIOBase):
    """A member's stream that keeps its archive open, and says what is wrong with it."""

    def __init__(self, archive: zipfile.ZipFile, member: IO[bytes]) -> None:
        self._archive, self._member = archive, member

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            return self._member.read(-1 if size is None else size)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise _damaged() from error

    def close(self) -> None:
        self._member.close()
        self._archive.close()
        super().close()


def only_file(archive: Path | IO[bytes], limits: Limits = LIMITS) -> ZippedFile:
    """The file that a zip holds.

    Raises:
        Refused: `unsafe_archive`, `several_files`, `unsupported_file`, `oversized_workbook`, `damaged_archive` or
            `encrypted_archive`.
    """
    try:
        with zipfile.ZipFile(archive) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise damaged() from error
    check_entries(entries, limits)
    files = [entry for entry in entries if not entry.filename.endswith("/") and not _is_litter(entry.filename)]
    if any(_leads_elsewhere(entry.orig_filename) or _leads_elsewhere(entry.filename) for entry in entries):
        raise Refused(
            "unsafe_archive",
            "压缩包内的文件名含有绝对路径或上级目录，存在安全风险；请重新压缩后再报送",
            "The zip holds names that lead outside of it; zip the file again.",
        )
    if len(files) != 1:
        raise Refused(
            "several_files",
            f"压缩包内应当只有一个数据文件，实际有 {len(files)} 个；请逐个文件报送",
            f"A zip must hold one data file, this one holds {len(files)}; send each file on its own.",
        )
    entry = files[0]
    if entry.filename.lower().endswith(_ARCHIVES):
        raise nested()
    if entry.flag_bits & 1:
        raise Refused(
            "encrypted_archive",
            "压缩包设有密码；请取消密码后再报送",
            "The zip is protected by a password; send it without one.",
        )
    return ZippedFile(archive, entry.filename, entry.file_size)


def nested() -> Refused:
    """The refusal of an archive in an archive."""
    return Refused(
        "nested_archive",
        "压缩包内还有压缩包；请直接压缩 csv 文件后再报送",
        "The zip holds another archive; zip the csv file itself.",
    )


def _open(archive: Path | IO[bytes], name: str) -> IO[bytes]:
    if not isinstance(archive, Path):
        archive.seek(0)
    package = zipfile.ZipFile(archive)
    try:
        return _Unpacked(package, package.open(name))  # type: ignore[return-value]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError) as error:
        package.close()
        raise _damaged() from error


def _is_litter(name: str) -> bool:
    """Files that a Mac or Windows adds on its own."""
    path = PurePosixPath(name)
    return path.parts[:1] == ("__MACOSX",) or path.name in {".DS_Store", "Thumbs.db", "desktop.ini"}


def _leads_elsewhere(name: str) -> bool:
    plain = name.replace("\\", "/")
    return plain.startswith("/") or plain[1:2] == ":" or ".." in plain.split("/") or "\0" in plain


def _damaged() -> Refused:
    return Refused(
        "damaged_archive",
        "压缩包已损坏或不完整，无法解压；请重新压缩后再报送",
        "The zip is damaged or incomplete; zip the file again.",
    )

"""The sender's statement of a delivery (报送清单): `manifest.json`, sent last, after the data.

It says what was sent, for which period, and how much of it there is, so that nothing that got lost on the way is
taken for complete. The file is JSON:

```json
{"version": 1, "source": "civil_affairs", "sender": "530100", "period": "2026-06", "revision": 1,
 "files": [{"name": "2026年6月低保名单.xlsx", "size": 48213, "sha256": "9f86…", "rows": 812}]}
```
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from schemas.stated_error import StatedError

__all__ = ["MANIFEST", "PERIOD", "SENDER", "SUCCESS", "Manifest", "ManifestError", "ManifestFile", "read_manifest"]

MANIFEST = "manifest.json"
"""Name of the statement within a delivery's folder."""
SUCCESS = "_SUCCESS"
"""Name of the empty marker that some export tools write last; it states nothing but the end."""
PERIOD = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?|Q[1-4])?")
"""A year, quarter, month or day: `2026`, `2026Q3`, `2026-06`, `2026-06-15`."""
SENDER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{1,31}")
"""Who sends: a division code (`530100`) or a credit code; never a person."""

_VERSION = 1
_LONGEST = 1 << 20  # bytes
_MOST_FILES = 1_000
_SHA256 = re.compile("[0-9a-f]{64}")
_UNSAFE_NAME = re.compile(r"[\x00-\x1f\x7f/\\\ud800-\udfff]")


class ManifestError(StatedError):
    """A statement that cannot be used."""


@dataclass(frozen=True)
class ManifestFile:
    """One data file of a delivery.

    Attributes:
        name: Its name within the delivery's folder.
        size: Bytes.
        sha256: 64 hexadecimal digits.
        rows: Data rows as the sender counts them: without headings, totals, signatures and empty rows.
    """

    name: str
    size: int
    sha256: str
    rows: int


@dataclass(frozen=True)
class Manifest:
    """What a sender states about one delivery.

    Attributes:
        source: Source code.
        sender: Who sends, see `SENDER`.
        period: What the data describes, see `PERIOD`.
        revision: 1, and one more for each correction of the same period; the highest counts.
        files: The data files.
    """

    source: str
    sender: str
    period: str
    revision: int
    files: tuple[ManifestFile, ...]

    def to_json(self) -> str:
        """The statement as the file's text."""
        return json.dumps({"version": _VERSION, **asdict(self)}, ensure_ascii=False, indent=1) + "\n"

    def delivery_id(self) -> str:
        """The id of the delivery: the same statement of the same bytes is the same delivery, whatever the files' names.

        >>> Manifest("civil_affairs", "530100", "2026-06", 1, (ManifestFile("a.csv", 1, "0" * 64, 1),)).delivery_id()
        'civil_affairs-d-625b7b6c4e020d0b'
        """
        stated = sorted((file.sha256, file.size, file.rows) for file in self.files)
        statement = json.dumps([self.source, self.sender, self.period, self.revision, stated], separators=(",", ":"))
        return f"{self.source}-d-{hashlib.sha256(statement.encode()).hexdigest()[:16]}"


def read_manifest(content: bytes) -> Manifest:
    """Read and check a statement.

    Args:
        content: The file's bytes.

    Raises:
        ManifestError: `manifest_unreadable` (no JSON, or too large) or `manifest_invalid` (a value is missing or
            wrong); the texts name the value.
    """
    if len(content) > _LONGEST:
        raise _unreadable()
    try:
        stated = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise _unreadable() from None
    if not isinstance(stated, dict) or stated.get("version") != _VERSION:
        raise _invalid("version", f"应为 {_VERSION}", f"must be {_VERSION}")
    return Manifest(
        source=_text(
            stated, "source", re.compile("[a-z][a-z0-9_]{1,40}"), "数据代码，如 civil_affairs", "a source code"
        ),
        sender=_text(stated, "sender", SENDER, "行政区划代码或信用代码，如 530100", "a division or credit code"),
        period=_text(stated, "period", PERIOD, "期间，如 2026-06 或 2026Q2", "a period such as 2026-06 or 2026Q2"),
        revision=_number(stated, "revision", 1, 10_000),
        files=_files(stated.get("files")),
    )


def _files(stated: Any) -> tuple[ManifestFile, ...]:
    if not isinstance(stated, list) or not 1 <= len(stated) <= _MOST_FILES:
        raise _invalid("files", "应列出至少一个数据文件", "must list at least one data file")
    files = []
    for item in stated:
        if not isinstance(item, dict):
            raise _invalid("files", "每个文件应写明 name、size、sha256、rows", "must give name, size, sha256 and rows")
        name = item.get("name")
        if not isinstance(name, str) or not 1 <= len(name.encode("utf-8", "replace")) <= 240:
            raise _invalid("name", "应为文件名", "must be a file name")
        if _UNSAFE_NAME.search(name) or name.startswith(".") or name in {MANIFEST, SUCCESS}:
            raise _invalid("name", "应为不含路径的数据文件名", "must be a data file's name without a path")
        sha256 = _text(item, "sha256", _SHA256, "64 位小写十六进制摘要", "64 lower-case hexadecimal digits")
        files.append(ManifestFile(name, _number(item, "size", 1, 1 << 40), sha256, _number(item, "rows", 0, 10**9)))
    if len({file.name for file in files}) < len(files) or len({file.sha256 for file in files}) < len(files):
        raise _invalid("files", "同一文件列了两次", "lists the same file twice")
    return tuple(files)


def _text(stated: dict[str, Any], name: str, pattern: re.Pattern[str], zh: str, en: str) -> str:
    value = stated.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _invalid(name, f"应为{zh}", f"must be {en}")
    return value


def _number(stated: dict[str, Any], name: str, least: int, most: int) -> int:
    value = stated.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _invalid(name, f"应为 {least} 至 {most} 的整数", f"must be a whole number from {least} to {most}")
    return value


def _unreadable() -> ManifestError:
    return ManifestError(
        "manifest_unreadable",
        f"报送清单 {MANIFEST} 无法读取；请用报送工具重新生成，最后上传",
        f"{MANIFEST} cannot be read; make it again and send it last.",
    )


def _invalid(name: str, zh: str, en: str) -> ManifestError:
    return ManifestError(
        "manifest_invalid",
        f"报送清单 {MANIFEST} 中的 {name} {zh}；请更正后重新报送",
        f"In {MANIFEST}, {name} {en}; correct it and send the delivery again.",
    )

"""Deliveries (投递): what a sender drops in one go, the data first and the manifest (报送清单) last.

A delivery is a folder ``<sender>-<period>-r<revision>``: the sender's division code, the month or quarter, and 1, or one more for
each correction.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.manifest import MANIFEST, Manifest, ManifestFile
from schemas.sources import SOURCES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from pathlib import Path

PROVINCE = "530000"
EXTRACTS, LATE = "extracts", "later"
"""What is dropped at once, and what arrives afterwards."""


@dataclass(frozen=True, order=True)
class Delivery:
    """One delivery.

    Attributes:
        root: `EXTRACTS` or `LATE`.
        source: source code.
        sender: division code.
        period: what the data describes.
        revision: from 1.
    """

    root: str
    source: str
    sender: str
    period: str
    revision: int = 1

    @property
    def name(self) -> str:
        """Name of its folder.

        >>> Delivery(EXTRACTS, "civil_affairs", "530100", "2026-06").name
        '530100-2026-06-r1'
        """
        return f"{self.sender}-{self.period}-r{self.revision}"

    def folder(self, out: Path) -> Path:
        """Its folder in a province."""
        return out / self.root / self.source / self.name


@dataclass(frozen=True)
class Sent:
    """A file that was sent; one without a delivery came bare, without a manifest."""

    source: str
    delivery: Delivery | None
    file: ManifestFile


def period_of(source: str, as_of: dt.date) -> str:
    """The period that ends on or after the day of the extracts.

    >>> import datetime as dt
    >>> period_of("civil_affairs", dt.date(2026, 6, 30)), period_of("union_roster", dt.date(2026, 6, 30))
    ('2026-06', '2026Q2')
    """
    if SOURCES[source].cadence == "quarterly":
        return f"{as_of.year}Q{(as_of.month + 2) // 3}"
    return f"{as_of:%Y-%m}"


def sender_of(source: str, division: str) -> str:
    """The code of the department that sends what concerns a division.

    >>> sender_of("civil_affairs", "530102"), sender_of("union_roster", "530102"), sender_of("hardship_archive", "530102")
    ('530100', '530102', '530000')
    """
    level = SOURCES[source].sender_level
    return {"prefecture": division[:4] + "00", "province": PROVINCE}.get(level, division)


def stated(path: Path, rows: int) -> ManifestFile:
    """What the sender states about a file.

    Args:
        path: the file, written.
        rows: data rows, without titles, headers, totals and signatures.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ManifestFile(path.name, path.stat().st_size, digest, rows)


def announce(out: Path, sent: Iterable[Sent]) -> int:
    """Writes the manifest of every delivery.

    Args:
        out: the province.
        sent: all its files.

    Returns:
        How many manifests were written.
    """
    files: dict[Delivery, list[ManifestFile]] = {}
    for item in sent:
        if item.delivery:
            files.setdefault(item.delivery, []).append(item.file)
    for delivery, own in files.items():
        inside = tuple(sorted(own, key=lambda file: file.name))
        manifest = Manifest(delivery.source, delivery.sender, delivery.period, delivery.revision, inside)
        (delivery.folder(out) / MANIFEST).write_text(manifest.to_json(), "utf-8")
    return len(files)

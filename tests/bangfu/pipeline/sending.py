"""What a department does: it puts files and a manifest into the drop area, rightly or wrongly."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bangfu.pipeline.context import Context
from schemas.manifest import MANIFEST, Manifest, ManifestFile

_folders = itertools.count(1)


def roster_text(*names: str) -> bytes:
    """A roster of people whose identity numbers lie in the region 539xxx, which does not exist."""
    people = [f"{name},53921019900307{100 + place:03d}X" for place, name in enumerate(names or ("李娜",))]
    return ("姓名,身份证号\n" + "".join(f"{line}\n" for line in people)).encode()


@dataclass(frozen=True)
class Sending:
    """One delivery as a department sends it; the manifest is right unless `state` changes it.

    Attributes:
        files: Contents by file name.
        rows: Data rows stated by file name; counted as lines below the first where absent.
        source, sender, period, revision: As in the manifest.
    """

    files: Mapping[str, bytes]
    rows: Mapping[str, int] = field(default_factory=dict)
    source: str = "union_roster"
    sender: str = "530102"
    period: str = "2026Q2"
    revision: int = 1

    def manifest(self) -> Manifest:
        stated = tuple(
            ManifestFile(name, len(content), hashlib.sha256(content).hexdigest(), self.rows.get(name, _lines(content)))
            for name, content in self.files.items()
        )
        return Manifest(self.source, self.sender, self.period, self.revision, stated)

    @property
    def delivery_id(self) -> str:
        return self.manifest().delivery_id()

    def put(
        self,
        context: Context,
        *,
        state: Callable[[Manifest], Manifest] = lambda manifest: manifest,
        without: tuple[str, ...] = (),
        cut: Mapping[str, int] | None = None,
        folder: str | None = None,
    ) -> str:
        """Put the delivery into the drop area and return its folder.

        Args:
            context: The installation.
            state: Changes what the manifest says.
            without: Files that are not put, perhaps the manifest.
            cut: Bytes that arrive of a file.
            folder: Name of the folder; a new one when absent.
        """
        folder = folder or f"delivery-{next(_folders)}"
        for name, content in self.files.items():
            if name not in without:
                arriving = content[: (cut or {}).get(name, len(content))]
                context.store.put(f"drop/{self.source}/{folder}/{name}", arriving)
        if MANIFEST not in without:
            context.store.put(f"drop/{self.source}/{folder}/{MANIFEST}", state(self.manifest()).to_json().encode())
        return folder


def correction(sending: Sending, files: Mapping[str, bytes]) -> Sending:
    """The next revision of a delivery, with other files."""
    return replace(sending, files=files, revision=sending.revision + 1)


def _lines(content: bytes) -> int:
    return max(content.count(b"\n") - 1, 0)

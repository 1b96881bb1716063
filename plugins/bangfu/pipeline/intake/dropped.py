"""What lies in the drop area (投递区): deliveries, complete or not, as their senders put them there.

```
drop/<source>/<delivery>/<files>, manifest.json     announced: taken when the manifest and all its files are there
drop/<source>/<delivery>/<files>, _SUCCESS          finished, but not stated how much it is
drop/<source>/<file>                                neither
```
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from bangfu.db.intake_models import Announcement
from bangfu.errors import Refused
from bangfu.pipeline.stage import digest_of
from bangfu.storage import ObjectInfo, ObjectStore, keys
from schemas.manifest import MANIFEST, SUCCESS, Manifest

__all__ = ["Dropped", "check_announced", "look", "mark_of", "name_of"]

_LITTER = frozenset({"thumbs.db", "desktop.ini"})
"""Files that file managers leave by themselves; hidden ones are no objects anyway."""


@dataclass(frozen=True)
class Dropped:
    """One delivery as it lies in the drop area.

    Attributes:
        announced: How it says that it is complete; None for a folder that says nothing (yet).
        files: Its data files.
        closing: The manifest or marker.
    """

    announced: Announcement | None
    files: tuple[ObjectInfo, ...]
    closing: ObjectInfo | None = None

    @property
    def everything(self) -> tuple[ObjectInfo, ...]:
        """Its objects, in the order in which they are deleted: without its manifest, the rest would look incomplete."""
        return (*self.files, self.closing) if self.closing else self.files

    def touched(self) -> datetime:
        """When something in it changed last."""
        return max(item.modified for item in self.everything)

    def marks(self) -> tuple[str, ...]:
        """What tells each of its objects from everything else that ever lay here; the manifest's or marker's is last."""
        return tuple(mark_of(item) for item in self.everything)

    def quiet(self, seconds: float) -> bool:
        """Whether nothing has changed for so long."""
        return datetime.now(UTC) - self.touched() >= timedelta(seconds=seconds)


def look(store: ObjectStore, source: str) -> list[Dropped]:
    """Tell what lies in the drop area of a source, announced deliveries first."""
    prefix = keys.drop_prefix(source)
    folders: dict[str, list[ObjectInfo]] = defaultdict(list)
    found = []
    for item in store.list(prefix):
        if PurePosixPath(item.key).name.lower() in _LITTER:
            continue
        folder, slash, _ = item.key.removeprefix(prefix).partition("/")
        if slash:
            folders[folder].append(item)
        else:
            found.append(Dropped(Announcement.NONE, (item,)))
    found += [_folder(items) for _, items in sorted(folders.items())]
    return sorted(found, key=lambda dropped: dropped.announced is not Announcement.MANIFEST)


def _folder(items: Iterable[ObjectInfo]) -> Dropped:
    named = {name_of(item): item for item in items}
    manifest, marker = named.pop(MANIFEST, None), named.pop(SUCCESS, None)
    files = tuple(named.values())
    if manifest is not None:
        return Dropped(Announcement.MANIFEST, files, manifest)
    if marker is not None:
        return Dropped(Announcement.MARKER, files, marker)
    return Dropped(None, files)


def mark_of(item: ObjectInfo) -> str:
    """What tells an object of the drop area from every other one that ever lay there."""
    return digest_of([item.key, item.size, item.modified.isoformat()])


def name_of(item: ObjectInfo) -> str:
    """The sender's name for a file, without folders."""
    return PurePosixPath(item.key).name


def check_announced(dropped: Dropped, manifest: Manifest) -> bool:
    """Compare what is there with what is stated, by name and size.

    Returns:
        Whether everything is there; False while files are missing or still growing.

    Raises:
        Refused: `file_unlisted` or `size_differs`: waiting cannot help.
    """
    there = {name_of(item): item.size for item in dropped.files}
    stated = {file.name: file.size for file in manifest.files}
    if unlisted := sum(name not in stated for name in there):
        raise Refused(
            "file_unlisted",
            f"有 {unlisted} 个文件未写入报送清单；请补入清单，或删除多余文件后重新报送",
            f"{unlisted} files are not listed in the manifest; list them, or leave them out.",
        )
    if larger := sum(there[name] > size for name, size in stated.items() if name in there):
        raise Refused(
            "size_differs",
            f"有 {larger} 个文件比报送清单所写的大；请重新生成清单后报送",
            f"{larger} files are larger than the manifest states; make the manifest again.",
        )
    return all(there.get(name) == size for name, size in stated.items())

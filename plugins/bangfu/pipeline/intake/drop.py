"""Putting files into the drop area (投递), as a partner department would: the data first, the manifest last."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path, PurePath

from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.storage import ObjectConflict, ObjectStore, keys
from bangfu.storage.port import digest_content
from schemas.manifest import MANIFEST, Manifest, ManifestError, read_manifest
from schemas.sources import SOURCES

__all__ = ["drop", "drop_delivery", "drop_stated", "put_delivery", "safe_name"]

_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\\ud800-\udfff]")
_LONGEST_NAME = 180  # bytes
_LONGEST_SUFFIX = 20  # bytes; what is longer follows a full stop within a sentence
_LITTER = frozenset({"thumbs.db", "desktop.ini"})


def drop(context: Context, source: str, path: Path) -> str:
    """Put a file without a manifest into the drop area of a source.

    Args:
        context: The installation.
        source: Source code.
        path: The file; it stays where it is.

    Returns:
        Key of the object. A file of the same name and content is there only once; one of the same name and
        other content gets its digest into its name.

    Raises:
        BangfuError: No such source or file.
    """
    _check_source(source)
    if not path.is_file():
        raise BangfuError(f"There is no file {path}.")
    name = safe_name(path.name)
    try:
        return context.store.put(keys.drop(source, name), path).key
    except ObjectConflict:
        digest, _ = digest_content(path)
        suffix = "".join(PurePath(name).suffixes[-1:])
        return context.store.put(keys.drop(source, f"{name.removesuffix(suffix)}-{digest[:12]}{suffix}"), path).key


def drop_delivery(context: Context, source: str, folder: Path) -> str:
    """Put a folder that holds a manifest and the files it lists into the drop area.

    Args:
        context: The installation.
        source: Source code, which the manifest must name.
        folder: The folder; it stays where it is.

    Returns:
        The folder's key in the drop area: its name and part of the manifest's digest. The same delivery again is there
        only once.

    Raises:
        BangfuError: There is no usable manifest, or the files are not those that it states.
    """
    _check_source(source)
    try:
        manifest = read_manifest((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise BangfuError(
            f"There is no {MANIFEST} in {folder}: make one with `bangfu manifest {source} FILE...`."
        ) from None
    except ManifestError as error:
        raise BangfuError(f"{folder / MANIFEST}: {error.en} {error.zh}") from None
    if manifest.source != source:
        raise BangfuError(f"{folder / MANIFEST} is about {manifest.source}, not {source}.")
    there = {item.name for item in folder.iterdir() if item.is_file() and not _is_litter(item.name)}
    if unlisted := there - {MANIFEST} - {file.name for file in manifest.files}:
        raise BangfuError(
            f"{folder} holds {len(unlisted)} file(s) that {MANIFEST} does not list: list them, or take them out."
        )
    return drop_stated(context, manifest, [folder / file.name for file in manifest.files], safe_name(folder.name))


def drop_stated(context: Context, manifest: Manifest, paths: Sequence[Path], folder: str | None = None) -> str:
    """Put the files of a delivery into the drop area, and what is stated about them last.

    Args:
        context: The installation.
        manifest: What is stated.
        paths: The files, in the order stated; they stay where they are.
        folder: Beginning of the folder's name in the drop area; made of sender and period where absent.

    Returns:
        The folder's key.

    Raises:
        BangfuError: A file is not there, or not what is stated.
    """
    for path, file in zip(paths, manifest.files, strict=True):
        if not path.is_file():
            raise BangfuError(f"There is no file {path}, which {MANIFEST} lists.")
        if digest_content(path) != (file.sha256, file.size):
            raise BangfuError(f"{path} is not what {MANIFEST} states: it was changed. Make the manifest again.")
    named = folder or f"{manifest.sender}-{manifest.period}-r{manifest.revision}"
    digest = hashlib.sha256(manifest.to_json().encode()).hexdigest()
    return put_delivery(context.store, manifest, paths, f"{named}-{digest[:12]}")


def put_delivery(store: ObjectStore, manifest: Manifest, paths: Sequence[Path], folder: str) -> str:
    """Put files into a folder of the drop area, and what is stated about them last.

    Args:
        store: The object store; it compares each file with the sha256 that is stated.
        manifest: What is stated.
        paths: The files, in the order stated.
        folder: Name of the folder; no other delivery may have it.

    Returns:
        The folder's key.

    Raises:
        StoreError: A file is not what is stated, or the store cannot be written.
    """
    key = keys.drop(manifest.source, folder)
    for path, file in zip(paths, manifest.files, strict=True):
        store.put(f"{key}/{file.name}", path, sha256=file.sha256)
    store.put(f"{key}/{MANIFEST}", manifest.to_json().encode())
    return key


def safe_name(name: str) -> str:
    """A sender's file name as one segment of a key: no separators, control characters or leading dots.

    >>> safe_name("../花名册.xlsx")
    '_花名册.xlsx'
    """
    name = _UNSAFE.sub("_", name).lstrip(".") or "unnamed"
    suffix = PurePath(name).suffix
    if len(suffix.encode()) > _LONGEST_SUFFIX:
        suffix = ""
    if len(name.encode()) > _LONGEST_NAME:
        stem = name.removesuffix(suffix).encode()[: _LONGEST_NAME - len(suffix.encode())]
        name = stem.decode("utf-8", "ignore") + suffix
    return name


def _check_source(source: str) -> None:
    if source not in SOURCES:
        raise BangfuError(f"There is no source {source!r}; known are {', '.join(SOURCES)}.")


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name.lower() in _LITTER

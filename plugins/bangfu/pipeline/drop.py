"""Putting a file into the drop area (投递), as a partner department would."""

import re
from pathlib import Path, PurePath

from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.storage import ObjectConflict, keys
from bangfu.storage.port import digest_content
from schemas.sources import SOURCES

__all__ = ["drop", "safe_name"]

_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\\ud800-\udfff]")
_LONGEST_NAME = 180  # bytes
_LONGEST_SUFFIX = 20  # bytes; what is longer follows a full stop within a sentence


def drop(context: Context, source: str, path: Path) -> str:
    """Put a file into the drop area of a source.

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
    if source not in SOURCES:
        raise BangfuError(f"There is no source {source!r}; known are {', '.join(SOURCES)}.")
    if not path.is_file():
        raise BangfuError(f"There is no file {path}.")
    name = safe_name(path.name)
    try:
        return context.store.put(keys.drop(source, name), path).key
    except ObjectConflict:
        digest, _ = digest_content(path)
        suffix = "".join(PurePath(name).suffixes[-1:])
        return context.store.put(keys.drop(source, f"{name.removesuffix(suffix)}-{digest[:12]}{suffix}"), path).key


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

"""The argument SOURCE, the same in every command."""

from typing import Annotated

from typer import Argument

from bangfu.errors import BangfuError

__all__ = ["SourceCode", "check_source"]

SourceCode = Annotated[
    str,
    Argument(
        help="Code of a source, such as union_roster or civil_affairs: `bangfu source list` shows them all.",
        metavar="SOURCE",
    ),
]


def check_source(source: str) -> None:
    """Refuse a source that is not declared.

    Raises:
        BangfuError: With the sources there are.
    """
    from schemas.sources import SOURCES

    if source not in SOURCES:
        raise BangfuError(f"There is no source {source!r}; the sources are {', '.join(sorted(SOURCES))}.")

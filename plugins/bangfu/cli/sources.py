"""The argument SOURCE, the same in every command."""

from typing import Annotated

from typer import Argument

from bangfu.errors import BangfuError

__all__ = ["SourceCode", "check_source"]

SourceCode = Annotated[
    str,
    Argument(
        help="union_roster, hardship_archive, civil_affairs, medical_settlement or disaster_relief.",
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

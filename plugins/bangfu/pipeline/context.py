"""What every use case needs: the settings, the object store and the database of one installation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeAlias

from sqlalchemy import Engine, make_url

from bangfu.db import PORTAL_ROLE, engine
from bangfu.db.migrating import migrate
from bangfu.settings import Settings
from bangfu.storage import ObjectStore, open_store

__all__ = ["Context", "Progress", "open_context"]

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told how far a use case is: (label, steps done, steps in all)."""


@dataclass(frozen=True)
class Context:
    """One installation, opened. Usable as a context manager, which closes its connections.

    Attributes:
        settings: Where everything lives.
        store: The object store.
        engine: The database, in the owner role.
    """

    settings: Settings
    store: ObjectStore
    engine: Engine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; an embedded server keeps running for the next caller."""
        self.engine.dispose()


def open_context(settings: Settings | None = None) -> Context:
    """Open an installation: start the embedded database where none is given, bring its tables up to date.

    Args:
        settings: The installation; None reads the environment.

    Raises:
        BangfuError: A setting cannot be used, or a service cannot be reached.
    """
    settings = settings or Settings.from_environment()
    store = open_store(settings)
    opened = engine(settings)
    portal = settings.portal_database_url
    migrate(opened, portal_role=(make_url(portal).username if portal else None) or PORTAL_ROLE)
    return Context(settings, store, opened)


def silent(label: str, done: int, total: int) -> None:
    """The progress nobody watches."""

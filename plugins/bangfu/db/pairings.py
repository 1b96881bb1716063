"""Writing and reading the record of a household's pairing (结对记录)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError

from bangfu.db.household_models import PairingEntry
from bangfu.db.plain_text import storable
from bangfu.errors import Refused
from bangfu.review.pairing_record import Entry, Kind

__all__ = ["Recorded", "add_entry", "changed", "closed_accounts", "entries_of", "persons_of", "records_of"]

_FIELDS = tuple(Entry.__dataclass_fields__)


@dataclass(frozen=True)
class Recorded:
    """An entry, and when it was entered."""

    entry: Entry
    at: datetime


def records_of(connection: Connection, household: str) -> list[Recorded]:
    """The record of a household in order; empty where this connection may not see it."""
    columns = [PairingEntry.__table__.c[name] for name in (*_FIELDS, "at")]
    query = select(*columns).where(PairingEntry.household == storable(household)).order_by(PairingEntry.number)
    return [
        Recorded(Entry(**{**{name: row[name] for name in _FIELDS}, "kind": Kind(row["kind"])}), row["at"])
        for row in connection.execute(query).mappings()
    ]


def entries_of(connection: Connection, household: str) -> list[Entry]:
    """The entries of a household in order."""
    return [item.entry for item in records_of(connection, household)]


def add_entry(connection: Connection, entry: Entry, at: datetime) -> None:
    """Add an entry, in the name of the account in scope.

    Raises:
        Refused: `changed_meanwhile`: somebody else's entry was first; nothing is written.
    """
    values = {name: getattr(entry, name) for name in _FIELDS}
    try:
        with connection.begin_nested():  # so that the others of a batch are written
            connection.execute(
                insert(PairingEntry).inline().values(**storable({**values, "kind": str(entry.kind), "at": at}))
            )
    except IntegrityError:
        raise changed() from None


def changed() -> Refused:
    """Somebody else was first."""
    return Refused(
        "changed_meanwhile",
        "该户在您打开之后已有变动，您填写的内容没有保存；请刷新后核对再办。",
        "The household has changed since you opened it and nothing of yours was saved: reload, look again, then act.",
    )


def closed_accounts(connection: Connection, usernames: Iterable[str]) -> frozenset[str]:
    """Of some accounts, those that are closed or work at no desk any more (portal connection)."""
    query = text("SELECT portal_closed(:asked)")
    return frozenset(connection.scalars(query, {"asked": sorted(set(usernames))}))


def persons_of(entries: Iterable[Entry]) -> Sequence[str]:
    """Accounts that a record names: who entered, and who is responsible."""
    return sorted({name for entry in entries for name in (entry.username, entry.account) if name})

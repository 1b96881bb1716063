"""Entries of the lists beside the clues (清单条目); they stand and fall with the list of clues of their run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Connection,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from bangfu.db.models import Base
from bangfu.db.plain_text import storable

__all__ = ["ListEntry", "NewEntry", "count_entries", "entries_of", "replace_entries"]


class ListEntry(Base):
    """One line of a list of a run; `subject` is the opaque id of the member or file it is about."""

    __tablename__ = "list_entry"
    __table_args__ = (
        CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code_form"),
        Index(None, "run_id", "list_code", "county_code"),
    )

    entry_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("candidate_list.run_id", ondelete="CASCADE"))
    list_code: Mapped[str]
    subject: Mapped[str]
    county_code: Mapped[str]
    roster_record_id: Mapped[str | None]
    files: Mapped[list[str]]
    reasons: Mapped[list[dict[str, Any]]]
    owner_union: Mapped[str | None]
    union_name: Mapped[str | None]
    name: Mapped[str | None]
    sex: Mapped[str | None]
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)
    ethnic_group: Mapped[str | None]
    id_number: Mapped[str | None]
    phone: Mapped[str | None]
    address: Mapped[str | None]
    employer: Mapped[str | None]


@dataclass(frozen=True)
class NewEntry:
    """One line, as it is written.

    Attributes:
        list_code: Code of `schemas.screening_lists`.
        subject: Opaque id: of a member the one of their clue.
        county_code: Which union looks.
        reasons: Mappings with `code, zh, en`.
        roster_record_id: Row of the roster; None where no member is known.
        files: Numbers of archive files.
        owner_union: Union it belongs to.
        union_name, name, sex, birth_year, ethnic_group, id_number, phone, address, employer: Who it is about; of files, the
            member who heads one of them.
    """

    list_code: str
    subject: str
    county_code: str
    reasons: Sequence[Mapping[str, Any]]
    roster_record_id: str | None = None
    files: Sequence[str] = ()
    owner_union: str | None = None
    union_name: str | None = None
    name: str | None = None
    sex: str | None = None
    birth_year: int | None = None
    ethnic_group: str | None = None
    id_number: str | None = None
    phone: str | None = None
    address: str | None = None
    employer: str | None = None


def replace_entries(connection: Connection, run_id: str, entries: Iterable[NewEntry]) -> dict[str, int]:
    """Write all entries of a run, whose list of clues must have been written before.

    Returns:
        Number of entries by list.
    """
    connection.execute(delete(ListEntry).where(ListEntry.run_id == run_id))
    rows = [
        storable({**asdict(entry), "run_id": run_id, "files": list(entry.files), "reasons": list(entry.reasons)})
        for entry in entries
    ]
    if rows:
        connection.execute(insert(ListEntry), rows)
    return count_entries(connection, run_id)


def count_entries(connection: Connection, run_id: str) -> dict[str, int]:
    """Number of entries of a run by list."""
    query = (
        select(ListEntry.list_code, func.count())
        .where(ListEntry.run_id == run_id)
        .group_by(ListEntry.list_code)
        .order_by(ListEntry.list_code)
    )
    return {code: int(number) for code, number in connection.execute(query)}


def entries_of(connection: Connection, run_id: str, list_code: str) -> list[NewEntry]:
    """The entries of one list, county by county."""
    query = (
        select(ListEntry)
        .where(ListEntry.run_id == run_id, ListEntry.list_code == list_code)
        .order_by(ListEntry.county_code, ListEntry.subject, ListEntry.entry_id)
    )
    columns = [ListEntry.__table__.c[name] for name in NewEntry.__dataclass_fields__]
    rows = connection.execute(query.with_only_columns(*columns)).mappings()
    return [NewEntry(**{**row, "files": tuple(row["files"])}) for row in rows]

"""The tables of pairing (结对帮扶): the households that are helped, and the record of who looks after them.

A household is one of the archive, as the latest published list knows it, or a clue whose hardship was confirmed; once its
file has come into the archive both are one row. Of who heads it a masked name is kept, and the number under which the
national system has the file. Entries of the record are only ever added.
"""

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bangfu.db.models import Base, one_of
from bangfu.review.pairing_record import Kind

__all__ = ["HelpedHousehold", "PairingEntry", "RegisteredHousehold"]


class RegisteredHousehold(Base):
    """A household of the archive as a screening found it (在档户); waits for its list to be published, and is gone then."""

    __tablename__ = "registered_household"

    run_id: Mapped[str] = mapped_column(ForeignKey("candidate_list.run_id", ondelete="CASCADE"), primary_key=True)
    household: Mapped[str] = mapped_column(primary_key=True)
    file: Mapped[str]
    members: Mapped[list[str]]
    county_code: Mapped[str]
    owner_union: Mapped[str | None]
    union_name: Mapped[str | None]
    name: Mapped[str | None]
    filed_on: Mapped[dt.date | None] = mapped_column(Date)
    returned: Mapped[bool]


class HelpedHousehold(Base):
    """A household that is helped (帮扶户); `since` is the day from which on somebody should be responsible."""

    __tablename__ = "helped_household"
    __table_args__ = (
        CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code_form"),
        CheckConstraint("(left_on IS NULL) = (left_because IS NULL)", name="left_because_known"),
        Index("ix_helped_household_county", "county_code", "household", postgresql_where=text("left_on IS NULL")),
        Index("ix_helped_household_left", "left_on", postgresql_where=text("left_on IS NOT NULL")),
        Index(None, "file"),
        Index(None, "subject"),
        Index(None, "case_id"),
    )

    household: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str | None]
    file: Mapped[str | None]
    case_id: Mapped[str | None] = mapped_column(ForeignKey("review_case.case_id", ondelete="SET NULL"))
    county_code: Mapped[str]
    owner_union: Mapped[str | None]
    union_name: Mapped[str | None]
    name: Mapped[str | None]
    filed_on: Mapped[dt.date | None] = mapped_column(Date)
    since: Mapped[dt.date] = mapped_column(Date)
    list_version: Mapped[int | None]
    left_on: Mapped[dt.date | None] = mapped_column(Date)
    left_because: Mapped[str | None]


class PairingEntry(Base):
    """One entry of the record of a household (结对记录); see `bangfu.review.pairing_record.Entry`."""

    __tablename__ = "pairing_entry"
    __table_args__ = (
        one_of("kind", Kind),
        CheckConstraint("kind <> 'paired' OR (account IS NULL) <> (named IS NULL)", name="one_person"),
        CheckConstraint("(kind = 'taken_back') = (day IS NULL)", name="day_known"),
        CheckConstraint("(kind = 'taken_back') = (takes_back IS NOT NULL)", name="taken_back_known"),
        Index("uq_pairing_entry_number", "household", "number", unique=True),
        Index(
            "ix_pairing_entry_person", "household", "number", postgresql_where=text("kind IN ('paired', 'released')")
        ),
        Index("ix_pairing_entry_contact", "household", "day", postgresql_where=text("kind = 'contacted'")),
        Index(
            "ix_pairing_entry_taken_back", "household", "takes_back", postgresql_where=text("takes_back IS NOT NULL")
        ),
    )

    entry_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    household: Mapped[str] = mapped_column(ForeignKey("helped_household.household", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[str]
    username: Mapped[str]
    at: Mapped[dt.datetime]
    day: Mapped[dt.date | None] = mapped_column(Date)
    account: Mapped[str | None]
    named: Mapped[str | None]
    way: Mapped[str | None]
    reason: Mapped[str | None]
    takes_back: Mapped[int | None]

"""The tables of random draws and what came of them (抽样): figures, codes and opaque ids, nobody's particulars."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bangfu.db.models import Base

__all__ = ["AuditResult", "RandomDraw", "SecondReview"]


class RandomDraw(Base):
    """The record of a draw (抽样登记): enough to repeat it with the key; see `bangfu.review.drawing.Draw`.

    `stand_ins` counts those of the reserve who stand in for a household that was not reached.
    """

    __tablename__ = "random_draw"
    __table_args__ = (
        CheckConstraint("sample BETWEEN 0 AND frame", name="sample_range"),
        CheckConstraint("reserve BETWEEN 0 AND frame - sample", name="reserve_range"),
        CheckConstraint("stand_ins BETWEEN 0 AND reserve", name="stand_ins_range"),
        CheckConstraint("frame_digest ~ '^[0-9a-f]{64}$'", name="frame_digest_form"),
        Index("uq_random_draw_of_run", "run_id", "purpose", unique=True),
    )

    draw_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    purpose: Mapped[str]
    push: Mapped[str]
    area_code: Mapped[str]
    key: Mapped[str]
    frame: Mapped[int]
    frame_digest: Mapped[str]
    sample: Mapped[int]
    reserve: Mapped[int] = mapped_column(server_default=text("0"))
    stand_ins: Mapped[int] = mapped_column(server_default=text("0"))
    share: Mapped[float | None]
    run_id: Mapped[str | None] = mapped_column(ForeignKey("candidate_list.run_id", ondelete="CASCADE"))
    list_version: Mapped[int | None]
    drawn_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class AuditResult(Base):
    """How one audit visit ended (抽样核查结果): what the estimate of missed households rests on."""

    __tablename__ = "audit_result"

    case_id: Mapped[str] = mapped_column(primary_key=True)
    list_version: Mapped[int]
    county_code: Mapped[str]
    outcome: Mapped[str]
    collected_at: Mapped[datetime]


class SecondReview(Base):
    """One case that is looked at a second time (盲审), and how the outcomes compare.

    `second_outcome` is kept when both were compared, `ruling` and `held` when the review was collected; `involved` are the accounts
    that had a hand in the first. `resumed`: the second outcome stands, and the first case itself goes on with another visit.
    """

    __tablename__ = "second_review"
    __table_args__ = (
        CheckConstraint("ruling IN ('first', 'second')", name="ruling_known"),
        Index("uq_second_review_first", "first_case_id", unique=True),
        Index(None, "county_code"),
        Index(
            "ix_second_review_open",
            "county_code",
            postgresql_where=text("compared_at IS NULL AND collected_at IS NULL"),
        ),
    )

    case_id: Mapped[str] = mapped_column(primary_key=True)
    first_case_id: Mapped[str]
    county_code: Mapped[str]
    involved: Mapped[list[str]]
    first_outcome: Mapped[str]
    second_outcome: Mapped[str | None]
    ruling: Mapped[str | None]
    held: Mapped[bool | None]
    resumed: Mapped[bool] = mapped_column(server_default=text("false"))
    drawn_at: Mapped[datetime]
    compared_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]

"""Draws and audit results (抽样登记、抽样核查结果): written by the owner, read by who judges samples, as figures."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from bangfu.db.sampling_models import AuditResult, RandomDraw
from bangfu.review.drawing import Draw

__all__ = [
    "AUDIT",
    "CALLED_OFF",
    "Answer",
    "Audited",
    "audited",
    "audited_versions",
    "keep_answers",
    "keep_draw",
    "number_draws",
]

AUDIT = "audit:"
"""What purposes of audit samples begin with; the prefecture follows."""

CALLED_OFF = "called_off"
"""Instead of an outcome: the visit was called off."""


@dataclass(frozen=True)
class Answer:
    """How an audit visit ended; columns of `AuditResult`."""

    case_id: str
    list_version: int
    county_code: str
    outcome: str


@dataclass(frozen=True)
class Audited:
    """One stratum of the sample of a list.

    Attributes:
        prefecture: Its code, 4 digits.
        frame: Households it was drawn from.
        sample: Households drawn at first.
        stand_ins: Households next in the random order who stand in for one that was not reached.
        outcomes: Of the visits that have ended, how many by outcome.
    """

    prefecture: str
    frame: int
    sample: int
    stand_ins: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)


def keep_draw(
    connection: Connection, draw: Draw, area: str, *, run_id: str | None = None, share: float | None = None
) -> None:
    """Keep the record of a draw.

    Args:
        connection: Owner connection; the transaction that acts on the draw.
        draw: The record.
        area: Division code of the stratum.
        run_id: Screening run whose list it goes with; it goes when an unpublished list goes.
        share: Probability of each unit, where each was drawn by itself.
    """
    connection.execute(insert(RandomDraw).values(**asdict(draw), area_code=area, run_id=run_id, share=share))


def number_draws(connection: Connection, run_id: str, version: int) -> None:
    """Say which list the draws of a run went out with; from then on they count."""
    connection.execute(update(RandomDraw).where(RandomDraw.run_id == run_id).values(list_version=version))


def keep_answers(connection: Connection, answers: Iterable[Answer], now: datetime) -> None:
    """Keep how audit visits ended."""
    rows = [{**asdict(item), "collected_at": now} for item in answers]
    if rows:
        connection.execute(insert(AuditResult), rows)


def audited_versions(connection: Connection) -> Sequence[int]:
    """Lists that went out with an audit sample, the newest first."""
    query = select(RandomDraw.list_version).where(RandomDraw.purpose.startswith(AUDIT)).distinct()
    versions = connection.scalars(query.order_by(RandomDraw.list_version.desc().nulls_last()))
    return [version for version in versions if version is not None]


def audited(connection: Connection, area: str, version: int) -> list[Audited]:
    """The strata of a list's sample with what visits have told so far, by prefecture.

    Args:
        connection: From `portal_session_scope`, or an owner connection.
        area: Code of the province or of a prefecture.
        version: The list.
    """
    prefecture = func.left(AuditResult.county_code, 4)
    told: dict[str, Counter[str]] = {}
    counted = (
        select(prefecture, AuditResult.outcome, func.count())
        .where(AuditResult.list_version == version, AuditResult.county_code.startswith(area))
        .group_by(prefecture, AuditResult.outcome)
    )
    for code, outcome, number in connection.execute(counted):
        told.setdefault(code, Counter())[outcome] = number
    query = (
        select(RandomDraw.area_code, RandomDraw.frame, RandomDraw.sample, RandomDraw.stand_ins)
        .where(RandomDraw.list_version == version, RandomDraw.purpose.startswith(AUDIT), RandomDraw.area_code.startswith(area))
        .order_by(RandomDraw.area_code)
    )  # fmt: skip
    return [Audited(*row, told.get(row.area_code, {})) for row in connection.execute(query)]

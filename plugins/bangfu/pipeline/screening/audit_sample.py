"""The audit sample of a screening (抽样核查名单): drawn by prefecture from those on no list, and recorded."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from bangfu.db.models import CandidateList
from bangfu.pipeline.context import Context
from bangfu.review.drawing import Draw, first_of, record
from bangfu.screening.audit_frame import audit_frame
from bangfu.screening.entries import Entry
from bangfu.screening.screened import Screened

__all__ = ["RESERVE", "AuditSample", "audit_sample", "next_push"]

LISTING, RESERVE = "audit_sample", "audit_reserve"
REASON = {
    "code": "audit_sample",
    "zh": "随机抽样核查",
    "en": "random audit sample",
}
"""All that is told of why: nothing that could sway who visits."""


@dataclass(frozen=True)
class AuditSample:
    """What was drawn.

    Attributes:
        entries: One for each household drawn, and for as many next in the order of each stratum, who stand in.
        draws: The record of each stratum, by its prefecture.
    """

    entries: tuple[Entry, ...] = ()
    draws: tuple[tuple[str, Draw], ...] = ()


def audit_sample(context: Context, push: str, found: Screened, entries: Iterable[Entry]) -> AuditSample:
    """Draw the sample of a screening: a simple random one in each prefecture (分层随机抽样).

    Args:
        context: The installation; its settings say how many for each prefecture, 0 for none.
        push: The list it goes with, from `next_push`: screening once more before it is published draws in the same order.
        found: What the rules found, before decisions and capacity were looked at.
        entries: Of the other lists; whom they name is not drawn.
    """
    size = context.settings.audit_sample
    if not size:
        return AuditSample()
    key = context.settings.secret("draw-key")
    frame = audit_frame(found, {entry.person for entry in entries if entry.person is not None})
    counties = dict(frame.iter_rows())
    strata: dict[str, list[str]] = {}
    for person, county in counties.items():
        strata.setdefault(county[:4], []).append(person)
    drawn: list[Entry] = []
    draws = []
    for prefecture, persons in sorted(strata.items()):
        purpose = f"audit:{prefecture}"
        order = first_of(key, purpose, push, persons)
        chosen, reserve = order[:size], order[size : 2 * size]
        draws.append((prefecture, record(key, purpose, push, persons, len(chosen), len(reserve))))
        drawn += (Entry(LISTING, counties[person], (REASON,), person) for person in chosen)
        drawn += (Entry(RESERVE, counties[person], (REASON,), person) for person in reserve)
    return AuditSample(tuple(drawn), tuple(draws))


def next_push(connection: Connection) -> str:
    """The version that a list screened now is published as."""
    return str((connection.scalar(select(func.max(CandidateList.list_version))) or 0) + 1)

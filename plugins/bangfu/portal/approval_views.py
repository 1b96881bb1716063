"""A question to a second person as its page shows it (审批视图): what, how many, how it stands, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bangfu.china_time import in_china
from bangfu.db.approvals import ApprovalState, Asked
from bangfu.portal.languages import Language
from bangfu.portal.texts import say
from bangfu.review.publication import publication_tables
from schemas.review import REVIEW_LISTS

__all__ = ["WAYS", "ApprovalView", "approval_view"]

WAYS = ("portal", "airflow", "command_line")
"""How an answer was given."""

_MARKS = {
    ApprovalState.WAITING: "missing",
    ApprovalState.APPROVED: "agrees",
    ApprovalState.USED: "agrees",
    ApprovalState.REJECTED: "differs",
    ApprovalState.EXPIRED: "missing",
}


@dataclass(frozen=True)
class ApprovalView:
    """One question.

    Attributes:
        approval_id: Its number.
        label: What is asked for.
        rows: How many persons.
        purpose, recipient: What for and to whom; empty of a list to publish.
        asked_by: Account, or that the schedule has asked.
        asked_at, until: When it was asked, and until when it can be answered.
        waiting: Whether it can be answered.
        state, mark, told: How it stands: a word, its colour, a sentence.
        tables: Counts of a list to publish, as headers and rows.
    """

    approval_id: int
    label: str
    rows: int
    purpose: str
    recipient: str
    asked_by: str
    asked_at: str
    until: str
    waiting: bool
    state: str
    mark: str
    told: str
    tables: Sequence[Any]


def approval_view(asked: Asked, language: Language) -> ApprovalView:
    """What a page shows of a question."""
    state = asked.state()
    ends = asked.usable_until if asked.approved and asked.usable_until else asked.expires_at
    way = (asked.way or "").replace(" ", "_")
    told = say(
        f"approval.told_{state}",
        language,
        asked=in_china(asked.asked_at),
        until=in_china(ends),
        by=asked.decided_by or "",
        way=say(f"approval.way_{way}", language) if way in WAYS else "",
        reason=asked.reason or "",
        used=in_china(asked.used_at) if asked.used_at else "",
        used_as=asked.used_as or "",
    )
    return ApprovalView(
        asked.approval_id,
        _label(asked, language),
        asked.rows,
        asked.purpose,
        asked.recipient,
        asked.asked_by or say("approval.schedule", language),
        in_china(asked.asked_at),
        in_china(asked.expires_at),
        state is ApprovalState.WAITING,
        say(f"approval.state_{state}", language),
        _MARKS[state],
        told,
        publication_tables(asked.figures) if asked.figures else (),
    )


def _label(asked: Asked, language: Language) -> str:
    if asked.kind == "publication":
        return f"{say('approval.of_publication', language)} {asked.subject}"
    kind, _, rest = asked.subject.partition(":")
    listing, _, mine = rest.partition(":")
    known = REVIEW_LISTS.get(listing) if kind != "file" else None
    named = str(getattr(known, language)) if known else rest
    return say(f"approval.of_{kind}", language, listing=named) + (say("approval.only_mine", language) if mine else "")

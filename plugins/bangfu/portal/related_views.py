"""Cases that belong together (前后案件), and what an appeal says, as the page of a case shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bangfu.db.case_queries import CaseRow
from bangfu.db.case_relations import Related
from bangfu.portal.inbox_query import InboxQuery
from bangfu.portal.languages import Language
from bangfu.portal.rendering import area_name
from bangfu.portal.texts import say
from bangfu.review.cases import Case
from schemas.flows import FLOWS
from schemas.flows.appeal import APPEAL
from schemas.flows.details import DETAILS, Entry

__all__ = ["RelatedView", "appeal_facts", "related_views"]

_BLIND = "second_review"
"""Flow whose cases are worked on without a look at the others, and that nobody is told of before they have ended (盲审)."""

_KINDS = ("related.earlier", "related.following", "related.original", "related.appeal", "related.other")
"""How a case belongs to the one that is shown, as keys of texts, in the order in which they are told."""

_SAID = ("appellant", "lodged_on", "ground", "note")


@dataclass(frozen=True)
class RelatedView:
    """Another case of the same person or file.

    Attributes:
        address: Of its page, which leads back to the same list.
        number: Its first characters.
        kind: How it belongs to the case shown: the one before, the one that follows, ...
        flow, state, county: Names.
        opened_at, ended_at: When.
    """

    address: str
    number: str
    kind: str
    flow: str
    state: str
    county: str
    opened_at: datetime
    ended_at: datetime | None


def related_views(
    row: CaseRow, others: Sequence[Related], language: Language, query: InboxQuery
) -> list[RelatedView]:  # fmt: skip
    """The other cases, the one before first; nothing beside a second review that must be blind.

    Args:
        row: The case that is shown.
        others: Those about the same person or file that the reader may see, the newest first.
        language: Language of the page.
        query: The list that the way back leads to.
    """
    if row.flow == _BLIND and row.ended_at is None:
        return []
    told = [other for other in others if other.flow != _BLIND or other.ended_at is not None]
    ranked = sorted(((_kind(row, other, told), other) for other in told), key=lambda pair: _KINDS.index(pair[0]))
    return [
        RelatedView(
            query.case_address(other.case_id),
            other.case_id[:8].upper(),
            say(kind, language),
            str(getattr(FLOWS[other.flow], language)),
            str(getattr(FLOWS[other.flow].states[other.state], language)),
            area_name(other.county_code),
            other.opened_at,
            other.ended_at,
        )
        for kind, other in ranked
    ]


def appeal_facts(case: Case, language: Language) -> list[tuple[str, str]]:
    """What an appeal says, with labels: who appeals by kind, the day, the ground; nothing of another case."""
    if case.flow != APPEAL.code:
        return []
    said = case.history[0].details
    told = []
    for name in _SAID:
        detail, value = DETAILS[name], str(said.get(name, ""))
        if detail.entry is Entry.CHOICE and detail.codes is not None:
            value = detail.codes.label(value, language)
        if value:
            told.append((str(getattr(detail, language)), value))
    return told


def _kind(row: CaseRow, other: Related, others: Sequence[Related]) -> str:
    """How a case belongs to the one shown; what an appeal opened anew goes with the case that was appealed against."""
    earlier, following, original, appeal, unknown = _KINDS
    before = next((item for item in others if item.case_id == row.follows), None)
    appeals = {item.case_id for item in others if item.about == row.case_id and item.flow == APPEAL.code}
    if other.case_id == row.follows:
        return earlier
    if other.follows == row.case_id or other.follows in appeals:
        return following
    if other.case_id in {row.about, before and before.about}:
        return original
    return appeal if other.case_id in appeals else unknown

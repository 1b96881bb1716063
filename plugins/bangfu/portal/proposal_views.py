"""A proposal about an account in words (账号申请): what is asked for, and what would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bangfu.db.account_changes import Proposal
from bangfu.db.users import User
from bangfu.portal.languages import Language
from bangfu.portal.rendering import area_name
from bangfu.portal.texts import say

__all__ = ["ProposalView", "proposal_view"]


@dataclass(frozen=True)
class ProposalView:
    """A proposal as it is decided about.

    Attributes:
        change_id: Its number.
        username: The account.
        kind: What is asked for.
        lines: Label, what is now (empty of a new account), what would be.
        proposed_by, proposed_at: Who proposed it.
        decided_by, decided_at, approved: The decision, where there is one.
    """

    change_id: int
    username: str
    kind: str
    lines: Sequence[tuple[str, str, str]]
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    approved: bool | None


def proposal_view(proposal: Proposal, present: User | None, language: Language) -> ProposalView:
    """A proposal in one language.

    Args:
        proposal: As the database holds it.
        present: The account as it is now; None of a new one, and where the comparison does not matter any more.
        language: Language of the page.
    """
    wanted = _told(proposal.target, language)
    now = _told(vars(present), language) if present else {}
    lines = [
        (say(f"proposal.{name}", language), now.get(name, ""), value)
        for name, value in wanted.items()
        if value != now.get(name, "")
    ]
    return ProposalView(
        proposal.change_id,
        proposal.username,
        say(f"proposal.{proposal.kind}", language),
        lines,
        proposal.proposed_by,
        proposal.proposed_at,
        proposal.decided_by,
        proposal.decided_at,
        proposal.approved,
    )


def _told(values: Mapping[str, Any], language: Language) -> dict[str, str]:
    """The rights of an account in words, those that are named in `values`."""
    told = {
        "display_name": values.get("display_name") or "",
        "role": say(f"role.{values['role']}", language) if values.get("role") else "",
        "area_code": f"{area_name(values['area_code'])} {values['area_code']}" if values.get("area_code") else "",
        "union_name": values.get("union_name") or "",
        "sources": ", ".join(values.get("sources") or ()),
        "oidc_subject": values.get("oidc_subject") or "",
    }
    return {name: text for name, text in told.items() if name in values}

"""The second person's page (审批): lists to publish and files of many persons, with counts; the answer, once."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.approvals import answer, approvals
from bangfu.db.sessions import PortalUser
from bangfu.errors import Refused
from bangfu.portal.approval_views import approval_view
from bangfu.portal.languages import page_language
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.readers import Approver, check_form, leave_when_idle
from bangfu.portal.rendering import render
from bangfu.portal.texts import say

__all__ = ["router"]

router = APIRouter()

_LATELY = 30
_LONGEST_REASON = 300


@router.get("/approvals")
def approvals_page(request: Request, approver: Approver) -> Response:
    """What waits for the reader, and what was answered lately."""
    return _page(request, approver)


@router.post("/approvals/{approval_id}", dependencies=[Depends(check_form)])
def answer_question(
    request: Request,
    approver: Approver,
    approval_id: int,
    verdict: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Approve or not; the database holds the reader to being a second person of the area."""
    language = page_language(request)
    if verdict not in {"approve", "reject"} or not 0 < approval_id < 2**63:
        return _page(request, approver, say("approval.unknown", language), 400)
    try:
        with own_scope(request, approver) as connection:
            answer(
                connection,
                approval_id,
                by=approver.user.username,
                approve=verdict == "approve",
                reason=reason[:_LONGEST_REASON],
                way="portal",
            )
    except Refused as refused:
        return _page(request, approver, str(getattr(refused, language)), 409)
    return RedirectResponse("/approvals", 303)


def _page(request: Request, approver: PortalUser, error: str = "", status: int = 200) -> Response:
    language = page_language(request)
    with own_scope(request, approver) as connection:
        views = [approval_view(item, language) for item in approvals(connection, limit=_LATELY)]
        record(connection, request, approver, "approvals")
    context = {
        "waiting": [view for view in views if view.waiting],
        "decided": [view for view in views if not view.waiting],
        "error": error,
    }
    return leave_when_idle(request, render(request, "approvals.html", context, status))

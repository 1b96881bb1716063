"""The security administrator's page (安全管理): proposals to decide about, locked accounts, sessions to end."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.account_changes import decide, decided, waiting
from bangfu.db.account_states import locked_accounts, open_accounts
from bangfu.db.sessions import PortalUser, close_sessions
from bangfu.db.users import get_user
from bangfu.errors import BangfuError
from bangfu.portal.languages import page_language
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.proposal_views import proposal_view
from bangfu.portal.readers import check_form, leave_when_idle, requires
from bangfu.portal.rendering import render
from schemas.rights import Permission

__all__ = ["router"]

router = APIRouter()

Decider = Annotated[PortalUser, Depends(requires(Permission.APPROVE_ACCOUNTS))]
Ender = Annotated[PortalUser, Depends(requires(Permission.END_SESSIONS))]


@router.get("/security")
def security_page(request: Request, reader: Decider) -> Response:
    """Proposals, locked accounts, open sessions."""
    return _page(request, reader)


@router.post("/security/proposals/{change_id}", dependencies=[Depends(check_form)])
def decide_proposal(
    request: Request, reader: Decider, change_id: int, verdict: Annotated[str, Form()] = ""
) -> Response:
    """Approve a proposal or turn it down; the database holds the decider to a second person."""
    if verdict not in {"approve", "reject"} or not 0 < change_id < 2**63:
        return _page(request, reader, error="security.not_decided", status=400)
    approve = verdict == "approve"
    try:
        with own_scope(request, reader) as connection:
            username = decide(connection, change_id, by=reader.user.username, approve=approve, in_portal=True)
            record(connection, request, reader, f"account_{'approved' if approve else 'rejected'}", subject=username)
    except BangfuError:
        return _page(request, reader, error="security.not_decided", status=409)
    return RedirectResponse("/security", 303)


@router.post("/security/sessions", dependencies=[Depends(check_form)])
def end_sessions(request: Request, reader: Ender, username: Annotated[str, Form()] = "") -> Response:
    """End every session of an account at once."""
    name = username.strip().lower()[:64]
    with own_scope(request, reader) as connection:
        known = get_user(connection, name)
        if known is not None:
            close_sessions(connection, name)
            record(connection, request, reader, "sessions_ended", subject=name)
    if known is None:
        return _page(request, reader, error="security.no_account", status=404)
    return RedirectResponse("/login?out=1" if name == reader.user.username else "/security", 303)


def _page(request: Request, reader: PortalUser, error: str = "", status: int = 200) -> Response:
    language = page_language(request)
    with own_scope(request, reader) as connection:
        proposals = waiting(connection)
        present = {item.username: get_user(connection, item.username) for item in proposals}
        context = {
            "proposals": [proposal_view(item, present[item.username], language) for item in proposals],
            "decided": [proposal_view(item, None, language) for item in decided(connection)],
            "locked": locked_accounts(connection),
            "accounts": open_accounts(connection),
            "error": error,
        }
        record(connection, request, reader, "security")
    return leave_when_idle(request, render(request, "security.html", context, status))

"""The reader's own account (本人账号): open sessions, logging out everywhere, the second factor."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.second_factor import begin, check, confirm, factor_state, new_codes, remove
from bangfu.db.sessions import PortalUser, close_sessions, open_sessions
from bangfu.portal.entering import enter
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.readers import check_form, leave_when_idle, requires
from bangfu.portal.rendering import render
from bangfu.portal.second_factor_pages import codes_page, key_context
from schemas.rights import Permission

__all__ = ["router"]

router = APIRouter()

OwnReader = Annotated[PortalUser, Depends(requires(Permission.OWN_ACCOUNT))]
Code = Annotated[str, Form()]


@router.get("/account")
def account_page(request: Request, reader: OwnReader) -> Response:
    """Sessions and second factor of the reader."""
    return _page(request, reader)


@router.post("/account/sessions", dependencies=[Depends(check_form)])
def log_out_everywhere(request: Request, reader: OwnReader) -> Response:
    """End every session of the account, this one too."""
    with own_scope(request, reader) as connection:
        close_sessions(connection, reader.user.username)
        record(connection, request, reader, "logout_everywhere")
    return RedirectResponse("/login?out=1", 303)


@router.get("/account/second-factor")
def enrol_page(request: Request, reader: OwnReader) -> Response:
    """A new key, for an account that has no second factor yet."""
    return _enrol(request, reader)


@router.post("/account/second-factor", dependencies=[Depends(check_form)])
def enrol(request: Request, reader: OwnReader, code: Code = "") -> Response:
    """Put the second factor into use; the session gets a new token, since it is worth more now."""
    key, username = request.app.state.portal.second_factor_key, reader.user.username
    with own_scope(request, reader) as connection:
        codes = confirm(connection, key, username, code)
        if codes is None:
            record(connection, request, reader, "second_factor_failed")
    if codes is None:
        return _enrol(request, reader, error="factor.wrong", status=401)
    response = codes_page(request, codes, "/account")
    enter(request, response, reader.user, "second_factor_enrolled")
    return response


@router.post("/account/second-factor/codes", dependencies=[Depends(check_form)])
def fresh_codes(request: Request, reader: OwnReader, code: Code = "") -> Response:
    """Ten new recovery codes, for who shows a code."""
    key, username = request.app.state.portal.second_factor_key, reader.user.username
    with own_scope(request, reader) as connection:
        right = check(connection, key, username, code)
        codes = new_codes(connection, key, username) if right else None
        record(connection, request, reader, "recovery_codes" if right else "second_factor_failed")
    if codes is None:
        return _page(request, reader, error="factor.wrong", status=401)
    return codes_page(request, codes, "/account")


@router.post("/account/second-factor/remove", dependencies=[Depends(check_form)])
def change_telephone(request: Request, reader: OwnReader, code: Code = "") -> Response:
    """Take the second factor away and log out everywhere, for who shows a code: the next log-in sets up the new telephone."""
    key, username = request.app.state.portal.second_factor_key, reader.user.username
    with own_scope(request, reader) as connection:
        right = check(connection, key, username, code)
        if right:
            remove(connection, username)
            close_sessions(connection, username)
        record(connection, request, reader, "second_factor_removed" if right else "second_factor_failed")
    if not right:
        return _page(request, reader, error="factor.wrong", status=401)
    return RedirectResponse("/login?out=1", 303)


def _page(request: Request, reader: PortalUser, error: str = "", status: int = 200) -> Response:
    with own_scope(request, reader) as connection:
        sessions = open_sessions(connection, reader.user.username)
        state = factor_state(connection, reader.user.username)
    context = {"sessions": sessions, "own": reader.session_id, "factor": state, "error": error}
    return leave_when_idle(request, render(request, "account.html", context, status))


def _enrol(request: Request, reader: PortalUser, error: str = "", status: int = 200) -> Response:
    username = reader.user.username
    with own_scope(request, reader) as connection:
        if factor_state(connection, username).confirmed_at is not None:
            return RedirectResponse("/account", 303)
        key = begin(connection, request.app.state.portal.second_factor_key, username)
    context = {**key_context(key, username), "error": error, "form_token": reader.csrf_token, "own_account": True}
    return leave_when_idle(request, render(request, "second_factor.html", context, status))

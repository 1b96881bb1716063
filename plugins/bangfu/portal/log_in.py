"""Log-in and log-out (登录、退出)."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.access import Access, record_access
from bangfu.db.sessions import close_session, find_session
from bangfu.db.throttle import client_may_try, client_succeeded
from bangfu.db.users import User, authenticate
from bangfu.portal.entering import admit
from bangfu.portal.name_search import forget_name
from bangfu.portal.own_scope import client_address, own_scope, record
from bangfu.portal.readers import (
    CsrfToken,
    FormCookie,
    Reader,
    check_form,
    form_cookie,
    leave_when_idle,
    local_address,
    session_cookie,
)
from bangfu.portal.rendering import render
from schemas.rights import Permission

__all__ = ["log_in_form", "router"]

router = APIRouter()

_PATIENCE_SECONDS = 10


@router.get("/login")
def log_in_page(request: Request, next: str = "/", idle: str = "", out: str = "") -> Response:
    """The log-in form; who is logged in goes on."""
    token = request.cookies.get(session_cookie(request))
    if token and not idle:
        with request.app.state.portal.engine.begin() as connection:
            if find_session(connection, token) is not None:
                return RedirectResponse(local_address(next), 303)
    return log_in_form(request, next, notice="login.idle" if idle else "login.out" if out else "")


@router.post("/login")
def log_in(
    request: Request,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
    csrf_token: CsrfToken = "",
) -> Response:
    """Check the password and open a session; every kind of failure reads the same."""
    if not hmac.compare_digest(csrf_token.encode(), form_cookie(request).token.encode()):
        return log_in_form(request, next, error="login.expired", status=403)
    engine, client = request.app.state.portal.engine, client_address(request)
    if not client_may_try(engine, client):
        return log_in_form(request, next, error="login.too_many", status=429)
    user = _authenticate(request, username, password)
    if user is None:
        with engine.begin() as connection:
            record_access(connection, Access(None, "login_failed", request_id=request.state.request_id, client=client))
        return log_in_form(request, next, error="login.failed", status=401)
    client_succeeded(engine, client)
    return admit(request, user, next)


@router.post("/logout", dependencies=[Depends(check_form)])
def log_out(request: Request, reader: Reader) -> Response:
    """End the session at once."""
    with own_scope(request, reader) as connection:
        close_session(connection, request.cookies[session_cookie(request)])
        record(connection, request, reader, "logout")
    response = RedirectResponse("/login?out=1", 303)
    secure = request.url.scheme == "https"
    response.delete_cookie(session_cookie(request), httponly=True, samesite="lax", secure=secure)
    forget_name(response, request)
    return response


@router.get("/")
def first_page(request: Request, reader: Reader) -> Response:
    """Where a reader begins: the own list, the counties, a department's deliveries, or what a keeper is for."""
    user = reader.user
    if user.may(Permission.SEND_DATA):
        return RedirectResponse("/deliveries", 303)
    if user.may(Permission.SEE_PERSONS):
        return RedirectResponse("/cases" if len(user.area_code) == 6 else "/overview", 303)
    for permission, address in {Permission.APPROVE_ACCOUNTS: "/security", Permission.READ_LOG: "/audit"}.items():
        if user.may(permission):
            return RedirectResponse(address, 303)
    return leave_when_idle(request, render(request, "keeper.html"))


def _authenticate(request: Request, username: str, password: str) -> User | None:
    portal = request.app.state.portal
    if not portal.log_in_room.acquire(blocking=False):
        raise HTTPException(503)
    try:
        if not portal.log_in_gate.acquire(timeout=_PATIENCE_SECONDS):
            raise HTTPException(503)
        try:
            return authenticate(portal.engine, username, password)
        finally:
            portal.log_in_gate.release()
    finally:
        portal.log_in_room.release()


def log_in_form(request: Request, next: str, notice: str = "", error: str = "", status: int = 200) -> Response:
    """The log-in page with a notice or an error, each the key of a text."""
    cookie = form_cookie(request)
    context = {
        "next": local_address(next),
        "notice": notice,
        "error": error,
        "form_token": cookie.token,
        "single_sign_on": request.app.state.portal.oidc is not None,
    }
    response = render(request, "login.html", context, status)
    secure = request.url.scheme == "https"
    response.set_cookie(FormCookie.name(request), cookie.value, httponly=True, samesite="lax", secure=secure)
    return response

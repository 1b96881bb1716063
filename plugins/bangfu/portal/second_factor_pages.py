"""The second step of a log-in (第二步验证): a code of the authenticator, or its enrolment where there is none yet."""

import hmac
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Form, HTTPException
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.models import SessionState
from bangfu.db.one_time_codes import key_address, written_key
from bangfu.db.second_factor import begin, check, confirm, factor_state
from bangfu.db.sessions import PortalUser, find_session
from bangfu.db.throttle import client_may_try, client_succeeded
from bangfu.portal.entering import enter
from bangfu.portal.own_scope import client_address, own_scope, record
from bangfu.portal.readers import CsrfToken, LogInNeededError, leave_when_idle, local_address, session_cookie
from bangfu.portal.rendering import render

__all__ = ["codes_page", "key_context", "router"]

router = APIRouter()


def _half_way(request: Request) -> PortalUser:
    """Who has shown the password and not yet the second factor.

    Raises:
        LogInNeededError: Nobody, or too long ago.
    """
    token = request.cookies.get(session_cookie(request))
    if not token:
        raise LogInNeededError
    with request.app.state.portal.engine.begin() as connection:
        reader = find_session(connection, token, SessionState.SECOND_FACTOR)
    if reader is None:
        raise LogInNeededError
    return reader


HalfWay = Annotated[PortalUser, Depends(_half_way)]


@router.get("/login/second-factor")
def second_factor_page(request: Request, reader: HalfWay, next: str = "/") -> Response:
    """The form for the code; with the picture of a new key where the account has none yet."""
    return _form(request, reader, next)


@router.post("/login/second-factor")
def second_factor(
    request: Request,
    reader: HalfWay,
    code: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
    csrf_token: CsrfToken = "",
) -> Response:
    """Check the code and open the session; a first right code puts the second factor into use."""
    if not hmac.compare_digest(csrf_token.encode(), reader.csrf_token.encode()):
        raise HTTPException(403)
    portal, username, client = request.app.state.portal, reader.user.username, client_address(request)
    if not client_may_try(portal.engine, client):
        return _form(request, reader, next, error="login.too_many", status=429)
    codes = None
    with own_scope(request, reader) as connection:
        if factor_state(connection, username).confirmed_at is not None:
            right = check(connection, portal.second_factor_key, username, code)
        else:
            codes = confirm(connection, portal.second_factor_key, username, code)
            right = codes is not None
        if not right:
            record(connection, request, reader, "second_factor_failed")
    if not right:
        return _form(request, reader, next, error="factor.wrong", status=401)
    client_succeeded(portal.engine, client)
    response = codes_page(request, codes, local_address(next)) if codes else RedirectResponse(local_address(next), 303)
    enter(request, response, reader.user, "second_factor_enrolled" if codes else "login")
    return response


def key_context(key: bytes, username: str) -> dict[str, object]:
    """What a page shows of a new key: its QR code, drawn inside the page, and the key itself in groups of four."""
    drawing = segno.make(key_address(key, username), error="m", micro=False)
    picture = Markup(drawing.svg_inline(scale=5, border=4, svgclass="qr", lineclass=None))  # noqa: S704  (drawn from our own text)
    written = written_key(key)
    return {
        "picture": picture,
        "key": " ".join(written[at : at + 4] for at in range(0, len(written), 4)),
        "username": username,
    }


def codes_page(request: Request, codes: object, go_on: str) -> Response:
    """The recovery codes, once."""
    return leave_when_idle(request, render(request, "recovery_codes.html", {"codes": codes, "go_on": go_on}))


def _form(request: Request, reader: PortalUser, next: str, error: str = "", status: int = 200) -> Response:
    username = reader.user.username
    with own_scope(request, reader) as connection:
        enrolled = factor_state(connection, username).confirmed_at is not None
        key = None if enrolled else begin(connection, request.app.state.portal.second_factor_key, username)
    context = {
        **(key_context(key, username) if key else {"picture": None, "key": "", "username": username}),
        "next": local_address(next),
        "error": error,
        "form_token": reader.csrf_token,
        "own_account": False,
    }
    return render(request, "second_factor.html", context, status)

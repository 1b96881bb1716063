"""Log-in by way of a province's single sign-on: there, and back again."""

import hmac
import logging
import secrets

from fastapi import APIRouter, HTTPException
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.access import Access, record_access
from bangfu.db.plain_text import storable
from bangfu.db.users import User, proven_user
from bangfu.portal.entering import admit
from bangfu.portal.log_in import log_in_form
from bangfu.portal.own_scope import client_address
from bangfu.portal.readers import session_cookie
from bangfu.portal.single_sign_on import Proven, SignOnError, Ticket, authorisation_address, discover, prove
from bangfu.settings import OidcSettings

__all__ = ["router"]

router = APIRouter()

_LOG = logging.getLogger("bangfu.portal")
_LASTS = 600


@router.get("/login/oidc")
def leave(request: Request) -> Response:
    """Send the browser to the provider; a link and no form, since a form may lead nowhere else."""
    settings = _settings(request)
    value = secrets.token_urlsafe(24)
    try:
        address = authorisation_address(discover(settings), settings, _ticket(request, value))
    except SignOnError as error:
        return _failed(request, error)
    response = RedirectResponse(address, 303)
    secure = request.url.scheme == "https"
    response.set_cookie(
        _cookie(request), value, max_age=_LASTS, httponly=True, samesite="lax", secure=secure
    )  # lax: the browser comes back from elsewhere
    return response


@router.get("/login/oidc/callback")
def come_back(request: Request, code: str = "", state: str = "") -> Response:
    """Take what the provider says, and open a session for the account that is linked to its subject."""
    settings = _settings(request)
    value = request.cookies.get(_cookie(request))
    ticket = _ticket(request, value or "")
    try:
        if not value or not code or not hmac.compare_digest(state.encode("utf-8", "replace"), ticket.state.encode()):
            raise SignOnError("the browser did not begin this log-in, or the provider has refused it")
        proven = prove(discover(settings), settings, ticket, code)
    except SignOnError as error:
        return _failed(request, error)
    user = _account(request, proven)
    if user is None:
        return _failed(request, SignOnError("the subject is linked to no active account"), "login.sso_unknown", 403)
    response = admit(request, user, "/", action="login_sso", proven_twice=proven.twice)
    response.delete_cookie(_cookie(request), httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return response


def _account(request: Request, proven: Proven) -> User | None:
    engine = request.app.state.portal.engine
    with engine.begin() as connection:
        call = text("SELECT portal_subject_user(:subject)")
        username = connection.scalar(call, {"subject": storable(proven.subject)})
    return proven_user(engine, username) if username else None


def _settings(request: Request) -> OidcSettings:
    settings: OidcSettings | None = request.app.state.portal.oidc
    if settings is None:
        raise HTTPException(404)
    return settings


def _ticket(request: Request, value: str) -> Ticket:
    return Ticket.of(request.app.state.portal.session_key, value)


def _cookie(request: Request) -> str:
    return session_cookie(request) + "-sso"


def _failed(request: Request, error: SignOnError, text_key: str = "login.sso_failed", status: int = 502) -> Response:
    """The log-in form with what happened, in the officer's words; the reason is for the log."""
    _LOG.warning("request %s: single sign-on: %s", request.state.request_id, error)
    with request.app.state.portal.engine.begin() as connection:
        failed = Access(None, "login_failed", request_id=request.state.request_id, client=client_address(request))
        record_access(connection, failed)
    response = log_in_form(request, "/", error=text_key, status=status)
    response.delete_cookie(_cookie(request), httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return response

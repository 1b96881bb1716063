"""From a proven account to a session (进入门户): at once, or by way of the second factor."""

from datetime import UTC, datetime
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.models import SessionState
from bangfu.db.second_factor import factor_state
from bangfu.db.sessions import PortalUser, close_session, open_session
from bangfu.db.users import User
from bangfu.portal.own_scope import client_address, own_scope, record
from bangfu.portal.readers import FormCookie, local_address, session_cookie

__all__ = ["admit", "enter"]


def admit(request: Request, user: User, next: str, *, action: str = "login", proven_twice: bool = False) -> Response:
    """Go on after the first step of a log-in: to where the officer wanted to go, or to the second step.

    Args:
        request: The request that proved who it is.
        user: Who it is.
        next: Where to go on to.
        action: What the access log says once the log-in is done.
        proven_twice: Whether a second factor was shown already, to a single sign-on.
    """
    with own_scope(request, PortalUser(user, "", datetime.now(UTC))) as connection:
        enrolled = factor_state(connection, user.username).confirmed_at is not None
    needed = enrolled or user.role in request.app.state.portal.second_factor
    if needed and not proven_twice:
        response = RedirectResponse(f"/login/second-factor?next={quote(local_address(next), safe='/')}", 303)
        enter(request, response, user, "login_first_step", SessionState.SECOND_FACTOR)
    else:
        response = RedirectResponse(local_address(next), 303)
        enter(request, response, user, action)
    return response


def enter(
    request: Request, response: Response, user: User, action: str, state: SessionState = SessionState.OPEN
) -> None:
    """Open a new session for an account and give the browser its token; the one the browser came with ends.

    A token that the browser came with may be known to somebody else: every step that gives more rights gets a new one.
    """
    reader = PortalUser(user, "", datetime.now(UTC))
    with own_scope(request, reader) as connection:
        close_session(connection, request.cookies.get(session_cookie(request), ""))
        session = open_session(connection, user.username, state=state, client=client_address(request))
        record(connection, request, reader, action)
    secure = request.url.scheme == "https"
    response.set_cookie(session_cookie(request), session.token, httponly=True, samesite="lax", secure=secure)
    response.delete_cookie(FormCookie.name(request), httponly=True, samesite="lax", secure=secure)

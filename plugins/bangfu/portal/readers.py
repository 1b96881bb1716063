"""Who is reading: the session behind a request, and the forms a session may send."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from threading import BoundedSemaphore
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Form, HTTPException
from jinja2 import Environment
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.sessions import IDLE, PortalUser, find_session
from bangfu.notice_settings import NoticeSettings
from bangfu.review.deadlines import Calendar
from bangfu.settings import OidcSettings
from bangfu.storage import ObjectStore
from schemas.rights import Permission, Role

__all__ = [
    "CHECKING",
    "UPLOADING",
    "WAITING",
    "Approver",
    "Assessor",
    "CountyReader",
    "CsrfToken",
    "Department",
    "Exporter",
    "FormCookie",
    "LogInNeededError",
    "Officer",
    "Pairer",
    "Portal",
    "Reader",
    "Revealer",
    "Reviewer",
    "check_form",
    "form_cookie",
    "local_address",
    "log_in_address",
    "requires",
    "session_cookie",
    "to_log_in",
]

CHECKING = 4
"""Passwords that are checked at once at most, in all processes together; each costs 64 MiB."""

UPLOADING = 6
"""Uploads in progress at most, in all processes together; each may take the disk of one form for a while."""

WAITING = 16
"""Log-ins in progress at most, in all processes together; each holds one of the about forty threads of a process."""

_IDLE_SECONDS = int(IDLE.total_seconds())


@dataclass(frozen=True)
class Portal:
    """What the pages work with; one per application, in `app.state.portal`.

    Attributes:
        engine: The database in the portal role.
        templates: The template environment.
        session_key: Key of the log-in form's token.
        second_factor_key: Key that encrypts the second factors.
        workbook_key: Key that seals review workbooks, and what was uploaded and not applied yet.
        attachment_key: Key that encrypts the papers of cases.
        second_factor: Roles whose log-in needs a second factor.
        store: Opens the object store when it is first needed: officers' pages work without it.
        calendar: Days on which time limits run.
        oidc: How to reach a single sign-on, where there is one.
        notices: For the links in notices that unions' own systems read.
        export_rows: Persons that an account may take out without a second person.
        log_in_gate: This process's share of `CHECKING`.
        log_in_room: Its share of `WAITING`: at most so many log-ins wait for their turn; the others are refused at once.
        upload_room: Its share of `UPLOADING`; the others are refused at once.
    """

    engine: Engine
    templates: Environment
    session_key: str = field(repr=False)
    second_factor_key: str = field(repr=False)
    workbook_key: str = field(repr=False)
    attachment_key: str = field(repr=False)
    second_factor: frozenset[Role]
    store: Callable[[], ObjectStore] = field(repr=False)
    calendar: Calendar = field(default_factory=Calendar, repr=False)
    oidc: OidcSettings | None = None
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    export_rows: int = 500
    log_in_gate: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(CHECKING))
    log_in_room: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(WAITING))
    upload_room: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(UPLOADING))

    @cached_property
    def one_statement(self) -> Engine:
        """The database, each statement a transaction of its own: no round trip more than the statement's."""
        return self.engine.execution_options(isolation_level="AUTOCOMMIT")


class LogInNeededError(Exception):
    """The page needs a session and there is none."""


def session_cookie(request: Request) -> str:
    """Name of the session cookie; under https no other host can set one of this name."""
    return "__Host-bangfu" if request.url.scheme == "https" else "bangfu"


def _reader(request: Request) -> PortalUser:
    """The officer behind the request.

    Raises:
        LogInNeededError: There is no session, or it has ended.
    """
    token = request.cookies.get(session_cookie(request))
    if not token:
        raise LogInNeededError
    with request.app.state.portal.one_statement.connect() as connection:
        reader = find_session(connection, token)
    if reader is None:
        raise LogInNeededError
    request.state.reader = reader
    return reader


Reader = Annotated[PortalUser, Depends(_reader)]
"""Parameter of a page for everybody who is logged in."""


def requires(permission: Permission) -> Callable[[PortalUser], Awaitable[PortalUser]]:
    """Dependency of a page that only some roles may use: the reader, where the role holds the permission.

    The permission stands on the function, so that a test finds what every route demands.

    Raises:
        HTTPException: 403 for every other role.
    """

    async def permitted(reader: Reader) -> PortalUser:  # a coroutine needs no thread
        if not reader.user.may(permission):
            raise HTTPException(403)
        return reader

    permitted.permission = permission  # type: ignore[attr-defined]
    return permitted


Officer = Annotated[PortalUser, Depends(requires(Permission.SEE_PERSONS))]
"""Parameter of a page that shows persons; administrators and auditors see nobody (三员分立)."""

CountyReader = Annotated[PortalUser, Depends(requires(Permission.SEE_COUNTIES))]
"""Parameter of a page that counts clues by county."""

Assessor = Annotated[PortalUser, Depends(requires(Permission.SEE_ASSESSMENT))]
"""Parameter of a page that tells what samples say, in figures alone."""

Exporter = Annotated[PortalUser, Depends(requires(Permission.EXPORT_LISTS))]
"""Parameter of a page that hands out lists."""

Approver = Annotated[PortalUser, Depends(requires(Permission.APPROVE_EXPORTS))]
"""Parameter of a page for the second person."""

Reviewer = Annotated[PortalUser, Depends(requires(Permission.REVIEW_CASES))]
"""Parameter of a page for who visits and records what was found."""

Revealer = Annotated[PortalUser, Depends(requires(Permission.REVEAL_FIELD))]
"""Parameter of a page for who may see one thing in full."""

Pairer = Annotated[PortalUser, Depends(requires(Permission.PAIR_HOUSEHOLDS))]
"""Parameter of a form about who is responsible for a household."""

Department = Annotated[PortalUser, Depends(requires(Permission.SEND_DATA))]
"""Parameter of a page for departments that send data (报送部门)."""

CsrfToken = Annotated[str, Form()]


async def check_form(reader: Reader, csrf_token: CsrfToken = "") -> None:
    """Dependency of every form but the log-in: the form must come from a page of this session.

    Raises:
        HTTPException: 403 where the token is missing or another session's.
    """
    if not hmac.compare_digest(csrf_token.encode(), reader.csrf_token.encode()):
        raise HTTPException(403)


@dataclass(frozen=True)
class FormCookie:
    """Ties the log-in form to a browser before there is a session.

    Attributes:
        value: Random value in the cookie.
        token: What the form must send back.
    """

    value: str
    token: str

    @staticmethod
    def name(request: Request) -> str:
        """Name of the cookie."""
        return session_cookie(request) + "-form"


def form_cookie(request: Request) -> FormCookie:
    """The browser's form cookie, or a new one."""
    value = request.cookies.get(FormCookie.name(request)) or secrets.token_urlsafe(24)
    key = request.app.state.portal.session_key
    return FormCookie(value, hmac.digest(key.encode(), b"log-in form:" + value.encode(), "sha256").hex())


def local_address(address: str) -> str:
    """An address to go on to: a path of this portal, else its first page.

    >>> local_address("/cases?page=2"), local_address("//elsewhere.example"), local_address("/\\\\elsewhere")
    ('/cases?page=2', '/', '/')
    """
    harmless = address.isprintable() and "\\" not in address
    return address if harmless and address.startswith("/") and not address.startswith("//") else "/"


def log_in_address(request: Request) -> str:
    """The log-in page that leads back to this page."""
    if request.method != "GET" or request.url.path == "/":
        return "/login"
    query = f"?{request.url.query}" if request.url.query else ""
    return "/login?next=" + quote(request.url.path + query, safe="/")


async def to_log_in(request: Request, _error: Exception) -> Response:
    """Exception handler: without a session every page leads to the log-in."""
    return RedirectResponse(log_in_address(request), 303)


def leave_when_idle(request: Request, response: Response) -> Response:
    """Let the browser leave a page when its session has idled away, so that nobody else reads it.

    The address says `idle`, which keeps the log-in page from looking at the session: two open pages
    would otherwise keep each other's session alive.
    """
    address = log_in_address(request)
    joint = "&" if "?" in address else "?"
    response.headers["Refresh"] = f"{_IDLE_SECONDS + 5}; url={address}{joint}idle=1"
    return response

"""The auditor's page (审计): the log by person, account and time, who saw a person, whether the chain holds, what was exported."""

import datetime as dt
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from bangfu.china_time import CHINA
from bangfu.db import audit
from bangfu.db.audit import LogFilter
from bangfu.db.exports import list_exports
from bangfu.db.sessions import PortalUser
from bangfu.portal.languages import Language, page_language
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.readers import leave_when_idle, requires
from bangfu.portal.rendering import render
from bangfu.portal.texts import TEXTS, say
from schemas.rights import Permission

__all__ = ["router"]

router = APIRouter()

_PER_PAGE = 50

Auditor = Annotated[PortalUser, Depends(requires(Permission.READ_LOG))]


@router.get("/audit")
def audit_page(
    request: Request, reader: Auditor, person: str = "", user: str = "", since: str = "", until: str = "", page: str = "1"
) -> Response:  # fmt: skip
    """Entries of the log; what cannot be read counts as not said."""
    number = min(max(int(page), 1), 10_000) if page.isascii() and page.isdecimal() and len(page) < 7 else 1
    asked = {
        "person": person.strip()[:64],
        "user": user.strip().lower()[:64],
        "since": _day(since),
        "until": _day(until),
    }
    filters = LogFilter(
        candidate_id=asked["person"] or None,
        username=asked["user"] or None,
        since=_begins(asked["since"]),
        until=_begins(asked["until"], days=1),
    )
    with own_scope(request, reader) as connection:
        found = audit.search(connection, filters, limit=_PER_PAGE + 1, offset=(number - 1) * _PER_PAGE)
        context = {
            "entries": found[:_PER_PAGE],
            "seen": audit.who_saw(connection, asked["person"]) if asked["person"] else [],
            "exports": list_exports(connection, 20),
            "check": audit.latest_check(connection),
            "unsealed": audit.unsealed(connection),
            "head": audit.head(connection),
            "asked": asked,
            "page": number,
            "action": partial(_action, page_language(request)),
            "newer": _address(asked, number - 1) if number > 1 else "",
            "older": _address(asked, number + 1) if len(found) > _PER_PAGE else "",
        }
        record(connection, request, reader, "audit_search", asked["person"] or None, subject=asked["user"] or None)
    return leave_when_idle(request, render(request, "audit.html", context))


def _action(language: Language, code: str) -> str:
    """An action in words; one without words as its code, since nothing of the log may be left out."""
    key = f"action.{code}"
    return say(key, language) if key in TEXTS else code


def _day(text: str) -> str:
    """A day as it stands in the address, or nothing."""
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _begins(day: str, days: int = 0) -> dt.datetime | None:
    """When a day begins in China, or some days later."""
    if not day:
        return None
    try:
        return dt.datetime.combine(dt.date.fromisoformat(day) + dt.timedelta(days=days), dt.time(), CHINA)
    except OverflowError:
        return None


def _address(asked: dict[str, str], page: int) -> str:
    return "/audit?" + urlencode({**{key: value for key, value in asked.items() if value}, "page": page})

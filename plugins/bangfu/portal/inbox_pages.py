"""The inbox (待办): the cases of an officer's area, part by part."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.case_queries import count_buckets, page
from bangfu.db.cases import names_of
from bangfu.portal.areas import area_choices
from bangfu.portal.inbox_query import PER_PAGE, read_inbox_query
from bangfu.portal.inbox_views import case_line
from bangfu.portal.languages import page_language
from bangfu.portal.name_search import LONGEST_NAME, remember_name, searched_name
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.readers import Officer, check_form, leave_when_idle, local_address
from bangfu.portal.rendering import area_name, render
from bangfu.review.inbox import BUCKETS
from schemas.flows import FLOWS

__all__ = ["router"]

router = APIRouter()


@router.get("/cases")
def inbox_page(request: Request, officer: Officer) -> Response:
    """The cases of the officer's area, filtered, sorted, page by page."""
    query = read_inbox_query(request.query_params, officer.user.area_code)
    name = searched_name(request)
    language, now = page_language(request), datetime.now(UTC)
    calendar = request.app.state.portal.calendar
    filters = query.filters(officer.user.username, name)
    with own_scope(request, officer) as connection:
        parts = count_buckets(connection, query.area, now, replace(filters, bucket=None))
        total = parts[filters.bucket] if filters.bucket else sum(parts.values())
        found = page(connection, query.area, now, filters, query.request(), total)
        names = names_of(connection, (row.assignee for row in found.rows if row.assignee))
        record(connection, request, officer, "list", shown=[row.subject for row in found.rows])
    pages = max(-(-found.total // PER_PAGE), 1)
    if query.page > pages:
        return RedirectResponse(query.address(page=pages), 303)
    flow = FLOWS.get(query.flow or "")
    context = {
        "query": query,
        "name": name or "",
        "longest_name": LONGEST_NAME,
        "lines": [case_line(row, language, now, calendar, names) for row in found.rows],
        "total": found.total,
        "pages": pages,
        "first_shown": (query.page - 1) * PER_PAGE + 1,
        "parts": [(code, BUCKETS.label(code, language), count) for code, count in parts.items()],
        "everything": sum(parts.values()),
        "areas": area_choices(officer.user.area_code),
        "area": area_name(query.area),
        "flows": [(item.code, getattr(item, language)) for item in FLOWS.values()],
        "states": [(item.code, getattr(item, language)) for item in flow.states.values()] if flow else [],
    }
    return leave_when_idle(request, render(request, "inbox.html", context))


@router.post("/cases/search", dependencies=[Depends(check_form)])
def search(
    request: Request,
    _officer: Officer,
    name: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/cases",
) -> Response:
    """Narrow the inbox to a name, and go back to it."""
    address = local_address(back)
    response = RedirectResponse(address if address.partition("?")[0] == "/cases" else "/cases", 303)
    remember_name(response, request, name)
    return response

"""One household (帮扶户): who is responsible, the record, and what can be entered about it."""

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.cases import colleagues, names_of
from bangfu.db.pairing_queries import HouseholdRow, get_household
from bangfu.db.pairings import closed_accounts, persons_of, records_of
from bangfu.db.sessions import PortalUser
from bangfu.errors import Refused
from bangfu.pipeline.review.households import china_day
from bangfu.portal.languages import page_language
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.pairing_acts import (
    Desk,
    Seen,
    enter_contact,
    enter_end,
    enter_pairing,
    may_pair,
    read_day,
    read_person,
    take_entry_back,
)
from bangfu.portal.pairing_pages import read_form
from bangfu.portal.pairing_query import read_pairing_query
from bangfu.portal.pairing_views import household_line, record_lines
from bangfu.portal.readers import Officer, Pairer, check_form, leave_when_idle
from bangfu.portal.rendering import render
from bangfu.review.pairing_record import LONGEST_NAME, Entry
from schemas.pairing import CONTACT_WAYS, ENDED_BY_PERSONS, ENDS, MONTHS_KEPT

__all__ = ["router"]

router = APIRouter()

_HOUSEHOLD = re.compile(r"[0-9a-f]{24}")
_ACTS = ("paired", "contacted", "released", "taken_back")


@router.get("/pairings/{household}")
def household_page(request: Request, officer: Officer, household: str) -> Response:
    """One household; 404 for one of another area, as for one that does not exist."""
    return _show(request, officer, household)


@router.post("/pairings/{household}/entries", dependencies=[Depends(check_form)])
def enter(request: Request, officer: Pairer, household: str, form: Annotated[FormData, Depends(read_form)]) -> Response:
    """Enter something; what cannot be saved comes back with the reason and with all that was entered."""
    kind, number = str(form.get("kind", "")), str(form.get("number", ""))
    if kind not in _ACTS or not number.isascii() or not number.isdecimal() or len(number) > 6:
        raise HTTPException(400)
    row = _visible(request, officer, household)
    if not may_pair(officer.user, row.county_code):
        raise HTTPException(403)
    try:
        with own_scope(request, officer) as connection:
            desk = Desk(connection, officer.user, datetime.now(UTC))
            _enter(desk, Seen(row, int(number)), kind, form)
            record(
                connection, request, officer, "household_entry", row.subject or household, subject=f"{household} {kind}"
            )
    except Refused as refused:
        return _show(request, officer, household, refused, form)
    query = read_pairing_query(request.query_params, officer.user.area_code)
    address = query.household_address(household)
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}done={kind}", 303)


def _enter(desk: Desk, seen: Seen, kind: str, form: FormData) -> Entry:
    def told(name: str) -> str:
        return str(form.get(name, "")).strip()

    if kind == "paired":
        offered = [username for username, _ in colleagues(desk.connection)]
        person = read_person(told("account"), told("named"), offered)
        return enter_pairing(desk, seen, person, read_day(told("first")))
    if kind == "released":
        return enter_end(desk, seen, read_day(told("last")), told("reason"))
    if kind == "contacted":
        return enter_contact(desk, seen, read_day(told("on")), told("way"))
    entry = told("entry")
    return take_entry_back(desk, seen, int(entry) if entry.isascii() and entry.isdecimal() and len(entry) < 7 else 0)


def _visible(request: Request, officer: PortalUser, household: str) -> HouseholdRow:
    """The household; 404 where the reader may not see it, and the log says who asked."""
    with own_scope(request, officer) as connection:
        today = china_day(datetime.now(UTC))
        row = get_household(connection, household, today) if _HOUSEHOLD.fullmatch(household) else None
        if row is None:
            record(connection, request, officer, "household_refused", None, subject=household[:60])
    if row is None:
        raise HTTPException(404)
    return row


def _show(
    request: Request, officer: PortalUser, household: str, refused: Refused | None = None, tried: FormData | None = None
) -> Response:
    language, today = page_language(request), china_day(datetime.now(UTC))
    row = _visible(request, officer, household)
    acts = may_pair(officer.user, row.county_code) and row.left_on is None
    with own_scope(request, officer) as connection:
        entered = records_of(connection, household)
        people = colleagues(connection) if acts else []
        names = names_of(connection, persons_of([item.entry for item in entered])) | dict(people)
        closed = closed_accounts(connection, [row.account or ""])
        record(connection, request, officer, "household", row.subject or household, subject=household)
    query = read_pairing_query(request.query_params, officer.user.area_code)
    lines = record_lines(entered, language, names, acts)
    context = {
        "query": query,
        "line": household_line(row, language, today, names, closed),
        "number": entered[-1].entry.number if entered else 0,
        "record": lines,
        "acts": acts,
        "people": people,
        "ways": [(code.code, getattr(code, language)) for code in CONTACT_WAYS.codes],
        "ends": [(code.code, getattr(code, language)) for code in ENDS.codes if code.code in ENDED_BY_PERSONS],
        "kept": MONTHS_KEPT,
        "longest_person": LONGEST_NAME,
        "today": today.isoformat(),
        "refused": getattr(refused, language) if refused else "",
        "tried": str(tried.get("kind", "")) if tried else "",
        "entered": {name: str(tried.get(name, "")) for name in tried} if tried else {},
        "done": lines[0].what if lines and request.query_params.get("done") in _ACTS and not refused else "",
        "back": query.address(page=query.page) + f"#{household}",
    }
    return leave_when_idle(request, render(request, "household.html", context, 409 if refused else 200))

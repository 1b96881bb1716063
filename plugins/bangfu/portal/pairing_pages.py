"""Households and who looks after them (结对帮扶): the list of an area, a search, and several given to one person at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.cases import colleagues, names_of
from bangfu.db.pairing_queries import HouseholdFilter, Part, count_parts, get_household, page_of
from bangfu.db.pairings import closed_accounts
from bangfu.db.sessions import PortalUser
from bangfu.errors import Refused
from bangfu.pipeline.review.households import china_day
from bangfu.portal.areas import area_choices
from bangfu.portal.languages import Language, page_language
from bangfu.portal.name_search import LONGEST_NAME, remember_name, searched_name
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.pairing_acts import Desk, Seen, enter_pairing, may_pair, read_day, read_person
from bangfu.portal.pairing_query import PER_PAGE, read_pairing_query
from bangfu.portal.pairing_views import household_line
from bangfu.portal.readers import Officer, Pairer, check_form, leave_when_idle, local_address
from bangfu.portal.rendering import area_name, render
from bangfu.portal.texts import say
from bangfu.review.pairing_record import LONGEST_NAME as LONGEST_PERSON
from schemas.pairing import MONTHS_BETWEEN
from schemas.rights import Permission

__all__ = ["read_form", "router"]

router = APIRouter()

_PICK = re.compile(r"([0-9a-f]{24}):([0-9]{1,6})")
_LIST = "/pairings"


@dataclass(frozen=True)
class _Tried:
    """A batch of which not everything was written: the form, and the reason by household."""

    form: FormData
    refused: Mapping[str, Refused]
    done: int


async def read_form(request: Request) -> FormData:
    """Dependency: the posted form."""
    return await request.form()


@router.get("/pairings")
def pairings_page(request: Request, officer: Officer) -> Response:
    """The households of the officer's area, part by part, page by page."""
    return _show(request, officer)


@router.post("/pairings/search", dependencies=[Depends(check_form)])
def search(
    request: Request, _officer: Officer, name: Annotated[str, Form()] = "", back: Annotated[str, Form()] = _LIST
) -> Response:
    """Narrow the list to words, and go back to it."""
    address = local_address(back)
    response = RedirectResponse(address if address.partition("?")[0] == _LIST else _LIST, 303)
    remember_name(response, request, name, _LIST)
    return response


@router.post("/pairings/assign", dependencies=[Depends(check_form)])
def assign(request: Request, officer: Pairer, form: Annotated[FormData, Depends(read_form)]) -> Response:
    """Make one person responsible for the households that were picked; what cannot be written is told household by household."""
    picked = {
        found[1]: int(found[2]) for value in form.getlist("pick") if (found := _PICK.fullmatch(str(value))) is not None
    }
    refused: dict[str, Refused] = {}
    done: list[str] = []
    with own_scope(request, officer) as connection:
        desk = Desk(connection, officer.user, datetime.now(UTC))
        for household, number in picked.items():
            try:
                _assign(desk, household, number, form)
                done.append(household)
            except Refused as error:
                refused[household] = error
        if done:
            record(connection, request, officer, "households_paired", shown=done)
    if refused or not picked:
        nothing = Refused("nothing_picked", "请先勾选要结对的户。", "Tick the households first.")
        return _show(request, officer, _Tried(form, refused or {"": nothing}, len(done)))
    address = read_pairing_query(request.query_params, officer.user.area_code).address()
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}done={len(done)}", 303)


def _assign(desk: Desk, household: str, number: int, form: FormData) -> None:
    row = get_household(desk.connection, household, desk.today)
    if row is None or not may_pair(desk.user, row.county_code):
        raise Refused("no_such_household", "该户不在您的辖区。", "The household is not of your area.")
    person = read_person(str(form.get("account", "")), str(form.get("named", "")), _accounts(desk.connection))
    enter_pairing(desk, Seen(row, number), person, read_day(str(form.get("first", ""))))


def _accounts(connection: Connection) -> Sequence[str]:
    return [username for username, _ in colleagues(connection)]


def _show(request: Request, officer: PortalUser, tried: _Tried | None = None) -> Response:
    query, language = read_pairing_query(request.query_params, officer.user.area_code), page_language(request)
    today, words = china_day(datetime.now(UTC)), searched_name(request)
    with own_scope(request, officer) as connection:
        people = colleagues(connection)
        filters = HouseholdFilter(
            query.part, officer.user.username, words, [user for user, name in people if words and words in name]
        )
        parts = count_parts(connection, query.area, today, filters)
        found = page_of(connection, query.area, today, filters, offset=(query.page - 1) * PER_PAGE, limit=PER_PAGE)
        names = names_of(connection, (row.account for row in found.rows if row.account)) | dict(people)
        closed = closed_accounts(connection, (row.account for row in found.rows if row.account))
        record(connection, request, officer, "households", shown=[row.subject or row.household for row in found.rows])
    pages = max(-(-found.total // PER_PAGE), 1)
    if query.page > pages:
        return RedirectResponse(query.address(page=pages), 303)
    mine = officer.user.may(Permission.PAIR_HOUSEHOLDS)
    shown = [part for part in Part if mine or part is not Part.MINE]
    lines = [household_line(row, language, today, names, closed) for row in found.rows]
    acts = any(may_pair(officer.user, row.county_code) for row in found.rows)
    context = {
        "query": query,
        "name": words or "",
        "longest_name": LONGEST_NAME,
        "longest_person": LONGEST_PERSON,
        "lines": lines,
        "total": found.total,
        "pages": pages,
        "first_shown": (query.page - 1) * PER_PAGE + 1,
        "parts": [
            (part, say(f"pairing.part_{part}", language), count) for part, count in parts.items() if part in shown
        ],
        "everything": parts[None],
        "areas": area_choices(officer.user.area_code),
        "area": area_name(query.area),
        "people": people if acts else [],
        "acts": acts,
        "today": today.isoformat(),
        "months": MONTHS_BETWEEN,
        "done": _number(request),
        **_told(tried, language),
    }
    return leave_when_idle(request, render(request, "pairings.html", context, 409 if tried else 200))


def _told(tried: _Tried | None, language: Language) -> dict[str, object]:
    """What was not written and why, with the form as it was sent."""
    form = tried.form if tried else FormData()
    reasons = tried.refused if tried else {}
    return {
        "refused": {household: str(getattr(error, language)) for household, error in reasons.items()},
        "reasons": list(dict.fromkeys(str(getattr(error, language)) for error in reasons.values())),
        "written": tried.done if tried else 0,
        "entered": {name: str(form.get(name, "")) for name in ("account", "named", "first")},
    }


def _number(request: Request) -> int:
    """How many households the address says were given to somebody."""
    told = request.query_params.get("done", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 4 else 0

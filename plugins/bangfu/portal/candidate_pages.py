"""The officer's pages: list of candidates, one candidate, overview of the counties."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.candidate_queries import CandidateFilter, PageRequest, counts_by_county, get, page
from bangfu.portal.languages import page_language
from bangfu.portal.list_query import PER_PAGE, area_choices, read_query
from bangfu.portal.name_search import LONGEST_NAME, remember_name, searched_name
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.readers import CountyReader, Officer, check_form, leave_when_idle, local_address
from bangfu.portal.rendering import area_name, render
from bangfu.portal.strength import FLOORS, Step
from bangfu.portal.views import case_of, line_of, rule_choices
from schemas.reference import counties

__all__ = ["CountyCount", "PrefectureCount", "prefecture_counts", "router"]

router = APIRouter()

_CANDIDATE_ID = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True)
class CountyCount:
    """Candidates of one county; `share` is of the largest county, 0 to 100."""

    code: str
    name: str
    candidates: int
    share: int


@dataclass(frozen=True)
class PrefectureCount:
    """Candidates of one prefecture, county by county."""

    code: str
    name: str
    candidates: int
    counties: Sequence[CountyCount]


@router.get("/candidates")
def list_page(request: Request, officer: Officer) -> Response:
    """The candidates of the officer's area, filtered, sorted, page by page."""
    query = read_query(request.query_params, officer.user.area_code)
    name = searched_name(request)
    language, year = page_language(request), datetime.now(UTC).year
    union = officer.user.union_name
    with own_scope(request, officer) as connection:
        found = page(connection, query.area, replace(query.filters(name), owner_union=union), query.request())
        first = PageRequest(limit=1)
        by_step = {
            step: page(connection, query.area, CandidateFilter(minimum_strength=FLOORS[step], owner_union=union), first)
            for step in Step
        }
        record(connection, request, officer, "list", shown=[row.candidate_id for row in found.rows])
    pages = max(-(-found.total // PER_PAGE), 1)
    if query.page > pages:
        return RedirectResponse(query.address(page=pages), 303)
    context = {
        "query": query,
        "name": name or "",
        "longest_name": LONGEST_NAME,
        "lines": [line_of(row, language, year) for row in found.rows],
        "total": found.total,
        "pages": pages,
        "first_shown": (query.page - 1) * PER_PAGE + 1,
        "all_candidates": by_step[Step.WEAK].total,
        "counts": {
            Step.STRONG: by_step[Step.STRONG].total,
            Step.MEDIUM: by_step[Step.MEDIUM].total - by_step[Step.STRONG].total,
            Step.WEAK: by_step[Step.WEAK].total - by_step[Step.MEDIUM].total,
        },
        "areas": area_choices(officer.user.area_code),
        "area": area_name(query.area),
        "rules": rule_choices(language),
        "published_at": next((row.published_at for row in by_step[Step.WEAK].rows), None),
    }
    return leave_when_idle(request, render(request, "candidates.html", context))


@router.post("/candidates/search", dependencies=[Depends(check_form)])
def search(
    request: Request,
    _officer: Officer,
    name: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/candidates",
) -> Response:
    """Narrow the list to a name, and go back to it."""
    address = local_address(back)
    response = RedirectResponse(address if address.partition("?")[0] == "/candidates" else "/candidates", 303)
    remember_name(response, request, name)
    return response


@router.get("/candidates/{candidate_id}")
def candidate_page(request: Request, officer: Officer, candidate_id: str) -> Response:
    """One candidate; 404 for one of another area, as for one that does not exist."""
    if not _CANDIDATE_ID.fullmatch(candidate_id):
        raise HTTPException(404)
    with own_scope(request, officer) as connection:
        row = get(connection, candidate_id)
        record(connection, request, officer, "view" if row else "view_refused", candidate_id)
    if row is None:
        raise HTTPException(404)
    case = case_of(row, page_language(request), datetime.now(UTC).year)
    query = read_query(request.query_params, officer.user.area_code)
    back = query.address(page=query.page) + f"#{candidate_id}"
    return leave_when_idle(request, render(request, "candidate.html", {"case": case, "back": back}))


@router.get("/overview")
def overview_page(request: Request, officer: CountyReader) -> Response:
    """The counties of the officer's area with their counts."""
    area = officer.user.area_code
    with own_scope(request, officer) as connection:
        counts = counts_by_county(connection, area, CandidateFilter(owner_union=officer.user.union_name))
        record(connection, request, officer, "overview")
    prefectures = prefecture_counts(counts, area)
    context = {
        "area": area_name(area),
        "prefectures": prefectures,
        "total": sum(item.candidates for item in prefectures),
        "counties": sum(len(item.counties) for item in prefectures),
        "counties_with": sum(county.candidates > 0 for item in prefectures for county in item.counties),
    }
    return leave_when_idle(request, render(request, "overview.html", context))


def prefecture_counts(counts: dict[str, int], area: str) -> list[PrefectureCount]:
    """Every county of an area with its count, by prefecture; a county without candidates counts 0.

    Args:
        counts: Candidates by county code.
        area: Division code of 2, 4 or 6 digits.
    """
    largest = max(counts.values(), default=1)
    inside = [item for item in counties() if item.code.startswith(area)]
    made = []
    for prefecture, members in groupby(inside, key=lambda item: item.code[:4]):
        lines = [
            CountyCount(
                item.code, item.short_name, counts.get(item.code, 0), round(100 * counts.get(item.code, 0) / largest)
            )
            for item in members
        ]
        total = sum(line.candidates for line in lines)
        made.append(PrefectureCount(prefecture, area_name(prefecture), total, lines))
    return made

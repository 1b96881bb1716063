"""Taking cases along (线下工作簿): the page, the encrypted workbook of a list, printed visit forms."""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.china_time import in_china
from bangfu.db.approvals import ApprovalState, approvals
from bangfu.db.sessions import PortalUser
from bangfu.db.workbook_uploads import own_uploads
from bangfu.errors import Refused
from bangfu.pipeline.review.workbooks import (
    MOST_FORMS,
    MOST_ROWS,
    Made,
    Taker,
    ask_for_cases,
    forms_code,
    make_form,
    make_forms,
    make_workbook,
    note_export,
    open_cases_of,
    read_code,
    union_of,
    workbook_code,
)
from bangfu.portal.approval_views import approval_view
from bangfu.portal.languages import Language, page_language
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.readers import Exporter, Reviewer, check_form, leave_when_idle
from bangfu.portal.rendering import render
from bangfu.portal.texts import say
from bangfu.portal.visible_case import visible_case
from schemas.notices import union_name
from schemas.review import REVIEW_LISTS
from schemas.rights import Permission

__all__ = ["LEAST_PASSWORD", "PROBLEMS", "WORKBOOK", "file_answer", "router", "workbook_page_with"]

router = APIRouter()

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LEAST_PASSWORD = 10
"""Characters of an opening password that is chosen."""
PROBLEMS = ("nothing", "short", "differ", "no_forms")
"""Why no file was made."""

_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_GENERATED = re.compile(rf"[{_LETTERS}]{{4}}(-[{_LETTERS}]{{4}}){{3}}")
_LONGEST_PASSWORD = 200
_LONGEST_PURPOSE = 200


@dataclass(frozen=True)
class ListChoice:
    """A list that can be taken along.

    Attributes:
        code: Of `schemas.review.REVIEW_LISTS`.
        label: Its name.
        count: Cases that wait for an answer.
        mine: Of these, assigned to the reader.
        printed: Whether there is a form for them.
    """

    code: str
    label: str
    count: int
    mine: int
    printed: bool


@router.get("/workbook")
def workbook_page(request: Request, officer: Exporter, problem: str = "") -> Response:
    """Choose what to take along; bring back what was filled in."""
    told = (
        say(f"workbook.problem_{problem}", page_language(request), least=LEAST_PASSWORD) if problem in PROBLEMS else ""
    )
    return workbook_page_with(request, officer, told)


def workbook_page_with(
    request: Request, officer: PortalUser, problem: str = "", *, refused: str = "", needs: str = "", status: int = 200
) -> Response:
    """The page, with why no file was made, why an upload was refused, or what needs a second person."""
    language, taker = page_language(request), taker_of(request, officer)
    with own_scope(request, officer) as connection:
        lists = [
            ListChoice(
                code,
                _named(code, language),
                open_cases_of(connection, taker, code, 1)[1],
                open_cases_of(connection, taker, code, 1, mine=True)[1],
                flow.visits_household,
            )
            for code, flow in REVIEW_LISTS.items()
        ]
        uploads = own_uploads(connection, officer.user.username)
        asked = approvals(connection, asked_by=officer.user.username, limit=8)
        record(connection, request, officer, "workbook_page")
    context = {
        "union": union_name(union_of(officer.user)),
        "lists": lists,
        "most": MOST_ROWS,
        "most_forms": MOST_FORMS,
        "least": LEAST_PASSWORD,
        "generated": "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4)),
        "problem": problem,
        "refused": refused,
        "needs": ""
        if any(item.subject == needs and item.state() is ApprovalState.WAITING for item in asked)
        else needs,
        "asked": [approval_view(item, language) for item in asked],
        "alone": taker.alone,
        "uploads": [(item, _named(item.flow, language)) for item in uploads],
        "may_upload": officer.user.may(Permission.REVIEW_CASES),
    }
    return leave_when_idle(request, render(request, "workbook.html", context, status))


@router.post("/workbook/files", dependencies=[Depends(check_form)])
def make_file(
    request: Request,
    officer: Exporter,
    listing: Annotated[str, Form()],
    choice: Annotated[str, Form()] = "",
    generated: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
    mine: Annotated[str, Form()] = "",
) -> Response:
    """The workbook of a list, under the opening password; it is kept nowhere."""
    if listing not in REVIEW_LISTS or (choice != "own" and not _GENERATED.fullmatch(generated)):
        raise HTTPException(400)
    if choice == "own" and not LEAST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        return _back("short")
    if choice == "own" and password != again:
        return _back("differ")
    opening = password if choice == "own" else generated
    secret = request.app.state.portal.workbook_key
    taker, what = taker_of(request, officer), workbook_code(listing, mine=mine == "1")
    try:
        made = make_workbook(lambda: own_scope(request, officer), taker, listing, secret, opening, mine=mine == "1")
        if made is None:
            return _back("nothing")
        with own_scope(request, officer) as connection:
            note_export(connection, made, taker, request.state.request_id)
            record(connection, request, officer, "workbook", subject=made.export.export_id, shown=made.subjects)
    except Refused as refused:
        return needs_second_person(request, officer, refused, what)
    name = f"核查工作簿-{REVIEW_LISTS[listing].zh}-{union_name(union_of(officer.user))}-{_today()}.xlsx"
    return file_answer(made.content, WORKBOOK, name)


@router.post("/workbook/forms", dependencies=[Depends(check_form)])
def print_forms(request: Request, officer: Exporter, listing: Annotated[str, Form()]) -> Response:
    """The visit forms of the cases of a list that are assigned to the reader."""
    if listing not in REVIEW_LISTS or not REVIEW_LISTS[listing].visits_household:
        raise HTTPException(400)
    taker = taker_of(request, officer)
    try:
        made = make_forms(lambda: own_scope(request, officer), taker, listing)
        if made is None:
            return _back("no_forms")
        return _printed(request, officer, made, taker, f"入户调查表-{REVIEW_LISTS[listing].zh}-{_today()}.pdf")
    except Refused as refused:
        return needs_second_person(request, officer, refused, forms_code(listing))


@router.get("/cases/{case_id}/form.pdf")
def print_form(request: Request, officer: Reviewer, case_id: str) -> Response:
    """The visit form of one case; 404 for one of another area, as for one that does not exist."""
    taker = taker_of(request, officer)
    made = make_form(taker, visible_case(request, officer, case_id))
    if made is None:
        raise HTTPException(404)
    try:
        return _printed(request, officer, made, taker, f"入户调查表-{case_id[:8].upper()}.pdf")
    except Refused as refused:
        return needs_second_person(request, officer, refused, "")


@router.post("/workbook/approvals", dependencies=[Depends(check_form)])
def ask_second_person(
    request: Request, officer: Exporter, what: Annotated[str, Form()] = "", purpose: Annotated[str, Form()] = ""
) -> Response:
    """Ask a second person whether so many persons may be taken along."""
    if read_code(what) is None:
        raise HTTPException(400)
    try:
        with own_scope(request, officer) as connection:
            asked = ask_for_cases(connection, taker_of(request, officer), what, purpose[:_LONGEST_PURPOSE])
    except Refused as refused:
        return needs_second_person(request, officer, refused, what)
    return RedirectResponse("/workbook#approvals", 303) if asked else _back("nothing")


def needs_second_person(request: Request, officer: PortalUser, refused: Refused, what: str) -> Response:
    """The page that says why nothing left, and lets the reader ask where it can be asked."""
    told = str(getattr(refused, page_language(request)))
    return workbook_page_with(request, officer, told, needs=what, status=409)


def _printed(request: Request, officer: PortalUser, made: Made, taker: Taker, name: str) -> Response:
    with own_scope(request, officer) as connection:
        note_export(connection, made, taker, request.state.request_id)
        record(connection, request, officer, "visit_forms", subject=made.export.export_id, shown=made.subjects)
    return file_answer(made.content, "application/pdf", name)


def file_answer(content: bytes, media_type: str, name: str) -> Response:
    """A file to be saved under a name."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=media_type, headers=headers)


def taker_of(request: Request, officer: PortalUser) -> Taker:
    """The reader as who takes cases along now."""
    return Taker(officer.user, datetime.now(UTC), request.app.state.portal.export_rows)


def _named(listing: str, language: Language) -> str:
    return str(getattr(REVIEW_LISTS[listing], language))


def _today() -> str:
    return in_china(datetime.now(UTC), "%Y%m%d")


def _back(problem: str) -> Response:
    return RedirectResponse(f"/workbook?problem={problem}#make", 303)

"""One case (案件): read it, judge it, take a step, take it back, see one field in full."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.case_queries import get, neighbours
from bangfu.db.cases import colleagues, hold, let_go, mark_seen, names_of
from bangfu.db.sessions import PortalUser
from bangfu.errors import Refused
from bangfu.pipeline.review.acting import act, case_now, take_back
from bangfu.pipeline.review.workbooks import has_form
from bangfu.portal.acting import actor_of
from bangfu.portal.case_views import REVEALED, case_view, history, undo_until
from bangfu.portal.drafts import draft_key
from bangfu.portal.inbox_query import read_inbox_query
from bangfu.portal.inbox_views import case_line
from bangfu.portal.languages import Language, page_language
from bangfu.portal.name_search import searched_name
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.readers import Officer, check_form, leave_when_idle, requires
from bangfu.portal.rendering import render
from bangfu.portal.step_forms import Colleague, check_offered, given, in_words, step_form
from bangfu.portal.texts import say
from bangfu.portal.visible_case import visible_case
from bangfu.review.cases import UNDO, Actor, Case
from bangfu.review.steps import steps_open
from schemas.flow import ROLES, STAY
from schemas.rights import Permission

__all__ = ["REVEAL_REASONS", "router"]

router = APIRouter()

_ASIDE = {
    "send_back",
    "transfer",
    "reassign",
    "withdraw",
    "visit_again",
    "correct",
    "reject",
    "give_up",
    "settle",
    "object",
}
"""Steps that lead off the usual way; shown below it."""
REVEAL_REASONS = ("contact", "identity", "filing", "correction")
"""Why a field may be seen in full."""


@router.get("/cases/{case_id}")
def case_page(request: Request, officer: Officer, case_id: str) -> Response:
    """One case; 404 for one of another area, as for one that does not exist."""
    return _show(request, officer, case_id)


@router.post("/cases/{case_id}/reveal", dependencies=[Depends(check_form), Depends(requires(Permission.REVEAL_FIELD))])
def reveal(
    request: Request, officer: Officer, case_id: str, field: Annotated[str, Form()], reason: Annotated[str, Form()]
) -> Response:
    """The case with one field in full, this once; who, what and why is in the access log."""
    if field not in REVEALED or reason not in REVEAL_REASONS:
        raise HTTPException(400)
    return _show(request, officer, case_id, revealed=field, reason=reason)


async def _posted(request: Request) -> FormData:
    return await request.form()


@router.post("/cases/{case_id}/steps/{step}", dependencies=[Depends(check_form)])
def take_step(
    request: Request, officer: Officer, case_id: str, step: str, form: Annotated[FormData, Depends(_posted)]
) -> Response:
    """Take a step; what cannot be saved comes back with the reason and with all that was entered."""
    version = str(form.get("version", ""))
    if not version.isascii() or not version.isdecimal() or len(version) > 9:
        raise HTTPException(400)
    actor = _actor(officer, visible_case(request, officer, case_id).county_code)
    try:
        with own_scope(request, officer) as connection:
            case = case_now(connection, case_id)
            declared = case.rules.steps.get(step)
            if declared is None:
                raise HTTPException(404)
            details = given(declared, form)
            check_offered(details, [Colleague(*row) for row in colleagues(connection)])
            now, calendar = datetime.now(UTC), request.app.state.portal.calendar
            act(connection, case_id, step, actor, now, details, version=int(version), calendar=calendar)
            if declared.to != STAY:
                let_go(connection, case_id, officer.user.username)
            record(connection, request, officer, "step", _subject(connection, case_id), subject=f"{case_id} {step}")
    except Refused as refused:
        return _show(request, officer, case_id, refused=refused, tried=(step, form))
    return RedirectResponse(_address(request, officer, case_id, step), 303)


@router.post("/cases/{case_id}/undo", dependencies=[Depends(check_form)])
def undo(request: Request, officer: Officer, case_id: str, version: Annotated[int, Form()]) -> Response:
    """Take the last step back, as long as that may be done."""
    actor = _actor(officer, visible_case(request, officer, case_id).county_code)
    try:
        with own_scope(request, officer) as connection:
            now = datetime.now(UTC)
            take_back(connection, case_id, actor, now, version=version, calendar=request.app.state.portal.calendar)
            record(connection, request, officer, "undo", _subject(connection, case_id), subject=case_id)
    except Refused as refused:
        return _show(request, officer, case_id, refused=refused)
    return RedirectResponse(_address(request, officer, case_id, "undone"), 303)


def _show(
    request: Request, officer: PortalUser, case_id: str, *, revealed: str = "", reason: str = "",
    refused: Refused | None = None, tried: tuple[str, FormData] | None = None,
) -> Response:  # fmt: skip
    user, language, now = officer.user, page_language(request), datetime.now(UTC)
    row = visible_case(request, officer, case_id)
    actor, calendar = actor_of(user, row.county_code), request.app.state.portal.calendar
    query = read_inbox_query(request.query_params, user.area_code)
    with own_scope(request, officer) as connection:
        case = case_now(connection, case_id)
        steps = steps_open(case, actor) if actor else ()
        works = any(step.code not in _ASIDE for step in steps)  # who may only withdraw it looks from above
        other = hold(connection, case_id, user.username, now) if works else None
        if works:
            mark_seen(connection, case_id, now)
        people = [Colleague(*row) for row in colleagues(connection)]
        names = names_of(connection, _accounts(case) | {row.assignee or "", other["held_by"] if other else ""})
        names |= {person.username: person.name for person in people}
        wanted = query.filters(user.username, searched_name(request))
        before, following = neighbours(connection, query.area, now, wanted, query.request(), case_id)
        about = " ".join(filter(None, (case_id, revealed, reason)))
        record(connection, request, officer, "reveal" if revealed else "view", row.subject, subject=about)
    judged = case.facts.get("same_person") is not None  # it may be judged again, but what comes next comes first
    steps = tuple(sorted(steps, key=lambda step: judged and step.code == "judge"))
    forms = [step_form(step, language, people, step.code not in _ASIDE) for step in steps]
    open_now = {step.code for step in steps}
    context = {
        "line": case_line(row, language, now, calendar, names),
        "case": case_view(row, case, language, now.year, revealed),
        "version": case.version,
        "forms": forms,
        "draft_key": draft_key(request, officer) if forms else "",
        "owner": ROLES.label(case.stands.owner, language) if case.stands.owner else "",
        "ended": case.stands.ended,
        "form": f"/cases/{case_id}/form.pdf" if user.may(Permission.REVIEW_CASES) and has_form(case.flow) else "",
        "held": other and {"name": _name(other["held_by"], names), "until": other["held_until"]},
        "history": history(case, language, names),
        "undo_until": undo_until(case, user.username, now),
        "saved": _saved(request, case, user.username, language),
        "refused": getattr(refused, language) if refused else "",
        "unsaved": in_words(case.rules.steps[tried[0]], tried[1], language)
        if tried and tried[0] not in open_now
        else [],
        "tried": tried[0] if tried else "",
        "entered": {name: tried[1].getlist(name) for name in tried[1]} if tried else {},
        "revealed": revealed,
        "reveal_reasons": REVEAL_REASONS if user.may(Permission.REVEAL_FIELD) else (),
        "back": query.address(page=query.page) + f"#{case_id}",
        "here": query.case_address(case_id),
        "query": query,
        "before": before and query.case_address(before.case_id, before.place),
        "following": following and query.case_address(following.case_id, following.place),
    }
    return leave_when_idle(request, render(request, "case.html", context, 409 if refused else 200))


def _actor(officer: PortalUser, county: str) -> Actor:
    actor = actor_of(officer.user, county)
    if actor is None:
        raise HTTPException(403)
    return actor


def _accounts(case: Case) -> set[str]:
    """Accounts that the history names: who acted, whom a case was given to, who visited."""
    named = [event.details.get(name, ()) for event in case.history for name in ("assignee", "visitors")]
    several = {account for item in named for account in ([item] if isinstance(item, str) else item)}
    return several | {event.actor.account for event in case.history}


def _subject(connection: Connection, case_id: str) -> str | None:
    row = get(connection, case_id)
    return row.subject if row else None


def _address(request: Request, officer: PortalUser, case_id: str, done: str) -> str:
    address = read_inbox_query(request.query_params, officer.user.area_code).case_address(case_id)
    return f"{address}{'&' if '?' in address else '?'}done={done}"


def _saved(request: Request, case: Case, account: str, language: Language) -> str:
    """The step the reader has just taken, in words; empty where the address says what did not happen last."""
    done, last = request.query_params.get("done", ""), case.history[-1]
    if last.actor.account != account or done != ("undone" if last.step == UNDO else last.step):
        return ""
    return (
        say("work.undone", language)
        if last.step == UNDO
        else say("work.saved", language, step=getattr(case.rules.steps[done], language))
    )


def _name(username: str, names: Mapping[str, str]) -> str:
    return names.get(username, username)

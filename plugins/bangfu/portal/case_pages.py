"""One case (案件): read it, judge it, take a step, take it back, lodge an appeal, see one field in full."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.attachments import attachments_of
from bangfu.db.case_queries import get, neighbours
from bangfu.db.case_readings import read_again
from bangfu.db.case_relations import appeal_running, related_cases
from bangfu.db.cases import colleagues, held_by_another, hold, let_go, mark_seen, names_of
from bangfu.db.pairing_queries import household_of_case
from bangfu.db.second_reviews import Compared, compared_with
from bangfu.db.sessions import PortalUser
from bangfu.errors import Refused
from bangfu.pipeline.review.acting import act, case_now, take_back
from bangfu.pipeline.review.appealing import lodge_appeal
from bangfu.pipeline.review.households import china_day
from bangfu.pipeline.review.workbooks import has_form
from bangfu.portal.acting import actor_of
from bangfu.portal.case_views import REVEALED, case_view, history, paper_view, undo_until
from bangfu.portal.drafts import draft_key
from bangfu.portal.inbox_query import read_inbox_query
from bangfu.portal.inbox_views import case_line
from bangfu.portal.languages import Language, page_language
from bangfu.portal.name_search import searched_name
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.pairing_views import household_line
from bangfu.portal.readers import Officer, check_form, leave_when_idle, requires
from bangfu.portal.related_views import appeal_facts, related_views
from bangfu.portal.rendering import render
from bangfu.portal.step_forms import Colleague, check_offered, given, in_words, step_form
from bangfu.portal.texts import say
from bangfu.portal.visible_case import case_scope, visible_case
from bangfu.review.appeals import may_lodge
from bangfu.review.cases import OPEN, UNDO, Actor, Case
from bangfu.review.steps import barred, steps_open
from schemas.attachments import ATTACHMENT_KINDS, MOST_BYTES
from schemas.flow import ROLES, STAY, Role
from schemas.flows.appeal import LODGE
from schemas.outcomes import OUTCOMES
from schemas.rights import Permission

__all__ = ["REVEAL_REASONS", "case_page_with", "router"]

router = APIRouter()

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
    version = _version(form)
    actor = _actor(officer, visible_case(request, officer, case_id).county_code)
    try:
        with own_scope(request, officer) as connection:
            case = case_now(connection, case_id)
            declared = case.rules.steps.get(step)
            if declared is None or declared.opens:
                raise HTTPException(404)
            details = given(declared, form)
            check_offered(details, [Colleague(*row) for row in colleagues(connection)])
            now, calendar = datetime.now(UTC), request.app.state.portal.calendar
            act(connection, case_id, step, actor, now, details, version=version, calendar=calendar)
            if declared.to != STAY:
                let_go(connection, officer.user.username, case_id)
            record(connection, request, officer, "step", _subject(connection, case_id), subject=f"{case_id} {step}")
    except Refused as refused:
        return _show(request, officer, case_id, refused=refused, tried=(step, form))
    return RedirectResponse(_address(request, officer, case_id, step), 303)


@router.post("/cases/{case_id}/appeals", dependencies=[Depends(check_form)])
def lodge(request: Request, officer: Officer, case_id: str, form: Annotated[FormData, Depends(_posted)]) -> Response:
    """Lodge an appeal against a case, and go on to the appeal; what cannot be saved comes back as with a step."""
    version = _version(form)
    actor = _actor(officer, visible_case(request, officer, case_id).county_code)
    try:
        with own_scope(request, officer) as connection:
            details = given(LODGE, form)
            check_offered(details, ())
            now, calendar = datetime.now(UTC), request.app.state.portal.calendar
            appeal = lodge_appeal(connection, case_id, actor, now, details, version=version, calendar=calendar)
            record(connection, request, officer, "appeal", _subject(connection, case_id), subject=f"{case_id} {appeal}")
    except Refused as refused:
        return _show(request, officer, case_id, refused=refused, tried=(LODGE.code, form))
    return RedirectResponse(_address(request, officer, appeal, OPEN), 303)


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


def case_page_with(request: Request, officer: PortalUser, case_id: str, refused: Refused) -> Response:
    """The case, with why something was not taken."""
    return _show(request, officer, case_id, refused=refused)


def _version(form: FormData) -> int:
    version = str(form.get("version", ""))
    if not version.isascii() or not version.isdecimal() or len(version) > 9:
        raise HTTPException(400)
    return int(version)


def _show(
    request: Request, officer: PortalUser, case_id: str, *, revealed: str = "", reason: str = "",
    refused: Refused | None = None, tried: tuple[str, FormData] | None = None,
) -> Response:  # fmt: skip
    user, language, now = officer.user, page_language(request), datetime.now(UTC)
    calendar = request.app.state.portal.calendar
    query = read_inbox_query(request.query_params, user.area_code)
    with case_scope(request, officer, case_id) as (connection, row):
        actor = actor_of(user, row.county_code)
        case = case_now(connection, case_id)
        offered = (
            [(step, barred(case, step, actor)) for step in steps_open(case, actor) if not step.opens] if actor else []
        )
        steps = [step for step, need in offered if need is None]
        running = appeal_running(connection, case_id)
        others = related_cases(connection, row)
        works = any(not step.aside for step in steps)  # who may only withdraw it looks from above
        turn = actor is not None and (case.stands.owner is actor.role or row.assignee == user.username)
        if works and turn:
            other = hold(connection, case_id, user.username, now, seen=True)
        else:
            other = held_by_another(row, user.username, now)
            if works:
                mark_seen(connection, case_id, now)
        known = read_again(connection, case_id, case.version, now)
        people = [Colleague(*row) for row in colleagues(connection)]
        household = household_of_case(connection, case_id, china_day(now)) if case.flow == "candidate" else None
        papers = attachments_of(connection, case_id)
        others_named = {row.assignee, other and other["held_by"], household and household.account}
        named = _accounts(case) | {item.username for item in papers} | {item for item in others_named if item}
        names = {person.username: person.name for person in people}
        names |= names_of(connection, named - set(names))
        wanted = query.filters(user.username, searched_name(request))
        before, following = neighbours(connection, query.area, now, wanted, query.request(), case_id)
        comparison = compared_with(connection, case_id) if case.flow == "second_review" else None
        about = " ".join(filter(None, (case_id, revealed, reason)))
        record(connection, request, officer, "reveal" if revealed else "view", row.subject, subject=about)
    judged = case.facts.get("same_person") is not None  # it may be judged again, but what comes next comes first
    steps.sort(key=lambda step: judged and step.code == "judge")
    forms = [step_form(step, language, people, not step.aside) for step in steps]
    told = history(case, language, names, reader=user.username, known=known.version)
    lodged = step_form(LODGE, language, people, False) if not running and may_lodge(case, actor, now) else None
    open_now = {*(step.code for step in steps), *([LODGE.code] if lodged else [])}
    context = {
        "line": case_line(row, language, now, calendar, names),
        "case": case_view(row, case, language, now.year, revealed),
        "comparison": comparison and _outcomes(comparison, language),
        "version": case.version,
        "forms": forms,
        "draft_key": draft_key(request, officer) if forms else "",
        "owner": ROLES.label(case.stands.owner, language) if case.stands.owner else "",
        "ended": case.stands.ended,
        "form": f"/cases/{case_id}/form.pdf"
        if user.may(Permission.REVIEW_CASES) and has_form(case.flow) and not row.reduced_at
        else "",
        "held": other and {"name": _name(other["held_by"], names), "until": other["held_until"]},
        "history": told,
        "news": [item for item in told if item.fresh],
        "known_at": known.at,
        "papers": [paper_view(item, language, names, "" if case.stands.ended else user.username) for item in papers],
        "paper_kinds": [(item.code, getattr(item, language)) for item in ATTACHMENT_KINDS.codes],
        "most_megabytes": MOST_BYTES >> 20,
        "may_add_papers": user.may(Permission.REVIEW_CASES) and not case.stands.ended,
        "household": household and household_line(household, language, china_day(now), names),
        "undo_until": undo_until(case, user.username, now),
        "saved": _saved(request, case, user.username, language),
        "refused": getattr(refused, language) if refused else "",
        "barred": [(getattr(step, language), getattr(need, language)) for step, need in offered if need],
        "lodge": lodged,
        "appeal_runs": running and query.case_address(running),
        "appeal": appeal_facts(case, language),
        "related": related_views(row, others, language, query),
        "unsaved": in_words(LODGE if tried[0] == LODGE.code else case.rules.steps[tried[0]], tried[1], language)
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


def _outcomes(comparison: Compared, language: Language) -> dict[str, str]:
    """Both outcomes of a second review in words, and where the first case is."""
    told = {
        name: f"{code} {getattr(OUTCOMES[code], language)}"
        for name, code in (("first", comparison.first), ("second", comparison.second))
    }
    return {**told, "address": f"/cases/{comparison.first_case_id}"}


def _actor(officer: PortalUser, county: str) -> Actor:
    actor = actor_of(officer.user, county)
    if actor is None:
        raise HTTPException(403)
    return actor


def _accounts(case: Case) -> set[str]:
    """Accounts that the history names: who acted, whom a case was given to, who visited."""
    named = [event.details.get(name, ()) for event in case.history for name in ("assignee", "visitors")]
    several = {account for item in named for account in ([item] if isinstance(item, str) else item)}
    return several | {event.actor.account for event in case.history if event.actor.role is not Role.SYSTEM}


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
    if last.step in {OPEN, UNDO}:
        return say("work.undone" if last.step == UNDO else "appeal.lodged", language)
    return say("work.saved", language, step=getattr(case.rules.steps[done], language))


def _name(username: str, names: Mapping[str, str]) -> str:
    return names.get(username, username)

"""The officers' page of notices (通知): what the unions of the area were told, and acknowledging for the own one."""

import datetime as dt
import re
from dataclasses import dataclass

from fastapi import APIRouter, Depends, HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.china_time import CHINA
from bangfu.db.outbox.feed import FeedRow, acknowledge, cursor_of, position_of, recent
from bangfu.db.outbox.notices import get_notice
from bangfu.db.sessions import PortalUser
from bangfu.portal.languages import Language, page_language
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.readers import Officer, check_form, leave_when_idle
from bangfu.portal.rendering import render
from schemas.notices import KINDS, Channel, shown_counts, union_name

__all__ = ["NoticeLine", "line_of", "router"]

router = APIRouter()

_PER_PAGE = 50
_NOTICE_ID = re.compile("ntc_[0-9a-f]{24}")


@dataclass(frozen=True)
class NoticeLine:
    """One line of the page.

    Attributes:
        notice_id: The notice.
        kind: What it is about, in the reader's language.
        version: Of the list.
        union: Name of the union.
        counts: Label and number of each.
        acknowledge_by, due_on: The days.
        due_at: The hour by which urgent clues must be contacted, where there are any.
        created_at, acknowledged_at: The moments.
        late: Whether it should have been acknowledged.
        own: Whether the reader may acknowledge it.
    """

    notice_id: str
    kind: str
    version: int
    union: str
    counts: list[tuple[str, int]]
    acknowledge_by: dt.date
    due_on: dt.date | None
    due_at: dt.datetime | None
    created_at: dt.datetime
    acknowledged_at: dt.datetime | None
    late: bool
    own: bool


@router.get("/notices")
def notices_page(request: Request, officer: Officer, before: str = "") -> Response:
    """The notices of the area, the newest first."""
    try:
        position = position_of(before) if before else None
    except ValueError:
        raise HTTPException(400) from None
    desk, language = _desk(officer), page_language(request)
    today = dt.datetime.now(CHINA).date()
    with own_scope(request, officer) as connection:
        rows = recent(connection, position, _PER_PAGE + 1)
        record(connection, request, officer, "notices")
    shown = rows[:_PER_PAGE]
    context = {
        "lines": [line_of(row, desk, language, today) for row in shown],
        "older": cursor_of(shown[-1].position) if len(rows) > _PER_PAGE else None,
    }
    return leave_when_idle(request, render(request, "notices.html", context))


@router.post("/notices/{notice_id}/ack", dependencies=[Depends(check_form)])
def acknowledge_notice(request: Request, officer: Officer, notice_id: str) -> Response:
    """Acknowledge a notice of the own federation; 404 for one of another area, 403 for one of a union below."""
    if not _NOTICE_ID.fullmatch(notice_id):
        raise HTTPException(404)
    with own_scope(request, officer) as connection:
        notice = get_notice(connection, notice_id)
        if notice is None:
            raise HTTPException(404)
        if notice.union_code != _desk(officer):
            raise HTTPException(403)
        acknowledge(connection, notice_id, Channel.INBOX, officer.user.username)
        record(connection, request, officer, "acknowledge", subject=notice_id)
    return RedirectResponse("/notices", 303)


def line_of(row: FeedRow, desk: str, language: Language, today: dt.date) -> NoticeLine:
    """A notice as the page shows it."""
    notice, open_ = row.notice, row.acknowledged_at is None
    return NoticeLine(
        notice.notice_id,
        getattr(KINDS[notice.kind], language),
        notice.list_version,
        union_name(notice.union_code),
        [(getattr(words, language), count) for words, count in shown_counts(notice)],
        notice.acknowledge_by,
        notice.due_on,
        notice.due_at,
        notice.created_at,
        row.acknowledged_at,
        late=open_ and notice.acknowledge_by < today,
        own=open_ and notice.union_code == desk,
    )


def _desk(officer: PortalUser) -> str:
    """Code of the union whose notices the account acknowledges: its industry union, or the federation of its area."""
    return officer.user.union_name or officer.user.area_code

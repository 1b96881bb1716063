"""Papers of a case (附件): added from its page, opened one at a time and recorded, removed by who added them by mistake."""

import logging
import re
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.attachments import add_attachment, open_attachment, remove_attachment
from bangfu.db.sessions import PortalUser
from bangfu.errors import Refused
from bangfu.portal.case_pages import case_page_with
from bangfu.portal.memory_forms import form_in_memory
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.readers import Revealer, Reviewer, check_form
from bangfu.portal.visible_case import visible_case
from bangfu.portal.workbook_pages import file_answer
from schemas.attachments import ATTACHMENT_KINDS, MEDIA_TYPES, MOST_BYTES

__all__ = ["FORM_BYTES", "router"]

router = APIRouter()

FORM_BYTES = MOST_BYTES + 64 * 1024
"""Of the form with a paper."""

_ATTACHMENT_ID = re.compile(r"[0-9a-f]{32}")
_LOG = logging.getLogger("bangfu.portal")


@router.post("/attachments")
async def add(request: Request, officer: Reviewer) -> Response:
    """Add a paper to a case; what is not taken comes back with the reason."""
    async with form_in_memory(request, officer, FORM_BYTES) as (fields, content):
        case_id, kind = fields.get("case_id", ""), fields.get("kind", "")
        return await run_in_threadpool(_add, request, officer, case_id, kind, content)


@router.get("/cases/{case_id}/attachments/{attachment_id}")
def download(request: Request, officer: Revealer, case_id: str, attachment_id: str) -> Response:
    """A paper to be saved; 404 for one of another area, as for one that does not exist."""
    row, key = visible_case(request, officer, case_id), request.app.state.portal.attachment_key
    with own_scope(request, officer) as connection:
        found = open_attachment(connection, key, case_id, attachment_id) if _is_id(attachment_id) else None
        if found is None:
            raise HTTPException(404)
        record(connection, request, officer, "attachment", row.subject, subject=f"{case_id} {attachment_id}")
    attachment, content = found
    label = ATTACHMENT_KINDS.label(attachment.kind)
    name = f"{label}-{case_id[:8].upper()}-{attachment_id[:4]}.{MEDIA_TYPES[attachment.media_type]}"
    return file_answer(content, attachment.media_type, name)


@router.post("/cases/{case_id}/attachments/{attachment_id}/remove", dependencies=[Depends(check_form)])
def remove(request: Request, officer: Reviewer, case_id: str, attachment_id: str) -> Response:
    """Remove a paper that the reader added to a case that is still open."""
    row = visible_case(request, officer, case_id)
    with own_scope(request, officer) as connection:
        if not (_is_id(attachment_id) and remove_attachment(connection, case_id, attachment_id)):
            raise HTTPException(404)
        about = f"{case_id} {attachment_id}"
        record(connection, request, officer, "attachment_removed", row.subject, subject=about)
    return RedirectResponse(f"/cases/{case_id}#papers", 303)


def _add(request: Request, officer: PortalUser, case_id: str, kind: str, content: bytes) -> Response:
    row, key = visible_case(request, officer, case_id), request.app.state.portal.attachment_key
    if row.ended_at is not None:
        raise HTTPException(409)
    try:
        with own_scope(request, officer) as connection:
            now, username = datetime.now(UTC), officer.user.username
            attachment_id = add_attachment(connection, key, case_id, username, kind, content, now)
            about = f"{case_id} {attachment_id}"
            record(connection, request, officer, "attachment_added", row.subject, subject=about)
    except Refused as refused:
        _LOG.info("request %s: paper refused, %s", request.state.request_id, refused.code)
        return case_page_with(request, officer, case_id, refused)
    return RedirectResponse(f"/cases/{case_id}#papers", 303)


def _is_id(attachment_id: str) -> bool:
    return _ATTACHMENT_ID.fullmatch(attachment_id) is not None

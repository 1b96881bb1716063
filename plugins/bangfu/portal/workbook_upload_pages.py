"""Bringing back what was filled in (上传工作簿): a preview first, then the import, then the receipt.

Between the two the upload is kept in the database for half an hour, encrypted, for the account alone: so what is imported
is what was previewed, nobody has to look for the file again, and nothing personal reaches a disk in the clear. The form's
file is held in memory for the same reason.
"""

import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bangfu.db.cases import let_go
from bangfu.db.sessions import PortalUser
from bangfu.db.workbook_uploads import Kept, drop_upload, get_upload, keep_receipt, keep_upload, lock_upload
from bangfu.errors import BangfuError, Refused
from bangfu.pipeline.review.returned_workbooks import read_sheets
from bangfu.pipeline.review.workbook_answers import Uploader, apply, dry_run
from bangfu.pipeline.review.workbooks import union_of
from bangfu.portal.acting import actor_of
from bangfu.portal.languages import page_language
from bangfu.portal.memory_forms import form_in_memory
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.readers import Reviewer, check_form, leave_when_idle
from bangfu.portal.rendering import render
from bangfu.portal.workbook_pages import WORKBOOK, file_answer, workbook_page_with
from bangfu.review.answered import Recording
from bangfu.review.workbook.kept import kept_receipt, read_receipt
from bangfu.review.workbook.model import Preview
from bangfu.review.workbook.receipt import receipt_bytes, receipt_lines, summary_of
from bangfu.review.workbook.verdict_texts import Tone

__all__ = ["MOST_BYTES", "SHOWN_ROWS", "router"]

router = APIRouter()

MOST_BYTES = 20 * 1024**2
"""Of a form with a workbook; one of 5,000 rows has two megabytes."""
SHOWN_ROWS = 500
"""Rows that a page shows; the receipt as a workbook has all."""

_UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
_ORDER = {Tone.BAD: 0, Tone.GOOD: 1, Tone.QUIET: 2}
_LOG = logging.getLogger("bangfu.portal")


@router.post("/workbook")
async def upload(request: Request, officer: Reviewer) -> Response:
    """Take a filled workbook and keep it for the preview."""
    async with form_in_memory(request, officer, MOST_BYTES) as (fields, content):
        return await run_in_threadpool(_keep, request, officer, content, fields.get("password", ""))


@router.get("/workbook/uploads/{upload_id}")
def upload_page(request: Request, officer: Reviewer, upload_id: str) -> Response:
    """What an upload would do, or has done; 404 for another's, as for one that is gone."""
    language = page_language(request)
    with own_scope(request, officer) as connection:
        kept = _own(connection, request, officer, upload_id)
        preview = _preview(connection, request, officer, kept)
        record(connection, request, officer, "workbook_preview", subject=upload_id)
    applied = kept.applied_at is not None
    lines = sorted(receipt_lines(preview), key=lambda line: _ORDER[line.tone])
    zh, en = summary_of(preview, applied=applied)
    context = {
        "kept": kept,
        "batch": preview.batch,
        "listing": getattr(preview.batch.of, language),
        "applied": applied,
        "summary": {"zh": zh, "en": en}[language],
        "ready": len(preview.accepted),
        "returned": any(line.tone is Tone.BAD for line in lines),
        "lines": [
            {
                "sheet": line.sheet,
                "row": line.row,
                "case_id": line.case_id,
                "verdict": getattr(line, language),
                "reason": getattr(line, f"reason_{language}"),
                "todo": getattr(line, f"todo_{language}"),
                "tone": {Tone.BAD: "differs", Tone.GOOD: "agrees", Tone.QUIET: "missing"}[line.tone],
            }
            for line in lines[:SHOWN_ROWS]
        ],
        "more": max(len(lines) - SHOWN_ROWS, 0),
    }
    return leave_when_idle(request, render(request, "workbook_upload.html", context))


@router.post("/workbook/uploads/{upload_id}/apply", dependencies=[Depends(check_form)])
def apply_upload(request: Request, officer: Reviewer, upload_id: str) -> Response:
    """Record the rows that the preview accepted; once, however often it is asked for."""
    room = request.app.state.portal.upload_room  # each holds a connection and asks for another
    if not room.acquire(blocking=False):
        raise HTTPException(503)
    try:
        with own_scope(request, officer) as connection:
            _apply_once(connection, request, officer, upload_id)
    finally:
        room.release()
    return RedirectResponse(f"/workbook/uploads/{upload_id}", 303)


@router.post("/workbook/uploads/{upload_id}/drop", dependencies=[Depends(check_form)])
def drop(request: Request, officer: Reviewer, upload_id: str) -> Response:
    """Forget an upload."""
    with own_scope(request, officer) as connection:
        _own(connection, request, officer, upload_id)
        drop_upload(connection, upload_id)
        record(connection, request, officer, "workbook_dropped", subject=upload_id)
    return RedirectResponse("/workbook", 303)


@router.get("/workbook/uploads/{upload_id}/receipt.xlsx")
def receipt(request: Request, officer: Reviewer, upload_id: str) -> Response:
    """The receipt, or the preview, as a workbook."""
    with own_scope(request, officer) as connection:
        kept = _own(connection, request, officer, upload_id)
        preview = _preview(connection, request, officer, kept)
        record(connection, request, officer, "receipt", subject=upload_id)
    applied = kept.applied_at is not None
    content = receipt_bytes(preview, applied=applied)
    return file_answer(content, WORKBOOK, f"{'回执' if applied else '预览'}-{preview.batch.batch_id}.xlsx")


def _keep(request: Request, officer: PortalUser, content: bytes, password: str) -> Response:
    """Read a workbook in a process apart, see whether it is this union's, and keep it."""
    key, username = request.app.state.portal.workbook_key, officer.user.username
    try:
        if not content:
            raise Refused("no_file", "请选择填好的工作簿。", "Choose the workbook that you filled in.")
        sheets = read_sheets(content, (password,) if password else ())
        with own_scope(request, officer) as connection:
            now = datetime.now(UTC)
            preview = dry_run(connection, sheets, _uploader(request, officer))
            upload_id = keep_upload(connection, key, username, preview.batch.flow, sheets, now)
            record(connection, request, officer, "workbook_upload", subject=upload_id)
    except Refused as refused:
        _LOG.info("request %s: workbook refused, %s", request.state.request_id, refused.code)
        with own_scope(request, officer) as connection:
            record(connection, request, officer, "workbook_refused", subject=refused.code)
        told = getattr(refused, page_language(request))
        return workbook_page_with(request, officer, refused=told, status=409)
    except BangfuError as error:
        _LOG.error("request %s: %s", request.state.request_id, error)
        raise HTTPException(503) from None
    return RedirectResponse(f"/workbook/uploads/{upload_id}", 303)


def _apply_once(connection: Connection, request: Request, officer: PortalUser, upload_id: str) -> None:
    """Apply an upload under its lock; nothing where that was done already."""
    if _UPLOAD_ID.fullmatch(upload_id):
        lock_upload(connection, upload_id)
    kept = _own(connection, request, officer, upload_id)
    if kept.applied_at is not None:
        return
    uploader, username = _uploader(request, officer), officer.user.username
    preview = dry_run(connection, kept.content, uploader)

    def noted(own: Connection, recorded: Sequence[tuple[str, Recording]]) -> None:
        let_go(own, username, *(item.case.case_id for _, item in recorded))
        for subject, item in recorded:
            steps = "+".join(step for step, _ in item.steps)
            record(own, request, officer, "step", subject, subject=f"{item.case.case_id} {steps}")

    done = apply(lambda: own_scope(request, officer), preview, uploader, noted)
    key = request.app.state.portal.workbook_key
    keep_receipt(connection, key, username, upload_id, kept_receipt(done), datetime.now(UTC))
    record(connection, request, officer, "workbook_apply", subject=upload_id)


def _own(connection: Connection, request: Request, officer: PortalUser, upload_id: str) -> Kept:
    key = request.app.state.portal.workbook_key
    kept = get_upload(connection, key, officer.user.username, upload_id) if _UPLOAD_ID.fullmatch(upload_id) else None
    if kept is None:
        raise HTTPException(404)
    return kept


def _preview(connection: Connection, request: Request, officer: PortalUser, kept: Kept) -> Preview:
    """What an upload would do now; of one that was applied, what it did."""
    if kept.applied_at is not None:
        return read_receipt(kept.content)
    return dry_run(connection, kept.content, _uploader(request, officer))


def _uploader(request: Request, officer: PortalUser) -> Uploader:
    user, portal = officer.user, request.app.state.portal
    return Uploader(
        union_of(user), lambda county: actor_of(user, county), portal.calendar, datetime.now(UTC), portal.workbook_key
    )

"""The departments' pages (报送): what may be sent, what was sent, what became of it, the receipt.

Nothing of a person is shown here, and nothing of other departments: row-level security binds the portal's role to
sender and sources. The object store is needed for `drop/` (put) and `receipts/` (get) alone, and the portal's key of it
should be held to that.
"""

import datetime as dt
import logging
import time
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bangfu.db.delivery_queries import OwnDelivery, own_deliveries, own_delivery, own_revisions
from bangfu.db.intake_models import DeliveryStatus
from bangfu.pipeline.receipts.giving import read_receipt, workbook_of
from bangfu.portal.delivery_views import card_of, line_of, view_of
from bangfu.portal.languages import page_language
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.readers import Department, leave_when_idle
from bangfu.portal.rendering import render
from bangfu.portal.upload_proof import uploaded_at
from bangfu.storage import StoreError
from schemas.sources import SOURCES

__all__ = ["router"]

router = APIRouter()

_PER_PAGE = 30
_LOG = logging.getLogger("bangfu.portal")
_RELOAD_SECONDS, _RELOADING_SECONDS = 10, 900
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/deliveries")
def deliveries_page(request: Request, department: Department, page: str = "1") -> Response:
    """The sources that the department sends, and what it has sent."""
    language, today = page_language(request), dt.datetime.now(dt.UTC).date()
    number = min(max(int(page), 1), 10_000) if page.isascii() and page.isdigit() and len(page) < 7 else 1
    with own_scope(request, department) as connection:
        cards = [
            card_of(code, own_revisions(connection, code), today, language)
            for code in department.user.sources
            if code in SOURCES
        ]
        found = own_deliveries(connection, limit=_PER_PAGE + 1, offset=(number - 1) * _PER_PAGE)
        record(connection, request, department, "deliveries")
    context = {
        "cards": cards,
        "lines": [line_of(item, language) for item in found[:_PER_PAGE]],
        "page": number,
        "more": len(found) > _PER_PAGE,
    }
    return leave_when_idle(request, render(request, "deliveries.html", context))


@router.get("/deliveries/{delivery_id}")
def delivery_page(request: Request, department: Department, delivery_id: str, sent: str = "") -> Response:
    """One delivery with its receipt; 404 for one of another department, as for one that does not exist."""
    uploaded = uploaded_at(request, department, delivery_id, sent)
    with own_scope(request, department) as connection:
        delivery = own_delivery(connection, delivery_id)
        record(connection, request, department, "delivery" if delivery or uploaded else "delivery_refused")
    if delivery is not None and _is_before(delivery, uploaded):
        delivery = None
    if delivery is None and uploaded is None:
        raise HTTPException(404)
    view = view_of(delivery, _receipt(request, delivery), page_language(request)) if delivery else None
    waiting = view is None or view.checking
    fresh = uploaded is not None and time.time() - uploaded < _RELOADING_SECONDS
    context = {"view": view, "delivery_id": delivery_id, "long": waiting and not fresh}
    response = render(request, "delivery.html", context)
    if not (waiting and fresh):
        return leave_when_idle(request, response)
    response.headers["Refresh"] = str(_RELOAD_SECONDS)
    return response


@router.get("/deliveries/{delivery_id}/receipt.xlsx")
def receipt(request: Request, department: Department, delivery_id: str) -> Response:
    """The workbook of a receipt."""
    with own_scope(request, department) as connection:
        delivery = own_delivery(connection, delivery_id)
        record(connection, request, department, "receipt" if delivery else "delivery_refused")
    if delivery is None or delivery.receipt_key is None:
        raise HTTPException(404)
    try:
        store = request.app.state.portal.store()
        content = workbook_of(store, read_receipt(store, delivery.receipt_key))
    except StoreError as error:
        _LOG.error("request %s: %s", request.state.request_id, error)
        raise HTTPException(503) from None
    name = quote(f"回执-{delivery.source}-{delivery.period or ''}-r{delivery.revision}.xlsx")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(content, media_type=_WORKBOOK, headers=headers)


def _receipt(request: Request, delivery: OwnDelivery) -> dict[str, Any] | None:
    if delivery.receipt_key is None:
        return None
    try:
        return read_receipt(request.app.state.portal.store(), delivery.receipt_key)
    except StoreError as error:
        _LOG.error("request %s: %s", request.state.request_id, error)
        return None


def _is_before(delivery: OwnDelivery, uploaded: int | None) -> bool:
    """Whether a refusal is of an earlier upload of the same files, which are on their way again."""
    earlier = uploaded is not None and delivery.received_at.timestamp() < uploaded
    return earlier and delivery.status is DeliveryStatus.REJECTED

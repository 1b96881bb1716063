"""The portal's application, put together."""

import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from multiprocessing import parent_process
from threading import BoundedSemaphore, Thread

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles
from uvicorn.config import STARTUP_FAILURE

from bangfu.db import portal_engine
from bangfu.errors import BangfuError
from bangfu.pipeline.review.calendar import review_calendar
from bangfu.portal import (
    account_pages,
    approval_pages,
    assessment_pages,
    attachment_pages,
    audit_pages,
    case_pages,
    coverage_pages,
    delivery_pages,
    household_pages,
    inbox_pages,
    log_in,
    notice_api,
    notice_pages,
    overview_pages,
    pairing_pages,
    second_factor_pages,
    security_pages,
    single_sign_on_pages,
    upload_pages,
    workbook_pages,
    workbook_upload_pages,
)
from bangfu.portal.api_answers import ProblemError
from bangfu.portal.attachment_pages import FORM_BYTES
from bangfu.portal.middleware import Guard
from bangfu.portal.readers import CHECKING, UPLOADING, WAITING, LogInNeededError, Portal, to_log_in
from bangfu.portal.rendering import STATIC, environment, error_page
from bangfu.portal.sealing import sealing
from bangfu.portal.sent_forms import READ_LIMIT
from bangfu.portal.workbook_upload_pages import MOST_BYTES
from bangfu.settings import Settings
from bangfu.storage import ObjectStore, open_store

__all__ = ["create_app", "create_one_of_several"]

_LOG = logging.getLogger("bangfu.portal")

_LARGER = {"/deliveries": READ_LIMIT, "/workbook": MOST_BYTES, "/attachments": FORM_BYTES}
"""Bytes that forms with files may have, by path."""


def create_app(settings: Settings, *, processes: int = 1) -> FastAPI:
    """Make the portal's application.

    Args:
        settings: The installation; its tables must exist (`bangfu.db.migrating`).
        processes: How many processes serve it, this one among them: they share what is limited.

    Returns:
        An ASGI application; it closes its connections when it is shut down.

    Raises:
        BangfuError: The database's addresses cannot be used.
    """
    engine = portal_engine(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        with sealing(engine):
            yield
        engine.dispose()

    app = FastAPI(title="bangfu", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)

    @cache
    def store() -> ObjectStore:
        return open_store(settings)

    app.state.portal = Portal(
        engine,
        environment(),
        settings.secret("session-key"),
        settings.secret("second-factor-key"),
        settings.secret("workbook-key"),
        settings.secret("attachment-key"),
        settings.second_factor,
        store,
        review_calendar(settings),
        settings.oidc,
        settings.notices,
        settings.export_rows,
        *(BoundedSemaphore(max(most // processes, 1)) for most in (CHECKING, WAITING, UPLOADING)),
    )
    for pages in (
        log_in,
        second_factor_pages,
        single_sign_on_pages,
        account_pages,
        security_pages,
        approval_pages,
        audit_pages,
        inbox_pages,
        case_pages,
        attachment_pages,
        workbook_pages,
        workbook_upload_pages,
        overview_pages,
        assessment_pages,
        pairing_pages,
        coverage_pages,  # before the page of a household: `coverage` is none
        household_pages,
    ):
        app.include_router(pages.router)
    app.include_router(upload_pages.router)  # before the page of a delivery: `new` is none
    app.include_router(delivery_pages.router)
    app.include_router(notice_pages.router)
    app.include_router(notice_api.router)
    app.add_api_route("/healthz", _health, methods=["GET"])
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(LogInNeededError, to_log_in)
    app.add_exception_handler(ProblemError, notice_api.told_problem)
    app.add_exception_handler(HTTPException, _refuse)
    app.add_exception_handler(RequestValidationError, _misread)
    app.add_middleware(Guard, error_page=_error_answer, larger=_LARGER)
    return app


def create_one_of_several() -> FastAPI:
    """Make the application in a process that another one started, with its environment; it ends as soon as that one has."""
    Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    try:
        settings = Settings.from_environment()
        return create_app(settings, processes=settings.portal_processes)
    except BangfuError as error:
        _LOG.error("%s", error)
        sys.exit(STARTUP_FAILURE)  # any other end would be taken for an accident, and tried again


def _end_with_parent() -> None:
    """Nobody is left to replace this process or to stop it, and the port would stay taken."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL)


def _health(request: Request) -> Response:
    """Whether the portal can answer; says nothing else."""
    try:
        with request.app.state.portal.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return JSONResponse({"status": "unavailable"}, 503)
    return JSONResponse({"status": "ok"})


def _error_answer(request: Request, status: int) -> Response:
    """A page for people, a problem for systems."""
    return notice_api.answer_of(request, status) or error_page(request, status)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = _error_answer(request, error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _misread(request: Request, _error: Exception) -> Response:
    return _error_answer(request, 400)

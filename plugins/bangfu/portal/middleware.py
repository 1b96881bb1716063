"""What every answer goes through: request id, security headers, size limit, one log line, no details of failures."""

import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEADERS", "MAXIMUM_BODY", "Guard"]

_LOG = logging.getLogger("bangfu.portal")

MAXIMUM_BODY = 64 * 1024
"""Bytes of the largest form without files."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
}
"""Headers of every answer: the portal's own script alone, nothing from elsewhere, no frame."""

ErrorPage = Callable[[Request, int], Response]


class Guard:
    """Outermost layer of the portal (pure ASGI).

    It sits outside the framework's own error handling, so that a failure has the same headers as any
    other page. Log lines carry the route's pattern, never the address: addresses name cases.

    Args:
        app: The application.
        error_page: Makes the page of a status.
        larger: Bytes that forms with files may have, by path.
    """

    def __init__(self, app: ASGIApp, error_page: ErrorPage, larger: Mapping[str, int] = MappingProxyType({})) -> None:
        self.app = app
        self.error_page = error_page
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.monotonic(), 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), scope, request_id, status)
            await send(message)

        try:
            await self._answer(scope, receive, send_guarded)
        except Exception as error:
            _LOG.error("request %s failed: %s at %s", request_id, type(error).__name__, _places(error))
            if status:
                raise
            await self.error_page(Request(scope), 500)(scope, receive, send_guarded)
        finally:
            pattern = getattr(scope.get("route"), "path", "-")
            spent = (time.monotonic() - started) * 1000
            _LOG.info("%s %s %s %d %.0f ms", request_id, scope["method"], pattern, status, spent)

    async def _answer(self, scope: Scope, receive: Receive, send: Callable[[Message], Awaitable[None]]) -> None:
        limit = self.larger.get(scope["path"], MAXIMUM_BODY)
        if not scope["path"].isprintable():  # no address of the portal is so, and no database takes NUL in a text
            await self.error_page(Request(scope), 404)(scope, receive, send)
        elif scope["method"] not in {"GET", "HEAD"} and not _is_small(Headers(scope=scope), limit):
            await self.error_page(Request(scope), 413)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _add_headers(headers: MutableHeaders, scope: Scope, request_id: str, status: int) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
    headers["X-Request-ID"] = request_id
    if scope["path"].startswith("/static/") and status in {200, 304}:
        headers["Cache-Control"] = "public, max-age=3600"
    else:
        headers["Cache-Control"] = "no-store"
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000"


def _is_small(headers: Headers, limit: int) -> bool:
    length = headers.get("content-length", "0")
    return "transfer-encoding" not in headers and length.isdecimal() and int(length) <= limit


def _places(error: Exception) -> str:
    """Where it happened, without the message: that may quote a value of a person."""
    return " < ".join(
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
        for frame in reversed(traceback.extract_tb(error.__traceback__)[-6:])
    )

"""Interface for unions with systems of their own (通知接口): read notices by cursor, acknowledge them.

It answers in JSON, knows no sessions, and describes itself in `/api/v1/openapi.json`. A token sees the notices of its
union and nothing of any other, by row-level security.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import Response

from bangfu.db.outbox.feed import CURSOR, acknowledge, cursor_of, page, position_of, union_scope
from bangfu.db.outbox.tokens import ACKNOWLEDGE, READ, Caller, identify
from bangfu.notifying.telling import told
from bangfu.portal.api_answers import Acknowledgement, NoticePage, ProblemError, problem, responses

__all__ = ["PREFIX", "REQUESTS_A_MINUTE", "answer_of", "router", "told_problem"]

PREFIX = "/api/v1"

REQUESTS_A_MINUTE = 120
"""Of one token."""

_BEARER = HTTPBearer(auto_error=False, bearerFormat="bft_…", description="`bangfu tokens create` 生成 makes one.")

router = APIRouter(prefix=PREFIX, tags=["通知 notices"])


def _caller(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Caller:
    """Who is calling; counts the request."""
    token = given.credentials if given else ""
    with _reachable():
        caller = identify(request.app.state.portal.engine, token) if 0 < len(token) <= 200 else None
    if caller is None:
        raise ProblemError(401, "token_invalid", {"WWW-Authenticate": "Bearer"})
    if caller.requests > REQUESTS_A_MINUTE:
        raise ProblemError(429, "too_many_requests", {"Retry-After": "60"})
    return caller


def _with_scope(scope: str) -> Any:
    def check(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        if scope not in caller.scopes:
            raise ProblemError(403, "scope_missing")
        return caller

    return Depends(check)


@router.get("/notices", response_model=NoticePage, responses=responses(400, 401, 403, 429, 503))
def list_notices(
    request: Request,
    caller: Annotated[Caller, _with_scope(READ)],
    after: Annotated[
        str | None,
        Query(
            max_length=64,
            json_schema_extra={"pattern": CURSOR},
            description="上次返回的 next；不填从头读取。 `next` of the answer before; from the beginning without.",
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="最多返回条数 most notices in an answer")] = 50,
) -> dict[str, Any]:
    """按游标读取本工会的通知，先发布的在前。 Read the union's notices by cursor, in the order in which they were published.

    `next` 总会返回，没有新通知时与 `after` 相同：保存它，下次从它读起，不会漏读，也不会重读。
    `next` is always there, the same as `after` where nothing is new: keep it and go on from it; nothing is skipped.
    """
    try:
        position = position_of(after) if after else 0
    except ValueError:
        raise ProblemError(400, "cursor_unreadable") from None
    portal = request.app.state.portal
    with _reachable(), union_scope(portal.engine, caller.union_code) as connection:
        rows = page(connection, position, limit + 1)
    shown = rows[:limit]
    return {
        "notices": [{**told(row.notice, portal.notices), "acknowledged_at": row.acknowledged_at} for row in shown],
        "next": cursor_of(shown[-1].position if shown else position),
        "more": len(rows) > limit,
    }


@router.post(
    "/notices/{notice_id}/ack", response_model=Acknowledgement, responses=responses(400, 401, 403, 404, 429, 503)
)
def acknowledge_notice(
    request: Request,
    caller: Annotated[Caller, _with_scope(ACKNOWLEDGE)],
    notice_id: Annotated[str, Path(max_length=64, description="通知编号 `id` of the notice")],
) -> dict[str, Any]:
    """签收一条通知；重复签收返回首次签收时间。 Acknowledge a notice; again gives the time of the first."""
    with _reachable(), union_scope(request.app.state.portal.engine, caller.union_code) as connection:
        at = acknowledge(connection, notice_id, "api", caller.token_id) if notice_id.isprintable() else None
    if at is None:
        raise ProblemError(404, "notice_unknown")
    return {"id": notice_id, "acknowledged_at": at}


@router.get("/openapi.json", include_in_schema=False)
def description() -> dict[str, Any]:
    """What the interface offers, in the form of OpenAPI."""
    return get_openapi(
        title="帮扶通知接口 bangfu notices",
        version="1",
        description="工会自有系统按游标读取通知并签收；通知只含数量、日期和链接，不含个人信息。 "
        "Unions' own systems read notices by cursor and acknowledge them; counts, days and a link, no personal data.",
        routes=router.routes,
    )


def answer_of(request: Request, status: int) -> Response | None:
    """The answer to a request that failed before it came here; None where it is none of this interface."""
    if not request.url.path.startswith(f"{PREFIX}/"):
        return None
    return problem(status, _BY_STATUS.get(status, "unexpected" if status >= 500 else "not_supported"))


async def told_problem(_request: Request, error: Exception) -> Response:
    """Exception handler."""
    assert isinstance(error, ProblemError)
    return problem(error.status, error.code, error.headers)


_BY_STATUS = {400: "parameters_unreadable", 404: "not_found", 413: "too_large"}


@contextmanager
def _reachable() -> Iterator[None]:
    """A database that is away is no fault of the request."""
    try:
        yield
    except OperationalError:
        raise ProblemError(503, "unavailable", {"Retry-After": "30"}) from None

"""A reader's own view of the database (本人视图), and the record of having looked."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from sqlalchemy import Connection
from starlette.requests import Request

from bangfu.db import portal_session_scope
from bangfu.db.access import Access, record_access
from bangfu.db.sessions import PortalUser

__all__ = ["client_address", "own_scope", "record"]


def own_scope(request: Request, reader: PortalUser) -> AbstractContextManager[Connection]:
    """A transaction that shows what the reader may see."""
    return portal_session_scope(request.app.state.portal.engine, reader.user)


def record(
    connection: Connection, request: Request, reader: PortalUser, action: str,
    candidate_id: str | None = None, *, subject: str | None = None, shown: Sequence[str] | None = None,
) -> None:  # fmt: skip
    """Add to the access log what the reader did; see `bangfu.db.access.Access`."""
    user = reader.user
    record_access(
        connection,
        Access(
            user.username,
            action,
            candidate_id,
            user.area_code,
            request.state.request_id,
            str(user.role),
            subject,
            client_address(request),
            shown,
        ),
    )


def client_address(request: Request) -> str:
    """The address a request comes from; behind a proxy, the one it tells where FORWARDED_ALLOW_IPS names the proxy."""
    return request.client.host if request.client else "unknown"

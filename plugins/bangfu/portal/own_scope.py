"""A department's own view of the database (报送单位视图), and the record of its having looked."""

from contextlib import AbstractContextManager

from sqlalchemy import Connection
from starlette.requests import Request

from bangfu.db.access import Access, record_access
from bangfu.db.delivery_queries import department_scope
from bangfu.db.sessions import PortalUser

__all__ = ["own_scope", "record"]


def own_scope(request: Request, department: PortalUser) -> AbstractContextManager[Connection]:
    """A transaction that shows the department's own deliveries."""
    user = department.user
    return department_scope(request.app.state.portal.engine, user.area_code, user.sources)


def record(connection: Connection, request: Request, department: PortalUser, action: str) -> None:
    """Add to the access log what the department did."""
    user = department.user
    record_access(connection, Access(user.username, action, None, user.area_code, request.state.request_id))

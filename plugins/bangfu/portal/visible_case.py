"""The case that an address names (所指案件), where the reader may see it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import HTTPException
from sqlalchemy import Connection
from starlette.requests import Request

from bangfu.db.case_queries import CaseRow, get
from bangfu.db.sessions import PortalUser
from bangfu.portal.own_scope import own_scope, record

__all__ = ["case_scope", "visible_case"]

_CASE_ID = re.compile(r"[0-9a-f]{24}")


@contextmanager
def case_scope(request: Request, officer: PortalUser, case_id: str) -> Iterator[tuple[Connection, CaseRow]]:
    """A transaction of the reader, and the case as it stands in it.

    Raises:
        HTTPException: 404 for a case of another area, as for one that does not exist; the log says who asked.
    """
    with own_scope(request, officer) as connection:
        row = get(connection, case_id) if _CASE_ID.fullmatch(case_id) else None
        if row is not None:
            yield connection, row
            return
        record(connection, request, officer, "view_refused", None, subject=case_id[:60])
    raise HTTPException(404)


def visible_case(request: Request, officer: PortalUser, case_id: str) -> CaseRow:
    """The case as it stands; 404 as `case_scope` says."""
    with case_scope(request, officer, case_id) as (_, row):
        return row

"""The case that an address names (所指案件), where the reader may see it."""

import re

from fastapi import HTTPException
from starlette.requests import Request

from bangfu.db.case_queries import CaseRow, get
from bangfu.db.sessions import PortalUser
from bangfu.portal.own_scope import own_scope, record

__all__ = ["visible_case"]

_CASE_ID = re.compile(r"[0-9a-f]{24}")


def visible_case(request: Request, officer: PortalUser, case_id: str) -> CaseRow:
    """The case as it stands; 404 for one of another area, as for one that does not exist, and the log says who asked."""
    with own_scope(request, officer) as connection:
        row = get(connection, case_id) if _CASE_ID.fullmatch(case_id) else None
        if row is None:
            record(connection, request, officer, "view_refused", None, subject=case_id[:60])
    if row is None:
        raise HTTPException(404)
    return row

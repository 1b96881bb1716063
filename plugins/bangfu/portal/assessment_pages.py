"""What samples say of an area's lists and reviewers (质量评估): figures, and nobody's particulars."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bangfu.portal.assessment_views import agreement_view, missed_view
from bangfu.portal.inbox_query import read_inbox_query
from bangfu.portal.languages import page_language
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.readers import Assessor, leave_when_idle
from bangfu.portal.rendering import area_name, render
from schemas.rights import Permission

__all__ = ["router"]

router = APIRouter()


@router.get("/assessment")
def assessment_page(request: Request, assessor: Assessor) -> Response:
    """How many are missed and how far reviewers agree, in the reader's area or a part of it."""
    query, language = read_inbox_query(request.query_params, assessor.user.area_code), page_language(request)
    asked = request.query_params.get("list", "")
    version = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else None
    with own_scope(request, assessor) as connection:
        missed = missed_view(connection, query.area, language, version)
        agreement = agreement_view(connection, query.area, language)
        record(connection, request, assessor, "assessment")
    context = {
        "area": area_name(query.area),
        "code": query.area,
        "up": query.own_area if query.area != query.own_area else "",
        "missed": missed,
        "agreement": agreement,
        "sees_cases": assessor.user.may(Permission.SEE_PERSONS),
    }
    return leave_when_idle(request, render(request, "assessment.html", context))

"""From a template and a view to an answer in the reader's language."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bangfu.china_time import in_china
from bangfu.portal.languages import COOKIE, asked_language, page_language
from bangfu.portal.texts import say
from schemas.reference import divisions

__all__ = ["STATIC", "area_name", "environment", "error_page", "render"]

_HERE = Path(__file__).parent
STATIC = _HERE / "static"

_YEAR = 365 * 24 * 3600


def environment() -> Environment:
    """The template environment: everything escaped, an unknown variable is an error."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        auto_reload=False,  # a page takes up to eight templates, each a look at the disk
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["in_china"] = in_china
    for name, file in (("style_version", "portal.css"), ("script_version", "portal.js")):
        made.globals[name] = sha256((STATIC / file).read_bytes()).hexdigest()[:12]
    return made


def render(
    request: Request, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> HTMLResponse:
    """Answer with a page; keeps the language where the address chose one.

    Args:
        request: The request; the reader is taken from its state, where a session was found.
        template: Name of the template.
        context: What the template shows, apart from what every page shows.
        status: HTTP status.
    """
    language = page_language(request)
    reader = getattr(request.state, "reader", None)
    texts = partial(say, language=language)
    html = request.app.state.portal.templates.get_template(template).render(
        {
            "t": texts,
            "language": language,
            "other_language_address": _other_language_address(request, language),
            "reader": reader,
            "reader_area": (reader.user.union_name or area_name(reader.user.area_code)) if reader else "",
            "one_factor": not request.app.state.portal.second_factor,
            "now": datetime.now(UTC),
            "path": request.url.path,
            "request_id": request.state.request_id,
            **(context or {}),
        }
    )
    response = HTMLResponse(html, status, headers={"Content-Language": "zh-CN" if language == "zh" else "en"})
    if asked_language(request):
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, language, max_age=_YEAR, httponly=True, samesite="lax", secure=secure)
    return response


def error_page(request: Request, status: int) -> HTMLResponse:
    """The page of an error: what happened and what to do, and never why in detail."""
    known = status if status in {400, 403, 404, 405, 413, 500, 503} else (400 if status < 500 else 500)
    return render(request, "error.html", {"status": known}, status)


def area_name(code: str) -> str:
    """The name of a division (行政区划) with the one above it; division names stay Chinese.

    >>> area_name("530102"), area_name("5329"), area_name("53")
    ('昆明市五华区', '大理州', '云南省')
    """
    known = divisions()
    own = known.get(code.ljust(6, "0"))
    if own is None:
        return code
    if own.level == "province":
        return own.name
    if own.level == "prefecture":
        return own.short_name
    above = known[own.parent_code].short_name
    return above + own.name


def _other_language_address(request: Request, language: str) -> str:
    """The same page in the other language; a page that was posted starts again at its address."""
    return "?" + request.url.include_query_params(lang="en" if language == "zh" else "zh").query

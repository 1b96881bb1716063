"""The language of a page: Chinese unless the reader chose English."""

from typing import Literal

from starlette.requests import Request

__all__ = ["COOKIE", "Language", "asked_language", "page_language"]

Language = Literal["zh", "en"]

COOKIE = "bangfu_lang"
"""Cookie that keeps the choice."""


def asked_language(request: Request) -> Language | None:
    """The language this address asks for with `?lang=`, or None."""
    return _known(request.query_params.get("lang"))


def page_language(request: Request) -> Language:
    """The language to answer in: what the address asks for, else the cookie, else Chinese."""
    return asked_language(request) or _known(request.cookies.get(COOKIE)) or "zh"


def _known(value: str | None) -> Language | None:
    return "zh" if value == "zh" else "en" if value == "en" else None

"""The name an officer searches for, kept out of addresses.

An address ends up in the browser's history and in the logs of every proxy, so a name never stands in
one: the search form is posted, and the name is kept in a cookie that the list page alone gets, until the
browser is closed, the search is cleared or the officer logs out.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["LONGEST_NAME", "forget_name", "remember_name", "searched_name"]

LONGEST_NAME = 30
"""Characters of a name that are looked for."""

_COOKIE = "bangfu-find"
_PATH = "/cases"


def searched_name(request: Request) -> str | None:
    """The name the list is narrowed to, or None."""
    try:
        name = urlsafe_b64decode(request.cookies.get(_COOKIE, "")).decode()
    except ValueError:
        return None
    return name.strip()[:LONGEST_NAME] or None


def remember_name(response: Response, request: Request, name: str) -> None:
    """Narrow the list to a name; an empty one shows everybody again."""
    name = name.strip()[:LONGEST_NAME]
    if not name:
        forget_name(response, request)
        return
    value = urlsafe_b64encode(name.encode("utf-8", "replace")).decode()
    secure = request.url.scheme == "https"
    response.set_cookie(_COOKIE, value, path=_PATH, httponly=True, samesite="strict", secure=secure)


def forget_name(response: Response, request: Request) -> None:
    """Show everybody again."""
    secure = request.url.scheme == "https"
    response.delete_cookie(_COOKIE, path=_PATH, httponly=True, samesite="strict", secure=secure)

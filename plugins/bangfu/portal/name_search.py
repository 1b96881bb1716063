"""The name an officer searches for, kept out of addresses.

An address ends up in the browser's history and in the logs of every proxy, so a name never stands in
one: the search form is posted, and the name is kept in a cookie that the pages of its list alone get, until the
browser is closed, the search is cleared or the officer logs out.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["LISTS", "LONGEST_NAME", "forget_name", "remember_name", "searched_name"]

LONGEST_NAME = 30
"""Characters of a name that are looked for."""

_COOKIE = "bangfu-find"
_CASES = "/cases"
LISTS = (_CASES, "/pairings")
"""Lists that can be searched, each with a name of its own."""


def searched_name(request: Request) -> str | None:
    """The name the list is narrowed to, or None."""
    try:
        name = urlsafe_b64decode(request.cookies.get(_COOKIE, "")).decode()
    except ValueError:
        return None
    return name.strip()[:LONGEST_NAME] or None


def remember_name(response: Response, request: Request, name: str, path: str = _CASES) -> None:
    """Narrow the list at a path to a name; an empty one shows everybody again."""
    name = name.strip()[:LONGEST_NAME]
    if not name:
        forget_name(response, request, path)
        return
    value = urlsafe_b64encode(name.encode("utf-8", "replace")).decode()
    secure = request.url.scheme == "https"
    response.set_cookie(_COOKIE, value, path=path, httponly=True, samesite="strict", secure=secure)


def forget_name(response: Response, request: Request, *paths: str) -> None:
    """Show everybody again, in the lists at some paths; in all where none is given."""
    secure = request.url.scheme == "https"
    for path in paths or LISTS:
        response.delete_cookie(_COOKIE, path=path, httponly=True, samesite="strict", secure=secure)

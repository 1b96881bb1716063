"""The name that is searched for: in a cookie of the list alone, whatever is in it."""

from starlette.requests import Request
from starlette.responses import Response

from bangfu.portal.name_search import LISTS, LONGEST_NAME, forget_name, remember_name, searched_name


def request(cookie: str = "", scheme: str = "http") -> Request:
    headers = [(b"cookie", cookie.encode("latin-1"))] if cookie else []
    return Request({"type": "http", "scheme": scheme, "headers": headers, "server": ("portal.test", 80), "path": "/"})


def remembered(name: str, scheme: str = "http") -> str:
    response = Response()
    remember_name(response, request(scheme=scheme), name)
    return response.headers["set-cookie"]


def test_a_name_reads_back_as_it_was_typed() -> None:
    for name in ("张", "阿普·扎西", "O'Brien; Path=/", "𠮷野", '"', "=" * 5):
        assert searched_name(request(remembered(name).partition(";")[0])) == name


def test_a_name_is_cut_and_trimmed() -> None:
    assert searched_name(request(remembered("  张  ").partition(";")[0])) == "张"
    assert searched_name(request(remembered("长" * 99).partition(";")[0])) == "长" * LONGEST_NAME


def test_the_cookie_goes_to_the_list_only_and_ends_with_the_browser() -> None:
    cookie = remembered("张", "https").lower()
    assert {"httponly", "samesite=strict", "path=/cases", "secure"} <= {part.strip() for part in cookie.split(";")}
    assert "max-age" not in cookie
    assert "张" not in cookie


def test_an_empty_search_and_forgetting_remove_the_cookie() -> None:
    assert "max-age=0" in remembered("   ").lower()
    response = Response()
    forget_name(response, request())
    cookies = [value.lower() for value in response.headers.getlist("set-cookie")]
    assert [path for path in LISTS if any(f"path={path}" in cookie for cookie in cookies)] == list(LISTS)


def test_a_broken_cookie_is_no_search() -> None:
    for value in ("", "x", "!!!", "_w==", "5byg5", "\xff\xfe", "gICA", "ICAg"):
        assert searched_name(request(f"bangfu-find={value}")) is None, value

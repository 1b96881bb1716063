"""What every answer goes through: headers, sizes, log lines, failures without details."""

import logging
import re

import pytest

from bangfu.portal import middleware, overview_pages
from bangfu.portal.middleware import HEADERS, MAXIMUM_BODY
from bangfu.portal.rendering import STATIC
from bangfu.portal.sent_forms import READ_LIMIT
from bangfu.portal.texts import TEXTS

from .conftest import Site

SCRIPT = '<script src="/static/portal.js?v=" defer></script>'
"""The only script of a page, without the version in its address."""

CANARY = "张晓梅539001198001010014"


def test_every_answer_has_the_security_headers(site: Site, build, monkeypatch: pytest.MonkeyPatch) -> None:
    site.publish([build(1)])
    browser = site.browser("chen.jie")
    case = f"/cases/{site.case()}"
    answers = {path: browser.get(path) for path in ("/cases", case, "/overview", "/login?idle=1", "/nowhere",
               "/", "/logout", "/healthz", "/static/portal.css", "/static/none.css")}  # fmt: skip
    monkeypatch.setattr(overview_pages, "tallies", lambda *_: 1 / 0)
    answers["failure"] = browser.get("/overview")
    answers["too large"] = browser.post("/login", content=b"x" * (MAXIMUM_BODY + 1))
    assert {answer.status_code for answer in answers.values()} == {200, 303, 404, 405, 413, 500}
    for path, answer in answers.items():
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
        kept = path == "/static/portal.css"
        assert answer.headers["cache-control"] == ("public, max-age=3600" if kept else "no-store"), path


def test_the_policy_allows_the_portal_s_own_script_and_nothing_from_elsewhere() -> None:
    policy = dict(part.strip().split(" ", 1) for part in HEADERS["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_pages_need_nothing_that_the_policy_forbids(site: Site, build) -> None:
    site.publish([build(1)])
    browser = site.browser("chen.jie")
    case = f"/cases/{site.case()}"
    for path in ("/cases", case, "/overview", "/login?idle=1", "/nowhere"):
        page = browser.get(path).text
        scripts = re.findall(r"<script[^>]*>[^<]*</script>", page)
        assert [re.sub(r"[0-9a-f]{12}", "", script) for script in scripts] == [SCRIPT], path
        assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:|<iframe|<object", page), path
        loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', page)
        assert loaded
        assert all(address.startswith("/static/") for address in loaded), path


def test_the_style_sheet_is_complete_in_itself(site: Site) -> None:
    """Nothing is fetched from elsewhere, and its address changes with its content."""
    browser = site.browser()
    (address,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', browser.get("/login").text)
    answer = browser.get(address)
    assert answer.status_code == 200
    assert re.search(r"\?v=[0-9a-f]{12}$", address)
    assert "url(" not in answer.text
    assert "@import" not in answer.text
    unchanged = browser.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_the_keyboard_script_is_served_and_makes_nothing_that_the_policy_forbids(site: Site) -> None:
    browser = site.browser()
    (address,) = re.findall(r'<script src="([^"]+)" defer>', browser.get("/login").text)
    answer = browser.get(address)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=3600")
    assert "javascript" in answer.headers["content-type"]
    assert re.search(r"\?v=[0-9a-f]{12}$", address), "its address changes with its content"
    for forbidden in (
        "eval(",
        "Function(",
        "innerHTML",
        "fetch(",
        "XMLHttpRequest",
        "import(",
        ".style",
        "localStorage",
        "http",
    ):
        assert forbidden not in answer.text, forbidden


def test_no_template_holds_a_script_a_handler_or_a_style_of_its_own() -> None:
    templates = sorted((STATIC.parent / "templates").glob("*.html"))
    assert len(templates) >= 10
    for template in templates:
        source = re.sub(r"\{[{%#].*?[}%#]\}", "", template.read_text(), flags=re.DOTALL)
        scripts = re.findall(r"<script\b[^>]*>", source)
        assert scripts == (['<script src="/static/portal.js?v=" defer>'] if template.name == "base.html" else []), (
            template.name
        )
        assert not re.findall(r"<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:", source), template.name


def test_strict_transport_is_asked_for_under_https_only(site: Site) -> None:
    assert "strict-transport-security" not in site.browser().get("/login").headers
    secure = site.browser(base_url="https://portal.test").get("/login")
    assert secure.headers["strict-transport-security"] == "max-age=31536000"


def test_a_failure_tells_a_number_and_nothing_else(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the page nor the log quotes what a library choked on: that may be a person."""

    def fail(*_: object) -> None:
        raise ValueError(f"cannot convert {CANARY}")

    browser = site.browser("chen.jie")
    monkeypatch.setattr(overview_pages, "tallies", fail)
    with caplog.at_level(logging.DEBUG):
        answer = browser.get("/overview")
    assert answer.status_code == 500
    assert TEXTS["error.500"].zh in answer.text
    assert answer.headers["x-request-id"] in answer.text
    for leak in (CANARY, "Traceback", "ValueError", ".py", "File "):
        assert leak not in answer.text
    logged = caplog.text + "".join(str(record.exc_info or "") for record in caplog.records)
    assert CANARY not in logged
    assert f"request {answer.headers['x-request-id']} failed: ValueError" in logged


def test_log_lines_name_routes_and_never_candidates(site: Site, build, caplog: pytest.LogCaptureFixture) -> None:
    site.publish([build(1)])
    browser = site.browser("chen.jie")
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="bangfu.portal"):
        case = f"/cases/{site.case()}"
        browser.get("/cases?flow=candidate")
        browser.get(case)
        browser.get("/nowhere/" + CANARY)
    lines = [record.getMessage() for record in caplog.records if record.name == "bangfu.portal"]
    assert [" ".join(line.split()[1:4]) for line in lines] == [
        "GET /cases 200",
        "GET /cases/{case_id} 200",
        "GET - 404",
    ]
    logged = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert case.rsplit("/", maxsplit=1)[-1] not in logged
    assert CANARY not in logged


def test_a_form_that_is_too_large_or_unmeasured_is_not_read(site: Site) -> None:
    body = b"a=" + b"x" * MAXIMUM_BODY
    for headers in ({}, {"Transfer-Encoding": "chunked"}, {"Content-Length": "-5"}, {"Content-Length": "many"}):
        answer = site.browser().post("/login", content=body, headers=headers)
        assert answer.status_code == 413, headers
        assert TEXTS["error.413"].zh in answer.text


def test_a_form_of_another_kind_is_refused_kindly(site: Site) -> None:
    browser = site.browser()
    attempts = [
        browser.post("/login", json={"username": ["x"]}),
        browser.post(
            "/login", content=b"\xff\xfe%zz=%&=&&", headers={"Content-Type": "application/x-www-form-urlencoded"}
        ),
        browser.post("/login", content=b"broken", headers={"Content-Type": "multipart/form-data; boundary=x"}),
        browser.post("/login", files={"username": ("a.txt", b"x")}),
        browser.post("/login", content=b"--x\r\n", headers={"Content-Type": "multipart/form-data"}),
    ]
    for answer in attempts:
        assert answer.status_code in {400, 403}
        assert "<html" in answer.text


def test_a_broken_host_header_is_no_failure(site: Site) -> None:
    """A scanner's nonsense must not fill the log with failures, nor end a connection without an answer."""
    browser = site.browser("chen.jie")
    for host in ("[", "a b", "", "portal.test:port", "x" * 3000, "张", "a@b/c?d#e"):
        for path in ("/login?idle=1", "/cases", "/nowhere"):
            assert browser.get(path, headers={"Host": host.encode()}).status_code in {200, 303, 400, 404}, host


@pytest.mark.parametrize(("username", "folder"), [("chen.jie", "/cases/"), ("km.minzheng", "/deliveries/"), ("chen.jie", "/workbook/uploads/")])  # fmt: skip
def test_an_address_with_control_characters_names_nothing(site: Site, username: str, folder: str) -> None:
    """PostgreSQL takes no NUL in a text, and refuses the whole request where one comes that far."""
    browser = site.browser(username)
    for odd in ("%00", "a%00b", "%0A", "%1B%5B2J"):
        assert browser.get(folder + odd).status_code == 404, odd


def test_what_is_not_http_passes_through() -> None:
    passed = []

    async def app(scope: object, *_: object) -> None:
        passed.append(scope)

    import anyio

    guard = middleware.Guard(app, error_page=lambda *_: None)
    anyio.run(guard, {"type": "lifespan"}, None, None)
    assert passed == [{"type": "lifespan"}]


def test_only_the_form_with_files_may_be_large_and_not_without_end(site: Site) -> None:
    def answer(path: str, length: int) -> int:
        browser = site.browser()
        return browser.post(path, content=b"x", headers={"Content-Length": str(length)}).status_code

    assert answer("/deliveries", READ_LIMIT) == 303, "to the log-in: nothing of the body is read before"
    assert answer("/deliveries", READ_LIMIT + 1) == 413
    assert answer("/deliveries/new", MAXIMUM_BODY + 1) == 413
    assert answer("/deliveries/", MAXIMUM_BODY + 1) == 413

"""A real browser at a real portal: Chromium, `bangfu serve` as a process of its own, PostgreSQL, published cases.

Chromium may reach this machine alone; a page that asks anybody else, breaks the portal's own content policy or throws an
error in its script fails its test.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Playwright, expect, sync_playwright

from bangfu.db import DatabaseUrls
from bangfu.db.one_time_codes import code_at, step_at
from bangfu.portal.app import create_app
from bangfu.portal.languages import Language
from bangfu.settings import Settings
from tests.bangfu.portal.conftest import PASSWORD, Site, publish_list
from tests.bangfu.portal.test_second_factor import key_on
from tests.conftest import own_database

from .town import Town, settle

BANGFU = Path(sys.executable).with_name("bangfu")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Programs that will do."""
MISSING = "Chromium or a font with Chinese characters was not found. Install both once: sudo apt-get install chromium fontconfig fonts-noto-cjk"
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--host-resolver-rules=MAP portal.test 127.0.0.1, MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip
DESKTOP, PHONE = (1280, 900), (390, 844)
PATIENCE = 20_000
"""Milliseconds that a busy machine may take for a page."""

expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Portal:
    """A portal that runs.

    Attributes:
        address: Where it answers.
        town: Who and what is in it.
        log: File with what it wrote.
    """

    address: str
    town: Town
    log: Path


@dataclass(frozen=True)
class Sight:
    """One window of a browser, and what went wrong in it.

    Attributes:
        page: The page.
        portal: The portal.
        wrong: Requests to anybody else, violations of the content policy, errors of scripts, questions before leaving.
    """

    page: Page
    portal: Portal
    wrong: list[str] = field(default_factory=list)

    def go(self, path: str, language: Language | None = None) -> Page:
        """Open a page of the portal; in a language, which it then keeps."""
        joint = "&" if "?" in path else "?"
        self.page.goto(self.portal.address + path + (f"{joint}lang={language}" if language else ""))
        return self.page

    def log_in(self, username: str, password: str = PASSWORD, next: str = "") -> Page:
        """Fill in the log-in form, as a person does; accounts that need a second factor are asked for it next."""
        self.go(f"/login?next={next}" if next else "/login")
        self.page.fill("#username", username)
        self.page.fill("#password", password)
        self.page.press("#password", "Enter")
        self.page.wait_for_load_state()
        return self.page

    @property
    def path(self) -> str:
        """Path and query of the page."""
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")


@pytest.fixture(scope="session")
def portal(server: tuple[Settings, DatabaseUrls], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """`bangfu serve` over a settled town; approvers need a second factor, the others do not."""
    home = tmp_path_factory.mktemp("portal")
    with own_database(server, home) as database:
        database = replace(database, settings=replace(database.settings, second_factor=frozenset()))
        site = Site(create_app(database.settings), database, lambda rows: publish_list(database, rows))
        town = settle(site)
        port, log = _free_port(), home / "portal.log"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BANGFU")}
        given = {
            "BANGFU_HOME": str(home),
            "BANGFU_DATABASE_URL": str(database.settings.database_url),
            "BANGFU_PORTAL_DATABASE_URL": str(database.settings.portal_database_url),
            "BANGFU_PORTAL_PROCESSES": "1",
            "BANGFU_SECOND_FACTOR": "approver",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        command = [str(BANGFU), "serve", "--port", str(port)]
        with log.open("wb") as written:
            process = subprocess.Popen(command, env={**inherited, **given}, stdout=written, stderr=subprocess.STDOUT)
        try:
            _wait_for(port, process, log)
            yield Portal(f"http://127.0.0.1:{port}", town, log)
        finally:
            process.terminate()
            process.wait(20)
            site.app.state.portal.engine.dispose()
    assert "failed:" not in log.read_text("utf-8"), "no request may have ended in an error of the program"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser; as long as it is open nothing else may use an event loop, so each module has its own."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    fonts = shutil.which("fc-list") and subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=True).stdout
    if program is None or not fonts:
        pytest.fail(MISSING)
    with sync_playwright() as playwright:
        yield from _launched(playwright, program)


def _launched(playwright: Playwright, program: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
    yield browser
    browser.close()


@pytest.fixture
def window(chromium: Browser, portal: Portal) -> Iterator[Callable[..., Sight]]:
    """Opens windows that share nothing with each other: `window(username, size, language, host)`, logged in where one is named."""
    opened: list[tuple[BrowserContext, Sight]] = []

    def open_window(
        username: str = "", size: tuple[int, int] = DESKTOP, language: Language = "zh", host: str = "127.0.0.1"
    ) -> Sight:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
        at_host = replace(portal, address=portal.address.replace("127.0.0.1", host))
        sight = _watched(context, at_host)
        opened.append((context, sight))
        if language == "en":
            context.add_cookies([{"name": "bangfu_lang", "value": "en", "url": at_host.address}])
        if username:
            _enter(sight, username)
        return sight

    yield open_window
    wrong = [line for _, sight in opened for line in sight.wrong]
    for context, _ in opened:
        context.close()
    assert wrong == []


_SESSIONS: dict[tuple[str, str], Any] = {}
"""Cookies of sessions that tests opened, by portal and account: the next window of the same account goes on with them."""


def _enter(sight: Sight, username: str) -> None:
    """Go on with a session of the account; log in where there is none, or where it has ended."""
    known = (sight.portal.address, username)
    sight.page.context.add_cookies(_SESSIONS.get(known, []))
    sight.go("/")
    if not sight.path.startswith("/login"):
        return
    sight.log_in(username)
    pass_second_factor(sight, username)
    assert not sight.path.startswith("/login"), sight.page.inner_text("main")
    _SESSIONS[known] = [cookie for cookie in sight.page.context.cookies() if cookie["name"] == "bangfu"]


def _watched(context: BrowserContext, portal: Portal) -> Sight:
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    sight = Sight(page, portal)

    def heard(message: Any) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource: the server responded"):
            sight.wrong.append(message.text)

    def asked(dialog: Dialog) -> None:
        sight.wrong.append(f"asked: {dialog.type}")
        dialog.accept()

    page.on("console", heard)
    page.on("dialog", asked)
    page.on("pageerror", lambda error: sight.wrong.append(str(error)))
    context.on("request", lambda request: _at_home(request.url, sight))
    return sight


def _at_home(url: str, sight: Sight) -> None:
    if not url.startswith((sight.portal.address, "data:", "blob:")):
        sight.wrong.append(f"a request to {url}")


_KEYS: dict[str, tuple[bytes, int]] = {}
"""Of the second factors that were set up: the key, and the time step of the last code."""


def pass_second_factor(sight: Sight, username: str) -> None:
    """Set up the second factor, or show it; nothing where none is asked for."""
    if not sight.path.startswith("/login/second-factor"):
        return
    key, last = _KEYS.get(username) or (key_on(sight.page.content()), 0)
    step = max(step_at(time.time()), last + 1)
    while step > step_at(time.time()) + 1:  # each code counts once: the next but one is not valid yet
        time.sleep(0.5)
    _KEYS[username] = key, step
    sight.page.fill("#code", code_at(key, step))
    sight.page.press("#code", "Enter")
    sight.page.wait_for_load_state()
    if sight.page.locator(".codes").count():
        sight.page.click("main a.button")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"the portal did not start:\n{log.read_text('utf-8')}")

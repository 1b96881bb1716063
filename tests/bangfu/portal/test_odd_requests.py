"""Requests that no page sends: every route, every kind of account, fields with odd values; the portal says no and never breaks.

The interface for unions' own systems is tried by Schemathesis against its own description; the pages, which have none, by
values that have broken other programs: bytes that are no text, NUL, digits of other scripts, dates that do not exist.
"""

import os
import re
import secrets
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection

from bangfu.portal import notice_api
from schemas.flows import FLOWS
from schemas.outcomes import OUTCOMES

from .conftest import Browser, Site
from .test_leaks import ACCOUNTS, CANARIES, TABLE, cages, token_of
from .test_notice_api import tell, token

assert cages  # a fixture

TEMPLATES = Path(notice_api.__file__).parent / "templates"
BROKEN = re.compile(r"Traceback|sqlalchemy|psycopg|pydantic|File &#34;|File \"/", re.IGNORECASE)
"""What no answer may tell: how the program is made and where it broke."""
ODD: tuple[bytes, ...] = (
    b"", b"0", b"-1", b"1", b"3", b"9" * 400, b"1e309", b"NaN", b"null", b"\x00", b"a\x00b", b"\xff\xfe", b"\xed\xa0\x80",
    "１２".encode(), "٣".encode(), "²".encode(), "龘".encode() * 300, "\u202e张\u200b三".encode(), "😀".encode(), b"<script>", b"{{7*7}}", b"%s%n",
    b"%25", b"' OR 1=1 --", b"\\", b"//elsewhere.example/", b"/\\elsewhere", b"/cases\r\nX-Odd: 1", b"../../etc/passwd", b"_", b"%", b"*",
    b"2026-02-30", b"0000-00-00", b"9999-12-31", b"2026-1-1", b"-2026-01-01", b"530102", b"53", b"990000", b"chen.jie", b"yes", b"candidates",
    b"own", b"generated", b"civil_affairs", b"2026-06", b"2026-13", *(code.encode() for code in (*OUTCOMES, *FLOWS)),
)  # fmt: skip
"""Values as bytes; some are what the form expects, so that the others are reached."""
SOAK_MINUTES = float(os.environ.get("BANGFU_SOAK_MINUTES", "4"))
"""How long each campaign of `-m soak` goes on."""
ACCOUNTS_TRIED = [name for name in ACCOUNTS if name != "auditor of Kunming"]


def rounds(minutes: float) -> Iterator[int]:
    """Numbers from 0 on, at least one, for so many minutes."""
    end, number = monotonic() + minutes * 60, 0
    while not number or monotonic() < end:
        yield number
        number += 1


@cache
def field_names() -> tuple[str, ...]:
    """Names of all fields in all forms, and of all parameters in addresses."""
    forms = {
        name for file in TEMPLATES.glob("*.html") for name in re.findall(r' name="([a-z_]+)"', file.read_text("utf-8"))
    }
    details = {
        need for flow in FLOWS.values() for step in flow.steps.values() for need in (item.what for item in step.needs)
    }
    return tuple(
        sorted(
            forms
            | details
            | {"lang", "page", "part", "done", "next", "idle", "out", "problem", "sent", "code", "state", "person"}
        )
    )


def odd(chance: Random) -> bytes:
    """One value; seldom bytes by chance."""
    return chance.randbytes(chance.randrange(1, 40)) if chance.random() < 0.05 else chance.choice(ODD)


def encoded(fields: dict[str, bytes]) -> str:
    """Fields as a form or a query has them."""
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in fields.items())


def odd_request(chance: Random, known: dict[str, list[str]], form_token: str) -> tuple[str, str, dict[str, Any]]:
    """A request: method, address, and what is sent with it.

    Args:
        chance: Where chance comes from.
        known: Values that exist, by the name of a part of a path: so that what lies behind "not found" is reached.
        form_token: Of the session.
    """
    method, path = chance.choice(list(TABLE))
    if chance.random() < 0.03:
        method = chance.choice(("PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"))
    address = re.sub(
        r"\{(\w+)\}",
        lambda part: (
            chance.choice(known[part[1]])
            if chance.random() < 0.8 and part[1] in known
            else quote_from_bytes(odd(chance) or b"x", safe="")
        ),
        path,
    )
    fields = {name: odd(chance) for name in chance.sample(field_names(), chance.randrange(0, 9))}
    if "{case_id}" in path and chance.random() < 0.7:
        fields["version"] = chance.choice((b"2", b"3", b"4", b"5"))
    if method == "GET":
        return method, f"{address}?{encoded(fields)}", {}
    if chance.random() < 0.9:
        fields["csrf_token"] = form_token.encode()
    if path in {"/workbook", "/deliveries"} and chance.random() < 0.8:
        files = {chance.choice(("file", "file1", "odd")): ("龘.xlsx", chance.choice((b"", b"PK\x03\x04", odd(chance))))}
        data = {name: value.decode("utf-8", "replace") for name, value in fields.items()}
        return method, address, {"data": data, "files": files}
    kind = "application/x-www-form-urlencoded" if chance.random() < 0.95 else chance.choice(("application/json", "multipart/form-data", "", "text/plain; charset=nonsense"))  # fmt: skip
    return method, address, {"content": encoded(fields).encode(), "headers": {"content-type": kind}}


def try_out(site: Site, who: str, chance: Random, count: int) -> list[str]:
    """Send requests as an account; those that broke the portal."""
    user, broken = ACCOUNTS[who], []
    known = {
        "case_id": [site.case(her.number) for her in CANARIES],
        "delivery_id": [her.delivery for her in CANARIES],
        "step": [step for flow in FLOWS.values() for step in flow.steps],
        "upload_id": ["0" * 32],
        "notice_id": ["ntc_" + "0" * 24],
        "change_id": ["1", "2"],
    }
    browser, form_token = _logged_in(site, user)
    for number in range(count):
        method, address, sent = odd_request(chance, known, form_token)
        answer = browser.request(method, address, **sent)
        if answer.status_code >= 500 or BROKEN.search(answer.text):
            broken.append(f"{number}: {answer.status_code} {method} {address} {sent}")
        if user and answer.headers.get("location", "").startswith("/login"):
            browser, form_token = _logged_in(site, user)
    return broken


def _logged_in(site: Site, user: Any) -> tuple[Browser, str]:
    return site.browser(user and user.username), token_of(site, user)


@pytest.mark.parametrize("who", ACCOUNTS_TRIED)
def test_no_odd_request_breaks_a_page(cages: Site, who: str) -> None:
    assert try_out(cages, who, Random(f"odd {who}"), 60) == []


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("who", ACCOUNTS_TRIED)
def test_no_odd_request_breaks_a_page_for_long(cages: Site, who: str) -> None:
    for _ in rounds(SOAK_MINUTES):
        seed = secrets.randbits(64)
        assert (seed, try_out(cages, who, Random(seed), 100)) == (seed, [])


def test_a_request_that_breaks_a_page_would_be_found(cages: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from bangfu.portal import inbox_pages

    monkeypatch.setattr(inbox_pages, "read_inbox_query", lambda *_: 1 / 0)
    assert any(" 500 " in line for line in try_out(cages, "officer of Wuhua", Random(1), 400))


@pytest.fixture
def interface(site: Site, monkeypatch: pytest.MonkeyPatch) -> tuple[Site, Any]:
    """The interface with notices in it, its description as it publishes it, and no limit on requests."""
    monkeypatch.setattr(notice_api, "REQUESTS_A_MINUTE", 10**9)
    tell(site, "530102", "530103", versions=5)
    return site, schemathesis.openapi.from_asgi("/api/v1/openapi.json", site.app)


def _by_description(interface: tuple[Site, Any], mode: GenerationMode, examples: int, minutes: float = 0) -> int:
    """Try every operation as its description says, or as it forbids, once or for so many minutes; the number of requests.

    A parameter that the interface does not know is no error, so that a newer client may talk to an older portal.
    """
    site, description = interface
    headers, tried = {"Authorization": f"Bearer {token(site)}"}, 0
    operations = [found.ok() for found in description.get_all_operations()]
    for operation in operations:

        @settings(
            max_examples=examples,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate),
            deadline=None,
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            nonlocal tried
            tried += 1
            answer = case.call_and_validate(headers=headers, excluded_checks=[negative_data_rejection])
            assert not BROKEN.search(answer.text)

        for _ in rounds(minutes / len(operations)):
            send()
    return tried


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_interface_does_what_its_description_says(interface: tuple[Site, Any], mode: GenerationMode) -> None:
    assert _by_description(interface, mode, 40) > 20


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_interface_does_what_its_description_says_for_long(
    interface: tuple[Site, Any], mode: GenerationMode
) -> None:
    assert _by_description(interface, mode, 40, SOAK_MINUTES) > 100

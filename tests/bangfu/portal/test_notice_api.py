"""The interface for unions' own systems: one union's notices by cursor, acknowledgement, every error described."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from bangfu.db.outbox.notices import NewNotice, write_notices
from bangfu.db.outbox.tokens import ACKNOWLEDGE, READ, SCOPES, create_token, list_tokens, revoke_token
from bangfu.errors import BangfuError
from bangfu.portal import notice_api
from bangfu.portal.api_answers import PROBLEMS
from schemas.notices import NoticeKind

from .conftest import Site

NOTICES, NOBODY = "/api/v1/notices", {"authorization": "Bearer bft_000000000000_nobody"}


def token(site: Site, union: str = "530102", scopes: tuple[str, ...] = tuple(SCOPES), days: int = 30) -> str:
    with site.database.owner.begin() as connection:
        return create_token(connection, union, "OA", by="li.na", days=days, scopes=scopes).token


def tell(site: Site, *unions: str, versions: int = 1) -> None:
    with site.database.owner.begin() as connection:
        for version in range(1, versions + 1):
            notices = [
                NewNotice(union, NoticeKind.LIST, version, {"new": version}, dt.date(2026, 12, 2)) for union in unions
            ]
            write_notices(connection, notices)


@pytest.fixture
def client(site: Site) -> TestClient:
    return TestClient(site.app, base_url="https://portal.test", raise_server_exceptions=False, follow_redirects=False)


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def test_reading_page_by_page(site: Site, client: TestClient) -> None:
    tell(site, "530102", "530103", versions=5)
    own = bearer(token(site))
    seen, after, more = [], None, True
    while more:
        answer = client.get(NOTICES, headers=own, params={"limit": 2, **({"after": after} if after else {})})
        assert answer.status_code == 200
        body = answer.json()
        seen += body["notices"]
        after, more = body["next"], body["more"]
    assert [(item["union"], item["list_version"]) for item in seen] == [("530102", version) for version in range(1, 6)]
    assert client.get(NOTICES, headers=own, params={"after": after}).json() == {
        "notices": [],
        "next": after,
        "more": False,
    }
    tell(site, "530102", versions=6)
    assert [
        item["list_version"] for item in client.get(NOTICES, headers=own, params={"after": after}).json()["notices"]
    ] == [6]
    first = seen[0]
    assert {key: first[key] for key in first if key not in {"id", "created_at"}} == {
        "kind": "list", "union": "530102", "list_version": 1, "counts": {"new": 1}, "acknowledge_by": "2026-12-02",
        "due_on": None, "due_at": None, "about": None, "link": "http://127.0.0.1:8000/cases", "acknowledged_at": None,
    }  # fmt: skip


def test_acknowledging(site: Site, client: TestClient) -> None:
    tell(site, "530102", "530103")
    own, other = bearer(token(site)), bearer(token(site, "530103"))
    [notice] = client.get(NOTICES, headers=own).json()["notices"]
    address = f"{NOTICES}/{notice['id']}/ack"
    assert client.post(address, headers=other).json()["code"] == "notice_unknown"
    first = client.post(address, headers=own)
    assert first.status_code == 200
    assert client.post(address, headers=own).json() == first.json()
    [notice] = client.get(NOTICES, headers=own).json()["notices"]
    assert dt.datetime.fromisoformat(notice["acknowledged_at"]) == dt.datetime.fromisoformat(
        first.json()["acknowledged_at"]
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_token_sees_its_own_union_alone(site: Site, client: TestClient, method: str) -> None:
    unions = ["530102", "530103", "5301", "5329", "53"]
    tell(site, *unions)
    for union in unions:
        own = bearer(token(site, union))
        seen = client.get(NOTICES, headers=own).json()["notices"]
        assert [item["union"] for item in seen] == [union]
        if method == "POST":
            with site.database.owner.connect() as connection:
                rows = connection.execute(text("SELECT union_code, notice_id FROM notice")).all()
            answers = {
                row.union_code: client.post(f"{NOTICES}/{row.notice_id}/ack", headers=own).status_code for row in rows
            }
            assert answers == {**dict.fromkeys(unions, 404), union: 200}


def problem(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    words = PROBLEMS[code]
    assert answer.json() == {"status": status, "code": code, "title": words.en, "title_zh": words.zh}


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": ""}, {"authorization": "Bearer"}, {"authorization": "Bearer "}, {"authorization": "Basic eDp5"}, NOBODY,
     {"authorization": "Bearer " + "x" * 10_000}],
)  # fmt: skip
def test_without_a_token(site: Site, client: TestClient, headers: dict[str, str]) -> None:
    for answer in (client.get(NOTICES, headers=headers), client.post(f"{NOTICES}/x/ack", headers=headers)):
        problem(answer, 401, "token_invalid")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_session_of_the_portal_opens_nothing_here(site: Site) -> None:
    assert site.browser("chen.jie").get(NOTICES).status_code == 401


def test_tokens_end(site: Site, client: TestClient) -> None:
    own = token(site)
    assert client.get(NOTICES, headers=bearer(own)).status_code == 200
    with site.database.owner.begin() as connection:
        [listed] = list_tokens(connection)
        assert listed.last_used_at is not None
        revoke_token(connection, listed.token_id)
        with pytest.raises(BangfuError, match="no token"):
            revoke_token(connection, listed.token_id)
    problem(client.get(NOTICES, headers=bearer(own)), 401, "token_invalid")
    short = token(site)
    with site.database.owner.begin() as connection:
        connection.execute(text("UPDATE api_token SET expires_at = now()"))
    problem(client.get(NOTICES, headers=bearer(short)), 401, "token_invalid")


def test_nothing_kept_opens_anything(site: Site) -> None:
    secret = token(site)
    with site.database.owner.connect() as connection:
        kept = connection.scalar(text("SELECT to_jsonb(t)::text FROM api_token t")) or ""
    assert secret not in kept
    assert secret.split("_", 2)[2] not in kept


@pytest.mark.parametrize(
    ("union", "days", "scopes", "message"),
    [("530199", 30, (READ,), "no federation"), ("530102", 0, (READ,), "1 to 730"), ("530102", 731, (READ,), "1 to 730"),
     ("530102", 30, (), "scopes"), ("530102", 30, ("all",), "scopes"), ("昆明市教育工会", 30, (READ,), "no desk")],
)  # fmt: skip
def test_tokens_that_are_not_made(site: Site, union: str, days: int, scopes: tuple[str, ...], message: str) -> None:
    with pytest.raises(BangfuError, match=message):
        token(site, union, scopes, days)


def test_scopes(site: Site, client: TestClient) -> None:
    tell(site, "530102")
    reads, acknowledges = bearer(token(site, scopes=(READ,))), bearer(token(site, scopes=(ACKNOWLEDGE,)))
    [notice] = client.get(NOTICES, headers=reads).json()["notices"]
    address = f"{NOTICES}/{notice['id']}/ack"
    problem(client.post(address, headers=reads), 403, "scope_missing")
    problem(client.get(NOTICES, headers=acknowledges), 403, "scope_missing")
    assert client.post(address, headers=acknowledges).status_code == 200


def test_so_many_requests_a_minute(site: Site, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_api, "REQUESTS_A_MINUTE", 3)
    own, other = bearer(token(site)), bearer(token(site))
    assert [client.get(NOTICES, headers=own).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = client.get(NOTICES, headers=own)
    problem(refused, 429, "too_many_requests")
    assert refused.headers["retry-after"] == "60"
    assert client.get(NOTICES, headers=other).status_code == 200
    with site.database.owner.begin() as connection:
        connection.execute(text("UPDATE api_token SET window_started = now() - interval '61 seconds'"))
    assert client.get(NOTICES, headers=own).status_code == 200


def test_what_cannot_be_read(site: Site, client: TestClient) -> None:
    own = bearer(token(site))
    problem(client.get(NOTICES, headers=own, params={"after": "x"}), 400, "cursor_unreadable")
    for wrong in ({"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"after": "x" * 65}):
        problem(client.get(NOTICES, headers=own, params=wrong), 400, "parameters_unreadable")
    problem(client.get("/api/v1/nowhere", headers=own), 404, "not_found")
    problem(client.delete(NOTICES, headers=own), 405, "not_supported")
    problem(client.post(f"{NOTICES}/x/ack", headers=own, content=b"x" * 100_000), 413, "too_large")


def test_failures_are_problems_without_details(site: Site, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    own = bearer(token(site))

    def fail(error: Exception) -> Any:
        def work(*_: object) -> None:
            raise error

        return work

    monkeypatch.setattr(
        notice_api, "page", fail(OperationalError("SELECT", {}, Exception("password of bangfu_portal")))
    )
    answer = client.get(NOTICES, headers=own)
    problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "30"
    monkeypatch.setattr(notice_api, "page", fail(ValueError("岩罕")))
    problem(client.get(NOTICES, headers=own), 500, "unexpected")


def test_it_describes_itself(site: Site, client: TestClient) -> None:
    """Every route asks for a token, and lists each status that it answers; what is not described fails here."""
    described = client.get("/api/v1/openapi.json").json()
    routes = {
        (method.upper(), path): route
        for path, methods in described["paths"].items()
        for method, route in methods.items()
    }
    assert set(routes) == {("GET", NOTICES), ("POST", f"{NOTICES}/{{notice_id}}/ack")}
    for (method, _), route in routes.items():
        assert route["security"] == [{"HTTPBearer": []}]
        expected = {"200", "400", "401", "403", "429", "503"} | ({"404"} if method == "POST" else set())
        assert set(route["responses"]) - {"422"} == expected
        for status in expected - {"200"}:
            assert "application/problem+json" in route["responses"][status]["content"]
    problem_schema = described["components"]["schemas"]["Problem"]
    assert set(problem_schema["required"]) == {"status", "code", "title", "title_zh"}


def test_nothing_that_is_sent_makes_it_fail(site: Site, client: TestClient) -> None:
    """Any text as cursor, limit, id or token is answered with a status that is described."""
    own = bearer(token(site))
    words = st.text(max_size=80)

    @given(words, words, words)
    def send(cursor: str, limit: str, notice_id: str) -> None:
        with site.database.owner.begin() as connection:
            connection.execute(text("UPDATE api_token SET window_requests = 0"))
        answer = client.get(NOTICES, headers=own, params={"after": cursor, "limit": limit})
        assert answer.status_code in {200, 400}
        from urllib.parse import quote

        answer = client.post(f"{NOTICES}/{quote(notice_id.encode('utf-8', 'surrogatepass'), safe='')}/ack", headers=own)
        assert answer.status_code in {400, 404, 405}

    send()


def test_an_answer_says_nothing_to_caches(site: Site, client: TestClient) -> None:
    assert client.get(NOTICES, headers=bearer(token(site))).headers["cache-control"] == "no-store"

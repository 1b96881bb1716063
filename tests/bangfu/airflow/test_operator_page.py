"""The operators' page inside Airflow: behind Airflow's log-in, counts only."""

from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from hand_built import Database, opened

from bangfu.airflow import operator_page
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.profiling import content_security_policy

# Airflow's own imports warn about themselves.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Using .httpx. with"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

STATUS = {
    "home": "/srv/bangfu",
    "extracts": [{"source": "civil_affairs", "status": "standardised", "extracts": 2, "rows_in": 12345}],
    "candidates": 678,
}


@pytest.fixture
def app() -> FastAPI:
    return operator_page.operator_app()


def test_every_route_asks_for_airflows_log_in(app: FastAPI) -> None:
    """Airflow mounts a plugin's application without authentication: the application has to ask itself."""
    from airflow.api_fastapi.core_api.security import get_user

    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    assert {route.path for route in routes} == {"/", "/status", "/profile/{delivery_id}"}
    assert {type(route) for route in app.routes} == {APIRoute}, "no documentation route, which would be open"
    for route in routes:
        assert get_user in [dependency.call for dependency in route.dependant.dependencies], route.path


def test_anonymous_visitors_are_turned_away(app: FastAPI) -> None:
    assert [_get(app, path) for path in ("/", "/status", "/profile/x")] == [(401, "")] * 3


def test_operators_see_the_counts(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.api_fastapi.core_api.security import get_user

    monkeypatch.setattr(operator_page, "_status", lambda: STATUS)
    app.dependency_overrides[get_user] = lambda: "operator"
    code, text = _get(app, "/")
    assert code == 200
    assert "12,345" in text
    assert "civil_affairs" in text


@pytest.fixture
def held(database: Database, monkeypatch: pytest.MonkeyPatch) -> str:
    """A delivery that waits, in the installation that Airflow's components are given."""
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")
    context = opened(database)
    context = replace(context, settings=replace(context.settings, quiet_seconds=0))
    rows = "低保证号,救助类别,成员姓名,成员身份证号\nJ1,农村低保,岩温,53921019900307103X\n"
    context.store.put("drop/civil_affairs/岩温.csv", rows.encode())
    receive_dropped(context, "civil_affairs")
    [done] = settle_pending(context)
    return done.delivery_id


def test_what_waits_is_listed_with_its_reason_and_a_link_that_stays_in_the_frame(app: FastAPI, held: str) -> None:
    """Airflow shows the page in a frame that may open no window: a link with a target would do nothing."""
    _let_in(app)
    code, page = _get(app, "/")
    assert code == 200
    assert f'<a href="profile/{held}">' in page
    assert "没有报送清单" in page
    assert "target=" not in page
    assert page.index("待批准的投递") < page.index("最近的投递") < page.index("各县线索")


def test_the_report_is_shown_under_its_own_policy(app: FastAPI, held: str) -> None:
    _let_in(app)
    response = _ask(app, f"/profile/{held}")
    assert response.status_code == 200
    assert response.headers["content-security-policy"] == f"{content_security_policy()}; frame-ancestors 'self'"
    assert response.headers["cache-control"] == "no-store"
    assert held in response.text
    assert "岩温" not in response.text


def test_a_report_that_is_not_there(app: FastAPI, held: str) -> None:
    _let_in(app)
    response = _ask(app, "/profile/<b>")
    assert response.status_code == 404
    assert "is registered" in response.text
    assert "<b>" not in response.text


def test_what_is_shown_is_escaped() -> None:
    assert "<b>" not in operator_page.render({"<b>": "<b>", "<b>s": [{"<b>": "<b>"}]})


def _let_in(app: FastAPI) -> None:
    from airflow.api_fastapi.core_api.security import get_user

    app.dependency_overrides[get_user] = lambda: "operator"


def _get(app: FastAPI, path: str) -> tuple[int, str]:
    """Status and, for success, the body of a request to the application."""
    response = _ask(app, path)
    return response.status_code, response.text if response.is_success else ""


def _ask(app: FastAPI, path: str) -> "httpx.Response":
    import asyncio

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://airflow") as client:
            return await client.get(path)

    return asyncio.run(ask())

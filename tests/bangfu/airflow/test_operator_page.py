"""The operators' page inside Airflow: behind Airflow's log-in, counts only."""

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from bangfu.airflow import operator_page

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
    assert {route.path for route in routes} == {"/", "/status"}
    assert {type(route) for route in app.routes} == {APIRoute}, "no documentation route, which would be open"
    for route in routes:
        assert get_user in [dependency.call for dependency in route.dependant.dependencies], route.path


def test_anonymous_visitors_are_turned_away(app: FastAPI) -> None:
    assert _get(app, "/") == (401, "")


def test_operators_see_the_counts(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.api_fastapi.core_api.security import get_user

    monkeypatch.setattr(operator_page, "_status", lambda: STATUS)
    app.dependency_overrides[get_user] = lambda: "operator"
    code, text = _get(app, "/")
    assert code == 200
    assert "12,345" in text
    assert "civil_affairs" in text


def test_what_is_shown_is_escaped() -> None:
    assert "<b>" not in operator_page.render({"<b>": "<b>", "<b>s": [{"<b>": "<b>"}]})


def _get(app: FastAPI, path: str) -> tuple[int, str]:
    """Status and, for success, the body of a request to the application."""
    import asyncio

    import httpx

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://airflow") as client:
            return await client.get(path)

    response = asyncio.run(ask())
    return response.status_code, response.text if response.is_success else ""

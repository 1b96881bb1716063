"""Every route and every role: what the table of rights says is what the pages do."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from bangfu.db.users import User, create_user
from schemas.rights import Permission, Role, may

from .conftest import PASSWORD, Site

PUBLIC = {"/login", "/login/oidc", "/login/oidc/callback", "/healthz"}
"""Routes that ask for no session."""

HALF_WAY = {"/login/second-factor"}
"""Routes of who has shown the password and not yet the second factor."""

BY_TOKEN = {"/api/v1/notices", "/api/v1/notices/{notice_id}/ack", "/api/v1/openapi.json"}
"""Routes for unions' own systems, which know no sessions; what a token may see is tested beside them."""

EVERYBODY = {"/", "/logout"}
"""Routes of everybody who is logged in."""

EXAMPLES = {
    "case_id": "0" * 24,
    "step": "receive",
    "delivery_id": "civil_affairs-d-0000000000000000",
    "change_id": "1",
    "approval_id": "1",
    "notice_id": "ntc_" + "0" * 24,
    "upload_id": "0" * 32,
    "attachment_id": "0" * 32,
    "household": "0" * 24,
}
"""Values for the parameters of a path."""


def routes(site: Site) -> Iterator[tuple[str, str, Permission | None]]:
    """Method, path and permission of every route."""
    for route in site.app.routes:
        if isinstance(route, APIRoute):
            for method in sorted(route.methods):
                yield method, route.path, next(permissions(route.dependant), None)


def permissions(dependant: Dependant) -> Iterator[Permission]:
    """Everything that a route demands."""
    permission = getattr(dependant.call, "permission", None)
    if permission:
        yield permission
    for inner in dependant.dependencies:
        yield from permissions(inner)


@pytest.fixture
def everybody(site: Site) -> Site:
    """One account of each role, named after it."""
    areas = {Role.COUNTY_OFFICER: "530102", Role.PREFECTURE_OFFICER: "5301", Role.DEPARTMENT: "530100"}
    with site.database.owner.begin() as connection:
        for role in Role:
            sources = ("civil_affairs",) if role is Role.DEPARTMENT else ()
            user = User(role.replace("_", "."), "某人", role, areas.get(role, "53"), sources=sources)
            create_user(connection, user, PASSWORD)
    return site


def test_every_route_says_who_may_use_it(site: Site) -> None:
    """A route without a permission would be open to every account."""
    assert {
        path for _, path, permission in routes(site) if permission is None
    } == PUBLIC | HALF_WAY | BY_TOKEN | EVERYBODY


@pytest.mark.parametrize("role", Role)
def test_a_role_gets_the_pages_of_its_rights_and_no_other(everybody: Site, role: Role) -> None:
    browser = everybody.browser(role.replace("_", "."))
    for method, pattern, permission in routes(everybody):
        if permission is None:
            continue
        answer: Any = browser.request(method, pattern.format(**EXAMPLES))
        if may(role, permission):
            # A form without its token is refused as well, with the same status: reading pages alone show the difference.
            assert answer.status_code < 500, (method, pattern)
            assert method != "GET" or answer.status_code != 403, (method, pattern)
        else:
            assert answer.status_code == 403, (method, pattern)


def test_without_a_session_every_page_leads_to_the_log_in(site: Site) -> None:
    browser = site.browser()
    for method, pattern, _ in routes(site):
        if pattern not in PUBLIC | BY_TOKEN:
            answer = browser.request(method, pattern.format(**EXAMPLES))
            assert (answer.status_code, answer.headers["location"][:6]) == (303, "/login"), (method, pattern)

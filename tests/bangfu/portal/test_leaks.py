"""The leak table: every route, every role, own and foreign areas, with one canary person in each county.

A canary's surname is a character that stands in no text of the portal, and every value of hers holds it or a number of
her own; whatever an account gets back, body or header, holds nothing of a canary that is not its own. A route that the
table does not list fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import unquote

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import insert, text
from starlette.routing import Mount, Route

from bangfu.db.attachments import add_attachment
from bangfu.db.deliveries import DeliveredFile, Statement, record_delivery
from bangfu.db.household_models import HelpedHousehold
from bangfu.db.intake_models import Announcement
from bangfu.db.users import User, create_user
from bangfu.portal.acting import actor_of
from schemas.rights import Permission, Role, may

from .conftest import PASSWORD, Browser, Site, identity, make_candidate
from .test_rights import BY_TOKEN, EVERYBODY, HALF_WAY, PUBLIC, permissions

EDUCATION = "云南省教育工会"


@dataclass(frozen=True)
class Canary:
    """A person of one county, and a delivery of its prefecture that names her.

    Attributes:
        number: Of the candidate.
        letter: Her surname.
        county: Where the case is.
        union: Union of the other tree that it belongs to; None for the territorial one.
        asked: County that is asked to take it over; None where none is.
    """

    number: int
    letter: str
    county: str
    union: str | None = None
    asked: str | None = None

    @property
    def sender(self) -> str:
        """The department that has sent her."""
        return f"{self.county[:4]}00"

    @property
    def delivery(self) -> str:
        """Id of the delivery with her name in it."""
        return f"civil_affairs-d-{self.number:016}"

    @property
    def household(self) -> str:
        """Id of the registered household that she heads."""
        return identity(150 + self.number)

    @property
    def traces(self) -> tuple[str, ...]:
        """Everything that must be in no answer to others; her surname alone may be: it was searched for.

        Numbers are long enough that no random token holds them by chance.
        """
        return (
            f"{self.letter}某",
            f"{self.letter}*",
            f"{self.letter}工",
            f"{self.letter}镇",
            f"77777{self.number}010100",
            f"13877777{self.number}00",
            self.delivery,
            identity(self.number),
            self.household,
        )


CANARIES = (
    Canary(1, "龘", "530102"),
    Canary(2, "靐", "530103"),
    Canary(3, "齉", "532901"),
    Canary(4, "爩", "533102"),
    Canary(5, "麤", "532901", union=EDUCATION),
    Canary(6, "灪", "530302", asked="530102"),
)
NOBODY = Canary(9, "䨻", "530602")
"""Nobody's id, so that a case that does not exist is asked for as well."""
TARGETS = (*CANARIES, NOBODY)

ACCOUNTS: Mapping[str, User | None] = {
    "nobody": None,
    "officer of Wuhua": User("t.a", "甲", Role.COUNTY_OFFICER, "530102"),
    "officer of Dali": User("t.b", "乙", Role.COUNTY_OFFICER, "532901"),
    "officer of a union": User("t.c", "丙", Role.COUNTY_OFFICER, "53", union_name=EDUCATION),
    "approver of Wuhua": User("t.d", "丁", Role.APPROVER, "530102"),
    "approver of Kunming": User("t.e", "戊", Role.APPROVER, "5301"),
    "approver of the province": User("t.f", "己", Role.APPROVER, "53"),
    "officer of Kunming": User("t.g", "庚", Role.PREFECTURE_OFFICER, "5301"),
    "officer of Dehong": User("t.h", "辛", Role.PREFECTURE_OFFICER, "5331"),
    "officer of the province": User("t.i", "壬", Role.PROVINCE_OFFICER, "53"),
    "auditor of the province": User("t.j", "癸", Role.AUDITOR, "53"),
    "auditor of Kunming": User("t.k", "子", Role.AUDITOR, "5301"),
    "system administrator": User("t.l", "丑", Role.SYSTEM_ADMINISTRATOR, "53"),
    "security administrator": User("t.m", "寅", Role.SECURITY_ADMINISTRATOR, "53"),
    "department of Kunming": User("t.n", "卯", Role.DEPARTMENT, "530100", sources=("civil_affairs",)),
    "department of Dali": User("t.o", "辰", Role.DEPARTMENT, "532900", sources=("civil_affairs",)),
}


@dataclass(frozen=True)
class Request:
    """How a route is asked for a canary: query or form, and the statuses of who may and sees her."""

    given: Callable[[Canary], Mapping[str, str]] = lambda _: {}
    answers: frozenset[int] = frozenset({200})


def answered(*statuses: int, **given: str) -> Request:
    """A request whose values are patterns of a canary's, such as `{county}`."""
    return Request(lambda her: {name: value.format(**vars(her)) for name, value in given.items()}, frozenset(statuses))


TABLE: Mapping[tuple[str, str], Request] = {
    ("GET", "/login"): answered(200, 303, next="/cases?area={county}"),
    ("POST", "/login"): answered(403, username="{letter}"),
    ("GET", "/"): answered(200, 303),
    ("GET", "/cases"): answered(200, area="{county}"),
    ("POST", "/cases/search"): answered(303, name="{letter}", back="/cases?area={county}"),
    ("GET", "/cases/{case_id}"): answered(200, area="{county}"),
    ("POST", "/cases/{case_id}/reveal"): answered(200, field="name", reason="contact"),
    ("POST", "/cases/{case_id}/steps/{step}"): answered(303, 409, version="3", same_person="yes"),
    ("POST", "/cases/{case_id}/appeals"): answered(
        303, 409, version="4", appellant="worker", lodged_on="2026-11-0{number}", ground="支出没有算全"
    ),
    ("POST", "/cases/{case_id}/undo"): answered(303, 409, version="4"),
    ("GET", "/cases/{case_id}/form.pdf"): answered(200),
    ("POST", "/attachments"): answered(404, 409, kind="consent"),
    ("GET", "/cases/{case_id}/attachments/{attachment_id}"): answered(200),
    ("POST", "/cases/{case_id}/attachments/{attachment_id}/remove"): answered(404),
    ("GET", "/workbook"): answered(200, problem="{letter}"),
    ("POST", "/workbook"): answered(409, password="{letter}"),
    ("POST", "/workbook/files"): answered(
        200, 303, listing="candidates", choice="own", password="{county}-{letter}某某", again="{county}-{letter}某某"
    ),
    ("POST", "/workbook/forms"): answered(200, 303, listing="candidates"),
    ("GET", "/workbook/uploads/{upload_id}"): answered(404),
    ("POST", "/workbook/uploads/{upload_id}/apply"): answered(404),
    ("POST", "/workbook/uploads/{upload_id}/drop"): answered(404),
    ("GET", "/workbook/uploads/{upload_id}/receipt.xlsx"): answered(404),
    ("GET", "/overview"): answered(200, area="{county}"),
    ("GET", "/assessment"): answered(200, area="{county}", list="{number}"),
    ("GET", "/pairings"): answered(200, area="{county}"),
    ("POST", "/pairings/search"): answered(303, name="{letter}", back="/pairings?area={county}"),
    ("POST", "/pairings/assign"): Request(
        lambda her: {"pick": f"{her.household}:0", "named": "某局长", "first": "2026-01-05"}, frozenset({303, 409})
    ),
    ("GET", "/pairings/coverage"): answered(200, area="{county}"),
    ("GET", "/pairings/{household}"): answered(200),
    ("POST", "/pairings/{household}/entries"): answered(
        303, 409, kind="contacted", number="0", on="2026-01-05", way="call"
    ),
    ("GET", "/notices"): answered(200),
    ("POST", "/notices/{notice_id}/ack"): answered(404),
    ("GET", "/api/v1/notices"): answered(401),
    ("POST", "/api/v1/notices/{notice_id}/ack"): answered(401),
    ("GET", "/api/v1/openapi.json"): answered(200),
    ("GET", "/deliveries"): answered(200),
    ("GET", "/deliveries/new"): answered(200, source="civil_affairs", period="2026-0{number}"),
    ("POST", "/deliveries"): answered(400, source="civil_affairs", period="2026-0{number}"),
    ("GET", "/deliveries/{delivery_id}"): answered(200),
    ("GET", "/deliveries/{delivery_id}/receipt.xlsx"): answered(404),
    ("GET", "/healthz"): answered(200),
    ("GET", "/login/oidc"): answered(404),
    ("GET", "/login/oidc/callback"): answered(404, state="{county}"),
    ("GET", "/login/second-factor"): answered(200, 303, next="/cases?area={county}"),
    ("POST", "/login/second-factor"): answered(303, 401, 403, code="{number}"),
    ("GET", "/account"): answered(200),
    ("GET", "/account/second-factor"): answered(200, 303),
    ("POST", "/account/second-factor"): answered(401, code="{number}"),
    ("POST", "/account/second-factor/codes"): answered(401, code="{number}"),
    ("POST", "/account/second-factor/remove"): answered(401, code="{number}"),
    ("GET", "/security"): answered(200),
    ("POST", "/security/proposals/{change_id}"): answered(409, verdict="approve"),
    ("POST", "/security/sessions"): answered(404, username="{letter}"),
    ("GET", "/approvals"): answered(200),
    ("POST", "/approvals/{approval_id}"): answered(409, verdict="reject", reason="{letter}"),
    ("POST", "/workbook/approvals"): answered(303, what="workbook:candidates", purpose="{county}"),
    ("GET", "/audit"): answered(200, person="{county}"),
    ("GET", "/static"): answered(307),
    ("POST", "/account/sessions"): answered(303),
    ("POST", "/logout"): answered(303),
}
"""By method and path; what ends a session comes last."""

PAIRS = len(TABLE) * len(TARGETS)
ENDINGS = {("POST", "/account/sessions"), ("POST", "/logout")}
HERS = ("{case_id}", "{delivery_id}", "{change_id}", "{upload_id}", "{attachment_id}", "{household}", "{approval_id}")
"""Parts of a path that are a canary's own."""
LANGUAGES = ("zh", "en")


def routes(site: Site) -> dict[tuple[str, str], list[Permission] | None]:
    """The permissions of every route; None where it is a folder of files."""
    found: dict[tuple[str, str], list[Permission] | None] = {}
    for route in site.app.routes:
        if isinstance(route, APIRoute):
            found |= {(method, route.path): list(permissions(route.dependant)) for method in route.methods}
        elif isinstance(route, Mount):
            found["GET", route.path] = None
        else:
            assert isinstance(route, Route)
            found |= {(method, route.path): [] for method in route.methods or ()}
    return found


def own(user: User | None, her: Canary) -> bool:
    """Whether an account may see a canary, by role, area and tree; said again here, apart from the database's rules."""
    if user is None or her is NOBODY:
        return False
    if user.role is Role.DEPARTMENT:
        return user.area_code == her.sender
    inside = her.county.startswith(user.area_code)
    asked = her.asked is not None and her.asked.startswith(user.area_code)
    of_the_union = user.union_name == her.union if user.union_name else True
    return may(user.role, Permission.SEE_PERSONS) and of_the_union and (inside or asked)


@pytest.fixture
def cages(site: Site) -> Site:
    """Every canary has a case and a delivery, every account can log in."""
    site.publish([canary_row(her) for her in CANARIES])
    for her in CANARIES:
        site.walk(site.case(her.number), "receive")
        if her.asked:
            site.walk(site.case(her.number), "transfer", to_county=her.asked)
    key, now = site.app.state.portal.attachment_key, datetime.now(UTC)
    with site.database.owner.begin() as connection:
        for her in CANARIES:
            home = {"county_code": her.county, "owner_union": her.union, "since": date(2026, 1, 5)}
            told = {"name": f"{her.letter}*", "union_name": f"{her.letter}工会", "list_version": 1}
            connection.execute(insert(HelpedHousehold).values(household=her.household, **home, **told))
        for account in filter(None, ACCOUNTS.values()):
            create_user(connection, account, PASSWORD)
        for her in CANARIES:
            paper = b"%PDF-" + "".join(her.traces).encode()
            add_attachment(connection, key, site.case(her.number), "somebody", "consent", paper, now)
        for her in CANARIES:
            stated = Statement(
                her.delivery, "civil_affairs", her.delivery, Announcement.MANIFEST, her.sender, f"2026-0{her.number}"
            )
            record_delivery(connection, stated, [DeliveredFile(f"{her.letter}某某.csv", f"{her.number:064}", 1, 1)], refused=("x", "y"))  # fmt: skip
    return site


def canary_row(her: Canary) -> Any:
    """A candidate of whom every value is a trace."""
    told = dict.fromkeys(("union_name", "employer"), f"{her.letter}工会")
    owner = {"owner": {"tree": "industry", "union": her.union}} if her.union else {}
    reason = make_candidate().reasons[0]
    return make_candidate(
        her.number, county_code=her.county, name=f"{her.letter}某某", address=f"{her.letter}镇1号", phone=f"138{77777}{her.number}00",
        id_number=f"5390{77777}{her.number}01010014", **told, evidence=owner, reasons=[{**reason, "zh": f"{her.letter}某"}],
    )  # fmt: skip


def about_her(route: tuple[str, str]) -> bool:
    """Whether what is asked of a route differs from canary to canary; what does not is asked once."""
    asked = [TABLE[route].given(her) for her in TARGETS]
    return route in ENDINGS or bool(set(HERS) & set(route[1].split("/"))) or any(given != asked[0] for given in asked)


def ask(site: Site, browser: Browser, method: str, path: str, her: Canary, token: str) -> list[Any]:
    """The answers of a route: a page in one of the languages, or in both if asked once; a search with the page that it leads to."""
    case_id = site.case(her.number) if her is not NOBODY else "9" * 24
    address = path.format(
        case_id=case_id, step="judge", delivery_id=her.delivery, change_id=her.number, notice_id="ntc_" + "0" * 24,
        upload_id=f"{her.number:032}", attachment_id=paper_of(site, case_id), household=her.household, approval_id=her.number,
    )  # fmt: skip
    given = TABLE[method, path].given(her)
    if method == "GET":
        languages = LANGUAGES[her.number % 2 :][:1] if about_her((method, path)) else LANGUAGES
        return [browser.get(address, params={**given, "lang": language}) for language in languages]
    form = {**given, "csrf_token": token}
    if path == "/workbook":
        return [browser.post(address, data=form, files={"file": (f"{her.letter}某某.xlsx", b"no workbook")})]
    if path == "/attachments":
        return [
            browser.post(address, data={**form, "case_id": case_id}, files={"file": (f"{her.letter}某某.pdf", b"none")})
        ]
    if path == "/deliveries":
        return [browser.post(address, data=form, files={"file1": ("", b"")})]
    answer = browser.post(address, data=form)
    follows = path in {"/cases/search", "/pairings/search"} and answer.status_code == 303
    return [answer, browser.get(answer.headers["location"])] if follows else [answer]


def paper_of(site: Site, case_id: str) -> str:
    """The id of the paper in a case; of nobody's, one that does not exist."""
    query = text("SELECT attachment_id FROM case_attachment WHERE case_id = :case_id")
    with site.database.owner.connect() as connection:
        return str(connection.scalar(query, {"case_id": case_id}) or "9" * 32)


def token_of(site: Site, user: User | None) -> str:
    query = text("SELECT csrf_token FROM portal_session WHERE username = :name ORDER BY created_at DESC LIMIT 1")
    with site.database.owner.connect() as connection:
        return str(connection.scalar(query, {"name": user.username})) if user else ""


def expected(
    user: User | None, route: tuple[str, str], demands: list[Permission] | None, her: Canary
) -> frozenset[int]:
    """The statuses that the table of rights allows."""
    request, path = TABLE[route], route[1]
    if demands is None or path in PUBLIC | BY_TOKEN:
        return request.answers
    if user is None:
        return frozenset({303})
    if not demands and path in EVERYBODY | HALF_WAY:
        return request.answers
    acts = actor_of(user, her.county) is not None or not path.endswith(("/steps/{step}", "/appeals", "/undo"))
    if path == "/pairings/{household}/entries" and user.role is Role.APPROVER and not user.union_name:
        sees = her is not NOBODY and own(user, replace(her, asked=None))
        acts = len(user.area_code) == 6 or not sees  # from above one reads
    if not acts or not all(may(user.role, permission) for permission in demands):
        return frozenset({403})
    about_her = "{case_id}" in path or "{delivery_id}" in path or "{household}" in path
    if "{household}" in path and her is not NOBODY:
        her = replace(her, asked=None)  # a case may be another county's for a while, a household is not
    return request.answers if own(user, her) or not about_her else frozenset({404})


def test_the_table_lists_every_route(site: Site) -> None:
    """A new route fails here until somebody has said how it is asked and what it answers."""
    assert set(routes(site)) == set(TABLE)


def test_every_role_is_in_the_table() -> None:
    assert {user.role for user in ACCOUNTS.values() if user} == set(Role)


@pytest.mark.parametrize("who", [pytest.param(who, id=f"{who}, {PAIRS} pairs") for who in ACCOUNTS])
def test_nothing_of_a_foreign_canary_is_in_any_answer(cages: Site, who: str) -> None:
    user, known = ACCOUNTS[who], routes(cages)
    foreign = {trace: her.letter for her in CANARIES if not own(user, her) for trace in her.traces}
    tried, wrong, leaked, seen = 0, [], [], set()
    browser, token = cages.browser(user and user.username), token_of(cages, user)
    for route in TABLE:
        for her in TARGETS:
            tried += 1
            if her is not TARGETS[0] and not about_her(route):
                continue
            if route in ENDINGS:
                browser = cages.browser(user and user.username)
                token = token_of(cages, user)
            asked = ask(cages, browser, *route, her, token)
            if asked[0].status_code not in expected(user, route, known[route], her):
                wrong.append((*route, her.letter, asked[0].status_code))
            for answer in asked:
                whole = answer.text + "\n".join(f"{name}: {unquote(value)}" for name, value in answer.headers.items())
                own_words = str(answer.request.url)
                leaked += [
                    (*route, her.letter, of)
                    for trace, of in foreign.items()
                    if trace in whole and trace not in own_words
                ]
                seen |= {
                    item.letter for item in CANARIES if f"{item.letter}*" in whole or f"{item.letter}某某.csv" in whole
                }
    assert (wrong, leaked) == ([], [])
    assert tried == PAIRS
    assert seen == {her.letter for her in CANARIES if own(user, her)}, (
        "the own are seen: the search could have found them"
    )

"""What a department does in the portal: it sends a period, sees what became of it, and nothing of anybody else."""

import hashlib
import io
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from hand_built import opened
from sqlalchemy import select, text

from bangfu.db import portal_session_scope
from bangfu.db.delivery_queries import own_deliveries, own_delivery
from bangfu.db.intake_models import Delivery
from bangfu.db.models import AccessLog, Role
from bangfu.db.users import User, create_user
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.pipeline.receipts.giving import receipt_of
from bangfu.portal import sent_forms, upload_pages
from bangfu.portal.delivery_texts import DELIVERY_TEXTS
from bangfu.portal.texts import TEXTS
from bangfu.storage import StoreError
from schemas.manifest import MANIFEST, read_manifest

from .conftest import OFFICERS, PASSWORD, Browser, Site, make_candidate

PERIOD = "2026-06"
LIST = (
    "救助证号,救助类别,姓名,身份证号\nJ1,城市低保,金丝雀一,539210199003070036\nJ2,农村低保,,539210199003070044\n"
).encode()
SECRETS = ("金丝雀一", "539210199003070036", "539210199003070044")


@pytest.fixture
def context(site: Site) -> Context:
    return opened(site.database)


def send(browser: Browser, files: Mapping[str, tuple[str, bytes]] | None = None, **fields: str) -> Any:
    """Fill in the upload form and send it; returns the answer."""
    page = f"/deliveries/new?source={fields.get('source', 'civil_affairs')}&period={PERIOD}"
    form = {
        "csrf_token": browser.token(page if browser.get(page).status_code == 200 else "/deliveries"),
        "source": "civil_affairs", "period": PERIOD, "revision": "1", "rows_1": "2", "rows_2": "", **fields,
    }  # fmt: skip
    return browser.post("/deliveries", data=form, files=files or {"file_1": ("低保名单.csv", LIST)})


def check(context: Context, source: str = "civil_affairs") -> None:
    receive_dropped(context, source)
    settle_pending(context, source)


def department(sender: str, sources: Sequence[str]) -> User:
    return User("some.department", "某部门", Role.DEPARTMENT, sender, sources=tuple(sources))


def logged(site: Site) -> list[str]:
    with site.database.owner.connect() as connection:
        return list(connection.scalars(select(AccessLog.action).order_by(AccessLog.entry_id)))


class TestSending:
    def test_a_department_begins_with_its_own_sources(self, site: Site) -> None:
        browser = site.browser("km.minzheng")
        assert browser.get("/").headers["location"] == "/deliveries"
        page = browser.get("/deliveries").text
        assert re.findall(r'name="source" value="([^"]+)"', page) == ["civil_affairs", "death_record"]
        assert TEXTS["send.none"].zh in page

    def test_files_go_first_and_the_manifest_last(self, site: Site, context: Context) -> None:
        answer = send(site.browser("km.minzheng"))
        assert answer.status_code == 303
        data, manifest = sorted(context.store.list("drop/"), key=lambda item: item.key.endswith(MANIFEST))
        assert re.fullmatch(r"drop/civil_affairs/[0-9a-f]{24}/低保名单.csv", data.key)
        assert context.store.read(data.key) == LIST
        stated = read_manifest(context.store.read(manifest.key))
        assert (stated.source, stated.sender, stated.period, stated.revision) == ("civil_affairs", "530100", PERIOD, 1)
        [file] = stated.files
        assert (file.name, file.size, file.rows) == ("低保名单.csv", len(LIST), 2)
        assert file.sha256 == hashlib.sha256(LIST).hexdigest()
        assert answer.headers["location"].startswith(f"/deliveries/{stated.delivery_id()}?sent=")
        assert data.modified <= manifest.modified

    def test_is_told_that_it_is_being_checked_until_it_is(self, site: Site, context: Context) -> None:
        browser = site.browser("km.minzheng")
        address = send(browser).headers["location"]
        waiting = browser.get(address)
        assert TEXTS["state.sent"].zh in waiting.text
        assert TEXTS["delivery.checking"].zh in waiting.text
        assert waiting.headers["refresh"] == "10"
        check(context)
        done = browser.get(address)
        assert TEXTS["state.accepted"].zh in done.text
        assert "已接收：共读到 2 行，可用 1，退回 1。" in done.text
        assert "姓名为空，请补填姓名" in done.text
        assert int(done.headers["refresh"].split(";")[0]) > 600

    def test_a_link_to_what_was_uploaded_is_of_use_to_nobody_else(self, site: Site) -> None:
        address = send(site.browser("km.minzheng")).headers["location"]
        assert site.browser("dl.minzheng").get(address).status_code == 404
        browser = site.browser("km.minzheng")
        assert browser.get(address.partition("?")[0]).status_code == 404
        changed = re.sub(r"sent=\d+", "sent=1999999999", address)
        assert browser.get(changed).status_code == 404

    def test_the_page_stops_reloading_after_a_while(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        """A page that reloads for ever would keep the session of an empty office open."""
        browser = site.browser("km.minzheng")
        address = send(browser).headers["location"]
        monkeypatch.setattr("bangfu.portal.delivery_pages._RELOADING_SECONDS", -1)
        waiting = browser.get(address)
        assert TEXTS["delivery.checking_long"].zh in waiting.text
        assert waiting.headers["refresh"] != "10"

    def test_several_files_are_one_delivery(self, site: Site, context: Context) -> None:
        files = {"file_1": ("名单.csv", LIST), "file_2": ("名单.csv", LIST.replace(b"J1", b"J9"))}
        assert send(site.browser("km.minzheng"), files, rows_2="2").status_code == 303
        names = sorted(item.key.rpartition("/")[2] for item in context.store.list("drop/"))
        assert names == ["manifest.json", "名单-2.csv", "名单.csv"]

    def test_a_correction_is_offered_as_the_next_revision(self, site: Site, context: Context) -> None:
        browser = site.browser("km.minzheng")
        send(browser)
        check(context)
        page = browser.get(f"/deliveries/new?source=civil_affairs&period={PERIOD}").text
        assert re.findall(r'id="revision"[^>]*value="(\d+)"', page) == ["2"]
        assert TEXTS["upload.replaces"].zh.format(revision=2, before=1) in page
        again = send(browser, {"file_1": ("更正.csv", LIST.replace(b"J1", b"J7"))})
        assert again.status_code == 400
        assert TEXTS["problem.revision"].zh.format(revision=1, following=2) in again.text
        assert send(browser, {"file_1": ("更正.csv", LIST.replace(b"J1", b"J7"))}, revision="2").status_code == 303

    @pytest.mark.parametrize(
        ("files", "fields", "problem"),
        [
            ({"file_1": ("a.csv", b"")}, {}, "problem.no_file"),
            ({"file_1": ("", b"")}, {}, "problem.no_file"),
            ({"file_1": ("a.csv", LIST)}, {"rows_1": ""}, "problem.rows"),
            ({"file_1": ("a.csv", LIST)}, {"rows_1": "两行"}, "problem.rows"),
            ({"file_1": ("a.csv", LIST), "file_2": ("b.csv", LIST)}, {"rows_2": "2"}, "problem.same_file"),
            ({"file_1": ("a.csv", LIST)}, {"revision": "0"}, "problem.other"),
            ({"file_1": ("a.csv", LIST)}, {"revision": "x"}, "problem.other"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_sent(
        self, site: Site, context: Context, files: Any, fields: dict[str, str], problem: str
    ) -> None:
        answer = send(site.browser("km.minzheng"), files, **fields)
        assert answer.status_code == 400
        assert DELIVERY_TEXTS[problem].zh in answer.text
        assert list(context.store.list("drop/")) == []

    def test_a_file_beyond_the_limit_is_told_so(
        self, site: Site, context: Context, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sent_forms, "FILE_LIMIT", len(LIST) - 1)
        answer = send(site.browser("km.minzheng"))
        assert answer.status_code == 413
        assert "每个文件不超过" in answer.text
        assert list(context.store.list("drop/")) == []

    @pytest.mark.parametrize("name", ["manifest.json", "_SUCCESS", "../../x.csv", ".hidden.csv", "a\\b.csv"])
    def test_a_file_name_means_nothing_to_the_drop_area(self, site: Site, context: Context, name: str) -> None:
        assert send(site.browser("km.minzheng"), {"file_1": (name, LIST)}).status_code == 303
        keys = [item.key for item in context.store.list("")]
        assert all(re.fullmatch(r"drop/civil_affairs/[0-9a-f]{24}/[^/]+", key) for key in keys)
        check(context)
        with site.database.owner.connect() as connection:
            assert connection.scalar(select(Delivery.status)) == "accepted"

    def test_needs_a_form_of_this_session(self, site: Site, context: Context) -> None:
        browser = site.browser("km.minzheng")
        assert send(browser, csrf_token="").status_code == 403
        assert send(browser, csrf_token=site.browser("dl.minzheng").token("/deliveries")).status_code == 403
        assert browser.post("/deliveries", data={"source": "civil_affairs"}).status_code == 400
        anonymous = site.browser()
        assert anonymous.post("/deliveries", files={"file_1": ("a.csv", LIST)}).headers["location"] == "/login"
        assert list(context.store.list("")) == []

    def test_is_for_its_own_sources_alone(self, site: Site, context: Context) -> None:
        browser = site.browser("dl.minzheng")
        assert send(browser, source="death_record").status_code == 404
        assert send(browser, source="nothing").status_code == 404
        assert send(browser, period="2026年6月").status_code == 404
        for query in ("source=death_record&period=2026-06", "source=civil_affairs&period=06", ""):
            assert browser.get(f"/deliveries/new?{query}").status_code == 404
        assert list(context.store.list("")) == []

    def test_waits_for_its_turn_when_too_many_upload(self, site: Site) -> None:
        room = site.app.state.portal.upload_room
        browser = site.browser("km.minzheng")
        taken = 0
        while room.acquire(blocking=False):
            taken += 1
        assert send(browser).status_code == 503
        for _ in range(taken):
            room.release()
        assert send(browser).status_code == 303

    def test_a_store_that_is_away_is_no_defect_and_stops_nobody_else(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: object) -> None:
            raise StoreError("The S3 service does not answer.")

        monkeypatch.setattr(upload_pages, "put_delivery", away)
        assert send(site.browser("km.minzheng")).status_code == 503
        assert site.browser("chen.jie").get("/cases").status_code == 200

    def test_is_in_the_access_log_and_names_no_file(self, site: Site, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG, logger="bangfu"):
            send(site.browser("km.minzheng"))
        assert "upload" in logged(site)
        told = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("bangfu"))
        assert re.search(r"civil_affairs-d-[0-9a-f]{16} uploaded, 1 files", told)
        assert "低保名单" not in told


class TestTheReceipt:
    @pytest.fixture
    def delivery(self, site: Site, context: Context) -> str:
        address = send(site.browser("km.minzheng")).headers["location"]
        check(context)
        return str(address.partition("?")[0])

    def test_is_a_workbook(self, site: Site, delivery: str) -> None:
        browser = site.browser("km.minzheng")
        assert f'href="{delivery}/receipt.xlsx"' in browser.get(delivery).text
        answer = browser.get(f"{delivery}/receipt.xlsx")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E5%9B%9E%E6%89%A7")
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        assert book.sheetnames == ["回执", "退回行", "列的理解"]
        assert "receipt" in logged(site)

    def test_pages_hold_nothing_of_a_person(self, site: Site, delivery: str) -> None:
        browser = site.browser("km.minzheng")
        for path in ("/deliveries", delivery, f"/deliveries/new?source=civil_affairs&period={PERIOD}"):
            page = browser.get(path).text
            assert [secret for secret in SECRETS if secret in page] == []

    def test_is_said_to_be_away_where_the_store_is(
        self, site: Site, delivery: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        portal = site.app.state.portal

        def away() -> None:
            raise StoreError("The S3 service does not answer.")

        monkeypatch.setattr(site.app.state, "portal", replace(portal, store=away))
        browser = site.browser("km.minzheng")
        page = browser.get(delivery)
        assert page.status_code == 200
        assert TEXTS["delivery.no_receipt"].zh in page.text
        assert browser.get(f"{delivery}/receipt.xlsx").status_code == 503

    def test_speaks_english_as_well(self, site: Site, delivery: str) -> None:
        page = site.browser("km.minzheng").get(f"{delivery}?lang=en").text
        assert "Accepted: rows read: 2, usable: 1, returned: 1." in page
        assert "the name is empty: fill it in" in page
        shown = re.sub(r'<[^>]*lang="zh-CN"[^>]*>[^<]*<', "<", page.partition("<main")[2].partition("</main>")[0])
        assert re.findall(r"[\u4e00-\u9fff]+", re.sub(r"<[^>]+>", " ", shown.replace("退回行", ""))) == []

    def test_of_a_retracted_delivery_says_when_and_why(self, site: Site, context: Context, delivery: str) -> None:
        [done] = retract(context, delivery.rpartition("/")[2], "发错了月份", by="chen.jie")
        browser = site.browser("km.minzheng")
        page = browser.get(delivery).text
        verdict = receipt_of(context, done.delivery_id)["verdict_zh"]
        assert re.fullmatch(r"已于 20\d\d-\d\d-\d\d \d\d:\d\d（北京时间）撤回，不再参加比对。", verdict)
        for told in (verdict, "发错了月份", "作为第 2 版报送"):
            assert told in page
        book = openpyxl.load_workbook(io.BytesIO(browser.get(f"{delivery}/receipt.xlsx").content))
        assert verdict in book["回执"]["A2"].value

    def test_an_earlier_refusal_does_not_answer_for_a_new_upload(self, site: Site, context: Context) -> None:
        browser = site.browser("km.minzheng")
        first = send(browser, rows_1="3", period="2026-05").headers["location"]
        check(context)
        assert TEXTS["state.rejected"].zh in browser.get(first).text
        with site.database.owner.begin() as connection:
            connection.execute(text("UPDATE delivery SET received_at = received_at - interval '1 minute'"))
        again = send(browser, rows_1="3", period="2026-05").headers["location"]
        assert TEXTS["state.sent"].zh in browser.get(again).text
        check(context)
        assert "写明 3 行数据，实际读到 2 行" in browser.get(again).text


class TestUnderACreditCode:
    """A department that is no division, such as a hospital, sends under its own code."""

    CODE = "11530100MB00000004"

    @pytest.fixture
    def browser(self, site: Site) -> Browser:
        agency = User("km.xiehe", "昆明某医院", Role.DEPARTMENT, self.CODE, sources=("civil_affairs",))
        with site.database.owner.begin() as connection:
            create_user(connection, agency, PASSWORD)
        return site.browser("km.xiehe")

    def test_it_sends_and_reads_its_receipt(self, browser: Browser, context: Context) -> None:
        form = browser.get(f"/deliveries/new?source=civil_affairs&period={PERIOD}").text
        assert f"<code>{self.CODE}</code>" in form
        address = send(browser).headers["location"]
        [manifest] = [item.key for item in context.store.list("drop/") if item.key.endswith(MANIFEST)]
        assert read_manifest(context.store.read(manifest)).sender == self.CODE
        check(context)
        assert "已接收：共读到 2 行，可用 1，退回 1。" in browser.get(address).text
        book = openpyxl.load_workbook(io.BytesIO(browser.get(f"{address.partition('?')[0]}/receipt.xlsx").content))
        assert dict(line[:2] for line in book["回执"].iter_rows(values_only=True))["报送单位代码　Sender"] == self.CODE
        assert 'value="2"' in browser.get(f"/deliveries/new?source=civil_affairs&period={PERIOD}").text

    def test_nobody_else_sees_what_it_sent(self, site: Site, browser: Browser, context: Context) -> None:
        delivery = send(browser).headers["location"].partition("?")[0]
        check(context)
        assert browser.get(delivery).status_code == 200
        assert site.browser("km.minzheng").get(delivery).status_code == 404
        for sender, seen in ((self.CODE, 1), ("530100", 0), ("115301", 0), (f"{self.CODE}0", 0)):
            with portal_session_scope(site.database.portal, department(sender, ["civil_affairs"])) as connection:
                assert len(own_deliveries(connection)) == seen


class TestWhoSeesWhat:
    @pytest.fixture
    def delivery(self, site: Site, context: Context) -> str:
        address = send(site.browser("km.minzheng")).headers["location"]
        check(context)
        return str(address.partition("?")[0])

    @pytest.mark.parametrize("other", ["dl.minzheng", "km.yibao"])
    def test_another_department_finds_nothing(self, site: Site, delivery: str, other: str) -> None:
        """Neither the same source of another sender, nor another source of the same sender."""
        browser = site.browser(other)
        assert browser.get(delivery).status_code == browser.get(f"{delivery}/receipt.xlsx").status_code == 404
        assert TEXTS["error.404_sender"].zh in browser.get(delivery).text
        assert "低保名单" not in browser.get("/deliveries").text
        assert "delivery_refused" in logged(site)

    @pytest.mark.parametrize("officer", ["chen.jie", "li.na", "zhao.min", "root.keeper"])
    def test_officers_and_administrators_see_no_deliveries(self, site: Site, delivery: str, officer: str) -> None:
        browser = site.browser(officer)
        for path in ("/deliveries", delivery, f"{delivery}/receipt.xlsx", "/deliveries/new?source=civil_affairs"):
            assert browser.get(path).status_code == 403
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/overview").text + browser.get("/").text)
        assert token
        form = {"csrf_token": token.group(1), "source": "civil_affairs", "period": PERIOD}
        assert browser.post("/deliveries", data=form, files={"file_1": ("a.csv", LIST)}).status_code == 403
        assert "/deliveries" not in browser.get("/").text

    def test_departments_see_no_candidates(self, site: Site) -> None:
        site.publish([make_candidate(1)])
        browser = site.browser("km.minzheng")
        for path in ("/cases", "/overview", f"/cases/{'0' * 24}"):
            assert browser.get(path).status_code == 403
        page = browser.get("/deliveries").text
        assert "/cases" not in page
        assert "/overview" not in page

    def test_the_database_shows_each_its_own_whatever_the_pages_do(self, site: Site, delivery: str) -> None:
        site.publish([make_candidate(1)])
        identity = delivery.rpartition("/")[2]
        portal = site.database.portal
        with portal_session_scope(portal, department("530100", ["civil_affairs", "death_record"])) as connection:
            [own] = own_deliveries(connection)
            assert own.delivery_id == identity
            assert [(file.name, file.rows_read, file.accepted, file.rejected) for file in own.files] == [
                ("低保名单.csv", 2, 1, 1)
            ]
            assert connection.scalar(text("SELECT count(*) FROM review_case")) == 0
        for sender, sources in (("532900", ["civil_affairs"]), ("530100", ["medical_settlement"]), ("53", ["x"])):
            with portal_session_scope(portal, department(sender, sources)) as connection:
                assert own_deliveries(connection) == []
                assert own_delivery(connection, identity) is None
                assert connection.scalar(text("SELECT count(*) FROM delivery_file")) == 0
        with portal_session_scope(portal, OFFICERS[3]) as connection:
            assert connection.scalar(text("SELECT count(*) FROM delivery")) == 0
            assert connection.scalar(text("SELECT count(*) FROM review_case")) == 1
        with portal.begin() as connection:
            assert connection.scalar(text("SELECT count(*) FROM delivery")) == 0

    @pytest.mark.parametrize(("sender", "sources"), [("", ["civil_affairs"]), ("530100", []), ("530100", ["a,b"])])
    def test_the_scope_refuses_what_would_widen_it(self, site: Site, sender: str, sources: list[str]) -> None:
        with (
            pytest.raises(ValueError, match="comma"),
            portal_session_scope(site.database.portal, department(sender, sources)),
        ):
            pass

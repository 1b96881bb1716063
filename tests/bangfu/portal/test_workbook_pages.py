"""A county's offline day with real bytes: take a workbook along, fill it in, preview, import, receipt; and who may not."""

import io
import logging
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msoffcrypto
import openpyxl
import pytest
from sqlalchemy import select, text

from bangfu.china_time import CHINA
from bangfu.db import candidates, runs
from bangfu.db.list_entries import NewEntry, replace_entries
from bangfu.db.models import AccessLog
from bangfu.db.trust_models import ExportRecord
from bangfu.db.users import User, create_user
from bangfu.db.workbook_uploads import purge_uploads
from bangfu.pipeline.review import workbook_answers
from bangfu.pipeline.review.openings import open_cases
from bangfu.pipeline.screening.audit_sample import REASON
from bangfu.portal.texts import TEXTS
from bangfu.portal.workbook_pages import WORKBOOK
from bangfu.review.deadlines import Calendar
from bangfu.review.workbook.sheet_names import LIST_SHEET
from schemas.review import REVIEW_LISTS
from schemas.rights import Role

from .conftest import OFFICERS, PASSWORD, Browser, Site, identity, make_candidate
from .test_leaks import EDUCATION

OPENING = "五华-核查-2026-冬"
CONFIRMED = {
    "outcome": "03 属实-支出型（第二层级）", "visit_date": "", "visit_mode": "1 入户", "visitor_1": "陈洁", "visitor_2": "孙丽",
    "household_size": "3", "means_after": "512.5", "main_cause": "2 家属疾病", "willing": "1 是", "authorised": "1 是",
}  # fmt: skip
SETTLED = {"outcome": "06", "visit_date": "", "visitor_1": "陈洁"}
CANARIES = ("张晓梅", "李建国", "13812345678", "539001198001010014", "学府路12号", "金丝雀说明")


def today() -> str:
    return datetime.now(CHINA).date().isoformat()


def take(browser: Browser, **fields: str) -> Any:
    """Ask for a workbook; returns the answer."""
    form = {
        "csrf_token": browser.token("/workbook"),
        "listing": "candidates",
        "choice": "own",
        "password": OPENING,
        "again": OPENING,
    }
    return browser.post("/workbook/files", data={**form, **fields})  # fmt: skip


def opened(content: bytes, password: str = OPENING) -> bytes:
    office, plain = msoffcrypto.OfficeFile(io.BytesIO(content)), io.BytesIO()
    office.load_key(password=password)
    office.decrypt(plain)
    return plain.getvalue()


def locked(content: bytes, password: str = OPENING) -> bytes:
    saved = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(content)).encrypt(password, saved)
    return saved.getvalue()


def filled(content: bytes, answers: Mapping[str, Mapping[str, str]], listing: str = "candidates") -> bytes:
    """Rows filled in as a clerk does, by case; the day of the visit is today."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book[LIST_SHEET]
    headers = {str(cell.value).partition("\n")[0].rstrip("*"): cell.column for cell in sheet[4]}
    columns = {column.code: headers[column.zh] for column in REVIEW_LISTS[listing].columns}
    for case_id, cells in answers.items():
        row = next(line[0].row for line in sheet.iter_rows(min_row=5) if case_id in {cell.value for cell in line})
        for code, value in cells.items():
            sheet.cell(row, columns[code]).value = value or today()
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def bring(browser: Browser, content: bytes, password: str = OPENING, token: str = "") -> Any:
    """Upload; returns the answer."""
    form = {"csrf_token": token or browser.token("/workbook"), "password": password}
    return browser.post("/workbook", data=form, files={"file": ("核查.xlsx", content)})


def preview(browser: Browser, content: bytes) -> str:
    """Upload; returns the address of the preview."""
    answer = bring(browser, content)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def import_it(browser: Browser, address: str) -> str:
    """Import what was previewed; returns the receipt's page."""
    assert browser.post(f"{address}/apply", data={"csrf_token": browser.token("/workbook")}).status_code == 303
    return str(browser.get(address).text)


def verdicts(page: str) -> list[str]:
    return re.findall(r'<span class="outcome \w+">([^<]+)</span>', page)


def states(site: Site) -> dict[str, tuple[str, int, str | None]]:
    with site.database.owner.connect() as connection:
        rows = connection.execute(text("SELECT case_id, state, version, assignee FROM review_case")).all()
    return {row.case_id: (row.state, row.version, row.assignee) for row in rows}


def returned(site: Site, browser: Browser) -> bytes:
    """The workbook of the county, its first case confirmed, the second settled, under its password again."""
    plain = opened(take(browser).content)
    answers = {site.case(1): {**CONFIRMED, "note": "金丝雀说明"}, site.case(2): SETTLED}
    return locked(filled(plain, answers))


class TestTheWholeWay:
    def test_taken_filled_previewed_imported_and_once_only(self, counties: Site, caplog: Any) -> None:
        caplog.set_level(logging.DEBUG)
        browser, before = counties.browser("chen.jie"), states(counties)
        content = returned(counties, browser)
        address = preview(browser, content)
        page = browser.get(address).text
        assert verdicts(page) == ["可以导入", "可以导入"]
        assert "办到“待核实”" in page
        assert states(counties) == before, "a preview writes nothing"
        receipt = import_it(browser, address)
        assert verdicts(receipt) == ["已导入", "已导入"]
        after = states(counties)
        assert after[counties.case(1)] == ("visited", 8, "chen.jie")
        assert after[counties.case(2)][0] == "closed"
        assert after[counties.case(3)] == before[counties.case(3)]
        again = import_it(browser, address)
        assert verdicts(again) == ["已导入", "已导入"], "the receipt stays"
        replayed = browser.get(preview(browser, content)).text
        assert verdicts(replayed) == ["已导入过", "已导入过"]
        assert states(counties) == after
        assert "拟定结论：03" in browser.get(f"/cases/{counties.case(1)}").text
        assert [name for name in CANARIES if name in caplog.text] == []
        assert OPENING not in caplog.text

    def test_the_receipt_is_a_workbook_that_names_nobody(self, counties: Site) -> None:
        browser = counties.browser("chen.jie")
        address = preview(browser, returned(counties, browser))
        import_it(browser, address)
        answer = browser.get(f"{address}/receipt.xlsx")
        assert answer.headers["content-type"] == WORKBOOK
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        told = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
        assert "已导入 2 行" in told
        assert [name for name in CANARIES if name in told] == []

    def test_both_languages_are_complete(self, counties: Site) -> None:
        browser = counties.browser("chen.jie")
        assert TEXTS["workbook.title"].en in browser.get("/workbook?lang=en").text
        address = preview(browser, returned(counties, browser))
        assert "The case comes to" in browser.get(f"{address}?lang=en").text

    def test_the_generated_password_opens_the_file_and_is_new_on_every_page(self, counties: Site) -> None:
        browser = counties.browser("chen.jie")
        pages = [browser.get("/workbook").text for _ in range(2)]
        shown = [re.search(r'name="generated" value="([^"]+)"', page)[1] for page in pages]  # type: ignore[index]
        assert shown[0] != shown[1]
        answer = take(browser, choice="generated", generated=shown[0])
        assert opened(answer.content, shown[0])
        assert take(browser, choice="generated", generated="1234").status_code == 400

    @pytest.mark.parametrize(
        ("fields", "problem"),
        [({"password": "short", "again": "short"}, "short"), ({"again": "another one"}, "differ"), ({"listing": "duplicates"}, "nothing")],
    )  # fmt: skip
    def test_what_is_wrong_is_said(self, counties: Site, fields: dict[str, str], problem: str) -> None:
        browser = counties.browser("chen.jie")
        answer = take(browser, **fields)
        assert answer.status_code == 303
        said = TEXTS[f"workbook.problem_{problem}"].zh.format(least=10)
        assert said in browser.get(answer.headers["location"]).text

    def test_every_file_is_recorded_before_it_leaves(self, counties: Site) -> None:
        answer = take(counties.browser("chen.jie"))
        with counties.database.owner.connect() as connection:
            export = connection.execute(select(ExportRecord.__table__)).one()
            entry = connection.execute(
                select(AccessLog.subject, AccessLog.shown).where(AccessLog.action == "workbook")
            ).one()
        assert (export.username, export.rows, export.recipient) == ("chen.jie", 2, "五华区总工会 陈洁")
        assert "工作簿" in export.purpose
        assert (entry.subject, len(entry.shown)) == (export.export_id, 2)
        sheet = openpyxl.load_workbook(io.BytesIO(opened(answer.content)))[LIST_SHEET]
        assert export.export_id in sheet["A2"].value, "the watermark says which export it is"

    def test_audit_visits_go_along_and_come_back(self, site: Site) -> None:
        """Nothing of a clue is in it: neither evidence nor suspicion."""
        drawn = [
            NewEntry("audit_sample", identity(n), "530102", (REASON,), name=f"抽中{n}", phone="13812345678")
            for n in (1, 2)
        ]
        with site.database.owner.begin() as connection:
            run = runs.start_run(connection, "screen")
            candidates.replace_screened(connection, run, [])
            replace_entries(connection, run, drawn)
            open_cases(connection, run, candidates.publish(connection, run), datetime.now(CHINA), Calendar())
        browser = site.browser("chen.jie")
        plain = opened(take(browser, listing="audit_sample").content)
        sheet = openpyxl.load_workbook(io.BytesIO(plain))[LIST_SHEET]
        assert "线索依据" not in {str(cell.value).partition("\n")[0] for cell in sheet[4]}
        found = {
            "outcome": "11",
            "visit_date": "",
            "visit_mode": "1",
            "visitor_1": "陈洁",
            "visitor_2": "孙丽",
            "agrees": "1",
        }
        content = locked(
            filled(plain, {site.case(1): found, site.case(2): {**SETTLED, "outcome": "40"}}, "audit_sample")
        )
        address = preview(browser, content)
        assert verdicts(import_it(browser, address)) == ["已导入", "已导入"]
        assert {number: states(site)[site.case(number)][0] for number in (1, 2)} == {1: "visited", 2: "closed"}
        assert verdicts(browser.get(preview(browser, content)).text) == ["已导入过", "已导入过"]


class TestConflicts:
    def test_a_case_that_moved_on_is_not_overwritten(self, counties: Site) -> None:
        browser = counties.browser("chen.jie")
        content = returned(counties, browser)
        address = preview(browser, content)
        counties.walk(counties.case(1), "receive")
        assert verdicts(import_it(browser, address)) == ["有冲突", "已导入"]
        assert states(counties)[counties.case(1)][0] == "received"

    def test_what_the_flow_does_not_allow_is_told_in_its_words_and_the_rest_is_imported(self, counties: Site) -> None:
        browser = counties.browser("chen.jie")
        plain = opened(take(browser).content)
        answers = {counties.case(1): {**CONFIRMED, "authorised": "0 否"}, counties.case(2): SETTLED}
        page = import_it(browser, preview(browser, filled(plain, answers)))
        assert verdicts(page) == ["流程不允许", "已导入"]
        assert "请填写授权书编号。" in page
        assert states(counties)[counties.case(1)][:2] == ("sent", 2)

    def test_new_evidence_in_a_later_list_is_no_conflict(self, counties: Site) -> None:
        browser = counties.browser("chen.jie")
        content = returned(counties, browser)
        counties.publish([make_candidate(1, strength=0.9), make_candidate(2, name="李建国")])
        page = import_it(browser, preview(browser, content))
        assert verdicts(page) == ["已导入", "已导入"]

    def test_a_kill_between_two_lots_loses_nothing(self, counties: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        browser = counties.browser("chen.jie")
        address = preview(browser, returned(counties, browser))
        record, calls = workbook_answers._record, []

        def killed(*given: Any) -> Any:
            calls.append(given)
            if len(calls) == 2:
                raise RuntimeError("killed")
            return record(*given)

        monkeypatch.setattr(workbook_answers, "AT_ONCE", 1)
        monkeypatch.setattr(workbook_answers, "_record", killed)
        answer = browser.post(f"{address}/apply", data={"csrf_token": browser.token("/workbook")})
        assert answer.status_code == 500
        monkeypatch.undo()
        assert sorted(verdicts(import_it(browser, address))) == ["已导入", "已导入过"]

    def test_a_case_that_somebody_works_on_at_that_moment_waits_for_its_own_turn(
        self, counties: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Here somebody holds the first case for as long as the others are recorded."""
        browser = counties.browser("chen.jie")
        address, held = preview(browser, returned(counties, browser)), counties.case(1)
        working = counties.database.owner.connect()
        record, lots = workbook_answers._record, []

        def recorded(connection: Any, rows: Any, *more: Any) -> Any:
            lots.append([row.case_id for row in rows])
            working.rollback()
            return record(connection, rows, *more)

        monkeypatch.setattr(workbook_answers, "_record", recorded)
        working.execute(text("SELECT FROM review_case WHERE case_id = :id FOR UPDATE"), {"id": held})
        assert verdicts(import_it(browser, address)) == ["已导入", "已导入"]
        assert lots == [[counties.case(2)], [held]]
        working.close()

    def test_a_step_taken_back_may_be_filled_in_again(self, counties: Site) -> None:
        browser = counties.browser("chen.jie")
        content = returned(counties, browser)
        import_it(browser, preview(browser, content))
        assert browser.undo(counties.case(1)).status_code == 303
        assert verdicts(browser.get(preview(browser, content)).text) == ["有冲突", "已导入过"]


class TestOthers:
    def test_another_unions_workbook_is_refused(self, counties: Site) -> None:
        content = returned(counties, counties.browser("chen.jie"))
        answer = bring(counties.browser("yang.fan"), content)
        assert answer.status_code == 409
        assert "这是其他工会的工作簿" in answer.text

    @pytest.mark.parametrize("path", ["", "/receipt.xlsx"])
    def test_an_upload_is_its_accounts_alone(self, counties: Site, path: str) -> None:
        browser = counties.browser("chen.jie")
        address = preview(browser, returned(counties, browser))
        for username in ("sun.li", "yang.fan"):
            assert counties.browser(username).get(address + path).status_code == 404
        other = counties.browser("sun.li")
        form = {"csrf_token": other.token("/workbook")}
        assert other.post(f"{address}/apply", data=form).status_code == 404
        assert other.post(f"{address}/drop", data=form).status_code == 404
        assert browser.get(address + path).status_code == 200

    def test_who_only_looks_from_above_takes_along_and_brings_nothing_back(self, counties: Site) -> None:
        browser = counties.browser("li.na")
        assert take(browser).headers["content-type"] == WORKBOOK
        assert bring(browser, b"x").status_code == 403

    def test_a_workbook_holds_the_own_countys_cases_alone(self, counties: Site) -> None:
        sheet = openpyxl.load_workbook(io.BytesIO(opened(take(counties.browser("yang.fan")).content)))[LIST_SHEET]
        told = {str(cell.value) for row in sheet.iter_rows() for cell in row}
        assert "杨丽" in told
        assert not {"张晓梅", "李建国", "张海", "539001198001010014"} & told

    def test_an_industry_union_takes_its_own(self, site: Site) -> None:
        owner = {"owner": {"tree": "industry", "union": EDUCATION}}
        site.publish([make_candidate(1), make_candidate(2, county_code="532901", name="段老师", evidence=owner)])
        with site.database.owner.begin() as connection:
            for name, shown in (("t.c", "丙"), ("t.d", "丁")):
                create_user(connection, User(name, shown, Role.COUNTY_OFFICER, "53", union_name=EDUCATION), PASSWORD)
        browser = site.browser("t.c")
        plain = opened(take(browser).content)
        visitors = {"visitor_1": "丙", "visitor_2": "丁"}
        page = import_it(browser, preview(browser, filled(plain, {site.case(2): {**CONFIRMED, **visitors}})))
        assert verdicts(page)[0] == "已导入"
        assert states(site)[site.case(2)][0] == "visited"
        assert bring(site.browser("yang.fan"), plain).status_code == 409

    def test_a_form_without_its_token_is_refused(self, counties: Site) -> None:
        assert bring(counties.browser("chen.jie"), b"x", token="another").status_code == 403

    @pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 broken"])
    def test_what_is_no_workbook_is_refused_with_a_reason(self, counties: Site, content: bytes) -> None:
        answer = bring(counties.browser("chen.jie"), content)
        assert answer.status_code == 409
        assert 'role="alert"' in answer.text


class TestKeeping:
    def test_what_is_kept_is_encrypted_and_goes_with_its_time(self, counties: Site) -> None:
        browser = counties.browser("chen.jie")
        address = preview(browser, returned(counties, browser))
        with counties.database.owner.begin() as connection:
            row = connection.execute(text("SELECT content, expires_at - now() AS left FROM workbook_upload")).one()
            assert not any(name.encode() in row.content for name in CANARIES)
            assert timedelta(minutes=29) < row.left <= timedelta(minutes=30)
            connection.execute(text("UPDATE workbook_upload SET expires_at = now() - interval '1 second'"))
        assert browser.get(address).status_code == 404
        purge_uploads(counties.database.portal)
        with counties.database.owner.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM workbook_upload")) == 0

    def test_after_the_import_no_answer_is_kept(self, counties: Site) -> None:
        from bangfu.db import portal_session_scope
        from bangfu.db.workbook_uploads import get_upload

        browser = counties.browser("chen.jie")
        address = preview(browser, returned(counties, browser))
        import_it(browser, address)
        key = counties.app.state.portal.workbook_key
        with portal_session_scope(counties.database.portal, OFFICERS[0]) as connection:
            kept = get_upload(connection, key, "chen.jie", address.rsplit("/", 1)[-1])
        assert kept is not None
        assert [name for name in CANARIES if name in str(kept.content)] == []

    def test_what_is_discarded_is_gone(self, counties: Site) -> None:
        browser = counties.browser("chen.jie")
        address = preview(browser, returned(counties, browser))
        assert browser.post(f"{address}/drop", data={"csrf_token": browser.token("/workbook")}).status_code == 303
        assert browser.get(address).status_code == 404

    def test_nothing_of_an_upload_reaches_a_disk(
        self, counties: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
        browser = counties.browser("chen.jie")
        content = opened(take(browser).content) + b"\0" * (3 << 20)  # more than a form keeps in memory by default
        assert bring(browser, content).status_code in {303, 409}

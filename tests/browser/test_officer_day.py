"""The whole day of officers in a real browser: log in, inbox, a case from receipt to approval, workbook, dashboards, log out."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from bangfu.portal.texts import TEXTS, say
from schemas.flows.shared import NOT_THE_VISITORS
from tests.bangfu.portal.case_watching import today
from tests.bangfu.portal.test_workbook_pages import CONFIRMED, OPENING, filled, locked, opened

from .conftest import Portal, Sight, pass_second_factor
from .town import LOOKED_AT, WORKED_ON

Window = Callable[..., Sight]


def take(sight: Sight, step: str, **details: str | list[str]) -> None:
    """Fill in the form of a step on the page of a case, as a person would, and send it."""
    form = sight.page.locator(f'form[action*="/steps/{step}"]')
    if not form.is_visible():
        form.locator("xpath=..").locator("summary").click()
    for name, value in details.items():
        fields = form.locator(f'[name="{name}"]')
        kind = fields.first.evaluate("field => field.tagName + ':' + field.type")
        for number, one in enumerate(value if isinstance(value, list) else [value]):
            if kind.startswith("SELECT"):
                fields.nth(number).select_option(one)
            elif kind == "INPUT:radio":
                form.locator(f'[name="{name}"][value="{one}"]').check()
            elif kind == "INPUT:checkbox":
                fields.first.check()
            else:
                fields.nth(number).fill(one)
    form.locator("button:not([type=button])").click()


def saved(sight: Sight, step: str) -> None:
    """The page says that the step was saved."""
    expect(sight.page.locator("[data-saved]")).to_have_text(say("work.saved", "zh", step=step))


class TestLoggingIn:
    def test_with_a_password_and_only_with_the_right_one(self, window: Window) -> None:
        sight = window()
        sight.go("/cases?sort=name")
        expect(sight.page.locator("h1")).to_have_text("登录")
        sight.page.fill("#username", "ma.lin")
        sight.page.fill("#password", "not the password")
        sight.page.click("button.main")
        expect(sight.page.get_by_role("alert")).to_have_text(TEXTS["login.failed"].zh)
        sight.page.fill("#username", "ma.lin")
        sight.page.fill("#password", "correct horse battery")
        sight.page.press("#password", "Enter")
        sight.page.wait_for_url("**/cases?sort=name")

    def test_with_a_second_factor_set_up_once_and_asked_for_ever_after(self, window: Window) -> None:
        sight = window()
        sight.log_in("gao.ting")
        assert sight.path.startswith("/login/second-factor")
        expect(sight.page.locator("svg.qr")).to_be_visible()
        pass_second_factor(sight, "gao.ting")
        sight.page.wait_for_url("**/cases")
        sight.page.get_by_role("button", name="退出").click()
        sight.log_in("gao.ting")
        expect(sight.page.locator("svg.qr")).to_have_count(0)
        sight.page.fill("#code", "000000")
        sight.page.press("#code", "Enter")
        expect(sight.page.get_by_role("alert")).to_have_text(TEXTS["factor.wrong"].zh)
        sight.go("/cases")
        assert sight.path.startswith("/login"), "half a log-in opens nothing"


class TestInbox:
    def test_parts_filters_order_and_names(self, window: Window) -> None:
        sight = window("ma.lin")
        page, rows = sight.page, sight.page.locator("tbody tr")
        expect(rows).to_have_count(12)
        part = page.get_by_role("link", name=re.compile("^办理中"))
        count = int(part.locator("b").inner_text())
        part.click()
        expect(rows).to_have_count(count)
        assert 3 <= count < 12
        page.select_option("#flow", "candidate")
        page.click("button.main")
        page.select_option("#state", "assigned")
        page.click("button.main")
        expect(rows).to_have_count(2)
        expect(rows.first.locator(".stage")).to_contain_text("待联系")
        page.get_by_role("link", name="清除条件").click()
        page.select_option("#sort", "name")
        page.check("[name=mine]")
        page.click("button.main")
        expect(rows).to_have_count(3)
        assert sight.path == "/cases?flow=&sort=name&mine=1"
        page.press("body", "/")
        page.keyboard.type("段红")
        page.keyboard.press("Enter")
        expect(rows).to_have_count(1)
        expect(page.get_by_text("姓名含“段红”")).to_be_visible()
        assert "段" not in sight.page.url, "a name is in no address"
        page.get_by_role("button", name="取消姓名查找").click()
        expect(rows).to_have_count(3)

    def test_the_way_back_leads_to_the_same_row(self, window: Window, portal: Portal) -> None:
        sight, case_id = window("ma.lin"), portal.town.site.case(107)
        sight.go("/cases?sort=name")
        sight.page.locator(f"[id='{case_id}'] [data-row]").click()
        sight.page.wait_for_url(f"**/cases/{case_id}?sort=name")
        sight.page.press("body", "b")
        sight.page.wait_for_url(f"**/cases?sort=name#{case_id}")


class TestOneCase:
    def test_from_receipt_to_approval_by_three_people(self, window: Window, portal: Portal) -> None:
        case_id = portal.town.fresh()
        officer = window("chen.jie")
        officer.go(f"/cases/{case_id}")
        for step, label, details in (
            ("receive", "签收", {}),
            ("assign", "分派", {"assignee": "chen.jie"}),
        ):
            take(officer, step, **details)
            saved(officer, label)
        expect(officer.page.locator(".weight")).to_have_count(0)
        take(officer, "judge", same_person="yes")
        saved(officer, "判断是否同一人")
        expect(officer.page.locator(".weight").first).to_be_visible()
        for step, label, details in (
            ("contact", "登记首次联系", {"on": today()}),
            ("ask", "登记本人同意", {"informed": "1", "agreed_on": today()}),
            ("authorise", "登记授权书", {"authorisation": "授2026-7"}),
            ("visit", "登记入户调查", {"visitors": ["chen.jie", "sun.li"], "visited_on": today(), "form": "表7"}),
        ):
            take(officer, step, **details)
            saved(officer, label)
        expect(officer.page.locator('form[action*="/steps/verify"]')).to_have_count(0)
        expect(officer.page.locator(".work .note")).to_contain_text([NOT_THE_VISITORS.zh])
        approver = window("wang.fang")
        approver.go(f"/cases/{case_id}")
        take(approver, "verify", outcome="03", check="核2026-7")
        saved(approver, "核实并反馈结果")
        assert portal.town.state(case_id) == "verified"
        expect(approver.page.locator("[aria-labelledby=history] .history")).to_contain_text("陈洁, 孙丽")

    def test_the_last_step_is_taken_back_with_u(self, window: Window, portal: Portal) -> None:
        case_id = portal.town.fresh("receive")
        sight = window("chen.jie")
        sight.go(f"/cases/{case_id}")
        take(sight, "assign", assignee="sun.li")
        saved(sight, "分派")
        sight.page.press("body", "u")
        expect(sight.page.locator("[data-saved]")).to_have_text(TEXTS["work.undone"].zh)
        assert portal.town.state(case_id) == "received"
        expect(sight.page.locator(".history .undone")).to_contain_text("分派")

    def test_a_field_in_full_for_a_reason_this_once(self, window: Window, portal: Portal) -> None:
        sight, case_id = window("chen.jie"), portal.town.fresh("receive")
        sight.go(f"/cases/{case_id}")
        assert "13812345678" not in sight.page.content()
        phone = sight.page.locator(".facts > div", has_text="手机号码")
        phone.locator("summary").click()
        phone.locator("select").select_option("contact")
        phone.get_by_role("button").click()
        expect(phone.locator("b")).to_have_text("13812345678")
        sight.go(f"/cases/{case_id}")
        assert "13812345678" not in sight.page.content()

    def test_to_another_county_which_accepts_it(self, window: Window, portal: Portal) -> None:
        case_id = portal.town.fresh("receive")
        here, there = window("chen.jie"), window("yang.fan")
        there.go(f"/cases/{case_id}")
        expect(there.page.locator("h1")).to_have_text("没有找到")
        here.go(f"/cases/{case_id}")
        take(here, "transfer", to_county="532901", reason="本人已迁至大理")
        saved(here, "转办")
        there.go("/cases")
        row = there.page.locator(f"tr[id='{case_id}']")
        expect(row).to_contain_text("请本县接收")
        row.locator("[data-row]").click()
        take(there, "accept")
        saved(there, "接收转办")
        here.go(f"/cases/{case_id}")
        expect(here.page.locator("h1")).to_have_text("没有找到")


class TestWorkbook:
    def test_taken_along_filled_in_previewed_imported_and_confirmed_by_another(
        self, window: Window, portal: Portal, tmp_path: Path
    ) -> None:
        town = portal.town
        case_id, other = (town.fresh("receive", "assign", assignee="sun.li") for _ in range(2))
        sight = window("sun.li")
        sight.page.get_by_role("link", name="线下核查").click()
        sight.page.check("[name=mine]")
        sight.page.check("[name=choice][value=own]")
        for field in ("#password", "#again"):
            sight.page.fill(field, OPENING)
        with sight.page.expect_download() as got:
            sight.page.get_by_role("button", name=TEXTS["workbook.download"].zh).click()
        got.value.save_as(tmp_path / "taken.xlsx")
        content = (tmp_path / "taken.xlsx").read_bytes()
        assert content[:4] == b"\xd0\xcf\x11\xe0", "the file is encrypted"
        answers = {case_id: CONFIRMED, other: {**CONFIRMED, "authorised": "0 否"}}
        (tmp_path / "filled.xlsx").write_bytes(locked(filled(opened(content), answers)))
        sight.page.set_input_files("#file", tmp_path / "filled.xlsx")
        sight.page.fill("#opening", OPENING)
        sight.page.get_by_role("button", name=TEXTS["workbook.preview"].zh).click()
        outcomes = sight.page.locator(".receipt .outcome")
        expect(outcomes).to_have_text(["流程不允许", "可以导入"])
        assert (town.state(case_id), town.state(other)) == ("assigned", "assigned"), "a preview writes nothing"
        sight.page.locator(".act button.main").click()
        expect(outcomes).to_have_text(["流程不允许", "已导入"])
        with sight.page.expect_download() as got:
            sight.page.locator("a.button", has_text="回执").click()
        got.value.save_as(tmp_path / "receipt.xlsx")
        receipt = openpyxl.load_workbook(io.BytesIO((tmp_path / "receipt.xlsx").read_bytes())).active
        told = "".join(str(cell.value) for row in receipt.iter_rows() for cell in row)
        assert "已导入 1 行" in told
        assert (town.state(case_id), town.state(other)) == ("visited", "assigned")
        approver = window("wang.fang")
        approver.go(f"/cases/{case_id}")
        take(approver, "verify", outcome="03", check="核2026-7")
        saved(approver, "核实并反馈结果")


class TestDashboards:
    def test_the_province_goes_down_to_a_prefecture_a_county_and_a_case(self, window: Window) -> None:
        sight = window("zhao.min")
        sight.page.wait_for_url("**/overview")
        expect(sight.page.locator(".tile b").first).to_have_text(re.compile(r"^\d{2,}$"))
        sight.page.get_by_role("link", name="昆明市", exact=True).click()
        sight.page.wait_for_url("**/overview?area=5301")
        expect(sight.page.locator("h1")).to_contain_text("昆明市")
        sight.page.get_by_role("link", name=re.compile("^盘龙区：在办 12")).click()
        sight.page.wait_for_url(f"**/cases?area={LOOKED_AT}")
        expect(sight.page.locator("tbody tr")).to_have_count(12)
        sight.page.locator("[data-row]").first.click()
        expect(sight.page.locator("h1 .name")).to_have_text(re.compile(r"^\S\*\*$"))

    def test_a_prefecture_sees_its_own_counties_alone(self, window: Window) -> None:
        sight = window("li.na")
        sight.page.wait_for_url("**/overview")
        names = sight.page.locator(".tiles-chart li a")
        assert set(
            names.evaluate_all("links => links.map(a => new URL(a.href).searchParams.get('area').slice(0, 4))")
        ) == {"5301"}
        sight.go("/overview?area=5329")
        expect(sight.page.locator("h1")).to_contain_text("昆明市")
        sight.page.locator(f'table a[href="/cases?area={WORKED_ON}"]').click()
        expect(sight.page.locator("h1")).to_contain_text("五华区")

    def test_in_english_no_chinese_is_left_but_names(self, window: Window) -> None:
        for username, path in (("ma.lin", "/cases"), ("zhao.min", "/overview"), ("ma.lin", "/workbook")):
            sight = window(username, language="en")
            sight.go(path)
            left = sight.page.evaluate(CHINESE_LEFT)
            assert left == [], path


CHINESE_LEFT = """() => {
    const found = [], walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (/[\\u4e00-\\u9fff]/.test(node.data) && !node.parentElement.closest("[lang^=zh]")) found.push(node.data.trim());
    }
    return found;
}"""
"""Chinese text that is not marked as such, which a screen reader would spell in English."""


class TestLoggingOut:
    def test_back_shows_nothing(self, window: Window, portal: Portal) -> None:
        """Neither the browser's memory of pages nor its history may show a person to who sits down next."""
        sight, case_id = window("ma.lin"), portal.town.site.case(105)
        sight.go("/cases")
        sight.go(f"/cases/{case_id}")
        expect(sight.page.locator("h1 .name")).to_be_visible()
        sight.page.get_by_role("button", name="退出").click()
        sight.page.wait_for_url("**/login?out=1")
        for _ in range(2):
            sight.page.go_back()
            expect(sight.page.locator("h1")).to_have_text("登录")
            assert sight.page.locator(".name").count() == 0

    @pytest.mark.parametrize("others", ["everywhere", "by an administrator"])
    def test_a_session_that_ended_elsewhere_ends_here(self, window: Window, portal: Portal, others: str) -> None:
        sight = window("sun.li")
        sight.go("/cases")
        if others == "everywhere":
            second = window("sun.li")
            second.go("/account")
            second.page.get_by_role("button", name=TEXTS["account.end_all"].zh).click()
        else:
            portal.town.told("DELETE FROM portal_session WHERE username = :name", name="sun.li")
        sight.go("/cases")
        expect(sight.page.locator("h1")).to_have_text("登录")

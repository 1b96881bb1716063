"""The report: one file that needs nothing else, tells the verdict first, and holds nothing of any person."""

import base64
import datetime as dt
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from hand_built import identity_number

from bangfu.profiling import Profile, content_security_policy, drift, render
from bangfu.profiling.labels import label_of
from bangfu.profiling.shapes import AMOUNT_BANDS, LENGTH_BANDS, PHONE_KINDS
from schemas.fields import FIELDS
from schemas.records import ID_FORMS
from schemas.source import DriftLimits
from schemas.sources import SOURCES
from tests.bangfu.profiling.extracts import about, counted, field, profiled

BEFORE = counted(500, field("phone", 480, header="联系电话"), field("sex", 500, counts={"1": 250, "2": 250}))


def page(now: Profile, before: Profile | None = None, status: str = "received") -> str:
    return render(now, drift(now, before, DriftLimits()), about(status=status), before)


def words(html: str) -> str:
    """What a reader sees, without tags and with single blanks."""
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", text)


def test_the_verdict_comes_first_and_says_why() -> None:
    gone = page(counted(500, field("phone", 0, given=False), field("sex", 500)), BEFORE, "held")
    seen = words(gone)
    assert seen.index("待批准 waits for approval 1 项超出界限") < seen.index("与上一批的差异")
    assert "「手机号码」列不见了（上一批表头「联系电话」），上一批填写率 96.0%" in seen
    assert "请核对后批准使用，或请报送单位更正后重报" in seen


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("received", "可以使用 fit for use 与上一批比较 6 项，均未超出界限"),
        ("held", "待批准 waits for approval 因其他原因（例如没有报送清单）待批准"),
        ("retracted", "不再使用 not in use 本批已撤回"),
        ("rejected", "不再使用 not in use 本批已拒收"),
    ],
)
def test_the_verdict_goes_with_where_the_extract_stands(status: str, verdict: str) -> None:
    assert verdict in words(page(BEFORE, BEFORE, status))


def test_an_approved_extract_keeps_what_was_approved() -> None:
    assert "已批准使用 approved for use 1 项超出界限" in words(page(counted(400, rejected=100), None, "accepted"))


def test_a_first_extract_says_so() -> None:
    assert "这是该报送单位的第一批，没有可比的上一批；拒收 0.0%，在界限以内" in words(page(BEFORE))
    few = words(page(counted(17, rejected=3)))
    assert "拒收 15.0%，超过界限，但数据行少，可能是偶然" in few


def test_every_column_shows_its_fill_rate_now_and_before() -> None:
    html = page(counted(500, field("phone", 450), field("sex", 500, counts={"1": 250, "2": 250})), BEFORE)
    row = next(part for part in html.split("<tr") if "手机号码" in part and "drawn" in part)
    assert 'class="now" width="90.00"' in row
    assert 'class="before" y="7.4" width="96.00"' in row
    assert "90.0%" in row
    assert "96.0%" in row


def test_what_a_source_asks_for_and_nobody_sent_is_named() -> None:
    seen = words(render_profiled({"phone": None}))
    missing = seen[seen.index("登记了而没有送来的列") :]
    assert "出生日期" not in missing[:200]
    assert "会籍状态" in missing[:400]


def render_profiled(row: dict[str, str | None]) -> str:
    profile = profiled("union_roster", [{"name": "王一", "birth_date": "1980-02-03", **row}])
    return render(profile, drift(profile, None, DriftLimits()), about("union_roster"))


class _References(HTMLParser):
    """Everything by which a page could run code or ask for something."""

    found: list[str]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "link", "iframe", "object", "embed", "img", "form", "a", "base", "use", "image"}:
            self.found.append(tag)
        self.found += [name for name, _ in attrs if name in {"src", "href", "style"} or name.startswith("on")]


def test_the_page_needs_nothing_and_runs_nothing() -> None:
    html = page(counted(400, field("phone", 10), rejected=100), BEFORE)
    parser = _References()
    parser.found = []
    parser.feed(html)
    assert parser.found == []
    assert "url(" not in html
    assert "@import" not in html


def test_the_page_binds_itself_to_its_own_style() -> None:
    html = page(BEFORE)
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert content_security_policy() == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert html.replace("&#39;", "'").count(content_security_policy()) == 1


def test_what_senders_write_is_escaped() -> None:
    now = counted(500, field("phone", 480, header="<b>电话</b>"), unlisted=("<i>备注</i>",))
    html = page(now, BEFORE)
    assert "<b>电话" not in html
    assert "<i>备注" not in html
    assert "&lt;i&gt;备注&lt;/i&gt;" in html


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_a_report(source: str) -> None:
    required = {column.field: "1" for column in SOURCES[source].columns if column.required}
    dates = {name: "2026-05-01" for name in required if FIELDS[name].type == "date"}
    codes = {"relief_category": "农村低保", "name": "王一", "birth_date": "1980-02-03"}
    asked = {column.field for column in SOURCES[source].columns}
    row = {name: value for name, value in {**required, **dates, **codes}.items() if name in asked}
    profile = profiled(source, [row])
    seen = words(render(profile, drift(profile, None, SOURCES[source].drift), about(source)))
    assert f"数据质量报告 data-quality report {SOURCES[source].zh} {SOURCES[source].en}" in seen


def test_everything_counted_has_a_name_in_both_languages() -> None:
    listed = {
        "id_number": ID_FORMS,
        "phone": tuple(PHONE_KINDS),
        "monthly_amount": tuple(band.code for band in AMOUNT_BANDS),
        "address": tuple(band.code for band in LENGTH_BANDS),
    }
    for name, codes in listed.items():
        labels = [label_of(name, code) for code in codes]
        assert len({zh for zh, _ in labels}) == len({en for _, en in labels}) == len(codes)


NAME, FORMER, PHONE = "金丝雀茉莉", "鸢尾金丝雀", "13900077123"
NUMBER = identity_number("539001", dt.date(1981, 3, 7), 614)
CANARY = {
    "name": f"{NAME}（曾用名：{FORMER}）",
    "id_number": NUMBER,
    "birth_date": "1981-03-07",
    "phone": PHONE,
    "address": "昆明市五华区金丝雀巷7号",
    "household_ref": "JSQ-77123",
    "relation": "金丝雀之妻",
    "monthly_amount": "7712.34",
    "started_on": "金丝雀年",
    "relief_category": "农村低保",
}
SECRETS = ("金丝雀", "鸢尾", PHONE, NUMBER, NUMBER[:14], "JSQ", "7712", "1981-03", "茉莉")


def test_nothing_of_a_person_is_in_a_profile_or_a_report() -> None:
    """Canary people: every value of theirs is found nowhere else, some are unreadable, some stand in the header."""
    poor = {**CANARY, "name": None, "household_ref": "JSQ-77124"}
    headers = [f"填报人：{NAME}", PHONE, f"{NUMBER}的情况"]
    rows: list[dict[str, str | None]] = [dict(CANARY), dict(CANARY), poor]
    now = profiled("civil_affairs", rows, name=f"{NAME}填报", unlisted=headers, forbidden=headers, duplicated=headers)
    before = profiled("civil_affairs", [{**CANARY, "household_ref": f"JSQ-{i}"} for i in range(60)])
    told = drift(now, before, DriftLimits())
    assert (now.accepted, now.rejected) == (1, 2)
    written = {
        "profile": json.dumps(now.to_json(), ensure_ascii=False) + repr(now),
        "drift": json.dumps(told.to_json(), ensure_ascii=False) + repr(told),
        "page": render(now, told, about(), before),
    }
    found = [(name, secret) for name, text in written.items() for secret in SECRETS if secret in text]
    assert found == []
    assert all(written.values())

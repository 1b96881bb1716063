"""A line of the inbox: a case in a few words, and how much time is left."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bangfu.china_time import CHINA
from bangfu.portal.inbox_views import case_line, time_left
from bangfu.portal.languages import Language
from bangfu.review.deadlines import Calendar
from bangfu.review.freezes import Freeze
from bangfu.screening.rules.shipped import shipped_screens

from .conftest import make_row

NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)  # a Monday, 10 o'clock in China
PLAIN = Calendar()
FROZEN = Calendar((Freeze("530100", date(2026, 6, 2), date(2026, 6, 3), "农忙", "示例"),))


def china(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=CHINA)


def left(language: Language = "zh", calendar: Calendar = PLAIN, **row: object) -> str:
    return time_left(make_row(**row), language, NOW, calendar)


def test_no_line_holds_a_value_that_is_to_be_masked() -> None:
    """Templates get lines only: what is not in a line cannot be on a page."""
    shown = repr([case_line(make_row(), language, NOW, PLAIN) for language in ("zh", "en")])
    assert [
        value for value in ("张晓梅", "539001198001010014", "13812345678", "学府路", "0.79") if value in shown
    ] == []


@pytest.mark.parametrize(
    ("due", "zh", "en"),
    [
        ("2026-06-04", "还有 2 个工作日", "2 working days left"),
        ("2026-06-09", "还有 5 个工作日", "5 working days left"),
        ("2026-06-02", "今天到期", "due today"),
        ("2026-06-01", "逾期 1 个工作日", "1 working days late"),
        ("2026-05-30", "逾期 1 个工作日", "1 working days late"),
        ("2026-05-23", "逾期 6 个工作日", "6 working days late"),
    ],
)
def test_the_time_left_is_told_in_working_days(due: str, zh: str, en: str) -> None:
    """The limit ends with the day before `due_at`; weekends do not count."""
    assert (left("zh", due_at=china(due)), left("en", due_at=china(due))) == (zh, en)


def test_days_of_a_freeze_do_not_count_where_it_holds() -> None:
    assert left(calendar=FROZEN, due_at=china("2026-06-05")) == "还有 1 个工作日"
    assert left(calendar=FROZEN, due_at=china("2026-06-05"), county_code="532901") == "还有 3 个工作日"
    assert left(calendar=FROZEN, due_at=china("2026-06-05"), asked_county="532901") == "还有 3 个工作日"


@pytest.mark.parametrize(
    ("minutes", "told"), [(90, "还有 2 小时"), (1, "还有 1 小时"), (0, "逾期 0 小时"), (-61, "逾期 2 小时")]
)
def test_an_urgent_clue_is_told_in_hours(minutes: int, told: str) -> None:
    assert left(urgent=True, due_at=NOW + timedelta(minutes=minutes)) == told


def test_an_urgent_clue_beyond_its_first_day_is_told_in_days() -> None:
    assert left(urgent=True, state="visited", due_at=china("2026-06-04")) == "还有 2 个工作日"


def test_what_waits_what_has_no_limit_and_what_has_ended() -> None:
    assert left(waits_until=china("2026-06-09"), due_at=china("2026-06-11")) == "等到 2026-06-08"
    assert left("en", waits_until=china("2026-06-09")) == "waits until 2026-06-08"
    assert left(waits_until=china("2026-05-20"), due_at=china("2026-06-04")) == "还有 2 个工作日", "the waiting is over"
    assert left(due_at=None) == "无期限"
    assert left(ended_at=china("2026-05-30")) == "2026-05-30"


def test_lateness_is_not_told_of_what_has_ended() -> None:
    late = case_line(make_row(due_at=NOW, soon_at=NOW), "zh", NOW, PLAIN)
    ended = case_line(make_row(due_at=NOW, soon_at=NOW, ended_at=NOW, urgent=True), "zh", NOW, PLAIN)
    assert (late.late, late.soon) == (True, True)
    assert (ended.late, ended.soon, ended.urgent, ended.fresh) == (False, False, False, False)


def test_a_case_is_fresh_until_the_desk_has_seen_it() -> None:
    assert case_line(make_row(seen_at=None), "zh", NOW, PLAIN).fresh
    assert not case_line(make_row(seen_at=NOW), "zh", NOW, PLAIN).fresh


def test_the_age_is_the_one_reached_this_year_in_china() -> None:
    eve = datetime(2025, 12, 31, 17, tzinfo=UTC)
    assert case_line(make_row(birth_year=1980), "zh", eve, PLAIN).age == 46
    assert case_line(make_row(birth_year=None), "zh", eve, PLAIN).age is None


def test_the_employer_stands_in_for_a_union_that_is_not_known() -> None:
    assert case_line(make_row(union_name=None), "zh", NOW, PLAIN).union == "昆明云岭机械有限公司"
    assert case_line(make_row(union_name=None, employer=None), "zh", NOW, PLAIN).union == ""


def test_who_works_on_it_is_told_by_name() -> None:
    row = make_row(assignee="chen.jie", asked_county="532901")
    line = case_line(row, "zh", NOW, PLAIN, {"chen.jie": "陈洁"})
    assert (line.assignee, line.asked, line.county) == ("陈洁", True, "昆明市五华区")
    assert case_line(row, "zh", NOW, PLAIN).assignee == "chen.jie"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_band_of_every_rule_has_a_few_words(language: Language) -> None:
    for rule in shipped_screens().values():
        for band in rule.bands:
            reason = {"code": rule.code, "band": band.code, "zh": "长句", "en": "a long sentence"}
            (chip,) = case_line(make_row(reasons=[reason]), language, NOW, PLAIN).chips
            assert getattr(band, language) in chip
            assert chip not in {"长句", "a long sentence"}

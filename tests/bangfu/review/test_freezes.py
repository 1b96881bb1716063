"""Freezes are read from a table that people fill in, and hold for the counties below a division."""

from datetime import date

import pytest

from bangfu.errors import Refused
from bangfu.review.freezes import Freeze, freezes_of, read_freezes
from schemas.reference.holidays import freeze_file

HEADER = "division,first,last,reason,document\n"


def test_the_carried_table_is_empty() -> None:
    """A freeze is set by a document of a place and must not be invented."""
    assert read_freezes(freeze_file()) == ()


def test_a_line_is_read() -> None:
    text = "\ufeff" + HEADER + "532300,2026-08-06,2026-08-08,火把节,示例1号\n"
    assert read_freezes(text) == (Freeze("532300", date(2026, 8, 6), date(2026, 8, 8), "火把节", "示例1号"),)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("532300,2026-08-06,2026-08-08,,示例", "缺少 reason"),
        ("999999,2026-08-06,2026-08-08,火把节,示例", "区划代码不存在"),
        ("532300,8月6日,2026-08-08,火把节,示例", "日期应写成"),
        ("532300,2026-08-08,2026-08-06,火把节,示例", "止日应不早于起日"),
        ("532300,2026-08-06,2027-08-08,火把节,示例", "不超过60天"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(line: str, says: str) -> None:
    with pytest.raises(Refused, match="Line 2") as raised:
        read_freezes(f"{HEADER}{line}\n")
    assert says in raised.value.zh


def test_a_freeze_holds_for_the_counties_below() -> None:
    county, prefecture, province, other = (
        Freeze(code, date(2026, 8, 6), date(2026, 8, 8), "火把节", "示例")
        for code in ("532301", "532300", "530000", "530102")
    )
    frozen = (county, prefecture, province, other)
    assert freezes_of("532301", frozen) == (county, prefecture, province)
    assert freezes_of("532302", frozen) == (prefecture, province)

"""The clock of everybody who reads (北京时间): moments are stored in UTC and told in China's time."""

from datetime import datetime
from zoneinfo import ZoneInfo

__all__ = ["CHINA", "in_china"]

CHINA = ZoneInfo("Asia/Shanghai")


def in_china(moment: datetime, form: str = "%Y-%m-%d %H:%M") -> str:
    """A moment as people read it.

    >>> from datetime import UTC
    >>> in_china(datetime(2026, 6, 1, 16, 30, tzinfo=UTC))
    '2026-06-02 00:30'
    """
    return moment.astimezone(CHINA).strftime(form)

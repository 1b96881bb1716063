"""The calendar that limits are counted by (时限日历): freezes from a file of the federation's, and limits it may set."""

from bangfu.errors import BangfuError
from bangfu.review.deadlines import Calendar
from bangfu.review.freezes import read_freezes
from bangfu.settings import Settings

__all__ = ["review_calendar"]


def review_calendar(settings: Settings) -> Calendar:
    """Read it.

    Args:
        settings: `review_freezes` names a CSV like `schemas/reference/holidays/freezes.csv`; None is no freeze.

    Raises:
        BangfuError: The file cannot be read or used; the message names the line.
    """
    path = settings.review_freezes
    if path is None:
        return Calendar()
    try:
        return Calendar(read_freezes(path.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        raise BangfuError(f"The table of freezes {path} cannot be read as UTF-8 text.") from error

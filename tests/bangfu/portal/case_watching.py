"""What tests look at of a case: the stage its page shows, its events, the day in China."""

import re
from datetime import datetime

from sqlalchemy import text

from bangfu.china_time import CHINA
from bangfu.portal.texts import TEXTS

from .conftest import Browser, Site

__all__ = ["events", "state", "today"]


def state(browser: Browser, case_id: str) -> str:
    """The stage that the page of a case shows."""
    (found,) = re.findall(
        rf"<dt>{TEXTS['work.state'].zh}</dt><dd><b>([^<]+)</b>", browser.get(f"/cases/{case_id}").text
    )
    return str(found)


def events(site: Site, case_id: str) -> list[tuple[str, str]]:
    query = text(
        "SELECT username, step FROM case_event WHERE case_id = :id AND step NOT IN ('open', 'send') ORDER BY version"
    )
    with site.database.owner.connect() as connection:
        return [tuple(row) for row in connection.execute(query, {"id": case_id})]


def today() -> str:
    return datetime.now(CHINA).date().isoformat()

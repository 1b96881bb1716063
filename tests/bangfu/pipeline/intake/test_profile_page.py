"""The report of a delivery, from what was stored when it was settled."""

from dataclasses import replace

import pytest
from hand_built import Database, add, member, opened

from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.profile_page import held_and_latest, profile_page, stored_profile
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.settle import settle_pending
from tests.bangfu.pipeline.sending import Sending, correction


def listing(people: int) -> bytes:
    lines = [f"J{n},农村低保,岩{n},53921019900307{n % 900 + 100:03d}X,1380000{n:04d}" for n in range(people)]
    return ("低保证号,救助类别,成员姓名,成员身份证号,联系电话\n" + "\n".join(lines) + "\n").encode()


FIRST = Sending({"岩温的名单.csv": listing(400)}, source="civil_affairs", sender="530100", period="2026-05")
SECOND = correction(FIRST, {"岩温的名单.csv": listing(90)})


@pytest.fixture
def context(database: Database) -> Context:
    found = opened(database)
    found = replace(found, settings=replace(found.settings, quiet_seconds=0))
    for sending in (FIRST, SECOND):
        sending.put(found)
        receive_dropped(found, "civil_affairs")
        settle_pending(found)
    return found


def test_the_first_delivery_has_nothing_to_be_compared_with(context: Context) -> None:
    found = stored_profile(context, FIRST.delivery_id)
    assert (found.profile.accepted, found.drift.first, found.before) == (400, True, None)
    assert (found.about.sender, found.about.period, found.about.revision) == ("昆明市 530100", "2026-05", 1)
    assert (found.verdict.tone, found.verdict.en) == ("good", "fit for use")


def test_a_held_delivery_is_shown_beside_the_one_before(context: Context) -> None:
    found = stored_profile(context, SECOND.delivery_id)
    assert found.before is not None
    assert (found.before.accepted, found.profile.accepted) == (400, 90)
    assert (found.verdict.tone, found.verdict.zh) == ("wait", "待批准")
    assert [finding.en for finding in found.drift.findings if finding.over] == [
        "data rows went from 400 to 90, 77.5% fewer (limit 30%)"
    ]
    assert found.about.previous_extract_id == stored_profile(context, FIRST.delivery_id).about.extract_id


def test_the_page_tells_counts_and_no_value(context: Context) -> None:
    page = profile_page(context, SECOND.delivery_id)
    assert page.lower().startswith("<!doctype html>")
    assert SECOND.delivery_id in page
    assert "77.5%" in page
    for canary in ("岩1", "岩温", "53921019900307", "1380000"):
        assert canary not in page


def test_what_has_no_profile_is_said(context: Context) -> None:
    with pytest.raises(BangfuError, match="No delivery civil_affairs-d-0 is registered"):
        stored_profile(context, "civil_affairs-d-0")
    third = correction(SECOND, {"名单.csv": listing(95)})
    third.put(context)
    receive_dropped(context, "civil_affairs")
    with pytest.raises(BangfuError, match="is received and has no profile: run `bangfu standardise`"):
        stored_profile(context, third.delivery_id)


def test_held_and_latest_deliveries_name_no_file(context: Context) -> None:
    add(context, "union_roster", [member(1)])
    held, latest = held_and_latest(context, latest=2)
    [waiting] = held
    assert (waiting["delivery_id"], waiting["status"], waiting["rows"], waiting["profile"]) == (
        SECOND.delivery_id, "held", 90, True
    )  # fmt: skip
    assert "数据行数由 400 变为 90" in waiting["reason"]
    assert [(row["source"], row["status"], row["profile"]) for row in latest] == [
        ("union_roster", "accepted", False),
        ("civil_affairs", "held", True),
    ]
    assert len(held_and_latest(context)[1]) == 3
    assert held_and_latest(context, latest=0)[1] == []
    assert "岩温" not in str((held, latest))

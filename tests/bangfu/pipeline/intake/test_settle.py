"""Settling: a delivery comes into use when its extracts are standardised, or waits for a person."""

import json
import threading
from dataclasses import replace

import pytest
from hand_built import Database, opened

from bangfu.db.deliveries import DeliveryRow, claim_delivery, get_delivery, standing_extracts
from bangfu.db.intake_models import DeliveryStatus
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.approve import approve, held, turn_down
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.settle import Settled, profile_of, settle_pending
from tests.bangfu.pipeline.sending import Sending, correction

PEOPLE = 400


def listing(people: int, *, without_numbers: bool = False, source_note: str = "") -> bytes:
    """A civil-affairs list of so many people; `without_numbers` empties the column of identity numbers."""
    lines = [
        f"J{n},农村低保,岩{source_note}{n},{'' if without_numbers else f'53921019900307{n % 900 + 100:03d}X'},"
        f"1380000{n:04d}"
        for n in range(people)
    ]
    return ("低保证号,救助类别,成员姓名,成员身份证号,联系电话\n" + "\n".join(lines) + "\n").encode()


def sending(content: bytes, **changes: object) -> Sending:
    return replace(Sending({"名单.csv": content}, source="civil_affairs", sender="530100", period="2026-05"), **changes)  # type: ignore[arg-type]


@pytest.fixture
def context(database: Database) -> Context:
    found = opened(database)
    return replace(found, settings=replace(found.settings, quiet_seconds=0))


def sent(context: Context, delivery: Sending) -> Settled:
    delivery.put(context)
    assert [receipt.outcome for receipt in receive_dropped(context, "civil_affairs")] == ["registered"]
    [done] = settle_pending(context)
    return done


def row_of(context: Context, delivery_id: str) -> DeliveryRow:
    with context.engine.connect() as connection:
        row = get_delivery(connection, delivery_id)
    assert row is not None
    return row


def standing(context: Context) -> list[str]:
    with context.engine.connect() as connection:
        return [row.delivery_id for row in standing_extracts(connection)]


def test_the_first_delivery_comes_into_use(context: Context) -> None:
    done = sent(context, sending(listing(PEOPLE)))
    assert (done.status, done.reason, done.rows_in, done.rows_accepted) == (DeliveryStatus.ACCEPTED, None, 400, 400)
    row = row_of(context, done.delivery_id)
    assert row.status is DeliveryStatus.ACCEPTED
    assert row.accepted_at is not None
    profile = profile_of(context, row)
    assert profile is not None
    assert (profile.rows_in, profile.by_name["phone"].filled) == (400, 400)


def test_a_delivery_like_the_one_before_comes_into_use(context: Context) -> None:
    sent(context, sending(listing(PEOPLE)))
    done = sent(context, sending(listing(PEOPLE + 8, source_note="新"), period="2026-06"))
    assert done.status is DeliveryStatus.ACCEPTED


def test_a_delivery_that_lost_most_of_its_rows_waits_and_the_one_before_counts_on(context: Context) -> None:
    before = sent(context, sending(listing(PEOPLE)))
    done = sent(context, correction(sending(listing(PEOPLE)), {"名单.csv": listing(90)}))
    assert done.status is DeliveryStatus.HELD
    assert "90" in (done.reason or "")
    assert standing(context) == [before.delivery_id]
    assert [row.delivery_id for row in held(context)] == [done.delivery_id]


def test_a_delivery_whose_identity_numbers_are_gone_waits(context: Context) -> None:
    sent(context, sending(listing(PEOPLE)))
    done = sent(context, sending(listing(PEOPLE, without_numbers=True), period="2026-06"))
    assert done.status is DeliveryStatus.HELD
    assert "证件号码" in (done.reason or "")


def test_a_person_takes_it_into_use_and_is_named(context: Context) -> None:
    sent(context, sending(listing(PEOPLE)))
    done = sent(context, correction(sending(listing(PEOPLE)), {"名单.csv": listing(90)}))
    approve(context, done.delivery_id, by="chen.jie")
    assert standing(context) == [done.delivery_id]
    assert row_of(context, done.delivery_id).decided_by == "chen.jie"
    with pytest.raises(BangfuError, match="does not wait"):
        approve(context, done.delivery_id, by="chen.jie")


def test_a_person_turns_it_down_and_the_sender_may_try_again(context: Context) -> None:
    first = sent(context, sending(listing(PEOPLE)))
    second = correction(sending(listing(PEOPLE)), {"名单.csv": listing(90)})
    done = sent(context, second)
    turn_down(context, done.delivery_id, by="chen.jie", reason="只有一个乡镇的数据")
    assert standing(context) == [first.delivery_id]
    row = row_of(context, done.delivery_id)
    assert (row.status, row.code, row.reason) == (DeliveryStatus.REJECTED, "turned_down", "只有一个乡镇的数据")
    again = sent(context, replace(second, files={"名单.csv": listing(PEOPLE - 3)}))
    assert again.status is DeliveryStatus.ACCEPTED


@pytest.mark.parametrize(("by", "reason", "message"), [(" ", "x", "Say who"), ("chen", " ", "Say why")])
def test_a_decision_has_a_name_and_a_reason(context: Context, by: str, reason: str, message: str) -> None:
    with pytest.raises(BangfuError, match=message):
        turn_down(context, "civil_affairs-d-0", by=by, reason=reason)
    with pytest.raises(BangfuError, match="is not registered"):
        turn_down(context, "civil_affairs-d-0", by="chen", reason="x")


def test_without_a_manifest_a_departments_file_waits(context: Context) -> None:
    context.store.put("drop/civil_affairs/名单.csv", listing(PEOPLE))
    receive_dropped(context, "civil_affairs")
    [done] = settle_pending(context)
    assert (done.status, "没有报送清单" in (done.reason or "")) == (DeliveryStatus.HELD, True)


def test_a_receipt_tells_the_sender(context: Context) -> None:
    content = listing(3) + "J9,农村低保,,539210199003071001,\n".encode()
    done = sent(context, sending(content))
    told = json.loads(context.store.read(row_of(context, done.delivery_id).receipt_key or ""))
    assert (told["outcome"], told["files"][0]["accepted"], told["files"][0]["rejected"]) == ("accepted", 3, 1)
    assert told["files"][0]["reject_counts"] == {"name_missing": 1}


def test_deliveries_of_one_source_or_all_in_the_order_of_receipt(context: Context) -> None:
    periods = ("2026-03", "2026-01", "2026-02")
    sendings = [sending(listing(PEOPLE, source_note=period[-1]), period=period) for period in periods]
    for one in sendings:
        one.put(context)
        receive_dropped(context, "civil_affairs")
    steps: list[tuple[str, int, int]] = []
    assert settle_pending(context, "union_roster") == []
    done = settle_pending(context, "civil_affairs", progress=lambda *step: steps.append(step))
    assert [item.delivery_id for item in done] == [one.delivery_id for one in sendings]
    assert steps == [("standardise", 1, 3), ("standardise", 2, 3), ("standardise", 3, 3)]
    assert settle_pending(context) == []
    with pytest.raises(BangfuError, match="There is no source"):
        settle_pending(context, "roster")


def test_a_delivery_that_somebody_else_holds_is_left_to_them(context: Context) -> None:
    sending(listing(3)).put(context)
    [receipt] = receive_dropped(context, "civil_affairs")
    with claim_delivery(context.engine, receipt.delivery_id):
        assert settle_pending(context) == []
    assert len(settle_pending(context)) == 1


def test_two_at_once_do_it_once(context: Context) -> None:
    sending(listing(3)).put(context)
    receive_dropped(context, "civil_affairs")
    gate, done = threading.Barrier(2), []

    def work() -> None:
        gate.wait(10)
        done.extend(settle_pending(context))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert len(done) == 1

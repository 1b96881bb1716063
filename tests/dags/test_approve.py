"""The approval of a source, run as Airflow runs it: a question is asked, a person answers, the delivery is decided about."""

from dataclasses import replace
from pathlib import Path

from hand_built import Database, opened

from bangfu.airflow.asking import APPROVE, REASON, TURN_DOWN
from bangfu.db.deliveries import get_delivery
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.pipeline.receipts.giving import receipt_of
from tests.dags.running import run_dag

LISTED = "低保证号,救助类别,成员姓名,成员身份证号\nJ1,农村低保,岩罕,539210199003070036\n".encode()


def held(database: Database) -> tuple[Context, str]:
    """A file without a manifest, which waits until a person has looked at it."""
    context = opened(database)
    context = replace(context, settings=replace(context.settings, quiet_seconds=0))
    context.store.put("drop/civil_affairs/名单.csv", LISTED)
    [receipt] = receive_dropped(context, "civil_affairs")
    settle_pending(context)
    return context, receipt.delivery_id


def test_turned_down_with_a_reason_which_is_asked_for_until_it_is_given(database: Database, tmp_path: Path) -> None:
    context, delivery_id = held(database)
    ended = run_dag(
        "approve_civil_affairs",
        database,
        tmp_path,
        (TURN_DOWN, {REASON: "  "}),
        (TURN_DOWN, {}),
        (TURN_DOWN, {REASON: "只有一个乡镇，请报全市"}),
    )
    assert ended == {
        "run": "success",
        "tasks": {"find_held": "success", "delivery.ask": "success", "delivery.decide": "success"},
    }
    told = receipt_of(context, delivery_id)
    assert (told["code"], told["reason_zh"]) == ("turned_down", "只有一个乡镇，请报全市")
    with context.engine.connect() as connection:
        row = get_delivery(connection, delivery_id)
    assert row is not None
    assert row.decided_by == "chen.jie (Airflow)"


def test_taken_into_use_without_a_reason(database: Database, tmp_path: Path) -> None:
    context, delivery_id = held(database)
    assert run_dag("approve_civil_affairs", database, tmp_path, (APPROVE, {REASON: None}))["run"] == "success"
    assert receipt_of(context, delivery_id)["outcome"] == "accepted"

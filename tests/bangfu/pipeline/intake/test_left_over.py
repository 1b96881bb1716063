"""What an attempt that ended has left in the drop area is cleared away, and is not taken for something new."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hand_built import Database, opened
from sqlalchemy import text

from bangfu.db.deliveries import DeliveryRow, decide, list_deliveries
from bangfu.db.intake_models import DeliveryStatus
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.approve import turn_down
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.retract import retract
from schemas.manifest import MANIFEST, SUCCESS
from tests.bangfu.pipeline.sending import Sending, roster_text

GOOD, PAGE = roster_text("李娜"), b"<html><table></table></html>"
TWO = Sending({"一.csv": GOOD, "二.csv": roster_text("王芳")})


class Ends(Exception):  # noqa: N818
    """The process ends."""


class EndsWhileClearing:
    """A store whose process ends when it has deleted some objects and would delete another."""

    def __init__(self, context: Context, deletions: int) -> None:
        self._store, self._deletions = context.store, deletions

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def delete(self, key: str) -> None:
        if not self._deletions:
            raise Ends
        self._deletions -= 1
        self._store.delete(key)


class EndsWhenCleared(EndsWhileClearing):
    """A store whose process ends with the last of some deletions."""

    def delete(self, key: str) -> None:
        super().delete(key)
        if not self._deletions:
            raise Ends


@pytest.fixture
def context(database: Database) -> Context:
    found = opened(database)
    return replace(found, settings=replace(found.settings, quiet_seconds=0, incomplete_hours=24))


def ended_while_clearing(context: Context, deletions: int = 1) -> list[DeliveryRow]:
    """What is registered when the process ended after it had deleted the first file, or another number of objects."""
    ending = replace(context, store=EndsWhileClearing(context, deletions))  # type: ignore[arg-type]
    with pytest.raises(Ends):
        receive_dropped(ending, "union_roster")
    return deliveries(context)


def deliveries(context: Context) -> list[DeliveryRow]:
    with context.engine.connect() as connection:
        return list_deliveries(connection)


def dropped(context: Context) -> list[str]:
    return [item.key for item in context.store.list("drop/")]


def marked(context: Context, **files: bytes) -> None:
    for name, content in files.items():
        context.store.put(f"drop/union_roster/六月/{name}.csv", content)
    context.store.put(f"drop/union_roster/六月/{SUCCESS}", b"")


def test_of_a_refused_delivery(context: Context) -> None:
    """Its first file is gone: it must not wait for that, and not be refused for another reason a day later."""
    replace(TWO, rows={"二.csv": 7}).put(context)
    before = ended_while_clearing(context)
    [receipt] = receive_dropped(context, "union_roster")
    assert (receipt.outcome, receipt.code) == ("rejected", "rows_differ")
    assert (deliveries(context), dropped(context)) == (before, [])


def test_of_a_delivery_that_could_not_be_read(context: Context) -> None:
    folder = TWO.put(context, without=(MANIFEST,))
    context.store.put(f"drop/union_roster/{folder}/{MANIFEST}", b"[]")
    before = ended_while_clearing(context)
    [receipt] = receive_dropped(context, "union_roster")
    assert (receipt.outcome, receipt.code) == ("rejected", "manifest_invalid")
    assert (deliveries(context), dropped(context)) == (before, [])


def test_of_a_refused_folder_with_a_marker(context: Context) -> None:
    """Its bad file is gone: the rest must not come into use by itself."""
    marked(context, 一=PAGE, 二=GOOD)
    before = ended_while_clearing(context)
    [receipt] = receive_dropped(context, "union_roster")
    assert (receipt.outcome, receipt.code) == ("rejected", "markup_file")
    assert (deliveries(context), dropped(context)) == (before, [])


def test_of_a_folder_with_a_marker(context: Context) -> None:
    """The rest must not be a second delivery, which would stay in use when the first is retracted."""
    marked(context, 一=roster_text("王芳"), 二=GOOD)
    before = ended_while_clearing(context)
    [receipt] = receive_dropped(context, "union_roster")
    assert (receipt.outcome, receipt.delivery_id) == ("already_received", before[0].delivery_id)
    assert (deliveries(context), dropped(context)) == (before, [])


def test_a_refused_delivery_that_is_sent_again_is_looked_at_again(context: Context) -> None:
    """The same statement, whose bytes were damaged on their way: now they are whole."""
    damaged = Sending({**TWO.files, "二.csv": roster_text("王方")})
    damaged.put(context, folder="六月", state=lambda _: TWO.manifest())
    [receipt] = receive_dropped(context, "union_roster")
    assert receipt.code == "digest_differs"
    TWO.put(context, folder="六月")
    [receipt] = receive_dropped(context, "union_roster")
    assert receipt.outcome == "registered"


def test_files_that_are_sent_again_without_a_manifest_wait_for_one(context: Context) -> None:
    """As they would if nobody had ended: what was left of the refused delivery is gone, with its manifest."""
    replace(TWO, rows={"二.csv": 7}).put(context, folder="六月")
    before = ended_while_clearing(context)
    context.store.put("drop/union_roster/六月/一.csv", GOOD)
    [receipt] = receive_dropped(context, "union_roster")
    assert (receipt.outcome, receipt.code) == ("rejected", "rows_differ")
    assert (deliveries(context), dropped(context)) == (before, ["drop/union_roster/六月/一.csv"])
    TWO.put(context, folder="六月")
    [receipt] = receive_dropped(context, "union_roster")
    assert (receipt.outcome, receipt.files) == ("registered", 2)


def test_of_a_known_delivery_that_is_still_arriving_nothing_is_refused(context: Context) -> None:
    TWO.put(context)
    receive_dropped(context, "union_roster")
    TWO.put(context, cut={"二.csv": 20})
    assert receive_dropped(context, "union_roster") == []
    assert len(dropped(context)) == 3


def test_of_a_folder_nothing_but_the_marker(context: Context) -> None:
    """Nobody knows whether there ever were files: it goes when nothing has come for long, and is not registered."""
    marked(context)
    assert receive_dropped(context, "union_roster") == []
    assert len(dropped(context)) == 1
    impatient = replace(context, settings=replace(context.settings, incomplete_hours=0))
    assert receive_dropped(impatient, "union_roster") == []
    assert (deliveries(context), dropped(context)) == ([], [])


def announced(context: Context) -> None:
    TWO.put(context, folder="六月")


def with_a_marker(context: Context) -> None:
    marked(context, 一=roster_text("王芳"), 二=GOOD)


def bare(context: Context) -> None:
    context.store.put("drop/union_roster/六月.csv", GOOD)


Form = Callable[[Context], None]

every_form = pytest.mark.parametrize(
    ("put", "deletions"),
    [(announced, 0), (announced, 1), (announced, 2), (with_a_marker, 0), (with_a_marker, 1), (bare, 0)],
)
"""How a delivery says that it is complete, and how much of it was deleted when the process ended."""


def turned_down(context: Context, delivery_id: str) -> None:
    """It was held, and somebody has decided."""
    with context.engine.begin() as connection:
        decide(connection, delivery_id, DeliveryStatus.HELD)
    turn_down(context, delivery_id, by="chen.jie", reason="只有一个乡镇")


@every_form
def test_of_a_delivery_that_was_turned_down_meanwhile(context: Context, put: Form, deletions: int) -> None:
    """It is the drop about which was decided: taken for another, it would wait for the same decision again."""
    put(context)
    [row] = ended_while_clearing(context, deletions)
    turned_down(context, row.delivery_id)
    before = deliveries(context)
    [receipt] = receive_dropped(context, "union_roster")
    assert (receipt.outcome, receipt.code) == ("rejected", "turned_down")
    assert (receipt.delivery_id, receipt.reason_zh) == (row.delivery_id, "只有一个乡镇")
    assert (deliveries(context), dropped(context)) == (before, [])


@every_form
def test_sent_once_more_after_that_it_is_a_delivery_of_its_own(context: Context, put: Form, deletions: int) -> None:
    """What was turned down may be sent again as it was, to the same place: those are other objects."""
    put(context)
    [row] = ended_while_clearing(context, deletions)
    turned_down(context, row.delivery_id)
    receive_dropped(context, "union_roster")
    put(context)
    [receipt] = receive_dropped(context, "union_roster")
    assert receipt.outcome == "registered"
    assert [row.status for row in deliveries(context)] == [DeliveryStatus.RECEIVED]
    assert dropped(context) == []


@every_form
def test_of_a_repetition_of_what_is_turned_down_meanwhile(context: Context, put: Form, deletions: int) -> None:
    """Its sender was told that it had come before; that answer stands, whatever became of the first since."""
    put(context)
    [first] = receive_dropped(context, "union_roster")
    put(context)
    ended_while_clearing(context, deletions)
    turned_down(context, first.delivery_id)
    [receipt] = receive_dropped(context, "union_roster")
    assert (receipt.outcome, receipt.code) == ("rejected", "turned_down")
    assert ([row.code for row in deliveries(context)], dropped(context)) == (["turned_down"], [])


@every_form
def test_of_a_delivery_that_was_retracted_meanwhile(context: Context, put: Form, deletions: int) -> None:
    put(context)
    [row] = ended_while_clearing(context, deletions)
    retract(context, row.delivery_id, "a slip", by="chen.jie")
    [receipt] = receive_dropped(context, "union_roster")
    assert (receipt.outcome, receipt.code) == ("rejected", "retracted")
    assert dropped(context) == []


def test_of_a_folder_some_of_whose_files_are_new(context: Context) -> None:
    """A file that was never taken is not deleted unseen, whatever its time says."""
    marked(context, 一=roster_text("王芳"), 二=GOOD)
    ended_while_clearing(context)
    context.store.put("drop/union_roster/六月/三.csv", roster_text("岩罕"))
    [receipt] = receive_dropped(context, "union_roster")
    assert receipt.outcome == "already_received"
    assert dropped(context) == ["drop/union_roster/六月/三.csv"]
    context.store.put(f"drop/union_roster/六月/{SUCCESS}", b"")
    [receipt] = receive_dropped(context, "union_roster")
    assert (receipt.outcome, receipt.files) == ("registered", 1)


def test_some_files_of_a_marked_folder_by_themselves_are_a_delivery_of_their_own(context: Context) -> None:
    """Files that state nothing never stand for others."""
    marked(context, 一=roster_text("王芳"), 二=GOOD)
    receive_dropped(context, "union_roster")
    marked(context, 二=GOOD)
    [receipt] = receive_dropped(context, "union_roster")
    assert receipt.outcome == "registered"
    assert len({row.delivery_id for row in deliveries(context)}) == 2


@pytest.mark.parametrize("put", [announced, with_a_marker, bare])
def test_nothing_is_remembered_of_a_drop_that_is_cleared(context: Context, put: Form) -> None:
    """Within one second a store may give the same time to another file of the same name and size."""
    put(context)
    receive_dropped(context, "union_roster")
    with context.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM taken_object")) == 0


@pytest.mark.parametrize("put", [announced, with_a_marker, bare])
def test_nor_of_one_that_was_cleared_when_the_process_ended(context: Context, put: Form) -> None:
    put(context)
    ending = replace(context, store=EndsWhenCleared(context, len(dropped(context))))  # type: ignore[arg-type]
    with pytest.raises(Ends):
        receive_dropped(ending, "union_roster")
    assert dropped(context) == []
    assert receive_dropped(context, "union_roster") == []
    with context.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM taken_object")) == 0

"""What an attempt that ended has left in the drop area is cleared away, and is not taken for something new."""

from dataclasses import replace

import pytest
from hand_built import Database, opened

from bangfu.db.deliveries import DeliveryRow, list_deliveries
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.receive import receive_dropped
from schemas.manifest import MANIFEST, SUCCESS
from tests.bangfu.pipeline.sending import Sending, roster_text

GOOD, PAGE = roster_text("李娜"), b"<html><table></table></html>"
TWO = Sending({"一.csv": GOOD, "二.csv": roster_text("王芳")})


class Ends(Exception):  # noqa: N818
    """The process ends."""


class EndsAfterOneDeletion:
    """A store whose process ends when it has deleted one object."""

    def __init__(self, context: Context) -> None:
        self._store = context.store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def delete(self, key: str) -> None:
        self._store.delete(key)
        raise Ends


@pytest.fixture
def context(database: Database) -> Context:
    found = opened(database)
    return replace(found, settings=replace(found.settings, quiet_seconds=0, incomplete_hours=24))


def ended_while_clearing(context: Context) -> list[DeliveryRow]:
    """What is registered when the process ended after it had deleted the first file."""
    with pytest.raises(Ends):
        receive_dropped(replace(context, store=EndsAfterOneDeletion(context)), "union_roster")  # type: ignore[arg-type]
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


def test_files_that_are_sent_again_under_the_refused_manifest_are_looked_at_again(context: Context) -> None:
    replace(TWO, rows={"二.csv": 7}).put(context, folder="六月")
    [before] = ended_while_clearing(context)
    context.store.put("drop/union_roster/六月/一.csv", GOOD)
    receive_dropped(context, "union_roster")
    [after] = deliveries(context)
    assert (after.code, after.received_at > before.received_at) == ("rows_differ", True)


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

"""Sealing, heads and verification of an installation's access log."""

import json
from pathlib import Path

import pytest
from hand_built import opened
from sqlalchemy import text

from bangfu.db.access import Access, record_access
from bangfu.errors import BangfuError
from bangfu.pipeline.audit.chain import keep_head, read_head, seal_log, verify_log
from bangfu.pipeline.context import Context
from tests.conftest import Database


@pytest.fixture
def context(database: Database) -> Context:
    context = opened(database)
    with context.engine.begin() as connection:
        for number in range(5):
            record_access(connection, Access("viewer", "view", f"c{number:06d}"))
    return context


def rewrite(context: Context) -> None:
    """The owner of the database changes an entry and computes the whole chain again."""
    with context.engine.begin() as connection:
        connection.execute(text("ALTER TABLE access_log DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE access_log SET username = 'another' WHERE position = 2"))
        connection.execute(text("UPDATE access_log SET position = NULL, hash = NULL"))
        connection.execute(text("ALTER TABLE access_log ENABLE TRIGGER USER"))


def test_sealing_keeps_the_head_in_the_object_store_once(context: Context) -> None:
    first, again = seal_log(context), seal_log(context)
    assert (first.sealed, first.position, again.sealed, again.head) == (5, 5, 0, first.head)
    assert first.head.startswith("audit/heads/20")
    assert [item.key for item in context.store.list("audit/")] == [first.head]
    assert json.loads(context.store.read(first.head))["position"] == 5


def test_an_empty_log_has_no_head(database: Database) -> None:
    assert seal_log(opened(database)).head == ""


def test_a_log_that_was_computed_anew_is_found_by_its_stored_head(context: Context) -> None:
    seal_log(context)
    assert verify_log(context).findings == []
    rewrite(context)
    [finding] = verify_log(context).findings
    assert (finding.code, finding.position) == ("rewritten", 5)
    with context.engine.connect() as connection:
        checks = connection.execute(text("SELECT sealed, heads, findings FROM audit_check ORDER BY check_id")).all()
    assert checks == [(5, 1, []), (5, 1, ["rewritten 5"])]


def test_a_head_on_a_stick_is_enough(context: Context, tmp_path: Path) -> None:
    """Somebody with the database and the object store has not the file that lies in the safe."""
    head = keep_head(context, tmp_path / "head.json")
    assert read_head((tmp_path / "head.json").read_bytes()).hash == head.hash
    rewrite(context)
    assert [item.code for item in verify_log(context, [tmp_path / "head.json"]).findings] == ["rewritten"]
    assert verify_log(context).findings == []


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"position": "x", "hash": ""}', b"\xff"])
def test_what_is_no_head_is_refused(content: bytes) -> None:
    with pytest.raises(BangfuError, match="holds position and hash"):
        read_head(content)

"""Certificates of destruction: they tell what was deleted, why and what is left, and nothing of a person or sender."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from typing import Any

import pytest
from hand_built import Database, opened
from sqlalchemy import text

from bangfu.db.retention import deletions
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.retention.certificate import certificate_page, put_certificates, render
from bangfu.pipeline.retention.certificate_texts import REMAINS, ZONES
from bangfu.pipeline.retention.expiry import REASONS, Reason
from bangfu.pipeline.retention.retire import RetireSummary, retire
from bangfu.pipeline.retention.unclaimed import ZONES as SWEPT
from bangfu.storage import CorruptObject
from tests.bangfu.pipeline.keeping import TWO_PEOPLE, deliver, left_behind, objects
from tests.bangfu.pipeline.sending import Sending, roster_text

LEFT = "landing/union_roster/union_roster-00ff00ff00ff00ff-abababababababab.parquet"


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def retired(context: Context) -> tuple[str, dict[str, Any], RetireSummary]:
    """A run that deletes a whole extract, the landed cells of another, and what nobody registered."""
    extract = deliver(context, Sending({"秘密花名册.csv": TWO_PEOPLE}), "2026-06-01")
    deliver(context, Sending({"花名册.csv": roster_text("王芳", "赵云")}, period="2026Q3"), "2026-09-01")
    left_behind(context, LEFT)
    digests = {key: hashlib.sha256(context.store.read(key)).hexdigest() for key in objects(context, "landing", "standard", "quarantine")}  # fmt: skip
    done = retire(context, today=date(2026, 11, 28))
    assert done.run_id is not None
    return extract, digests, done


def document_of(context: Context, run_id: str | None) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(context.store.read(f"certificates/{run_id}/certificate.json"))
    return loaded


def test_it_tells_what_why_when_and_by_which_run(context: Context) -> None:
    extract, digests, done = retired(context)
    told = document_of(context, done.run_id)
    assert (told["certificate"], told["run_id"], told["interrupted_runs"]) == (done.certificate, done.run_id, [])
    assert re.fullmatch(r"销毁〔20\d\d〕1号", told["certificate"])
    assert told["totals"] == {"objects": 5, "rows": 6, "bytes": done.byte_size, "keys": 1}
    assert [(row["zone"], row["objects"], row["rows"]) for row in told["by_zone"]] == [
        ("landing", 3, 4),
        ("standard", 1, 1),
        ("quarantine", 1, 1),
    ]
    assert told["keys_destroyed"] == [extract]
    entries = {(item["zone"], item["owner_id"] == extract, item["reason"]): item for item in told["entries"]}
    assert {key: (item["due_on"], item["rows"], item["key_destroyed"]) for key, item in entries.items()} == {
        ("landing", True, "landing_days"): ("2026-07-01", 2, True),
        ("standard", True, "standard_days"): ("2026-11-28", 1, True),
        ("quarantine", True, "quarantine_days"): ("2026-11-28", 1, True),
        ("landing", False, "landing_days"): ("2026-10-01", 2, False),
        ("landing", False, "unclaimed"): (None, None, False),
    }
    assert all(item["sha256"] == digests[item["object_key"]] for item in told["entries"])
    assert all(item["source_zh"] == "工会会员花名册" for item in told["entries"])
    assert all(item["at"].endswith("+08:00") for item in told["entries"])


def test_the_page_needs_nothing_else_and_names_the_digest_of_the_document(context: Context) -> None:
    extract, _, done = retired(context)
    page = certificate_page(context, str(done.run_id)).decode()
    document = context.store.read(f"certificates/{done.run_id}/certificate.json")
    assert f"sha256 {hashlib.sha256(document).hexdigest()}" in page
    for told in ("数据销毁证明", "Certificate of Data Destruction", done.certificate, done.run_id, extract, LEFT):
        assert str(told) in page
    assert re.findall(r"(?:src|href|url)\s*[=(]|<script|@import", page) == []
    assert "default-src 'none'" in page
    assert page.count("<tr>") == 2 + 1 + 3 + 2 + 1 + 5


def test_it_says_honestly_what_is_left(context: Context) -> None:
    _, _, done = retired(context)
    page = certificate_page(context, str(done.run_id)).decode()
    for zh, en in REMAINS:
        assert zh in page
        assert en in page
    assert "WAL" in REMAINS[0][0]
    assert "backups of the database" in REMAINS[0][1]
    assert "sending departments keep" in REMAINS[3][1]


def test_it_names_no_person_and_no_senders_file(context: Context) -> None:
    _, _, done = retired(context)
    told = certificate_page(context, str(done.run_id)).decode() + json.dumps(document_of(context, done.run_id), ensure_ascii=False)  # fmt: skip
    for private in ("李娜", "王芳", "53921019900307", "秘密花名册", ".csv"):
        assert private not in told


def test_where_no_key_was_destroyed_it_says_so(context: Context) -> None:
    deliver(context, Sending({"花名册.csv": TWO_PEOPLE}), "2026-06-01")
    done = retire(context, today=date(2026, 7, 1))
    assert "其密钥照常保管" in certificate_page(context, str(done.run_id)).decode()


def test_numbers_follow_one_another_within_a_year(context: Context) -> None:
    numbers = []
    for day in (date(2026, 7, 1), date(2026, 7, 2), date(2026, 11, 28)):
        if day.month == 7 and day.day == 1:
            deliver(context, Sending({"花名册.csv": TWO_PEOPLE}), "2026-06-01")
        numbers.append(retire(context, today=day).certificate)
    assert numbers[1] is None  # nothing was deleted
    assert [number and number[-2:] for number in numbers] == ["1号", None, "2号"]
    with context.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE pipeline_run SET summary = jsonb_set(summary, '{year}', '2025') "
                "WHERE summary->>'certificate' IS NOT NULL"
            )
        )
    left_behind(context, LEFT)
    number = retire(context, today=date(2026, 11, 29)).certificate
    assert number is not None
    assert number[-2:] == "1号"


def test_it_can_be_made_again_to_the_byte(context: Context) -> None:
    _, _, done = retired(context)
    keys = [f"certificates/{done.run_id}/certificate{suffix}" for suffix in (".html", ".json")]
    before = [context.store.read(key) for key in keys]
    for key in keys:
        context.store.delete(key)
    put_certificates(context)
    assert [context.store.read(key) for key in keys] == before


def test_an_altered_one_is_not_given_out(context: Context) -> None:
    _, _, done = retired(context)
    key = f"certificates/{done.run_id}/certificate.json"
    altered = context.store.read(key).replace(b'"rows": 2', b'"rows": 3')
    context.store.delete(key)
    context.store.put(key, altered)
    with pytest.raises(CorruptObject):
        certificate_page(context, str(done.run_id))


@pytest.mark.parametrize("known", [True, False])
def test_a_run_without_one_is_told_with_what_to_do(context: Context, known: bool) -> None:
    empty = retire(context, today=date(2026, 6, 1)).run_id
    _, _, done = retired(context)
    message = "it deleted nothing" if known else f"the latest with a certificate is {done.run_id}"
    with pytest.raises(BangfuError, match=message):
        certificate_page(context, str(empty) if known else "20260101T000000000-00ff00ff")


def test_every_reason_and_area_has_words(context: Context) -> None:
    assert set(REASONS) == {str(reason) for reason in Reason}
    assert {*SWEPT, "data_key"} == set(ZONES)
    assert len({zh for zh, _ in REASONS.values()}) == len(REASONS)


def test_what_is_written_in_an_object_key_is_shown_as_text(context: Context) -> None:
    """Keys are codes by construction; the page does not rely on it."""
    _, _, done = retired(context)
    with context.engine.connect() as connection:
        assert len(deletions(connection, [str(done.run_id)])) == 5
    document = context.store.read(f"certificates/{done.run_id}/certificate.json")
    page = render(document.replace(b"union_roster-00ff", b"<b>union_roster"))
    assert "<b>union" not in page
    assert "&lt;b&gt;union_roster" in page

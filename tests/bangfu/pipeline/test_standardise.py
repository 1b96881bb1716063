"""Standardising extracts: every row is accepted or in quarantine with its reason, and nothing depends on luck."""

import json
import threading
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hand_built import Database, opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bangfu.pipeline.standardise as use_case
from bangfu.db.models import ExtractStatus
from bangfu.db.registry import ExtractRow, claim_extract, get_extract, retract_extract
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.receive import receive
from bangfu.pipeline.standardise import (
    Standardised,
    arrow_schema,
    declaration_version,
    standardise,
    standardise_pending,
)
from matching.standardise.frame import REJECTED_SCHEMA
from schemas.sources import SOURCES
from schemas.vocabulary import REJECT_REASONS, RejectCode

MEDICAL = "setl_id,psn_name,certno,setl_time,psn_part_amt,病种\n"
GOOD = "S1,李娜,539210199003070036,2026-03-01,1200.50,肺癌\n"
ROWS = (
    GOOD
    + "S2,,539210199003070087,2026-03-01,10,\n"  # no name
    + "S3,岩温,,2026-03-01,10,\n"  # nothing tells who it is
    + ",玉香,539210199003070116,2026-03-01,10,\n"  # no settlement number
    + "S5,王芳,539210199003070159,三月,10,\n"  # an unreadable required date
    + GOOD  # twice
    + "S7,刀美,539210199003070036,2026-03-01,99999999,\n"  # an absurd amount
    + "S8,白云,539210199003070087,2026-03-02,许多,\n"  # an unreadable optional amount
)
EXPECTED = {
    3: (RejectCode.NAME_MISSING, "name"),
    4: (RejectCode.NO_IDENTIFIER, None),
    5: (RejectCode.REQUIRED_MISSING, "settlement_ref"),
    6: (RejectCode.UNREADABLE_VALUE, "settled_on"),
    7: (RejectCode.DUPLICATE_ROW, None),
    8: (RejectCode.SCHEMA, "personal_amount"),
}


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def received(context: Context, folder: Path, text: str = MEDICAL + ROWS, source: str = "medical_settlement") -> str:
    path = folder / "extract.csv"
    path.write_text(text, encoding="gb18030")
    return receive(context, source, path).extract_id


def row_of(context: Context, extract: str) -> ExtractRow:
    with context.engine.connect() as connection:
        row = get_extract(connection, extract)
    assert row is not None
    return row


def table(context: Context, key: str | None) -> pl.DataFrame:
    assert key is not None
    return pl.read_parquet(context.store.get_file(key))


def objects(context: Context) -> list[str]:
    return [item.key for item in context.store.list("")]


def test_every_row_is_accepted_or_rejected(context: Context, tmp_path: Path) -> None:
    done = standardise(context, received(context, tmp_path))
    assert (done.rows_in, done.rows_accepted, done.rows_rejected) == (8, 2, 6)
    assert done.rows_in == done.rows_accepted + done.rows_rejected
    assert done.reject_counts == {str(code): 1 for code, _ in EXPECTED.values()}
    assert done.defects == {"personal_amount": 1}
    assert done.refused is None


def test_quarantine_holds_each_row_with_its_reason_as_it_was_received(context: Context, tmp_path: Path) -> None:
    extract = received(context, tmp_path)
    standardise(context, extract)
    rejected = table(context, row_of(context, extract).quarantine_key)
    assert dict(rejected.schema) == REJECTED_SCHEMA
    found = {row["row_number"]: row for row in rejected.iter_rows(named=True)}
    assert {number: (row["code"], row["field"]) for number, row in found.items()} == EXPECTED
    for row in found.values():
        assert (row["reason_zh"], row["reason_en"]) == REJECT_REASONS[RejectCode(row["code"])]
    assert json.loads(found[6]["raw"])["settled_on"] == "三月"
    assert "病种" not in "".join(rejected["raw"])
    assert "肺癌" not in "".join(rejected["raw"])


def test_the_table_is_typed_as_declared_and_explains_itself(context: Context, tmp_path: Path) -> None:
    """Whoever opens the file later has no other place to look up what a column means and how it must be handled."""
    extract = received(context, tmp_path)
    standardise(context, extract)
    source = SOURCES["medical_settlement"]
    path = context.store.get_file(row_of(context, extract).standard_key or "")
    schema = pq.read_schema(path)
    assert schema.equals(arrow_schema(source))
    assert schema.names == [field.name for field in source.fields]
    assert schema.field("personal_amount").metadata == {
        b"zh": "个人负担总金额".encode(), b"en": b"borne by the person", b"sensitivity": b"health",
    }  # fmt: skip
    reading = json.loads(schema.metadata[b"bangfu.reading"])
    assert reading["sheets"][0]["forbidden"] == ["病种"]
    first = pl.read_parquet(path).row(0, named=True)
    assert (first["record_id"], first["source"]) == (f"{extract}:2", "medical_settlement")
    assert (str(first["personal_amount"]), str(first["settled_on"]), first["sex"]) == ("1200.50", "2026-03-01", "1")


def test_the_registry_holds_the_counts_and_the_objects(context: Context, tmp_path: Path) -> None:
    extract = received(context, tmp_path)
    standardise(context, extract)
    row = row_of(context, extract)
    assert (row.status, row.rows_in, row.rows_accepted, row.rows_rejected) == (ExtractStatus.STANDARDISED, 8, 2, 6)
    assert row.schema_version == declaration_version(SOURCES["medical_settlement"])
    assert table(context, row.standard_key).height == 2
    assert table(context, row.quarantine_key).height == 6


def test_again_is_a_no_op_with_the_same_answer(context: Context, tmp_path: Path) -> None:
    extract = received(context, tmp_path)
    first = standardise(context, extract)
    before = objects(context), row_of(context, extract)
    again = standardise(context, extract)
    assert (objects(context), row_of(context, extract)) == before
    assert (again.rows_in, again.reject_counts) == (first.rows_in, first.reject_counts)


def test_without_a_rejected_row_there_is_no_quarantine(context: Context, tmp_path: Path) -> None:
    extract = received(context, tmp_path, MEDICAL + GOOD)
    assert standardise(context, extract).rows_rejected == 0
    assert row_of(context, extract).quarantine_key is None
    assert not any(key.startswith("quarantine/") for key in objects(context))


def test_with_every_row_rejected_the_table_is_empty_and_typed(context: Context, tmp_path: Path) -> None:
    extract = received(context, tmp_path, MEDICAL + "S2,,539210199003070087,2026-03-01,10,\n")
    done = standardise(context, extract)
    assert (done.rows_accepted, done.rows_rejected) == (0, 1)
    path = context.store.get_file(row_of(context, extract).standard_key or "")
    assert pq.read_table(path).num_rows == 0
    assert pq.read_schema(path).equals(arrow_schema(SOURCES["medical_settlement"]))


def test_the_same_rows_make_the_same_object(context: Context, tmp_path: Path) -> None:
    """An attempt after a crash must find its own object, not put a second one beside it."""
    extract = received(context, tmp_path)
    standardise(context, extract)
    before = objects(context)
    with context.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE extract SET status = 'received', standard_key = NULL, quarantine_key = NULL")
    standardise(context, extract)
    assert objects(context) == before


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("天气,心情\n晴,好\n", "header_not_found"),
        (MEDICAL, "empty_extract"),
        ("setl_id,性别\n1,男\n", "required_column_missing"),
        (MEDICAL + "a,b,c,d,e,f,g,h\n", "broken_text_row"),
    ],
)
def test_an_extract_that_cannot_be_read_is_registered_as_rejected(
    context: Context, tmp_path: Path, text: str, code: str
) -> None:
    extract = received(context, tmp_path, text)
    done, again = standardise(context, extract), standardise(context, extract)
    assert done == again == Standardised("medical_settlement", extract, 0, 0, 0, {}, refused=code)
    row = row_of(context, extract)
    assert (row.status, row.reject_code) == (ExtractStatus.REJECTED, code)
    zh, _, en = (row.reject_reason or "").partition("\n")
    assert any("\u4e00" <= character <= "\u9fff" for character in zh)
    assert en.isascii() or "“" in en
    assert not any(key.startswith(("standard/", "quarantine/")) for key in objects(context))


def test_a_rejected_extract_is_not_tried_for_ever(context: Context, tmp_path: Path) -> None:
    received(context, tmp_path, "天气,心情\n晴,好\n")
    assert [done.refused for done in standardise_pending(context)] == ["header_not_found"]
    assert standardise_pending(context) == []


def test_pending_ones_of_one_source_or_all_in_the_order_of_receipt(context: Context, tmp_path: Path) -> None:
    medical = [received(context, tmp_path, MEDICAL + f"S{n}" + GOOD[2:]) for n in (3, 1, 2)]
    roster = received(context, tmp_path, "姓名,身份证号\n李娜,539210199003070036\n", "union_roster")
    steps: list[tuple[str, int, int]] = []
    done = standardise_pending(context, "medical_settlement", progress=lambda *step: steps.append(step))
    assert [item.extract_id for item in done] == medical
    assert steps == [("standardise", 1, 3), ("standardise", 2, 3), ("standardise", 3, 3)]
    assert [item.extract_id for item in standardise_pending(context)] == [roster]


def test_an_extract_that_somebody_else_holds_is_left_to_them(context: Context, tmp_path: Path) -> None:
    """Two schedulers at once must not do the work twice, and the second must not wait for hours."""
    extract = received(context, tmp_path)
    with claim_extract(context.engine, extract):
        assert standardise_pending(context) == []
        with pytest.raises(BangfuError, match="somebody else"):
            standardise(context, extract)
    assert standardise(context, extract).rows_accepted == 2


def test_two_at_once_do_it_once(context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    received(context, tmp_path)
    gate = threading.Barrier(2)
    kept: list[str] = []
    keep = use_case._keep

    def counted(context: Context, claim: object, tables: object) -> Standardised:
        kept.append("kept")
        return keep(context, claim, tables)  # type: ignore[arg-type]

    monkeypatch.setattr(use_case, "_keep", counted)

    def work() -> None:
        gate.wait(10)
        standardise_pending(context)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert kept == ["kept"]


def test_what_is_not_there_or_retracted(context: Context, tmp_path: Path) -> None:
    extract = received(context, tmp_path)
    with context.engine.begin() as connection:
        retract_extract(connection, extract, "sent by mistake")
    with pytest.raises(BangfuError, match="is retracted"):
        standardise(context, extract)
    with pytest.raises(BangfuError, match="No extract"):
        standardise(context, "civil_affairs-0000")
    with pytest.raises(BangfuError, match="There is no source"):
        standardise_pending(context, "roster")
    assert standardise_pending(context) == []


def test_bytes_that_changed_after_landing_are_not_read(context: Context, tmp_path: Path) -> None:
    """The registry's digest is the one that counts: a swapped file must not become somebody's record."""
    extract = received(context, tmp_path)
    landed = context.store.get_file(row_of(context, extract).landing_key)
    landed.chmod(0o640)
    landed.write_bytes(landed.read_bytes().replace(b"539210199003070036", b"539210199003070116"))
    with pytest.raises(BangfuError, match="sha256"):
        standardise(context, extract)
    assert row_of(context, extract).status is ExtractStatus.RECEIVED


def test_a_birth_date_after_the_day_of_receipt_is_outside_the_schema(context: Context, tmp_path: Path) -> None:
    text = "姓名,出生日期,手机号码\n李娜,2099-05-06,13800001111\n"
    extract = received(context, tmp_path, text, "union_roster")
    assert standardise(context, extract).reject_counts == {"schema": 1}


@pytest.mark.parametrize("change", ["columns", "household_columns"])
def test_the_version_follows_the_declaration(change: str) -> None:
    import dataclasses

    source = SOURCES["civil_affairs"]
    values = {field.name: getattr(source, field.name) for field in dataclasses.fields(source) if field.init}
    changed = type(source)(**{**values, change: values[change][:-1]})
    assert declaration_version(changed) != declaration_version(source)
    assert declaration_version(type(source)(**values)) == declaration_version(source)


cell = st.sampled_from(
    ["", "李娜", "岩温", "539210199003070036", "5392101990030700", "2026-03-01", "1e400", "\u200b", "男", "99999999999"]
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cell, cell, cell, cell, cell), min_size=1, max_size=12))
def test_no_row_is_ever_lost(context: Context, tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    """Accepted and quarantined rows together are the data rows of the file, each exactly once."""
    text = MEDICAL + "".join(f"{','.join(row)},\n" for row in rows)
    extract = received(context, tmp_path, text)
    done = standardise(context, extract)
    row = row_of(context, extract)
    filled = [number for number, cells in enumerate(rows, 2) if any(cell.strip("\u200b") for cell in cells)]
    if done.refused:
        assert done.refused == "empty_extract"
        assert filled == []
        return
    kept = table(context, row.standard_key)["row_number"].to_list()
    refused = table(context, row.quarantine_key)["row_number"].to_list() if row.quarantine_key else []
    assert sorted(kept + refused) == filled
    assert (done.rows_accepted, done.rows_rejected) == (len(kept), len(refused))

"""Standardising extracts: every row is accepted or in quarantine with its reason, and nothing depends on luck."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest
from hand_built import Database, opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bangfu.db.intake_models import ExtractStatus
from bangfu.db.registry import ExtractRow, claim_extract, extract_id, get_extract
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.receive import receive
from bangfu.pipeline.intake.standardise import arrow_schema, declaration_version, standardise
from bangfu.pipeline.sealed import data_key, read_sealed
from bangfu.vault import describe_table
from matching.standardise import StandardFrame
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
    assert [receipt.outcome for receipt in receive(context, source, [path])] == ["registered"]
    return extract_id(source, hashlib.sha256(path.read_bytes()).hexdigest())


def row_of(context: Context, extract: str) -> ExtractRow:
    with context.engine.connect() as connection:
        row = get_extract(connection, extract)
    assert row is not None
    return row


def table(context: Context, extract: str, key: str | None) -> pl.DataFrame:
    assert key is not None
    return read_sealed(context, key, extract)


def objects(context: Context) -> list[str]:
    return [item.key for item in context.store.list("")]


def test_every_row_is_accepted_or_rejected(context: Context, tmp_path: Path) -> None:
    done = standardise(context, received(context, tmp_path))
    assert (done.rows_in, done.rows_accepted, done.rows_rejected) == (8, 2, 6)
    assert done.rows_in == done.rows_accepted + done.rows_rejected
    assert done.reject_counts == {str(code): 1 for code, _ in EXPECTED.values()}
    assert done.defects == {"personal_amount": 1}


def test_quarantine_holds_each_row_with_its_reason_as_it_was_received(context: Context, tmp_path: Path) -> None:
    extract = received(context, tmp_path)
    standardise(context, extract)
    rejected = table(context, extract, row_of(context, extract).quarantine_key)
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
    schema = describe_table(path, data_key(context, extract)).schema
    assert schema.equals(arrow_schema(source))
    assert schema.names == [field.name for field in source.fields]
    assert schema.field("personal_amount").metadata[b"zh"] == "个人负担总金额".encode()
    assert schema.field("personal_amount").metadata[b"sensitivity"] == b"health"
    first = table(context, extract, row_of(context, extract).standard_key).row(0, named=True)
    assert (first["record_id"], first["source"]) == (f"{extract}:2", "medical_settlement")
    assert (str(first["personal_amount"]), str(first["settled_on"]), first["sex"]) == ("1200.50", "2026-03-01", "1")


def test_nothing_of_a_person_lies_in_the_open(context: Context, tmp_path: Path) -> None:
    """Neither landed cells nor rows nor refused rows, nor the names of their columns, can be read from the disk."""
    extract = received(context, tmp_path)
    standardise(context, extract)
    for key in objects(context):
        content = context.store.read(key)
        for plain in ("李娜", "539210199003070036", "psn_name", "personal_amount", "1200.50"):
            assert plain.encode() not in content, key


def test_the_registry_holds_the_counts_and_the_objects(context: Context, tmp_path: Path) -> None:
    extract = received(context, tmp_path)
    standardise(context, extract)
    row = row_of(context, extract)
    assert (row.status, row.rows_in, row.rows_accepted, row.rows_rejected) == (ExtractStatus.STANDARDISED, 8, 2, 6)
    assert row.schema_version == declaration_version(SOURCES["medical_settlement"])
    assert table(context, extract, row.standard_key).height == 2
    assert table(context, extract, row.quarantine_key).height == 6


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
    described = describe_table(path, data_key(context, extract))
    assert described.rows == 0
    assert described.schema.equals(arrow_schema(SOURCES["medical_settlement"]))


def test_an_extract_that_somebody_else_holds_is_left_to_them(context: Context, tmp_path: Path) -> None:
    """Two schedulers at once must not do the work twice, and the second must not wait for hours."""
    extract = received(context, tmp_path)
    with claim_extract(context.engine, extract), pytest.raises(BangfuError, match="somebody else"):
        standardise(context, extract)
    assert standardise(context, extract).rows_accepted == 2


def test_what_is_not_there(context: Context) -> None:
    with pytest.raises(BangfuError, match="No extract"):
        standardise(context, "civil_affairs-0000")


def test_who_watches_is_told_every_row_also_of_what_was_done_before(context: Context, tmp_path: Path) -> None:
    """A profile made after a crash in the middle must count what one made in one go counts."""
    extract = received(context, tmp_path)
    told: list[tuple[int, int, int]] = []
    for _ in range(2):
        seen = [0, 0, 0]

        def watch(batch: StandardFrame, seen: list[int] = seen) -> None:
            seen[0] += batch.accepted.height
            seen[1] += batch.rejected.height
            seen[2] += sum(batch.defects.values())

        standardise(context, extract, watch)
        told.append((seen[0], seen[1], seen[2]))
    assert told == [(2, 6, 1), (2, 6, 1)]


def test_many_batches_make_one_table(context: Context, tmp_path: Path) -> None:
    """Row numbers run on and a row is found again wherever it stands, though memory holds one batch only."""
    lines = [f"S{n},李娜,539210199003070036,2026-03-01,10,\n" for n in range(300_000)]
    extract = received(context, tmp_path, MEDICAL + "".join([*lines, lines[0], lines[-1]]))
    done = standardise(context, extract)
    assert (done.rows_accepted, done.reject_counts) == (300_000, {"duplicate_row": 2})
    rows = table(context, extract, row_of(context, extract).standard_key)["row_number"]
    assert (rows.n_unique(), rows.min(), rows.max()) == (300_000, 2, 300_001)


def test_bytes_that_changed_after_landing_are_not_read(context: Context, tmp_path: Path) -> None:
    """The registry's digest is the one that counts: a swapped file must not become somebody's record."""
    extract = received(context, tmp_path)
    landed = context.store.get_file(row_of(context, extract).landing_key or "")
    landed.chmod(0o640)
    content = bytearray(landed.read_bytes())
    content[len(content) // 2] ^= 1
    landed.write_bytes(content)
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
    filled = [number for number, cells in enumerate(rows, 2) if any(cell.strip("\u200b") for cell in cells)]
    path = tmp_path / "extract.csv"
    path.write_text(text, encoding="gb18030")
    [receipt] = receive(context, "medical_settlement", [path])
    if receipt.outcome == "rejected":
        assert (receipt.code, filled) == ("empty_extract", [])
        return
    extract = extract_id("medical_settlement", hashlib.sha256(path.read_bytes()).hexdigest())
    done = standardise(context, extract)
    row = row_of(context, extract)
    kept = table(context, extract, row.standard_key)["row_number"].to_list()
    refused = table(context, extract, row.quarantine_key)["row_number"].to_list() if row.quarantine_key else []
    assert sorted(kept + refused) == filled
    assert (done.rows_accepted, done.rows_rejected) == (len(kept), len(refused))

"""Tables come back as they were given, encrypted or plain, and a writer stays within its memory."""

import datetime
import resource
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from bangfu.vault import (
    ROW_GROUP,
    TableWriter,
    VaultError,
    describe_table,
    new_data_key,
    read_arrow,
    read_batches,
    read_table,
    write_table,
)

from .tables import REPORT, SCHEMA, members

KEY = new_data_key()
either = pytest.mark.parametrize("key", [KEY, None], ids=["encrypted", "plain"])

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": st.none()
            | st.text(st.characters(codec="utf-8"), max_size=6)
            | st.sampled_from(["𠮷野", "㐂", "𫚖", "\x00", "·"]),
            "number": st.none() | st.integers(-(2**63), 2**63 - 1),
            "amount": st.none() | st.decimals(-(10**11), 10**11, places=2),
            "date": st.none() | st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31)),
            "flag": st.none() | st.booleans(),
            "code": st.none() | st.sampled_from(["530102", "530103"]),
        }
    ),
    max_size=12,
)
FRAME_TYPES = {
    "text": pl.String,
    "number": pl.Int64,
    "amount": pl.Decimal(14, 2),
    "date": pl.Date,
    "flag": pl.Boolean,
    "code": pl.Categorical,
}
FILE_TYPES = pa.schema(
    [
        ("text", pa.string()),
        ("number", pa.int64()),
        ("amount", pa.decimal128(14, 2)),
        ("date", pa.date32()),
        ("flag", pa.bool_()),
        ("code", pa.dictionary(pa.int32(), pa.string())),
    ]
)


POOLS: list[pa.MemoryPool] = []


@contextmanager
def arrow_memory() -> Iterator[pa.MemoryPool]:
    """A pool of its own for what Arrow allocates meanwhile; kept, since buffers must not outlive their pool."""
    former = pa.default_memory_pool()
    POOLS.append(pa.proxy_memory_pool(former))
    pa.set_memory_pool(POOLS[-1])
    try:
        yield POOLS[-1]
    finally:
        pa.set_memory_pool(former)


@given(batches=st.lists(ROWS, max_size=3), key=st.sampled_from([KEY, None]))
def test_every_table_comes_back(batches: list[list[dict[str, object]]], key: bytes | None) -> None:
    frames = [pl.DataFrame(rows, schema=FRAME_TYPES, orient="row") for rows in batches]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        with TableWriter(path, FILE_TYPES, key) as writer:
            for frame in frames:
                writer.write(frame)
        whole = pl.concat([pl.DataFrame(schema=FRAME_TYPES), *frames])
        assert_frame_equal(read_table(path, key), whole)
        assert describe_table(path, key).rows == writer.rows == whole.height
        in_batches = list(read_batches(path, key, batch_rows=5))
        assert all(0 < frame.height <= 5 for frame in in_batches)
        assert_frame_equal(pl.concat([pl.DataFrame(schema=FRAME_TYPES), *in_batches]), whole)


@either
def test_the_file_has_exactly_the_schema_it_was_given(tmp_path: Path, key: bytes | None) -> None:
    path = tmp_path / "table.parquet"
    with TableWriter(path, SCHEMA.with_metadata({"source": "union_roster"}), key, REPORT) as writer:
        writer.write(members(3).select(sorted(SCHEMA.names)))  # in another order, with larger decimals
        writer.describe({"rows_rejected": "2"})
    described = describe_table(path, key)
    assert described.schema.equals(SCHEMA, check_metadata=True)
    assert described.rows == 3
    assert described.metadata == {**REPORT, "source": "union_roster", "rows_rejected": "2"}
    assert read_arrow(path, key).schema.remove_metadata().equals(SCHEMA, check_metadata=True)


@either
def test_columns_come_in_the_order_asked_for(tmp_path: Path, key: bytes | None) -> None:
    path = tmp_path / "table.parquet"
    write_table(path, members(2), key)
    assert read_table(path, key, ["row_number", "姓名"]).rows() == [(0, "欧阳𠮷0000000"), (1, "欧阳𠮷0000001")]
    assert [frame.columns for frame in read_batches(path, key, ["row_number", "姓名"])] == [["row_number", "姓名"]]
    assert read_table(path, key, []).columns == []


@either
def test_a_missing_column_is_named(tmp_path: Path, key: bytes | None) -> None:
    path = tmp_path / "table.parquet"
    write_table(path, members(2), key)
    with pytest.raises(VaultError, match="has no column phone: it was written by another version"):
        read_table(path, key, ["姓名", "phone"])
    with pytest.raises(VaultError, match="has no column phone"):
        list(read_batches(path, key, ["phone"]))


@either
def test_a_whole_frame_is_written_with_its_own_columns(tmp_path: Path, key: bytes | None) -> None:
    path = tmp_path / "table.parquet"
    frame = pl.DataFrame({"姓名": ["王芳", None], "level": [3, 4]}, schema={"姓名": pl.String, "level": pl.Int8})
    write_table(path, frame, key, REPORT)
    assert_frame_equal(read_table(path, key), frame)
    described = describe_table(path, key)
    assert described.schema == pa.schema([("姓名", pa.string()), ("level", pa.int8())])
    assert described.metadata == REPORT


def test_a_plain_file_is_parquet_for_every_reader(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    write_table(path, members(5), None)
    assert_frame_equal(pl.read_parquet(path).select("姓名", "row_number"), members(5).select("姓名", "row_number"))


@either
def test_small_batches_are_gathered_into_row_groups(tmp_path: Path, key: bytes | None) -> None:
    path = tmp_path / "table.parquet"
    with TableWriter(path, pa.schema([("row_number", pa.int64())]), key) as writer:
        for start in range(0, 300_000, 30_000):
            writer.write(pl.DataFrame({"row_number": range(start, start + 30_000)}))
    sizes = [frame.height for frame in read_batches(path, key)]
    assert sizes == [ROW_GROUP, ROW_GROUP, 300_000 - 2 * ROW_GROUP]
    assert read_table(path, key)["row_number"].equals(pl.Series("row_number", range(300_000)))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.DataFrame({"text": ["王芳"]}), "other columns than its table: \\['number'\\]"),
        (pl.DataFrame({"text": ["a"], "number": [1], "more": [1]}), "other columns than its table: \\['more'\\]"),
        (pl.DataFrame({"text": [None], "number": [1]}), "Column text holds 1 nulls and may hold none"),
        (pl.DataFrame({"text": ["a"], "number": ["王芳"]}), "Column number is .*string, and its values do not all fit"),
        (pl.DataFrame({"text": ["a"], "number": [Decimal("1.5")]}), "Column number is decimal.*do not all fit int64"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused_without_its_values(
    tmp_path: Path, frame: pl.DataFrame, message: str
) -> None:
    schema = pa.schema([pa.field("text", pa.string(), nullable=False), pa.field("number", pa.int64())])
    with pytest.raises(TypeError, match=message) as caught, TableWriter(tmp_path / "table", schema, KEY) as writer:
        writer.write(frame)
    assert "王芳" not in f"{caught.value!r} {caught.value.__context__!r} {caught.value.__cause__!r}"
    assert list(tmp_path.iterdir()) == []


@either
def test_a_block_that_raises_leaves_the_former_file(tmp_path: Path, key: bytes | None) -> None:
    path = tmp_path / "table.parquet"
    write_table(path, members(2), key)

    def write_until_a_batch_does_not_fit() -> None:
        with TableWriter(path, SCHEMA, key) as writer:
            writer.write(members(200_000))
            writer.write(members(1).drop("amount"))

    with pytest.raises(TypeError, match="other columns"):
        write_until_a_batch_does_not_fit()
    assert read_table(path, key).height == 2
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_stays_hidden_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    with TableWriter(path, SCHEMA, KEY) as writer:
        writer.write(members(ROW_GROUP))
        assert not path.exists()
    assert read_table(path, KEY, ["row_number"]).height == ROW_GROUP


def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: the system refuses the write in the same way."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with (
            pytest.raises(VaultError, match=r"table\.parquet cannot be written: File too large. Make room"),
            TableWriter(tmp_path / "table.parquet", SCHEMA, KEY) as writer,
        ):
            writer.write(members(ROW_GROUP))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_absent_is_said(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="cannot be written: No such file or directory"):
        TableWriter(tmp_path / "absent" / "table.parquet", SCHEMA, KEY)
    with pytest.raises(VaultError, match="cannot be read: No such file or directory"):
        read_table(tmp_path / "absent.parquet", KEY)


@either
def test_the_writer_holds_no_more_for_two_hundred_batches_than_for_twenty(tmp_path: Path, key: bytes | None) -> None:
    path, batch, peaks = tmp_path / "table.parquet", members(20_000).to_arrow(), []
    for batches in (20, 200):
        with arrow_memory() as memory, TableWriter(path, SCHEMA, key) as writer:
            for _ in range(batches):
                writer.write(batch)
        peaks.append(memory.max_memory())
    assert describe_table(path, key).rows == 4_000_000
    assert peaks[0] > 1_000_000
    assert peaks[1] < 1.1 * peaks[0]


@either
def test_reading_in_batches_holds_no_more_for_ten_row_groups_than_for_two(tmp_path: Path, key: bytes | None) -> None:
    path, peaks = tmp_path / "table.parquet", []
    for groups in (2, 10):
        with TableWriter(path, pa.schema([("row_number", pa.int64())]), key) as writer:
            writer.write(pl.DataFrame({"row_number": range(groups * ROW_GROUP)}))
        with arrow_memory() as memory:
            assert sum(frame.height for frame in read_batches(path, key)) == groups * ROW_GROUP
        peaks.append(memory.max_memory())
    assert peaks[0] > 1_000_000
    assert peaks[1] < 1.1 * peaks[0]


@either
def test_threads_read_one_file_at_once(tmp_path: Path, key: bytes | None) -> None:
    path, rows = tmp_path / "table.parquet", 3 * ROW_GROUP
    with TableWriter(path, pa.schema([("a", pa.int64()), ("b", pa.string())]), key) as writer:
        writer.write(pl.DataFrame({"a": range(rows)}).with_columns(b=pl.col("a").cast(pl.String)))

    def check(turn: int) -> int:
        if turn % 3 == 0:
            return int(read_table(path, key, ["a"])["a"].sum())
        if turn % 3 == 1:
            return int(read_table(path, key)["b"].cast(pl.Int64).sum())
        return sum(int(frame["a"].sum()) for frame in read_batches(path, key, batch_rows=10_000))

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(check, range(24))) == {rows * (rows - 1) // 2}


def test_row_groups_are_what_the_file_says(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    write_table(path, members(ROW_GROUP + 1), None)
    groups = pq.ParquetFile(path).metadata
    assert [groups.row_group(number).num_rows for number in range(groups.num_row_groups)] == [ROW_GROUP, 1]
    assert groups.row_group(0).column(0).compression == "ZSTD"

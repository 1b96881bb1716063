"""Tables at rest: Parquet, encrypted under the data key of their extract (静态加密).

With a key, every column, the statistics, the column names and the metadata are encrypted with AES-256-GCM
(Parquet Modular Encryption, algorithm AES_GCM_V1); without one, the file is plain Parquet, which a caller
asks for by giving None. Each opening derives the file's key anew and nothing is remembered between openings.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from bangfu.vault.envelope import decryption, encryption
from bangfu.vault.errors import VaultError

__all__ = [
    "ROW_GROUP",
    "TableDescription",
    "TableWriter",
    "describe_table",
    "read_arrow",
    "read_batches",
    "read_table",
    "write_table",
]

ROW_GROUP = 131_072
"""Rows of a row group: what a reader holds in memory at least."""

_ZSTD_LEVEL = 1
pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own asks for huge pages: reading a table took twice as long


@dataclass(frozen=True)
class TableDescription:
    """What a table says of itself without reading its rows.

    Attributes:
        rows: Number of rows.
        schema: Columns with their types and metadata; metadata of the table itself is in `metadata`.
        metadata: Texts kept beside the rows, such as the report of the reading.
    """

    rows: int
    schema: pa.Schema
    metadata: Mapping[str, str]


class TableWriter:
    """Writes one table batch by batch; holds one row group and the current batch in memory.

    A context manager. The file appears under its path when the block ends well, whole; when the block
    raises, nothing is left.

    Args:
        path: The file to write; replaced when it exists.
        schema: Exact columns of the file, in order, with the metadata of each field.
        key: Data key of the extract, 32 bytes; None writes plain Parquet.
        metadata: Texts to keep beside the rows, besides those of the schema; see also `describe`.

    Attributes:
        rows: Rows given so far.
    """

    def __init__(
        self, path: Path, schema: pa.Schema, key: bytes | None, metadata: Mapping[str, str] | None = None
    ) -> None:
        self._path, self._schema = path, schema
        self._unfinished = path.with_name(f"{path.name}.unfinished")
        self._waiting: list[pa.Table] = []
        self.rows = 0
        with _writing(path):
            self._writer = pq.ParquetWriter(
                self._unfinished,
                schema,
                compression="zstd",
                compression_level=_ZSTD_LEVEL,
                use_dictionary=False,  # most columns differ from row to row; zstd makes the others as small
                write_statistics=False,  # nothing asks for them, and they cost a third of the writing
                encryption_properties=None if key is None else encryption(key),
            )
        self.describe(metadata or {})

    def write(self, batch: pa.Table | pl.DataFrame) -> None:
        """Append rows.

        Args:
            batch: A table with the columns of the schema, in any order; strings of any kind, decimals,
                dates and dictionaries are converted to the types of the schema.

        Raises:
            TypeError: Other columns, or a column whose values do not fit the schema.
            VaultError: The file cannot be written.
        """
        table = _conform(batch, self._schema)
        self.rows += table.num_rows
        self._waiting.append(table)
        waiting = sum(held.num_rows for held in self._waiting)
        if waiting >= ROW_GROUP:
            self._flush(waiting // ROW_GROUP * ROW_GROUP)

    def describe(self, metadata: Mapping[str, str]) -> None:
        """Add texts to keep beside the rows, at any time before the end."""
        self._writer.add_key_value_metadata(dict(metadata))

    def close(self) -> None:
        """Write what is waiting and put the file in its place.

        Raises:
            VaultError: The file cannot be written; nothing is left.
        """
        try:
            self._flush(ROW_GROUP)
            with _writing(self._path):
                self._writer.close()
                os.replace(self._unfinished, self._path)
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._waiting.clear()
        with suppress(OSError, pa.ArrowException):  # a full disk refuses the footer as well
            self._writer.close()
        self._unfinished.unlink(missing_ok=True)

    def __enter__(self) -> "TableWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abandon()

    def _flush(self, rows: int) -> None:
        if not self._waiting:
            return
        table = pa.concat_tables(self._waiting)
        self._waiting = [table.slice(rows)] if table.num_rows > rows else []
        with _writing(self._path):
            self._writer.write_table(table.slice(0, rows), row_group_size=ROW_GROUP)


def write_table(
    path: Path, frame: pa.Table | pl.DataFrame, key: bytes | None, metadata: Mapping[str, str] | None = None
) -> None:
    """Write a whole table whose columns are what the frame has.

    Args:
        path: The file to write; replaced when it exists.
        frame: The rows; large strings and string views are written as strings.
        key: Data key of the extract; None writes plain Parquet.
        metadata: Texts to keep beside the rows.
    """
    table = frame.to_arrow() if isinstance(frame, pl.DataFrame) else frame
    fields = [item.with_type(pa.string()) if _is_text(item.type) else item for item in table.schema]
    with TableWriter(path, pa.schema(fields, metadata=table.schema.metadata), key, metadata) as writer:
        writer.write(table)


def read_table(path: Path, key: bytes | None, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Read a table, or some columns of it in the order asked for.

    Args:
        path: The file.
        key: Data key of the extract; None for a plain file.
        columns: Columns to read; all by default.

    Raises:
        VaultError: The key does not open the file, the file is altered, or a column is missing.
    """
    frame = pl.from_arrow(read_arrow(path, key, columns))
    assert isinstance(frame, pl.DataFrame)
    return frame


def read_arrow(path: Path, key: bytes | None, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a table as Arrow, for engines that take it without a copy; arguments as for `read_table`."""
    with _opened(path, key) as file:
        wanted = _wanted(file, path, columns)
        return file.read(columns=wanted).select(wanted)


def read_batches(
    path: Path, key: bytes | None, columns: Sequence[str] | None = None, batch_rows: int = ROW_GROUP
) -> Iterator[pl.DataFrame]:
    """Read a table in batches; about one row group is in memory. Nothing is opened before the first is asked for.

    Args:
        path: The file.
        key: Data key of the extract; None for a plain file.
        columns: Columns to read, in this order; all by default.
        batch_rows: Most rows of a batch; none spans two row groups.

    Yields:
        Frames of at least one row; none for an empty table.

    Raises:
        VaultError: As for `read_table`; with an altered file, possibly after some sound batches.
    """
    with _opened(path, key) as file:
        wanted = _wanted(file, path, columns)
        for group in range(file.num_row_groups):  # one call for all groups would keep the bytes of those passed
            yield from _read_group(file, group, wanted).iter_slices(batch_rows)


def _read_group(file: pq.ParquetFile, group: int, columns: Sequence[str]) -> pl.DataFrame:
    frame = pl.from_arrow(file.read_row_group(group, columns=columns, use_threads=False).select(columns))
    assert isinstance(frame, pl.DataFrame)
    return frame


def describe_table(path: Path, key: bytes | None) -> TableDescription:
    """Read what a table says of itself: row count, columns, metadata.

    Args:
        path: The file.
        key: Data key of the extract; None for a plain file.

    Raises:
        VaultError: The key does not open the file, or the file is altered.
    """
    with _opened(path, key) as file:
        texts = file.metadata.metadata or {}
        return TableDescription(
            rows=file.metadata.num_rows,
            schema=file.schema_arrow.remove_metadata(),
            metadata={name.decode(): text.decode() for name, text in texts.items() if name != b"ARROW:schema"},
        )


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "the system gives no reason"
        raise VaultError(f"{path} cannot be written: {reason}. Make room there, then run again.") from error


@contextmanager
def _opened(path: Path, key: bytes | None) -> Iterator[pq.ParquetFile]:
    """Open a file; whatever the Parquet reader says of it becomes a VaultError."""
    try:
        with pa.OSFile(str(path), "rb") as source:
            properties = decryption(source, path, key)
            yield pq.ParquetFile(source, decryption_properties=properties)
    except pa.ArrowMemoryError:
        raise
    except (OSError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno:
            raise VaultError(f"{path} cannot be read: {os.strerror(error.errno)}.") from error
        raise VaultError(
            f"{path} does not open with its key: it is altered, or the key is that of another extract. Compare its "
            "sha256 with the registered one: where they differ, restore the file, else the wrapped key."
        ) from error


def _wanted(file: pq.ParquetFile, path: Path, columns: Sequence[str] | None) -> list[str]:
    """The columns to read, all of which the file has."""
    names: list[str] = file.schema_arrow.names
    missing = sorted(set(columns or ()) - set(names))
    if missing:
        raise VaultError(f"{path} has no column {', '.join(missing)}: it was written by another version; make it anew.")
    return names if columns is None else list(columns)


def _conform(batch: pa.Table | pl.DataFrame, schema: pa.Schema) -> pa.Table:
    """The batch with exactly the columns and types of the schema."""
    table = batch.to_arrow() if isinstance(batch, pl.DataFrame) else batch
    if sorted(table.column_names) != sorted(schema.names):
        differing = sorted(set(table.column_names) ^ set(schema.names)) or "repeated columns"
        raise TypeError(f"The batch has other columns than its table: {differing}.")
    return pa.Table.from_arrays([_fitted(table.column(item.name), item) for item in schema], schema=schema)


def _fitted(column: pa.ChunkedArray, item: pa.Field) -> pa.ChunkedArray:
    """A column in the type of its field. The message of a failed conversion holds values, so it is dropped."""
    if column.null_count and not item.nullable:
        raise TypeError(f"Column {item.name} holds {column.null_count} nulls and may hold none.")
    if column.type == item.type:
        return column
    try:
        fitted = column.cast(item.type)
    except pa.ArrowException:
        fitted = None
    if fitted is None:
        raise TypeError(f"Column {item.name} is {column.type}, and its values do not all fit {item.type}.")
    return fitted


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_large_string(kind) or pa.types.is_string_view(kind))

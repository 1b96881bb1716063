"""Encoded tables (加密表): encoded columns with record ids, and what they were encoded by.

Two tables compare only where both are encoded by the same parameters under the same key. Who matches has no key, so that
clear text can never be compared with encoded records there: whoever holds the key encodes the clear side as well. In one
run over several sources, each source is linked with the list in the form both have, clear or encoded; what is joined
afterwards are pairs of record ids, in which nothing is encoded (`matching.persons`).
"""

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from matching.encoding.parameters import EncodingParameters
from matching.errors import LinkError

PARAMETERS, KEY_CHECK = b"bangfu.encoding", b"bangfu.encoding.key_check"
"""Of the metadata of a table."""


def encoded_table(
    columns: pl.DataFrame | pa.Table,
    ids: Any,
    parameters: EncodingParameters,
    key_check: str,
    *,
    id_column: str = "record_id",
) -> pa.Table:
    """Encoded columns as a table that `link` takes.

    Args:
        columns: as `encode` gives them.
        ids: an id for each row; random, so that they tell nothing.
        parameters: by which they were encoded.
        key_check: a value that is the same for the same keys only, such as the key-check value of the agreement.
        id_column: name of the ids.
    """
    table = columns.to_arrow() if isinstance(columns, pl.DataFrame) else columns
    table = table.add_column(0, id_column, pa.chunked_array([pa.array(ids)]))
    return table.replace_schema_metadata({PARAMETERS: parameters.to_json(), KEY_CHECK: key_check})


def encoding_of(left: pa.Table, right: pa.Table) -> EncodingParameters | None:
    """By what both tables are encoded; None for clear text.

    Raises:
        LinkError: only one of them is encoded, or they are encoded differently.
    """
    told = [_told(table) for table in (left, right)]
    if told[0] == told[1]:
        return EncodingParameters.from_json(told[0][0].decode()) if told[0] else None
    if not all(told):
        raise LinkError(
            "one table is encoded and the other is clear text; whoever holds the key must encode both, with one agreement"
        )
    if told[0][0] != told[1][0]:
        raise LinkError("the tables are encoded by different parameters; encode both with one agreement")
    raise LinkError("the tables are encoded under different keys; encode both with the key of one agreement and epoch")


def _told(table: pa.Table) -> tuple[bytes, ...]:
    metadata = table.schema.metadata or {}
    return (metadata[PARAMETERS], metadata.get(KEY_CHECK, b"")) if PARAMETERS in metadata else ()


def is_encoded(table: pa.Table) -> bool:
    """Whether a table is encoded."""
    return bool(_told(table))


def words_of(table: pa.Table, column: str) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    """An encoded column, a row of words for each record; of a column of single tokens, one word.

    Raises:
        LinkError: the column does not hold machine words.
    """
    values = table[column].combine_chunks()
    if values.null_count:
        raise LinkError(f"column '{column}' of an encoded table has nulls")
    if pa.types.is_fixed_size_list(values.type) and pa.types.is_uint64(values.type.value_type):
        return np.asarray(values.flatten().to_numpy(), np.uint64).reshape(len(values), values.type.list_size)
    if pa.types.is_list(values.type) and pa.types.is_uint64(values.type.value_type):  # as Parquet files may give it
        flat = np.asarray(values.flatten().to_numpy(), np.uint64)
        if len(values) and len(flat) % len(values) == 0:
            return flat.reshape(len(values), -1)
    if pa.types.is_uint64(values.type):
        return np.asarray(values.to_numpy(), np.uint64).reshape(-1, 1)
    raise LinkError(f"column '{column}' of an encoded table does not hold machine words")

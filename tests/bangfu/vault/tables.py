"""Tables that tests keep: synthetic members whose identity numbers cannot exist."""

import datetime
from decimal import Decimal

import polars as pl
import pyarrow as pa

SCHEMA = pa.schema(
    [
        pa.field("姓名", pa.string(), nullable=False, metadata={"zh": "姓名", "sensitivity": "personal"}),
        pa.field("identity_number", pa.string()),
        pa.field("birth_date", pa.date32()),
        pa.field("amount", pa.decimal128(14, 2), metadata={"unit": "元"}),
        pa.field("county", pa.dictionary(pa.int32(), pa.string())),
        pa.field("row_number", pa.int64()),
    ]
)

REPORT = {"bangfu.reading": '{"sheet": "困难职工花名册", "encoding": "GB18030"}'}


def members(count: int, first: int = 0) -> pl.DataFrame:
    """Distinct members, so that a text in one row is in no other."""
    numbers = range(first, first + count)
    return pl.DataFrame(
        {
            "姓名": [f"欧阳𠮷{number:07d}" for number in numbers],
            "identity_number": [f"539999{number:012d}" if number % 7 else None for number in numbers],
            "birth_date": [datetime.date(1950, 1, 1) + datetime.timedelta(number % 20000) for number in numbers],
            "amount": [Decimal(number) / 100 for number in numbers],
            "county": [f"5301{number % 29:02d}" for number in numbers],
            "row_number": list(numbers),
        },
        schema={
            "姓名": pl.String,
            "identity_number": pl.String,
            "birth_date": pl.Date,
            "amount": pl.Decimal(38, 2),
            "county": pl.Categorical,
            "row_number": pl.Int64,
        },
    )

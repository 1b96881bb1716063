"""Readers (读取器): a partner's messy bytes to text cells under canonical names."""

from bangfu.readers.parser import Parser, read
from bangfu.readers.raw import RawTable, ReadReport, SheetReport, raw_schema

__all__ = ["Parser", "RawTable", "ReadReport", "SheetReport", "raw_schema", "read"]

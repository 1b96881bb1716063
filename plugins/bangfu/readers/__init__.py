"""Readers (读取器): a partner's messy bytes to text cells under canonical names."""

from bangfu.readers.raw import RawTable, ReadReport, SheetReport
from bangfu.readers.reading import read

__all__ = ["RawTable", "ReadReport", "SheetReport", "read"]

"""Readers (读取器): a partner's messy bytes to text cells under canonical names.

Names are loaded on first use: a department's PC reads with `bangfu.readers.piped` alone, and has no part of a system
that `Parser` needs.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bangfu.readers.parser import Parser, read
    from bangfu.readers.raw import RawTable, ReadReport, SheetReport, raw_schema

__all__ = ["Parser", "RawTable", "ReadReport", "SheetReport", "raw_schema", "read"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'bangfu.readers' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"bangfu.readers.{'parser' if name in {'Parser', 'read'} else 'raw'}"), name)

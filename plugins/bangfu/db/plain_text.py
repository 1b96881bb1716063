"""Text as PostgreSQL can hold it: without NUL and without lone surrogates."""

import re
from typing import Any

__all__ = ["storable"]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: Any) -> Any:
    r"""Replace what PostgreSQL refuses by U+FFFD, in text and in nested lists and mappings.

    A crafted workbook can hold a real NUL, and a broken decoder leaves lone surrogates; one such cell
    must not stop a batch of a hundred thousand rows.

    >>> storable({"zh": "张\x00三", "rows": ["\ud800", 3, None]})
    {'zh': '张�三', 'rows': ['�', 3, None]}
    """
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value

"""Characters that must not stay as they are (特殊字符): private-use ones and control characters."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from matching.standardise.columns import utf8_bytes
from schemas.reference import private_use_characters

__all__ = ["public_characters", "without_controls"]

_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
_CONTROLS = r"[\x00-\x08\x0B\x0C\x0E-\x1F]"


def public_characters(values: pl.Series) -> tuple[pl.Series, int]:
    """Characters that older systems kept in the private-use area (造字区), as Unicode has them today.

    Returns:
        The column, and how many of its cells still hold characters that only the sender's font knows.

    >>> public_characters(pl.Series(["\\ue863", "李"]))[0].to_list()
    ['䶮', '李']
    """
    data = utf8_bytes(values)
    lead = np.flatnonzero(data >= 0xEE)  # U+E000 to U+F8FF are EE 80 80 to EF A3 BF
    lead = lead[lead < len(data) - 1]
    if not ((data[lead] == 0xEE) | ((data[lead] == 0xEF) & (data[lead + 1] <= 0xA3))).any():
        return values, 0
    table = private_use_characters()
    texts = [text.translate(table) if text and not text.isascii() else text for text in values.to_list()]
    unknown = sum(1 for text in texts if text and _PRIVATE_USE.search(text))
    return pl.Series(values.name, texts, dtype=pl.String), unknown


def without_controls(values: pl.Series) -> tuple[pl.Series, int]:
    """A column without NUL and its like, and how many cells held one; line ends and tabs stay."""
    data = utf8_bytes(values)
    low = data[data < 32]
    if not len(low) or bool(np.isin(low, (9, 10, 13)).all()):
        return values, 0
    held = values.str.contains(_CONTROLS)
    return values.str.replace_all(_CONTROLS, ""), int(held.sum())

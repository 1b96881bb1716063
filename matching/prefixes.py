"""Codes whose beginnings mean something (编码前缀), such as postcodes: letters and digits only."""

import unicodedata

import pyarrow as pa

from matching.columns import Ints, Texts, distinct, folded


def pack_codes(values: pa.LargeStringArray) -> tuple[Ints, Texts]:
    """A number per text, equal where letters and digits are, -1 for none; and the texts by number.

    >>> numbers, texts = pack_codes(pa.array(["SW1A 1AA", "sw1a1aa", "--"]))
    >>> numbers.tolist(), "".join(map(chr, texts.points))
    ([0, 0, -1], 'sw1a1aa')
    """
    return distinct(folded(values, _letter_or_digit))


def _letter_or_digit(character: str) -> int:
    plain = unicodedata.normalize("NFKC", character).casefold()
    return ord(plain) if len(plain) == 1 and plain.isalnum() else 0

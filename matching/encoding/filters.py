"""Bloom filters (布隆过滤器) of the items of a value: which bits they set, and noise."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from matching.encoding.parameters import EncodingParameters
from matching.encoding.tokens import Words, joint

Bits = npt.NDArray[np.bool_]

_OF_A_WORD = 6
"""Places, of ten bits each, that one word tells."""


class Random(Protocol):
    """Where noise comes from: a seeded `numpy.random.Generator`, or one that reads the system's entropy."""

    def bytes(self, length: int, /) -> bytes:
        """So many random bytes."""
        ...


def filters(key: tuple[int, int], items: Words, parameters: EncodingParameters) -> Words:
    """The filter of each row's items.

    Args:
        key: of the places.
        items: a token for each item of a row, 0 for none.
        parameters: length of a filter, and bits of an item.
    """
    bits = np.zeros((len(items), parameters.bits), np.bool_)
    rows = np.nonzero(items)[0]
    known = items[items != 0]
    for place in range(0, parameters.hashes, _OF_A_WORD):
        word = joint(key, [known, place])
        for step in range(min(_OF_A_WORD, parameters.hashes - place)):
            ten = word >> np.uint64(10 * step) & np.uint64(1023)
            bits[rows, (ten * np.uint64(parameters.bits) >> np.uint64(10)).astype(np.int64)] = True
    return packed(bits)


def packed(bits: Bits) -> Words:
    """Rows of bits as words."""
    return np.packbits(bits, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def noise(rows: int, parameters: EncodingParameters, random: Random) -> Words:
    """Bits to be turned over, each with the probability of the parameters."""
    width = parameters.filter_words * 64
    if not parameters.flip:
        return np.zeros((rows, parameters.filter_words), np.uint64)
    drawn = np.frombuffer(random.bytes(2 * rows * width), "<u2").reshape(rows, width)
    return packed(drawn < round(parameters.flip * 65536))

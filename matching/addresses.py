"""Addresses (住址) packed for comparison: township, community or village, spot and door, without the divisions above.

Written forms differ more than places do: 街道 and 办事处, 社区 and 居委会, 村委会 and 村公所 are one; township and
community are often left out; the same farm is 5社 in one list and 47号 in another.

An address is read in two parts: its head, up to the first digit, says the places by name and repeats in many addresses,
so that each head is read once; the numbers that follow are read by compiled code.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from matching.address_heads import read_head
from matching.columns import buffers, containing
from matching.kernels.addresses import cut_heads, number_spots
from matching.kernels.encoding import number_texts
from matching.standardise.cells import PLAIN_CHARACTERS, clean

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class PackedAddresses:
    """Of each text, and of its parts, a hash that depends on nothing else; 0 where it does not say a part."""

    whole: Hashes
    towns: Hashes
    communities: Hashes
    spots: Hashes
    doors: Hashes


def pack_addresses(values: pa.LargeStringArray) -> PackedAddresses:
    """Read addresses.

    A spot is the street with its number, or the village. A door is what follows: numbers of house, building, unit and
    room. Groups of a village (组、社) are no door, because lists use them and house numbers in turn.
    """
    offsets, data = buffers(_cleaned(values))
    count = len(offsets) - 1
    cuts, whole = np.empty(count, np.int64), np.empty(count, np.uint64)
    cut_heads(offsets, data, cuts, whole)
    codes, firsts = np.empty(count, np.int32), np.empty(count, np.int32)
    firsts = firsts[: number_texts(offsets[:-1], cuts, data, codes, firsts)]
    heads = [read_head(data[offsets[first] : cuts[first]].tobytes().decode()) for first in firsts.tolist()]
    towns, communities, names = (
        _hashed([getattr(head, part) for head in heads]) for part in ("town", "community", "spot")
    )
    street = np.array([head.is_street for head in heads], np.bool_)
    spots, doors = np.zeros(count, np.uint64), np.zeros(count, np.uint64)
    number_spots(offsets, cuts, data, codes, names, street, spots, doors)
    return PackedAddresses(whole, _by_head(towns, codes), _by_head(communities, codes), spots, doors)


def _cleaned(values: pa.LargeStringArray) -> pa.LargeStringArray:
    unclean = ~containing(values, PLAIN_CHARACTERS, only=True)
    if not unclean.any():
        return values
    changed = [clean(text).replace(" ", "") for text in values.filter(pa.array(unclean)).to_pylist()]
    return pc.replace_with_mask(values, pa.array(unclean), pa.array(changed, values.type))


def _hashed(texts: list[str]) -> Hashes:
    from matching.kernels.encoding import hash_slices

    offsets, data = buffers(pa.array(texts, pa.large_string()))
    hashes = np.zeros(len(texts), np.uint64)
    hash_slices(offsets, data, 0, 0, -1, hashes)
    return hashes


def _by_head(hashes: Hashes, codes: npt.NDArray[np.int32]) -> Hashes:
    return np.where(codes >= 0, hashes[codes], np.uint64(0)) if len(hashes) else np.zeros(len(codes), np.uint64)

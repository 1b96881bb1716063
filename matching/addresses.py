"""Addresses (住址) packed for comparison: township, community or village, spot and door, without the divisions above.

Written forms differ more than places do: 街道 and 办事处, 社区 and 居委会, 村委会 and 村公所 are one; township and
community are often left out; the same farm is 5社 in one list and 47号 in another.

An address is read in two parts: its head, up to the first digit, says the places by name and repeats in many addresses,
so that each head is read once; the numbers that follow are read by compiled code.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import buffers, containing
from matching.kernels.addresses import cut_heads, number_spots
from matching.kernels.encoding import number_texts
from matching.standardise.cells import PLAIN_CHARACTERS, clean
from matching.standardise.places import after_place

_TOWN = re.compile(r"([^路街巷]{1,10}?)(?:街道办事处|办事处|街道|镇|乡)")
_COMMUNITY = re.compile(r"(.{1,10}?)(?:社区居民委员会|社区居委会|居民委员会|居委会|社区|村民委员会|村委会|村公所)")
_STREET = re.compile(r".{1,10}(?:大道|路|街|巷)$")
_UNIT = re.compile(r"(?:第)?(?:组|社|号|幢|栋|单元)?$")

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Head:
    """What an address says before its first number; empty where it does not say a part.

    `spot`: name of the street whose number follows (`is_street`), or of the village, hamlet or estate.
    """

    town: str
    community: str
    spot: str
    is_street: bool


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


@lru_cache(maxsize=65_536)
def read_head(text: str) -> Head:
    """Read what an address says before its first number, below its county.

    >>> read_head("云南省昆明市五华区上溪街道忠坡社区团结路")
    Head(town='上溪', community='忠坡', spot='团结路', is_street=True)
    >>> read_head("马关县黄泉乡云场村公所黑井村")
    Head(town='黄泉', community='云场', spot='黑井村', is_street=False)
    >>> read_head("?")
    Head(town='', community='', spot='', is_street=False)
    """
    rest = re.sub(r"[\s,，、。()（）]", "", after_place(text)) if text else ""
    found = []
    for pattern in (_TOWN, _COMMUNITY):
        match = pattern.match(rest)
        found.append(match[1] if match else "")
        rest = rest[match.end() :] if match else rest
    town, community = found
    if _STREET.fullmatch(rest):
        return Head(town, community, rest, True)
    spot = _UNIT.sub("", rest).strip("?-*")
    return Head(town, community, spot if len(spot) >= 2 else "", False)  # 无, 同上 and the like are no place


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

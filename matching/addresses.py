"""Addresses (住址) packed for comparison: township, community or village, spot and door, without the divisions above.

Written forms differ more than places do: 街道 and 办事处, 社区 and 居委会, 村委会 and 村公所 are one; township and
community are often left out; the same farm is 5社 in one list and 47号 in another.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from matching.columns import Ints
from matching.standardise.places import after_place

_TOWN = re.compile(r"([^0-9路街巷]{1,10}?)(?:街道办事处|办事处|街道|镇|乡)")
_COMMUNITY = re.compile(r"([^0-9]{1,10}?)(?:社区居民委员会|社区居委会|居民委员会|居委会|社区|村民委员会|村委会|村公所)")
_STREET = re.compile(r"([^0-9]{1,10}?(?:大道|路|街|巷))([0-9]+)")
_SPOT = re.compile(r"[^0-9]+")
_UNIT = re.compile(r"(?:第)?(?:组|社|号|幢|栋|单元)?$")
_GROUP = re.compile(r"([0-9]+)(?:村民小组|小组|组|社)")


@dataclass(frozen=True)
class Parts:
    """The parts of one address; empty where it does not say them."""

    town: str
    community: str
    spot: str
    door: str


@dataclass(frozen=True)
class PackedAddresses:
    """Numbers of the parts of each distinct address; -1 where it does not say a part."""

    towns: Ints
    communities: Ints
    spots: Ints
    doors: Ints


def pack_addresses(values: pa.StringArray) -> PackedAddresses:
    """Number the parts of distinct addresses; equal parts have equal numbers within one call."""
    parts = [read_address(text) for text in values.to_pylist()]
    return PackedAddresses(
        *(
            _numbered([getattr(item, name) for item in parts])
            for name in ("town", "community", "spot", "door")
        )
    )  # fmt: skip


@lru_cache(maxsize=65_536)
def read_address(text: str) -> Parts:
    """Read the parts of an address below its county.

    A door is what follows the spot: numbers of house, building, unit and room. Groups of a village (组、社) are no
    door, because lists use them and house numbers in turn.

    >>> read_address("云南省昆明市五华区上溪街道忠坡社区团结路379号16幢2单元1004室")
    Parts(town='上溪', community='忠坡', spot='团结路379', door='16-2-1004')
    >>> read_address("五华区团结路379号16-2-1004")
    Parts(town='', community='', spot='团结路379', door='16-2-1004')
    >>> read_address("马关县黄泉乡云场村公所黑井村5社")
    Parts(town='黄泉', community='云场', spot='黑井村', door='')
    >>> read_address("?")
    Parts(town='', community='', spot='', door='')
    """
    rest = re.sub(r"[\s,，、。()（）]", "", after_place(text))
    found = []
    for pattern in (_TOWN, _COMMUNITY):
        match = pattern.match(rest)
        found.append(match[1] if match else "")
        rest = rest[match.end() :] if match else rest
    town, community = found
    street = _STREET.match(rest)
    if street:
        return Parts(town, community, street[1] + street[2], _door(rest[street.end() :]))
    match = _SPOT.match(rest)
    spot = _UNIT.sub("", match[0]).strip("?-*") if match else ""
    if match is None or len(spot) < 2:  # 无, 同上 and the like are no place
        return Parts(town, community, "", "")
    return Parts(town, community, spot, _door(_GROUP.sub("", rest[match.end() :])))


def _door(rest: str) -> str:
    return "-".join(number.lstrip("0") for number in re.findall("[0-9]+", rest))


def _numbered(texts: list[str]) -> Ints:
    known: dict[str, int] = {}
    return np.array([known.setdefault(text, len(known)) if text else -1 for text in texts], dtype=np.int32)

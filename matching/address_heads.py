"""What an address (住址) says before its first number: township, community, street or village."""

import re
from dataclasses import dataclass
from functools import lru_cache

from matching.standardise.places import after_place

_TOWN = re.compile(r"([^路街巷]{1,10}?)(?:街道办事处|办事处|街道|镇|乡)")
_COMMUNITY = re.compile(r"(.{1,10}?)(?:社区居民委员会|社区居委会|居民委员会|居委会|社区|村民委员会|村委会|村公所)")
_STREET = re.compile(r".{1,10}(?:大道|路|街|巷)$")
_UNIT = re.compile(r"(?:第)?(?:组|社|号|幢|栋|单元)?$")


@dataclass(frozen=True)
class Head:
    """What an address says before its first number; empty where it does not say a part.

    `spot`: name of the street whose number follows (`is_street`), or of the village, hamlet or estate.
    """

    town: str
    community: str
    spot: str
    is_street: bool


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

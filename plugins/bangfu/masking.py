"""Masking (脱敏): how a person's particulars are shown where they need not be read in full.

The defaults follow the habits of union lists: name 张*, identity number 5390**********12, phone
138****1234, address down to the township. A missing value stays missing.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

__all__ = ["MASKS", "mask", "mask_address", "mask_id_number", "mask_name", "mask_phone"]

_TOWNSHIP = re.compile(r"^.*?(?:街道办事处|街道|乡|镇|区公所)")
_COUNTY = re.compile(r"^.*(?:自治县|[县市区])")


def mask_name(name: str | None) -> str | None:
    """Keep the first character; two of a name longer than three (岩温罕… as 岩温**).

    >>> mask_name("张伟"), mask_name("王小明"), mask_name("阿普·扎西"), mask_name("张")
    ('张*', '王**', '阿普***', '*')
    """
    if not name:
        return name
    kept = 0 if len(name) == 1 else 1 if len(name) <= 3 else 2
    return name[:kept] + "*" * (len(name) - kept)


def mask_id_number(number: str | None) -> str | None:
    """Keep four positions at the beginning and two at the end; nothing of a number shorter than 12.

    >>> mask_id_number("539001198001010014"), mask_id_number("5390")
    ('5390************14', '****')
    """
    if not number:
        return number
    if len(number) < 12:
        return "*" * len(number)
    return number[:4] + "*" * (len(number) - 6) + number[-2:]


def mask_phone(phone: str | None) -> str | None:
    """Keep three digits at the beginning and four at the end; only the last two of a short number.

    >>> mask_phone("13812345678"), mask_phone("3125678")
    ('138****5678', '*****78')
    """
    if not phone:
        return phone
    if len(phone) < 11:
        return "*" * max(len(phone) - 2, 0) + phone[-2:]
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def mask_address(address: str | None) -> str | None:
    """Keep the address down to the township (乡镇); where none is named, down to the county; else nothing.

    >>> mask_address("昆明市五华区莲华街道学府路12号3单元"), mask_address("大理市下关镇文化路3号")
    ('昆明市五华区莲华街道***', '大理市下关镇***')
    >>> mask_address("昆明市五华区学府路12号"), mask_address("学府路12号")
    ('昆明市五华区***', '***')
    """
    if not address:
        return address
    kept = _TOWNSHIP.match(address) or _COUNTY.match(address)
    return (kept.group() if kept else "") + "***"


def _mask_date(date: str | None) -> str | None:
    """Keep year and month of a day in ISO form."""
    return date and date[:7] + ("-**" if len(date) > 7 else "")


def _shown(value: str | None) -> str | None:
    return value


MASKS: Mapping[str, Callable[[str | None], str | None]] = MappingProxyType(
    {
        "name": mask_name,
        "former_name": mask_name,
        "id_number": mask_id_number,
        "phone": mask_phone,
        "address": mask_address,
        "household_address": mask_address,
        "birth_date": _mask_date,
        "sex": _shown,
        "ethnic_group": _shown,
        "county_code": _shown,
        "employer": _shown,
        "employer_code": _shown,
    }
)
"""How each canonical column is masked; a column that is not listed is never shown."""


def mask(column: str, value: object) -> str | None:
    """Mask a value of a canonical column; what is not known to be harmless becomes asterisks.

    >>> mask("phone", "13812345678"), mask("person_ref", "A1"), mask("sex", None)
    ('138****5678', '***', None)
    """
    if value is None or value == "":
        return None
    if column not in MASKS:
        return "***"
    return MASKS[column](str(value))

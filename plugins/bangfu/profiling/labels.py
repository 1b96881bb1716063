"""Names for people of what a profile counts, in Chinese and English."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bangfu.profiling.counting import OTHER
from bangfu.profiling.shapes import AMOUNT_BANDS, LENGTH_BANDS, PHONE_KINDS, Shape, shape_of
from bangfu.profiling.small_counts import FEW
from schemas.fields import FIELDS
from schemas.records import ID_FORMS
from schemas.reference import divisions
from schemas.vocabulary import CODE_LISTS, REJECT_REASONS, SMALL_COUNT, RejectCode

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ID_FORM_NAMES", "Label", "code_order", "label_of", "reject_label"]

Label = tuple[str, str]
"""Chinese and English."""

ID_FORM_NAMES: Mapping[str, Label] = MappingProxyType(
    {
        "full": ("18 位，有效", "18 characters, valid"),
        "expanded15": ("15 位旧号，已升位", "15 digits, expanded"),
        "prefix15": ("末三位丢失", "last three digits lost"),
        "masked": ("部分打码", "masked"),
        "bad_checksum": ("校验码不符", "check fails"),
        "other": ("其他证件", "other document"),
    }
)
_BANDS: Mapping[Shape, Mapping[str, Label]] = MappingProxyType(
    {
        Shape.AMOUNT: {band.code: (band.zh, band.en) for band in AMOUNT_BANDS},
        Shape.TEXT: {band.code: (band.zh, band.en) for band in LENGTH_BANDS},
        Shape.PHONE: PHONE_KINDS,
        Shape.IDENTITY: ID_FORM_NAMES,
    }
)
_FEW: Label = (f"其余（含 <{SMALL_COUNT} 行的取值）", f"others, among them values of <{SMALL_COUNT} rows")
_OTHER: Label = ("不在代码表内", "not on the list")
_ELSEWHERE: Label = ("省外或未知区划", "outside the province or unknown")


def label_of(name: str, code: str) -> Label:
    """How one counted value of a field is called; division names stay Chinese.

    >>> label_of("sex", "1"), label_of("county_code", "530102"), label_of("id_number", "masked")
    (('男', 'male'), ('昆明市五华区', '昆明市五华区'), ('部分打码', 'masked'))
    """
    shape = shape_of(FIELDS[name])
    if code == FEW:
        return _FEW
    if shape is Shape.PLACE:
        return _division(code)
    if code == OTHER:
        return _OTHER
    if shape is Shape.CODE:
        codes = CODE_LISTS[FIELDS[name].standardiser.removeprefix("code:")]
        return codes.label(code), codes.label(code, "en")
    return _BANDS.get(shape, {}).get(code, (code, code))


def code_order(name: str) -> tuple[str, ...]:
    """The values of a field in the order in which they are shown; empty where that is the order of the codes.

    >>> code_order("sex")
    ('1', '2')
    """
    shape = shape_of(FIELDS[name])
    if shape is Shape.CODE:
        return tuple(code.code for code in CODE_LISTS[FIELDS[name].standardiser.removeprefix("code:")].codes)
    if shape is Shape.IDENTITY:
        return ID_FORMS
    return tuple(_BANDS.get(shape, ()))


def reject_label(code: str) -> Label:
    """Why rows were refused, shortly."""
    return REJECT_REASONS[RejectCode(code)]


def _division(code: str) -> Label:
    known = divisions()
    own = known.get(code)
    if own is None:
        return _ELSEWHERE
    above = known[own.parent_code].short_name if own.level == "county" else ""
    return above + own.name, above + own.name

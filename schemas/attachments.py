"""Papers kept with a case (附件): what they are, and in which formats they are taken."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.code_list import Code, CodeList

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ATTACHMENT_KINDS", "MEDIA_TYPES", "MOST_BYTES", "MOST_PER_CASE", "media_type_of"]

ATTACHMENT_KINDS = CodeList(
    "attachment_kind",
    (
        Code("authorisation", "家庭经济状况核对授权书", "authorisation of the check"),
        Code("consent", "告知和同意书", "information and consent"),
        Code("application", "申请表", "application"),
        Code("visit_form", "入户调查表（已签字）", "visit form, signed"),
        Code("notice", "公示材料", "public notice"),
        Code("other", "其他材料", "other paper"),
    ),
)

MEDIA_TYPES: Mapping[str, str] = MappingProxyType({"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"})
"""Ending of a file by its media type; what a scanner or a telephone makes."""

MOST_BYTES = 10 * 1024**2
"""Of one file."""
MOST_PER_CASE = 12

_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)


def media_type_of(content: bytes) -> str | None:
    """The media type that the first bytes of a file tell, whatever its name says; None for any other.

    >>> media_type_of(b"%PDF-1.7 ..."), media_type_of(b"MZ...")
    ('application/pdf', None)
    """
    return next((media for beginning, media in _BEGINNINGS if content.startswith(beginning)), None)

"""What a printed form holds, and setting it (制表)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bangfu.masking import mask_id_number
from bangfu.review.form.fonts import FAMILIES, font_folders, printable
from schemas.code_list import CodeList
from schemas.personal_codes import ETHNIC_GROUP, SEX
from schemas.review import REVIEW_LISTS
from schemas.review_codes import CAUSE, HOUSING, NEED, VISIT_MODE

__all__ = ["BLANK", "Standard", "VisitForm", "forms_pdf"]

_TEMPLATE = Path(__file__).with_name("visit.typ")
_PREFIX = "BF1:"
"""Before the case id in the code, so that a reader knows it; the id itself tells nothing."""


@dataclass(frozen=True)
class Standard:
    """The subsistence standard that a household is compared with (低保标准 L).

    Attributes:
        amount: Yuan a month.
        document: Number of the document.
        valid_from: First day on which it holds.
    """

    amount: int
    document: str
    valid_from: dt.date


@dataclass(frozen=True)
class VisitForm:
    """One form. What is empty is left blank, to be filled in by hand.

    Attributes:
        case_id: Opaque id of the case; empty on a blank form.
        values: Text by code: of the locked columns of `schemas.review`, and `prefecture`, `township`,
            `ethnic_group` (GB/T 3304) and `registered_address`.
        evidence: Why the household is visited, in sentences with bands.
        medical_band: What the system knows of the medical expenses: a band and its quarters.
        standard: The subsistence standard; None where it is not known.
        flow: Whose outcomes are printed.
    """

    case_id: str = ""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    evidence: tuple[str, ...] = field(default=(), repr=False)
    medical_band: str = field(default="", repr=False)
    standard: Standard | None = None
    flow: str = "candidates"


_ROOM = {"name": 40, "union": 48, "prefecture": 20, "county": 32, "township": 26}
"""Half-widths that fit into the cells that are no whole line."""
_ROOM_OF_A_LINE = 80
_ROOM_OF_EVIDENCE = 92
_EVIDENCE_LINES = 3

BLANK = VisitForm()
"""A form without a case."""


def forms_pdf(forms: Iterable[VisitForm], mark: str) -> bytes:
    """The forms as one PDF, two pages each, front and back.

    Args:
        forms: One for each case.
        mark: Who printed them and when; at the foot of every page.
    """
    import typst

    told = {"forms": [_told(form) for form in forms], "mark": printable(mark), "fonts": FAMILIES, "lists": _LISTS}
    made = typst.compile(
        str(_TEMPLATE),
        root=str(_TEMPLATE.parent),
        font_paths=[str(folder) for folder in font_folders()],
        ignore_system_fonts=True,
        sys_inputs={"told": json.dumps(told, ensure_ascii=False)},
        format="pdf",
        pdf_tags=False,  # four fifths of the file
    )
    assert isinstance(made, bytes)
    return made


def _told(form: VisitForm) -> dict[str, Any]:
    values = {code: _fitted(printable(text), _ROOM.get(code, _ROOM_OF_A_LINE)) for code, text in form.values.items()}
    values["id_number"] = mask_id_number(form.values.get("id_number")) or ""
    values["sex"] = SEX.label(form.values.get("sex"))
    values["ethnic_group"] = ETHNIC_GROUP.label(form.values.get("ethnic_group"))
    flow = REVIEW_LISTS[form.flow]
    return {
        "case_id": form.case_id,
        "code": _code(form.case_id) if form.case_id else "",
        "values": values,
        "evidence": _lines([printable(sentence) for sentence in form.evidence]),
        "medical_band": printable(form.medical_band),
        "standard": _standard(form.standard),
        "outcomes": _choices(flow.outcomes),
        "hint": _HINTS.get(flow.code, ""),
    }


def _fitted(text: str, room: int) -> str:
    """A text that stays on its line; the rest is in the portal."""
    used = 0
    for place, character in enumerate(text):
        used += _width(character)
        if used > room:
            return text[: place - 1] + "…"
    return text


def _lines(sentences: list[str]) -> list[str]:
    """As many sentences as there is room for, and how many more there are."""
    told: list[str] = []
    left = _EVIDENCE_LINES
    for place, sentence in enumerate(sentences):
        needed = -(-sum(map(_width, sentence)) // _ROOM_OF_EVIDENCE)
        last = place == len(sentences) - 1
        if needed > left - (not last):
            return [*told, f"……另有{len(sentences) - place}条，见系统"]
        told.append(sentence)
        left -= needed
    return told


def _width(character: str) -> int:
    """Half-widths that a character takes."""
    return 1 if ord(character) < 0x2000 else 2


def _standard(standard: Standard | None) -> dict[str, str]:
    if standard is None:
        return {}
    valid = f"{standard.valid_from:%Y年%m月%d日}起执行"
    return {"amount": f"{standard.amount:,}", "document": printable(standard.document), "valid": valid}


def _code(case_id: str) -> str:
    """The QR code of a case as SVG: its opaque id and nothing else."""
    import segno

    return segno.make(_PREFIX + case_id.upper(), error="m", micro=False).svg_inline(border=0, scale=4)


def _choices(codes: CodeList) -> list[list[str]]:
    return [[code.code, code.zh] for code in codes.codes]


_HINTS = {"candidates": "　20、21、22为匹配或数据错误；40、41不影响以后申请"}
_LISTS = {codes.name: _choices(codes) for codes in (CAUSE, HOUSING, NEED, VISIT_MODE)}

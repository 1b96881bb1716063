"""The shapes of a column and of a flow (核查栏目的结构); what there is of them is in `schemas.review`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from schemas.vocabulary import Sensitivity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.code_list import CodeList

__all__ = ["Kind", "ReviewColumn", "ReviewList"]


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    CODE = "code"  # one of a code list
    CODES = "codes"  # several of a code list
    DATE = "date"
    COUNT = "count"  # 整数
    AMOUNT = "amount"  # 元，可为负
    SHARE = "share"  # 百分数


@dataclass(frozen=True)
class ReviewColumn:
    """One column.

    Attributes:
        code: Stable name.
        zh, en: Header.
        meaning_zh, meaning_en: What it holds, or how to fill it in.
        width: In the workbook, in half-width characters.
        editable: Whether the visitor fills it in; else it is locked and sealed.
        kind: What it holds.
        codes: Its code list; the outcome's is the flow's.
        sensitivity: How it must be handled.
        mask: Column of `bangfu.masking.MASKS` by which the portal's lists show it; None where it is shown.
        open_in_workbook: Whether the workbook, which is encrypted, holds it unmasked.
        least, most: Bounds of a count, amount or share.
    """

    code: str
    zh: str
    en: str
    meaning_zh: str
    meaning_en: str
    width: int = 12
    editable: bool = False
    kind: Kind = Kind.TEXT
    codes: CodeList | None = None
    sensitivity: Sensitivity = Sensitivity.ORDINARY
    mask: str | None = None
    open_in_workbook: bool = True
    least: int = 0
    most: int = 0


@dataclass(frozen=True)
class ReviewList:
    """One kind of list.

    Attributes:
        code: `candidates`, `second_reviews`, or a code of `schemas.screening_lists`.
        zh, en: Name.
        outcomes: Its outcomes.
        columns: Its columns in their order, locked ones first.
        always: Columns that every answer needs.
        needed: Further columns that an answer needs, by outcome.
        visits_household: Whether the visitor lists the members of the household.
        named_alone: Whether a case is answered by who it is assigned to and by nobody else, so that a workbook holds the taker's own.
    """

    code: str
    zh: str
    en: str
    outcomes: CodeList
    columns: tuple[ReviewColumn, ...]
    always: tuple[str, ...]
    needed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    visits_household: bool = False
    named_alone: bool = False

    @property
    def locked(self) -> tuple[ReviewColumn, ...]:
        """Columns that only the service fills."""
        return tuple(column for column in self.columns if not column.editable)

    @property
    def editable(self) -> tuple[ReviewColumn, ...]:
        """Columns that the visitor fills."""
        return tuple(column for column in self.columns if column.editable)

    def codes_of(self, column: ReviewColumn) -> CodeList | None:
        """The code list of a column."""
        return self.outcomes if column.code == "outcome" else column.codes

    def required(self, outcome: str) -> tuple[str, ...]:
        """Codes of the columns that an answer with this outcome must have."""
        return (*self.always, *self.needed.get(outcome, ()))

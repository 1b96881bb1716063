"""What the parser must know of a source: the part of its declaration that says what to read (读取声明)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from schemas.source import Column, MemberBlocks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.source import Source

__all__ = ["Declaration"]


@dataclass(frozen=True)
class Declaration:
    """The reading part of a source declaration; it travels to the parser's process as JSON.

    Attributes:
        zh, en: Name of the source.
        columns: The allow-list.
        forbidden: Headers that are named and dropped.
        household_columns: Fields that are filled downwards.
        member_blocks: Members side by side.
        fields: Every field that a column or member block may fill, in the source's order.
    """

    zh: str
    en: str
    columns: tuple[Column, ...]
    forbidden: tuple[str, ...]
    household_columns: tuple[str, ...]
    member_blocks: MemberBlocks | None
    fields: tuple[str, ...]

    @classmethod
    def of(cls, source: Source) -> Declaration:
        """The part of a source's declaration that says what to read."""
        listed = {column.field for column in source.columns}
        if source.member_blocks:
            listed |= {column.field for column in source.member_blocks.columns}
        fields = tuple(item.name for item in source.fields if item.name in listed)
        return cls(
            source.zh,
            source.en,
            source.columns,
            source.forbidden,
            source.household_columns,
            source.member_blocks,
            fields,
        )

    @property
    def required(self) -> tuple[str, ...]:
        """Fields without whose column a table is not of this source."""
        return tuple(column.field for column in self.columns if column.required)

    def to_json(self) -> dict[str, Any]:
        """As plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Declaration:
        """The inverse of `to_json`, also after a way through JSON text."""
        blocks = told["member_blocks"]
        return cls(
            told["zh"],
            told["en"],
            _columns(told["columns"]),
            tuple(told["forbidden"]),
            tuple(told["household_columns"]),
            MemberBlocks(blocks["count"], _columns(blocks["columns"])) if blocks else None,
            tuple(told["fields"]),
        )


def _columns(told: list[dict[str, Any]]) -> tuple[Column, ...]:
    return tuple(Column(item["field"], tuple(item["aliases"]), item["required"]) for item in told)

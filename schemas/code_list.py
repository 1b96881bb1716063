"""The shape of a closed code list (代码表)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Code:
    """One value of a code list."""

    code: str
    zh: str
    en: str
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodeList:
    """A closed list of codes."""

    name: str
    codes: tuple[Code, ...]

    def lookup(self) -> Mapping[str, str]:
        """Every spelling, label and code, mapped to its code.

        >>> from schemas.vocabulary import SEX
        >>> SEX.lookup()["女性"]
        '2'
        """
        table: dict[str, str] = {}
        for code in self.codes:
            for spelling in (code.code, code.zh, code.en, *code.spellings):
                table.setdefault(spelling, code.code)
        return MappingProxyType(table)

    def label(self, code: str | None, language: str = "zh") -> str:
        """The label of a code in ``zh`` or ``en``; an empty string for a missing one.

        >>> from schemas.vocabulary import SEX
        >>> SEX.label("1"), SEX.label("1", "en")
        ('男', 'male')
        """
        for item in self.codes:
            if item.code == code:
                return item.en if language == "en" else item.zh
        return ""

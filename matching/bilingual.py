"""A sentence in both languages of the service (双语)."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Words:
    """The same said in English and in Chinese."""

    en: str
    zh: str

    def __str__(self) -> str:
        return self.en

    def said(self, language: Language) -> str:
        """The sentence in one language."""
        return self.zh if language == "zh" else self.en

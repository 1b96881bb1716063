"""Asking and telling on a terminal (人机对话), in one language; a test or a script may answer as well."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from getpass import getpass
from typing import IO, TYPE_CHECKING

from bangfu.encoder.texts import TEXTS

if TYPE_CHECKING:
    from bangfu.errors import Refused
    from matching.bilingual import Language

__all__ = ["Dialogue", "Left"]


class Left(Exception):  # noqa: N818
    """The clerk wants no more."""


@dataclass
class Dialogue:
    """A conversation with the clerk.

    Attributes:
        language: `zh` or `en`.
        out: Where it is told.
    """

    language: Language
    out: IO[str]

    def words(self, name: str, **values: object) -> str:
        """A text of `TEXTS`."""
        return TEXTS[name].said(self.language).format(**values)

    def tell(self, name: str, **values: object) -> None:
        """Tell a text."""
        self.line(self.words(name, **values))

    def line(self, text: str = "") -> None:
        """Tell a line as it is."""
        print(text, file=self.out, flush=True)

    def pair(self, name: str, value: object) -> None:
        """Tell a name and its value."""
        self.line(f"  {self.words(name)}{'：' if self.language == 'zh' else ': '}{value}")

    def heading(self, name: str) -> None:
        """Tell where a new part begins."""
        self.line()
        self.line(f"■ {self.words(name)}")

    def item(self, text: str) -> None:
        """Tell one item of a list."""
        self.line(f"  · {text}")

    def refuse(self, refusal: Refused) -> None:
        """Tell why something is not done."""
        text = refusal.zh if self.language == "zh" else refusal.en
        self.line(f"× {self.words('refused')}{'：' if self.language == 'zh' else ': '}{text}（{refusal.code}）")

    def ask(self, name: str, usual: str = "") -> str:
        """Ask for a line; empty gives what is usual.

        Raises:
            Left: Nobody answers any more.
        """
        shown = f" [{usual}]" if usual else ""
        self.out.write(f"{self.words(name)}{shown}{'：' if self.language == 'zh' else ': '}")
        self.out.flush()
        given = sys.stdin.readline()
        if not given:
            raise Left
        return without_quotes(given.strip()) or usual

    def ask_secret(self, name: str) -> str:
        """Ask for what is not shown; from a pipe where there is no terminal."""
        prompt = f"{self.words(name)}{'：' if self.language == 'zh' else ': '}"
        return getpass(prompt) if sys.stdin.isatty() else self.ask(name)

    def progress(self, text: str) -> None:
        """Tell how far it is, over the former line where somebody watches."""
        if self.out.isatty():
            self.out.write(f"\r  {text}    ")
            self.out.flush()

    def end_progress(self) -> None:
        """Begin a new line after progress."""
        if self.out.isatty():
            self.out.write("\n")


def without_quotes(path: str) -> str:
    """A path as a window gives it when a file is dropped into it.

    >>> without_quotes('"C:\\\\数据\\\\名单.xlsx"'), without_quotes("& 'D:/a b.csv'"), without_quotes("/tmp/a.csv")
    ('C:\\\\数据\\\\名单.xlsx', 'D:/a b.csv', '/tmp/a.csv')
    """
    path = path.removeprefix("& ").strip()
    for mark in ("'", '"'):
        if len(path) > 1 and path.startswith(mark) and path.endswith(mark):
            return path[1:-1]
    return path

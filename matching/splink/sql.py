"""Splink's SQL in one tight spelling, with numbered columns in place of their names."""

import re
from dataclasses import dataclass

_SUFFIXED = re.compile(
    r"""["`\[](?P<quoted>[^"`\]]+)_(?P<quoted_side>[lr])["`\]]"""
    r"""|(?<![\w'.])(?P<bare>\w+)_(?P<bare_side>[lr])\b(?!\s*\()"""
)
"""A column of a comparison: "name_l", `name_l`, [name_l] or name_l."""

_PREFIXED = re.compile(
    r"""(?<![\w'.])["`\[]?(?P<quoted_side>[lr])["`\]]?\s*\.\s*["`\[](?P<quoted>[^"`\]]+)["`\]]"""
    r"""|(?<![\w'.])(?P<bare_side>[lr])\s*\.\s*(?P<bare>\w+)\b(?!\s*\()"""
)
"""A column of a blocking rule: l."name" or l.name."""

_COLUMN = r"⟨\d+⟩[lr]"
_HARMLESS = (
    rf"cast\(({_COLUMN}) as \w+(?:\(\d+\))?\)",
    rf"({_COLUMN})::\w+",
    rf"trim\(({_COLUMN})\)",
    rf"nullif\(({_COLUMN}),''\)",
    rf"(?:try_strptime|strptime|try_to_timestamp|to_timestamp|to_date|date|try_cast_date)\(({_COLUMN})(?:,'[^']*')?\)",
    rf"\(({_COLUMN})\)",
)
"""What our comparisons do with any value: read it as text, trim it, take blanks as missing, parse dates."""

_FOLDED = rf"(?:lower|upper)\(({_COLUMN})\)"


@dataclass(frozen=True)
class Sql:
    """A condition: `text` is lower case without needless blanks, column i of a side is ⟨i⟩l or ⟨i⟩r."""

    text: str
    columns: tuple[str, ...]


def of_comparison(sql: str) -> Sql:
    """The condition of a comparison level.

    >>> of_comparison('levenshtein( "dob_l"::VARCHAR,LOWER(dob_r) ) <= 2')
    Sql(text='levenshtein(⟨0⟩l,⟨0⟩r)<=2', columns=('dob',))
    """
    found = _tight(sql, _SUFFIXED)
    return Sql(_unwrapped(found.text, (*_HARMLESS, _FOLDED)), found.columns)


def of_blocking(sql: str) -> Sql:
    """A blocking rule; `lower` and `upper` stay, since a key keeps case.

    >>> of_blocking('l."surname" = r."surname" AND substr(l.dob, 1, 4) = substr(r.dob, 1, 4)')
    Sql(text='⟨0⟩l=⟨0⟩r and substr(⟨1⟩l,1,4)=substr(⟨1⟩r,1,4)', columns=('surname', 'dob'))
    """
    found = _tight(sql, _PREFIXED)
    return Sql(_unwrapped(found.text, _HARMLESS), found.columns)


def conjuncts(text: str, word: str = "and") -> list[str]:
    """The parts of a condition that stand outside brackets between `word`s, without their own brackets.

    >>> conjuncts("(a=b) and(c=d or e=f) and g=h")
    ['a=b', 'c=d or e=f', 'g=h']
    """
    text = _bare(text)
    parts, depth, start = [], 0, 0
    for found in re.finditer(rf"[()]|(?<!\w){word}(?!\w)", text):
        if found[0] in "()":
            depth += 1 if found[0] == "(" else -1
        elif depth == 0:
            parts.append(text[start : found.start()])
            start = found.end()
    parts.append(text[start:])
    return [text] if len(parts) == 1 else [part for item in parts for part in conjuncts(item.strip(), word)]


def _tight(sql: str, column: re.Pattern[str]) -> Sql:
    names: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        name = found["quoted"] or found["bare"]
        return f"⟨{names.setdefault(name, len(names))}⟩{found['quoted_side'] or found['bare_side']}"

    unmarked = sql.translate({ord("⟨"): "‹", ord("⟩"): "›"})  # ours mark columns, and nobody else's do
    text = column.sub(numbered, " ".join(unmarked.split())).lower()
    text = re.sub(r"\s*([(),=<>+\-*/])\s*", r"\1", text)
    text = re.sub(r"\)(?=\w)", ") ", text)
    return Sql(_bare(text.strip()), tuple(names))


def _unwrapped(text: str, forms: tuple[str, ...]) -> str:
    """The text with functions around a column removed, from the inside out."""
    while True:
        before = text
        for form in forms:
            text = re.sub(rf"(?<![\w]){form}" if form[0] != "(" else form, r"\1", text)
        if text == before:
            return _bare(text)


def _bare(text: str) -> str:
    """Without brackets around the whole."""
    while text.startswith("(") and text.endswith(")") and _closes(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closes(text: str) -> int:
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return place
    return -1

"""Characters of plain text (字符归一): case, width and accents unified."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=65_536)
def plain_character(character: str) -> int:
    """Code point of the character with case, width and accent unified; 0: dropped.

    >>> [chr(plain_character(character)) for character in "Ａé’\u3000"]
    ['a', 'e', "'", ' ']
    """
    if character in "’‘`´":
        return ord("'")
    if character.isspace():
        return ord(" ")
    decomposed = unicodedata.normalize("NFKD", character)
    if unicodedata.combining(decomposed[0]):
        return 0
    accented = len(decomposed) > 1 and decomposed[0].isalpha() and all(map(unicodedata.combining, decomposed[1:]))
    folded = (decomposed[0] if accented else character).casefold()
    folded = unicodedata.normalize("NFKC", folded)
    return ord(folded) if len(folded) == 1 else ord(character)


def plain(text: str) -> str:
    """A text with its characters plain, without outer blanks and with one of several in a row.

    >>> plain(" Ｊosé  O’Neil")
    "jose o'neil"
    """
    points = map(plain_character, text)
    return " ".join("".join(chr(point) for point in points if point).split())

"""Given names in scripts with letters (拼音文字的名), packed word by word: full names, short forms and initials."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.columns import Ints, Texts, code_points, distinct, plain_text, strings
from matching.reference import rows


@dataclass(frozen=True)
class PackedGivenNames:
    """Distinct given names as words; name `i` has the words `words[offsets[i]:offsets[i + 1]]`.

    `joined` numbers the names with the gaps between their words left out, -1 for a name without letters; the text of
    number `n` is text `n` of `letters`. Per distinct word: its text, the full names it may stand for (ascending, those of word `w` at
    `forms[form_offsets[w]:form_offsets[w + 1]]`), and whether it is an initial.
    """

    offsets: Ints
    words: Ints
    joined: Ints
    letters: Texts
    texts: Texts
    form_offsets: Ints
    forms: Ints
    initials: npt.NDArray[np.bool_]


def pack_given_names(values: pa.LargeStringArray) -> PackedGivenNames:
    """Split names into words, case, width and accents unified.

    A word of one letter that has capitals is an initial. Apostrophes join, any other mark or space divides.

    >>> packed = pack_given_names(pa.array(["Wm. A.", "Anne-Marie", "William"]))
    >>> strings(packed.texts), packed.offsets.tolist(), packed.initials.tolist()
    (['wm', 'a', 'anne', 'marie', 'william'], [0, 2, 4, 5], [False, True, False, False, False])
    """
    numbers: dict[str, int] = {}
    names = [name.split() for name in _spaced(strings(plain_text(values)))]
    words = [numbers.setdefault(word, len(numbers)) for name in names for word in name]
    joined, letters = distinct(code_points(pa.array(["".join(name) for name in names], pa.large_string())))
    numbered: dict[str, int] = {}
    forms = [sorted(numbered.setdefault(form, len(numbered)) for form in full_names(word)) for word in numbers]
    initials = [len(word) == 1 and word != word.upper() for word in numbers]
    return PackedGivenNames(
        _ends(len(name) for name in names),
        np.array(words, np.int32),
        joined,
        letters,
        code_points(pa.array(list(numbers), pa.large_string())),
        _ends(len(form) for form in forms),
        np.array([number for form in forms for number in form], np.int32),
        np.array(initials, np.bool_),
    )


def full_names(word: str) -> frozenset[str]:
    """The given names that a word may stand for: itself, and those it is a short form, pet name or abbreviation of.

    >>> sorted(full_names("nell")), sorted(full_names("wm")), sorted(full_names("罕"))
    (['eleanor', 'ellen', 'helen', 'nell', 'penelope'], ['william', 'wm'], ['罕'])
    """
    return _full_names().get(word, frozenset()) | {word}


@cache
def _full_names() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in rows("given_names.csv"):
        for form in row["forms"].split():
            found.setdefault(form, set()).add(row["name"])
    return {form: frozenset(names) for form, names in found.items()}


def _spaced(names: list[str]) -> list[str]:
    """Names with apostrophes left out and every other mark, symbol and control character as a space."""
    seen = {character for name in names for character in name}
    marks = {ord(character): " " for character in seen if unicodedata.category(character)[0] in "PSZC"}
    return [name.translate(marks | {ord("'"): ""}) for name in names]


def _ends(lengths: Iterable[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(np.fromiter(lengths, np.int32))]).astype(np.int32)

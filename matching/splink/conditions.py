"""What a comparison level of Splink asks, recognised from its SQL."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from matching.splink.sql import conjuncts, of_comparison

Test = Literal[
    "exact", "jaro_winkler", "jaro", "levenshtein", "damerau", "days", "kilometres", "items", "absolute", "relative",
    "start",
]  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """A test of one column (two for `kilometres`), its cutoff, and whether the cutoff itself passes."""

    test: Test
    columns: tuple[str, ...]
    cutoff: float = 0.0
    inclusive: bool = True


def recognise(sql: str) -> Condition | None:
    """The condition, or None where it is of no known form.

    >>> recognise('jaro_winkler_similarity("name_l", "name_r") >= 0.92')
    Condition(test='jaro_winkler', columns=('name',), cutoff=0.92, inclusive=True)
    >>> recognise("name_l = former_name_r") is None
    True
    """
    found = of_comparison(sql)
    if (place := _kilometres(found.text, found.columns)) is not None:
        return place
    if len(found.columns) == 2 and set(conjuncts(found.text)) == {"⟨0⟩l=⟨0⟩r", "⟨1⟩l=⟨1⟩r"}:
        return Condition("exact", found.columns)
    if len(found.columns) != 1:
        return None
    for form in _FORMS:
        if match := re.fullmatch(form.pattern, found.text):
            return _condition(form, match, found.columns)
    return None


def is_usual_null(sql: str) -> bool:
    """Whether a null condition is met by a missing value on either side and by nothing else.

    >>> is_usual_null('"name_l" IS NULL OR "name_r" IS NULL'), is_usual_null("a_l IS NULL AND a_r IS NULL")
    (True, False)
    """
    found = of_comparison(sql)
    parts = conjuncts(found.text, "or")
    expected = {f"⟨{number}⟩{side} is null" for number in range(len(found.columns)) for side in "lr"}
    return set(parts) == expected


@dataclass(frozen=True)
class _Form:
    test: Test
    pattern: str
    cutoff: Callable[[re.Match[str]], float] = lambda found: float(found["cutoff"])


_PAIR = r"(?:⟨0⟩l,⟨0⟩r|⟨0⟩r,⟨0⟩l)"
_MINUS = r"(?:⟨0⟩l-⟨0⟩r|⟨0⟩r-⟨0⟩l)"
_NUMBER = r"(?P<cutoff>\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+)"
_MOST = rf"(?P<op><=?){_NUMBER}"
_LEAST = rf"(?P<op>>=?){_NUMBER}"
_SECONDS = 86_400
_DAYS_OF = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
_EPOCHS = r"epoch\(⟨0⟩{}\)-epoch\(⟨0⟩{}\)", r"extract\(epoch from ⟨0⟩{}\)-extract\(epoch from ⟨0⟩{}\)"
_EPOCH = "|".join(form.format(*sides) for form in _EPOCHS for sides in ("lr", "rl"))
_SIZE = r"(?:array_length|array_size|len|size|cardinality|list_count)"
_SHARED = rf"(?:list_intersect|array_intersect)\({_PAIR}\)"


def _seconds(found: re.Match[str]) -> float:
    return float(found["cutoff"]) / _SECONDS


def _units(found: re.Match[str]) -> float:
    return float(found["cutoff"]) * _DAYS_OF[found["unit"] or "day"]


def _months(found: re.Match[str]) -> float:
    return float(found["cutoff"]) * _DAYS_OF["year" if found["year"] else "month"]


_FORMS = (
    _Form("exact", r"⟨0⟩l=⟨0⟩r|⟨0⟩r=⟨0⟩l", lambda _found: 0.0),
    _Form("jaro_winkler", rf"jaro_winkler(?:_similarity|_sim)?\({_PAIR}\){_LEAST}"),
    _Form("jaro", rf"jaro(?:_similarity|_sim)?\({_PAIR}\){_LEAST}"),
    _Form("levenshtein", rf"(?:levenshtein|levenshtein_distance|editdist3)\({_PAIR}\){_MOST}"),
    _Form("damerau", rf"damerau_levenshtein\({_PAIR}\){_MOST}"),
    _Form("days", rf"abs\((?:{_EPOCH})\){_MOST}", _seconds),
    _Form("days", rf"abs\(date_?diff\((?:'?(?P<unit>day|week|month|year)'?,)?{_PAIR}\)\){_MOST}", _units),
    _Form("days", rf"abs\(datediff\({_PAIR}\)\)(?P<op><=?)floor\({_NUMBER}/86400\)", _seconds),
    _Form("days", rf"(?:ceil\()?abs\(months_between\({_PAIR}\)(?P<year>/12)?\)\)?{_MOST}", _months),
    _Form("items", rf"{_SIZE}\({_SHARED}\){_LEAST}"),
    _Form("items", rf"array_length\({_SHARED},1\){_LEAST}"),
    _Form("absolute", rf"abs\({_MINUS}\){_MOST}"),
    _Form("relative", rf"abs\({_MINUS}\)/\(case when ⟨0⟩r>⟨0⟩l then ⟨0⟩r else ⟨0⟩l end\){_MOST}"),
    _Form("relative", rf"\(abs\({_MINUS}\)/\(case when ⟨0⟩r>⟨0⟩l then ⟨0⟩r else ⟨0⟩l end\)\){_MOST}"),
    _Form("start", r"substr(?:ing)?\(⟨0⟩l,1,(?P<cutoff>\d+)\)=substr(?:ing)?\(⟨0⟩r,1,(?P=cutoff)\)"),
    _Form("start", r"left\(⟨0⟩l,(?P<cutoff>\d+)\)=left\(⟨0⟩r,(?P=cutoff)\)"),
)
_WHOLE: tuple[Test, ...] = ("levenshtein", "damerau", "items")


def _condition(form: _Form, found: re.Match[str], columns: tuple[str, ...]) -> Condition:
    """A count that must lie strictly beyond a cutoff passes from the next whole number on."""
    cutoff, strict = form.cutoff(found), found.groupdict().get("op") in ("<", ">")
    if strict and form.test in _WHOLE:
        cutoff, strict = cutoff + (1 if found["op"] == ">" else -1), False
    if (form.test, cutoff) in (("jaro_winkler", 1), ("jaro", 1), ("levenshtein", 0), ("damerau", 0), ("days", 0)):
        return Condition("exact", columns)
    return Condition(form.test, columns, cutoff, not strict)


_COSINES = re.compile(
    r"sin\(radians\(⟨(?P<lat>\d+)⟩l\)\)\*sin\(radians\(⟨(?P=lat)⟩r\)\)\+cos\(radians\(⟨(?P=lat)⟩l\)\)"
    r"\*cos\(radians\(⟨(?P=lat)⟩r\)\)\*cos\(radians\(⟨(?P<long>\d+)⟩r-⟨(?P=long)⟩l\)\)"
)
_ARC = re.compile(
    r"(?:\((?P<known>[^#]*)\) and )?cast\(acos\((?:#|case when\(#\)>1 then 1 when\(#\)<-1 then-1 else\(#\) end)\)"
    rf"\*6371(?:\.0*)? as (?:float|double)\){_MOST}"
)


def _kilometres(text: str, columns: tuple[str, ...]) -> Condition | None:
    """The great-circle distance as Splink writes it out."""
    if len(columns) != 2 or (found := _COSINES.search(text)) is None:
        return None
    arc = _ARC.fullmatch(text.replace(found[0], "#"))
    if arc is None or not all(part.endswith(" is not null") for part in conjuncts(arc["known"] or "⟨0⟩l is not null")):
        return None
    places = (columns[int(found["lat"])], columns[int(found["long"])])
    return Condition("kilometres", places, float(arc["cutoff"]), arc["op"] == "<=")

"""Blocking rules of Splink as blocking rules of ours."""

import re
from typing import Any

from matching.model import Rule
from matching.splink.sql import conjuncts, of_blocking

_KEYS = (
    (r"⟨(?P<c>\d+)⟩l=⟨(?P=c)⟩r|⟨(?P<d>\d+)⟩r=⟨(?P=d)⟩l", ""),
    (r"(?P<f>lower|upper)\(⟨(?P<c>\d+)⟩l\)=(?P=f)\(⟨(?P=c)⟩r\)", ":plain"),
    (r"substr(?:ing)?\(⟨(?P<c>\d+)⟩l,1,(?P<n>\d\d?)\)=substr(?:ing)?\(⟨(?P=c)⟩r,1,(?P=n)\)", ":first{n}"),
    (r"left\(⟨(?P<c>\d+)⟩l,(?P<n>\d\d?)\)=left\(⟨(?P=c)⟩r,(?P=n)\)", ":first{n}"),
    (r"right\(⟨(?P<c>\d+)⟩l,(?P<n>\d\d?)\)=right\(⟨(?P=c)⟩r,(?P=n)\)", ":last{n}"),
    (r"substr(?:ing)?\(⟨(?P<c>\d+)⟩l,-(?P<n>\d\d?)\)=substr(?:ing)?\(⟨(?P=c)⟩r,-(?P=n)\)", ":last{n}"),
    (r"year\(⟨(?P<c>\d+)⟩l\)=year\(⟨(?P=c)⟩r\)", ":year"),
    (r"extract\(year from ⟨(?P<c>\d+)⟩l\)=extract\(year from ⟨(?P=c)⟩r\)", ":year"),
    (r"soundex\(⟨(?P<c>\d+)⟩l\)=soundex\(⟨(?P=c)⟩r\)", ":soundex"),
)


def blocking_rule(document: Any) -> Rule | str:
    """Our rule, or why there is none.

    >>> blocking_rule({"blocking_rule": "(l.dob = r.dob) AND (SUBSTR(l.surname, 1, 3) = SUBSTR(r.surname, 1, 3))"})
    Rule(keys=('dob', 'surname:first3'), train=True)
    >>> blocking_rule("l.first_name = r.surname")
    'the part ⟨first_name⟩l=⟨surname⟩r is of no known form'
    """
    if isinstance(document, dict):
        if document.get("arrays_to_explode"):
            return "it explodes lists, and our blocking reads one value per record"
        document = document.get("blocking_rule", document.get("sql_condition"))
    if not isinstance(document, str):
        return "it has no SQL"
    found = of_blocking(document)
    keys = []
    for part in conjuncts(found.text):
        key = _key(part, found.columns)
        if key is None:
            return f"the part {_named(part, found.columns)} is of no known form"
        keys.append(key)
    return Rule(tuple(dict.fromkeys(keys)))


def _key(part: str, columns: tuple[str, ...]) -> str | None:
    for pattern, derive in _KEYS:
        if found := re.fullmatch(pattern, part):
            groups = found.groupdict()
            column = columns[int(groups.get("c") or groups.get("d") or 0)]
            if ":" in column or groups.get("n") in ("0", "00"):
                return None
            return column + derive.format(n=int(groups.get("n") or 0))
    return None


def _named(part: str, columns: tuple[str, ...]) -> str:
    return re.sub(r"⟨(\d+)⟩", lambda found: f"⟨{columns[int(found[1])]}⟩", part)

"""What is compared: the same blocking rules and comparisons in the words of each engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.tables import write_chinese, write_latin

Keys = tuple[str, ...]
"""Columns that a pair must share; `column:firstN` is its first N characters."""


@dataclass(frozen=True)
class Compared:
    """A column and how it is compared: exact, then by each cut-off in turn, then different."""

    column: str
    measure: Literal["exact", "jaro_winkler", "damerau"] = "exact"
    cutoffs: tuple[float, ...] = ()
    frequency: bool = False
    shared: float = 0.0


@dataclass(frozen=True)
class Case:
    """Tables, rules and comparisons; `train` are the rules within which m is estimated. Without rules: our shipped model."""

    write: Callable[..., None]
    share_right: float = 1.0
    rules: tuple[Keys, ...] = ()
    train: tuple[Keys, ...] = ()
    compared: tuple[Compared, ...] = ()
    model: Path | None = None


PERSON = (
    Compared("given_name", "jaro_winkler", (0.92, 0.85), frequency=True),
    Compared("surname", "jaro_winkler", (0.92, 0.85), frequency=True, shared=1),
    Compared("birth_date", "damerau", (1, 2)),
    Compared("sex"),
    Compared("postcode", "damerau", (1,), shared=1),
    Compared("phone", "damerau", (1,), shared=1),
    Compared("id_number", "damerau", (1, 2), shared=0.005),
)
SPARSE: tuple[Keys, ...] = (
    ("id_number",),
    ("phone",),
    ("surname", "birth_date"),
    ("given_name", "birth_date"),
    ("given_name", "surname"),
)
DENSE: tuple[Keys, ...] = (
    ("id_number",),
    ("phone",),
    ("given_name", "surname"),
    ("surname", "birth_date:first4"),
    ("given_name", "birth_date:first4"),
    ("postcode", "birth_date:first4"),
)
CASES: Mapping[str, Case] = {
    "sparse": Case(write_latin, 1.0, SPARSE, (("id_number",), ("surname", "birth_date")), PERSON),
    "dense": Case(write_latin, 1.0, DENSE, (("id_number",), ("given_name", "surname")), PERSON),
    "settlements": Case(write_chinese, 0.3, model=Path(__file__).parents[1] / "matching" / "models" / "person_zh.json"),
}

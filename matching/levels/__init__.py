"""Comparison levels (比对等级): what a comparison can find, each with one sentence in Chinese and English.

A comparison turns a pair of records into one small code: 0 where a side is missing (缺失, neutral), else
the position, from 1, of the level in the kind's list, strongest agreement first, disagreement last.
`m` and `u` are the declared defaults of P(level | same person) and P(level | two different persons);
they start the estimation and stand in where a level was never observed.
"""

from collections.abc import Callable, Mapping

from matching.errors import ModelError
from matching.levels import chinese, generic
from matching.levels.dates import calendar_step, date_differences
from matching.levels.given_names import given_names
from matching.levels.level import BITS, IMPLIED, MAX_COMPARISONS, MISSING, Kind, Level, Options, Outcome

__all__ = [
    "BITS",
    "IMPLIED",
    "KINDS",
    "MAX_COMPARISONS",
    "MISSING",
    "Kind",
    "Level",
    "Options",
    "Outcome",
    "calendar_step",
    "kind_of",
    "levels_of",
]


def levels_of(kind: str, options: Options) -> tuple[Level, ...]:
    """The levels of a comparison kind under its options, strongest agreement first, without `missing`.

    Raises:
        ModelError: the kind or an option is unknown, or cut-offs are not in order.

    >>> [level.name for level in levels_of("text", {"cutoffs": [0.9, 0.7]})]
    ['exact', 'similar_0.9', 'similar_0.7', 'differs']
    """
    declared = kind_of(kind)
    return declared.levels({**declared.options, **options})


def kind_of(name: str) -> Kind:
    """The declaration of a comparison kind.

    Raises:
        ModelError: there is no such kind.
    """
    if name not in KINDS:
        raise ModelError(f"unknown comparison kind '{name}'; use one of {', '.join(sorted(KINDS))}")
    return KINDS[name]


def _fixed(levels: tuple[Level, ...]) -> Callable[[Options], tuple[Level, ...]]:
    return lambda _options: levels


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("chinese_name", (1, 2), {}, _fixed(chinese.CHINESE_NAME)),
        Kind("identity_number", (1, 1), {"visible": 10}, _fixed(chinese.IDENTITY_NUMBER)),
        Kind("date", (1, 2), {}, _fixed(chinese.DATE)),
        Kind("phone", (1, 1), {"shared_by": 20}, _fixed(chinese.PHONE)),
        Kind("place", (1, 1), {}, _fixed(chinese.PLACE)),
        Kind("address", (1, 1), {}, _fixed(chinese.ADDRESS)),
        Kind("employer", (1, 2), {"cutoff": 0.9}, _fixed(chinese.EMPLOYER)),
        Kind("exact", (1, 1), {}, _fixed(generic.EXACT)),
        Kind("text", (1, 1), {"cutoffs": [0.92, 0.85, 0.75], "measure": "jaro_winkler"}, generic.similarity),
        Kind("levenshtein", (1, 1), {"cutoffs": [1, 2]}, generic.edits),
        Kind("damerau", (1, 1), {"cutoffs": [1, 2]}, generic.edits),
        Kind("prefix", (1, 1), {"cutoffs": [3]}, generic.beginnings),
        Kind("numeric", (1, 1), {"cutoffs": [1.0], "unit": "absolute"}, generic.amounts),
        Kind("geographic", (2, 2), {"cutoffs": [1.0, 10.0, 100.0]}, generic.distances),
        Kind("array", (1, 1), {"cutoffs": [2], "separator": None, "sets": True}, generic.arrays),
        Kind(
            "date_difference",
            (1, 1),
            {"cutoffs": ["1 month", "1 year", "10 years"], "slips": True, "month_first": False},
            date_differences,
        ),
        Kind("given_name", (1, 2), {"cutoffs": [0.92, 0.85]}, given_names),
    )
}

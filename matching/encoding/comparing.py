"""Encoded columns in the place of clear ones: comparers with the same levels, and keys of blocks and frequencies."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.columns import Columns
from matching.encoding.encode import SIMILAR
from matching.encoding.encoded_tables import encoding_of, words_of
from matching.encoding.layout import Layout, layout
from matching.encoding.parameters import EncodingParameters
from matching.errors import LinkError
from matching.kernels import encoded as kernels
from matching.levels import levels_of
from matching.model import Comparison, Model, Parameters, Rule

Words = npt.NDArray[np.uint64]

EMPLOYER_CUTOFF = 0.72
"""Dice similarity of employers' names above which they are similar."""

_JARO_WINKLER, _DICE = (0.7, 0.75, 0.8, 0.85, 0.92, 1.0), (0.25, 0.33, 0.42, 0.52, 0.68, 1.0)
"""Dice similarity of letter pairs about where names have such a Jaro-Winkler similarity."""

_ITEMS_OF_AN_EDIT = {"levenshtein": 2.6, "damerau": 3.5}
_ITEMS_OF_FURTHER_EDITS = 2.4
"""Pairs of letters that edits change: two by a letter, three where two change places."""


def encoding(columns: Columns) -> EncodingParameters | None:
    """By what both tables are encoded; None for clear text."""
    return columns.once(("encoding",), lambda: encoding_of(columns.left, columns.right))


def fit_encoded(model: Model, parameters: EncodingParameters) -> tuple[Model, tuple[str, ...]]:
    """The model as far as the encoding bears it: rules and keys that have tokens, and the similarity blocking at last.

    Returns:
        The model and one note for each part left out.

    Raises:
        LinkError: no rule is left, or a column is encoded for another kind of comparison.
    """
    kinds = {item.name: item.kind for item in parameters.fields}
    for comparison in model.comparisons:
        if kinds.get(_name(comparison, kinds)) != comparison.kind:
            raise LinkError(
                f"comparison '{comparison.name}' is of kind '{comparison.kind}', for which its column is not encoded"
            )
    rules = [rule for rule in model.blocking.rules if rule.name in parameters.rules]
    notes = [
        f"blocking rule '{rule.name}' is left out: it is not in the encoding"
        for rule in model.blocking.rules
        if rule not in rules
    ]
    if not rules:
        raise LinkError("none of the model's blocking rules is in the encoding")
    if parameters.similar:
        rules.append(Rule((SIMILAR,), train=False))
    refine = tuple(key for key in model.blocking.refine if key in parameters.refine)
    blocking = replace(model.blocking, rules=tuple(rules), refine=refine)
    comparisons = tuple(_beside_companions(_with_shares(item, parameters), parameters) for item in model.comparisons)
    return replace(model, comparisons=comparisons, blocking=blocking), tuple(notes)


def _name(comparison: Comparison, among: Mapping[str, Any]) -> str:
    return next((name for name in comparison.columns if name in among), comparison.columns[0])


def _with_shares(comparison: Comparison, parameters: EncodingParameters) -> Comparison:
    frequency = comparison.frequency
    if frequency is None:
        return comparison
    if f"{frequency.column}:plain" not in parameters.shares:
        return replace(comparison, frequency=None)
    given = tuple(name for name in frequency.given if f"{name}:plain" in parameters.shares)
    return replace(comparison, frequency=replace(frequency, given=given))


BESIDE: Mapping[str, Mapping[str, float]] = {
    "chinese_name": {"look_alike": 1e-5, "one_character": 3e-3, "part": 1e-4},
    "date": {"month_known": 2e-4, "one_slip": 1.5e-3, "near": 4e-3, "year_known": 0.01, "same_year": 0.014},
    "address": {"same_community": 5e-4, "same_town": 5e-3},
}
"""u of the levels that a strict encoding tells beside companions only, as they are among random pairs of clear text.

Among random pairs of encoded records hardly any companion agrees, so that such a level would seem to be rare among two
persons. What counts is how rare it is where the companion agrees: as rare as in clear text, for one field does not depend
on the other. Levels of values that are else missing need nothing of the kind.
"""


def _beside_companions(comparison: Comparison, parameters: EncodingParameters) -> Comparison:
    """The comparison with u given for levels told beside companions, where it is still to be estimated."""
    usual = BESIDE.get(comparison.kind)
    if not parameters.companions or usual is None:
        return comparison
    stated = comparison.parameters or tuple(Parameters() for _ in comparison.levels)
    if any(item.u is not None for item in stated):
        return comparison
    known = [replace(item, u=usual.get(level.name)) for level, item in zip(comparison.levels, stated, strict=True)]
    return replace(comparison, parameters=tuple(known))


def hashes(columns: Columns, keys: Sequence[str]) -> tuple[Words, Words] | None:
    """The tokens of the rows of both sides under some keys; None where they are combined of single ones.

    Raises:
        LinkError: the encoding has no such key.
    """
    names = (f"rule:{' + '.join(keys)}", *([f"key:{keys[0]}", keys[0]] if len(keys) == 1 else []))
    for name in names:
        if all(columns.has(name)):
            left = _tokens(columns, 0, name)
            return left, left if columns.same_table else _tokens(columns, 1, name)
    if len(keys) > 1:
        return None
    raise LinkError(f"the encoding has no tokens of key '{keys[0]}'")


def _tokens(columns: Columns, side: int, name: str) -> Words:
    return np.asfortranarray(words_of(columns.tables[side], name))


def packed(comparison: Comparison, options: Mapping[str, Any], columns: Columns, parameters: EncodingParameters) -> Any:
    """The loop of an encoded comparison and what it reads.

    Raises:
        LinkError: the column was encoded otherwise than the parameters say.
    """
    fields = {item.name: item for item in parameters.fields}
    field = fields[_name(comparison, fields)]
    form = layout(field, parameters)
    sides = columns.once(("encoded", field.name), lambda: _sides(columns, field.name, form))
    beside = (form.first, form.parts, form.part)
    likeness: tuple[Any, ...] = ()
    if form.form.filter:
        bits = (_bits(side, form, parameters) for side in sides)
        likeness = (parameters.filter_words, *bits, item_counts(parameters), float(parameters.flip))
    if field.kind == "identity_number":
        known = np.array([mask.count("#") for mask in parameters.masks], np.int64)
        return kernels.identity_levels, (*sides, known, 11)
    if field.kind == "chinese_name":
        return kernels.name_levels, (*sides, *beside, *likeness)
    if field.kind == "phone":
        shared = int(options["shared_by"])
        return kernels.phone_levels, (*sides, *(_known_phones(side, shared) for side in sides))
    if field.kind == "employer":
        return kernels.employer_levels, (*sides, *beside, *likeness, EMPLOYER_CUTOFF)
    if field.kind in _LOOPS:
        return _LOOPS[field.kind], (*sides, *beside)
    return kernels.text_levels, (
        *sides,
        *beside,
        *likeness,
        *_steps(comparison, options),
        field.kind in _ITEMS_OF_AN_EDIT,
    )


_LOOPS = {
    "date": kernels.date_levels,
    "exact": kernels.value_levels,
    "place": kernels.place_levels,
    "address": kernels.address_levels,
}


def _sides(columns: Columns, name: str, form: Layout) -> tuple[Words, Words]:
    left = words_of(columns.left, name)
    right = left if columns.same_table else words_of(columns.right, name)
    if left.shape[1] != form.width or right.shape[1] != form.width:
        raise LinkError(f"column '{name}' is not encoded as the parameters of its table say")
    return np.ascontiguousarray(left), np.ascontiguousarray(right)


def _bits(side: Words, form: Layout, parameters: EncodingParameters) -> npt.NDArray[np.float64]:
    """Bits of the filter under each companion of every row, without those that noise added or took."""
    width = parameters.filter_words
    ends = [form.first + form.parts + (number + 1) * form.part for number in range(form.parts)]
    ones = np.column_stack([np.bitwise_count(side[:, end - width : end]).sum(axis=1) for end in ends])
    without = (ones - parameters.bits * parameters.flip) / (1 - 2 * parameters.flip)
    return np.asarray(np.clip(np.where(ones == 0, 0, without), 0, parameters.bits), np.float64)


def _known_phones(side: Words, shared: int) -> npt.NDArray[np.bool_]:
    """Whether a row has a number that no more than `shared` rows have."""
    _, which, counts = np.unique(side[:, 1], return_inverse=True, return_counts=True)
    return np.asarray((side[:, 0] != 0) & (counts[which] <= shared))


def item_counts(parameters: EncodingParameters) -> npt.NDArray[np.float64]:
    """How many items set so many bits of a filter, by number of bits (S. J. Swamidass, P. Baldi, 2007)."""
    bits = parameters.bits
    ones = np.arange(bits + 1)
    empty = np.log1p(-np.minimum(ones, bits - 0.5) / bits)
    return np.asarray(empty / (parameters.hashes * np.log1p(-1 / bits)))


def _steps(
    comparison: Comparison, options: Mapping[str, Any]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], int]:
    """Cut-offs of likeness, the level each leads to, and the level of what differs."""
    levels = [level.name for level in levels_of(comparison.kind, comparison.options)]
    cutoffs: list[float] = []
    reached: list[int] = []
    for cutoff in options["cutoffs"]:
        if comparison.kind in _ITEMS_OF_AN_EDIT:
            cutoffs.append(-(_ITEMS_OF_AN_EDIT[comparison.kind] + _ITEMS_OF_FURTHER_EDITS * (cutoff - 1)))
            reached.append(levels.index(f"edits_{cutoff}") + 1)
        else:
            cutoffs.append(float(np.interp(cutoff, _JARO_WINKLER, _DICE)))
            reached.append(levels.index(f"similar_{cutoff:g}") + 1)
    return np.array(cutoffs), np.array(reached, np.int64), len(levels)

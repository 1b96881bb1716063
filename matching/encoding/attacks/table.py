"""All attacks on one encoding of one list of people: the table that is published."""

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from matching.encoding.attacks.graph import graph_attack
from matching.encoding.attacks.pattern import pattern_attack, unpacked
from matching.encoding.attacks.rank import rank_attack
from matching.encoding.attacks.risk import Risk
from matching.encoding.encode import SIMILAR, encode
from matching.encoding.layout import layout
from matching.encoding.parameters import EncodedField, EncodingParameters
from matching.encoding.tokens import Digest, Keys, Words

OVERLAPS = (0.1, 0.5, 1.0)
"""Shares of the attacker's list that are in the encoded one."""


def attack_table(
    people: pl.DataFrame,
    others: pl.DataFrame,
    parameters: EncodingParameters,
    keys: tuple[Keys, Keys],
    digest: Digest = "sha256",
    seed: int = 1,
) -> Iterator[Risk]:
    """Attack encoded people from a list of others of the same kind, and by graphs from lists that overlap.

    Args:
        people: canonical columns of those encoded.
        others: of the attacker's list; nobody of it is encoded.
        parameters: of the encoding.
        keys: the department's, and one of the attacker's own.
        digest: hash function of HMAC.
        seed: of noise and dummies.
    """
    random = np.random.default_rng(seed)
    seen = encode(people, parameters, keys[0], digest, random)
    yield from _ranks(people, others, seen, parameters)
    yield from _patterns(people, others, seen, parameters)
    yield from _graphs(people, others, seen, parameters, (keys[1], digest, random))


def words_of(encoded: pl.DataFrame, column: str) -> Words:
    """An encoded column by row."""
    values = encoded[column].to_numpy()
    return np.asarray(values, np.uint64).reshape(encoded.height, -1)


def visible(encoded: pl.DataFrame, parameters: EncodingParameters) -> dict[str, Words]:
    """Every token that can be counted over all records, by what it stands for."""
    found: dict[str, Words] = {}
    for field in parameters.fields:
        if field.name not in encoded.columns:
            continue
        words, form = words_of(encoded, field.name), layout(field, parameters)
        for place in range(1, form.first):
            found[f"{field.name} {place}"] = words[:, place]
        for number in range(form.parts):
            start = form.first + form.parts + number * form.part
            for place in range(form.form.full):
                found[f"{field.name} hidden {number} {place}"] = words[:, start + place]
    for name in encoded.columns:
        if ":" in name or name == SIMILAR:
            words = words_of(encoded, name)
            found.update({f"{name} {place}": words[:, place] for place in range(words.shape[1])})
    return found


def _ranks(
    people: pl.DataFrame, others: pl.DataFrame, seen: pl.DataFrame, parameters: EncodingParameters
) -> Iterator[Risk]:
    tokens = visible(seen, parameters)
    for target, column in _TARGETS:
        names = [name for name in tokens if name.startswith(_FIELD[target])]
        if column not in people.columns or not names:
            continue
        truth, known = (_values(frame, target, column) for frame in (people, others))
        risks = [
            rank_attack(target, tokens[name], [*truth, *[None] * (seen.height - len(truth))], known) for name in names
        ]
        yield max(risks, key=lambda risk: risk.success)


_TARGETS = (
    ("full name", "name"),
    ("birth year", "birth_date"),
    ("birth date", "birth_date"),
    ("county", "county_code"),
    ("sex", "sex"),
    ("ethnic group", "ethnic_group"),
    ("employer", "employer"),
)
_FIELD = {
    "full name": ("name ", "key:name"),
    "birth year": ("birth_date ", "key:birth_date"),
    "birth date": ("birth_date ", "key:birth_date"),
    "county": ("county_code ", "key:county_code"),
    "sex": ("sex ", "key:sex"),
    "ethnic group": ("ethnic_group ", "key:ethnic"),
    "employer": ("employer_code ",),
}
"""What tokens may tell of a target; the attacker takes the best."""


def _values(frame: pl.DataFrame, target: str, column: str) -> list[str | None]:
    texts = frame[column].cast(pl.String)
    if target == "birth year":
        texts = texts.str.slice(0, 4)
    if target == "surname":
        texts = texts.str.slice(0, 1)
    return texts.to_list()


def _patterns(
    people: pl.DataFrame, others: pl.DataFrame, seen: pl.DataFrame, parameters: EncodingParameters
) -> Iterator[Risk]:
    field = next((item for item in parameters.fields if item.kind == "chinese_name"), None)
    if field is None or field.name not in seen.columns:
        return
    bits = unpacked(_filters(words_of(seen, field.name), field, parameters)[: people.height])
    truth, known = (_values(frame, "surname", field.name) for frame in (people, others))
    yield pattern_attack("surname", bits, truth, known)
    yield pattern_attack("surname", bits, truth, known, max(parameters.flip, 0.02))


def _filters(words: Words, field: EncodedField, parameters: EncodingParameters) -> Words:
    form = layout(field, parameters)
    stop = form.first + form.parts + form.part
    return words[:, stop - parameters.filter_words : stop]


def _graphs(
    people: pl.DataFrame,
    others: pl.DataFrame,
    seen: pl.DataFrame,
    parameters: EncodingParameters,
    how: tuple[Keys, Digest, np.random.Generator],
) -> Iterator[Risk]:
    """The attacker encodes his list himself: under another key tokens are others, but who agrees with whom is the same."""
    key_of, digest, random = how
    size = min(people.height, others.height)
    ours = visible(seen, parameters)
    for share in OVERLAPS:
        both = round(share * size)
        rows = random.permutation(people.height)[:both]
        listed = pl.concat([people[rows.tolist()], others[: size - both]])
        theirs = visible(encode(listed, parameters, key_of, digest, random)[: listed.height], parameters)
        same = np.full(seen.height, -1, np.int64)
        same[rows] = np.arange(both)
        yield graph_attack(f"{share:.0%} overlap", ours, theirs, same)


def as_text(risks: Mapping[str, list[Risk]]) -> str:
    """A table of the attacks by profile, in per cent of the records."""
    profiles = list(risks)
    lines = [f"{'attack':<30}{'target':<14}{'blind':>8}" + "".join(f"{name:>12}" for name in profiles)]
    for place, first in enumerate(risks[profiles[0]]):
        shown = "".join(f"{100 * risks[name][place].success:>12.2f}" for name in profiles)
        lines.append(f"{first.attack:<30}{first.target:<14}{100 * first.blind:>8.2f}{shown}")
    return "\n".join(lines)

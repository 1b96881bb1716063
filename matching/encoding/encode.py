"""Encode records (编码): from standardised columns to keyed tokens and filters, on any computer with Python.

    columns = encode(frame, STANDARD, key_of, "sm3", numpy.random.default_rng(1))

Every encoded column is an array of unsigned 64-bit words of fixed width (`layout`), named as the clear column; blocking
tokens are `rule:NAME` and `key:NAME`. The same frame, parameters, keys and random bytes give the same bytes anywhere.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from matching.encoding.filters import Random, filters, noise
from matching.encoding.keys import derivation
from matching.encoding.layout import Layout, layout
from matching.encoding.parameters import EncodedField, EncodingParameters
from matching.encoding.tokens import Digest, Keys, Mac, Words, joint, packed_pairs
from matching.encoding.values import Row, Told, told
from matching.standardise.identity import check_character

SIMILAR = "similar"
"""The column of the similarity blocking."""

FEWEST_ITEMS = 4
"""Items below which a record has no tokens of the similarity blocking."""

_AT_ONCE = 20_000
"""Rows whose words are made at a time."""


def encode(
    frame: pl.DataFrame, parameters: EncodingParameters, key_of: Keys, digest: Digest, random: Random
) -> pl.DataFrame:
    """Encode records.

    Args:
        frame: the clear columns that the parameters name, as far as there are any; others are not looked at.
        parameters: what is encoded and how.
        key_of: the field key of 32 bytes by name; asked for `parameters.key_names` and no other.
        digest: hash function of HMAC, "sha256" or "sm3".
        random: where dummies and noise come from. Noise must differ whenever records are encoded: two encodings of one
            record with different noise tell more than one.

    Returns:
        Encoded columns, row by row of the frame and then of its dummies; a field of which no record says anything has
        none. No record id and nothing of the clear columns: ids are the caller's, and so is the order, which must not
        tell where the dummies begin.

    Raises:
        EncodingError: a key is not of 32 bytes, a derivation is unknown, or the hash function is not to be had.
    """
    whole = pl.concat([frame, dummies(frame, parameters, random)])
    atoms = _Atoms(whole, Mac(key_of("companion"), digest))
    companions = [atoms.of(key)[:, 0] for key in parameters.companions]
    columns: dict[str, pl.Series] = {}
    for field in parameters.fields:
        mac = Mac(key_of(field.name), digest)
        words = _field(field, whole, parameters, mac, companions, random)
        if words is not None:
            columns[field.name] = pl.Series(field.name, words)
    for rule in parameters.rules:
        name = f"rule:{rule}"
        tokens = _rule(rule.split(" + "), atoms, Mac(key_of(name), digest))
        columns[name] = _tokens(name, tokens)
    for key in dict.fromkeys((*parameters.refine, *parameters.shares)):
        name = f"key:{key}"
        made = joint(Mac(key_of(name), digest).key_of_joint("key"), [atoms.of(key)[:, 0]])
        if key in parameters.shares and parameters.share_bits < 64:
            made = np.where(made != 0, (made >> np.uint64(64 - parameters.share_bits)) + np.uint64(1), np.uint64(0))
        columns[name] = pl.Series(name, made)
    if parameters.similar:
        columns[SIMILAR] = _tokens(SIMILAR, _similar(parameters, atoms, Mac(key_of(SIMILAR), digest)))
    return pl.DataFrame(columns)


def _tokens(name: str, tokens: Words) -> pl.Series:
    return pl.Series(name, tokens[:, 0] if tokens.shape[1] == 1 else np.ascontiguousarray(tokens))


@dataclass(frozen=True)
class _Distinct:
    """The distinct rows of some columns, and which of them each row is."""

    rows: list[Row]
    codes: npt.NDArray[np.int64]


def _distinct(frame: pl.DataFrame, columns: tuple[str, ...]) -> _Distinct:
    given = [_texts(frame, name).alias(str(place)) for place, name in enumerate(columns)]
    table = pl.DataFrame(given)
    rows = table.unique(maintain_order=True).with_row_index("code")
    codes = table.join(rows, on=table.columns, how="left", nulls_equal=True, maintain_order="left")["code"]
    return _Distinct(rows.drop("code").rows(), codes.to_numpy().astype(np.int64))


def _texts(frame: pl.DataFrame, column: str) -> pl.Series:
    """A column as normal text, null where blank."""
    if column not in frame.columns:
        return pl.Series(column, [None] * frame.height, pl.String)
    series = frame[column]
    if series.dtype.is_float():
        series = series.cast(pl.Int64, strict=False).cast(pl.String).fill_null(series.cast(pl.String))
    text = series.cast(pl.String)
    text = text.str.normalize("NFC").str.strip_chars()
    return text.set(text == "", None)


class _Atoms:
    """Tokens of single keys by row, a column for each alternative; none of them leaves this computer."""

    def __init__(self, frame: pl.DataFrame, mac: Mac) -> None:
        self._frame, self._mac = frame, mac
        self._distinct: dict[str, _Distinct] = {}
        self._made: dict[str, Words] = {}

    def of(self, key: str) -> Words:
        """The tokens of a key, such as "name|former_name:folded"."""
        if key not in self._made:
            names, _, derive = key.partition(":")
            self._made[key] = np.hstack([self._column(name, derive) for name in names.split("|")])
        return self._made[key]

    def _column(self, column: str, derive: str) -> Words:
        if column not in self._distinct:
            self._distinct[column] = _distinct(self._frame, (column,))
        distinct, derived = self._distinct[column], derivation(derive)
        lists = [() if row[0] is None else derived(row[0]) for row in distinct.rows]
        width = max(1, max(map(len, lists), default=1))
        label = f"{column}:{derive}"
        made = [
            self._mac.tokens(label, (item[place] if place < len(item) else None for item in lists))
            for place in range(width)
        ]
        return np.column_stack(made)[distinct.codes]


def _rule(keys: list[str], atoms: _Atoms, mac: Mac) -> Words:
    """One token of all keys of a rule, a column for each combination of their alternatives, at most eight."""
    columns: list[list[Words]] = [[]]
    for key in keys:
        own = atoms.of(key)
        columns = [[*before, own[:, place]] for before in columns for place in range(own.shape[1])][:8]
    key_of_rule = mac.key_of_joint("rule")
    return np.column_stack([joint(key_of_rule, parts) for parts in columns])


def _similar(parameters: EncodingParameters, atoms: _Atoms, mac: Mac) -> Words:
    """Minimal hashes (A. Z. Broder, 1997) of a record's items, `rows` of them in one token; none for too few items."""
    items = np.hstack([atoms.of(key)[:, :1] for key in parameters.similar])
    few = (items != 0).sum(axis=1) < FEWEST_ITEMS
    mixing, naming = mac.key_of_joint("items"), mac.key_of_joint("bands")
    bands = []
    for band in range(parameters.bands):
        parts: list[Words | int] = [band + 1]
        for row in range(parameters.rows):
            hashed = joint(mixing, [items, band * parameters.rows + row])
            hashed[hashed == 0] = np.iinfo(np.uint64).max
            parts.append(hashed.min(axis=1))
        bands.append(joint(naming, parts))
    made = np.column_stack(bands)
    made[few] = 0
    return made


def _field(
    field: EncodedField,
    frame: pl.DataFrame,
    parameters: EncodingParameters,
    mac: Mac,
    companions: list[Words],
    random: Random,
) -> Words | None:
    """The words of a field by row; None where no record says anything."""
    distinct = _distinct(frame, field.columns)
    values = told(field.kind, distinct.rows, mac, parameters)
    if not values.head.any():
        return None
    form = layout(field, parameters)
    words = np.zeros((frame.height, form.width), np.uint64)
    plain = None if form.companions or not form.parts else _part(values, None, form, parameters, mac)
    for start in range(0, frame.height, _AT_ONCE):
        rows = slice(start, min(start + _AT_ONCE, frame.height))
        codes, out = distinct.codes[rows], words[rows]
        out[:, 0] = values.head[codes]
        out[:, 1 : form.first] = values.own[codes]
        at = form.first + form.parts
        for number in range(form.parts):
            if plain is not None:
                out[:, form.first] = out[:, 0] != 0
                made = plain[codes]
            else:
                beside = companions[form.companions[number]][rows]
                out[:, form.first + number] = _companion(mac, number, beside, out[:, 0])
                made = _part(_of(values, codes), beside, form, parameters, mac)
            if form.form.filter and parameters.flip:
                known = (made[:, -parameters.filter_words :] != 0).any(axis=1)
                flipped = noise(len(codes), parameters, random)
                made[known, -parameters.filter_words :] ^= flipped[known]
            out[:, at : at + form.part] = made
            at += form.part
    return words


def _of(values: Told, codes: npt.NDArray[np.int64]) -> Told:
    return Told(values.head[codes], values.own[codes], values.hidden[codes], values.items[codes])


def _companion(mac: Mac, number: int, beside: Words, head: Words) -> Words:
    return np.where(head != 0, joint(mac.key_of_joint(f"companion {number}"), [beside]), np.uint64(0))


def _part(values: Told, beside: Words | None, form: Layout, parameters: EncodingParameters, mac: Mac) -> Words:
    """Tokens and filter of values, as they are or beside a companion each."""
    hidden, items = values.hidden, values.items
    if beside is not None:
        hidden = joint(mac.key_of_joint("hidden"), [hidden, beside[:, None]])
        items = joint(mac.key_of_joint("item"), [items, beside[:, None]])
    columns = [hidden[:, : form.form.full], packed_pairs(hidden[:, form.form.full :])]
    if form.form.filter:
        place = mac.key_of_joint("place")
        made = [filters(place, items[at : at + _AT_ONCE], parameters) for at in range(0, len(items), _AT_ONCE)]
        columns.append(np.vstack(made) if made else np.zeros((0, parameters.filter_words), np.uint64))
    return np.hstack(columns)


def dummies(frame: pl.DataFrame, parameters: EncodingParameters, random: Random) -> pl.DataFrame:
    """Made-up records (诱饵记录): each field as some record has it, all of other records; numbers with other last digits.

    Nobody has all of this, but every token is as frequent as among real records, so that the number of records, and of
    those that share a token, is not known exactly.
    """
    count = round(parameters.dummies * frame.height) if frame.height else 0
    columns = {}
    grouped = {name: field for field in parameters.fields for name in field.columns}
    drawn: dict[str, npt.NDArray[np.int64]] = {}
    for name in frame.columns:
        group = grouped[name].name if name in grouped else name
        if group not in drawn:
            drawn[group] = _draw(random, count, max(frame.height, 1))
        series = frame[name].gather(drawn[group]) if count else frame[name].clear()
        if count and name in grouped and grouped[name].kind in ("identity_number", "phone"):
            changed = _other_digits(series.cast(pl.String).to_list(), random, grouped[name].kind == "identity_number")
            series = pl.Series(name, changed, pl.String).cast(series.dtype)
        columns[name] = series
    return pl.DataFrame(columns, schema=frame.schema)


def _draw(random: Random, count: int, below: int) -> npt.NDArray[np.int64]:
    return (np.frombuffer(random.bytes(8 * count), "<u8") % np.uint64(below)).astype(np.int64)


def _other_digits(numbers: list[str | None], random: Random, checked: bool) -> list[str | None]:
    """Numbers with other digits: of a telephone number the last four, of an identity number the order digits."""
    drawn = _draw(random, len(numbers), 9999)
    made: list[str | None] = []
    for number, digits in zip(numbers, drawn.tolist(), strict=True):
        if number is None or len(number) < 11 or not number[:-4].isdecimal():
            made.append(number)
        elif checked and len(number) == 18:
            start = number[:14] + f"{digits % 1000:03d}"
            made.append(start + check_character(start))
        else:
            made.append(f"{number[:-4]}{digits:04d}")
    return made

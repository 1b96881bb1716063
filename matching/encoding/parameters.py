"""What an encoding depends on besides the key (编码参数), and the two profiles; as JSON for the agreement file.

`standard` reproduces the levels of clear text: whoever holds the encoded records sees for any two of them what a
comparison of clear text would find, and so can count how frequent each value is.

`strict` shows little by itself: what is frequent (sex, county, parts of a name or of a date) is told only of two records
that also agree in a companion (`companions`), a value that few share; filters are randomised, frequencies are told by
short tokens, and no key refines blocks. See docs/federated.md for what either reveals and costs.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

from matching.errors import EncodingError

VERSION = 1
"""Of the encoding: the same parameters of another version give other bytes."""

Profile = Literal["standard", "strict"]

KINDS = (
    "identity_number", "chinese_name", "date", "phone", "place", "address", "employer", "exact", "text", "given_name",
    "damerau", "levenshtein",
)  # fmt: skip
"""Kinds of comparison that have an encoded form."""


@dataclass(frozen=True)
class EncodedField:
    """One encoded column: it bears the name of the first of the clear columns it is made of.

    Attributes:
        kind: of the comparison that reads it.
        columns: clear columns, as the comparison of clear text names them.
    """

    kind: str
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the encoded column."""
        return self.columns[0]


@dataclass(frozen=True)
class EncodingParameters:
    """Parameters of an encoding.

    Attributes:
        version: of the encoding.
        profile: what the parameters are called; the others say what they mean.
        fields: the encoded columns.
        rules: blocking rules by name, such as "name:folded + birth_date:day"; each becomes one joint token.
        refine: keys of their own token that divide oversize blocks: they show how frequent their values are.
        shares: keys by which values are counted for term frequency.
        share_bits: length of those tokens; below 64, rare values share a token, so that only frequent ones stand out.
        bits: length of a filter.
        hashes: bits that each item sets.
        flip: probability that a bit of a filter is turned over (BLIP), anew for each record.
        companions: keys beside whose agreement alone frequent values and likeness are told; none: always.
        masks: sets of known digits (#) of an identity number by which partly hidden numbers are compared.
        similar: keys whose values are the items of the similarity blocking; none: no such blocking.
        bands: tokens of the similarity blocking: records that share one are compared.
        rows: minimal hashes that make one such token.
        dummies: made-up records for each real one.
    """

    version: int
    profile: Profile
    fields: tuple[EncodedField, ...]
    rules: tuple[str, ...]
    refine: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    share_bits: int = 64
    bits: int = 512
    hashes: int = 10
    flip: float = 0.0
    companions: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    similar: tuple[str, ...] = ()
    bands: int = 6
    rows: int = 4
    dummies: float = 0.0

    def __post_init__(self) -> None:
        check(self)

    @property
    def filter_words(self) -> int:
        """Machine words of a filter."""
        return self.bits >> 6

    @property
    def key_names(self) -> tuple[str, ...]:
        """Every name that `encode` asks `key_of` for."""
        named = [item.name for item in self.fields]
        named += [f"rule:{name}" for name in self.rules]
        named += [f"key:{name}" for name in (*self.refine, *self.shares)]
        return tuple(dict.fromkeys([*named, "similar", "companion"]))

    def to_json(self) -> str:
        """Canonical JSON: equal parameters give equal text."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "EncodingParameters":
        """Read parameters.

        Raises:
            EncodingError: the text is no such JSON, or holds a member that is not known.
        """
        try:
            document = json.loads(text)
        except ValueError as error:
            raise EncodingError("the encoding parameters are not JSON") from error
        return from_document(document)


def from_document(document: Any) -> EncodingParameters:
    """Parameters from JSON values.

    Raises:
        EncodingError: a member is unknown, missing or of another shape.
    """
    _members("the encoding parameters", document, EncodingParameters, need=("version", "profile", "fields", "rules"))
    if not isinstance(document["fields"], list):
        raise EncodingError("'fields' of the encoding parameters is not a list")
    values = dict(document)
    values["fields"] = tuple(_field(item) for item in document["fields"])
    for name, usual in _DEFAULTS.items():
        if name not in values:
            continue
        if isinstance(usual, tuple):
            values[name] = _texts(name, values[name])
        elif isinstance(usual, float):
            values[name] = _number(name, values[name])
        elif type(values[name]) is not int:
            raise EncodingError(f"'{name}' of the encoding parameters is not a whole number")
    return EncodingParameters(**values)


def check(parameters: EncodingParameters) -> None:
    """Refuse parameters that cannot be used or would protect nothing.

    Raises:
        EncodingError: naming the member.
    """
    if parameters.version != VERSION:
        raise EncodingError(f"the encoding is of version {parameters.version}; this program makes version {VERSION}")
    if parameters.profile not in get_args(Profile):
        raise EncodingError("the profile of the encoding parameters is 'standard' or 'strict'")
    names = [item.name for item in parameters.fields]
    if not names or len(set(names)) < len(names):
        raise EncodingError("the encoding parameters name no field, or one twice")
    for item in parameters.fields:
        if item.kind not in KINDS:
            raise EncodingError(f"comparison kind '{item.kind}' has no encoded form")
    if not parameters.rules:
        raise EncodingError("the encoding parameters name no blocking rule")
    if parameters.bits % 64 or not 64 <= parameters.bits <= 1024:
        raise EncodingError("'bits' of the encoding parameters is a multiple of 64 up to 1024")
    if not 1 <= parameters.hashes <= 32:
        raise EncodingError("'hashes' of the encoding parameters is from 1 to 32")
    if not 0 <= parameters.flip < 0.25:
        raise EncodingError("'flip' of the encoding parameters is from 0 to below 0.25")
    if not 0 <= parameters.dummies <= 1:
        raise EncodingError("'dummies' of the encoding parameters is from 0 to 1")
    if not 8 <= parameters.share_bits <= 64:
        raise EncodingError("'share_bits' of the encoding parameters is from 8 to 64")
    if not 1 <= parameters.bands <= 8 or not 1 <= parameters.rows <= 16:
        raise EncodingError("'bands' of the encoding parameters is from 1 to 8, 'rows' from 1 to 16")
    if len(parameters.masks) > MOST_MASKS:
        raise EncodingError(f"the encoding parameters hold more than {MOST_MASKS} masks")
    for mask in parameters.masks:
        if len(mask) != 18 or set(mask) - set("#*") or mask.count("#") < FEWEST_KNOWN:
            raise EncodingError(f"a mask has 18 places, # or *, of which at least {FEWEST_KNOWN} are known")
    if len(parameters.companions) > 3:
        raise EncodingError("the encoding parameters hold more than 3 companions")


MOST_MASKS = 8
FEWEST_KNOWN = 10
"""Digits of an identity number below which a partly hidden one says nothing; as the comparison of clear text has it."""

MASKS = (
    "###############***",  # what a spreadsheet keeps
    "##############****",
    "##############***#",
    "##########****####",
    "######********####",
    "######*****#######",
    "****##############",
)
"""Customs of hiding digits. A number hidden otherwise is compared by those of these masks that it fills."""

PERSON_FIELDS = (
    EncodedField("identity_number", ("id_number",)),
    EncodedField("chinese_name", ("name", "former_name")),
    EncodedField("date", ("birth_date", "birth_precision")),
    EncodedField("exact", ("sex",)),
    EncodedField("exact", ("ethnic_group",)),
    EncodedField("phone", ("phone",)),
    EncodedField("place", ("county_code",)),
    EncodedField("address", ("address",)),
    EncodedField("employer", ("employer_code", "employer")),
)
"""What the model of persons in Chinese administrative data compares."""

PERSON_RULES = (
    "id_number",
    "name:folded + birth_date:day",
    "name:sound + birth_date:year",
    "name:surname_sound + birth_date:day + sex",
    "phone + name:surname_sound",
    "name:folded + county_code",
    "id_number:first6 + id_number:last4",
    "id_number:first14 + sex",
    "birth_date:day + sex + county_code",
    "name:sound + county_code",
    "address:plain + name:surname_sound",
)
"""Its blocking rules."""

SIMILAR = (
    "name:sound", "name:surname_sound", "birth_date:year", "birth_date:month", "birth_date:day", "sex", "county_code", "phone:last4",
    "id_number:first6", "id_number:last4",
)  # fmt: skip
"""Items of the similarity blocking: two records that share most of them share one of its tokens nearly surely."""

STANDARD = EncodingParameters(
    version=VERSION,
    profile="standard",
    fields=PERSON_FIELDS,
    rules=PERSON_RULES,
    refine=("birth_date:year", "county_code", "sex"),
    shares=("name:plain", "county_code:plain", "ethnic_group:plain"),
    masks=MASKS,
    similar=SIMILAR,
    dummies=0.01,
)

STRICT = replace(
    STANDARD,
    profile="strict",
    refine=(),
    shares=("name:plain",),
    share_bits=12,
    flip=0.05,
    companions=("birth_date:day", "name:sound"),
    dummies=0.05,
)

PROFILES: Mapping[Profile, EncodingParameters] = {"standard": STANDARD, "strict": STRICT}
"""The two profiles for persons in Chinese administrative data."""

_DEFAULTS = {
    item.name: getattr(STANDARD, item.name)
    for item in fields(EncodingParameters)
    if item.name not in ("profile", "fields")
}


def _members(what: str, document: Any, shape: type, need: tuple[str, ...]) -> None:
    if not isinstance(document, dict):
        raise EncodingError(f"{what} are not a JSON object")
    known = {item.name for item in fields(shape)}
    if unknown := sorted(set(document) - known):
        raise EncodingError(f"{what} have unknown member(s) {', '.join(unknown)}")
    if missing := sorted(set(need) - set(document)):
        raise EncodingError(f"{what} lack {', '.join(missing)}")


def _field(document: Any) -> EncodedField:
    _members("the fields of the encoding parameters", document, EncodedField, need=("kind", "columns"))
    if not isinstance(document["kind"], str):
        raise EncodingError("'kind' of a field of the encoding parameters is not text")
    columns = _texts("columns", document["columns"])
    if not columns:
        raise EncodingError("a field of the encoding parameters has no columns")
    return EncodedField(document["kind"], columns)


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise EncodingError(f"'{name}' of the encoding parameters is not a list of texts")
    return tuple(value)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EncodingError(f"'{name}' of the encoding parameters is not a number")
    return float(value)

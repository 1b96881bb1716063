"""The shape of a source declaration (数据源声明)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

from schemas.fields import FIELDS, PERSON, PROVENANCE, Field
from schemas.vocabulary import DataOrigin

Assignment = Literal["one_to_one", "many_to_one"]


@dataclass(frozen=True)
class Column:
    """One column to take from an extract: the allow-list entry of a canonical field.

    Attributes:
        field: name of the canonical field it fills.
        aliases: headers under which departments send it, compared without spaces, line breaks,
            brackets' contents, asterisks and full-width forms.
        required: a row without it is rejected.
    """

    field: str
    aliases: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True)
class LegalBasis:
    """Why the federation may hold this source (个人信息保护法 art. 13), with its expiry."""

    kind: str
    document: str
    valid_until: dt.date


@dataclass(frozen=True)
class MemberBlocks:
    """Household members side by side in one row, as the archive exports them (成员1姓名, 成员2姓名, ...).

    Attributes:
        count: how many blocks at most.
        columns: the columns of one block; an alias contains ``{n}`` for the block's number.
    """

    count: int
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Source:
    """One partner source: what arrives, from whom, how often, on which legal basis, and what is kept.

    Attributes:
        code: name in keys, commands and tables.
        zh, en: names for people.
        owner_zh: the department that sends it.
        cadence: ``daily``, ``monthly`` or ``quarterly``.
        legal_basis: refused at landing when expired.
        columns: the allow-list; a column that is not listed never leaves the reader.
        forbidden: headers that are known and dropped on sight, named in the receipt.
        household_columns: fields that are filled downwards over merged or empty cells.
        member_blocks: members side by side, exploded to one row per person.
        natural_key: fields that identify a row within the source; a repeated key is a re-send.
        person_key: fields that say "the same person" within the source, collapsed before linkage.
        assignment: how the source's persons are assigned to roster persons.
    """

    code: str
    zh: str
    en: str
    owner_zh: str
    cadence: Literal["daily", "monthly", "quarterly"]
    legal_basis: LegalBasis
    columns: tuple[Column, ...]
    natural_key: tuple[str, ...]
    person_key: tuple[str, ...]
    assignment: Assignment = "many_to_one"
    data_origin: DataOrigin = DataOrigin.ADMINISTRATIVE
    forbidden: tuple[str, ...] = ()
    household_columns: tuple[str, ...] = ()
    member_blocks: MemberBlocks | None = None
    fields: tuple[Field, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Derives ``fields``: provenance, person, then what this source adds, in declared order."""
        person = {item.name for item in PERSON}
        names = [c.field for c in self.columns if c.field not in person]
        if self.member_blocks:
            names += [c.field for c in self.member_blocks.columns if c.field not in {*person, *names}]
        if "parent_union" in names:
            names.append("union_county_code")
        particular = tuple(FIELDS[name] for name in dict.fromkeys(names))
        object.__setattr__(self, "fields", (*PROVENANCE, *PERSON, *particular))

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the fields without which a row is rejected."""
        return tuple(column.field for column in self.columns if column.required)

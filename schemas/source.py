"""The shape of a source declaration (数据源声明)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

from schemas.fields import FIELDS, PERSON, PROVENANCE, Field
from schemas.vocabulary import PURPOSES, DataOrigin

Assignment = Literal["one_to_one", "many_to_one"]
Cadence = Literal["daily", "monthly", "quarterly"]
SenderLevel = Literal["unit", "county", "prefecture", "province"]
Unannounced = Literal["accept", "hold", "refuse"]


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
    """Why the federation may hold this source (个人信息保护法 art. 13): a document and the days it holds.

    Attributes:
        kind: what kind of basis (法定职责, 信息共享协议).
        document: title of the document.
        number: its number (文号).
        valid_from: first day on which data may be received.
        valid_until: last day.
    """

    kind: str
    document: str
    number: str
    valid_from: dt.date
    valid_until: dt.date

    def __post_init__(self) -> None:
        """Refuses a basis that never holds."""
        if self.valid_until < self.valid_from:
            raise ValueError(f"{self.number}: valid_until lies before valid_from; a basis must hold for some day")


@dataclass(frozen=True)
class Retention:
    """For how many days each zone keeps an extract before it is deleted (个人信息保护法 art. 19, 47).

    Attributes:
        landing_days: the bytes as received.
        standard_days: the standardised rows, and what is derived from them.
        quarantine_days: rejected rows with their reasons.
    """

    landing_days: int = 30
    standard_days: int = 180
    quarantine_days: int = 180


@dataclass(frozen=True)
class DriftLimits:
    """How far an extract may differ from the sender's previous one before a person must approve it.

    Every limit is a share; a change beyond it stops the extract.

    Attributes:
        rows: relative change of the number of data rows.
        fill: absolute change of a column's fill rate.
        validity: absolute change of the share of valid identity numbers, and of valid phone numbers.
        codes: total-variation distance between the two distributions of a coded column.
        rejected: share of rejected rows in the extract itself.
    """

    rows: float = 0.3
    fill: float = 0.15
    validity: float = 0.1
    codes: float = 0.25
    rejected: float = 0.1


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
        sender_level: whose division code a delivery carries as its sender.
        legal_basis: refused at landing outside its days.
        purpose: what the data may be used for, a code of ``schemas.vocabulary.PURPOSES``.
        catalogue_id: entry in the catalogue of government data (政务数据目录编号).
        columns: the allow-list; a column that is not listed never leaves the reader.
        forbidden: headers that are known and dropped on sight, named in the receipt.
        household_columns: fields that are filled downwards over merged or empty cells.
        member_blocks: members side by side, exploded to one row per person.
        natural_key: fields that identify a row within the source; a repeated key is a re-send.
        person_key: fields that say "the same person" within the source, collapsed before linkage.
        assignment: how the source's persons are assigned to roster persons.
        unannounced: what happens to a file that comes without a manifest (无清单): ``accept`` it, ``hold`` it until a
            person approves, or ``refuse`` it.
        retention: how long the source's data is kept.
        drift: how far an extract may differ from the previous one.
    """

    code: str
    zh: str
    en: str
    owner_zh: str
    cadence: Cadence
    sender_level: SenderLevel
    legal_basis: LegalBasis
    purpose: str
    catalogue_id: str
    columns: tuple[Column, ...]
    natural_key: tuple[str, ...]
    person_key: tuple[str, ...]
    assignment: Assignment = "many_to_one"
    data_origin: DataOrigin = DataOrigin.ADMINISTRATIVE
    unannounced: Unannounced = "hold"
    retention: Retention = Retention()
    drift: DriftLimits = DriftLimits()
    forbidden: tuple[str, ...] = ()
    household_columns: tuple[str, ...] = ()
    member_blocks: MemberBlocks | None = None
    fields: tuple[Field, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Derives ``fields``: provenance, person, then what this source adds, in declared order."""
        if self.purpose not in PURPOSES:
            raise ValueError(
                f"{self.code}: unknown purpose {self.purpose!r}; declare it in schemas.vocabulary.PURPOSES"
            )
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

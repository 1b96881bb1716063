"""The agreement under which two departments have their encoded records matched (加密比对协议): what it says.

It is a JSON file of two members: `agreement`, and `signatures` of the parties over its canonical text. Whoever encodes,
matches or receives works by it alone; whether the signatures hold is for `bangfu.federation.agreements` to say. `schemas.agreement_file` reads it.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from schemas.code_list import Code
from schemas.stated_error import StatedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.source import LegalBasis

__all__ = [
    "MINIMUM_GROUP",
    "NORMALISATION",
    "REASONS",
    "Agreement",
    "AgreementError",
    "Band",
    "Party",
    "Payload",
    "Role",
]
__all__ += ["Signed"]

NORMALISATION = 1
"""Version of what `matching.standardise` makes of a cell; the same text standardised otherwise has other tokens."""
MINIMUM_GROUP = 5
"""Persons who share reason, month and band at least, wherever these are told (k-anonymity)."""

REASONS: Mapping[str, Code] = {
    item.code: item
    for item in (
        Code("illness", "大病医疗支出", "medical expenses"),
        Code("accident", "意外或工伤", "accident"),
        Code("disaster", "受灾", "disaster"),
        Code("disability", "残疾", "disability"),
        Code("schooling", "子女就学支出", "schooling"),
        Code("relief", "民政救助对象", "on a list of social relief"),
        Code("death", "家庭成员去世", "death in the family"),
    )
}
"""Why a department's record may be told of: a reason is one for the whole agreement, never read from a row."""

FORMAT, VERSION = "bangfu-agreement", 1


class Role(StrEnum):
    """What a party does."""

    UNION = "union"  # 工会: asks, and receives results
    DEPARTMENT = "department"  # 部门: holds what is asked about
    MATCHING_UNIT = "matching_unit"  # 比对单位: matches, holds no key


class AgreementError(StatedError):
    """An agreement that cannot be used."""


@dataclass(frozen=True)
class Party:
    """One party.

    Attributes:
        role: What it does.
        name: Its name in Chinese.
        public_key: Ed25519, 64 hexadecimal digits.
        source: Code of the source whose records it encodes; empty for the matching unit.
    """

    role: Role
    name: str
    public_key: str
    source: str = ""


@dataclass(frozen=True)
class Band:
    """An amount told as a band alone.

    Attributes:
        field: Which amount.
        limits: Where bands begin, in yuan, ascending; below the first is band 0.
    """

    field: str
    limits: tuple[int, ...]


@dataclass(frozen=True)
class Payload:
    """What may be told of a matched record besides that it matched: nothing else ever is.

    Attributes:
        reason: One of `REASONS`, the same for all.
        month: Date field that is told as year and month; empty: no month is told.
        band: Amount that is told as a band; None: none is told.
    """

    reason: str
    month: str = ""
    band: Band | None = None


@dataclass(frozen=True)
class Agreement:
    """What the parties agreed.

    Attributes:
        id: Names the agreement; it enters every key.
        parties: One for each role.
        purpose: What results may be used for, a code of `schemas.vocabulary.PURPOSES`.
        legal_basis: Why it may be done, and the days within which files are encoded.
        fields: Canonical fields that may be encoded; any other column stays at home.
        normalisation: See `NORMALISATION`.
        encoding: The encoding's parameters as JSON values, see `matching.encoding.parameters`.
        digest: `sha256` or `sm3`: the HMAC of the tokens.
        key_check: Tells the right key of this epoch from a wrong one, and nothing about it.
        epoch: Number of the key; one more with every new key.
        payload: What the department's records may tell.
        valid_from, valid_until: Days within which anything is done by it.
    """

    id: str
    parties: tuple[Party, ...]
    purpose: str
    legal_basis: LegalBasis
    fields: tuple[str, ...]
    normalisation: int
    encoding: Mapping[str, Any]
    digest: str
    key_check: str
    epoch: int
    payload: Payload
    valid_from: dt.date
    valid_until: dt.date

    def party(self, role: Role) -> Party:
        """The party of a role."""
        return next(party for party in self.parties if party.role is role)

    def document(self) -> dict[str, Any]:
        """The agreement as JSON values."""
        told: dict[str, Any] = json.loads(json.dumps(asdict(self), default=dt.date.isoformat))
        return {"format": FORMAT, "version": VERSION, **told}

    def text(self) -> bytes:
        """The canonical text: what is signed, and whose sha256 names this very agreement."""
        return json.dumps(self.document(), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Signed:
    """An agreement with the signatures it came with, of which nobody has said yet that they hold.

    Attributes:
        agreement: What is signed.
        signatures: By role, 128 hexadecimal digits.
    """

    agreement: Agreement
    signatures: Mapping[Role, str]

    def to_json(self) -> str:
        """The file's text."""
        value = {"agreement": self.agreement.document(), "signatures": dict(self.signatures)}
        return json.dumps(value, ensure_ascii=False, indent=1) + "\n"

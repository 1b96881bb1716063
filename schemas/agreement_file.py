"""Reading an agreement (读取协议): every member is known and right, or the file is refused with the member's name."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from schemas.agreement import (
    FORMAT,
    NORMALISATION,
    REASONS,
    VERSION,
    Agreement,
    AgreementError,
    Band,
    Party,
    Payload,
    Role,
    Signed,
)
from schemas.fields import FIELDS, PERSON
from schemas.source import LegalBasis
from schemas.sources import SOURCES
from schemas.vocabulary import PURPOSES

__all__ = ["read_agreement"]

_LONGEST = 1 << 20
_KEY = re.compile("[0-9a-f]{64}")
_CHECK = re.compile("[0-9a-f]{16}")
_ID = re.compile("[a-z0-9][a-z0-9-]{3,63}")
_LINKABLE = frozenset(item.name for item in PERSON) - {"person_ref"}


def read_agreement(content: bytes) -> Signed:
    """Read and check what an agreement says.

    Args:
        content: The file's bytes.

    Raises:
        AgreementError: `agreement_unreadable`, `agreement_version`, or `agreement_invalid` with the member's name.
    """
    if len(content) > _LONGEST:
        raise _unreadable()
    try:
        stated = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _unreadable() from None
    whole = _members(stated, "", {"agreement", "signatures"})
    if not isinstance(whole["agreement"], dict) or whole["agreement"].get("format") != FORMAT:
        raise _unreadable()
    if whole["agreement"].get("version") != VERSION:
        raise AgreementError(
            "agreement_version",
            f"协议文件的格式版本不是 {VERSION}；请向工会索取与本程序相符的协议，或更新本程序",
            f"The agreement is not of format version {VERSION}; ask the union for one that fits this program, or update it.",
        )
    names = {"format", "version", *Agreement.__dataclass_fields__}
    agreement = _agreement(_members(whole["agreement"], "agreement", names))
    signatures = whole["signatures"]
    if not isinstance(signatures, dict) or not set(signatures) <= set(Role):
        raise _invalid("signatures")
    held = {Role(role): _text(signatures, role, re.compile("[0-9a-f]{128}")) for role in signatures}
    return Signed(agreement, held)


def _agreement(stated: dict[str, Any]) -> Agreement:
    basis = _members(stated["legal_basis"], "legal_basis", set(LegalBasis.__dataclass_fields__))
    agreement = Agreement(
        id=_text(stated, "id", _ID),
        parties=_parties(stated["parties"]),
        purpose=_one_of(stated, "purpose", PURPOSES),
        legal_basis=_basis(basis),
        fields=_fields(stated["fields"]),
        normalisation=_number(stated, "normalisation", 1),
        encoding=stated["encoding"],
        digest=_one_of(stated, "digest", ("sha256", "sm3")),
        key_check=_text(stated, "key_check", _CHECK),
        epoch=_number(stated, "epoch", 1),
        payload=_payload(stated["payload"]),
        valid_from=_day(stated, "valid_from"),
        valid_until=_day(stated, "valid_until"),
    )
    if not isinstance(agreement.encoding, dict):
        raise _invalid("encoding")
    if agreement.valid_until < agreement.valid_from:
        raise _invalid("valid_until")
    if agreement.normalisation != NORMALISATION:
        raise AgreementError(
            "normalisation_version",
            f"协议约定的数据规范化版本为 {agreement.normalisation}，本程序为 {NORMALISATION}，编码结果将无法比对；"
            "请使用与协议相符的程序",
            f"The agreement is about normalisation {agreement.normalisation}, this program does {NORMALISATION}: nothing "
            "would match. Use the program that fits the agreement.",
        )
    told = {item.name for item in SOURCES[agreement.party(Role.DEPARTMENT).source].fields}
    payload = agreement.payload
    if (payload.month and payload.month not in told) or (payload.band and payload.band.field not in told):
        raise _invalid("payload")
    return agreement


def _parties(stated: Any) -> tuple[Party, ...]:
    if not isinstance(stated, list):
        raise _invalid("parties")
    parties = []
    for item in stated:
        told = _members(item, "parties", {"role", "name", "public_key", "source"})
        role = Role(_one_of(told, "role", tuple(Role)))
        name = _text(told, "name", re.compile(r"[^\x00-\x1f]{2,80}"))
        source = "" if role is Role.MATCHING_UNIT else _one_of(told, "source", SOURCES)
        if told["source"] != source:
            raise _invalid("parties.source")
        parties.append(Party(role, name, _text(told, "public_key", _KEY), source))
    if sorted(party.role for party in parties) != sorted(Role):
        raise _invalid("parties")
    if len({party.public_key for party in parties}) < len(parties) or len({party.name for party in parties}) < len(
        parties
    ):
        raise AgreementError(
            "roles_not_separate",
            "协议中同一单位担任了两个角色：比对单位不得是工会或数据部门自身，三方名称和公钥应各不相同；请重新拟定协议",
            "One body has two roles in the agreement: who matches must be neither the union nor the department; the three "
            "names and public keys must differ.",
        )
    return tuple(sorted(parties, key=lambda party: list(Role).index(party.role)))


def _payload(stated: Any) -> Payload:
    told = _members(stated, "payload", {"reason", "month", "band"})
    band = None
    if told["band"] is not None:
        given = _members(told["band"], "payload.band", {"field", "limits"})
        limits = given["limits"]
        whole = isinstance(limits, list) and all(type(limit) is int and limit > 0 for limit in limits)
        if not whole or not 1 <= len(limits) <= 8 or limits != sorted(set(limits)):
            raise _invalid("payload.band.limits")
        band = Band(_field_of(given, "field", "decimal"), tuple(limits))
    return Payload(_one_of(told, "reason", REASONS), _field_of(told, "month", "date") if told["month"] else "", band)


def _field_of(stated: dict[str, Any], name: str, kind: str) -> str:
    value = _one_of(stated, name, FIELDS)
    if FIELDS[value].type != kind or value == "birth_date":
        raise _invalid(f"payload.{name}")
    return value


def _fields(stated: Any) -> tuple[str, ...]:
    if not isinstance(stated, list) or not stated or not all(isinstance(item, str) for item in stated):
        raise _invalid("fields")
    if unknown := [item for item in stated if item not in _LINKABLE]:
        raise AgreementError(
            "unknown_field",
            f"协议列出了本程序不认识的字段：{'、'.join(unknown[:5])}；请与工会核对协议",
            f"The agreement lists fields that are not known: {', '.join(unknown[:5])}.",
        )
    if len(set(stated)) < len(stated):
        raise _invalid("fields")
    return tuple(stated)


def _basis(stated: dict[str, Any]) -> LegalBasis:
    kind, document, number = (
        _text(stated, name, re.compile(r"[^\x00-\x1f]{1,200}")) for name in ("kind", "document", "number")
    )
    try:
        return LegalBasis(kind, document, number, _day(stated, "valid_from"), _day(stated, "valid_until"))
    except AgreementError:
        raise
    except ValueError:
        raise _invalid("legal_basis") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a member stands twice")
    return dict(pairs)


def _members(stated: Any, where: str, names: set[str]) -> dict[str, Any]:
    if not isinstance(stated, dict):
        raise _invalid(where or "agreement")
    if unknown := sorted(set(stated) - names):
        name = f"{where}.{unknown[0]}".lstrip(".")[:80]
        raise AgreementError(
            "unknown_member",
            f"协议文件含有本程序不认识的内容“{name}”；请使用与协议相符的程序，不要手工修改协议",
            f"The agreement holds {name!r}, which this program does not know; use the program that fits it.",
        )
    if missing := sorted(names - set(stated)):
        raise _invalid(f"{where}.{missing[0]}".lstrip("."))
    return stated


def _text(stated: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = stated[name]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _invalid(name)
    return value


def _one_of(stated: dict[str, Any], name: str, known: Any) -> str:
    value = stated[name]
    if not isinstance(value, str) or value not in known:
        raise _invalid(name)
    return value


def _number(stated: dict[str, Any], name: str, least: int) -> int:
    value = stated[name]
    if type(value) is not int or not least <= value <= 10_000:
        raise _invalid(name)
    return value


def _day(stated: dict[str, Any], name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(_text(stated, name, re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")))
    except AgreementError:
        raise
    except ValueError:
        raise _invalid(name) from None


def _unreadable() -> AgreementError:
    return AgreementError(
        "agreement_unreadable",
        "这不是协议文件，或文件已损坏；请向工会重新索取，不要用其他软件打开后另存",
        "This is no agreement, or it is damaged; ask the union for it again.",
    )


def _invalid(name: str) -> AgreementError:
    return AgreementError(
        "agreement_invalid",
        f"协议文件中的 {name} 缺失或不正确；请向工会索取正确的协议，不要手工修改",
        f"In the agreement, {name} is missing or wrong; ask the union for a correct one, do not edit it.",
    )

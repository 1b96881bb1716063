"""Agreements that hold (协议核验): signed by both departments, valid today, and about what this program can do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bangfu.errors import Refused
from bangfu.federation.files import not_found
from bangfu.federation.signing import holds
from matching.encoding.parameters import EncodingParameters, from_document
from matching.encoding.shared_key import require_digest
from matching.errors import EncodingError
from schemas.agreement import AgreementError, Role, Signed
from schemas.agreement_file import read_agreement

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from bangfu.federation.signing import Identity
    from schemas.agreement import Agreement

__all__ = ["SIGNING_ROLES", "Held", "hold", "open_agreement", "sign", "signatures_missing"]

SIGNING_ROLES = (Role.UNION, Role.DEPARTMENT)
"""Who must have signed."""
_KIND = "agreement 1"


@dataclass(frozen=True)
class Held:
    """An agreement that holds today.

    Attributes:
        agreement: What it says.
        digest: sha256 of its canonical text.
        parameters: Of the encoding.
    """

    agreement: Agreement
    digest: str
    parameters: EncodingParameters


def open_agreement(path: Path) -> Signed:
    """Read an agreement; whether it holds is not asked yet.

    Raises:
        Refused: As `schemas.agreement_file.read_agreement`, or `file_not_found`.
    """
    if not path.is_file():
        raise not_found(path)
    try:
        return read_agreement(path.read_bytes())
    except AgreementError as error:
        raise Refused(error.code, error.zh, error.en) from None


def sign(signed: Signed, identity: Identity) -> Signed:
    """Add a party's signature.

    Raises:
        Refused: `not_a_party`, or what `parameters_of` says.
    """
    parameters_of(signed.agreement)
    roles = [party.role for party in signed.agreement.parties if party.public_key == identity.public_key]
    if not roles:
        raise Refused(
            "not_a_party",
            "签名密钥不属于协议列出的任何一方；请核对协议中的公钥",
            "The signing key is of none of the parties in the agreement; compare the public keys.",
        )
    signature = identity.sign(_KIND, signed.agreement.text())
    return Signed(signed.agreement, {**signed.signatures, roles[0]: signature})


def signatures_missing(signed: Signed) -> tuple[Role, ...]:
    """Parties that must sign and have not.

    Raises:
        Refused: `signature_wrong`: what is signed is not what the agreement says now.
    """
    text = signed.agreement.text()
    for role, signature in signed.signatures.items():
        if not holds(signed.agreement.party(role).public_key, _KIND, text, signature):
            raise Refused(
                "signature_wrong",
                "协议签名无效：文件在签署后被改动过；请停止使用，并向工会核实",
                "A signature of the agreement does not hold: it was changed after signing. Do not use it; ask the union.",
            )
    return tuple(role for role in SIGNING_ROLES if role not in signed.signatures)


def hold(signed: Signed, today: dt.date) -> Held:
    """An agreement that may be worked by today.

    Raises:
        Refused: `signature_wrong`, `signature_missing`, `agreement_expired`, `encoding_version`, `encoding_fields` or
            `digest_missing`.
    """
    agreement = signed.agreement
    if missing := signatures_missing(signed):
        names = "、".join(agreement.party(role).name for role in missing)
        raise Refused(
            "signature_missing",
            f"协议还没有签署完毕，缺少：{names}；双方都签署后才能使用",
            f"The agreement is not signed by: {', '.join(missing)}.",
        )
    if not (agreement.valid_from <= today <= agreement.valid_until):
        raise _expired(agreement.valid_from, agreement.valid_until, "协议", "agreement")
    basis = agreement.legal_basis
    if not (basis.valid_from <= today <= basis.valid_until):
        raise _expired(basis.valid_from, basis.valid_until, "协议所依据的文件", "legal basis")
    parameters = parameters_of(agreement)
    return Held(agreement, hashlib.sha256(agreement.text()).hexdigest(), parameters)


def parameters_of(agreement: Agreement) -> EncodingParameters:
    """The encoding of an agreement, which must use no field but those that are allowed.

    Raises:
        Refused: `encoding_version`, `encoding_fields` or `digest_missing`.
    """
    try:
        parameters = from_document(dict(agreement.encoding))
    except EncodingError as error:
        raise Refused(
            "encoding_version",
            "协议中的编码参数与本程序不符；请使用与协议相符的程序版本",
            f"The encoding of the agreement does not fit this program: {error}.",
        ) from None
    if outside := sorted(columns_used(parameters) - set(agreement.fields)):
        raise Refused(
            "encoding_fields",
            f"编码参数用到了协议没有允许的字段：{'、'.join(outside)}；请重新拟定协议",
            f"The encoding uses fields that the agreement does not allow: {', '.join(outside)}.",
        )
    try:
        require_digest(agreement.digest)
    except EncodingError:
        raise Refused(
            "digest_missing",
            f"本机的 Python 不支持 {agreement.digest} 算法；请换用带 OpenSSL 1.1.1 以上版本的 Python",
            f"Python on this computer has no {agreement.digest}; use one with OpenSSL 1.1.1 or newer.",
        ) from None
    return parameters


def columns_used(parameters: EncodingParameters) -> set[str]:
    """Clear columns from which anything of an encoding is made."""
    named = {column for item in parameters.fields for column in item.columns}
    keys = (*parameters.rules, *parameters.refine, *parameters.shares, *parameters.companions, *parameters.similar)
    for key in (part.strip() for whole in keys for part in whole.split("+")):
        named |= set(key.partition(":")[0].split("|"))
    return named


def _expired(first: dt.date, last: dt.date, zh: str, en: str) -> Refused:
    return Refused(
        "agreement_expired",
        f"{zh}的有效期是 {first} 至 {last}，今天不在其中；请先续签协议（并检查本机日期）",
        f"The {en} holds from {first} to {last}, which today is not within; renew it, and check this computer's date.",
    )

"""Encoding a prepared file (编码): a package for the matching unit, and the sealed table of ids for the department itself."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from bangfu.encoder import __version__
from bangfu.errors import Refused
from bangfu.federation.keyfile import require_fitting
from bangfu.federation.packages import ENCODED, Package, publish
from bangfu.federation.payload import PAYLOAD
from bangfu.federation.rows import keep_rows, new_ids
from matching.encoding.encode import encode
from schemas.agreement import Role

if TYPE_CHECKING:
    from pathlib import Path

    from bangfu.encoder.preparing import Prepared
    from bangfu.federation.agreements import Held
    from bangfu.federation.keyfile import KeyFile
    from bangfu.federation.signing import Identity

__all__ = ["OWN_ID", "SystemRandom", "Writing", "encode_rows", "role_of", "write_package"]

OWN_ID = "own_id"


class SystemRandom:
    """Noise and dummies from the system's entropy."""

    def bytes(self, length: int, /) -> bytes:
        """So many random bytes."""
        return secrets.token_bytes(length)


@dataclass(frozen=True)
class Writing:
    """Where an encoding goes, and under whose name.

    Attributes:
        folder: The package, to be handed over.
        rows: The sealed table of ids, to be kept.
        identity: Whose signature the package bears; None: nobody's.
        today: The day it is made on.
    """

    folder: Path
    rows: Path
    identity: Identity | None
    today: dt.date


def role_of(held: Held, identity: Identity | None, wanted: Role | None = None) -> Role:
    """Whose file is encoded: what the signing key says, else what is wanted, else the department's.

    Raises:
        Refused: `role_wrong`: the key is of another party, or the matching unit would encode.
    """
    roles = [party.role for party in held.agreement.parties if identity and party.public_key == identity.public_key]
    if identity and not roles:
        raise Refused(
            "not_a_party",
            "签名密钥不属于协议列出的任何一方；请检查是否选错了签名密钥文件",
            "The signing key is of none of the agreement's parties; check that it is the right file.",
        )
    role = roles[0] if roles else wanted or Role.DEPARTMENT
    if role is Role.MATCHING_UNIT or (wanted is not None and role is not wanted):
        raise Refused(
            "role_wrong",
            "比对单位不得持有密钥，也不能编码；只有工会和数据部门各自编码自己的数据",
            "The matching unit holds no key and encodes nothing; the union and the department encode their own data each.",
        )
    return role


def encode_rows(prepared: Prepared, held: Held, key: KeyFile) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Encoded records under new random ids in random order, dummies among them; and which row bears which id.

    Raises:
        Refused: As `require_fitting`.
    """
    agreement = held.agreement
    require_fitting(key, agreement)
    keys = key.key.field_keys(agreement.id)
    random = SystemRandom()
    encoded = encode(prepared.rows, held.parameters, keys, agreement.digest, random)
    ids = new_ids(encoded.height)
    real = prepared.rows.height
    records = encoded.insert_column(0, ids)
    if prepared.payload is not None:
        drawn = pl.Series([secrets.randbelow(real) for _ in range(encoded.height - real)], dtype=pl.UInt32)
        told = pl.concat(
            [prepared.payload, prepared.payload.gather(drawn) if drawn.len() else prepared.payload.clear()]
        )
        records = records.with_columns(told[name] for name in PAYLOAD)
    rows = prepared.places.with_columns(ids.head(real))
    return records.sort(OWN_ID), rows.sort(OWN_ID)


def write_package(prepared: Prepared, held: Held, key: KeyFile, writing: Writing) -> Package:
    """Encode, keep the table of ids, and then publish the package: there is never a package without its table.

    Raises:
        Refused: As `require_fitting`, or `file_exists`.
    """
    for target in (writing.folder, writing.rows):
        if target.exists():
            raise Refused(
                "file_exists",
                f"{target.name} 已经存在，不会覆盖；请换一个名称，或先把它移走",
                f"{target.name} exists and is not written over; choose another name, or move it away.",
            )
    records, rows = encode_rows(prepared, held, key)
    agreement = held.agreement
    package = Package(
        format=ENCODED,
        agreement=agreement.id,
        agreement_sha256=held.digest,
        role=prepared.role,
        source=agreement.party(prepared.role).source,
        epoch=agreement.epoch,
        key_check=agreement.key_check,
        digest=agreement.digest,
        normalisation=agreement.normalisation,
        encoding=agreement.document()["encoding"],
        columns=(),
        counts={"records": records.height, "less_told": prepared.suppressed},
        made_on=writing.today,
        program=__version__,
    )

    def keep(sha256: str) -> None:
        keep_rows(writing.rows, rows, key.key, agreement.id, sha256)

    return publish(writing.folder, records, package, writing.identity, before=keep)

"""Deleting what did not match (销毁未匹配记录), with a receipt that the matching unit signs."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from bangfu.errors import Refused
from bangfu.federation.files import read_json, write_whole, wrong_file
from bangfu.federation.packages import DATA, MANIFEST, open_package
from bangfu.federation.roles import require_matching_unit
from bangfu.federation.signing import holds
from schemas.agreement import Role

if TYPE_CHECKING:
    from pathlib import Path

    from bangfu.federation.agreements import Held
    from bangfu.federation.signing import Identity

__all__ = ["RECEIPT", "Receipt", "delete_unmatched", "verify_receipt"]

RECEIPT, MATCHED = "receipt.json", "matched.parquet"
_KIND = "bangfu-deletion"


@dataclass(frozen=True)
class Receipt:
    """What the matching unit states of one package.

    Attributes:
        agreement, agreement_sha256: Under which agreement.
        role: Whose package it was.
        package_sha256: Of the records as received.
        records: How many these were.
        deleted: How many of them were deleted: all that matched nothing.
        kept: How many are kept, with their random ids, until the agreement's retention ends.
        kept_sha256: Of the file that holds these.
        deleted_on: Day.
    """

    agreement: str
    agreement_sha256: str
    role: Role
    package_sha256: str
    records: int
    deleted: int
    kept: int
    kept_sha256: str
    deleted_on: dt.date

    def text(self) -> bytes:
        """The canonical text that is signed."""
        return json.dumps(self.document(), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        told: dict[str, Any] = json.loads(json.dumps(asdict(self), default=dt.date.isoformat))
        return {"format": _KIND, "version": 1, **told}


def delete_unmatched(
    folder: Path, role: Role, matched: pl.Series, held: Held, unit: Identity, today: dt.date
) -> Receipt:
    """Keep the matched records of a package, delete the package, and sign for it. Killed in between, it is done again.

    The files are removed from the file system; what a disk keeps of them is for its encryption to cover.

    Args:
        folder: The package as received.
        role: Whose it is.
        matched: Random ids that matched.
        held: The agreement.
        unit: The matching unit's signing key.
        today: The day.

    Raises:
        Refused: `not_matching_unit`, or as `open_package`.
    """
    require_matching_unit(held, unit)
    kept_file = folder / MATCHED
    stated = read_json(folder / MANIFEST)["manifest"]
    if (folder / DATA).exists():
        records, package = open_package(folder, held, role)
        content = io.BytesIO()
        records.filter(pl.col("own_id").is_in(matched.implode())).write_parquet(content, statistics=False)
        kept_file.unlink(missing_ok=True)
        write_whole(kept_file, content.getvalue())
        (folder / DATA).unlink()
        stated = package.document()
    kept = pl.read_parquet(kept_file.read_bytes())
    total = int(stated["counts"]["records"])
    receipt = Receipt(
        agreement=held.agreement.id,
        agreement_sha256=held.digest,
        role=role,
        package_sha256=str(stated["sha256"]),
        records=total,
        deleted=total - kept.height,
        kept=kept.height,
        kept_sha256=hashlib.sha256(kept_file.read_bytes()).hexdigest(),
        deleted_on=today,
    )
    value = {
        "receipt": receipt.document(),
        "public_key": unit.public_key,
        "signature": unit.sign(_KIND, receipt.text()),
    }
    (folder / RECEIPT).unlink(missing_ok=True)
    write_whole(folder / RECEIPT, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())
    return receipt


def verify_receipt(path: Path, held: Held) -> Receipt:
    """A receipt that the agreement's matching unit has signed.

    Raises:
        Refused: `wrong_file` or `receipt_changed`.
    """
    value = read_json(path)
    try:
        told = dict(value["receipt"])
        if (told.pop("format"), told.pop("version")) != (_KIND, 1):
            raise wrong_file(path)
        day = dt.date.fromisoformat(told["deleted_on"])
        receipt = Receipt(**{**told, "role": Role(told["role"]), "deleted_on": day})
    except (KeyError, TypeError, ValueError):
        raise wrong_file(path) from None
    unit = held.agreement.party(Role.MATCHING_UNIT).public_key
    signed = holds(unit, _KIND, receipt.text(), str(value.get("signature")))
    if not signed or receipt.agreement_sha256 != held.digest:
        raise Refused(
            "receipt_changed",
            "销毁回执的签名无效，或不属于本协议；请要求比对单位重新出具",
            "The receipt's signature does not hold, or it is of another agreement; have the matching unit give it again.",
        )
    return receipt

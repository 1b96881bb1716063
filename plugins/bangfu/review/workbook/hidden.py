"""The hidden sheet (隐藏页): what the workbook is of, and the seal of every row."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bangfu.errors import Refused
from bangfu.review.workbook.model import Batch
from bangfu.review.workbook.seals import Seal, batch_mac, workbook_key
from schemas.review import REVIEW_LISTS, SCHEMA_VERSION

__all__ = ["HIDDEN_SHEET", "Sealed", "hidden_rows", "read_hidden"]

HIDDEN_SHEET = "_核对"
_MAGIC = "bangfu review workbook"
_PARTICULARS = (
    "batch_id",
    "flow",
    "union",
    "union_name",
    "recipient",
    "recipient_name",
    "made_at",
    "rows",
    "schema",
    "mac",
)
_SEAL = ("case_id", "version", "answer_key", "tags", "mac")

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Sealed:
    """What a returned workbook's hidden sheet says.

    Attributes:
        batch: What the workbook is of; its code fits.
        key: The key its seals must fit.
        seals: Seals by case, its id in lower case; each is believed only together with its row.
    """

    batch: Batch
    key: bytes
    seals: Mapping[str, Seal]


def hidden_rows(batch: Batch, key: bytes, seals: Sequence[Seal]) -> list[list[str]]:
    """The rows of the hidden sheet."""
    told = {
        **{name: getattr(batch, name) for name in _PARTICULARS if hasattr(batch, name)},
        "made_at": batch.made_at.isoformat(),
        "rows": str(len(seals)),
        "schema": str(SCHEMA_VERSION),
        "mac": batch_mac(key, batch, len(seals)),
    }
    lines = [[seal.case_id, f"v{seal.version}", seal.answer_key, seal.tags, seal.mac] for seal in seals]
    return [[_MAGIC], *([name, told[name]] for name in _PARTICULARS), list(_SEAL), *lines]


def read_hidden(sheets: Mapping[str, Rows], secret: bytes, union: str) -> Sealed:
    """Find and check the hidden sheet of a returned workbook.

    Args:
        sheets: Rows of every sheet, by name.
        secret: What workbook keys are derived from.
        union: Code of the union that uploads.

    Raises:
        Refused: `seal_lost`, `seal_broken`, `other_union` or `other_schema`.
    """
    rows = next((rows for rows in sheets.values() if rows and rows[0] and rows[0][0].strip() == _MAGIC), None)
    if rows is None:
        raise Refused(
            "seal_lost",
            f"工作簿中的隐藏核对页“{HIDDEN_SHEET}”不见了，无法确认每一行属于哪条线索。请不要新建文件或只复制名单："
            "重新下载工作簿，把已填的内容粘贴到新下载的名单中，再上传",
            "The hidden sheet of the workbook is lost, so that no row can be told. Download the workbook again, paste "
            "what you filled in into it, and upload that.",
        )
    told = {row[0]: row[1].strip() for row in rows[1 : 1 + len(_PARTICULARS)] if len(row) > 1}
    if told.keys() != set(_PARTICULARS):
        raise _broken()
    if told["schema"] != str(SCHEMA_VERSION):
        raise Refused(
            "other_schema",
            f"工作簿的栏目版本是 {told['schema'][:10]}，现行版本是 {SCHEMA_VERSION}。请重新下载工作簿，把已填的内容粘贴过去再上传",
            "The workbook's columns are of another version: download it again and paste what you filled in.",
        )
    if told["union"] != union:
        raise Refused(
            "other_union",
            "这是其他工会的工作簿，不能由本单位上传。请核对文件；若线索已转办到本单位，请重新下载本单位的工作簿",
            "This is another union's workbook. Check the file; download your own if a case was transferred to you.",
        )
    batch, key = _batch(told), workbook_key(secret, union, told["batch_id"])
    seals = [seal for row in rows[2 + len(_PARTICULARS) :] if (seal := _seal(row))]
    expected = batch_mac(key, batch, int(told["rows"])) if told["rows"].isdecimal() and len(told["rows"]) < 9 else ""
    if not expected or not hmac.compare_digest(expected.encode(), told["mac"].encode()):
        raise _broken()
    return Sealed(batch, key, {seal.case_id.lower(): seal for seal in seals})


def _batch(told: Mapping[str, str]) -> Batch:
    try:
        made_at = dt.datetime.fromisoformat(told["made_at"])
    except ValueError as error:
        raise _broken() from error
    if told["flow"] not in REVIEW_LISTS or made_at.tzinfo is None:
        raise _broken()
    names = ("batch_id", "flow", "union", "union_name", "recipient", "recipient_name")
    return Batch(**{name: told[name] for name in names}, made_at=made_at)


def _seal(row: Sequence[str]) -> Seal | None:
    cells = [cell.strip() for cell in row[: len(_SEAL)]]
    if len(cells) < len(_SEAL) or not cells[0]:
        return None
    version = cells[1].removeprefix("v")
    if not (version.isdecimal() and version.isascii() and len(version) < 10):
        return None
    return Seal(cells[0], int(version), *cells[2:])


def _broken() -> Refused:
    return Refused(
        "seal_broken",
        f"工作簿的隐藏核对页“{HIDDEN_SHEET}”被改动过。请重新下载工作簿，把已填的内容粘贴过去再上传",
        "The hidden sheet of the workbook was changed. Download it again, paste what you filled in, and upload that.",
    )

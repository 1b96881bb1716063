"""Which of a department's rows bears which random id (编号对照表): kept at home, sealed under the key."""

from __future__ import annotations

import io
import json
import secrets
from typing import TYPE_CHECKING

import polars as pl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bangfu.errors import Refused
from bangfu.federation.files import not_found, write_whole, wrong_file

if TYPE_CHECKING:
    from pathlib import Path

    from matching.encoding.shared_key import SharedKey

__all__ = ["ROWS", "keep_rows", "new_ids", "open_rows"]

ROWS = {"own_id": pl.String(), "sheet": pl.String(), "sheet_row": pl.Int64(), "member": pl.Int64()}
"""Columns of the table: the random id, then where the row stands in the department's own file."""

_FORMAT = "bangfu-rows"
_ID_BYTES = 16


def new_ids(count: int) -> pl.Series:
    """So many random ids: 128 bits each, 32 hexadecimal digits; made for one package and used for no other."""
    digits = secrets.token_bytes(_ID_BYTES * count).hex()
    width = 2 * _ID_BYTES
    return pl.Series(
        "own_id", [digits[start : start + width] for start in range(0, len(digits), width)], dtype=pl.String
    )


def keep_rows(path: Path, rows: pl.DataFrame, key: SharedKey, agreement_id: str, package: str) -> None:
    """Seal the table.

    Args:
        path: Where to keep it; never over another file.
        rows: Columns of `ROWS`.
        key: The department's key.
        agreement_id: Under which agreement the ids were made.
        package: sha256 of the encoded records that bear them.

    Raises:
        Refused: `file_exists`.
    """
    head = json.dumps({"format": _FORMAT, "version": 1, "agreement": agreement_id, "package": package}).encode() + b"\n"
    content, nonce = io.BytesIO(), secrets.token_bytes(12)
    rows.select(list(ROWS)).write_parquet(content)
    sealed = AESGCM(key.sealing_key(agreement_id)).encrypt(nonce, content.getvalue(), head)
    write_whole(path, head + nonce + sealed)


def open_rows(path: Path, key: SharedKey) -> tuple[pl.DataFrame, str]:
    """The table, and the sha256 of the encoded records it belongs to.

    Raises:
        Refused: `file_not_found`, `wrong_file` or `rows_sealed`.
    """
    if not path.is_file():
        raise not_found(path)
    head, line_end, rest = path.read_bytes().partition(b"\n")
    try:
        told = json.loads(head)
        if told["format"] != _FORMAT or told["version"] != 1:
            raise wrong_file(path)
        agreement_id, package = str(told["agreement"]), str(told["package"])
    except (ValueError, KeyError, TypeError):
        raise wrong_file(path) from None
    try:
        content = AESGCM(key.sealing_key(agreement_id)).decrypt(rest[:12], rest[12:], head + line_end)
    except (InvalidTag, ValueError):
        raise Refused(
            "rows_sealed",
            "编号对照表打不开：密钥不是当时编码所用的，或文件被改动过",
            "The table of ids does not open: the key is not the one it was made with, or the file was changed.",
        ) from None
    return pl.read_parquet(io.BytesIO(content)), package

"""Workbooks with an opening password (打开密码), opened in memory."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING

from bangfu.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["unlock"]

_MOST_PASSWORDS = 20
_IN_MEMORY = SimpleNamespace(TemporaryFile=io.BytesIO)
"""The library rewrites an old workbook in a temporary file, in the clear; it gets a buffer instead."""


def unlock(file: IO[bytes], passwords: Sequence[str]) -> io.BytesIO:
    """The workbook without its password: OOXML with agile or standard encryption, XLS with RC4 or XOR.

    Args:
        file: The workbook.
        passwords: Tried in order, the first twenty of them.

    Returns:
        The content, which never reaches a disk.

    Raises:
        Refused: `encrypted_workbook` when no password fits, `unreadable_workbook` when the encryption is damaged.
    """
    if not passwords:
        raise _locked(
            "文件设有打开密码；请取消密码后再报送，或与接收方约定报送密码", "send it without one, or agree on one"
        )
    for password in passwords[:_MOST_PASSWORDS]:
        content = _unlocked(file, password)
        if content is not None:
            return content
    raise _locked(
        "文件设有打开密码，且约定的密码都不能打开；请核对密码，或取消密码后再报送", "none of those agreed fits"
    )


def _unlocked(file: IO[bytes], password: str) -> io.BytesIO | None:
    """The content, or None when the password does not fit."""
    import msoffcrypto  # loaded only where it is needed: few workbooks have a password
    from msoffcrypto.exceptions import DecryptionError, InvalidKeyError
    from msoffcrypto.format import xls97
    from msoffcrypto.format.ooxml import OOXMLFile

    xls97.tempfile = _IN_MEMORY
    file.seek(0)
    content = io.BytesIO()
    try:
        office = msoffcrypto.OfficeFile(file)
        options = {"verify_password": True} if isinstance(office, OOXMLFile) else {}  # the old formats always verify
        office.load_key(password=password, **options)
        office.decrypt(content)
    except (InvalidKeyError, DecryptionError):
        return None
    except MemoryError:
        raise
    except Exception as error:  # a third-party parser on damaged input: it raises whatever its reading meets
        raise Refused(
            "unreadable_workbook",
            "文件的加密信息已损坏或不受支持；请取消密码，另存为 xlsx 后再报送",
            "The workbook's encryption is damaged or unknown; save it as xlsx without a password.",
        ) from error
    content.seek(0)
    return content


def _locked(zh: str, en: str) -> Refused:
    return Refused("encrypted_workbook", zh, f"The workbook is protected by a password; {en}.")

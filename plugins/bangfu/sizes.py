"""Amounts of memory as people write them: `4GB`, `1.5 GiB`, `800M`."""

import re

from bangfu.errors import BangfuError

__all__ = ["bytes_of"]

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?", re.IGNORECASE | re.ASCII)


def bytes_of(text: str, what: str) -> int:
    """The number of bytes.

    Args:
        text: A number with a unit or none.
        what: What it is called where it was given, for the message.

    Raises:
        BangfuError: It is no such amount, or none at all.

    >>> bytes_of("4GB", "--memory"), bytes_of("1.5 gib", "--memory"), bytes_of("800", "--memory")
    (4000000000, 1610612736, 800)
    """
    found = _WRITTEN.fullmatch(text.strip())
    size = int(float(found[1]) * _UNITS[(found[2] or "").lower()]) if found else 0
    if not size:
        raise BangfuError(f"{what} is {text!r}: give an amount of memory, such as 4GB.")
    return size

"""One-time codes of a second factor (动态口令, RFC 6238 over RFC 4226), and the codes for the day the telephone is lost.

SHA-1, six digits and thirty seconds are what every authenticator application knows.
"""

import base64
import hmac
import secrets
import struct
from urllib.parse import quote, urlencode

__all__ = [
    "ISSUER",
    "code_at",
    "key_address",
    "matching_step",
    "new_key",
    "new_recovery_code",
    "step_at",
    "written_key",
]

ISSUER = "bangfu"
"""Name under which an authenticator lists the account."""

_SECONDS, _DIGITS, _DRIFT = 30, 6, 1
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # without what is read as something else


def new_key() -> bytes:
    """A new secret key of 160 bits, as RFC 4226 recommends."""
    return secrets.token_bytes(20)


def written_key(key: bytes) -> str:
    """A key as it is typed into an authenticator: base32."""
    return base64.b32encode(key).decode().rstrip("=")


def key_address(key: bytes, username: str) -> str:
    """The address that the QR code of a key holds (Key Uri Format).

    >>> key_address(b"12345678901234567890", "chen.jie")
    'otpauth://totp/bangfu:chen.jie?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=bangfu'
    """
    query = urlencode({"secret": written_key(key), "issuer": ISSUER})
    return f"otpauth://totp/{ISSUER}:{quote(username)}?{query}"


def step_at(seconds: float) -> int:
    """The time step of a moment, in seconds since 1970."""
    return int(seconds // _SECONDS)


def code_at(key: bytes, step: int, digits: int = _DIGITS) -> str:
    """The code of a time step.

    >>> code_at(b"12345678901234567890", 59 // 30, digits=8)  # RFC 6238, appendix B
    '94287082'
    """
    digest = hmac.digest(key, struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}}"


def matching_step(key: bytes, code: str, seconds: float, last_step: int = 0) -> int | None:
    """The time step whose code this is: this one, the one before or the one after; None where it is none of them.

    Args:
        key: The secret key.
        code: As typed; spaces do not matter.
        seconds: Now, in seconds since 1970.
        last_step: The step of the last code that was accepted: neither it nor an earlier one is accepted again.
    """
    typed = "".join(code.split()).encode("utf-8", "replace")
    now = step_at(seconds)
    found = None
    for step in range(max(now - _DRIFT, 0), now + _DRIFT + 1):
        if hmac.compare_digest(code_at(key, step).encode(), typed) and step > last_step:
            found = step
    return found


def new_recovery_code() -> str:
    """A code of 78 random bits in four groups, as it is written down."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))

"""Keyed tokens (密钥标记): HMAC of values in 64 bits, and tokens of several tokens.

What is known to the key holder alone goes through HMAC once for each distinct value. Tokens of a row are joined by
SipHash-2-4 (J.-P. Aumasson, D. J. Bernstein, 2012), a keyed pseudo-random function, under a key that is itself derived
by HMAC: both what is joined and the key are secret. Of n values, two share a token by chance with probability
n² / 2**65: 3e-8 of a million, 3e-4 of a hundred million.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.errors import EncodingError

Words = npt.NDArray[np.uint64]
"""Tokens; 0 is missing."""

Digest = str
"""Name of the hash function of HMAC: "sha256" or "sm3" (GB/T 32905-2016)."""

DIGESTS = ("sha256", "sm3")
_AT_ONCE = 1 << 14
"""Rows whose state stays in the cache of a core."""


class Mac:
    """HMAC (RFC 2104, GB/T 15852.2) under one key; the two hash states of the key are made once."""

    def __init__(self, key: bytes, digest: Digest) -> None:
        """
        Raises:
            EncodingError: the key is not of 32 bytes, or the hash function is not to be had.
        """
        if digest not in DIGESTS:
            raise EncodingError(f"the hash function is one of {', '.join(DIGESTS)}")
        if len(key) != 32:
            raise EncodingError("a field key has 32 bytes")
        try:
            new = hashlib.new(digest)
        except ValueError as error:
            raise EncodingError(f"this Python has no {digest}; use another, or the hash function sha256") from error
        block = key.ljust(new.block_size, b"\0")
        self._inner, self._outer = new.copy(), new
        self._inner.update(bytes(byte ^ 0x36 for byte in block))
        self._outer.update(bytes(byte ^ 0x5C for byte in block))

    def digest(self, message: bytes) -> bytes:
        """The 32 bytes of HMAC."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()

    def tokens(self, label: str, texts: Iterable[str | None]) -> Words:
        """A token for each text; 0 for None. Equal texts under different labels have unrelated tokens."""
        begun = self._inner.copy()
        begun.update(label.encode() + b"\0")
        outer = self._outer
        known: dict[str | None, bytes] = {None: bytes(8)}
        made = []
        for text in texts:
            token = known.get(text)
            if token is None:
                one, other = begun.copy(), outer.copy()
                one.update(text.encode())  # type: ignore[union-attr]
                other.update(one.digest())
                token = known[text] = other.digest()[:8]
            made.append(token)
        return np.frombuffer(b"".join(made), "<u8").astype(np.uint64)

    def key_of_joint(self, label: str) -> tuple[int, int]:
        """A key for `joint`."""
        made = self.digest(b"joint\0" + label.encode())
        return int.from_bytes(made[:8], "little"), int.from_bytes(made[8:16], "little")


def joint(key: tuple[int, int], parts: Sequence[Words | int]) -> Words:
    """One token of several, row by row: SipHash-2-4 of their bytes; 0 where a part is missing.

    Args:
        key: as `Mac.key_of_joint` gives it.
        parts: arrays that broadcast against each other, or numbers that are the same in every row and never missing.
    """
    arrays = [part for part in parts if not isinstance(part, int)]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    known = np.ones(shape, np.bool_)
    for array in arrays:
        known &= array != 0
    whole: list[Any] = [
        np.broadcast_to(part, shape).reshape(-1) if not isinstance(part, int) else np.uint64(part) for part in parts
    ]
    size = int(np.prod(shape))
    flat = np.empty(size, np.uint64)
    for start in range(0, size, _AT_ONCE):
        chunk = slice(start, min(start + _AT_ONCE, size))
        words = [part[chunk] if isinstance(part, np.ndarray) and part.ndim else part for part in whole]
        flat[chunk] = _sip(key, words, chunk.stop - chunk.start)
    made = flat.reshape(shape)
    made[made == 0] = 1
    made[~known] = 0
    return made


def short(tokens: Words) -> Words:
    """The lower 32 bits of tokens, 0 staying what is missing only."""
    lower = tokens & np.uint64(0xFFFFFFFF)
    return np.where((lower == 0) & (tokens != 0), np.uint64(1), lower)


def packed_pairs(tokens: Words) -> Words:
    """Short tokens two to a word: column `2i` in the lower half of word `i`, column `2i + 1` in the upper.

    >>> packed_pairs(np.array([[1, 2, 3, 0]], np.uint64)).tolist() == [[1 | 2 << 32, 3]]
    True
    """
    lower = short(tokens)
    return np.ascontiguousarray(lower[:, 0::2] | lower[:, 1::2] << np.uint64(32))


def _sip(key: tuple[int, int], words: Sequence[Any], size: int) -> Words:
    v0 = np.full(size, key[0] ^ 0x736F6D6570736575, np.uint64)
    v1 = np.full(size, key[1] ^ 0x646F72616E646F6D, np.uint64)
    v2 = np.full(size, key[0] ^ 0x6C7967656E657261, np.uint64)
    v3 = np.full(size, key[1] ^ 0x7465646279746573, np.uint64)
    spare = np.empty(size, np.uint64)

    def turn(word: Words, bits: int) -> None:
        np.left_shift(word, np.uint64(bits), out=spare)
        np.right_shift(word, np.uint64(64 - bits), out=word)
        np.bitwise_or(word, spare, out=word)

    def rounds(count: int) -> None:
        for _ in range(count):
            np.add(v0, v1, out=v0)
            np.add(v2, v3, out=v2)
            turn(v1, 13)
            turn(v3, 16)
            np.bitwise_xor(v1, v0, out=v1)
            np.bitwise_xor(v3, v2, out=v3)
            turn(v0, 32)
            np.add(v2, v1, out=v2)
            np.add(v0, v3, out=v0)
            turn(v1, 17)
            turn(v3, 21)
            np.bitwise_xor(v1, v2, out=v1)
            np.bitwise_xor(v3, v0, out=v3)
            turn(v2, 32)

    length: Any = np.uint64(8 * len(words) << 56 & 0xFFFFFFFFFFFFFFFF)
    for word in (*words, length):
        np.bitwise_xor(v3, word, out=v3)
        rounds(2)
        np.bitwise_xor(v0, word, out=v0)
    np.bitwise_xor(v2, np.uint64(0xFF), out=v2)
    rounds(4)
    return np.asarray(v0 ^ v1 ^ v2 ^ v3)


Keys = Callable[[str], bytes]
"""`key_of(name)`: the field key of 32 bytes."""

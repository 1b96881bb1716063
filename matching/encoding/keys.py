"""Blocking keys (分块键) of clear text where there is no compiled code: the same derivations as `matching.keys`."""

import re
from collections.abc import Callable

from matching.characters import plain
from matching.encoding.names import WILD, read_name
from matching.errors import EncodingError
from matching.soundex import soundex

Derive = Callable[[str], tuple[str, ...]]
"""The values that a text has under a key, the commonest first; none where nothing can be derived."""

MOST_ALTERNATIVES = 4


def derivation(derive: str) -> Derive:
    """What comes after the colon of a key.

    Raises:
        EncodingError: it is unknown.

    >>> derivation("sound")("单丹"), derivation("year")("1962-03-07"), derivation("last4")("539102********0030")
    (('san dan',), ('1962',), ('0030',))
    """
    if derive in _DERIVATIONS:
        return _DERIVATIONS[derive]
    if found := re.fullmatch(r"(first|last|digits_last)([1-9]\d?)", derive):
        return _slice(found[1], int(found[2]))
    raise EncodingError(f"the key derivation '{derive}' has no encoded form")


def _slice(end: str, length: int) -> Derive:
    def cut(text: str) -> tuple[str, ...]:
        text = re.sub("[^0-9]", "", text) if end == "digits_last" else text.lower()
        if len(text) < length:
            return ()
        part = text[:length] if end == "first" else text[-length:]
        return () if "*" in part else (part,)

    return cut


def _same(text: str) -> tuple[str, ...]:
    return () if "*" in text else (text,)


def _plain(text: str) -> tuple[str, ...]:
    made = plain(text)
    return (made,) if made else ()


def _soundex(text: str) -> tuple[str, ...]:
    made = soundex(plain(text))
    return (made,) if made else ()


def _folded(text: str) -> tuple[str, ...]:
    characters = read_name(text).characters
    return () if WILD in characters or not characters else (" ".join(characters),)


def _sounds(text: str, alternatives: int = 4, first: int = 0) -> tuple[str, ...]:
    """How a name may be read; with `first`, its first characters only."""
    read = read_name(text)
    sound = read.sound[:first] if first else read.sound
    if len(sound) < max(first, 1) or WILD in read.characters[: len(sound)]:
        return ()
    made = [
        " ".join(pair[choice & 1] if not place else pair[choice >> 1] for place, pair in enumerate(sound))
        for choice in range(alternatives)
    ]
    return tuple(dict.fromkeys(made))


def read_date(text: str) -> tuple[int, int, int]:
    """Year, month and day of a text, 0 where it does not say; as `matching.digits.pack_dates` reads it.

    >>> [read_date(text) for text in ("1962-03-07", "1962年3月", "19620307", "07/03/1962", "1962", "?")]
    [(1962, 3, 7), (1962, 3, 0), (1962, 3, 7), (1962, 3, 7), (1962, 0, 0), (0, 0, 0)]
    """
    for pattern in _DATES:
        if found := pattern.match(text):
            parts = found.groupdict()
            year, month, day = (int(parts[name] or 0) for name in ("y", "m", "d"))
            if year:
                return year, month, day if month else 0
    return 0, 0, 0


_DATES = (
    re.compile(r"^(?P<y>\d{4})[-/.年 ]\s*(?P<m>\d{1,2})(?:[-/.月 ]\s*(?P<d>\d{1,2})日?|月)?(?:[ T]\d.*)?$", re.ASCII),
    re.compile(r"^(?P<y>\d{4})(?:(?P<m>\d{2})(?P<d>\d{2})?)?年?$", re.ASCII),
    re.compile(r"^(?P<d>\d{1,2})[-/. ](?P<m>\d{1,2})[-/. ](?P<y>\d{4})$", re.ASCII),
)


def _year(text: str) -> tuple[str, ...]:
    year, _, _ = read_date(text)
    return (str(year),) if year else ()


def _month(text: str) -> tuple[str, ...]:
    year, month, _ = read_date(text)
    return (f"{year}-{month}",) if month else ()


def _month_day(text: str) -> tuple[str, ...]:
    _, month, day = read_date(text)
    return (f"{month}-{day}",) if day else ()


def _day(text: str) -> tuple[str, ...]:
    year, month, day = read_date(text)
    return (f"{year}-{month}-{day}",) if day else ()


def phone_digits(text: str) -> str:
    """The digits of a telephone number; empty for fewer than 7 or more than 15."""
    digits = re.sub("[^0-9]", "", text)
    return digits if 7 <= len(digits) <= 15 else ""


def _phone(text: str) -> tuple[str, ...]:
    digits = phone_digits(text)
    return (digits,) if digits else ()


def _given_sounds(text: str) -> tuple[str, ...]:
    """The sound of a Chinese name without its first character."""
    read = read_name(text)
    rest = read.characters[1:]
    return () if not rest or WILD in rest else (" ".join(pair[0] for pair in read.sound[1:]),)


_DERIVATIONS: dict[str, Derive] = {
    "": _same,
    "plain": _plain,
    "year": _year,
    "month": _month,
    "month_day": _month_day,
    "day": _day,
    "phone": _phone,
    "folded": _folded,
    "sound": lambda text: _sounds(text, 1),
    "sounds": _sounds,
    "surname_sound": lambda text: _sounds(text, 1, first=1),
    "given_sound": _given_sounds,
    "soundex": _soundex,
    "region": _slice("first", 6),
}

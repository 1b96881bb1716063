"""What is told of a value (取值的标记): for each kind of comparison, the tokens by which its levels are found.

One entry of `rows` is the distinct content of a field's clear columns, None where a column is empty.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import mul

import numpy as np

from matching.address_heads import read_head
from matching.characters import plain
from matching.encoding.keys import phone_digits, read_date
from matching.encoding.layout import ALIKE, DATE_SLIPS, NEAR, PARTS, PHONE_DIGITS, SLIPS
from matching.encoding.names import WILD, folded_name, read_name
from matching.encoding.parameters import MOST_MASKS, EncodingParameters
from matching.encoding.tokens import Mac, Words, packed_pairs
from matching.look_alikes import look_alikes
from matching.standardise.cells import clean
from matching.standardise.identity import CHECK_CHARACTERS, WEIGHTS, check_character

Row = tuple[str | None, ...]

OTHER, PARTIAL, WRONG, VALID = 1, 2, 3, 4
"""Heads of identity numbers: another document, some digits unknown, a wrong check character, a right one."""


@dataclass(frozen=True)
class Told:
    """Words by distinct value: the head, `own` words, tokens to be told under companions, items of the filter."""

    head: Words
    own: Words
    hidden: Words
    items: Words


def told(kind: str, rows: Sequence[Row], mac: Mac, parameters: EncodingParameters) -> Told:
    """The tokens of distinct values."""
    if kind == "identity_number":
        return _identity(rows, mac, parameters.masks)
    return _KINDS[kind](rows, mac)


def _padded(mac: Mac, label: str, lists: Sequence[Sequence[str | None]], width: int | None = None) -> Words:
    """A token for each text of each list, in columns; those beyond `width` are left out."""
    width = max(map(len, lists), default=0) if width is None else width
    sizes = [min(len(item), width) for item in lists]
    made = np.zeros((len(lists), width), np.uint64)
    flat = mac.tokens(label, (text for item, size in zip(lists, sizes, strict=True) for text in item[:size]))
    made[np.arange(width)[None, :] < np.array(sizes, np.int64).reshape(-1, 1)] = flat
    return made


def _nothing(rows: int) -> Words:
    return np.zeros((rows, 0), np.uint64)


def _identity(rows: Sequence[Row], mac: Mac, known_by: Sequence[str]) -> Told:
    numbers = [None if row[0] is None else row[0].upper() for row in rows]
    shapes = [_shape(number) for number in numbers]
    wholes: list[str | None] = []
    births: list[str | None] = []
    slips: list[list[str | None]] = []
    by_mask: list[list[str | None]] = [[] for _ in range(MOST_MASKS)]
    masks = [[place for place, known in enumerate(mask) if known == "#"] for mask in known_by]
    for head, digits in shapes:
        complete = head in (WRONG, VALID)
        wholes.append(digits if complete or head == OTHER else None)
        births.append(f"{digits[:14]}{int(digits[16]) % 2}" if complete and digits[:17].isdecimal() else None)
        slips.append(_corrections(digits) if head == WRONG else [])
        for place in range(MOST_MASKS):
            text = None
            if head > OTHER and place < len(masks):
                seen = "".join(digits[at] for at in masks[place])
                text = None if "*" in seen else seen
            by_mask[place].append(text)
    whole = mac.tokens("whole", wholes)
    columns = [whole, mac.tokens("birth", births)]
    columns += [mac.tokens(f"mask {place}", texts) for place, texts in enumerate(by_mask)]
    listed = packed_pairs(_padded(mac, "whole", slips, SLIPS))
    heads = np.array([head for head, _ in shapes], np.uint64)
    return Told(heads, np.column_stack([*columns, listed]), _nothing(len(rows)), _nothing(len(rows)))


def _shape(number: str | None) -> tuple[int, str]:
    if not number:
        return 0, ""
    digits = number
    if re.fullmatch("[0-9]{15}", digits):
        digits = f"{digits[:6]}19{digits[6:]}*"
    if not re.fullmatch(r"[0-9*]{17}[0-9X*]", digits):
        return OTHER, number
    if "*" in digits:
        return PARTIAL, digits
    return (VALID if check_character(digits) == digits[17] else WRONG), digits


def _corrections(number: str) -> list[str | None]:
    """The numbers with a right check character that differ by one digit, by place, or in two swapped neighbours.

    For each place at most one digit makes the weighted sum fit, for the weights have inverses modulo 11. Two wrong
    numbers that differ at one place have the same correction there.

    >>> found = _corrections("539210199003080036")
    >>> found[13], len(found)
    ('539210199003070036', 20)
    """
    digits = [int(digit) for digit in number[:17]]
    off = (CHECK_CHARACTERS.index(number[17]) - sum(map(mul, digits, WEIGHTS))) % 11
    found: list[str | None] = []
    for place, (digit, inverse) in enumerate(zip(digits, _INVERSES, strict=True)):
        other = (digit + off * inverse) % 11
        found.append(f"{number[:place]}{other}{number[place + 1 :]}" if other < 10 else None)
    found.append(number[:17] + check_character(number))
    for place, (one, other) in enumerate(pairwise(digits)):
        if one != other and (one - other) * (WEIGHTS[place + 1] - WEIGHTS[place]) % 11 == off:
            found.append(f"{number[:place]}{other}{one}{number[place + 2 :]}")
    changed = number[:16] + number[17] + number[16]
    if number[17] != "X" and check_character(changed) == changed[17]:
        found.append(changed)
    return found


_INVERSES = tuple(pow(weight, -1, 11) for weight in WEIGHTS)


def _name(rows: Sequence[Row], mac: Mac) -> Told:
    reads = [None if not row[0] else read_name(row[0]) for row in rows]
    known = [read is not None and any(character != WILD for character in read.characters) for read in reads]
    names = [read if here else None for read, here in zip(reads, known, strict=True)]
    heads = [
        0 if read is None else 1 | min(len(read.characters), 255) << 8 | min(read.characters.count(WILD), 255) << 16
        for read in names
    ]
    clear = [None if read is None or WILD in read.characters else read for read in names]
    folded = [None if read is None else "".join(read.characters) for read in clear]
    former = [_former(row[1]) if len(row) > 1 else None for row in rows]
    own = [
        mac.tokens("exact", [row[0] if read else None for row, read in zip(rows, clear, strict=True)]),
        mac.tokens("folded", folded),
        mac.tokens("folded", former),
        packed_pairs(_padded(mac, "tones", [_readings(read.toned if read else ()) for read in clear], 4)),
        packed_pairs(_padded(mac, "sound", [_readings(read.sound if read else ()) for read in clear], 4)),
    ]
    alike = [_alike(read.characters) if read else [] for read in clear]
    parts = [_parts(text) if text else [] for text in folded]
    items = [[] if read is None else _name_items(read.characters, read.sound) for read in names]
    hidden = np.hstack([_padded(mac, "alike", alike, ALIKE), _padded(mac, "part", parts, PARTS)])
    return Told(np.array(heads, np.uint64), np.column_stack(own), hidden, _padded(mac, "item", items))


def _former(text: str | None) -> str | None:
    characters = folded_name(text) if text else ()
    return "".join(characters) if len(characters) > 1 and WILD not in characters else None


def _readings(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """How a name may be read: the first character and all the others each in one of two ways."""
    if not pairs:
        return []
    made = [
        " ".join(pair[choice & 1] if not place else pair[choice >> 1] for place, pair in enumerate(pairs))
        for choice in range(4)
    ]
    return list(dict.fromkeys(made))


def _alike(characters: Sequence[str]) -> list[str]:
    """The name with one character replaced by a pair of look-alikes that it belongs to."""
    if len(characters) < 2:
        return []
    known = look_alikes()
    made = []
    for place, character in enumerate(characters):
        for other in known.get(character, ()):
            pair = "|".join(sorted((character, other)))
            made.append("\t".join((*characters[:place], pair, *characters[place + 1 :])))
    return sorted(made, key=lambda text: (text.count("\t"), text))[:ALIKE] if len(made) > ALIKE else made


def _parts(name: str) -> list[str]:
    size = len(name)
    made = [name]
    for length in range(size - 1, 1, -1):
        made += [name[start : start + length] for start in range(size - length + 1)]
    return list(dict.fromkeys(made))[:PARTS] if size > 1 else []


def _name_items(characters: Sequence[str], sounds: Sequence[tuple[str, str]]) -> list[str]:
    """Characters by place from either end and anywhere, syllables by place and anywhere."""
    size, made = len(characters), []
    for place, (character, sound) in enumerate(zip(characters, sounds, strict=True)):
        if character == WILD or place > 15:
            continue
        made += [f"s{place}{character}", f"e{size - place}{character}", f"S{place}{sound[0]}"]
        made += [f"f{characters[:place].count(character)}{character}"]
        made += [f"F{[pair[0] for pair in sounds[:place]].count(sound[0])}{sound[0]}"]
    return made


def _date(rows: Sequence[Row], mac: Mac) -> Told:
    dates = [_known(read_date(row[0]), row[1] if len(row) > 1 else None) if row[0] else (0, 0, 0) for row in rows]
    heads = np.array([0 if not year else 3 if not month else 2 if not day else 1 for year, month, day in dates])
    whole = [f"{year:04d}{month:02d}{day:02d}" if day else None for year, month, day in dates]
    years = mac.tokens("year", [str(year) if year else None for year, _, _ in dates])
    months = mac.tokens("month", [f"{year}-{month}" if month else None for year, month, _ in dates])
    slips = _padded(mac, "slip", [_date_slips(text) if text else [] for text in whole], DATE_SLIPS)
    near = _padded(mac, "near", [_stretches(*date) if date[2] else [] for date in dates], NEAR)
    hidden = np.column_stack([years, months, slips, near])
    return Told(heads.astype(np.uint64), mac.tokens("whole", whole)[:, None], hidden, _nothing(len(rows)))


def _known(date: tuple[int, int, int], precision: str | None) -> tuple[int, int, int]:
    year, month, day = date
    return (year, 0 if precision == "year" else month, 0 if precision in ("year", "month") else day)


def _date_slips(digits: str) -> list[str]:
    made = [f"{place}{digits[:place]}?{digits[place + 1 :]}" for place in range(8)]
    for place in range(7):
        low, high = sorted(digits[place : place + 2])
        made.append(f"{place}{digits[:place]}[{low}{high}]{digits[place + 2 :]}")
    return [*made, f"{digits[:4]}[{'|'.join(sorted((digits[4:6], digits[6:])))}]"]


def _stretches(year: int, month: int, day: int) -> list[str]:
    """Stretches of 52 days, months counted as 31, that a day lies in."""
    at = 2 * (year * 372 + month * 31 + day)
    return [f"{step}:{(at + 13 * step) // 104}" for step in range(NEAR)]


def _exact(rows: Sequence[Row], mac: Mac) -> Told:
    values = [plain(row[0]) or None if row[0] else None for row in rows]
    return _single([mac.tokens("value", values)], len(rows))


def _place(rows: Sequence[Row], mac: Mac) -> Told:
    codes = [row[0] if row[0] and re.fullmatch("[0-9]{6}", row[0]) and int(row[0]) else None for row in rows]
    return _single([mac.tokens("county", codes), mac.tokens("prefecture", [c and c[:4] for c in codes])], len(rows))


def _single(hidden: Sequence[Words], rows: int, items: Words | None = None) -> Told:
    heads = np.zeros(rows, np.uint64)
    for number, column in enumerate(hidden):
        heads |= (column != 0).astype(np.uint64) << np.uint64(number)
    return Told(heads, _nothing(rows), np.column_stack(hidden), _nothing(rows) if items is None else items)


def _phone(rows: Sequence[Row], mac: Mac) -> Told:
    numbers = [phone_digits(row[0]) or None if row[0] else None for row in rows]
    slips = [[f"{text[:place]}?{text[place + 1 :]}" for place in range(len(text))] if text else [] for text in numbers]
    whole = mac.tokens("whole", numbers)
    listed = packed_pairs(_padded(mac, "slip", slips, PHONE_DIGITS))
    heads = (whole != 0).astype(np.uint64)
    return Told(heads, np.column_stack([whole, listed]), _nothing(len(rows)), _nothing(len(rows)))


def _address(rows: Sequence[Row], mac: Mac) -> Told:
    said = [_said(row[0]) if row[0] else (None,) * 5 for row in rows]
    columns = [mac.tokens(name, [parts[place] for parts in said]) for place, name in enumerate(_ADDRESS)]
    heads = np.array([1 if row[0] and any(parts[1:]) else 0 for row, parts in zip(rows, said, strict=True)], np.uint64)
    return Told(heads, np.column_stack(columns[:3]), np.column_stack(columns[3:]), _nothing(len(rows)))


_ADDRESS = ("whole", "spot", "door", "town", "community")
_NUMBERS = re.compile("[0-9]+")
_GROUP = re.compile("村民小组|小组|组|社")


def _said(address: str) -> tuple[str | None, ...]:
    """Whole, spot, door, township and community of an address; None where it does not say one.

    As `matching.kernels.addresses.number_spots` reads it.
    """
    text = clean(address).replace(" ", "")
    start = next(
        (at for at in range(1, len(text)) if text[at] in "0123456789" and any(c >= "\u3000" for c in text[:at])),
        len(text),
    )
    head = read_head(text[:start])
    spot, door = head.spot or None, []
    if spot:
        numbered = head.is_street
        for found in _NUMBERS.finditer(text, start):
            number = int(found[0])
            if numbered:
                spot, numbered = f"{spot}\t{number}", False
            elif head.is_street or not _GROUP.match(text, found.end()):
                door.append(str(number))
    if not any(int(number) for number in door):
        door = []
    return text, spot, f"{spot}\t{'-'.join(door)}" if door else None, head.town or None, head.community or None


def _employer(rows: Sequence[Row], mac: Mac) -> Told:
    codes = [row[0] if len(row) > 1 else None for row in rows]
    names = [plain(row[-1]) or None if row[-1] else None for row in rows]
    items = _padded(mac, "item", [_grams(text) if text else [] for text in names])
    return _single([mac.tokens("code", codes), mac.tokens("name", names)], len(rows), items)


def _text(rows: Sequence[Row], mac: Mac) -> Told:
    texts = [plain(row[0]) or None if row[0] else None for row in rows]
    items = _padded(mac, "item", [_grams(text) if text else [] for text in texts])
    return _single([mac.tokens("value", texts)], len(rows), items)


def _grams(text: str) -> list[str]:
    """Two neighbouring characters, beginning and end marked, each as often as it occurs."""
    counted: dict[str, int] = {}
    made = []
    for one, other in pairwise(f"\x02{text[:64]}\x03"):
        gram = one + other
        counted[gram] = counted.get(gram, 0) + 1
        made.append(f"{counted[gram]}{gram}")
    return made


_KINDS: dict[str, Callable[[Sequence[Row], Mac], Told]] = {
    "chinese_name": _name,
    "date": _date,
    "exact": _exact,
    "place": _place,
    "phone": _phone,
    "address": _address,
    "employer": _employer,
    "text": _text,
    "given_name": _text,
    "damerau": _text,
    "levenshtein": _text,
}

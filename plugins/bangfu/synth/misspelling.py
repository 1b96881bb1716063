"""How names and numbers go wrong (录入错误): by sound, by shape, by slips of the finger."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from bangfu.synth.name_tables import RARE_CHARACTERS, SHAPE_PAIRS, all_characters

if TYPE_CHECKING:
    import random

_NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("h", "f"))


@cache
def _readings() -> dict[str, str]:
    from pypinyin import lazy_pinyin

    return {character: lazy_pinyin(character)[0] for character in all_characters()}


@cache
def _by_sound() -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for character, sound in _readings().items():
        groups.setdefault(sound, []).append(character)
    return {sound: tuple(group) for sound, group in groups.items()}


@cache
def _by_near_sound() -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for character, sound in _readings().items():
        groups.setdefault(_near(sound), []).append(character)
    return {sound: tuple(group) for sound, group in groups.items()}


@cache
def _shapes() -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for pair in SHAPE_PAIRS.split():
        groups.setdefault(pair[0], []).append(pair[1])
        groups.setdefault(pair[1], []).append(pair[0])
    return {character: tuple(dict.fromkeys(group)) for character, group in groups.items()}


def _near(sound: str) -> str:
    """A syllable as a south-western ear hears it: n/l, zh/z, h/f, -n/-ng, ü/i fall together."""
    for initial, heard in _NEAR:
        if sound.startswith(initial) and len(sound) > len(initial):
            sound = heard + sound[len(initial) :]
            break
    if sound[:1] in "jqxy" and sound[1:2] == "u":
        sound = sound[0] + "i" + sound[2:]
    return sound.removesuffix("g").replace("v", "i")


def _replaced(draw: random.Random, name: str, options: dict[int, tuple[str, ...]]) -> str:
    if not options:
        return name
    at = draw.choice(sorted(options))
    return name[:at] + draw.choice(options[at]) + name[at + 1 :]


def homophone(draw: random.Random, name: str) -> str:
    """One character replaced by another of the same sound (同音字), the surname rarely.

    >>> import random
    >>> homophone(random.Random(1), "李芳") != "李芳"
    True
    """
    readings, groups = _readings(), _by_sound()
    options = {
        at: others
        for at, character in enumerate(name)
        if character in readings and (others := tuple(c for c in groups[readings[character]] if c != character))
    }
    if len(options) > 1 and draw.random() < 0.85:
        options.pop(0, None)
    return _replaced(draw, name, options)


def near_sound(draw: random.Random, name: str) -> str:
    """One character replaced by one of a near sound in the dialect (近音字), a homophone where there is none."""
    readings, groups = _readings(), _by_near_sound()
    options = {
        at: others
        for at, character in enumerate(name)
        if character in readings
        and (others := tuple(c for c in groups[_near(readings[character])] if readings[c] != readings[character]))
    }
    return _replaced(draw, name, options) if options else homophone(draw, name)


def look_alike(draw: random.Random, name: str) -> str:
    """One character replaced by one of a similar shape (形近字), a homophone where there is none."""
    shapes = _shapes()
    options = {at: shapes[character] for at, character in enumerate(name) if character in shapes}
    return _replaced(draw, name, options) if options else homophone(draw, name)


def rare_replaced(draw: random.Random, name: str) -> str:
    """A rare character, or else the last one, as a mark, as pinyin or as a homophone (生僻字替代)."""
    at = next((at for at, character in enumerate(name) if character in RARE_CHARACTERS), len(name) - 1)
    sound = _readings().get(name[at], "")
    substitute = draw.choice(["?", "□", "X", sound or "?", sound.upper() or "?"])
    return name[:at] + substitute + name[at + 1 :]


def wrong_digit(draw: random.Random, number: str) -> str:
    """One digit after the region block mistyped; the check character no longer fits."""
    at = draw.randrange(6, 17)
    return number[:at] + draw.choice([digit for digit in "0123456789" if digit != number[at]]) + number[at + 1 :]


def transposed(draw: random.Random, number: str) -> str:
    """Two neighbouring digits exchanged, where they differ."""
    places = [at for at in range(6, 16) if number[at] != number[at + 1]]
    if not places:
        return wrong_digit(draw, number)
    at = draw.choice(places)
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


def masked(draw: random.Random, number: str) -> str:
    """The middle hidden, in one of three customs (脱敏)."""
    shown, tail = draw.choice([(6, 4), (6, 2), (10, 4)])
    return number[:shown] + "*" * (18 - shown - tail) + number[18 - tail :]

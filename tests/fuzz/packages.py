"""Changes XLSX packages where their parser lives: in the XML of the parts, put together again as a sound package.

A few bytes changed in a package end at the unpacking, and a few changed in a part end at the markup. So a part is taken
apart into tags and texts, and what is changed are values of attributes, texts and whole elements: a cell with another
type, a reference to somewhere else, a string that is not there, a merge over everything.
"""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Mutate", "changed_package", "pack", "unpack"]

Mutate = Callable[[bytes, int], bytes]
"""The fuzzer's own change of some bytes, into at most so many."""

_MOST_PARTS = 20
_MOST_BYTES = 65_536
_TOKEN = re.compile(r"<[^>]*>|[^<]+")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_LIKELY = {"xl/worksheets/": 30, "xl/sharedStrings.xml": 20, "xl/styles.xml": 10, "xl/workbook.xml": 4}
"""How much more often a part is changed than any other, by the beginning of its name."""
_RARELY_BYTES, _RARELY_PARTS = 0.02, 0.02

NUMBERS = (
    "0", "1", "-1", "007", "1.5", "1e300", "-1E-300", "5.39210199003070E+17", "539210199003070036", "NaN", "inf",
    "45000.75", "2958466", "60", "255", "256", "65536", "4294967295", "4294967296", "18446744073709551616", "", " 1 ",
)  # fmt: skip
PLACES = (
    "A1",
    "B2",
    "G5",
    "a1",
    "XFD1",
    "A1048576",
    "ZZ9",
    "A0",
    "1",
    "A",
    "$A$1",
    "A1:C3",
    "C3:A1",
    "B2:B2",
    "A1:",
    "A:A",
)
TEXTS = (
    "李娜",
    "合计",
    "",
    " ",
    "_x0000_",
    "&#0;",
    "&amp;",
    "&lt;",
    "\ue863",
    "=A2",
    "#REF!",
    "TRUE",
    "1990-03-07",
    "长" * 300,
)
KINDS = ("s", "n", "b", "e", "d", "str", "inlineStr", "x", "")
FORMATS = ("yyyy-mm-dd", "General", "[h]:mm", "0.00E+00", '"年"0', "[$-804]aaaa", "@", ";;;")
VALUES = (*NUMBERS, *PLACES, *TEXTS, *KINDS, *FORMATS, "hidden", "veryHidden", "rId1", "rId2", "rId99", "preserve")


@dataclass(frozen=True)
class Fragment:
    """An element that a part of some name may hold, with a place for a number, a reference and a text."""

    part: str
    markup: str


FRAGMENTS = (
    Fragment("sheet", '<c r="{place}" t="{kind}"><v>{number}</v></c>'),
    Fragment("sheet", '<c r="{place}" s="{number}"><v>{number}</v></c>'),
    Fragment("sheet", '<c t="inlineStr"><is><t>{text}</t></is></c>'),
    Fragment("sheet", '<c r="{place}" t="inlineStr"><is><r><t>{text}</t></r><r><t>{text}</t></r></is></c>'),
    Fragment("sheet", '<c r="{place}" t="str"><f>{text}</f><v>{text}</v></c>'),
    Fragment("sheet", '<c r="{place}"><f t="shared" ref="{place}" si="{number}">A1</f></c>'),
    Fragment("sheet", '<row r="{number}"><c><v>{number}</v></c><c r="{place}"/></row>'),
    Fragment("sheet", "<row><c/></row>"),
    Fragment("sheet", '<mergeCells count="{number}"><mergeCell ref="{place}"/></mergeCells>'),
    Fragment("sheet", '<dimension ref="{place}"/>'),
    Fragment("sheet", '<cols><col min="{number}" max="{number}" hidden="1"/></cols>'),
    Fragment("sharedStrings", "<si><t>{text}</t></si>"),
    Fragment("sharedStrings", '<si><r><rPr/><t xml:space="preserve">{text}</t></r><rPh><t>{text}</t></rPh></si>'),
    Fragment("sharedStrings", "<si/>"),
    Fragment("styles", '<xf numFmtId="{number}"/>'),
    Fragment("styles", '<numFmts><numFmt numFmtId="{number}" formatCode="{format}"/></numFmts>'),
    Fragment("workbook.xml", '<sheet name="{text}" sheetId="{number}" state="hidden" r:id="rId{number}"/>'),
    Fragment("workbook.xml", '<workbookPr date1904="{number}"/>'),
    Fragment("workbook.xml", '<definedName name="{text}">{place}</definedName>'),
)


def unpack(data: bytes) -> dict[str, bytes]:
    """The parts of a package, as far as they are small; none where it is no package."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return {name: package.read(name)[:_MOST_BYTES] for name in package.namelist()[:_MOST_PARTS]}
    except Exception:  # whatever the bytes are
        return {}


def pack(parts: dict[str, bytes]) -> bytes:
    """A package of some parts, not compressed: the parser does not mind, and it is quicker."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return content.getvalue()


def changed_package(data: bytes, sound: bytes, size: int, rng: random.Random, mutate: Mutate) -> bytes:
    """A package with some changes in one part or two; now and then with a part less, or other bytes.

    Args:
        data: A package.
        sound: One to change where that is no package.
        size: Most bytes of the result.
        rng: Where chance comes from.
        mutate: The fuzzer's own change.
    """
    if rng.random() < _RARELY_BYTES:
        return mutate(data, size)
    parts = unpack(data) or unpack(sound)
    if len(parts) > 1 and rng.random() < _RARELY_PARTS:
        del parts[rng.choice(list(parts))]
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choices(list(parts), [_weight(name) for name in parts])[0]
        parts[name] = _changed_part(name, parts[name], rng, mutate)
    changed = pack(parts)
    return changed if len(changed) <= size else data


def _weight(name: str) -> int:
    return next((weight for beginning, weight in _LIKELY.items() if name.startswith(beginning)), 1)


def _changed_part(name: str, content: bytes, rng: random.Random, mutate: Mutate) -> bytes:
    if rng.random() < _RARELY_BYTES:
        return mutate(content, len(content) + 64)
    tokens = _TOKEN.findall(content.decode("utf-8", "replace"))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        change = rng.choice((_other_value, _other_value, _other_text, _element_twice, _element_less, _element_more))
        change(name, tokens, rng, mutate)
    return "".join(tokens).encode("utf-8", "replace")


def _value(old: str, rng: random.Random, mutate: Mutate) -> str:
    """Another value: one that means something somewhere, or the old one with other characters."""
    if rng.random() < 0.7:
        return rng.choice(VALUES)
    changed = mutate(old.encode(), len(old.encode()) + 8).decode("utf-8", "replace")
    return changed.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _other_value(_: str, tokens: list[str], rng: random.Random, mutate: Mutate) -> None:
    """Another value of an attribute."""
    tags = [place for place, token in enumerate(tokens) if _ATTRIBUTE.search(token) and token[:2] != "<?"]
    if not tags:
        return
    place = rng.choice(tags)
    found = rng.choice(list(_ATTRIBUTE.finditer(tokens[place])))
    value = _value(found[2], rng, mutate)
    tokens[place] = tokens[place][: found.start(2)] + value + tokens[place][found.end(2) :]


def _other_text(_: str, tokens: list[str], rng: random.Random, mutate: Mutate) -> None:
    """Another text between two tags."""
    texts = [place for place, token in enumerate(tokens) if not token.startswith("<")]
    if texts:
        place = rng.choice(texts)
        tokens[place] = _value(tokens[place], rng, mutate)


def _element(tokens: list[str], rng: random.Random) -> tuple[int, int]:
    """Where an element begins and ends; mostly a small one."""
    starts = [
        place for place, token in enumerate(tokens) if token.startswith("<") and token[1:2] not in {"/", "?", "!"}
    ]
    if not starts:
        return 0, 0
    start = rng.choice(starts[len(starts) > 1 :])
    depth = 0
    for place in range(start, len(tokens)):
        token = tokens[place]
        if token.startswith("<") and token[1:2] not in {"?", "!"}:
            depth += -1 if token.startswith("</") else not token.endswith("/>")
        if depth <= 0:
            return start, place + 1
    return start, start + 1


def _element_twice(_: str, tokens: list[str], rng: random.Random, __: Mutate) -> None:
    """An element once more, behind itself or behind another one."""
    start, end = _element(tokens, rng)
    behind = end if rng.random() < 0.5 else _element(tokens, rng)[1]
    if end - start < 200:
        tokens[behind:behind] = tokens[start:end]


def _element_less(_: str, tokens: list[str], rng: random.Random, __: Mutate) -> None:
    start, end = _element(tokens, rng)
    del tokens[start:end]


def _element_more(name: str, tokens: list[str], rng: random.Random, _: Mutate) -> None:
    """An element that the part may hold, behind one that it holds."""
    fitting = [fragment for fragment in FRAGMENTS if fragment.part in name]
    if fitting:
        behind = _element(tokens, rng)[1]
        tokens.insert(
            behind,
            rng.choice(fitting).markup.format(
                place=rng.choice(PLACES),
                number=rng.choice(NUMBERS),
                text=rng.choice(TEXTS),
                kind=rng.choice(KINDS),
                format=rng.choice(FORMATS).replace('"', "&quot;"),
            ),
        )

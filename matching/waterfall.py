"""Waterfall (证据累计图) of a pair: from the prior, one comparison after the other, to the match weight; as SVG.

Every line starts where the one before ended: agreement moves it to the right, disagreement to the left. The middle line
is where one person and two persons are equally likely. Sides are told by direction, arrow head, filling and words, never
by colour alone. The picture holds the labels it is given and no value of a record; all text is escaped, and nothing but
presentation attributes is used, so that a page without inline styles may hold it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite
from typing import Literal

from matching.explanation import Finding
from matching.levels import IMPLIED

Language = Literal["zh", "en"]
Part = Literal["start", "comparison", "frequency", "members"]

WIDTH = 300
"""Units of the view box; text of 13 units is readable where a phone shows them in 280 points."""

_LEFT, _RIGHT = 2, WIDTH - 2
_TOP, _LINE = 40, 44
_BAR_TOP, _BAR = 19, 14
_HEAD = 6
_FOR, _AGAINST, _INK, _SOFT = "#1b4f8a", "#b34700", "#22201e", "#5f5953"
_STRONG, _PALE, _PALE_END = ' font-weight="600"', f' fill="{_SOFT}"', f' fill="{_SOFT}" text-anchor="end"'
_ADJUSTING: tuple[Part, ...] = ("frequency", "members")
"""Lines that adjust what others said."""
_RARE = 6.0
"""Bits below even at which any two records are nearly always two persons."""
_STILL = 0.05
"""Bits below which a line does not move."""


@dataclass(frozen=True)
class Step:
    """One line: what was compared, its weight in bits, and in a word or two what was found."""

    label: str
    weight: float
    found: str = ""
    part: Part = "comparison"


@dataclass(frozen=True)
class Drawing:
    """How a waterfall is drawn.

    Attributes:
        language: of all words.
        title: what the picture is about; the first thing that a screen reader says.
        key: distinguishes pictures of one page: letters, digits and hyphens.
        bits: whether weights are written beside the bars; for people who know what a bit is.
        closing: said after the conclusion, such as who decides.
    """

    language: Language
    title: str
    key: str = "waterfall"
    bits: bool = True
    closing: str = ""


_WORDS: Mapping[str, tuple[str, str]] = {
    "start": ("起点：随意两条记录", "Any two records"),
    "unlike": ("极少是同一人", "rarely one person"),
    "total": ("合计", "All together"),
    "even": ("可能各半", "even"),
    "apart": ("◀ 更像两个人", "◀ two persons"),
    "same": ("更像同一人 ▶", "one person ▶"),
    "right": ("支持", "for"),
    "left": ("不支持", "against"),
    "still": ("不计", "not counted"),
    "frequency": ("相同内容是否常见", "how common"),
    "rare": ("少见，更说明问题", "rare: tells more"),
    "frequent": ("常见，说明力要打折扣", "common: tells less"),
    "more": ("加强", "adds"),
    "less": ("减弱", "takes off"),
    "members": ("同户也会相同", "would agree too"),
    "home": ("同户家庭成员", "Household"),
    "implied": ("已由另一项说明", "implied"),
    "colon": ("：", ": "),
    "comma": ("，", ", "),
    "stop": ("。", ". "),
}

_LIKELIHOODS = (
    (0.99, "极可能是同一人", "very probably one person"),
    (0.9, "很可能是同一人", "probably one person"),
    (0.5, "较可能是同一人，但把握不大", "rather one person, but far from sure"),
    (0.1, "较可能是两个人，但把握不大", "rather two persons, but far from sure"),
    (0.01, "很可能是两个人", "probably two persons"),
    (0.0, "极可能是两个人", "very probably two persons"),
)


def likelihood_in_words(weight: float, language: Language) -> str:
    """A match weight as a reader says it; words, for a figure such as 99.8 % ends the thinking.

    >>> likelihood_in_words(12, "en"), likelihood_in_words(0, "zh"), likelihood_in_words(-4, "en")
    ('very probably one person', '较可能是同一人，但把握不大', 'probably two persons')
    """
    chance = 1 / (1 + 2.0 ** -max(min(weight, 1000.0), -1000.0))
    return next((zh if language == "zh" else en) for least, zh, en in _LIKELIHOODS if chance >= least)


def steps_of(findings: Sequence[Finding], language: Language, labels: Mapping[str, str] | None = None) -> list[Step]:
    """The lines of an explanation.

    Args:
        findings: as `matching.explain` gives them.
        language: of the words.
        labels: names of the comparisons for readers; without one a comparison is named as in the model.
    """
    outcomes = {
        "agrees": ("一致", "agrees"),
        "close": ("相近", "close"),
        "differs": ("不同", "differs"),
        "missing": ("缺失", "missing"),
    }
    steps = []
    for item in findings:
        if item.comparison == "prior":
            found = _word("unlike", language) if item.weight < -_RARE else ""
            steps.append(Step(_word("start", language), item.weight, found, "start"))
        elif item.comparison == "frequency":
            found = _word("rare" if item.weight > 0 else "frequent", language)
            label = (labels or {}).get(item.comparison, _word("frequency", language))
            steps.append(Step(label, item.weight, found, "frequency"))
        elif item.comparison == "members":
            label = (labels or {}).get(item.comparison, _word("home", language))
            steps.append(Step(label, item.weight, _word("members", language), "members"))
        else:
            label = (labels or {}).get(item.comparison, item.comparison)
            implied = item.level == IMPLIED.name
            found = _word("implied", language) if implied else outcomes[item.outcome][language == "en"]
            steps.append(Step(label, item.weight, found))
    return steps


def waterfall(steps: Sequence[Step], drawing: Drawing) -> str:
    """The picture as one `svg` element.

    Raises:
        ValueError: a weight is not a number, or the key could not be part of an id.
    """
    if not all(isfinite(step.weight) for step in steps):
        raise ValueError("a weight of the waterfall is not finite")
    if not drawing.key.replace("-", "").isalnum() or not drawing.key.isascii():
        raise ValueError("the key of a waterfall is made of letters, digits and hyphens")
    ends = [0.0]
    for step in steps:
        ends.append(ends[-1] + step.weight)
    scale = _Scale(min(ends), max(ends))
    places = [scale.x(end) for end in ends]
    tops = [_TOP + _LINE * place for place in range(len(steps) + 1)]
    height = tops[-1] + (86 if drawing.closing else 66)
    key = drawing.key
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="waterfall" viewBox="0 0 {WIDTH} {height}" role="img"',
            f' aria-labelledby="{key}-title {key}-desc" font-family="sans-serif" font-size="13" fill="{_INK}">',
            f'<title id="{key}-title">{escape(drawing.title)}</title>',
            f'<desc id="{key}-desc">{escape(description(steps, drawing))}</desc>',
            _patterns(key),
            _frame(scale, tops[-1] + 38, drawing.language),
            *(_link(x, top) for x, top in zip(places[1:], tops, strict=False)),
            *(
                _line(step, tops[number], (places[number], places[number + 1]), drawing)
                for number, step in enumerate(steps)
            ),
            _total(scale, ends[-1], tops[-1], drawing),
            "</svg>",
        )
    )


def description(steps: Sequence[Step], drawing: Drawing) -> str:
    """The picture in words, line by line: all that it shows."""
    language = drawing.language
    told = []
    for step in steps:
        words = [word for word in (step.found, _side(step, language)) if word]
        if drawing.bits:
            words.append(_signed(step.weight))
        told.append(step.label + (_word("colon", language) + _word("comma", language).join(words) if words else ""))
    concluded = likelihood_in_words(sum(step.weight for step in steps), language)
    told.append(_word("total", language) + _word("colon", language) + concluded)
    if drawing.closing:
        told.append(drawing.closing)
    return _word("stop", language).join(told) + _word("stop", language).rstrip()


@dataclass(frozen=True)
class _Scale:
    """From bits to units across the picture."""

    low: float
    high: float

    def x(self, bits: float) -> float:
        # Both sides of the middle have room, and a pair about which little is known does not fill the picture.
        side = max(0.15 * (self.high - self.low), 2.0)
        low, high = min(self.low, -side), max(self.high, side)
        return round(_LEFT + 8 + (bits - low) / (high - low) * (_RIGHT - _LEFT - 16), 1)


def _frame(scale: _Scale, bottom: int, language: Language) -> str:
    middle, even = scale.x(0.0), _word("even", language)
    half = _length(even) / 2
    return (
        _text(_LEFT, 14, _word("apart", language), _PALE)
        + _text(_RIGHT, 14, _word("same", language), _PALE_END)
        + f'<path d="M{middle} 34V{bottom}" stroke="{_SOFT}" stroke-dasharray="3 3"/>'
        + _text(min(max(middle, _LEFT + half), _RIGHT - half), 30, even, f'{_PALE} text-anchor="middle"')
    )


def _link(x: float, top: int) -> str:
    """From the end of a bar to the beginning of the next."""
    return f'<path d="M{x} {top + _BAR_TOP + _BAR}V{top + _LINE + _BAR_TOP}" stroke="{_INK}" stroke-width=".8"/>'


def _line(step: Step, top: int, reach: tuple[float, float], drawing: Drawing) -> str:
    weight = _signed(step.weight) if drawing.bits else _side(step, drawing.language)
    room = _RIGHT - _LEFT - _length(weight) - _length(step.found) - 18
    label = _text(_LEFT, top + 12, _shortened(step.label, room), _STRONG, found=step.found)
    shape = _dot(reach[1], top) if step.part == "start" else _bar(step, top, reach, drawing.key)
    return label + _text(_RIGHT, top + 12, weight, _PALE_END) + shape


def _dot(x: float, top: int) -> str:
    return f'<circle cx="{x}" cy="{top + _BAR_TOP + _BAR / 2}" r="6" fill="{_INK}"/>'


def _bar(step: Step, top: int, reach: tuple[float, float], key: str) -> str:
    """An arrow from the former end to the new one; an empty ring where nothing moves."""
    begin, end = reach
    y = top + _BAR_TOP
    if abs(step.weight) < _STILL:
        return f'<circle cx="{end}" cy="{y + _BAR / 2}" r="4" fill="#fff" stroke="{_SOFT}" stroke-width="1.5"/>'
    onward = end > begin
    colour = _FOR if onward else _AGAINST
    fill = f"url(#{key}-dots-{'for' if onward else 'against'})" if step.part in _ADJUSTING else colour
    if step.part == "comparison" and not onward:
        fill = f"url(#{key}-stripes)"
    neck = round(end - min(_HEAD, abs(end - begin)) * (1 if onward else -1), 1)
    outline = f"M{begin} {y}H{neck}L{end} {y + _BAR / 2}L{neck} {y + _BAR}H{begin}Z"
    return f'<path d="{outline}" fill="{fill}" stroke="{colour}" stroke-width="1.4" stroke-linejoin="round"/>'


def _total(scale: _Scale, total: float, top: int, drawing: Drawing) -> str:
    x, y = scale.x(total), top + _BAR_TOP + _BAR / 2
    weight = _signed(total) if drawing.bits else ""
    return (
        f'<path d="M{_LEFT} {top}H{_RIGHT}" stroke="{_SOFT}"/>'
        f'<path d="M{scale.x(0.0)} {y}H{x}" stroke="{_INK}" stroke-width="4"/>'
        f'<path d="M{x - 8} {y}L{x} {y - 8}L{x + 8} {y}L{x} {y + 8}Z" fill="{_INK}"/>'
        + _text(_LEFT, top + 16, _word("total", drawing.language), _STRONG)
        + _text(_RIGHT, top + 16, weight, _PALE_END)
        + _text(_LEFT, top + 58, likelihood_in_words(total, drawing.language), _STRONG)
        + _text(_LEFT, top + 78, drawing.closing)
    )


def _patterns(key: str) -> str:
    """Fillings that differ without colour: stripes for disagreement, dots for how common the values are."""
    dots = "".join(
        f'<pattern id="{key}-dots-{side}" width="5" height="5" patternUnits="userSpaceOnUse">'
        f'<rect width="5" height="5" fill="#fff"/><circle cx="2.5" cy="2.5" r="1.5" fill="{colour}"/></pattern>'
        for side, colour in (("for", _FOR), ("against", _AGAINST))
    )
    return (
        f'<defs><pattern id="{key}-stripes" width="6" height="6" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/>'
        f'<rect width="2.4" height="6" fill="{_AGAINST}"/></pattern>{dots}</defs>'
    )


def _text(x: float, y: int, words: str, more: str = "", *, found: str = "") -> str:
    """Words with a white rim, so that lines behind them do not cross them; `more` are attributes, `found` follows."""
    if not words:
        return ""
    after = f'<tspan dx="6" font-weight="400" fill="{_SOFT}">{escape(found)}</tspan>' if found else ""
    return (
        f'<text x="{x}" y="{y}" stroke="#fff" stroke-width="4" stroke-linejoin="round" paint-order="stroke"{more}>'
        f"{escape(words)}{after}</text>"
    )


def _side(step: Step, language: Language) -> str:
    if step.part == "start":
        return ""
    if abs(step.weight) < _STILL:
        return _word("still", language)
    sides = ("more", "less") if step.part in _ADJUSTING else ("right", "left")
    return _word(sides[step.weight < 0], language)


def _word(key: str, language: Language) -> str:
    return _WORDS[key][language == "en"]


def _signed(weight: float) -> str:
    """A weight with its sign; a minus, not a hyphen, and no sign for what rounds to zero.

    >>> _signed(12.345), _signed(-0.5), _signed(-0.01)
    ('+12.3', '−0.5', '0.0')
    """
    rounded = round(weight, 1)
    return "0.0" if rounded == 0 else f"{rounded:+.1f}".replace("-", "−")


def _length(words: str) -> float:
    """About how many units words take: Han characters a full square, others about half of one."""
    return sum(13.0 if ord(character) > 0x2E7F else 6.9 for character in words)


def _shortened(words: str, room: float) -> str:
    """Words that fit; the whole of them is in the description.

    >>> _shortened("居住县（市、区）", 60), _shortened("sex", 60)
    ('居住县…', 'sex')
    """
    if _length(words) <= room:
        return words
    kept = words
    while kept and _length(kept) + 13 > room:
        kept = kept[:-1]
    return kept + "…"

"""Charts as SVG (图表): drawn here, so that they print, need no script, and say their numbers to who cannot see them.

Colours are classes of the style sheet; every bar has its number beside it, and no meaning rests on colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

__all__ = ["Bar", "Range", "Tile", "bars", "ranges", "tiles"]

_ROW, _ALL, _NUMBER, _TOLD = 30, 600, 120, 190


@dataclass(frozen=True)
class Bar:
    """One bar: label, length, what is written behind it, and the class that colours it."""

    label: str
    value: int
    told: str
    kind: str = "plain"


@dataclass(frozen=True)
class Tile:
    """One county of the grid.

    Attributes:
        label: Short name.
        told: What its tile says to who points at it, or cannot see it.
        number: Written into it.
        shade: 0 to 4, the darkest for what needs looking at.
        address: Where it leads.
    """

    label: str
    told: str
    number: str
    shade: int
    address: str


@dataclass(frozen=True)
class Range:
    """One estimate with its interval: label, low end, value, high end, and what is written beside it.

    All three are None where nothing is known.
    """

    label: str
    low: float | None
    value: float | None
    high: float | None
    told: str


def bars(rows: Sequence[Bar], title: str, label: int = 150, whole: int = 0) -> Markup:
    """Horizontal bars from one axis, the longest as wide as the chart.

    Args:
        rows: From top to bottom.
        title: What the chart shows, for who cannot see it.
        label: Width of the labels; the whole is 600.
        whole: Value of a bar as wide as the chart; of shares 100.
    """
    wide = _ALL - label - _NUMBER
    longest = whole or max((row.value for row in rows), default=0) or 1
    height = _ROW * len(rows) + 4
    parts = [f'<svg class="chart" viewBox="0 0 {_ALL} {height}" role="img" aria-label="{_alt(title, [f"{row.label} {row.told}" for row in rows])}">']  # fmt: skip
    for number, row in enumerate(rows):
        middle = _ROW * number + _ROW / 2 + 2
        length = max(wide * row.value / longest, 1.5 if row.value else 0)
        parts.append(
            f'<text class="label" x="{label - 10}" y="{middle + 5:.0f}" text-anchor="end">{escape(row.label)}</text>'
            f'<rect class="mark {row.kind}" x="{label}" y="{middle - 9:.0f}" width="{length:.1f}" height="18" rx="2"/>'
            f'<text class="value" x="{label + length + 8:.1f}" y="{middle + 5:.0f}">{escape(row.told)}</text>'
        )
    parts.append(f'<line class="axis" x1="{label}" x2="{label}" y1="0" y2="{height}"/></svg>')
    return Markup("".join(parts))  # noqa: S704  (our own markup, every text in it escaped)


def ranges(rows: Sequence[Range], title: str, label: int = 110, most: float | None = None) -> Markup:
    """Estimates as diamonds on lines as long as their intervals, all on one axis that begins at zero.

    Args:
        rows: From top to bottom, the whole before its parts.
        title: What the chart shows, for who cannot see it.
        label: Width of the labels; the whole is 600.
        most: Value at the right end; the largest of all where it is None.
    """
    wide = _ALL - label - _TOLD
    longest = most or max((row.high for row in rows if row.high is not None), default=0.0) or 1.0
    height = _ROW * len(rows) + 4
    parts = [f'<svg class="chart" viewBox="0 0 {_ALL} {height}" role="img" aria-label="{_alt(title, [f"{row.label} {row.told}" for row in rows])}">']  # fmt: skip
    for number, row in enumerate(rows):
        middle = _ROW * number + _ROW / 2 + 2
        kind = "label" if number else "label whole"
        parts.append(f'<text class="{kind}" x="{label - 10}" y="{middle + 5:.0f}" text-anchor="end">{escape(row.label)}</text>')  # fmt: skip
        if row.low is not None and row.value is not None and row.high is not None:
            low, value, high = (label + wide * min(end / longest, 1) for end in (row.low, row.value, row.high))
            parts.append(
                f'<path class="range" d="M{low:.1f} {middle - 6:.0f}v12M{low:.1f} {middle:.0f}H{high:.1f}M{high:.1f} {middle - 6:.0f}v12"/>'
                f'<path class="mark" d="M{value:.1f} {middle - 6:.0f}l6 6l-6 6l-6 -6z"/>'
            )
        parts.append(f'<text class="value" x="{_ALL - _TOLD + 10}" y="{middle + 5:.0f}">{escape(row.told)}</text>')
    parts.append(f'<line class="axis" x1="{label}" x2="{label}" y1="0" y2="{height}"/></svg>')
    return Markup("".join(parts))  # noqa: S704  (our own markup, every text in it escaped)


def tiles(groups: Sequence[tuple[str, Sequence[Tile]]], title: str, across: int = 10) -> Markup:
    """A grid of counties, prefecture by prefecture: no map, but each county is found where its name stands.

    Args:
        groups: Name of a prefecture and its counties.
        title: What the grid shows.
        across: Tiles in a row.
    """
    wide, high, head = 74, 46, 24
    parts, y = [], 0
    for name, counties in groups:
        parts.append(f'<text class="label" x="2" y="{y + 17}">{escape(name)}</text>')
        y += head
        for number, tile in enumerate(counties):
            x, row = number % across * wide, number // across * high
            parts.append(
                f'<a href="{escape(tile.address)}" aria-label="{escape(tile.told)}"><title>{escape(tile.told)}</title>'
                f'<rect class="tile-{tile.shade}" x="{x + 1}" y="{y + row}" width="{wide - 4}" height="{high - 4}" rx="4"/>'
                f'<text class="tile-name on-{tile.shade}" x="{x + wide / 2 - 1}" y="{y + row + 18}" text-anchor="middle">{escape(tile.label)}</text>'
                f'<text class="tile-number on-{tile.shade}" x="{x + wide / 2 - 1}" y="{y + row + 35}" text-anchor="middle">{escape(tile.number)}</text></a>'
            )
        y += -(-len(counties) // across) * high + 8
    return Markup(f'<svg class="chart tiles-chart" viewBox="0 0 {wide * across} {max(y, 1)}" role="group" aria-label="{escape(title)}">{"".join(parts)}</svg>')  # noqa: S704  # fmt: skip


def _alt(title: str, told: Sequence[str]) -> str:
    return str(escape(f"{title}: {'; '.join(told)}"))

"""Charts (图表): lists with bars or shades, so that they print, need no script, fit a phone, and are read out as they stand.

Colours are classes of the style sheet; every bar has its number beside it, and no meaning rests on colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

__all__ = ["Bar", "Range", "Tile", "TileGroup", "bars", "ranges", "tiles"]


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


@dataclass(frozen=True)
class TileGroup:
    """A prefecture of the grid: its name, where that leads (nowhere where empty), its counties."""

    name: str
    address: str
    tiles: Sequence[Tile]


def bars(rows: Sequence[Bar], title: str, whole: int = 0) -> Markup:
    """Horizontal bars from one axis, the longest as wide as there is room; on a phone they shrink and the words do not.

    Args:
        rows: From top to bottom.
        title: What the chart shows, for who cannot see it.
        whole: Value of a bar as wide as the chart; of shares 100. The longest where it is 0.
    """
    longest = whole or max((row.value for row in rows), default=0) or 1
    parts = []
    for row in rows:
        length = max(100 * row.value / longest, 0.5 if row.value else 0)
        parts.append(
            f'<li><span class="label">{escape(row.label)}</span>'
            '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect class="mark {row.kind}" width="{length:.1f}" height="10"/></svg>'
            f'<span class="value">{escape(row.told)}</span></li>'
        )
    return Markup(f'<ul class="bar-chart" aria-label="{escape(title)}">{"".join(parts)}</ul>')  # noqa: S704  (our own markup, every text in it escaped)


def ranges(rows: Sequence[Range], title: str, most: float | None = None) -> Markup:
    """Estimates as dots on lines as long as their intervals, all on one axis that begins at zero; drawn as `bars` are.

    Args:
        rows: From top to bottom, the whole before its parts.
        title: What the chart shows, for who cannot see it.
        most: Value at the right end; the largest of all where it is None.
    """
    longest = most or max((row.high for row in rows if row.high is not None), default=0.0) or 1.0
    parts = []
    for number, row in enumerate(rows):
        drawn = ""
        if row.low is not None and row.value is not None and row.high is not None:
            low, value, high = (100 * min(end / longest, 1) for end in (row.low, row.value, row.high))
            drawn = (
                f'<path class="range" d="M{low:.1f} 2v6M{low:.1f} 5H{high:.1f}M{high:.1f} 2v6"/>'
                f'<path class="point" d="M{value:.1f} 5h0"/>'
            )
        parts.append(
            f'<li><span class="label{"" if number else " whole"}">{escape(row.label)}</span>'
            f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>'
            f'<span class="value">{escape(row.told)}</span></li>'
        )
    return Markup(f'<ul class="bar-chart ranges" aria-label="{escape(title)}">{"".join(parts)}</ul>')  # noqa: S704  (our own markup, every text in it escaped)


def tiles(groups: Sequence[TileGroup], title: str) -> Markup:
    """A grid of counties, prefecture by prefecture: no map, but each county is found where its name stands.

    Args:
        groups: Prefectures with their counties.
        title: What the grid shows.
    """
    parts = []
    for group in groups:
        name = f'<a href="{escape(group.address)}">{escape(group.name)}</a>' if group.address else escape(group.name)
        parts.append(f'<h3 lang="zh-CN">{name}</h3><ul>')
        parts += [_tile(tile) for tile in group.tiles]
        parts.append("</ul>")
    return Markup(f'<div class="tiles-chart" role="group" aria-label="{escape(title)}">{"".join(parts)}</div>')  # noqa: S704  # fmt: skip


def _tile(tile: Tile) -> str:
    told = escape(tile.told)
    return (
        f'<li><a class="tile-{tile.shade}" href="{escape(tile.address)}" aria-label="{told}" title="{told}">'
        f'<span lang="zh-CN">{escape(tile.label)}</span><b>{escape(tile.number)}</b></a></li>'
    )

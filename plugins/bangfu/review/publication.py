"""What a list changes, told to who approves of it (发布审批): counts by area, never a person."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.reference import divisions
from schemas.screening_lists import SCREENING_LISTS

__all__ = ["Table", "publication_tables"]

Table = tuple[tuple[str, ...], Sequence[tuple[Any, ...]]]
"""Headers and rows."""

_CHANGES = (
    ("new", "新增 new"),
    ("renewed", "证据有变 with other evidence"),
    ("unchanged", "不变 unchanged"),
    ("withdrawn", "不再列入 no longer listed"),
)


def publication_tables(figures: Mapping[str, Any]) -> list[Table]:
    """Tables of the figures of `bangfu.db.publications.figures_of`: what changes, prefectures, counties, other lists."""
    former = figures["former"]
    before = f"上一版 v{former} before" if former else "上一版 before"
    tables: list[Table] = [
        (
            ("与上一版相比 against the list before", "线索 clues"),
            [(label, figures["clues"][code]) for code, label in _CHANGES],
        ),
        (
            ("州市 prefecture", "本版 now", before, "增减 change"),
            [_line(row) for row in figures["prefectures"]],
        ),
    ]
    if figures["counties"]:
        tables.append(
            (
                ("变动最大的县 counties that change most", "本版 now", before, "增减 change"),
                [_line(row) for row in figures["counties"]],
            )
        )
    entries = [(SCREENING_LISTS[code].zh, number) for code, number in figures["entries"].items()]
    tables.append((("其他清单 other lists", "条目 entries"), entries))
    return tables


def _line(row: Mapping[str, Any]) -> tuple[str, int, int, str]:
    area = divisions().get(str(row["area"]).ljust(6, "0"))
    change = row["now"] - row["before"]
    return (area.short_name if area else str(row["area"]), row["now"], row["before"], f"{change:+d}" if change else "0")

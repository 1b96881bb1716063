"""What the report shows of a profile (报告内容): shares and labels in reading order, ready for the template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bangfu.profiling.drift import valid_share
from bangfu.profiling.labels import code_order, label_of
from bangfu.profiling.shapes import Shape, shape_of
from bangfu.profiling.small_counts import FEW, hides
from schemas.fields import FIELDS
from schemas.sources import SOURCES
from schemas.vocabulary import SMALL_COUNT, small_counts_hidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bangfu.profiling.drift import Drift
    from bangfu.profiling.labels import Label
    from bangfu.profiling.profile import FieldProfile, Profile, Repetition

__all__ = ["Bar", "Card", "Column", "cards", "columns", "repetitions"]

_MOST_BARS = 10


@dataclass(frozen=True)
class Bar:
    """One value: its rows and share in this extract, and its share in the previous one.

    Attributes:
        zh, en: Name of the value.
        rows: Rows in this extract; values, not rows, in a card of repetitions; None where too few to be told.
        now: Share of the card's total.
        before: The same in the previous extract; None where there is none, or too few to be told.
    """

    zh: str
    en: str
    rows: int | None
    now: float
    before: float | None


@dataclass(frozen=True)
class Card:
    """The distribution of one field.

    Attributes:
        name: The field.
        zh, en: Its names.
        total: Rows with a value.
        bars: Its values.
        note: What else must be said, in both languages.
    """

    name: str
    zh: str
    en: str
    total: int
    bars: tuple[Bar, ...]
    note: Label = ("", "")


@dataclass(frozen=True)
class Column:
    """One line of the table of columns.

    Attributes:
        field: What was counted.
        zh, en: Names of the field.
        now, before: Fill rates; `before` is None without a previous extract.
        over: Whether a finding about the field stops the extract.
        notes: What else is worth knowing, in both languages.
    """

    field: FieldProfile
    zh: str
    en: str
    now: float
    before: float | None
    over: bool
    notes: tuple[Label, ...]

    @property
    def absent(self) -> bool:
        """Whether neither this extract nor the previous one has anything of the field."""
        return not (self.field.given or self.now or self.before)


def columns(profile: Profile, before: Profile | None, drift: Drift) -> list[Column]:
    """The fields with values, and those the source asks for and nobody sent (`absent`), in declared order."""
    earlier = before.by_name if before else {}
    over = {finding.field for finding in drift.findings if finding.over}
    source = SOURCES[profile.source]
    asked = {
        column.field for column in (*source.columns, *(source.member_blocks.columns if source.member_blocks else ()))
    }
    made = []
    for field in profile.fields:
        then = earlier.get(field.name)
        share = then.filled / before.accepted if before and then and before.accepted else None
        names = FIELDS[field.name]
        now = field.filled / profile.accepted if profile.accepted else 0.0
        made.append(Column(field, names.zh, names.en, now, share, field.name in over, tuple(_notes(field))))
    return [column for column in made if column.field.name in asked or not column.absent]


def _notes(field: FieldProfile) -> Iterator[Label]:
    if 0 < field.filled < SMALL_COUNT and small_counts_hidden(FIELDS[field.name].sensitivity):
        yield f"少于 {SMALL_COUNT} 行，不列出分布", f"fewer than {SMALL_COUNT} rows: no distribution"
    if set(field.counts) == {FEW} and shape_of(FIELDS[field.name]) is Shape.DATE:
        yield f"各月不足 {SMALL_COUNT} 个，不画出", f"fewer than {SMALL_COUNT} a month: not drawn"
    if field.unreadable:
        yield f"{field.unreadable:,} 格无法识别，已留空", f"{field.unreadable:,} cells unreadable, left empty"
    if field.filled and not field.given:
        yield "本批没有此列，由其他列补出", "no such column: filled from others"
    if field.filled and shape_of(FIELDS[field.name]) is Shape.IDENTITY:
        valid, every = valid_share(field)
        yield f"{valid / every:.1%} 校验有效", f"{valid / every:.1%} valid"
    if field.repetition and field.filled:
        zh, en = ("", "") if field.repetition.exact else ("约", "about ")
        distinct = f"{field.repetition.distinct:,}"
        yield f"{zh} {distinct} 个不同的值".lstrip(), f"{en}{distinct} different"
        if field.repetition.repeated and shape_of(FIELDS[field.name]) is not Shape.TEXT:
            repeated = f"{field.repetition.repeated:,}"
            yield f"{zh} {repeated} 个不止一行".lstrip(), f"{en}{repeated} of them in several rows"


def cards(profile: Profile, before: Profile | None, shapes: Iterable[Shape]) -> list[Card]:
    """The distributions of the fields of some shapes, those without any value left out."""
    wanted, earlier = set(shapes), before.by_name if before else {}
    made = []
    for field in profile.fields:
        then = earlier.get(field.name)
        counts, others = field.counts, then.counts if then else {}
        if shape_of(FIELDS[field.name]) in wanted and (counts or others):
            names = FIELDS[field.name]
            bars = _bars(field.name, counts, others if before else None)
            made.append(Card(field.name, names.zh, names.en, sum(counts.values()), bars))
    return made


def _bars(name: str, now: Mapping[str, int], before: Mapping[str, int] | None) -> tuple[Bar, ...]:
    """The values with the most rows now or before, in their natural order; the others together at the end."""
    rows, others = sum(now.values()), sum((before or {}).values())
    largest = sorted(
        {*now, *(before or {})} - {FEW},
        key=lambda code: (-max(_part(now, code, rows), _part(before, code, others)), code),
    )
    kept, rest = largest[:_MOST_BARS], largest[_MOST_BARS:]
    few = [FEW] if FEW in now or FEW in (before or {}) else []
    bars = [
        Bar(
            *label_of(name, code),
            None if hides(now, code) else now.get(code, 0),
            _part(now, code, rows),
            _part(before, code, others) if before and others and not hides(before, code) else None,
        )
        for code in [*_ordered(name, kept, now), *few]
    ]
    if rest:
        count = sum(now.get(code, 0) for code in rest)
        then = sum(_part(before, code, others) for code in rest) if others else None
        more = Bar(f"其余 {len(rest)} 种", f"{len(rest)} others", count, count / rows if rows else 0.0, then)
        bars.insert(len(kept), more)
    return tuple(bars)


def _part(counts: Mapping[str, int] | None, code: str, total: int) -> float:
    return counts.get(code, 0) / total if counts and total else 0.0


def _ordered(name: str, codes: Sequence[str], now: Mapping[str, int]) -> list[str]:
    """Numbers by size, divisions and ethnic groups by rows, other values as their list has them."""
    shape = shape_of(FIELDS[name])
    if shape is Shape.NUMBER:
        return sorted(codes, key=_number)
    if shape is Shape.PLACE or name == "ethnic_group":
        return sorted(codes, key=lambda code: (-now.get(code, 0), code))
    places = {code: place for place, code in enumerate(code_order(name))}
    return sorted(codes, key=lambda code: (places.get(code, len(places)), code))


def _number(code: str) -> int:
    return int(code.rstrip("+"))


def repetitions(profile: Profile, before: Profile | None) -> list[Card]:
    """How often identity numbers, phones and identifiers stand; that organisations repeat is no news."""
    earlier = before.by_name if before else {}
    made = []
    for field in profile.fields:
        told = field.repetition
        if told is None or not told.distinct or shape_of(FIELDS[field.name]) is Shape.TEXT:
            continue
        then = earlier[field.name].repetition if field.name in earlier else None
        names = FIELDS[field.name]
        note = ("", "") if told.exact else ("按样本估计，误差约 1%", "estimated, error about 1 %")
        made.append(Card(field.name, names.zh, names.en, told.distinct, _times(told, then), note))
    return made


def _times(told: Repetition, then: Repetition | None) -> tuple[Bar, ...]:
    total, others = max(1, sum(told.times.values())), sum(then.times.values()) if then else 0
    keys = sorted({*told.times, *(then.times if then else ())}, key=_number)
    return tuple(
        Bar(
            f"{key.replace('+', '')} 行{'及以上' if '+' in key else ''}",
            f"{key} row{'' if key == '1' else 's'}",
            told.times.get(key, 0),
            told.times.get(key, 0) / total,
            then.times.get(key, 0) / others if then and others else None,
        )
        for key in keys
    )

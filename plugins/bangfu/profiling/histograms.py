"""Dates over time as the report draws them (日期分布)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bangfu.profiling.shapes import Shape, birth_dates, plausible_days, shape_of
from bangfu.profiling.small_counts import FEW
from schemas.fields import FIELDS
from schemas.vocabulary import SMALL_COUNT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bangfu.profiling.labels import Label
    from bangfu.profiling.profile import FieldProfile, Profile

__all__ = ["Histogram", "histograms"]

_YEARS_TOGETHER = 5
_MOST_MONTHS = 36


@dataclass(frozen=True)
class Histogram:
    """Dates of one field over time.

    Attributes:
        name: The field.
        zh, en: Its names.
        total: Dates.
        labels: Name of each bin, in order.
        now: Share of each bin, of the dates within plausible days.
        before: The same of the previous extract; empty where there is none.
        notes: What is odd, in both languages.
    """

    name: str
    zh: str
    en: str
    total: int
    labels: tuple[str, ...]
    now: tuple[float, ...]
    before: tuple[float, ...]
    notes: tuple[Label, ...]

    @property
    def bins(self) -> tuple[tuple[float, float], ...]:
        """Each bin's shares now and before as parts of the largest share, the height of the picture."""
        top = max(*self.now, *self.before, 1e-9)
        return tuple((share / top, then / top) for share, then in zip(self.now, self.before or self.now, strict=True))

    @property
    def peak(self) -> int:
        """Position of the largest bin of this extract."""
        return max(range(len(self.now)), key=lambda place: self.now[place])


def histograms(profile: Profile, before: Profile | None) -> list[Histogram]:
    """The dates of every date field: birth dates by five years, others by month, or by year over a long time."""
    earlier = before.by_name if before else {}
    made = []
    for field in profile.fields:
        if shape_of(FIELDS[field.name]) is not Shape.DATE or not field.counts:
            continue
        first, last = (day.isoformat()[:7] for day in plausible_days(field.name, profile.received_on))
        then = earlier.get(field.name)
        inside = _within(field.counts, first, last)
        others = _within(then.counts, first, last) if then else {}
        if not inside:
            continue
        bins = _bins({*inside, *others}, birth=birth_dates(field.name))
        names = FIELDS[field.name]
        made.append(
            Histogram(
                field.name,
                names.zh,
                names.en,
                sum(field.counts.values()),
                tuple(label for label, _ in bins),
                _shares(inside, bins),
                _shares(others, bins) if others else (),
                tuple(_odd_dates(field)),
            )
        )
    return made


def _within(counts: Mapping[str, int], first: str, last: str) -> dict[str, int]:
    told = {key: number for key, number in counts.items() if key != FEW}
    return {key: number for key, number in told.items() if first[: len(key)] <= key <= last[: len(key)]}


def _bins(keys: set[str], *, birth: bool) -> list[tuple[str, tuple[str, ...]]]:
    """Bins without gaps over the time of the keys: their labels, and the beginnings of the keys they hold."""
    years = range(min(int(key[:4]) for key in keys), max(int(key[:4]) for key in keys) + 1)
    if birth:
        starts = range(years[0] - years[0] % _YEARS_TOGETHER, years[-1] + 1, _YEARS_TOGETHER)
        return [
            (f"{start}–{start + _YEARS_TOGETHER - 1}", tuple(str(start + i) for i in range(_YEARS_TOGETHER)))
            for start in starts
        ]
    months = [f"{year}-{month:02d}" for year in years for month in range(1, 13)]
    months = [month for month in months if min(keys) <= month <= max(keys)]
    return [(key, (key,)) for key in (months if len(months) <= _MOST_MONTHS else map(str, years))]


def _shares(counts: Mapping[str, int], bins: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[float, ...]:
    total = max(1, sum(counts.values()))
    return tuple(sum(number for key, number in counts.items() if key.startswith(starts)) / total for _, starts in bins)


def _odd_dates(field: FieldProfile) -> Iterator[Label]:
    if FEW in field.counts:
        few = f"{field.counts[FEW]:,}"
        yield f"另有 {few} 个分散在不足 {SMALL_COUNT} 个的月份，不画出", f"{few} more in months of few dates, not drawn"
    if field.outside:
        share = field.outside / field.filled
        yield f"{field.outside:,} 个（{share:.1%}）不合常理", f"{field.outside:,} ({share:.1%}) implausible"
    if field.new_year and not birth_dates(field.name):
        share = field.new_year / field.filled
        yield f"1 月 1 日 {share:.1%}", f"{share:.1%} on 1 January"
    if field.coarse:
        share = field.coarse / field.filled
        yield f"只知年或年月（含 1 月 1 日）{share:.1%}", f"{share:.1%} by year or month only, or 1 January"

"""How an extract differs from the sender's previous one (与上一批的差异), and whether a person must approve it.

A difference stops an extract when it is both large (beyond the source's `DriftLimits`) and more than chance. Chance is
kept below 1 % per measure: with m comparisons of a measure, such as one fill rate per column, each must be less likely
than 0.01 / m (C. Bonferroni's bound). See `bangfu.profiling.chance` for the tests.

Rows of sensitive values that are too few to be told (`bangfu.profiling.small_counts`) never stop an extract: they are
taken to be what the other extract shows, as far as that is possible.

Seasonality is not modelled: a list that grows every January differs from December's, and a person says that this is as
it should be.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bangfu.profiling import sentences
from bangfu.profiling.chance import chance_of_count, chance_of_distance, chance_of_share, chance_of_shares, distance
from bangfu.profiling.shapes import Shape, shape_of
from bangfu.profiling.small_counts import levelled
from schemas.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bangfu.profiling.profile import FieldProfile, Profile
    from schemas.source import DriftLimits

__all__ = ["CHANCE", "Drift", "Finding", "Measure", "drift", "valid_share"]

CHANCE = 0.01
"""Probability per measure with which chance alone may stop an extract."""


class Measure(StrEnum):
    """What is compared, in the order in which findings are told."""

    COLUMN_GONE = "column_gone"
    COLUMN_NEW = "column_new"
    ROWS = "rows"
    REJECTED = "rejected"
    VALIDITY = "validity"
    FILL = "fill"
    CODES = "codes"
    HEADERS = "headers"


_ROUNDING = 1e-9
_RANK = {measure: rank for rank, measure in enumerate(Measure)}
_DISTRIBUTED = frozenset({Shape.CODE, Shape.PLACE, Shape.AMOUNT})
_VALIDATED = ("id_number", "phone")


@dataclass(frozen=True)
class Finding:
    """One difference worth telling.

    Attributes:
        measure: What differs.
        field: Of which field; None for the extract as a whole.
        before: The measure in the previous extract; None where there is none, and for distributions.
        now: The measure in this extract.
        change: How much it changed, in the unit of its limit.
        limit: How much it may change.
        chance: Probability that chance alone makes so large a change.
        over: Whether it stops the extract: beyond the limit and more than chance.
        zh, en: The finding as a sentence.
    """

    measure: Measure
    field: str | None
    before: float | None
    now: float
    change: float
    limit: float | None
    chance: float | None
    over: bool
    zh: str
    en: str

    @property
    def large(self) -> bool:
        """Whether it changed beyond its limit; a change of exactly the limit has not."""
        return self.limit is not None and _beyond(self.change, self.limit)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Finding:
        """The inverse of `dataclasses.asdict` and JSON."""
        return cls(**{**told, "measure": Measure(told["measure"])})


@dataclass(frozen=True)
class Drift:
    """What differs from the sender's previous extract.

    Attributes:
        first: Whether there is no previous extract to compare with.
        compared: How many comparisons were made.
        findings: What differs beyond a limit, and which columns came and went; what stops the extract is first.
    """

    first: bool
    compared: int
    findings: tuple[Finding, ...]

    @property
    def stops(self) -> bool:
        """Whether a person must approve the extract."""
        return any(finding.over for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """As plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Drift:
        """The inverse of `to_json`, also after a way through JSON text."""
        return cls(**{**told, "findings": tuple(Finding.from_json(item) for item in told["findings"])})


def drift(now: Profile, before: Profile | None, limits: DriftLimits) -> Drift:
    """Compare an extract with the same sender's previous one.

    Args:
        now: Its profile.
        before: The previous one's; None for the first extract of a sender, which only the limit of refused rows holds.
        limits: Of the source.

    Raises:
        ValueError: The profiles are of different sources.
    """
    if before is not None and before.source != now.source:
        raise ValueError(f"a profile of {now.source} cannot be compared with one of {before.source}")
    made = [*_whole(now, before, limits), *(_fields(now, before, limits) if before else ())]
    compared = sum(finding.measure is not Measure.HEADERS for finding in made)
    per_measure = {measure: sum(_family(item) is measure for item in made) for measure in Measure}
    judged = [_judged(finding, per_measure[_family(finding)]) for finding in made]
    told = [finding for finding in judged if finding.over or _worth_telling(finding)]
    told.sort(key=lambda finding: (not finding.over, _RANK[finding.measure], -abs(finding.change)))
    return Drift(before is None, compared, tuple(told))


def valid_share(field: FieldProfile) -> tuple[int, int]:
    """Valid values and all values given of a field: identity numbers by their form, others by being readable."""
    if shape_of(FIELDS[field.name]) is Shape.IDENTITY:
        return field.counts.get("full", 0) + field.counts.get("expanded15", 0), field.filled
    return field.filled, field.filled + field.unreadable


def _beyond(change: float, limit: float) -> bool:
    return abs(change) > limit + _ROUNDING


def _family(finding: Finding) -> Measure:
    """The measure among whose comparisons a finding is one: columns come and go as fill rates change."""
    return Measure.FILL if finding.measure in {Measure.COLUMN_GONE, Measure.COLUMN_NEW} else finding.measure


def _judged(finding: Finding, comparisons: int) -> Finding:
    """A finding with its verdict: large and more than chance."""
    if finding.chance is None or not finding.large:
        return finding
    if finding.chance < CHANCE / comparisons:
        return replace(finding, over=True)
    zh, en = sentences.by_chance(finding.chance)
    return replace(finding, zh=finding.zh + zh, en=finding.en + en)


def _worth_telling(finding: Finding) -> bool:
    return finding.large or finding.measure in {Measure.COLUMN_GONE, Measure.COLUMN_NEW, Measure.HEADERS}


def _whole(now: Profile, before: Profile | None, limits: DriftLimits) -> Iterator[Finding]:
    """Rows read, rows refused, headers."""
    rows = now.reading.rows
    if not now.rows_in:
        yield Finding(Measure.ROWS, None, None, 0, -1, None, None, True, *sentences.no_rows())
    elif before and before.reading.rows:
        earlier = before.reading.rows
        told = sentences.rows_changed(earlier, rows, limits.rows)
        change, chance = (rows - earlier) / earlier, chance_of_count(rows, earlier)
        yield Finding(Measure.ROWS, None, earlier, rows, change, limits.rows, chance, False, *told)
    if now.rows_in:
        share, chance = now.rejected / now.rows_in, chance_of_share(now.rejected, now.rows_in, limits.rejected)
        then = before.rejected / before.rows_in if before and before.rows_in else None
        told, nothing_left = sentences.rejected(now, limits.rejected), not now.accepted
        yield Finding(Measure.REJECTED, None, then, share, share, limits.rejected, chance, nothing_left, *told)
    if before and (headers := _new_headers(now, before)):
        hidden = max(0, now.reading.hidden_headers - before.reading.hidden_headers)
        told = sentences.headers_new(headers, hidden)
        yield Finding(Measure.HEADERS, None, 0, len(headers), len(headers), None, None, False, *told)


def _new_headers(now: Profile, before: Profile) -> list[str]:
    return [header for header in now.reading.unlisted if header not in before.reading.unlisted]


def _fields(now: Profile, before: Profile, limits: DriftLimits) -> Iterator[Finding]:
    if not now.accepted or not before.accepted:
        return
    earlier = before.by_name
    for field in now.fields:
        then = earlier.get(field.name)
        if then is None or not (field.filled or then.filled):
            continue
        yield _fill(now, field, (before, then), limits)
        if field.name in _VALIDATED:
            yield from _validity(field, then, limits)
        if shape_of(FIELDS[field.name]) in _DISTRIBUTED and field.counts and then.counts:
            yield _distribution(field, then, limits)


def _fill(now: Profile, field: FieldProfile, before: tuple[Profile, FieldProfile], limits: DriftLimits) -> Finding:
    earlier, then = before
    shares = then.filled / earlier.accepted, field.filled / now.accepted
    change = shares[1] - shares[0]
    chance = chance_of_shares((field.filled, now.accepted), (then.filled, earlier.accepted))
    large = _beyond(change, limits.fill)
    measure, told = Measure.FILL, sentences.share_changed(sentences.fill_of(field.name), *shares, limits.fill)
    if then.given and then.filled and (not field.given or (large and not field.filled)):
        measure = Measure.COLUMN_GONE
    elif field.given and field.filled and (not then.given or (large and not then.filled)):
        measure, told = Measure.COLUMN_NEW, sentences.column_new(field, shares[1])
    if measure is Measure.COLUMN_GONE:
        told = sentences.column_gone(then, field, shares, _new_headers(now, earlier))
    return Finding(measure, field.name, *shares, change, limits.fill, chance, False, *told)


def _validity(field: FieldProfile, then: FieldProfile, limits: DriftLimits) -> Iterator[Finding]:
    now, before = valid_share(field), valid_share(then)
    if now[1] and before[1]:
        shares = before[0] / before[1], now[0] / now[1]
        told = sentences.share_changed(sentences.validity_of(field.name), *shares, limits.validity)
        chance, change = chance_of_shares(now, before), shares[1] - shares[0]
        yield Finding(Measure.VALIDITY, field.name, *shares, change, limits.validity, chance, False, *told)


def _distribution(field: FieldProfile, then: FieldProfile, limits: DriftLimits) -> Finding:
    counts = levelled(field.counts, then.counts)
    apart = distance(*counts)
    chance = chance_of_distance(*counts) if _beyond(apart, limits.codes) else None
    told = sentences.codes_changed(field.name, then.counts, field.counts, apart, limits.codes)
    return Finding(Measure.CODES, field.name, None, apart, apart, limits.codes, chance, False, *told)

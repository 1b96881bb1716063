"""What one column looks like (列概貌): how full, how distinct, and which share of its values fits a pattern.

Measured on a sample of rows, so that a table of millions is looked at as quickly as one of thousands.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import plain_text, strings, text_column
from matching.scoring import Floats

SAMPLE = 20_000
"""Rows that are looked at."""


@dataclass(frozen=True)
class Profile:
    """One column of one table.

    `values` are the distinct texts of the sample with case, width and accents unified, `shares` their shares of
    the filled rows; `filled` is the share of filled rows; `rows` the sample's size.
    """

    header: str
    rows: int
    filled: float
    values: tuple[str, ...]
    shares: Floats

    @property
    def distinct(self) -> int:
        """Distinct values in the sample."""
        return len(self.values)

    @property
    def distinct_share(self) -> float:
        """Distinct values per filled row; 0 for an empty column."""
        filled = self.filled * self.rows
        return self.distinct / filled if filled else 0.0

    @cached_property
    def agreement(self) -> float:
        """Chance that two random filled rows hold the same value."""
        return float((self.shares**2).sum())

    @property
    def top(self) -> float:
        """Share of the commonest value."""
        return float(self.shares.max(initial=0.0))

    @cached_property
    def words(self) -> str:
        """The header as lower-case words: `BirthYear`, `birth_year` and `birth-year` are all `birth year`."""
        split = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[a-zA-Z])(?=\d)", " ", self.header)
        return " ".join(re.findall(r"[^\W_]+", split.lower()))

    def share(self, pattern: str) -> float:
        """Share of the filled rows whose whole value matches a regular expression (RE2)."""
        if not self.values:
            return 0.0
        fits = pc.match_substring_regex(pa.array(self.values, pa.string()), f"^(?:{pattern})$")
        return float(self.shares[fits.to_numpy(zero_copy_only=False)].sum())

    def share_of(self, test: Callable[[str], bool]) -> float:
        """Share of the filled rows whose value passes a test."""
        return float(sum(share for value, share in zip(self.values, self.shares.tolist(), strict=True) if test(value)))

    def share_in(self, known: Collection[str]) -> float:
        """Share of the filled rows whose value is one of the known ones."""
        return self.share_of(lambda value: value in known)

    @cached_property
    def numbers(self) -> Floats:
        """The distinct values that are numbers; nan for the others, in the order of `values`."""
        return np.array([float(value) if _NUMBER.fullmatch(value) else np.nan for value in self.values])

    @cached_property
    def mean(self) -> float:
        """Mean of the values that are numbers; nan where there is none."""
        known = ~np.isnan(self.numbers)
        weight = self.shares[known].sum()
        return float((self.numbers[known] * self.shares[known]).sum() / weight) if weight else float("nan")

    @cached_property
    def spread(self) -> float:
        """Standard deviation of the values that are numbers; nan where there is none."""
        known = ~np.isnan(self.numbers)
        weight = self.shares[known].sum()
        if not weight:
            return float("nan")
        return float(np.sqrt((self.shares[known] * (self.numbers[known] - self.mean) ** 2).sum() / weight))


_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d+)?")


def profiles(table: pa.Table, seed: int = 0) -> dict[str, Profile]:
    """The profile of every column by its header, on the same sample of rows; fixed by the seed."""
    chosen = sample(table, seed)
    return {header: _profile(header, chosen) for header in table.column_names}


def sample(table: pa.Table, seed: int = 0, most: int = SAMPLE) -> pa.Table:
    """At most so many rows, in their order."""
    if len(table) <= most:
        return table
    rows = np.random.default_rng(seed).choice(len(table), most, replace=False)
    return table.take(pa.array(np.sort(rows)))


def _profile(header: str, table: pa.Table) -> Profile:
    try:
        texts = text_column(table, header).drop_null()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return Profile(header, len(table), 0.0, (), np.empty(0))
    counted = pc.value_counts(texts)
    values: dict[str, int] = {}
    written = strings(plain_text(counted.field("values")))
    for value, count in zip(written, counted.field("counts").to_pylist(), strict=True):
        if value.strip():
            values[value.strip()] = values.get(value.strip(), 0) + count
    values = dict(sorted(values.items()))
    counts = np.array(list(values.values()), dtype=np.float64)
    total = counts.sum()
    return Profile(
        header,
        len(table),
        float(total / len(table)) if len(table) else 0.0,
        tuple(values),
        counts / total if total else counts,
    )

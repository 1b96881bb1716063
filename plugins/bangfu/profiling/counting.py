"""Counting an extract batch by batch (逐批计数): only counts are kept, so memory does not grow with its rows."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from bangfu.profiling.profile import FieldProfile, Profile, Reading, shown_header
from bangfu.profiling.repetition import RepeatedValues
from bangfu.profiling.shapes import (
    AMOUNT_BANDS,
    LENGTH_BANDS,
    NUMBER_TOP,
    Shape,
    birth_dates,
    plausible_days,
    profiled_fields,
    shape_of,
)
from bangfu.profiling.small_counts import few_together
from matching.standardise.identity import VALID_FORMS
from schemas.fields import FIELDS
from schemas.records import ID_FORMS, LATEST
from schemas.reference import divisions
from schemas.vocabulary import CODE_LISTS, small_counts_hidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from schemas.fields import Field
    from schemas.source import Source

__all__ = ["OTHER", "Profiler"]

OTHER = "other_value"
"""Stands for every value outside the closed list of its field, which is counted but never kept."""

_EPOCH = dt.date(1970, 1, 1)
_FIRST_DAY = (dt.date(1900, 1, 1) - _EPOCH).days
_DAYS = (LATEST - _EPOCH).days - _FIRST_DAY + 1
_LONGEST = int(LENGTH_BANDS[-1].floor)
_REPEATED = frozenset({Shape.IDENTITY, Shape.PHONE, Shape.REFERENCE, Shape.CREDIT_CODE})
_REPEATED_TEXTS = frozenset({"employer", "union_name"})


class Profiler:
    """Counts the standardised batches of one extract.

    >>> from schemas.sources import SOURCES
    >>> Profiler(SOURCES["union_roster"]).rows
    0
    """

    def __init__(self, source: Source) -> None:
        """Nothing is counted yet."""
        self._source = source
        self._fields = profiled_fields(source)
        self._shapes = {field.name: shape_of(field) for field in self._fields}
        self._known = {field.name: known for field in source.fields if (known := _closed_list(field))}
        self._accepted = self._rejected = 0
        self._rejects: Counter[str] = Counter()
        self._rejects_at: Counter[str] = Counter()
        self._filled: Counter[str] = Counter()
        self._unreadable: Counter[str] = Counter()
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._numbers: dict[str, npt.NDArray[np.int64]] = {}
        self._coarse = 0
        self._repeated = {field.name: RepeatedValues() for field in self._fields if self._repeats(field.name)}

    @property
    def rows(self) -> int:
        """Rows counted so far, accepted and rejected."""
        return self._accepted + self._rejected

    def add(self, accepted: pl.DataFrame, rejected: pl.DataFrame, defects: Mapping[str, int]) -> None:
        """Count one batch.

        Args:
            accepted: Rows with the declared fields of the source.
            rejected: Refused rows, with the columns of `matching.standardise.frame.REJECTED_SCHEMA`.
            defects: Unreadable values of the accepted rows, by field.
        """
        self._accepted += accepted.height
        self._rejected += rejected.height
        self._unreadable.update(defects)
        for code, at, number in rejected.group_by("code", "field").len().iter_rows():
            self._rejects[code] += number
            if at is not None:
                self._rejects_at[f"{code}/{at}"] += number
        for name, empty in zip(accepted.columns, accepted.null_count().row(0), strict=True):
            self._filled[name] += accepted.height - empty
        full = accepted.select(name for name in accepted.columns if accepted[name].null_count() < accepted.height)
        if full.height:
            self._count_listed(full)
            self._count_phones(full)
            self._count_numbers(full)
            self._count_repetition(full)

    def profile(self, report: Mapping[str, Any], received_on: dt.date) -> Profile:
        """What was counted.

        Args:
            report: The reader's account of the file in its JSON form (`ReadReport.to_json()`).
            received_on: Day of receipt; no birth, treatment or payment is plausible after it.
        """
        headers: dict[str, str] = {}
        for sheet in report["sheets"]:
            for name, header in sheet["columns"].items():
                headers.setdefault(name.partition("[")[0], header)
        return Profile(
            source=self._source.code,
            received_on=received_on,
            accepted=self._accepted,
            rejected=self._rejected,
            rejects=dict(sorted(self._rejects.items())),
            rejects_at=dict(sorted(self._rejects_at.items())),
            fields=tuple(self._field(field.name, headers, received_on) for field in self._fields),
            reading=Reading.of(report),
        )

    def _repeats(self, name: str) -> bool:
        return self._shapes[name] in _REPEATED or name in _REPEATED_TEXTS

    def _named(self, full: pl.DataFrame, *shapes: Shape) -> list[str]:
        return [name for name in full.columns if self._shapes.get(name) in shapes]

    def _count_listed(self, full: pl.DataFrame) -> None:
        names = [name for name in full.columns if name in self._known]
        counted = full.select(pl.col(name).value_counts(name="rows").implode() for name in names)
        for name in names:
            target, known = self._counts[name], self._known[name]
            for pair in counted[name].item():
                code = pair[name]
                if code is not None:
                    target[code if code in known else OTHER] += pair["rows"]

    def _count_phones(self, full: pl.DataFrame) -> None:
        for name in self._named(full, Shape.PHONE):
            area = pl.col(name).str.starts_with("0")
            mobile = (pl.col(name).str.len_bytes() == 11) & ~area
            counted = full.select(mobile.sum().alias("mobile"), area.sum().alias("landline")).row(0, named=True)
            rest = full.height - full[name].null_count() - sum(counted.values())
            self._counts[name].update({**counted, "local_landline": rest})

    def _count_numbers(self, full: pl.DataFrame) -> None:
        """Days, bands, small numbers and lengths: whole numbers from 0, counted in an array each."""
        sizes = {Shape.DATE: _DAYS, Shape.AMOUNT: len(AMOUNT_BANDS), Shape.NUMBER: NUMBER_TOP + 1}
        sizes[Shape.TEXT] = _LONGEST + 1
        names = self._named(full, *sizes)
        numbers = full.select(_as_number(name, self._shapes[name]) for name in names)
        for name in names:
            size = sizes[self._shapes[name]]
            values = numbers[name].drop_nulls().to_numpy()
            if self._shapes[name] is Shape.AMOUNT:
                values = np.searchsorted([band.floor for band in AMOUNT_BANDS], values, side="right") - 1
            counted = np.bincount(np.clip(values, 0, size - 1), minlength=size)
            self._numbers[name] = self._numbers.get(name, 0) + counted
        if "birth_precision" in full.columns:
            self._coarse += int(full["birth_precision"].ne("day").sum())

    def _count_repetition(self, full: pl.DataFrame) -> None:
        names = [name for name in full.columns if name in self._repeated]
        valid = pl.col("id_form").is_in(VALID_FORMS)
        digests = full.select(
            pl.when(valid if name == "id_number" else pl.col(name).is_not_null()).then(pl.col(name).hash()).alias(name)
            for name in names
        )
        for name in names:
            self._repeated[name].add(digests[name].drop_nulls().to_numpy())

    def _field(self, name: str, headers: Mapping[str, str], received_on: dt.date) -> FieldProfile:
        shape, header = self._shapes[name], headers.get(name)
        counts: Mapping[str, int] = self._counts["id_form" if shape is Shape.IDENTITY else name]
        outside = new_year = 0
        numbers = self._numbers.get(name)
        if numbers is not None:
            if shape is Shape.DATE:
                outside, new_year = _odd_days(numbers, *plausible_days(name, received_on))
            counts = _counted(numbers, shape, by_year=birth_dates(name))
        counts = {code: number for code, number in sorted(counts.items()) if number}
        repeated = self._repeated.get(name)
        return FieldProfile(
            name=name,
            given=header is not None,
            header=shown_header(header) if header else None,
            filled=self._filled[name],
            unreadable=self._unreadable[name],
            counts=few_together(counts) if small_counts_hidden(FIELDS[name].sensitivity) else counts,
            outside=outside,
            new_year=new_year,
            coarse=self._coarse if birth_dates(name) else 0,
            repetition=repeated.repetition() if repeated else None,
        )


def _closed_list(field: Field) -> frozenset[str]:
    """The codes that may be kept of a field; none for a field without a closed list."""
    kind, _, code_list = field.standardiser.partition(":")
    if kind == "code":
        return frozenset(code.code for code in CODE_LISTS[code_list].codes)
    if shape_of(field) is Shape.PLACE:
        return frozenset(divisions())
    return frozenset(ID_FORMS) if field.name == "id_form" else frozenset()


def _as_number(name: str, shape: Shape) -> pl.Expr:
    if shape is Shape.DATE:
        return pl.col(name).to_physical() - _FIRST_DAY
    if shape is Shape.AMOUNT:
        return pl.col(name).cast(pl.Float64)
    return pl.col(name) if shape is Shape.NUMBER else pl.col(name).str.len_chars().cast(pl.Int64)


def _odd_days(days: npt.NDArray[np.int64], first: dt.date, last: dt.date) -> tuple[int, int]:
    """Dates outside the plausible days, and dates on the first day of a year."""
    start, end = (first - _EPOCH).days - _FIRST_DAY, (last - _EPOCH).days - _FIRST_DAY
    inside = days[max(0, start) : end + 1].sum()
    dates = np.arange(_FIRST_DAY, _FIRST_DAY + _DAYS).astype("datetime64[D]")
    new_year = days[dates == dates.astype("datetime64[Y]")].sum()
    return int(days.sum() - inside), int(new_year)


def _counted(numbers: npt.NDArray[np.int64], shape: Shape, *, by_year: bool) -> dict[str, int]:
    """Counts in an array under the names of a profile."""
    present = np.flatnonzero(numbers)
    if shape is Shape.DATE:
        days = (present + _FIRST_DAY).astype("datetime64[D]").astype("datetime64[Y]" if by_year else "datetime64[M]")
        codes: Iterable[str] = days.astype(str).tolist()
    elif shape is Shape.AMOUNT:
        codes = [AMOUNT_BANDS[place].code for place in present]
    elif shape is Shape.NUMBER:
        codes = [f"{NUMBER_TOP}+" if place == NUMBER_TOP else str(place) for place in present]
    else:
        floors = [band.floor for band in LENGTH_BANDS]
        codes = [LENGTH_BANDS[max(0, int(np.searchsorted(floors, place, "right")) - 1)].code for place in present]
    total: Counter[str] = Counter()
    for code, number in zip(codes, numbers[present], strict=True):
        total[str(code)] += int(number)
    return dict(total)

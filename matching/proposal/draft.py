"""The comparisons of a proposed model: which columns are read, some of them composed, how, and what implies what."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import text_column
from matching.errors import LinkError
from matching.levels import MAX_COMPARISONS, levels_of
from matching.model import Comparison, Frequency, Implication
from matching.proposal.composed import composed
from matching.proposal.profiles import sample
from matching.proposal.recognition import Column, Recognition

NEARLY_CONSTANT = 0.9
"""Chance of agreement from which a column tells nobody apart."""

WIDE_SAMPLE = 200_000
"""Rows on which it is measured whether one column follows from another."""

_KINDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "identity_number": ("identity_number", {}),
    "document": ("damerau", {"cutoffs": [1, 2]}),
    "email": ("text", {"cutoffs": [0.95, 0.85]}),
    "phone": ("phone", {}),
    "chinese_name": ("chinese_name", {}),
    "given_name": ("given_name", {}),
    "middle_name": ("text", {}),
    "surname": ("text", {}),
    "full_name": ("text", {}),
    "former_name": ("text", {}),
    "name_suffix": ("exact", {}),
    "birth_date": ("date", {}),
    "date": ("date", {}),
    "birth_year": ("numeric", {"cutoffs": [1.0, 2.0, 5.0]}),
    "year": ("numeric", {"cutoffs": [1.0, 2.0, 5.0]}),
    "birth_month": ("exact", {}),
    "birth_day": ("exact", {}),
    "age": ("numeric", {"cutoffs": [1.0, 2.0, 5.0]}),
    "sex": ("exact", {}),
    "credit_code": ("exact", {}),
    "employer": ("text", {"cutoffs": [0.9]}),
    "division_code": ("place", {}),
    "address": ("text", {"cutoffs": [0.92, 0.8]}),
    "house_number": ("exact", {}),
    "unit_number": ("exact", {}),
    "street": ("text", {"cutoffs": [0.92, 0.8]}),
    "postcode": ("damerau", {"cutoffs": [1]}),
    "place": ("text", {"cutoffs": [0.92, 0.8]}),
    "state": ("exact", {}),
    "birth_place": ("text", {"cutoffs": [0.92, 0.8]}),
    "occupation": ("text", {"cutoffs": [0.9]}),
    "relation": ("exact", {}),
    "ethnic_group": ("exact", {}),
    "household": ("exact", {}),
    "number": ("numeric", {"cutoffs": [0.05], "unit": "relative"}),
    "category": ("exact", {}),
    "text": ("text", {"cutoffs": [0.92, 0.8]}),
}
"""How each meaning is compared; what is not here is not compared."""

_NOT_COMPARED = {
    "free_text": "long text is not compared",
    "title": "a form of address changes and follows from sex",
    "empty": "it holds no value",
    "constant": "it holds one value throughout, so it tells nobody apart",
}


_SHARED = dict.fromkeys(
    ("surname", "phone", "address", "household", "street", "house_number", "unit_number", "postcode", "place"), 1.0
) | {"identity_number": 0.005, "email": 0.05}
"""How often the members of a household agree on it where a person agrees with himself."""


class Draft:
    """The model on its way: columns to be read, comparisons, and what is to be told."""

    def __init__(self, found: Recognition, left: pa.Table, right: pa.Table | None, seed: int) -> None:
        self.found, self.left, self.right, self.seed = found, left, right, seed
        self.comparisons: list[Comparison] = []
        self.notes: list[str] = []
        self.column: dict[str, Column] = {item.name: item for item in found.columns if item.usable}
        self.read: dict[str, str] = {name: name for name in self.column}
        """Canonical name or role -> column to read, composed where that reads better."""
        self.formal: str | None = None
        """Column of given names without short forms, for blocking."""

    def has(self, role: str) -> bool:
        """Whether a role has a column and is compared."""
        return role in self.read

    def add(self, role: str, column: str) -> None:
        """Read a role from a composed column."""
        self.left = _appended(self.left, column, 0)
        self.right = None if self.right is None else _appended(self.right, column, 1)
        self.read[role] = column

    @property
    def sides(self) -> tuple[pa.Table, pa.Table]:
        """Both tables; one table twice where duplicates are looked for."""
        return self.left, self.left if self.right is None else self.right

    # -- composed columns

    def compose(self) -> None:
        """Columns that read better than those the tables have."""
        self._names()
        self._births()
        if self.has("house_number") and self.has("street"):
            self.add("home", "joined(house_number, street)")
        elif self.has("address"):
            self.read["home"] = "address"

    def _names(self) -> None:
        if self.has("full_name") and not self.has("given_name"):
            self.add("given_name", "first_word(full_name)")
            if not self.has("surname"):
                self.add("surname", "last_word(full_name)")
            self.notes.append("the full name is compared by its first and its last word")
            self.read.pop("full_name")
        if self.has("given_name"):
            self.formal = self.read["given_name"]
            if self.formal == "given_name":
                self.formal = "formal(given_name)"
                self.left = _appended(self.left, self.formal, 0)
                self.right = None if self.right is None else _appended(self.right, self.formal, 1)
        if self.has("middle_name") and self._mean_length("middle_name") < 2:
            self.add("middle_name", "initial(middle_name)")

    def _births(self) -> None:
        if self.has("birth_date"):
            if any(_month_first(table, "birth_date") for table in self.sides):
                self.add("birth_date", "month_first(birth_date)")
            for part in ("birth_year", "birth_month", "birth_day"):
                if self.has(part):
                    self.notes.append(f"column '{self._header(part)}' is not compared: the date of birth says it")
                    self.read.pop(part)
        elif all(self.has(part) for part in ("birth_year", "birth_month", "birth_day")):
            self.add("birth_date", "date(birth_year, birth_month, birth_day)")
            for part in ("birth_year", "birth_month", "birth_day"):
                self.read.pop(part)
        if self.has("age"):
            gap = 0 if self.right is None else _age_gap(self.left, self.right, self.read)
            if gap is None:
                self.notes.append(
                    "ages are compared as they stand: too few sure pairs say how many years lie between the files"
                )
            elif gap:
                self.notes.append(f"ages in the right table are taken to be {gap} years later than in the left one")
            self.add("age", f"aged(age, 0, {gap or 0})")

    def _mean_length(self, role: str) -> float:
        lengths = [
            pc.mean(pc.utf8_length(text_column(sample(table, self.seed), self.read[role]))).as_py()
            for table in self.sides
        ]
        return min((length for length in lengths if length is not None), default=0.0)

    def _header(self, name: str) -> str:
        item = self.column[name]
        return item.left or item.right or name

    # -- comparisons

    def compare(self) -> None:
        """One comparison per column that tells people apart."""
        for item in self.found.columns:
            if reason := self._unused(item):
                self.notes.append(f"column '{item.left or item.right}' is not compared: {reason}")
                self.read.pop(item.name, None) if item.usable else None
        within = {"former_name"} if self.has("chinese_name") else set()
        roles = [
            name
            for name in self.read
            if name not in within and (name not in ("house_number", "street") or not self.has("home"))
        ]
        order = {name: place for place, name in enumerate(_KINDS)}
        wanted = sorted(roles, key=lambda role: order.get(self.meaning(role), 99))
        self.comparisons = [self._comparison(role) for role in wanted if not (role == "address" and self.has("home"))]
        if len(self.comparisons) > MAX_COMPARISONS:
            ranked = sorted(self.comparisons, key=lambda item: self.telling(item.name), reverse=True)
            for least in ranked[MAX_COMPARISONS:]:
                self.notes.append(
                    f"'{least.name}' is not compared: a model takes {MAX_COMPARISONS} comparisons, and it tells least"
                )
            kept = {item.name for item in ranked[:MAX_COMPARISONS]}
            self.comparisons = [item for item in self.comparisons if item.name in kept]
        if not self.comparisons:
            raise LinkError("no column tells people apart: none is filled on both sides, alike there, and varies")

    def _unused(self, item: Column) -> str | None:
        if item.meaning in _NOT_COMPARED:
            return _NOT_COMPARED[item.meaning]
        if item.meaning == "repeats":
            return item.evidence
        if not item.usable:
            return "only one table has such a column"
        if item.name in self.read and item.agreement > NEARLY_CONSTANT:
            return f"{item.agreement:.0%} of random pairs agree on it, so it tells nobody apart"
        if item.meaning not in _KINDS:
            return "it tells nobody apart"
        return None

    def meaning(self, role: str) -> str:
        return "address" if role == "home" else self.column[role].meaning if role in self.column else role

    def telling(self, role: str) -> float:
        """Bits that agreement on it is worth on average, over all records."""
        item = self.column.get(role)
        if item is None:
            return 99.0
        return -float(np.log2(max(item.agreement, 1e-6))) * item.filled

    def _comparison(self, role: str) -> Comparison:
        meaning = self.meaning(role)
        kind, options = _KINDS[meaning]
        columns: tuple[str, ...] = (self.read[role],)
        if role == "middle_name" and self.read[role].startswith("initial("):
            kind, options = "exact", {}
        if role == "given_name" and self.has("surname") and self.has("birth_date"):
            columns = (self.read[role], self.read["surname"])
        if role == "chinese_name" and self.has("former_name"):
            columns = (self.read[role], "former_name")
        if meaning == "address" and self._chinese(self.read[role]):
            kind, options = "address", {}
        levels = levels_of(kind, options)
        skewed = kind in ("text", "given_name", "exact", "chinese_name", "damerau") and levels[0].outcome == "agrees"
        return Comparison(role, kind, columns, options, frequency=Frequency(columns[0]) if skewed else None)

    def _chinese(self, column: str) -> bool:
        texts = text_column(sample(self.left, self.seed), column).drop_null()
        return bool(len(texts)) and pc.mean(pc.match_substring_regex(texts, r"\p{Han}").cast(pa.int8())).as_py() > 0.5

    # -- what one comparison says of another

    def imply(self) -> None:
        """Mark what is implied, as a town by its postcode, and what the members of a household share."""
        by_name = {item.name: item for item in self.comparisons}
        homes = [name for name in ("home", "household") if name in by_name]
        places = [
            item.name
            for item in self.comparisons
            if self.meaning(item.name)
            in ("street", "postcode", "place", "state", "division_code", "unit_number", "house_number")
        ]
        places.sort(key=lambda name: self.column[name].agreement)
        implied: dict[str, list[Implication]] = {}
        for position, name in enumerate(places):
            for other in [*homes, *places[:position]]:
                if self._follows(name, other):
                    implied.setdefault(name, []).append(_nearly(by_name[other]))
        if "birth_date" in by_name:
            for name in ("age", "birth_year"):
                if name in by_name:
                    implied.setdefault(name, []).append(_nearly(by_name["birth_date"]))
        if "identity_number" in by_name:
            for name in ("birth_date", "sex", "age", "birth_year"):
                if name in by_name:
                    levels = ("exact", "nearly_complete", "one_slip", "same_birth_sex_region")
                    implied.setdefault(name, []).append(Implication("identity_number", levels))
        self.comparisons = [
            replace(
                item, neutral_when=tuple(implied.get(item.name, ())), shared=_SHARED.get(self.meaning(item.name), 0.0)
            )
            for item in self.comparisons
        ]

    def _follows(self, name: str, other: str) -> bool:
        """Whether records that agree on `other` mostly agree on `name`, far more often than any two do."""
        table = sample(self.left, self.seed, WIDE_SAMPLE)
        codes = [
            text_column(table, self.read[role]).dictionary_encode().indices.fill_null(-1) for role in (name, other)
        ]
        values, groups = (np.asarray(side.to_numpy(zero_copy_only=False), dtype=np.int64) for side in codes)
        known = (values >= 0) & (groups >= 0)
        in_group = np.bincount(groups[known], minlength=1)
        cells, in_cell = np.unique(groups[known] * (values.max(initial=0) + 1) + values[known], return_counts=True)
        group_of_cell = cells // (values.max(initial=0) + 1)
        alike = np.bincount(group_of_cell, in_cell * (in_cell - 1.0), minlength=len(in_group))
        several = in_group > 1
        # Each group counts by its records, not by its pairs: one giant group must not speak for all.
        share = alike[several] / (in_group[several] * (in_group[several] - 1.0))
        weight = in_group[several] - 1
        return bool(weight.sum() >= 20 and (share * weight).sum() > 0.5 * weight.sum())


def _nearly(comparison: Comparison) -> Implication:
    return Implication(comparison.name, tuple(level.name for level in comparison.levels if level.outcome != "differs"))


def _appended(table: pa.Table, column: str, side: int) -> pa.Table:
    return table if column in table.column_names else table.append_column(column, composed(table, column, side))


def _month_first(table: pa.Table, column: str) -> bool:
    """Whether dates are written 07/25/1962: no first number is above 12, and second ones are."""
    texts = text_column(sample(table), column).drop_null()
    parts = pc.extract_regex(texts, r"^(?P<a>\d{1,2})[-/. ](?P<b>\d{1,2})[-/. ]\d{4}").drop_null()
    if len(parts) < 0.5 * len(texts) or not len(parts):
        return False
    first, second = (np.asarray(pc.struct_field(parts, name).cast(pa.int64())) for name in ("a", "b"))
    return float((first > 12).mean()) < 0.1 * float((second > 12).mean())


def _age_gap(left: pa.Table, right: pa.Table, read: Mapping[str, str]) -> int | None:
    """Years that persons are older in the right table: the commonest difference among names that are unique on each side."""
    names = [
        read[role]
        for role in ("given_name", "surname", "middle_name", "chinese_name", "sex", "birth_date")
        if role in read
    ]
    if not names:
        return None
    ages = []
    for table in (left, right):
        rows: dict[tuple[object, ...], int | None] = {}
        columns = [text_column(table, name).to_pylist() for name in names]
        for age, *key in zip(text_column(table, read["age"]).to_pylist(), *columns, strict=True):
            if age and None not in key and age.removesuffix(".0").isdecimal():
                known = tuple(str(part).lower() for part in key)
                rows[known] = None if known in rows else int(age.removesuffix(".0"))
        ages.append(rows)
    apart = [
        after - before
        for key, before in ages[0].items()
        if before is not None and (after := ages[1].get(key)) is not None
    ]
    if len(apart) < 20:
        return None
    values, counts = np.unique(apart, return_counts=True)
    best = int(values[np.argmax(counts)])
    near = sum(abs(gap - best) <= 1 for gap in apart)
    return best if near > 0.4 * len(apart) else None

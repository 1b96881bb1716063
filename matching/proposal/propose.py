"""A linkage model for tables nobody has configured (自动建模): from what their columns are to comparisons and blocking.

    proposal = propose(left, right)
    result = link(proposal.left, proposal.right, proposal.model, assignment="one_to_one")

Every column that tells people apart is compared, or a note says why not. Parameters are left to be estimated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import text_column
from matching.errors import LinkError
from matching.keys import columns_of
from matching.levels import MAX_COMPARISONS, levels_of
from matching.model import Blocking, Comparison, Conflict, Frequency, Implication, Model, Rule
from matching.proposal.composed import composed, parts_of
from matching.proposal.meanings import MEANINGS
from matching.proposal.profiles import sample
from matching.proposal.recognition import Column, Recognition, recognise
from matching.proposal.rule_planning import PlannedRule, plan_rules, without_implied

NEARLY_CONSTANT = 0.9
"""Chance of agreement from which a column tells nobody apart."""

WIDE_SAMPLE = 200_000
"""Rows on which it is measured whether one column follows from another."""

LARGEST_BLOCK = 1_000_000
"""Pairs of one block: a person with a thousand records makes half as many, and the budget bounds the whole."""

PURE = 0.3
"""Share of a rule's pairs beyond chance from which it is taken to hold matches, or families."""

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


@dataclass(frozen=True)
class Proposal:
    """A model for two tables, and the tables as it reads them.

    Attributes:
        model: comparisons, rules and threshold; parameters null.
        left: the left table under the model's column names, with composed columns and the record id.
        right: likewise; None for one table.
        left_id: header of the record id, or None where rows were numbered.
        right_id: likewise.
        recognition: what each column is, and why.
        rules: the rules with their estimated pairs.
        unreached: share of the records, of the worse side, for which no rule has a key.
        notes: what is not used, what is assumed, and why.
    """

    model: Model
    left: pa.Table
    right: pa.Table | None
    left_id: str | None
    right_id: str | None
    recognition: Recognition
    rules: tuple[PlannedRule, ...]
    unreached: float
    notes: tuple[str, ...]

    def compared(self) -> list[tuple[Comparison, tuple[Column, ...], str]]:
        """Each comparison with the recognised columns it reads and their meaning in words."""
        by_name = {item.name: item for item in self.recognition.columns if item.usable}
        found = []
        for comparison in self.model.comparisons:
            parts = dict.fromkeys(part for column in comparison.columns for part in parts_of(column))
            columns = tuple(by_name[part] for part in parts)
            words = " and ".join(
                dict.fromkeys(f"{MEANINGS[item.meaning].en} ({MEANINGS[item.meaning].zh})" for item in columns)
            )
            found.append((comparison, columns, words))
        return found


def propose(left: pa.Table, right: pa.Table | None = None, *, id_column: str | None = None, seed: int = 0) -> Proposal:
    """Propose a model.

    Args:
        left: any table.
        right: the other table; None finds duplicates in `left`.
        id_column: name of the record id in both; None: one is looked for, else rows are numbered.
        seed: fixes the samples that are looked at.

    Raises:
        LinkError: a side is empty, the id column is not there, or no column tells people apart.
    """
    for side, table in (("left table", left), ("right table", right)):
        if table is not None:
            _check(table, side, id_column)
    found = recognise(left, right, id_column=id_column, seed=seed)
    a = _canonical(left, found, 0)
    b = None if right is None else _canonical(right, found, 1)
    draft = _Draft(found, a, b, seed)
    draft.compose()
    draft.compare()
    draft.imply()
    rules, unreached, given_up = plan_rules(draft.left, draft.right, draft.wishes(), draft.narrowing(), seed)
    if not rules:
        raise LinkError("no column, nor any two together, divides the records into blocks; add a model with --model")
    rules = without_implied(draft.trained(rules))
    model = Model(
        name="proposed",
        comparisons=tuple(draft.comparisons),
        blocking=Blocking(tuple(item.rule for item in rules), refine=draft.narrowing(), max_block_pairs=LARGEST_BLOCK),
        description="Proposed from what the columns are; parameters are estimated from the data.",
        conflicts=(Conflict("identity_number", "identity_number"),) if draft.has("identity_number") else (),
        aliases=_aliases(found),
    )
    return Proposal(
        model,
        draft.left,
        draft.right,
        found.left_id,
        found.right_id,
        found,
        rules,
        unreached,
        (*draft.notes, *_shortened(given_up), *_ambiguous(found)),
    )


def _check(table: pa.Table, side: str, id_column: str | None) -> None:
    """Refuse a table that cannot be linked, whatever the model."""
    if not len(table):
        raise LinkError(f"the {side} has no rows")
    if id_column is None:
        return
    if id_column not in table.column_names:
        raise LinkError(f"the {side} has no id column '{id_column}'; its columns: {', '.join(table.column_names)}")
    ids = table[id_column]
    if ids.null_count:
        raise LinkError(f"{ids.null_count} row(s) of the {side} have no '{id_column}'")
    if repeated := len(ids) - pc.count_distinct(ids).as_py():
        raise LinkError(f"'{id_column}' is repeated {repeated} time(s) in the {side}; ids must be unique")


def record_ids(table: pa.Table, header: str | None) -> pa.ChunkedArray:
    """The record ids of a table: its id column, or the numbers of its rows from 1."""
    return table[header] if header is not None else pa.chunked_array([pa.array(np.arange(1, len(table) + 1))])


def _canonical(table: pa.Table, found: Recognition, side: int) -> pa.Table:
    """The usable columns under their canonical names, beside the record id as `record_id`."""
    header_id = (found.left_id, found.right_id)[side]
    columns = {"record_id": record_ids(table, header_id)}
    for item in found.columns:
        header = (item.left, item.right)[side]
        if item.usable and header is not None:
            columns[item.name] = table[header]
    return pa.table(columns)


def _aliases(found: Recognition) -> Mapping[str, tuple[str, ...]]:
    return {
        item.name: others
        for item in found.columns
        if item.usable
        and (others := tuple(dict.fromkeys(name for name in (item.left, item.right) if name and name != item.name)))
    }


def _shortened(notes: Sequence[str]) -> list[str]:
    """Of many notes on rules the first, with the number of the others."""
    if len(notes) <= 3:
        return list(notes)
    return [*notes[:2], f"{len(notes) - 2} further rules are left out, since they would make too many pairs"]


def _ambiguous(found: Recognition) -> tuple[str, ...]:
    """Headers under which the two tables keep different things: a model cannot tell them apart by name."""
    meant: dict[str, set[str]] = {}
    for item in found.columns:
        for header in {item.left, item.right} - {None}:
            meant.setdefault(str(header).lower(), set()).add(item.name)
        if item.usable:
            meant.setdefault(item.name, set()).add(item.name)
    doubtful = sorted(header for header, names in meant.items() if len(names) > 1)
    if not doubtful:
        return ()
    return (
        f"to use the written model again, rename first: {', '.join(doubtful)} mean different things in the two files",
    )


class _Draft:
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
        wanted = sorted(roles, key=lambda role: order.get(self._meaning(role), 99))
        self.comparisons = [self._comparison(role) for role in wanted if not (role == "address" and self.has("home"))]
        if len(self.comparisons) > MAX_COMPARISONS:
            ranked = sorted(self.comparisons, key=lambda item: self._telling(item.name), reverse=True)
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

    def _meaning(self, role: str) -> str:
        return "address" if role == "home" else self.column[role].meaning if role in self.column else role

    def _telling(self, role: str) -> float:
        """Bits that agreement on it is worth on average, over all records."""
        item = self.column.get(role)
        if item is None:
            return 99.0
        return -float(np.log2(max(item.agreement, 1e-6))) * item.filled

    def _comparison(self, role: str) -> Comparison:
        meaning = self._meaning(role)
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
        """Mark what is implied: who lives at one address shares its street, postcode and mostly the surname."""
        by_name = {item.name: item for item in self.comparisons}
        homes = [name for name in ("home", "household") if name in by_name]
        places = [
            item.name
            for item in self.comparisons
            if self._meaning(item.name)
            in ("street", "postcode", "place", "state", "division_code", "unit_number", "house_number")
        ]
        places.sort(key=lambda name: self.column[name].agreement)
        implied: dict[str, list[Implication]] = {}
        for position, name in enumerate(places):
            for other in [*homes, *places[:position]]:
                if self._follows(name, other):
                    implied.setdefault(name, []).append(_nearly(by_name[other]))
        for home in homes:
            for name in ("surname", "phone", "chinese_name"):
                if name in by_name and name != "chinese_name":
                    implied.setdefault(name, []).append(_exactly(by_name[home]))
        if "birth_date" in by_name:
            for name in ("age", "birth_year"):
                if name in by_name:
                    implied.setdefault(name, []).append(_nearly(by_name["birth_date"]))
        if "identity_number" in by_name:
            for name in ("birth_date", "sex", "age", "birth_year"):
                if name in by_name:
                    levels = ("exact", "nearly_complete", "one_slip", "same_birth_sex_region")
                    implied.setdefault(name, []).append(Implication("identity_number", levels))
        self.comparisons = [replace(item, neutral_when=tuple(implied.get(item.name, ()))) for item in self.comparisons]

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

    # -- blocking

    def key(self, role: str, derive: str) -> str | None:
        """A blocking key, or None where the role has no column."""
        if role not in self.read or (role in self.column and self.column[role].filled < 0.05):
            return None
        return self.read[role] + (f":{derive}" if derive else "")

    def wishes(self) -> list[tuple[str, ...]]:
        """Rules one would like, the telling ones first; what a table lacks drops out."""
        wanted: list[tuple[str, ...]] = []

        def wish(*keys: str | None) -> None:
            if keys and all(key is not None for key in keys):
                wanted.append(tuple(key for key in keys if key is not None))

        documents = [item.name for item in self.found.columns if item.name in self.read and item.facet == "document"]
        for role in documents:
            wish(self.key(role, "plain"))
        wish(self.key("phone", "digits_last7"))
        day, year = self.key("birth_date", "day"), self._year()
        given, surname = self.key("given_name", "plain"), self.key("surname", "plain")
        given_sound = f"{self.formal}:soundex" if self.formal else None
        surname_sound = self.key("surname", "soundex")
        whole, whole_sound = self.key("chinese_name", "folded"), self.key("chinese_name", "sound")
        family_sound = self.key("chinese_name", "surname_sound")
        home = self.key("home", "plain")
        spots = [self.key(name, "plain") for name in self._by_facet("address") if name not in ("household",)]
        origins = [self.key(name, "plain") for name in ("birth_place",)]
        wish(day)
        wish(given, surname)
        wish(whole)
        wish(whole, year)
        wish(whole_sound, year)
        wish(day, family_sound)
        wish(given, year)
        wish(surname, year)
        middle, sex = self.key("middle_name", "first1"), self.key("sex", "plain")
        wish(surname, middle, sex)
        wish(given, middle, sex)
        wish(given_sound, surname_sound)
        wish(given_sound, year)
        wish(surname_sound, year)
        for spot in [*origins, *spots]:
            wish(given, spot)
            wish(surname, spot)
            wish(whole, spot)
            wish(family_sound, spot, year)
            wish(spot, year)
            wish(given_sound, spot)
            wish(surname_sound, spot)
        wish(self.key("identity_number", "first6"), self.key("identity_number", "last4"))
        wish(home)
        wish(surname)
        wish(given)
        wish(whole_sound)
        wish(self.key("surname", "first4"), self.key("given_name", "first1"))
        wish(self.key("given_name", "first4"), self.key("surname", "first1"))
        wish(surname_sound)
        wish(given_sound)
        for spot in [*spots, *origins]:
            wish(spot)
        others = [self.key(name, "plain") for name in sorted(self.read, key=self._telling, reverse=True)
                  if self._meaning(name) in ("text", "category", "occupation", "employer", "household", "number", "former_name")]  # fmt: skip
        for position, first in enumerate(others[:6]):
            wish(first)
            for second in others[:position]:
                wish(first, second)
        return wanted

    def trained(self, rules: Sequence[PlannedRule]) -> tuple[PlannedRule, ...]:
        """The rules, those marked within which m is estimated: those that come nearest to holding matches only.

        Every comparison is to vary freely in two of them. Rules whose pairs are mostly strangers serve only where two
        comparisons that do not hang together vary, by which matches can be told; rules that hold families come last.
        """
        free = [self._free(item.rule) for item in rules]
        order = sorted(
            range(len(rules)),
            key=lambda place: (self._familial(rules[place].rule), rules[place].purity < PURE, place),
        )
        learnt = dict.fromkeys((item.name for item in self.comparisons), 0)
        marked = set()
        for place in order:
            item = rules[place]
            telling = {self._group(name) for name in free[place]} - self._groups_of(item.rule)
            wanted = [
                name
                for name in free[place]
                if learnt[name] < (0.5 if self._familial(item.rule) or item.purity < PURE else 2)
            ]
            misled = item.purity < 0.9 and self._misleads(item.rule, free[place])
            if (
                not self._hides(item.rule)
                and not misled
                and wanted
                and len(telling) >= (1 if item.purity >= PURE else 2)
            ):
                marked.add(place)
                for name in free[place]:
                    if self._group(name) in telling:
                        learnt[name] += 1
        return tuple(replace(item, rule=replace(item.rule, train=place in marked)) for place, item in enumerate(rules))

    def _free(self, rule: Rule) -> set[str]:
        """Comparisons that read nothing a rule's keys read."""
        held = {part for key in rule.keys for column in columns_of(key) for part in parts_of(column)}
        return {
            item.name
            for item in self.comparisons
            if not held.intersection(part for column in item.columns for part in parts_of(column))
        }

    def _group(self, role: str) -> str:
        """Comparisons of one group hang together, so they count once."""
        meaning = self._meaning(role)
        if meaning in ("birth_date", "birth_year", "age"):
            return "birth"
        return "address" if MEANINGS[meaning].facet == "address" else role

    def _hides(self, rule: Rule) -> bool:
        """Whether a rule's keys bind a comparison under another column, which estimation would take to be free."""
        keyed = {column for key in rule.keys for column in columns_of(key)}
        held = {part for column in keyed for part in parts_of(column)}
        return any(
            held.intersection(part for column in item.columns for part in parts_of(column))
            and not keyed & set(item.columns)
            for item in self.comparisons
        )

    def _misleads(self, rule: Rule, free: set[str]) -> bool:
        """Whether strangers in its blocks agree on a free comparison more than strangers do: on the postcode in one town."""
        keyed = {column for key in rule.keys for column in columns_of(key)}
        held = {item.name for item in self.comparisons if keyed & set(item.columns)}
        groups = self._groups_of(rule)
        return any(
            self._group(item.name) in groups and not held & {implied.comparison for implied in item.neutral_when}
            for item in self.comparisons
            if item.name in free
        )

    def _groups_of(self, rule: Rule) -> set[str]:
        parts = {part for key in rule.keys for column in columns_of(key) for part in parts_of(column)}
        return {self._group(part) for part in parts}

    def _familial(self, rule: Rule) -> bool:
        """Whether a rule's blocks hold families: it reads an address or telephone, and no given name or date of birth; or

        the surname alone, where homes are known.
        """
        parts = {part for key in rule.keys for column in columns_of(key) for part in parts_of(column)}
        meanings = {self.column[part].meaning for part in parts if part in self.column}
        if meanings == {"surname"} and self.has("home"):
            return True
        shared = any(MEANINGS[meaning].facet in ("address", "contact", "life", "other") for meaning in meanings)
        return shared and not meanings & {
            "given_name",
            "full_name",
            "chinese_name",
            "birth_date",
            "identity_number",
            "document",
            "email",
        }

    def narrowing(self) -> tuple[str, ...]:
        """Keys that narrow a rule or divide a large block, the lasting ones first."""
        keys = [
            self._year(),
            self.key("sex", "plain"),
            self.key("given_name", "first1"),
            self.key("middle_name", "first1"),
            self.key("surname", "first1"),
            self.key("birth_place", "plain"),
            *(self.key(name, "plain") for name in self._by_facet("address")),
        ]
        return tuple(dict.fromkeys(key for key in keys if key is not None))

    def _year(self) -> str | None:
        return self.key("birth_date", "year") or self.key("birth_year", "plain") or self.key("age", "plain")

    def _by_facet(self, facet: str) -> list[str]:
        """Columns of a facet that are read, the most telling first."""
        names = [item.name for item in self.found.columns if item.facet == facet and item.name in self.read]
        names = [
            name for name in names if name not in ("house_number", "unit_number") and self.column[name].agreement < 0.5
        ]
        return sorted(names, key=self._telling, reverse=True)


def _exactly(comparison: Comparison) -> Implication:
    return Implication(comparison.name, tuple(level.name for level in comparison.levels if level.outcome == "agrees"))


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

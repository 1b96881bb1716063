"""The blocking rules that a proposed model would like, and those within which m is estimated."""

from collections.abc import Sequence
from dataclasses import replace

from matching.keys import columns_of
from matching.model import Rule
from matching.proposal.composed import parts_of
from matching.proposal.draft import Draft
from matching.proposal.meanings import MEANINGS
from matching.proposal.rule_planning import PlannedRule

PURE = 0.3
"""Share of a rule's pairs beyond chance from which it is taken to hold matches, or families."""


class Wishes:
    """The rules of a draft."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def key(self, role: str, derive: str) -> str | None:
        """A blocking key, or None where the role has no column."""
        if role not in self.draft.read or (role in self.draft.column and self.draft.column[role].filled < 0.05):
            return None
        return self.draft.read[role] + (f":{derive}" if derive else "")

    def wanted(self) -> list[tuple[str, ...]]:
        """Rules one would like, the telling ones first; what a table lacks drops out."""
        wanted: list[tuple[str, ...]] = []

        def wish(*keys: str | None) -> None:
            if keys and all(key is not None for key in keys):
                wanted.append(tuple(key for key in keys if key is not None))

        documents = [
            item.name for item in self.draft.found.columns if item.name in self.draft.read and item.facet == "document"
        ]
        for role in documents:
            wish(self.key(role, "plain"))
        wish(self.key("phone", "digits_last7"))
        day, year = self.key("birth_date", "day"), self._year()
        given, surname = self.key("given_name", "plain"), self.key("surname", "plain")
        given_sound = f"{self.draft.formal}:soundex" if self.draft.formal else None
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
        others = [self.key(name, "plain") for name in sorted(self.draft.read, key=self.draft.telling, reverse=True)
                  if self.draft.meaning(name) in ("text", "category", "occupation", "employer", "household", "number", "former_name")]  # fmt: skip
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
        learnt = dict.fromkeys((item.name for item in self.draft.comparisons), 0)
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
            for item in self.draft.comparisons
            if not held.intersection(part for column in item.columns for part in parts_of(column))
        }

    def _group(self, role: str) -> str:
        """Comparisons of one group hang together, so they count once."""
        meaning = self.draft.meaning(role)
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
            for item in self.draft.comparisons
        )

    def _misleads(self, rule: Rule, free: set[str]) -> bool:
        """Whether strangers in its blocks agree on a free comparison more than strangers do: on the postcode in one town."""
        keyed = {column for key in rule.keys for column in columns_of(key)}
        held = {item.name for item in self.draft.comparisons if keyed & set(item.columns)}
        groups = self._groups_of(rule)
        return any(
            self._group(item.name) in groups and not held & {implied.comparison for implied in item.neutral_when}
            for item in self.draft.comparisons
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
        meanings = {self.draft.column[part].meaning for part in parts if part in self.draft.column}
        if meanings == {"surname"} and self.draft.has("home"):
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
        names = [item.name for item in self.draft.found.columns if item.facet == facet and item.name in self.draft.read]
        names = [
            name
            for name in names
            if name not in ("house_number", "unit_number") and self.draft.column[name].agreement < 0.5
        ]
        return sorted(names, key=self.draft.telling, reverse=True)

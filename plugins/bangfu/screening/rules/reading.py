"""Reading a rule file, with errors that say where and what to change."""

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from string import Formatter
from typing import Any, TypeVar

from bangfu.errors import BangfuError
from bangfu.screening.rules.formulas import Formula, FormulaError, Kind, Name, compiled
from bangfu.screening.rules.rule_set import BELIEF_WEIGHT, Band, Derived, Periods, RuleSet, Screen, Tier
from schemas.evidence import EVIDENCE, Unit
from schemas.parameters import PARAMETERS

__all__ = ["RuleFileError", "read_rules"]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_LONGEST = 60
Value = TypeVar("Value")


class RuleFileError(BangfuError):
    """A rule file that cannot be used; the message names the place and what to write."""


class _Table:
    """One table of the file: every key is asked for once, and what nobody asked for is refused."""

    def __init__(self, values: Any, place: str) -> None:
        if not isinstance(values, Mapping):
            raise RuleFileError(f"{place}: a table is wanted, such as [rule_set].")
        self.values, self.place, self.asked = values, place, set[str]()

    def get(self, key: str, kind: type[Value], default: Value | None = None) -> Value:
        """The value of a key."""
        self.asked.add(key)
        if key not in self.values:
            if default is None:
                raise RuleFileError(f"{self.place}: `{key}` is missing; add it.")
            return default
        value = self.values[key]
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind or value == "":
            wanted = {str: "a text in quotes", float: "a number", int: "a whole number", bool: "true or false"}
            wanted[dt.date] = "a date such as 2026-01-01, without quotes"
            raise RuleFileError(f"{self.place}: `{key}` must be {wanted.get(kind, 'a table')}.")
        return value

    def day(self, key: str) -> dt.date | None:
        """A date that may be absent."""
        self.asked.add(key)
        return self.get(key, dt.date) if key in self.values else None

    def code(self, key: str = "code") -> str:
        """A stable code."""
        value = self.get(key, str)
        if not _CODE.fullmatch(value):
            raise RuleFileError(f"{self.place}: `{key}` is {value!r}; use letters, digits, dots and dashes.")
        return value

    def tables(self, key: str) -> list[Any]:
        """A list of tables."""
        self.asked.add(key)
        found = self.values.get(key, [])
        if not isinstance(found, list):
            raise RuleFileError(f"{self.place}: write [[{key}]] with two brackets, once for each.")
        return found

    def formula(self, key: str, names: Mapping[str, Name], kind: Kind) -> Formula:
        """A compiled formula."""
        try:
            return compiled(self.get(key, str), names, kind)
        except FormulaError as error:
            raise RuleFileError(f"{self.place}, `{key}`: {error}.") from None

    def done(self) -> None:
        """Refuse what was not asked for."""
        for key in self.values:
            if key not in self.asked:
                near = get_close_matches(key, self.asked, 1)
                told = f"do you mean `{near[0]}`?" if near else f"known are {', '.join(sorted(self.asked))}."
                raise RuleFileError(f"{self.place}: `{key}` is not known; {told}")


def read_rules(content: str, file: str = "rule file") -> RuleSet:
    """Read a rule file.

    Args:
        content: Its text.
        file: How messages call it.

    Raises:
        RuleFileError: It cannot be used.
    """
    content = content.replace("\r\n", "\n").removeprefix("\ufeff")
    try:
        whole = _Table(tomllib.loads(content), file)
    except tomllib.TOMLDecodeError as error:
        raise RuleFileError(f"{file} is no TOML: {error}.") from None
    head = _Table(whole.get("rule_set", dict), f"{file}, [rule_set]")
    parts = {key: whole.tables(key) for key in ("derived", "tier", "screen")}
    periods = _periods(whole.get("periods", dict, {}), f"{file}, [periods]")
    whole.done()
    names = _known_names()
    through: dict[str, frozenset[str]] = {name: frozenset({name}) for name in EVIDENCE}
    derived = [
        _derived(item, f"{file}, derived value {n}", names, through) for n, item in enumerate(parts["derived"], 1)
    ]
    tiers = [_tier(item, f"{file}, tier {n}", names, through) for n, item in enumerate(parts["tier"], 1)]
    screens = [_screen(item, f"{file}, screen {n}", names, through) for n, item in enumerate(parts["screen"], 1)]
    rules = RuleSet(
        code=head.code(),
        version=head.code("version"),
        zh=head.get("zh", str),
        en=head.get("en", str),
        standard=head.get("standard", str),
        valid_from=head.get("valid_from", dt.date),
        valid_to=head.day("valid_to"),
        area_type=head.get("area_type", str),
        derived=tuple(derived),
        tiers=tuple(tiers),
        screens=tuple(screens),
        content=content,
        digest=hashlib.sha256(content.encode()).hexdigest(),
        belief_weight=head.get("belief_weight", float, default=BELIEF_WEIGHT),
        periods=periods,
    )
    head.done()
    _check_whole(rules, file)
    return rules


def _known_names() -> dict[str, Name]:
    evidence = {c.name: Name("flag" if c.unit is Unit.FLAG else "number", c.minimum) for c in EVIDENCE.values()}
    return {**evidence, **{table.name: Name("number") for table in PARAMETERS.values()}}


def _periods(values: Any, place: str) -> Periods:
    table, usual = _Table(values, place), Periods()
    months = {item.name: table.get(item.name, int, getattr(usual, item.name)) for item in fields(Periods)}
    table.done()
    for name, number in months.items():
        if not 1 <= number <= _LONGEST:
            raise RuleFileError(f"{place}: `{name}` is {number}; give months, 1 to {_LONGEST}.")
    return Periods(**months)


def _derived(item: Any, place: str, names: dict[str, Name], through: dict[str, frozenset[str]]) -> Derived:
    table = _Table(item, place)
    name = table.get("name", str)
    table.place = f"{place} ({name})"
    if not _NAME.fullmatch(name) or name in names:
        raise RuleFileError(f"{table.place}: the name is taken or malformed; choose letters, digits and _.")
    unit = table.get("unit", str)
    if unit not in set(Unit):
        raise RuleFileError(f"{table.place}: `unit` is {unit!r}; known are {', '.join(Unit)}.")
    kind: Kind = "flag" if unit == Unit.FLAG else "number"
    value = table.formula("value", names, kind)
    made = Derived(name, table.get("zh", str), table.get("en", str), unit, value)
    table.done()
    through[name] = _read_through([value], through)
    names[name] = Name(kind, never_negative=False, slopes=value.slopes)
    return made


def _read_through(formulas: Iterable[Formula], through: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*(through.get(name, frozenset()) for formula in formulas for name in formula.names))


def _tier(item: Any, place: str, names: Mapping[str, Name], through: Mapping[str, frozenset[str]]) -> Tier:
    table = _Table(item, place)
    code = table.code()
    table.place = f"{place} ({code})"
    when = table.formula("when", names, "flag")
    reads = _read_through([when], through)
    made = Tier(code, table.get("tier", int), table.get("zh", str), table.get("en", str), when, reads)
    table.done()
    if made.tier not in (1, 2, 3):
        raise RuleFileError(f"{table.place}: `tier` is {made.tier}; tiers are 1, 2 and 3.")
    if not {"Y12", "n"} <= reads:
        raise RuleFileError(
            f"{table.place}: a tier must read household income (Y12) and size (n); make it a [[screen]], "
            "which gives a strength and no tier."
        )
    return made


def _screen(item: Any, place: str, names: Mapping[str, Name], through: Mapping[str, frozenset[str]]) -> Screen:
    table = _Table(item, place)
    code = table.code()
    table.place = f"{place} ({code})"
    bands = [_band(each, f"{table.place}, band {number}", names) for number, each in enumerate(table.tables("band"), 1)]
    if not bands:
        raise RuleFileError(f"{table.place}: it has no [[screen.band]]; add at least one.")
    table.asked.add("count")
    made = Screen(
        code=code,
        screen=table.code("screen"),
        group=table.code("group"),
        source=table.get("source", str),
        count=table.get("count", str) if "count" in table.values else None,
        alone=table.get("alone", bool, default=True),
        **{key: table.get(key, str) for key in ("name_zh", "name_en", "chip_zh", "chip_en", "zh", "en")},
        bands=tuple(bands),
        reads=_read_through([band.when for band in bands], through),
    )
    table.done()
    if made.source not in made.sources:
        raise RuleFileError(
            f"{table.place}: `source` is {made.source!r}, but its conditions read {', '.join(made.sources) or 'no source'}."
        )
    if made.count is not None and made.count not in EVIDENCE:
        raise RuleFileError(f"{table.place}: `count` is {made.count!r}, which is no evidence column.")
    _check_sentences(made, table.place)
    return made


def _band(item: Any, place: str, names: Mapping[str, Name]) -> Band:
    table = _Table(item, place)
    code = table.code()
    table.place = f"{place} ({code})"
    belief = table.get("belief", float)
    if not 0 < belief < 1:
        raise RuleFileError(f"{table.place}: `belief` is {belief:g}; it is a share between 0 and 1, such as 0.35.")
    made = Band(code, table.get("zh", str), table.get("en", str), belief, table.formula("when", names, "flag"))
    table.done()
    return made


def _check_sentences(screen: Screen, place: str) -> None:
    """Sentences hold `{band}`, and `{count}` only where something is counted."""
    for key in ("chip_zh", "chip_en", "zh", "en"):
        allowed = {"band", "count"} if key in {"zh", "en"} and screen.count else {"band"}
        try:
            held = {name for _, name, _, _ in Formatter().parse(getattr(screen, key)) if name is not None}
        except ValueError:
            held = {"{"}
        if "band" not in held or not held <= allowed:
            told = " and ".join(f"{{{name}}}" for name in sorted(allowed))
            raise RuleFileError(f"{place}: `{key}` must hold {{band}} and may hold only {told}.")


def _check_whole(rules: RuleSet, file: str) -> None:
    if rules.valid_to is not None and rules.valid_to < rules.valid_from:
        raise RuleFileError(f"{file}, [rule_set]: `valid_to` lies before `valid_from`.")
    if rules.area_type not in {"urban", "rural"}:
        raise RuleFileError(f"{file}, [rule_set]: `area_type` is {rules.area_type!r}; give urban or rural.")
    if not 1 <= rules.belief_weight <= 1000:
        raise RuleFileError(f"{file}, [rule_set]: `belief_weight` is {rules.belief_weight:g}; give 1 to 1000 visits.")
    if not rules.screens:
        raise RuleFileError(f"{file}: it has no [[screen]]; nothing would ever be found.")
    groups = [
        ("code", list(rules.codes)),
        *((f"band of {screen.code}", [band.code for band in screen.bands]) for screen in rules.screens),
    ]
    for what, codes in groups:
        for code in codes:
            if codes.count(code) > 1:
                raise RuleFileError(f"{file}: the {what} {code} is given twice; codes are unique.")
    tiers = [rule.tier for rule in rules.tiers]
    if tiers != sorted(tiers):
        raise RuleFileError(f"{file}: tiers must stand in order of precedence, those of tier 1 first.")

"""What a rule file says (规则集)."""

import datetime as dt
from dataclasses import dataclass, field

from bangfu.screening.rules.formulas import Formula
from schemas.evidence import EVIDENCE

__all__ = ["BELIEF_WEIGHT", "Band", "Derived", "Periods", "RuleSet", "Screen", "Tier"]

BELIEF_WEIGHT = 10.0
"""Visits that a belief is worth where a rule file does not say."""


@dataclass(frozen=True)
class Derived:
    """A value computed from evidence and parameters (导出值).

    Attributes:
        name: As later formulas write it.
        zh, en: What it is.
        unit: A `schemas.evidence.Unit`.
        value: How it is computed.
    """

    name: str
    zh: str
    en: str
    unit: str
    value: Formula


@dataclass(frozen=True)
class Tier:
    """A rule that suggests a tier (层级), where income and household size are known.

    Attributes:
        code: Stable code.
        tier: 1 to 3; 1 is the most urgent.
        zh, en: Sentence.
        when: Its condition.
        reads: Evidence it reads, also through derived values.
    """

    code: str
    tier: int
    zh: str
    en: str
    when: Formula
    reads: frozenset[str]


@dataclass(frozen=True)
class Band:
    """One band of a screen.

    Attributes:
        code: Stable code.
        zh, en: What it says.
        belief: Expected share of visits that confirm hardship, given the evidence is this household's.
        when: Its condition.
    """

    code: str
    zh: str
    en: str
    belief: float
    when: Formula


@dataclass(frozen=True)
class Screen:
    """A rule that makes a clue (线索) with a strength, never a tier.

    Attributes:
        code: Stable code.
        screen: Screens that share it are forms of one: the strongest is listed.
        group: Screens that share it rest on the same evidence: the strongest counts in the strength.
        source: Source whose quarters the reason names.
        count: Evidence told as `{count}`; None where the sentence counts nothing.
        alone: Whether it puts a household on the list by itself; otherwise it only adds to other screens.
        name_zh, name_en: Name in choices.
        chip_zh, chip_en: A few words with `{band}`.
        zh, en: Sentence with `{band}` and, where it counts something, `{count}`.
        bands: In the order of the file; of those that hold, the most believed one counts.
        reads: Evidence it reads, also through derived values.
    """

    code: str
    screen: str
    group: str
    source: str
    count: str | None
    alone: bool
    name_zh: str
    name_en: str
    chip_zh: str
    chip_en: str
    zh: str
    en: str
    bands: tuple[Band, ...]
    reads: frozenset[str]

    def band(self, code: str) -> Band | None:
        """The band of this code."""
        return next((band for band in self.bands if band.code == code), None)

    @property
    def sources(self) -> tuple[str, ...]:
        """Partner sources it rests on."""
        return tuple(sorted({source for name in self.reads for source in EVIDENCE[name].sources}))


@dataclass(frozen=True)
class Periods:
    """How long things count, in months; `[periods]` of a rule file, where it differs from what is given here.

    Attributes:
        refused: For how long a refusal is respected (拒绝后不再派发).
        exit: For how many months in a row a registered household must be above the standard (连续不再符合标准).
        watch: For how long after an exit a return to hardship is watched for (返困监测).
    """

    refused: int = 12
    exit: int = 6
    watch: int = 12


@dataclass(frozen=True)
class RuleSet:
    """A whole rule file.

    Attributes:
        code, version: Which rules, and which state of them.
        zh, en: Title.
        standard: The standard they follow, as text.
        valid_from: First day of a window's end for which they hold.
        valid_to: Last such day; None until they are replaced.
        area_type: Whose standards count, `urban` or `rural`.
        derived, tiers, screens: The rules; tiers in order of precedence.
        content: The file.
        digest: sha256 of the file, 64 hexadecimal digits.
        belief_weight: How many visits a belief is worth: so many must contradict it to halve its say.
        periods: How long things count.
    """

    code: str
    version: str
    zh: str
    en: str
    standard: str
    valid_from: dt.date
    valid_to: dt.date | None
    area_type: str
    derived: tuple[Derived, ...]
    tiers: tuple[Tier, ...]
    screens: tuple[Screen, ...]
    content: str = field(repr=False)
    digest: str
    belief_weight: float = BELIEF_WEIGHT
    periods: Periods = Periods()

    @property
    def name(self) -> str:
        """Code and version, such as `yn-hardship-2026.1`."""
        return f"{self.code}-{self.version}"

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of all rules, tiers first."""
        return (*(rule.code for rule in self.tiers), *(rule.code for rule in self.screens))

    def screen(self, code: str) -> Screen:
        """The screen of this code."""
        return next(screen for screen in self.screens if screen.code == code)

    def holds_on(self, day: dt.date) -> bool:
        """Whether the rules hold on a day; both ends are included."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

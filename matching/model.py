"""The linkage model (匹配模型): comparisons, blocking rules, prior and threshold, as plain declarations.

Parameters are null until estimated or given. Reading and writing the JSON form is `matching.model_file`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from matching.errors import ModelError
from matching.levels import BITS, MAX_COMPARISONS, Level, kind_of, levels_of

Provenance = Literal["default", "estimated", "given"]


@dataclass(frozen=True)
class Parameters:
    """P(level | same person) `m` and P(level | different persons) `u` of one level; None: to be estimated."""

    m: float | None = None
    u: float | None = None
    provenance: Provenance = "default"


@dataclass(frozen=True)
class Frequency:
    """Term-frequency adjustment (词频调整): agreement on a rare value counts more than on a frequent one.

    `given` names columns: where a pair agrees on all of them, the value's share within that group counts
    (a few names dominate in some counties and ethnic groups).
    """

    column: str
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class Implication:
    """Levels of another comparison that already imply this one: its agreement is then neutral, its disagreement is not."""

    comparison: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """One comparison: its kind, the column(s) it reads on both sides, and a parameter pair per level."""

    name: str
    kind: str
    columns: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    parameters: tuple[Parameters, ...] = ()
    frequency: Frequency | None = None
    neutral_when: tuple[Implication, ...] = ()

    @property
    def levels(self) -> tuple[Level, ...]:
        """Declared levels, strongest first; level code = position + 1."""
        return levels_of(self.kind, self.options)

    def code(self, level: str) -> int:
        """Code of a level in a pattern, from 1."""
        return [item.name for item in self.levels].index(level) + 1


@dataclass(frozen=True)
class Rule:
    """A blocking rule (分块规则): records that share all keys become candidate pairs.

    A key is a column, or `column:derive` (see `matching.keys`). m is estimated within the rules that are
    marked `train`; leave it off where a block holds households rather than persons.
    """

    keys: tuple[str, ...]
    train: bool = True

    @property
    def name(self) -> str:
        return " + ".join(self.keys)


@dataclass(frozen=True)
class Blocking:
    """Blocking rules in order; oversize blocks are subdivided by the `refine` keys, then skipped."""

    rules: tuple[Rule, ...]
    refine: tuple[str, ...] = ()
    max_block_pairs: int = 100_000


@dataclass(frozen=True)
class Conflict:
    """A column whose different values forbid that two records are one person (矛盾).

    `valid`: "identity_number" looks at complete numbers with a right checksum only, "any" at every value.
    """

    column: str
    valid: Literal["identity_number", "any"] = "any"


@dataclass(frozen=True)
class Model:
    """A linkage model. `prior` is P(two random records are one person); None: to be estimated.

    `aliases`: other names under which a column may come, tried in order and without regard to case where a table
    lacks the column itself; the two tables may use different ones.
    """

    name: str
    comparisons: tuple[Comparison, ...]
    blocking: Blocking
    version: str = "1"
    description: str = ""
    prior: float | None = None
    threshold: float = 0.5
    conflicts: tuple[Conflict, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check(self)

    @classmethod
    def load(cls, path: str | Path) -> "Model":
        """Read a model from JSON.

        Raises:
            ModelError: the file is no model, or does not fit the comparison kinds; says what to fix.
        """
        from matching.model_file import read

        return read(Path(path))

    def save(self, path: str | Path) -> None:
        """Write the model as JSON, with its content hash."""
        from matching.model_file import write

        write(self, Path(path))

    def position(self, comparison: str) -> int:
        """Place of a comparison in the model, which is also its place in a packed pattern."""
        return [item.name for item in self.comparisons].index(comparison)


def level_code(pattern: int, position: int) -> int:
    """Level code of the comparison at `position` in a packed pattern; 0 is missing.

    >>> level_code(0x31, 0), level_code(0x31, 1), level_code(0x31, 2)
    (1, 3, 0)
    """
    return (pattern >> (BITS * position)) & ((1 << BITS) - 1)


def check(model: Model) -> None:
    """Refuse a model that does not hold together.

    Raises:
        ModelError: with the comparison, rule or value to change.
    """
    if not model.comparisons:
        raise ModelError("the model has no comparisons; declare at least one")
    if len(model.comparisons) > MAX_COMPARISONS:
        raise ModelError(f"the model has {len(model.comparisons)} comparisons; at most {MAX_COMPARISONS} are possible")
    if not model.blocking.rules:
        raise ModelError("the model has no blocking rules; declare at least one")
    if any(not rule.keys for rule in model.blocking.rules):
        raise ModelError("a blocking rule has no keys; name at least one column")
    if not 0 <= model.threshold <= 1:
        raise ModelError("the threshold is a probability between 0 and 1")
    if model.prior is not None and not 0 < model.prior < 1:
        raise ModelError("the prior is a probability between 0 and 1, or null")
    names = [comparison.name for comparison in model.comparisons]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise ModelError(f"comparison names are repeated: {', '.join(sorted(repeated))}")
    for comparison in model.comparisons:
        _check_comparison(comparison, {item.name: item for item in model.comparisons})


def _check_comparison(comparison: Comparison, by_name: Mapping[str, Comparison]) -> None:
    where = f"comparison '{comparison.name}'"
    kind = kind_of(comparison.kind)
    fewest, most = kind.columns
    if not fewest <= len(comparison.columns) <= most:
        expected = str(fewest) if fewest == most else f"{fewest} to {most}"
        raise ModelError(f"{where}: kind '{kind.name}' reads {expected} column(s), {len(comparison.columns)} are named")
    if unknown := set(comparison.options) - set(kind.options):
        known = ", ".join(sorted(kind.options)) or "none"
        raise ModelError(f"{where}: unknown option(s) {', '.join(sorted(unknown))}; kind '{kind.name}' knows: {known}")
    levels = comparison.levels
    if comparison.parameters and len(comparison.parameters) != len(levels):
        raise ModelError(
            f"{where}: {len(comparison.parameters)} levels have parameters, kind '{kind.name}' has {len(levels)}: "
            + ", ".join(level.name for level in levels)
        )
    for level, parameters in zip(levels, comparison.parameters, strict=False):
        if any(value is not None and not 0 < value <= 1 for value in (parameters.m, parameters.u)):
            raise ModelError(f"{where}, level '{level.name}': m and u are above 0 and at most 1, or null")
    for side in ("m", "u"):
        values = [getattr(parameters, side) for parameters in comparison.parameters]
        known = sum(value for value in values if value is not None)
        if (None not in values and values and abs(known - 1) > 0.01) or known > 1.01:
            raise ModelError(f"{where}: the {side} of its levels must add up to 1, they add up to {known:.3f}")
    for implication in comparison.neutral_when:
        if implication.comparison not in by_name:
            raise ModelError(
                f"{where}: neutral_when names comparison '{implication.comparison}', which is not declared"
            )
        other = {level.name for level in by_name[implication.comparison].levels}
        if wrong := set(implication.levels) - other:
            raise ModelError(f"{where}: neutral_when names unknown levels {', '.join(sorted(wrong))}")

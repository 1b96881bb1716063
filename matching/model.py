"""The linkage model (匹配模型): comparisons, blocking rules, prior and threshold, as plain declarations.

Parameters are null until estimated or given. Reading and writing the JSON form is `matching.model_file`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from matching.errors import ModelError
from matching.levels import BITS, MAX_COMPARISONS, Level, kind_of, levels_of

Origin = Literal["default", "em", "random_pairs", "hand", "imported", "labels"]
"""Where a parameter comes from (来源): declared with its level, estimated within training rules, counted among random
pairs, set by hand, carried over from another program's model, or any of these moved by reviewed pairs
(`matching.supervision`). `Model.training` names the rules."""


@dataclass(frozen=True)
class Parameters:
    """P(level | same person) `m` and P(level | different persons) `u` of one level; None: to be estimated.

    `h` is P(level | two members of one household), of comparisons that are `shared` only. `m_from`, `u_from` and `h_from`
    say where each comes from.
    """

    m: float | None = None
    u: float | None = None
    h: float | None = None
    m_from: Origin = "default"
    u_from: Origin = "default"
    h_from: Origin = "default"


@dataclass(frozen=True)
class TrainingRule:
    """EM within one blocking rule: the comparisons it estimated, its iterations, and the matches it expects."""

    rule: str
    comparisons: tuple[str, ...]
    iterations: int
    converged: bool
    expected_matches: float


@dataclass(frozen=True)
class Training:
    """The run that estimated the parameters (训练记录): when, on how much data, with which seed, and how it ended."""

    at: str
    left_rows: int
    right_rows: int
    candidate_pairs: int
    random_pairs: int
    seed: int
    rules: tuple[TrainingRule, ...] = ()


@dataclass(frozen=True)
class Frequency:
    """Term-frequency adjustment (词频调整): agreement on a rare value counts more than on a frequent one.

    `given` names columns from the widest group to the narrowest: where a pair agrees on the first, the value's share within
    that group counts, where it agrees on the second too, the share within both, and so on (a few names dominate in some
    counties and ethnic groups). Shares of small groups lean on those of the wider one.
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
    """One comparison: its kind, the column(s) it reads on both sides, and a parameter pair per level.

    `shared`: how often, as a first guess, two members of a household agree on it where a person agrees with himself (同户共有):
    1 for an address or a telephone, little for a number that is now and then written beside the wrong member.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    parameters: tuple[Parameters, ...] = ()
    frequency: Frequency | None = None
    neutral_when: tuple[Implication, ...] = ()
    shared: float = 0.0

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

    `household_prior` is P(two random records are two members of one household), which matters where comparisons are
    `shared`: two members agree on all of those at once, and yet are two persons (see `matching.households`). 0: they are
    left out of account.

    `aliases`: other names under which a column may come, tried in order and without regard to case where a table
    lacks the column itself; the two tables may use different ones. `required`: columns without which a table is
    refused; what reads any other absent column is left out. `training`: the run that estimated it, if one did.
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
    required: tuple[str, ...] = ()
    training: Training | None = None
    household_prior: float | None = None

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
    if model.household_prior is not None and not 0 <= model.household_prior < 1:
        raise ModelError("the household_prior is a probability from 0 to below 1, or null")
    if unread := sorted(set(model.required) - _columns(model)):
        raise ModelError(
            f"required names column(s) {', '.join(unread)}, which no comparison and no blocking rule reads; "
            "remove them there, or add what reads them"
        )
    names = [comparison.name for comparison in model.comparisons]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise ModelError(f"comparison names are repeated: {', '.join(sorted(repeated))}")
    for comparison in model.comparisons:
        _check_comparison(comparison, {item.name: item for item in model.comparisons})


def _columns(model: Model) -> set[str]:
    compared = {column for comparison in model.comparisons for column in comparison.columns}
    keys = {key for rule in model.blocking.rules for key in rule.keys}
    return compared | {column for key in keys for column in key.partition(":")[0].split("|")}


def _check_comparison(comparison: Comparison, by_name: Mapping[str, Comparison]) -> None:
    where = f"comparison '{comparison.name}'"
    if not 0 <= comparison.shared <= 1:
        raise ModelError(f"{where}: shared is a probability between 0 and 1")
    kind = kind_of(comparison.kind)
    fewest, most = kind.columns
    if not fewest <= len(comparison.columns) <= most:
        expected = str(fewest) if fewest == most else f"{fewest} to {most}"
        raise ModelError(f"{where}: kind '{kind.name}' reads {expected} column(s), {len(comparison.columns)} are named")
    if unknown := set(comparison.options) - set(kind.options):
        known = ", ".join(sorted(kind.options)) or "none"
        raise ModelError(f"{where}: unknown option(s) {', '.join(sorted(unknown))}; kind '{kind.name}' knows: {known}")
    for option, value in comparison.options.items():
        usual = kind.options[option]
        if type(usual) in (int, float) and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ModelError(f"{where}: option '{option}' must be a number, such as {usual:g}")
    levels = comparison.levels
    if comparison.parameters and len(comparison.parameters) != len(levels):
        raise ModelError(
            f"{where}: {len(comparison.parameters)} levels have parameters, kind '{kind.name}' has {len(levels)}: "
            + ", ".join(level.name for level in levels)
        )
    for level, parameters in zip(levels, comparison.parameters, strict=False):
        if any(value is not None and not 0 < value <= 1 for value in (parameters.m, parameters.u, parameters.h)):
            raise ModelError(f"{where}, level '{level.name}': m, u and h are above 0 and at most 1, or null")
        if parameters.h is not None and not comparison.shared:
            raise ModelError(f"{where}, level '{level.name}': h is for comparisons that are 'shared'")
    for side in ("m", "u", "h"):
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

"""Fit a model to the columns two tables have; every part that is left out is named."""

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa

from matching.errors import LinkError
from matching.keys import check_key, columns_of
from matching.model import Comparison, Frequency, Model

_ANY_COLUMN = {"employer"}
"""Kinds of which any one column suffices; of the others the first column is required."""


def fit(model: Model, left: pa.Table, right: pa.Table) -> tuple[Model, tuple[str, ...]]:
    """The model without the comparisons, rules and conflicts whose columns a table lacks or never fills.

    Returns:
        The fitted model and one note per part left out.

    Raises:
        LinkError: no comparison or no blocking rule is left.
        ModelError: a blocking key is derived in an unknown way.
    """
    missing = _unusable(model, left, right)
    notes = []
    comparisons = []
    for comparison in model.comparisons:
        if reason := _reason(comparison, missing):
            notes.append(f"comparison '{comparison.name}' is left out: {reason}")
        else:
            comparisons.append(comparison)
    kept = {comparison.name for comparison in comparisons}
    comparisons = [
        replace(
            item,
            neutral_when=tuple(implied for implied in item.neutral_when if implied.comparison in kept),
            frequency=_frequency(item.frequency, missing),
        )
        for item in comparisons
    ]
    rules = []
    for rule in model.blocking.rules:
        for key in rule.keys:
            check_key(key)
        absent = [columns_of(key)[0] for key in rule.keys if missing.keys() >= set(columns_of(key))]
        if absent:
            notes.append(f"blocking rule '{rule.name}' is left out: column '{absent[0]}' {missing[absent[0]]}")
        else:
            rules.append(rule)
    if not comparisons:
        raise LinkError(f"none of the model's columns can be compared; it needs some of: {_wanted(model)}")
    if not rules:
        raise LinkError(f"no blocking rule fits the tables; the model's rules read: {_blocked(model)}")
    blocking = replace(
        model.blocking,
        rules=tuple(rules),
        refine=tuple(key for key in model.blocking.refine if not missing.keys() >= set(columns_of(key))),
    )
    conflicts = tuple(item for item in model.conflicts if item.column not in missing)
    return replace(model, comparisons=tuple(comparisons), blocking=blocking, conflicts=conflicts), tuple(notes)


def _frequency(frequency: Frequency | None, missing: Mapping[str, str]) -> Frequency | None:
    """The frequency with the groups that the tables have; the overall share counts in any case."""
    if frequency is None or frequency.column in missing:
        return None
    return replace(frequency, given=tuple(name for name in frequency.given if name not in missing))


def with_canonical_names(table: pa.Table, model: Model, id_column: str) -> pa.Table:
    """The table with its columns under the names the model uses; see `Model.aliases`."""
    by_lower = {name.lower(): name for name in reversed(table.column_names) if name != id_column}
    renamed = {}
    for column in dict.fromkeys([*model.aliases, *_named(model)]):
        if column in table.column_names:
            continue
        for alias in (column, *model.aliases.get(column, ())):
            found = by_lower.get(alias.lower())
            if found is not None and found not in renamed:
                renamed[found] = column
                break
    if not renamed:
        return table
    named = table.rename_columns([renamed.get(name, name) for name in table.column_names])
    return named.replace_schema_metadata(table.schema.metadata)


def unused_columns(model: Model, left: pa.Table, right: pa.Table, id_column: str) -> list[str]:
    """Columns both tables have that no comparison reads; they do not help to tell records apart."""
    read = {column for comparison in model.comparisons for column in comparison.columns} | {id_column}
    return [name for name in left.column_names if name in right.column_names and name not in read]


def _unusable(model: Model, left: pa.Table, right: pa.Table) -> Mapping[str, str]:
    """Columns the model names that cannot be used, each with the reason."""
    reasons = {}
    for column in sorted(_named(model)):
        sides = [side for side, table in (("left", left), ("right", right)) if column not in table.column_names]
        empty = [
            side
            for side, table in (("left", left), ("right", right))
            if column in table.column_names and table[column].null_count == len(table)
        ]
        if sides:
            reasons[column] = "is in neither table" if len(sides) == 2 else f"is not in the {sides[0]} table"
        elif empty:
            reasons[column] = f"is empty in the {empty[0]} table"
    return reasons


def _named(model: Model) -> list[str]:
    """Every column the model reads, sorted."""
    named = {column for comparison in model.comparisons for column in comparison.columns}
    named |= {column for rule in model.blocking.rules for key in rule.keys for column in columns_of(key)}
    named |= {column for key in model.blocking.refine for column in columns_of(key)} | {
        item.column for item in model.conflicts
    }
    named |= {
        name for item in model.comparisons if item.frequency for name in (item.frequency.column, *item.frequency.given)
    }
    return sorted(named)


def _reason(comparison: Comparison, missing: Mapping[str, str]) -> str | None:
    usable = [column for column in comparison.columns if column not in missing]
    needed = comparison.columns if comparison.kind in _ANY_COLUMN else comparison.columns[:1]
    if any(column in usable for column in needed):
        return None
    return f"column '{needed[0]}' {missing[needed[0]]}"


def _wanted(model: Model) -> str:
    return ", ".join(dict.fromkeys(column for comparison in model.comparisons for column in comparison.columns))


def _blocked(model: Model) -> str:
    return ", ".join(
        dict.fromkeys(column for rule in model.blocking.rules for key in rule.keys for column in columns_of(key))
    )

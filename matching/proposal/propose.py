"""A linkage model for tables nobody has configured (自动建模): from what their columns are to comparisons and blocking.

    proposal = propose(left, right)
    result = link(proposal.left, proposal.right, proposal.model, assignment="one_to_one")

Every column that tells people apart is compared, or a note says why not. Parameters are left to be estimated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.errors import LinkError
from matching.model import Blocking, Comparison, Conflict, Model
from matching.proposal.composed import parts_of
from matching.proposal.draft import Draft
from matching.proposal.meanings import MEANINGS
from matching.proposal.recognition import Column, Recognition, recognise
from matching.proposal.rule_planning import PlannedRule, plan_rules, without_implied
from matching.proposal.wishes import Wishes

LARGEST_BLOCK = 1_000_000
"""Pairs of one block: a person with a thousand records makes half as many, and the budget bounds the whole."""


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
    draft = Draft(found, a, b, seed)
    draft.compose()
    draft.compare()
    draft.imply()
    wishes = Wishes(draft)
    rules, unreached, given_up = plan_rules(draft.left, draft.right, wishes.wanted(), wishes.narrowing(), seed)
    if not rules:
        raise LinkError("no column, nor any two together, divides the records into blocks; add a model with --model")
    rules = without_implied(wishes.trained(rules))
    model = Model(
        name="proposed",
        comparisons=tuple(draft.comparisons),
        blocking=Blocking(tuple(item.rule for item in rules), refine=wishes.narrowing(), max_block_pairs=LARGEST_BLOCK),
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

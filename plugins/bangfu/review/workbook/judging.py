"""One verdict for every row of a returned workbook (逐行判断); nothing is done yet."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from bangfu.review.workbook.answers import Members, answer_of, read_members
from bangfu.review.workbook.cell_text import same
from bangfu.review.workbook.finding import Line, find_list
from bangfu.review.workbook.hidden import Sealed, read_hidden
from bangfu.review.workbook.model import Answer, Preview, Problem, Standing, Trouble, Verdict, VerdictRow
from bangfu.review.workbook.seals import Seal, changed_columns, is_intact
from bangfu.review.workbook.sheet_names import LIST_SHEET, MEMBER_SHEET
from schemas.review import CASE_ID, CHECK_CODE, MEMBER_COLUMNS

__all__ = ["StandingOf", "judge"]

StandingOf = Callable[[Sequence[str]], Mapping[str, Standing]]
"""How cases stand; those that are withdrawn, or not the union's any more, are absent."""


def judge(
    sheets: Mapping[str, Sequence[Sequence[str]]], secret: bytes, union: str, standing_of: StandingOf, today: dt.date
) -> Preview:
    """Say what an upload would do.

    Args:
        sheets: Rows of every sheet as text, by name.
        secret: What workbook keys are derived from.
        union: Code of the union that uploads.
        standing_of: Asked once, for the cases of the workbook.
        today: No visit is later.

    Raises:
        Refused: It is not a workbook of this union, or its hidden sheet, a list or a column is lost.
    """
    sealed = read_hidden(sheets, secret, union)
    flow = sealed.batch.of
    lines = list(find_list(sheets, LIST_SHEET, flow.columns).lines())
    member_lines: list[Line] = []
    if flow.visits_household:
        member_lines = list(find_list(sheets, MEMBER_SHEET, MEMBER_COLUMNS).lines())
    members = read_members(member_lines, lines, sealed.seals)
    by_check = {seal.check_code: seal for seal in sealed.seals.values()}
    standing = standing_of(sorted(seal.case_id for seal in sealed.seals.values()))
    rows = [_judge_line(line, sealed, by_check, members, standing, today) for line in lines]
    strays = (
        VerdictRow(row, Verdict.NOT_UNDERSTOOD, None, (problem,), of_members=True) for row, problem in members.strays
    )
    return Preview(sealed.batch, (*_once_each(rows), *strays))


def _judge_line(
    line: Line,
    sealed: Sealed,
    by_check: Mapping[str, Seal],
    members: Members,
    standing: Mapping[str, Standing],
    today: dt.date,
) -> VerdictRow:
    case_id, check = same(line.cells[CASE_ID]).lower(), same(line.cells[CHECK_CODE]).upper()
    seal, flow = sealed.seals.get(case_id), sealed.batch.of
    if seal is None or check != seal.check_code or not is_intact(sealed.key, flow, seal, line.cells):
        return _not_as_given(line, case_id, check, sealed, by_check)
    answer, problems = answer_of(flow, seal, line, members, today)
    told = VerdictRow(line.row, Verdict.ACCEPTED, seal.case_id, tuple(problems))
    missing_alone = all(problem.trouble is Trouble.MISSING for problem in problems)
    if missing_alone and (answer is None or answer.key == seal.answer_key):
        return VerdictRow(line.row, Verdict.UNCHANGED, seal.case_id)
    if problems or answer is None:
        return replace(told, verdict=Verdict.INCOMPLETE if missing_alone else Verdict.NOT_UNDERSTOOD)
    now = standing.get(seal.case_id)
    if now is None:
        return replace(told, verdict=Verdict.WITHDRAWN)
    if answer.key in now.answers:
        return replace(told, verdict=Verdict.REPLAY, answer=answer)
    return replace(told, verdict=Verdict.ACCEPTED if now.version == seal.version else Verdict.CONFLICT, answer=answer)


def _not_as_given(line: Line, case_id: str, check: str, sealed: Sealed, by_check: Mapping[str, Seal]) -> VerdictRow:
    """What was done to a row whose locked cells do not fit a seal under its id."""
    flow, seal, checked = sealed.batch.of, sealed.seals.get(case_id), by_check.get(check)
    if checked and checked.case_id.lower() != case_id and is_intact(sealed.key, flow, checked, line.cells):
        return VerdictRow(line.row, Verdict.ID_EDITED, checked.case_id, (Problem(CASE_ID, Trouble.CHANGED),))
    if seal is None:
        return VerdictRow(line.row, Verdict.FOREIGN if case_id or check else Verdict.ADDED)
    changed = changed_columns(sealed.key, flow, seal, {**line.cells, CASE_ID: seal.case_id})
    if CASE_ID in changed:  # the seal itself was made under another key
        return VerdictRow(line.row, Verdict.FOREIGN)
    if not changed:
        return VerdictRow(line.row, Verdict.SEAL_WRONG, seal.case_id)
    problems = tuple(Problem(code, Trouble.CHANGED) for code in changed)
    return VerdictRow(line.row, Verdict.LOCKED_CHANGED, seal.case_id, problems)


def _once_each(rows: Sequence[VerdictRow]) -> Iterator[VerdictRow]:
    """Rows that answer for the same case: one counts if all say the same, none if they differ."""
    answers: defaultdict[str | None, list[Answer | None]] = defaultdict(list)
    for row in rows:
        if row.verdict in _MEANT:
            answers[row.case_id].append(row.answer)
    seen: set[str | None] = set()
    for row in rows:
        if row.verdict not in _MEANT or len(answers[row.case_id]) == 1:
            yield row
        elif len({answer and answer.key for answer in answers[row.case_id]}) > 1:
            yield replace(row, verdict=Verdict.CONTRADICTORY, answer=None)
        else:
            yield replace(row, verdict=Verdict.REPEATED, answer=None) if row.case_id in seen else row
            seen.add(row.case_id)


_MEANT = frozenset({Verdict.ACCEPTED, Verdict.REPLAY, Verdict.CONFLICT, Verdict.INCOMPLETE, Verdict.NOT_UNDERSTOOD})
"""Verdicts on rows in which somebody meant to answer."""

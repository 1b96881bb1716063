"""What the editable cells of a case say (填写结果): understood, checked for completeness, with the household's members."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bangfu.review.workbook.cell_text import same
from bangfu.review.workbook.finding import Line
from bangfu.review.workbook.model import Answer, Problem, Trouble, Value
from bangfu.review.workbook.seals import Seal
from bangfu.review.workbook.values import Unclear, answer_key, understand
from schemas.code_list import CodeList
from schemas.review import ATTEMPTS_NEEDED, CASE_ID, MEMBER_COLUMNS, MINOR_AGE, NOT_REACHED, ReviewColumn, ReviewList

__all__ = ["Members", "answer_of", "prefilled_key", "read_members"]

_OF_MINORS = frozenset({"relation", "age", "status"})
_OF_MEMBERS = ("relation", "age")


@dataclass(frozen=True)
class Members:
    """The rows of the sheet of members.

    Attributes:
        lines: Rows by case, its id in lower case.
        strays: Rows that are of no case of the list, and why.
    """

    lines: Mapping[str, Sequence[Line]]
    strays: Sequence[tuple[int, Problem]] = ()


def read_members(lines: Sequence[Line], cases: Sequence[Line], seals: Mapping[str, Seal]) -> Members:
    """Tell which case each row is of: by its id, or by the name of the worker where only one case has it."""
    names = Counter(same(case.cells.get("name", "")) for case in cases)
    by_name = {same(case.cells.get("name", "")): same(case.cells[CASE_ID]).lower() for case in cases}
    found: defaultdict[str, list[Line]] = defaultdict(list)
    strays = []
    for line in lines:
        told = same(line.cells[CASE_ID])
        case_id = told.lower() if told.lower() in seals else by_name.get(told, "") if names[told] == 1 else ""
        if told and case_id in seals:
            found[case_id].append(line)
        else:
            trouble = Trouble.WHO_IS_UNCLEAR if told else Trouble.MISSING
            strays.append((line.row, Problem(CASE_ID, trouble, line.row)))
    return Members(found, strays)


def answer_of(
    flow: ReviewList, seal: Seal, line: Line, members: Members, today: dt.date
) -> tuple[Answer | None, list[Problem]]:
    """What a row and its members say; no answer where nothing is filled in."""
    values, problems = _values(flow.editable, flow, line.cells, today)
    household = []
    for member in members.lines.get(seal.case_id.lower(), ()):
        told, wrong = _values(MEMBER_COLUMNS[1:], flow, member.cells, today)
        missing = [
            Problem(code, Trouble.MISSING) for code in _OF_MEMBERS if code not in told and code not in _named(wrong)
        ]
        problems += [Problem(problem.column, problem.trouble, member.row) for problem in (*wrong, *missing)]
        household.append(_without_minors_particulars(told))
    if not values and not household and not problems:
        return None, []
    outcome = str(values.pop("outcome", ""))
    blank = [code for code in flow.required(outcome) if code not in values and code != "outcome"]
    blank += [] if outcome else ["outcome"]
    problems += [Problem(code, Trouble.MISSING) for code in blank if code not in _named(problems)]
    problems += _against_rules(outcome, values)
    key = answer_key((seal.case_id, seal.version), {"outcome": outcome, **values}, household)
    return Answer(seal.case_id, seal.version, outcome, values, tuple(household), key), problems


def _against_rules(outcome: str, values: Mapping[str, Value]) -> list[Problem]:
    """What is understood and yet cannot be so."""
    found = []
    attempts = values.get("attempts")
    if outcome == NOT_REACHED and isinstance(attempts, int) and attempts < ATTEMPTS_NEEDED:
        found.append(Problem("attempts", Trouble.TOO_FEW))
    if "visitor_2" in values and values["visitor_2"] == values.get("visitor_1"):
        found.append(Problem("visitor_2", Trouble.SAME_PERSON))
    return found


def prefilled_key(
    flow: ReviewList,
    case: tuple[str, int],
    answers: Mapping[str, str],
    members: Sequence[Mapping[str, str]],
    today: dt.date,
) -> str:
    """Key of what a row holds when it is made; empty for one that nobody has filled in yet."""
    if not (answers or members):
        return ""
    seal = Seal(*case, "", "", "")
    lines = [Line(0, {column.code: member.get(column.code, "") for column in MEMBER_COLUMNS}) for member in members]
    line = Line(0, {column.code: answers.get(column.code, "") for column in flow.editable})
    answer, _ = answer_of(flow, seal, line, Members({seal.case_id.lower(): lines}), today)
    return answer.key if answer else ""


def _values(
    columns: Sequence[ReviewColumn], flow: ReviewList, cells: Mapping[str, str], today: dt.date
) -> tuple[dict[str, Value], list[Problem]]:
    values, problems = {}, []
    for column in columns:
        codes: CodeList | None = flow.codes_of(column)
        try:
            value = understand(column, codes, cells[column.code], today)
        except Unclear as unclear:
            problems.append(Problem(column.code, unclear.trouble))
            continue
        if value is not None:
            values[column.code] = value
    return values, problems


def _without_minors_particulars(member: Mapping[str, Value]) -> dict[str, Value]:
    age = member.get("age")
    minor = isinstance(age, int) and age < MINOR_AGE
    return {code: value for code, value in member.items() if not minor or code in _OF_MINORS}


def _named(problems: Sequence[Problem]) -> set[str]:
    return {problem.column for problem in problems if problem.member_row is None}

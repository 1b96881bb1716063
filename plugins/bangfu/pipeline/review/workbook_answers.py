"""What came back (回传导入): said row by row before anything is done, then done row by row.

Rows are recorded some at a time, each lot in a transaction that holds its cases, so that a kill between two loses nothing; a case
that somebody works on at that moment waits for a transaction of its own. The key of an answer is kept with the last event of it:
the same answer again is a replay and not a second visit.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from bangfu.china_time import CHINA
from bangfu.db.cases import add_recorded, colleagues, lock_cases
from bangfu.db.workbook_cases import Known, events_of_cases, known_cases
from bangfu.errors import Refused
from bangfu.review.answered import FLOW_OF_REVIEW, Recorder, Recording, record, work_version
from bangfu.review.cases import Actor, Case, effective, replay
from bangfu.review.deadlines import Calendar
from bangfu.review.standing import standing
from bangfu.review.workbook.judging import judge
from bangfu.review.workbook.model import Answer, Preview, Standing, Verdict, VerdictRow

__all__ = ["Sheets", "Uploader", "apply", "dry_run"]

Sheets = Mapping[str, Sequence[Sequence[str]]]
"""Rows of every sheet of a returned workbook as text, by name."""


@dataclass(frozen=True)
class Uploader:
    """Who uploads.

    Attributes:
        union: Code of the union; another's workbook is refused.
        actor_of: As whom the account acts on a case of a county; None where it may not.
        calendar: Freezes and limits of the installation.
        at: Now.
        secret: What workbook keys are derived from.
    """

    union: str
    actor_of: Callable[[str], Actor | None] = field(repr=False)
    calendar: Calendar
    at: datetime
    secret: str = field(repr=False)


@dataclass(frozen=True)
class _Met:
    """A case as the upload meets it."""

    known: Known
    case: Case
    keys: frozenset[str]


Noted = Callable[[Connection, Sequence[tuple[str, Recording]]], None]
"""Notes in the access log, in the transaction of the rows: of each the person's opaque id, and what was recorded."""

AT_ONCE = 200
"""Rows of one transaction."""


def dry_run(connection: Connection, sheets: Sheets, uploader: Uploader) -> Preview:
    """Say what an upload would do, the flow's own word on each row included; nothing is done.

    Raises:
        Refused: It is no workbook of this union, or its hidden sheet, a list or a column is lost.
    """
    met: dict[str, _Met] = {}

    def standing_of(case_ids: Sequence[str]) -> Mapping[str, Standing]:
        met.update(_meet(connection, case_ids))
        return {
            case_id: Standing(work_version(item.case), item.keys)
            for case_id, item in met.items()
            if item.known.state != "withdrawn"
        }

    today = uploader.at.astimezone(CHINA).date()
    preview = judge(sheets, uploader.secret.encode(), uploader.union, standing_of, today)
    people = _people(colleagues(connection))
    rows = tuple(_checked(row, met, preview, uploader, people) for row in preview.rows)
    return replace(preview, rows=rows)


def apply(
    scope: Callable[[], AbstractContextManager[Connection]], preview: Preview, uploader: Uploader, noted: Noted
) -> Preview:
    """Record the accepted rows of a preview.

    Args:
        scope: Opens a transaction in the scope of the account.
        preview: From `dry_run`, not long ago; every row is looked at again.
        uploader: Who.
        noted: Called in each transaction with what it records.

    Returns:
        The same with what became of each row.
    """
    with scope() as connection:
        people = _people(colleagues(connection))
    judge_again = _Judge(preview, uploader, people)
    accepted = [row for row in preview.rows if row.verdict is Verdict.ACCEPTED and row.answer is not None]
    became: dict[int, VerdictRow] = {}
    for begin in range(0, len(accepted), AT_ONCE):
        lot = accepted[begin : begin + AT_ONCE]
        with scope() as connection:
            free = lock_cases(connection, [_answer(row).case_id for row in lot])
            done = _record(connection, [row for row in lot if _answer(row).case_id in free], judge_again, noted)
        for row in lot:
            if _answer(row).case_id not in free:
                done[row.row] = _alone(scope, row, judge_again, noted)
        became |= done
    return replace(preview, rows=tuple(row if row.of_members else became.get(row.row, row) for row in preview.rows))


@dataclass(frozen=True)
class _Judge:
    """What rows are looked at with."""

    preview: Preview
    uploader: Uploader
    people: Mapping[str, str]

    def recording(self, row: VerdictRow, item: _Met | None) -> VerdictRow | Recording:
        """What a row comes to, or the verdict on it where it comes to nothing."""
        answer = _answer(row)
        if item is None or item.known.state == "withdrawn":
            return replace(row, verdict=Verdict.WITHDRAWN, why=None)
        if answer.key in item.keys:
            return replace(row, verdict=Verdict.REPLAY, why=None)
        if work_version(item.case) != answer.version:
            return replace(row, verdict=Verdict.CONFLICT, why=None)
        try:
            return _recording(answer, item, self.preview, self.uploader, self.people)
        except Refused as refused:
            return replace(row, verdict=Verdict.NOT_ALLOWED, why=(refused.zh, refused.en))


def _answer(row: VerdictRow) -> Answer:
    assert row.answer is not None
    return row.answer


def _alone(
    scope: Callable[[], AbstractContextManager[Connection]], row: VerdictRow, judge_again: _Judge, noted: Noted
) -> VerdictRow:
    """A row in a transaction of its own; whoever is quicker is waited for and comes first."""
    try:
        with scope() as connection:
            return _record(connection, [row], judge_again, noted)[row.row]
    except Refused:
        case_id = _answer(row).case_id
        with scope() as connection:  # perhaps the same upload from another window
            item = _meet(connection, [case_id]).get(case_id)
        done = item is not None and _answer(row).key in item.keys
        return replace(row, verdict=Verdict.REPLAY if done else Verdict.CONFLICT, why=None)


def _record(
    connection: Connection, rows: Sequence[VerdictRow], judge_again: _Judge, noted: Noted
) -> dict[int, VerdictRow]:
    """Record rows; what became of each, by its number in the sheet."""
    met = _meet(connection, [_answer(row).case_id for row in rows])
    judged = {row.row: judge_again.recording(row, met.get(_answer(row).case_id)) for row in rows}
    recordings = {number: item for number, item in judged.items() if isinstance(item, Recording)}
    calendar = judge_again.uploader.calendar
    keys = {row.row: _answer(row).key for row in rows}
    add_recorded(
        connection,
        [
            ([event for event, _ in item.taken], standing(item.case, calendar), keys[number])
            for number, item in recordings.items()
        ],
    )
    noted(connection, [(met[item.case.case_id].known.subject, item) for item in recordings.values()])
    return {
        row.row: replace(row, verdict=Verdict.RECORDED, why=item.told)
        if isinstance(item := judged[row.row], Recording)
        else item
        for row in rows
    }


def _checked(
    row: VerdictRow, met: Mapping[str, _Met], preview: Preview, uploader: Uploader, people: Mapping[str, str]
) -> VerdictRow:
    if row.verdict is not Verdict.ACCEPTED or row.answer is None:
        return row
    try:
        recording = _recording(row.answer, met[row.answer.case_id], preview, uploader, people)
    except Refused as refused:
        return replace(row, verdict=Verdict.NOT_ALLOWED, why=(refused.zh, refused.en))
    return replace(row, why=recording.told)


def _recording(
    answer: Answer, item: _Met, preview: Preview, uploader: Uploader, people: Mapping[str, str]
) -> Recording:
    actor = uploader.actor_of(item.known.county_code)
    if actor is None or item.case.flow != FLOW_OF_REVIEW[preview.batch.flow]:
        raise Refused("not_yours", "这一件不由您办理。", "This case is not yours to work on.")
    return record(answer, item.case, Recorder(actor, uploader.at, uploader.calendar, people), item.known.id_last)


def _meet(connection: Connection, case_ids: Sequence[str]) -> dict[str, _Met]:
    """Cases that the account sees, with their events."""
    known, events = known_cases(connection, case_ids), events_of_cases(connection, case_ids)
    met = {}
    for case_id in known.keys() & events.keys():
        happened, keys = events[case_id]
        counted = {event.number for event in effective(happened)}
        in_force = frozenset(key for number, key in keys.items() if number in counted)
        met[case_id] = _Met(known[case_id], replay(happened), in_force)
    return met


def _people(desk: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Accounts by what visitors are called: the log-in name always, the name where only one has it."""
    names = [name for _, name in desk]
    alone = {name: username for username, name in desk if names.count(name) == 1}
    return alone | {username: username for username, _ in desk}

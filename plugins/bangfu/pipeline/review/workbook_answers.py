"""What came back (回传导入): said row by row before anything is done, then done row by row.

Each row is a transaction of its own, so that a kill between two loses nothing, and the key of its answer is kept with the
last event of it: the same answer again is a replay and not a second visit.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from bangfu.china_time import CHINA
from bangfu.db.cases import add_event, colleagues
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


Noted = Callable[[Connection, str, Recording], None]
"""Notes in the access log, in the row's transaction: the person's opaque id, and what was recorded."""


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
    """Record the accepted rows of a preview, each in a transaction of its own.

    Args:
        scope: Opens a transaction in the scope of the account.
        preview: From `dry_run`, not long ago; every row is looked at again.
        uploader: Who.
        noted: Called in the transaction of each row that is recorded.

    Returns:
        The same with what became of each row.
    """
    with scope() as connection:
        people = _people(colleagues(connection))
    return replace(preview, rows=tuple(_applied(scope, row, preview, uploader, people, noted) for row in preview.rows))


def _applied(
    scope: Callable[[], AbstractContextManager[Connection]], row: VerdictRow, preview: Preview, uploader: Uploader,
    people: Mapping[str, str], noted: Noted,
) -> VerdictRow:  # fmt: skip
    if row.verdict is not Verdict.ACCEPTED or row.answer is None:
        return row
    try:
        with scope() as connection:
            return _record(connection, row, preview, uploader, people, noted)
    except Refused as refused:
        if refused.code != "changed_meanwhile":
            return replace(row, verdict=Verdict.NOT_ALLOWED, why=(refused.zh, refused.en))
        with scope() as connection:  # somebody was quicker, perhaps the same upload from another window
            done = row.answer.key in _meet(connection, [row.answer.case_id])[row.answer.case_id].keys
        return replace(row, verdict=Verdict.REPLAY if done else Verdict.CONFLICT, why=None)


def _record(
    connection: Connection, row: VerdictRow, preview: Preview, uploader: Uploader, people: Mapping[str, str], noted: Noted
) -> VerdictRow:  # fmt: skip
    answer = row.answer
    assert answer is not None
    item = _meet(connection, [answer.case_id]).get(answer.case_id)
    if item is None or item.known.state == "withdrawn":
        return replace(row, verdict=Verdict.WITHDRAWN, why=None)
    if answer.key in item.keys:
        return replace(row, verdict=Verdict.REPLAY, why=None)
    if work_version(item.case) != answer.version:
        return replace(row, verdict=Verdict.CONFLICT, why=None)
    recording = _recording(answer, item, preview, uploader, people)
    last = recording.case.version
    for event, made in recording.taken:
        key = answer.key if event.number == last else None
        add_event(connection, event, standing(made, uploader.calendar), key)
    noted(connection, item.known.subject, recording)
    return replace(row, verdict=Verdict.RECORDED, why=recording.told)


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

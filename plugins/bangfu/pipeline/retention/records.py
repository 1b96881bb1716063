"""Clearing the database of what has been kept long enough (到期清理): cases reduced, lists, log, notices and the rest removed.

The times are those of `schemas.keeping`. Every batch is a transaction of its own that leaves a whole state behind, and none
needs to know of another: a run that was killed is completed by the next, which finds what is left.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bangfu.db import audit, keeping, sessions
from bangfu.db.audit import Head
from bangfu.errors import BangfuError
from bangfu.pipeline.audit.chain import seal_log, stored_heads
from bangfu.pipeline.context import Context
from bangfu.pipeline.steps import Step, step
from bangfu.review.cases import Event, replay
from bangfu.review.retention import reduced
from schemas.keeping import KEEPINGS

__all__ = ["CLEARED", "clear_records"]

_log = logging.getLogger(__name__)

_CASES = 200
_ROWS = 500
_ENTRIES = 50_000
"""Cases, records and log entries of one transaction."""


def clear_records(context: Context, *, now: datetime | None = None, dry_run: bool = False) -> dict[str, int]:
    """Remove what may not be kept any longer. Doing it again removes nothing more.

    Args:
        context: The installation.
        now: The moment to which times are counted; the present one when absent.
        dry_run: Count and change nothing.

    Returns:
        How many cases were reduced, and how many records removed, by code of `schemas.keeping`.

    Raises:
        BangfuError: The access log was changed: nothing of it is removed. The rest is done.
    """
    now = now or datetime.now(UTC)
    counts: dict[str, int] = {}
    failure: BangfuError | None = None
    for code, clear in CLEARED.items():
        try:
            counts[code] = clear(context, now, dry_run)
        except BangfuError as error:
            failure = error
    told = ", ".join(f"{code} {number}" for code, number in counts.items())
    _log.info("records %s: %s", "due" if dry_run else "cleared", told)
    if failure is not None:
        raise failure
    return counts


def _before(code: str, now: datetime, days: int | None = None) -> datetime:
    time = KEEPINGS[code].time
    assert time is not None
    return now - (time if days is None else timedelta(days=days))


def _cases(context: Context, now: datetime, dry_run: bool) -> int:
    before = _before("cases", now, context.settings.case_days)
    with context.engine.connect() as connection:
        if dry_run:
            return keeping.count_cases(connection, before)
    done, after = 0, ""
    while True:
        with step(Step.REDUCE_CASES), context.engine.begin() as connection:
            listed = keeping.cases_to_reduce(connection, before, after, _CASES)
            for case_id, events in keeping.hold_cases(connection, listed, before).items():
                kept = _reduced(case_id, events)
                if kept is not None:
                    keeping.reduce_case(connection, case_id, kept, now)
                    done += 1
        if not listed:
            return done
        after = listed[-1]


def _reduced(case_id: str, events: list[Event]) -> tuple[Event, ...] | None:
    """The events that stay; None where they would make another case, which is left for a person to look at."""
    try:
        case = replay(events)
        kept = reduced(case)
        again = replay(kept)
        same = replace(again, facts=case.facts, history=case.history) == case
    except (ValueError, KeyError) as error:
        _log.warning("case %s cannot be replayed and is not reduced: %s", case_id, type(error).__name__)
        return None
    if not same:
        _log.warning("case %s would not be the same when reduced, and stays", case_id)
    return kept if same else None


def _former_lists(context: Context, now: datetime, dry_run: bool) -> int:
    with context.engine.connect() as connection:
        due = keeping.former_lists(connection, _before("former_lists", now))
    if dry_run:
        return sum(rows for _, rows in due)
    done = 0
    for run_id, _ in due:
        with step(Step.REMOVE_LIST), context.engine.begin() as connection:
            done += keeping.remove_list(connection, run_id)
    return done


def _access_log(context: Context, now: datetime, dry_run: bool) -> int:
    """Up to the latest head that was kept and is old enough: so the end of what is removed is proven elsewhere."""
    with context.engine.connect() as connection:
        anchor, end = keeping.end_of_log(connection, _before("access_log", now))
    heads = sorted((head for head in stored_heads(context) if anchor < head.position <= end), key=lambda h: h.position)
    if not heads:
        return 0
    if dry_run:
        with context.engine.connect() as connection:
            return keeping.count_log(connection, heads[-1])
    seal_log(context)
    with context.engine.connect() as connection:
        findings = audit.verify(connection, stored_heads(context)).findings
    if findings:
        raise BangfuError(
            f"The access log was changed ({findings[0].code} at position {findings[0].position}): nothing of it is removed; "
            "`bangfu audit verify` tells more."
        )
    done = 0
    while heads:
        head = _next_head(heads, anchor + _ENTRIES)
        with step(Step.SHORTEN_LOG), context.engine.begin() as connection:
            done += keeping.shorten_log(connection, head)
        anchor, heads = head.position, [item for item in heads if item.position > head.position]
    return done


def _next_head(heads: list[Head], most: int) -> Head:
    near = [head for head in heads if head.position <= most]
    return near[-1] if near else heads[0]


def _batches(code: str, name: Step) -> Callable[[Context, datetime, bool], int]:
    remove = {"approvals": keeping.remove_approvals, "notices": keeping.remove_notices}[code]

    def clear(context: Context, now: datetime, dry_run: bool) -> int:
        before, done = _before(code, now), 0
        if dry_run:
            with context.engine.connect() as connection:
                return keeping.count_old(connection, code, before)
        while True:
            with step(name), context.engine.begin() as connection:
                gone = remove(connection, before, _ROWS)
            done += gone
            if not gone:
                return done

    return clear


def _uploads(context: Context, now: datetime, dry_run: bool) -> int:
    if dry_run:
        with context.engine.connect() as connection:
            return keeping.count_old(connection, "uploads", now)
    with step(Step.REMOVE_UPLOADS), context.engine.begin() as connection:
        return keeping.remove_uploads(connection)


def _sessions(context: Context, _now: datetime, dry_run: bool) -> int:
    with step(Step.REMOVE_SESSIONS), context.engine.connect() as connection:
        gone = sessions.purge(connection)  # attempts to log in with them
        if dry_run:
            connection.rollback()
        else:
            connection.commit()
    return gone


CLEARED: Mapping[str, Callable[[Context, datetime, bool], int]] = {
    "cases": _cases,
    "former_lists": _former_lists,
    "access_log": _access_log,
    "approvals": _batches("approvals", Step.REMOVE_APPROVALS),
    "notices": _batches("notices", Step.REMOVE_NOTICES),
    "uploads": _uploads,
    "sessions": _sessions,
}
"""What clears each kind; sessions take the counted attempts along, and what has no time is not here."""

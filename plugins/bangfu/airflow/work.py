"""Task bodies (任务): call one use case and return counts and ids, nothing else.

What a task returns goes into Airflow's database and its pages, and so does the text of an exception. So
results are reduced to numbers and ids here, and an error that is not ours is told by its type and
place only: its text may quote a value of a person.
"""

import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from airflow.sdk.exceptions import AirflowException, AirflowSkipException

from bangfu.errors import BangfuError

if TYPE_CHECKING:
    from bangfu.pipeline.context import Context

__all__ = [
    "WorkError",
    "advance",
    "audit",
    "clear",
    "decide_held",
    "dispatch",
    "held",
    "link",
    "publish",
    "receive",
    "retire",
    "screen",
    "standardise",
]

WAITING_ENDS = timedelta(hours=1)
"""An extract that is not standardised after this long holds the linkage back no more."""


P = ParamSpec("P")
Counts = dict[str, Any]
Result = TypeVar("Result")


class WorkError(Exception):
    """A use case failed; the text names the place and no value."""


def task_body(work: Callable[Concatenate["Context", P], Result]) -> Callable[P, Result]:
    """Open the installation of the environment for a task; what goes wrong is told without personal values.

    Airflow logs an exception with the whole chain of its causes, and a cause is often a library's error that quotes
    what it choked on. So the failure is raised after the handler has ended, alone.
    """

    @wraps(work)
    def body(*args: P.args, **kwargs: P.kwargs) -> Result:
        from bangfu.pipeline.context import open_context

        failure: Exception
        try:
            with open_context() as context:
                return work(context, *args, **kwargs)
        except (AirflowException, BangfuError) as error:
            failure = error
        except Exception as error:
            failure = WorkError(_place(error))
        failure.__cause__ = failure.__context__ = None
        raise failure

    return body


@task_body
def receive(context: "Context", source: str) -> Counts:
    """Land and register everything in the drop area of a source; skipped when it is empty."""
    from bangfu.pipeline.intake.receive import receive_dropped

    receipts = receive_dropped(context, source)
    if not receipts:
        raise AirflowSkipException(f"The drop area of {source} is empty.")
    outcomes = Counter(str(receipt.outcome) for receipt in receipts)
    return {"source": source, **outcomes, "bytes": sum(receipt.byte_size for receipt in receipts)}


@task_body
def standardise(context: "Context", source: str) -> Counts:
    """Standardise every delivery of a source that is registered and not in use yet."""
    from bangfu.pipeline.intake.settle import settle_pending

    done = settle_pending(context, source)
    counts: Counter[str] = Counter()
    for item in done:
        counts.update({name: getattr(item, name) for name in ("rows_in", "rows_accepted", "rows_rejected")})
        counts[str(item.status)] += 1
    return {"source": source, "deliveries": len(done), **counts}


@task_body
def held(context: "Context", source: str) -> list[str]:
    """The deliveries of a source that wait for a person; skipped when there are none."""
    from bangfu.pipeline.intake.approve import held as use_case

    waiting = [delivery.delivery_id for delivery in use_case(context, source)]
    if not waiting:
        raise AirflowSkipException(f"No delivery of {source} waits for approval.")
    return waiting


@task_body
def decide_held(context: "Context", delivery_ids: list[str], *, approved: bool, by: str, reason: str = "") -> Counts:
    """Take held deliveries into use, or turn them down for a reason; one that was decided elsewhere is left alone."""
    from bangfu.pipeline.intake.approve import approve, turn_down
    from bangfu.pipeline.intake.approve import held as use_case

    waiting = {delivery.delivery_id for delivery in use_case(context)}
    for delivery_id in sorted(waiting & set(delivery_ids)):
        if approved:
            approve(context, delivery_id, by=by)
        else:
            turn_down(context, delivery_id, by=by, reason=reason)
    return {"decided": len(waiting & set(delivery_ids)), "approved": int(approved)}


@task_body
def link(context: "Context", force: bool = False) -> Counts:
    """Link all sources with the roster; skipped while input is on its way or nothing has changed.

    Args:
        force: Do not wait for extracts that are still being standardised.
    """
    from bangfu.pipeline.linkage.link import link as use_case

    if not _has_roster(context):
        raise AirflowSkipException("No union roster is standardised yet; linkage starts with the first.")
    waiting = 0 if force else _on_their_way(context)
    if waiting:
        # Each of them updates its asset when it is ready, and so brings another run of this DAG.
        raise AirflowSkipException(f"{waiting} extracts are still being standardised; linkage follows them.")
    summary = use_case(context)
    if summary.unchanged and _screened_since(context, summary.run_id):
        raise AirflowSkipException(f"The inputs are those of run {summary.run_id}, which has been screened.")
    return _counts(summary)


@task_body
def screen(context: "Context") -> Counts:
    """Screen the linked persons for evidence of hardship."""
    from bangfu.pipeline.screening.screen import screen as use_case

    return _counts(use_case(context))


@task_body
def publish(context: "Context") -> Counts:
    """Show the approved list to the local unions; skipped where another took its place since it was approved."""
    from bangfu.errors import Refused
    from bangfu.pipeline.review.publish import publish as use_case

    try:
        return _counts(use_case(context))
    except Refused as refused:
        if refused.code != "not_approved":
            raise
        raise AirflowSkipException(refused.en) from None


@task_body
def dispatch(context: "Context") -> Counts:
    """Send the notices that are due."""
    from bangfu.pipeline.notices.dispatch import dispatch_due

    return _counts(dispatch_due(context))


@task_body
def remind(context: "Context") -> Counts:
    """Write the reminders and escalations that are due."""
    from bangfu.pipeline.notices.remind import remind as use_case

    return {"notices": use_case(context)}


@task_body
def retire(context: "Context") -> Counts:
    """Delete what has been kept long enough; returns the counts, the run and its certificate."""
    from bangfu.pipeline.retention.retire import retire as use_case

    return {name: value for name, value in _counts(use_case(context)).items() if name != "lines"}


@task_body
def clear(context: "Context") -> Counts:
    """Reduce ended cases and remove records whose time is over; returns the counts."""
    from bangfu.pipeline.retention.records import clear_records

    return dict(clear_records(context))


@task_body
def advance(context: "Context") -> Counts:
    """Take the steps whose time has come, open the cases that follow, collect what ended ones teach; returns the counts."""
    from bangfu.pipeline.review.clock import advance as take
    from bangfu.pipeline.review.collecting import collect
    from bangfu.pipeline.review.following import follow

    return {**_counts(take(context)), **_counts(follow(context)), **_counts(collect(context))}


@task_body
def audit(context: "Context") -> Counts:
    """Seal the access log; in the first hour of a day verify it, and fail where something was changed."""
    from bangfu.china_time import CHINA
    from bangfu.pipeline.audit.chain import seal_log, verify_log

    done = seal_log(context)
    told = {"sealed": done.sealed, "position": done.position, "head": done.head}
    if datetime.now(CHINA).hour:
        return told
    found = verify_log(context)
    if found.findings:
        places = ", ".join(f"{item.code} at position {item.position}" for item in found.findings[:10])
        raise BangfuError(f"The access log was changed: {places}. `bangfu audit verify` tells more.")
    return {**told, "verified": found.sealed, "heads": found.heads}


def _place(error: Exception) -> str:
    """Type of an error and where it came from, innermost last."""
    frames = [f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in traceback.extract_tb(error.__traceback__)]
    return " > ".join([type(error).__name__, *frames[-6:]])


def _has_roster(context: "Context") -> bool:
    from bangfu.db.deliveries import standing_extracts
    from schemas.sources import ROSTER

    with context.engine.connect() as connection:
        return bool(standing_extracts(connection, source=ROSTER))


def _on_their_way(context: "Context") -> int:
    """How many deliveries are registered, not in use, and not given up; one that waits for a person is no reason to."""
    from bangfu.db.deliveries import list_deliveries
    from bangfu.db.intake_models import DeliveryStatus

    since = datetime.now(UTC) - WAITING_ENDS
    with context.engine.connect() as connection:
        received = list_deliveries(connection, status=DeliveryStatus.RECEIVED)
    return sum(delivery.received_at >= since for delivery in received)


def _screened_since(context: "Context", run_id: str) -> bool:
    """Whether a screening followed a linkage run; run ids sort by time."""
    from bangfu.db.runs import latest_run

    with context.engine.connect() as connection:
        screened = latest_run(connection, "screen")
    return screened is not None and screened.run_id > run_id


def _counts(summary: Any) -> Counts:
    """A summary as JSON; by contract it holds counts and ids only."""
    return {name: _plain(value) for name, value in asdict(summary).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)

"""The second person of the demonstration (演示审批): an account of its own answers Airflow's question, and the output says so."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bangfu.demonstration.officers import APPROVES_LISTS
from bangfu.pipeline.context import Context
from bangfu.services.airflow_api import AirflowApi, DagRun
from bangfu.services.http import LocalRequestError
from bangfu.settings import Settings

__all__ = ["READING", "approve_list"]

READING = timedelta(seconds=10)
"""How long the question is looked at. Airflow 3.3 takes a task for failed whose answer comes before its scheduler has heard that
the task is waiting; people are never so fast."""


def approve_list(settings: Settings, context: Context, run: DagRun, say: Callable[[str], None]) -> None:
    """Approve of the list that a run asks about, where it asks now.

    Args:
        settings: The installation.
        context: Its database, which says what is asked.
        run: A run of the DAG `publish`.
        say: Takes what is asked and answered.
    """
    from bangfu.pipeline.review.publication import question_of

    if APPROVES_LISTS not in settings.airflow_approvers:
        return
    api = AirflowApi(settings, APPROVES_LISTS)
    try:
        for question in api.open_questions(run):
            if datetime.now(UTC) - question.asked_at < READING:
                continue
            asked = question_of(context)
            api.answer(question, question.options[0])
            if asked is not None:
                clues = asked.figures["clues"]
                say(
                    f"  approval {asked.approval_id} 审批: Airflow asks whether to publish {asked.rows:,} clues "
                    f"({clues['new']:,} new, {clues['renewed']:,} with other evidence, {clues['withdrawn']:,} no longer listed)"
                )
                say(f"    the schedule has asked, {APPROVES_LISTS} has answered 演示账号代答: {question.options[0]}")
    except LocalRequestError:
        return  # a busy server; the next look asks again

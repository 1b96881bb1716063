"""Asking a second person whether a list is published (发布审批), in Airflow's human-in-the-loop page.

The question is that of the database (`bangfu.db.approvals`): it can be answered on the portal and with `bangfu approvals` as
well, and whichever answer comes first counts. It holds counts by area, never a name. Who answers here must be, under the
same name, an approver of the province, and not who started the run.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowSkipException

from bangfu.airflow import work

if TYPE_CHECKING:
    from bangfu.db.approvals import Asked
    from bangfu.pipeline.context import Context

__all__ = ["REASON", "AskToPublish", "look", "prepare", "reason_field", "take_answer"]

REASON = "reason"
"""Name of the field in which it is written why a list is not published."""


class AskToPublish(ApprovalOperator):
    """Asks a person about a list; an answer that does not count is told, and the question asked again."""

    APPROVE = "同意发布 Publish it"
    REJECT = "不予发布 Do not publish"

    template_fields = (*ApprovalOperator.template_fields, "approval_id")

    def __init__(self, *, approval_id: Any, **given: Any) -> None:
        super().__init__(params={REASON: reason_field()}, **given)
        self.approval_id = approval_id

    def execute(self, context: Any) -> Any:
        """Ask, unless the question was answered elsewhere."""
        if look(int(self.approval_id)) == "waiting":
            return super().execute(context)
        return None

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Take the answer: go on, leave the list as it is, or ask again."""
        if event.get("error_type") == "timeout":
            raise AirflowSkipException("Nobody has answered in time: the list is not published, and asked about again.")
        if "error" not in event:
            problem = take_answer(int(self.approval_id), event, approve=self.APPROVE in event["chosen_options"])
            if problem:
                self.log.warning("The answer does not count: the question is asked again.")
                self.body = f"> ⚠ {problem}\n\n{self.body}"
                return self.execute(context)
        return super().execute_complete(context, event)


def reason_field() -> Param:
    """The field of the question's form, which only who turns the list down has to fill in."""
    return Param(
        None,
        type=["null", "string"],
        format="multiline",
        title="不予发布的理由 Reason",
        description="选择“不予发布”时必填；不要写个人信息。Needed not to publish. No particulars of a person.",
    )


@work.task_body
def prepare(
    context: "Context", started_by: str | None, *, by_hand: bool = False, another_open: bool = False
) -> dict[str, Any]:
    """The question about the latest list; skipped where it is published, was turned down, or is asked already.

    Args:
        context: The installation.
        started_by: Airflow's user who started the run; None for the schedule.
        by_hand: Whether a person started it, which asks again where a second person has said no.
        another_open: Whether another run may have the question open.

    Returns:
        `approval_id`, `subject` and `body`.
    """
    from bangfu.db.approvals import ApprovalState
    from bangfu.db.users import get_user
    from bangfu.pipeline.review.publication import ask, question_of

    before = question_of(context)
    if another_open and before is not None and before.state() is ApprovalState.WAITING:
        raise AirflowSkipException("The question is open already, in another run.")
    with context.engine.connect() as connection:
        account = get_user(connection, (started_by or "").strip().lower())
    known = account is not None and account.active and account.area_code == "53"
    asked = ask(context, account.username if account and known else None, again=by_hand)
    if asked is None:
        raise AirflowSkipException("The latest list is published already.")
    if asked.state() is ApprovalState.REJECTED:
        raise AirflowSkipException(f"{asked.decided_by} has decided not to publish it: {asked.reason}")
    return {"approval_id": asked.approval_id, "subject": _subject(asked), "body": _body(asked)}


@work.task_body
def look(context: "Context", approval_id: int) -> str:
    """How a question stands: `waiting` or `approved`; skipped where the list is not to be published.

    Raises:
        AirflowSkipException: It was turned down, its time is over, or another list took the place of its own.
    """
    from bangfu.db.approvals import ApprovalState, approval
    from bangfu.pipeline.review.publication import question_of

    with context.engine.connect() as connection:
        asked = approval(connection, approval_id)
    state = asked.state() if asked else ApprovalState.EXPIRED
    if asked and state is ApprovalState.REJECTED:
        raise AirflowSkipException(f"{asked.decided_by} has decided not to publish it: {asked.reason}")
    current = question_of(context)
    if state is ApprovalState.EXPIRED or current is None or current.approval_id != approval_id:
        raise AirflowSkipException("The list was published, replaced by a later one, or waited for too long.")
    return str(state)


@work.task_body
def take_answer(context: "Context", approval_id: int, answer: Mapping[str, Any], *, approve: bool) -> str:
    """Record an answer given in Airflow.

    Args:
        context: The installation.
        approval_id: The question.
        answer: `params_input` and `responded_by_user`.
        approve: Whether the list may be published.

    Returns:
        Why the answer does not count; nothing where it does.

    Raises:
        AirflowSkipException: The question was answered elsewhere, and the list is not to be published.
    """
    from bangfu.db.approvals import answer as record
    from bangfu.db.users import get_user
    from bangfu.errors import Refused

    user = answer.get("responded_by_user") or {}
    names = [str(user.get(key) or "").strip().lower() for key in ("name", "id")]
    reason = str((answer.get("params_input") or {}).get(REASON) or "")
    try:
        with context.engine.begin() as connection:
            by = next((name for name in names if name and get_user(connection, name)), next(filter(None, names), ""))
            record(connection, approval_id, by=by, approve=approve, reason=reason, way="airflow")
    except Refused as refused:
        if refused.code != "not_waiting":
            return f"{refused.zh}。{refused.en}"
        if _decided_elsewhere(context, approval_id) != approve:
            raise AirflowSkipException(
                "The question was answered elsewhere meanwhile, or its list was replaced."
            ) from None
    return ""


def _decided_elsewhere(context: "Context", approval_id: int) -> bool | None:
    """What was decided elsewhere: whether the list may be published; None where nothing was."""
    from bangfu.db.approvals import approval

    with context.engine.connect() as connection:
        asked = approval(connection, approval_id)
    return asked.approved if asked else None


def _subject(asked: "Asked") -> str:
    return f"是否发布？Publish? {asked.rows:,} 条线索 clues · {asked.subject}"


def _body(asked: "Asked") -> str:
    from bangfu.china_time import in_china
    from bangfu.review.publication import publication_tables

    by = asked.asked_by or "定时任务 the schedule"
    parts = [
        f"审批 approval **{asked.approval_id}** · 申请 asked by {by} · {in_china(asked.asked_at)} · "
        f"有效至 open until {in_china(asked.expires_at)}"
    ]
    for head, rows in publication_tables(asked.figures):
        shown = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
        ruled = ["|", *("---|" if place == 0 else "---:|" for place in range(len(head)))]
        parts.append(
            "\n".join(
                ["| " + " | ".join(head) + " |", "".join(ruled), *("| " + " | ".join(row) + " |" for row in shown)]
            )
        )
    parts.append(
        f"- **{AskToPublish.APPROVE}**：清单以此内容发布给属地工会，案件随之开立 this very list goes to the unions\n"
        f"- **{AskToPublish.REJECT}**：不发布，须写明理由 it is not published; write why\n\n"
        "答复人须是省级审批人（Airflow 用户名与账号一致），且不是申请人；也可在门户“审批”或用 "
        f"`bangfu approvals approve {asked.approval_id} --by ...` 答复。Who answers is an approver of the province under the "
        "same name, and has not asked."
    )  # fmt: skip
    return "\n\n".join(parts)

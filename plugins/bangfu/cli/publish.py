"""`bangfu publish`: the screened list becomes visible to the unions, once a second person has approved of it."""

from typing import Annotated

from typer import Option

from bangfu.cli.output import Json, emit

__all__ = ["publish"]


def publish(
    ask: Annotated[bool, Option("--ask", help="Ask a second person about it instead, with counts of what changes.")] = False,
    by: Annotated[str | None, Option("--by", help="With --ask: your own account, which is recorded.")] = None,
    json: Json = False,
) -> None:  # fmt: skip
    """Show the list of the latest screening to the local unions, in place of the one before (发布).

    An approver of the province, who is not the one that asked, approves of this very list first (双人审批): with
    `bangfu approvals`, on the portal, or in Airflow. A later screening needs another approval.

    Example:
      bangfu publish --ask --by li.na
      bangfu approvals approve 7 --by chen.jie
      bangfu publish
    """
    from bangfu.cli.approvals import question_lines
    from bangfu.errors import BangfuError
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.publication import ask as ask_for
    from bangfu.pipeline.review.publish import publish as work

    if not ask and by is not None:
        raise BangfuError("--by says who asks: give it with --ask. Who answers is said with `bangfu approvals`.")
    with open_context() as context:
        if ask:
            question = ask_for(context, by or "")
            lines = question_lines(question) if question else ["The latest list is published already."]
            emit({"question": question}, json=json, lines=lines)
            return
        summary = work(context)
    told = f"publish: list version {summary.list_version} with {summary.candidates:,} candidates (run {summary.run_id})"
    lines = [told]
    if summary.cases is not None:
        made = summary.cases
        lines.append(
            f"cases 案件: {made.opened + made.entries:,} opened, {made.renewed:,} with other evidence, {made.withdrawn:,} withdrawn, "
            f"{made.gone:,} whose officers are told that the evidence is gone; `bangfu cases status` counts them"
        )
    if summary.households is not None and summary.households.listed:
        held = summary.households
        lines.append(
            f"households 在档户: {held.listed:,} registered, {held.new:,} new, {held.left:,} left, {held.ended:,} pairings ended; "
            "`bangfu cases pairing` tells the coverage"
        )
    if summary.notices:
        lines.append(f"notices 通知: {summary.notices:,} written; `bangfu dispatch --once` sends them, or Airflow does")
    emit(summary, json=json, lines=lines)

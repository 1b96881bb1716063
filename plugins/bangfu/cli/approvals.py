"""`bangfu approvals`: questions to a second person about lists to publish and persons to export, and the answers."""

from typing import TYPE_CHECKING, Annotated

import typer

from bangfu.cli.output import Json, emit, table

if TYPE_CHECKING:
    from bangfu.db.approvals import Asked

__all__ = ["app", "question_lines"]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="""What waits for a second person: a list to publish, many persons to export (双人审批).

\b
Example:
  bangfu approvals list
  bangfu approvals show 7
  bangfu approvals approve 7 --by chen.jie
""",
)

Number = Annotated[int, typer.Argument(help="Number of the question; `bangfu approvals list` shows it.")]
By = Annotated[str, typer.Option("--by", help="Your own account, which is recorded; not the one that asked.")]


@app.command(
    "list",
    help="""List the questions, those that wait first.

\b
Example:
  bangfu approvals list
""",
)
def list_approvals(json: Json = False) -> None:
    """List the questions."""
    from bangfu.china_time import in_china
    from bangfu.db.approvals import approvals
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.connect() as connection:
        found = approvals(connection)
    rows = [
        (item.approval_id, str(item.kind), item.subject, item.rows, item.asked_by or "schedule", in_china(item.asked_at), str(item.state()), item.decided_by)
        for item in found
    ]  # fmt: skip
    head = ("number", "kind", "of", "persons", "asked by", "at", "state", "answered by")
    told = {"approvals": [{**vars(item), "state": item.state()} for item in found]}
    emit(told, json=json, lines=table(head, rows) if rows else ["Nothing was asked."])


@app.command(
    help="""Show a question as the second person has to judge it: counts, never a name.

\b
Example:
  bangfu approvals show 7
"""
)
def show(number: Number, json: Json = False) -> None:
    """Show a question."""
    from bangfu.db.approvals import approval
    from bangfu.errors import BangfuError
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.connect() as connection:
        found = approval(connection, number)
    if found is None:
        raise BangfuError(f"There is no question {number}: `bangfu approvals list` shows them.")
    emit({**vars(found), "state": found.state()}, json=json, lines=question_lines(found))


@app.command(
    help="""Approve what was asked; whoever asked may not.

A list is published by `bangfu publish` or Airflow afterwards; an export is good for one file within a day.

\b
Example:
  bangfu approvals approve 7 --by chen.jie
"""
)
def approve(number: Number, by: By, json: Json = False) -> None:
    """Approve what was asked."""
    _answer(number, by, approve=True, reason="", json=json)


@app.command(
    help="""Do not approve, and say why.

\b
Example:
  bangfu approvals reject 7 --reason "昆明市增加过多，先核对来源" --by chen.jie
"""
)
def reject(
    number: Number,
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why not; without particulars of a person.")],
    json: Json = False,
) -> None:
    """Do not approve."""
    _answer(number, by, approve=False, reason=reason, json=json)


def question_lines(asked: "Asked") -> list[str]:
    """A question for people: what it is about, how it stands, how to answer."""
    from bangfu.china_time import in_china
    from bangfu.db.approvals import ApprovalState
    from bangfu.review.publication import publication_tables

    state, number = asked.state(), asked.approval_id
    by = asked.asked_by or "the schedule 定时任务"
    lines = [
        f"approval 审批 {number}: {asked.kind} of {asked.subject}, {asked.rows:,} persons, asked by {by}, {in_china(asked.asked_at)}"
    ]
    if asked.purpose:
        lines.append(f"purpose 用途: {asked.purpose}; to 接收: {asked.recipient}")
    for head, rows in publication_tables(asked.figures) if asked.figures else ():
        lines += ["", *table(head, rows)]
    lines.append("")
    if state is ApprovalState.WAITING:
        lines.append(f"waits for a second person until {in_china(asked.expires_at)} 待第二人答复:")
        lines.append(f"  bangfu approvals approve {number} --by ...   同意")
        lines.append(f"  bangfu approvals reject {number} --reason ... --by ...   不同意")
    else:
        told = f"{state} by {asked.decided_by} ({asked.way})" if asked.decided_by else str(state)
        lines.append(told + (f": {asked.reason}" if asked.reason else ""))
        if asked.kind == "publication" and state is ApprovalState.APPROVED:
            lines.append("now `bangfu publish` 可以发布")
    return lines


def _answer(number: int, by: str, *, approve: bool, reason: str, json: bool) -> None:
    from bangfu.db.approvals import answer
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.begin() as connection:
        asked = answer(connection, number, by=by, approve=approve, reason=reason)
    emit({**vars(asked), "state": asked.state()}, json=json, lines=question_lines(asked))

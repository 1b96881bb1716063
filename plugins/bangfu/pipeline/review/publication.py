"""Asking a second person before a list is published (发布审批): what was approved is what is published.

The question is about one run and the digest of its content; a later screening, or any other content, needs an answer of its
own. There is one question about a list at a time, wherever it was asked and is answered.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from bangfu.db.account import User
from bangfu.db.approvals import ApprovalState, Asked, account_asking, ask_publication, for_publication, use
from bangfu.db.candidates import lock_lists
from bangfu.db.models import CandidateList
from bangfu.db.publications import content_digest, figures_of
from bangfu.errors import BangfuError, Refused
from bangfu.pipeline.context import Context
from schemas.flows import FLOW_OF_LIST

__all__ = ["NEVER_SCREENED", "Screened", "approved_question", "ask", "latest_screened", "note_published", "question_of"]

NEVER_SCREENED = "There is no screened list to publish: run `bangfu screen` first."


@dataclass(frozen=True)
class Screened:
    """The latest list: its run, how many persons, and its version once it is published."""

    run_id: str
    candidates: int
    list_version: int | None


def latest_screened(connection: Connection) -> Screened:
    """The latest list, under a lock: no other takes its place until the transaction ends.

    Raises:
        BangfuError: Nothing has been screened.
    """
    lock_lists(connection)
    columns = [CandidateList.__table__.c[name] for name in Screened.__dataclass_fields__]
    row = connection.execute(select(*columns).order_by(CandidateList.run_id.desc()).limit(1)).one_or_none()
    if row is None:
        raise BangfuError(NEVER_SCREENED)
    return Screened(**row._mapping)


def ask(context: Context, by: str | None = None, *, again: bool = True) -> Asked | None:
    """Ask about the latest list, or return the question that is open about it.

    Args:
        context: The installation.
        by: Account of who asks; None for the schedule.
        again: Whether to ask once more where a second person has said no.

    Returns:
        The question; None where the list is published.

    Raises:
        BangfuError: Nothing has been screened, or the account cannot ask.
    """
    with context.engine.begin() as connection:
        who: User | None = account_asking(connection, by) if by is not None else None
        latest = latest_screened(connection)
        if latest.list_version is not None:
            return None
        digest = _digest(connection, latest)
        known = for_publication(connection, latest.run_id, digest)
        if known is not None and known.state() is ApprovalState.REJECTED and not again:
            return known
        figures = figures_of(connection, latest.run_id, FLOW_OF_LIST)
        return ask_publication(connection, latest.run_id, digest, latest.candidates, figures, who)


def question_of(context: Context) -> Asked | None:
    """The latest question about the latest list as it is now; None where nobody asked, or it is published."""
    with context.engine.begin() as connection:
        latest = latest_screened(connection)
        if latest.list_version is not None:
            return None
        return for_publication(connection, latest.run_id, _digest(connection, latest))


def approved_question(connection: Connection, latest: Screened) -> Asked:
    """The approval of this very list.

    Raises:
        Refused: `not_approved`: nobody has approved of it as it is now.
    """
    asked = for_publication(connection, latest.run_id, _digest(connection, latest))
    state = asked.state() if asked else None
    if asked is not None and state is ApprovalState.APPROVED:
        return asked
    told = f"approval {asked.approval_id} is {state}" if asked else "nobody has asked for its approval"
    zh = f"第 {asked.approval_id} 号审批尚未同意" if asked else "尚未申请审批"
    raise Refused(
        "not_approved",
        f"清单（{latest.run_id}）未经第二人同意，不能发布：{zh}",
        f"The list of run {latest.run_id} is not approved by a second person: {told}. "
        "`bangfu publish --ask --by ...` asks, `bangfu approvals approve NUMBER --by ...` answers.",
    )


def note_published(connection: Connection, asked: Asked, list_version: int) -> None:
    """Note, in the transaction that publishes, for which version the approval was used."""
    use(connection, asked, f"list {list_version}")


def _digest(connection: Connection, latest: Screened) -> str:
    return content_digest(connection, latest.run_id, FLOW_OF_LIST)

"""Two persons of the province, for tests that publish: one asks, another approves, as every installation does it."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bangfu.db.approvals import answer
from bangfu.db.users import User, create_user, get_user
from bangfu.pipeline.context import Context
from bangfu.pipeline.review import publish as publishing
from bangfu.pipeline.review.publication import ask
from bangfu.pipeline.review.publish import PublishSummary
from bangfu.pipeline.run import RunSummary
from bangfu.pipeline.run import run as run_stages
from schemas.rights import Role

__all__ = ["APPROVES", "ASKS", "approve_latest", "publish", "run", "two_persons"]

ASKS, APPROVES = "asks.first", "approves.second"


def two_persons(connection: Connection) -> None:
    """Make the accounts that are missing."""
    for name, role in ((ASKS, Role.PROVINCE_OFFICER), (APPROVES, Role.APPROVER)):
        if get_user(connection, name) is None:
            create_user(connection, User(name, "某人", role, "53"), secrets.token_urlsafe(16))


def approve_latest(context: Context) -> None:
    """Ask about the latest list and approve of it; nothing where it is published."""
    with context.engine.begin() as connection:
        two_persons(connection)
    asked = ask(context, ASKS)
    if asked is not None and asked.decided_at is None:
        with context.engine.begin() as connection:
            answer(connection, asked.approval_id, by=APPROVES, approve=True)


def publish(context: Context) -> PublishSummary:
    """Publish the latest list with the approval of a second person."""
    approve_latest(context)
    return publishing.publish(context)


@dataclass(frozen=True)
class Ran(RunSummary):
    """All stages, and the publication."""

    publish: PublishSummary


def run(context: Context, **given: Any) -> Ran:
    """All stages, and the list published."""
    done = run_stages(context, **given)
    return Ran(**vars(done), publish=publish(context))

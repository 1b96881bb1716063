"""Lodging an appeal (登记申诉): the objection and the appeal's own case, in one transaction of who lodges it."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bangfu.db.case_relations import add_appeal
from bangfu.db.cases import add_event
from bangfu.pipeline.review.acting import case_now
from bangfu.review.appeals import lodge
from bangfu.review.cases import Actor, after, replay
from bangfu.review.deadlines import Calendar
from bangfu.review.standing import standing

__all__ = ["lodge_appeal"]


def lodge_appeal(
    connection: Connection,
    case_id: str,
    actor: Actor,
    at: datetime,
    details: Mapping[str, Any],
    *,
    version: int,
    calendar: Calendar,
) -> str:
    """Lodge an appeal against a case.

    Args:
        connection: The portal's, in the scope of who lodges it.
        case_id: The case it is about.
        actor: Who records it.
        at: When.
        details: What `schemas.flows.appeal.LODGE` asks for.
        version: Version of the case that the actor saw.
        calendar: Freezes and limits of the installation.

    Returns:
        Id of the appeal.

    Raises:
        Refused: It cannot be lodged, and what to do; nothing is written.
    """
    case = case_now(connection, case_id)
    made = lodge(secrets.token_hex(12), case, actor, at, details, version=version)
    if made.objection is not None:
        add_event(connection, made.objection, standing(after(case, made.objection), calendar))
    add_appeal(connection, made.appeal, standing(replay([made.appeal]), calendar), case_id)
    return made.appeal.case_id

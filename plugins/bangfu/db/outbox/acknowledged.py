"""When a notice counts as acknowledged (签收的认定), said in one place for pages, reminders and figures.

By an acknowledgement of the notice itself, of a later one of its kind to the same union, of a reminder about it; and a
reminder by one of the notice it is about.
"""

import datetime as dt

from sqlalchemy import ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import aliased

from bangfu.db.outbox.models import NoticeAcknowledgement, NoticeRow

__all__ = ["acknowledged_at"]


def acknowledged_at() -> ScalarSelect[dt.datetime]:
    """The moment from which on a row of `NoticeRow` counts as acknowledged, as a column of a query; else null."""
    told = aliased(NoticeRow)
    follows = and_(
        told.position >= NoticeRow.position, or_(told.kind == NoticeRow.kind, told.about == NoticeRow.notice_id)
    )
    return (
        select(func.min(NoticeAcknowledgement.at))
        .join(told, told.notice_id == NoticeAcknowledgement.notice_id)
        .where(told.union_code == NoticeRow.union_code, or_(told.notice_id == NoticeRow.about, follows))
        .correlate(NoticeRow)
        .scalar_subquery()
    )

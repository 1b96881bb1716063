"""Whom a published list concerns (线索归属): how many clues each union gets, keeps and loses by it."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, text

__all__ = ["OwnerCounts", "UrgentCounts", "counts_by_owner", "urgent_by_owner"]


@dataclass(frozen=True)
class OwnerCounts:
    """Clues of one union, by the list and the one before it.

    Attributes:
        union_code: The owner: the union of the other tree that has a desk, else the county.
        new: On this list and not on the one before, or another union's there.
        continuing: On both.
        withdrawn: On the one before alone, or another union's now.
        retracted: Of those, clues that rested on a source of which a delivery was retracted since.
    """

    union_code: str
    new: int
    continuing: int
    withdrawn: int
    retracted: int


_COUNTS = text(
    """
    WITH former AS (
        SELECT run_id, list_version, published_at FROM candidate_list WHERE list_version < :version
        ORDER BY list_version DESC LIMIT 1
    ), retracted AS (
        SELECT DISTINCT source FROM delivery WHERE retracted_at > (SELECT published_at FROM former)
    ), owned AS MATERIALIZED (
        SELECT candidate_id, list_version = :version AS listed, coalesce(union_desk.union_code, county_code) AS owner
        FROM candidate
        LEFT JOIN union_desk ON union_desk.union_code = evidence -> 'owner' ->> 'union'
        WHERE screened_run_id IN (
            SELECT run_id FROM candidate_list WHERE list_version = :version UNION ALL SELECT run_id FROM former)
    ), moved AS (
        SELECT candidate_id, owner, bool_or(listed) AS now_listed, bool_or(NOT listed) AS before
        FROM owned GROUP BY candidate_id, owner
    ), lost AS (
        SELECT min(owner) AS owner, candidate_id FROM owned GROUP BY candidate_id HAVING NOT bool_or(listed)
    ), lost_with_data AS (
        SELECT lost.owner, count(*) AS retracted
        FROM lost JOIN candidate USING (candidate_id) JOIN former ON candidate.screened_run_id = former.run_id
        WHERE EXISTS (SELECT FROM jsonb_array_elements(reasons) AS reason
                      WHERE reason ->> 'source' IN (SELECT source FROM retracted))
        GROUP BY lost.owner
    )
    SELECT owner AS union_code, count(*) FILTER (WHERE NOT before) AS new,
           count(*) FILTER (WHERE now_listed AND before) AS continuing,
           count(*) FILTER (WHERE NOT now_listed) AS withdrawn,
           coalesce(max(lost_with_data.retracted), 0) AS retracted
    FROM moved LEFT JOIN lost_with_data USING (owner)
    GROUP BY owner ORDER BY owner
    """
)


def counts_by_owner(connection: Connection, list_version: int) -> list[OwnerCounts]:
    """Compare a published list with the one before, owner by owner.

    Args:
        connection: Owner connection, in which the list is published.
        list_version: The list.
    """
    return [OwnerCounts(**row) for row in connection.execute(_COUNTS, {"version": list_version}).mappings()]


@dataclass(frozen=True)
class UrgentCounts:
    """Urgent clues (抢先线索) of one union that a list has opened: how many, and by when the first must be contacted."""

    union_code: str
    urgent: int
    due_at: dt.datetime


_URGENT = text(
    """
    SELECT coalesce(union_desk.union_code, county_code) AS union_code, count(*) AS urgent, min(due_at) AS due_at
    FROM review_case LEFT JOIN union_desk ON union_desk.union_code = owner_union
    WHERE flow = 'candidate' AND urgent AND list_version = :version AND opened_at = :opened_at AND due_at IS NOT NULL
    GROUP BY 1 ORDER BY 1
    """
)


def urgent_by_owner(connection: Connection, list_version: int, opened_at: dt.datetime) -> list[UrgentCounts]:
    """Count the urgent cases that a list has opened, owner by owner.

    Args:
        connection: Owner connection, in which the list is published.
        list_version: The list.
        opened_at: When its cases were opened.
    """
    rows = connection.execute(_URGENT, {"version": list_version, "opened_at": opened_at}).mappings()
    return [UrgentCounts(**row) for row in rows]

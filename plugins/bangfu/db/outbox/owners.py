"""Whom a published list concerns (线索归属): how many clues each union gets, keeps and loses by it."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

__all__ = ["OwnerCounts", "counts_by_owner"]


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
        SELECT list_version, published_at FROM candidate_list WHERE list_version < :version
        ORDER BY list_version DESC LIMIT 1
    ), retracted AS (
        SELECT DISTINCT source FROM delivery WHERE retracted_at > (SELECT published_at FROM former)
    ), owned AS (
        SELECT candidate_id, list_version, coalesce(union_desk.union_code, county_code) AS owner,
               EXISTS (SELECT FROM jsonb_array_elements(reasons) AS reason, retracted
                       WHERE reason ->> 'source' = retracted.source) AS rested_on_retracted
        FROM candidate
        LEFT JOIN union_desk ON union_desk.union_code = evidence -> 'owner' ->> 'union'
        WHERE list_version = :version OR list_version = (SELECT list_version FROM former)
    ), now_listed AS (SELECT * FROM owned WHERE list_version = :version),
       before AS (
        SELECT *, rested_on_retracted AND NOT EXISTS (
            SELECT FROM now_listed WHERE now_listed.candidate_id = owned.candidate_id) AS lost
        FROM owned WHERE list_version <> :version
    )
    SELECT owner AS union_code,
           count(*) FILTER (WHERE before.candidate_id IS NULL) AS new,
           count(*) FILTER (WHERE before.candidate_id IS NOT NULL AND now_listed.candidate_id IS NOT NULL) AS continuing,
           count(*) FILTER (WHERE now_listed.candidate_id IS NULL) AS withdrawn,
           count(*) FILTER (WHERE now_listed.candidate_id IS NULL AND before.lost) AS retracted
    FROM now_listed FULL JOIN before USING (candidate_id, owner)
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

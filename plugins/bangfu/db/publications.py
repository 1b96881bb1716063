"""What a second person approves of when a list is to be published (发布审批): its content, and counts of what it changes.

The digest is of every row that publishing shows to somebody: the clues, and the entries of other lists that become cases.
"""

# ruff: noqa: S608  (statements are put together of this module's own text; values are bound)

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from bangfu.db.list_entries import count_entries
from bangfu.db.models import CandidateList

__all__ = ["content_digest", "figures_of"]

_DIGEST = text("""
    SELECT encode(sha256(coalesce(string_agg(row_digest, ''::bytea ORDER BY place), ''::bytea)), 'hex') FROM (
        SELECT ARRAY['', c.candidate_id, ''] AS place, sha256(convert_to(
            (to_jsonb(c) - ARRAY['status', 'list_version', 'published_at'])::text, 'UTF8')) AS row_digest
        FROM candidate c WHERE c.screened_run_id = :run
        UNION ALL
        SELECT ARRAY[e.list_code, e.subject, e.entry_id::text], sha256(convert_to(to_jsonb(e)::text, 'UTF8'))
        FROM list_entry e WHERE e.run_id = :run AND e.list_code = ANY(:lists)
    ) AS rows
""").bindparams(bindparam("lists", type_=ARRAY(Text)))

_BOTH = """
    WITH fresh AS (SELECT candidate_id, county_code, evidence ->> 'digest' AS digest
                   FROM candidate WHERE screened_run_id = :run),
         former AS (SELECT candidate_id, county_code, evidence ->> 'digest' AS digest
                    FROM candidate WHERE status = 'published' AND screened_run_id <> :run),
         both_lists AS (SELECT n.county_code AS now, o.county_code AS before, n.digest IS DISTINCT FROM o.digest AS changed
                        FROM fresh n FULL JOIN former o USING (candidate_id))
"""

_CHANGES = text(
    f"{_BOTH} SELECT count(*) FILTER (WHERE before IS NULL) AS new, "
    "count(*) FILTER (WHERE now IS NOT NULL AND before IS NOT NULL AND changed) AS renewed, "
    "count(*) FILTER (WHERE now IS NOT NULL AND before IS NOT NULL AND NOT changed) AS unchanged, "
    "count(*) FILTER (WHERE now IS NULL) AS withdrawn FROM both_lists"
)
_COUNTIES = text(
    f"{_BOTH} SELECT area, count(*) FILTER (WHERE fresh) AS now, count(*) FILTER (WHERE NOT fresh) AS before FROM ("
    "SELECT now AS area, true AS fresh FROM both_lists UNION ALL SELECT before, false FROM both_lists) AS counted "
    "WHERE area IS NOT NULL GROUP BY area ORDER BY area"
)

LARGEST = 10
"""How many counties are shown whose number changed most."""


def content_digest(connection: Connection, run_id: str, lists: Iterable[str]) -> str:
    """The sha256 of what publishing the list of a run would show.

    Args:
        connection: Owner connection.
        run_id: Run of the list.
        lists: Codes of the other lists whose entries become cases.
    """
    return str(connection.scalar(_DIGEST, {"run": run_id, "lists": sorted(lists)}))


def figures_of(connection: Connection, run_id: str, lists: Iterable[str]) -> dict[str, Any]:
    """What the list of a run changes, in counts.

    Returns:
        `former`, the version it follows or None; `clues` with `new, renewed, unchanged, withdrawn`; `prefectures` and the
        `LARGEST` changes of `counties`, as `area, now, before`; `entries` of other lists by code.
    """
    given = {"run": run_id}
    counties = [dict(row) for row in connection.execute(_COUNTIES, given).mappings()]
    prefectures: dict[str, Counter[str]] = {}
    for row in counties:
        prefectures.setdefault(row["area"][:4], Counter()).update({"now": row["now"], "before": row["before"]})
    changed = [row for row in counties if row["now"] != row["before"]]
    changed.sort(key=lambda row: (-abs(row["now"] - row["before"]), row["area"]))
    counted = count_entries(connection, run_id)
    return {
        "former": connection.scalar(select(func.max(CandidateList.list_version))),
        "clues": dict(connection.execute(_CHANGES, given).mappings().one()),
        "prefectures": [{"area": area, **counts} for area, counts in prefectures.items()],
        "counties": changed[:LARGEST],
        "entries": {code: counted.get(code, 0) for code in sorted(lists)},
    }

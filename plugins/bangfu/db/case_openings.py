"""Cases of a published list, opened and brought up to date in a few statements, however long the list is.

The caller's transaction also publishes the list: both hold or neither does. A person or file has one open case of a flow
in a county at most. Whoever was decided about after the list was screened is not opened again by it.
"""

# ruff: noqa: S608  (statements are put together of this module's own names; values are bound)

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text

from bangfu.review.cases import OPEN, Actor
from schemas.flow import RENEW

__all__ = [
    "Opening",
    "close_gone",
    "close_gone_entries",
    "fill_openings",
    "open_clues",
    "open_entries",
    "renew_clues",
    "watched_again",
]


@dataclass(frozen=True)
class Opening:
    """How a fresh case stands.

    Attributes:
        flow, county_code, urgent: Which cases.
        begins: State of the event that opens it.
        state, version, due_at, soon_at, waits_until: As in `bangfu.review.standing.Standing`.
        steps: Codes of the steps taken at once, in order.
    """

    flow: str
    county_code: str
    urgent: bool
    begins: str
    state: str
    version: int
    due_at: datetime | None
    soon_at: datetime | None
    waits_until: datetime | None
    steps: tuple[str, ...] = ()


_ABOUT = "union_name, name, sex, birth_year, ethnic_group, id_number, phone, address, employer"
_CLUE = f"{_ABOUT}, reasons, evidence, match, strength, match_probability"
_STANDS = "o.state, o.version, o.urgent, :at, :at, o.due_at, o.soon_at, o.waits_until"
_COLUMNS = (
    "case_id, flow, subject, county_code, owner_union, state, version, urgent, opened_at, changed_at, due_at, soon_at, "
    "waits_until, list_version"
)
_NEW_ID = "left(replace(gen_random_uuid()::text, '-', ''), 24)"


def fill_openings(connection: Connection, openings: Iterable[Opening]) -> None:
    """Make how fresh cases stand known to the statements that follow in this transaction."""
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE opening (flow text, county_code text, urgent boolean, begins text, state text, "
            "version integer, due_at timestamptz, soon_at timestamptz, waits_until timestamptz, steps text[]) ON COMMIT DROP"
        )
    )
    connection.execute(text("CREATE TEMPORARY TABLE fresh (LIKE review_case INCLUDING DEFAULTS) ON COMMIT DROP"))
    rows = [{**asdict(item), "steps": list(item.steps)} for item in openings]
    connection.execute(
        text(
            "INSERT INTO opening VALUES (:flow, :county_code, :urgent, :begins, :state, :version, :due_at, :soon_at, "
            ":waits_until, CAST(:steps AS text[]))"
        ),
        rows,
    )


def open_clues(
    connection: Connection, run_id: str, at: datetime, system: Actor, urgent: Iterable[Mapping[str, str]]
) -> int:
    """Open a case for every clue of a published list that has none.

    Args:
        connection: Owner connection, after `fill_openings`.
        run_id: Run of the list.
        at: Now.
        system: Who opens them.
        urgent: Reasons, as `code, band`, that make a clue urgent.

    Returns:
        Number of cases opened.
    """
    hurry = [[dict(item)] for item in urgent]
    connection.execute(
        _with_json(
            f"INSERT INTO fresh ({_COLUMNS}, {_CLUE}) SELECT {_NEW_ID}, 'candidate', c.candidate_id, c.county_code, c.owner_union, "
            f"{_STANDS}, c.list_version, {_CLUE} FROM candidate c JOIN candidate_list l ON l.run_id = c.screened_run_id "
            "JOIN opening o ON o.flow = 'candidate' AND o.county_code = c.county_code "
            "AND o.urgent = EXISTS (SELECT FROM jsonb_array_elements(:urgent) u WHERE c.reasons @> u) "
            "WHERE c.screened_run_id = :run AND NOT EXISTS (SELECT FROM review_case r WHERE r.flow = 'candidate' "
            "AND r.subject = c.candidate_id AND (r.ended_at IS NULL OR r.ended_at > l.screened_at))",
            "urgent",
        ),
        {"run": run_id, "at": at, "urgent": hurry},
    )
    return _add_fresh(connection, at, system)


def open_entries(
    connection: Connection, run_id: str, version: int, listing: str, flow: str, at: datetime, system: Actor
) -> int:
    """Open a case for every entry of another list that has none; arguments as for `open_clues`.

    What was decided within a year for the very same reasons is not asked again. Who is watched after an exit has a case as well.
    """
    connection.execute(
        text(
            f"INSERT INTO fresh ({_COLUMNS}, {_ABOUT}, reasons, files) SELECT {_NEW_ID}, :flow, c.subject, c.county_code, "
            f"c.owner_union, {_STANDS}, :version, {_ABOUT}, c.reasons, c.files FROM list_entry c "
            "JOIN candidate_list l ON l.run_id = c.run_id "
            "JOIN opening o ON o.flow = :flow AND o.county_code = c.county_code AND NOT o.urgent "
            "WHERE c.run_id = :run AND c.list_code = :listing AND NOT EXISTS (SELECT FROM review_case r WHERE r.flow = :flow "
            "AND r.subject = c.subject AND r.county_code = c.county_code AND (r.ended_at IS NULL OR r.ended_at > l.screened_at "
            "OR (r.reasons = c.reasons AND r.state <> 'withdrawn' AND r.ended_at > :at - interval '1 year'))) "
            + (_NOT_WATCHED if listing == "returns" else "")
        ),
        {"run": run_id, "version": version, "listing": listing, "flow": flow, "at": at},
    )
    return _add_fresh(connection, at, system)


def watched_again(connection: Connection, run_id: str) -> list[tuple[str, str]]:
    """Watched cases (监测中) of households that a list says have new evidence: id and why, brought up to date and locked.

    The same evidence is told once. The list may name another member of the household: the file tells that it is the same.
    """
    again = text(
        "UPDATE review_case r SET reasons = c.reasons FROM list_entry c WHERE c.run_id = :run AND c.list_code = 'returns' "
        f"AND {_WATCHED} AND r.state = 'watching' AND r.reasons <> c.reasons RETURNING r.case_id, "
        "(SELECT string_agg(told ->> 'zh', '；') FROM jsonb_array_elements(c.reasons) AS told) AS why"
    )
    return [(row.case_id, row.why) for row in connection.execute(again, {"run": run_id})]


_NOT_WATCHED = (
    "AND NOT EXISTS (SELECT FROM review_case r WHERE r.flow = 'monitor' AND r.ended_at IS NULL "
    "AND r.county_code = c.county_code AND r.files && c.files)"
)
_WATCHED = (
    "r.flow = 'monitor' AND r.ended_at IS NULL AND r.county_code = c.county_code "
    "AND (r.subject = c.subject OR r.files && c.files)"
)


def renew_clues(connection: Connection, run_id: str, at: datetime, system: Actor) -> int:
    """Bring open cases up to date with the list; one whose evidence changed says so with an event.

    Returns:
        Number of cases whose evidence changed.
    """
    changed = text(
        f"WITH now AS (UPDATE review_case r SET version = r.version + 1, changed_at = :at, seen_at = NULL "
        "FROM candidate c WHERE c.screened_run_id = :run AND r.flow = 'candidate' AND r.ended_at IS NULL "
        "AND r.subject = c.candidate_id "
        "AND (r.evidence ? 'gone' OR r.evidence ->> 'digest' IS DISTINCT FROM c.evidence ->> 'digest') "
        "RETURNING r.case_id, r.version, r.evidence AS before, c.evidence AS after) "
        f"INSERT INTO case_event ({_EVENT}) SELECT case_id, version, :at, :username, :role, :area, '{RENEW}', "
        "jsonb_build_object('before', before -> 'hits', 'after', after -> 'hits') FROM now",
    )
    number = connection.execute(changed, {"run": run_id, "at": at, **_who(system)}).rowcount
    columns = [name.strip() for name in _CLUE.split(",")]
    connection.execute(
        text(
            f"UPDATE review_case r SET {', '.join(f'{name} = c.{name}' for name in columns)}, list_version = c.list_version, "
            f"owner_union = c.owner_union FROM candidate c WHERE c.screened_run_id = :run AND r.flow = 'candidate' "
            "AND r.ended_at IS NULL AND r.subject = c.candidate_id"
        ),
        {"run": run_id},
    )
    return number


def close_gone(
    connection: Connection, run_id: str, at: datetime, system: Actor, early: Iterable[str]
) -> tuple[int, int]:
    """Withdraw open cases of clues that the list no longer has; who works on one already is told instead.

    A clue that only waits for the county's capacity stays, and so does a case that follows another: it stands on what people
    found, and on no list.

    Args:
        connection: Owner connection.
        run_id: Run of the list.
        at: Now.
        system: Who withdraws them.
        early: States in which the flow lets a clue be withdrawn.

    Returns:
        Number of cases withdrawn, and of those whose owners are told.
    """
    gone = (
        "SELECT r.case_id, r.state, coalesce(e.reasons -> 0 ->> 'zh', '来源数据撤回或更正后，不再符合筛查规则') AS why "
        "FROM review_case r LEFT JOIN list_entry e ON e.run_id = :run AND e.list_code = 'suppressed' AND e.subject = r.subject "
        "WHERE r.flow = 'candidate' AND r.ended_at IS NULL AND NOT (r.evidence ? 'gone') AND r.follows IS NULL "
        "AND coalesce(e.reasons -> 0 ->> 'code', '') <> 'capacity' "
        "AND NOT EXISTS (SELECT FROM candidate c WHERE c.screened_run_id = :run AND c.candidate_id = r.subject)"
    )
    withdrawn = text(
        f"WITH gone AS ({gone}), now AS (UPDATE review_case r SET state = 'withdrawn', version = r.version + 1, "
        "changed_at = :at, ended_at = :at, due_at = NULL, soon_at = NULL, waits_until = NULL, asked_county = NULL FROM gone "
        "WHERE r.case_id = gone.case_id AND gone.state = ANY(:early) RETURNING r.case_id, r.version, gone.why) "
        f"INSERT INTO case_event ({_EVENT}) SELECT case_id, version, :at, :username, :role, :area, 'withdraw', "
        "jsonb_build_object('reason', why) FROM now"
    ).bindparams(bindparam("early", type_=ARRAY(Text)))
    told = text(
        f"WITH gone AS ({gone}), now AS (UPDATE review_case r SET version = r.version + 1, changed_at = :at, seen_at = NULL, "
        "evidence = r.evidence || jsonb_build_object('gone', gone.why) FROM gone WHERE r.case_id = gone.case_id "
        "RETURNING r.case_id, r.version, gone.why) "
        f"INSERT INTO case_event ({_EVENT}) SELECT case_id, version, :at, :username, :role, :area, '{RENEW}', "
        "jsonb_build_object('gone', why) FROM now"
    )
    values: dict[str, Any] = {"run": run_id, "at": at, **_who(system)}
    first = connection.execute(withdrawn, {**values, "early": list(early)}).rowcount
    return first, connection.execute(told, values).rowcount


def close_gone_entries(
    connection: Connection, run_id: str, listing: str, flow: str, state: str, at: datetime, system: Actor
) -> int:
    """Withdraw cases of entries that a list no longer has, as long as nobody has done anything about them.

    Args:
        connection: Owner connection.
        run_id: Run of the list.
        listing: Code of the list.
        flow, state: Flow of its cases, and the state they begin in.
        at: Now.
        system: Who withdraws them.

    Returns:
        Number of cases withdrawn.
    """
    withdrawn = text(
        "WITH now AS (UPDATE review_case r SET state = 'withdrawn', version = 2, changed_at = :at, ended_at = :at, due_at = NULL, "
        "soon_at = NULL, waits_until = NULL WHERE r.case_id = ANY(ARRAY(SELECT case_id FROM review_case WHERE flow = :flow "
        "AND state = :state AND ended_at IS NULL AND version = 1 AND follows IS NULL AND (subject, county_code) NOT IN "
        "(SELECT subject, county_code FROM list_entry WHERE run_id = :run AND list_code = :listing))) RETURNING r.case_id) "
        f"INSERT INTO case_event ({_EVENT}) SELECT case_id, 2, :at, :username, :role, :area, 'withdraw', "
        "jsonb_build_object('reason', '最新名单中已没有这一条') FROM now"
    )
    values = {"run": run_id, "listing": listing, "flow": flow, "state": state, "at": at}
    return connection.execute(withdrawn, {**values, **_who(system)}).rowcount


_EVENT = "case_id, version, at, username, role, area_code, step, detail"


def _add_fresh(connection: Connection, at: datetime, system: Actor) -> int:
    values = {"at": at, **_who(system)}
    number = connection.execute(text("INSERT INTO review_case SELECT * FROM fresh")).rowcount
    connection.execute(
        text(
            f"INSERT INTO case_event ({_EVENT}) SELECT case_id, 1, :at, :username, :role, :area, '{OPEN}', "
            "jsonb_build_object('flow', f.flow, 'county', f.county_code, 'state', o.begins, 'urgent', f.urgent) "
            "FROM fresh f JOIN opening o USING (flow, county_code, urgent)"
        ),
        values,
    )
    connection.execute(
        text(
            f"INSERT INTO case_event ({_EVENT}) SELECT case_id, 1 + taken.number, :at, :username, :role, :area, taken.step, "
            "'{}'::jsonb FROM fresh f JOIN opening o USING (flow, county_code, urgent), "
            "unnest(o.steps) WITH ORDINALITY AS taken (step, number)"
        ),
        values,
    )
    connection.execute(text("TRUNCATE fresh"))
    return number


def _who(system: Actor) -> dict[str, str]:
    return {"username": system.account, "role": str(system.role), "area": system.area}


def _with_json(statement: str, name: str) -> TextClause:
    return text(statement).bindparams(bindparam(name, type_=JSONB))

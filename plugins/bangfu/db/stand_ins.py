"""Stand-ins of an audit sample (抽样替补): who is next in the random order is visited where somebody drawn is not reached."""

from sqlalchemy import Connection, insert, select, text, update

from bangfu.db.case_models import CaseEvent
from bangfu.db.cases import event_row
from bangfu.db.samples import AUDIT
from bangfu.db.sampling_models import RandomDraw
from bangfu.review.cases import Event
from bangfu.review.standing import Standing

__all__ = ["next_stand_in", "open_stand_in"]

_ABOUT = (
    "owner_union, union_name, name, sex, birth_year, ethnic_group, id_number, phone, address, employer, reasons, files"
)


def next_stand_in(connection: Connection, version: int, prefecture: str) -> tuple[int, str] | None:
    """Who of the reserve of a stratum is next, as the entry and its county; None where nobody is left.

    The record of the draw is locked, so that two runs do not send for the same household. Whoever is visited for a sample
    already is passed over; the order was fixed by the draw, before anybody was visited.

    Args:
        connection: Owner connection; the transaction that collects who was not reached.
        version: The list.
        prefecture: Code of the stratum, 4 digits.
    """
    draw = select(RandomDraw.run_id).where(
        RandomDraw.list_version == version, RandomDraw.purpose == f"{AUDIT}{prefecture}"
    )
    run = connection.scalar(draw.with_for_update())
    query = text(
        "SELECT e.entry_id, e.county_code FROM list_entry e WHERE e.run_id = :run AND e.list_code = 'audit_reserve' "
        "AND starts_with(e.county_code, :prefecture) AND NOT EXISTS (SELECT FROM review_case r WHERE r.flow = 'audit' "
        "AND r.subject = e.subject AND (r.list_version = :version OR r.ended_at IS NULL)) ORDER BY e.entry_id LIMIT 1"
    )
    row = connection.execute(query, {"run": run, "prefecture": prefecture, "version": version}).one_or_none()
    return None if row is None else (row.entry_id, row.county_code)


def open_stand_in(connection: Connection, entry: int, version: int, event: Event, stands: Standing) -> None:
    """Open the audit visit of a stand-in and count it with the draw.

    Args:
        connection: That of `next_stand_in`.
        entry: From there.
        version: The list.
        event: Opens the case.
        stands: The case after it.
    """
    connection.execute(
        text(
            "INSERT INTO review_case (case_id, flow, subject, county_code, state, version, urgent, opened_at, changed_at, due_at, "  # noqa: S608  (own column names)
            f"soon_at, waits_until, list_version, {_ABOUT}) SELECT :case_id, 'audit', subject, county_code, :state, :number, false, "
            f":at, :at, :due_at, :soon_at, :waits_until, :list_version, {_ABOUT} FROM list_entry WHERE entry_id = :entry"
        ),
        {
            "case_id": event.case_id, "state": stands.state, "number": stands.version, "at": event.at, "due_at": stands.due_at,
            "soon_at": stands.soon_at, "waits_until": stands.waits_until, "list_version": version, "entry": entry,
        },
    )  # fmt: skip
    connection.execute(insert(CaseEvent).values(**event_row(event), key=None))
    connection.execute(
        update(RandomDraw)
        .where(RandomDraw.list_version == version, RandomDraw.purpose == f"{AUDIT}{stands.county_code[:4]}")
        .values(stand_ins=RandomDraw.stand_ins + 1)
    )

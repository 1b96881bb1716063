"""Taking a union's cases along (领取工作簿、入户调查表): chosen, made, and recorded as an export before they leave."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bangfu.china_time import CHINA, in_china
from bangfu.db.account import User
from bangfu.db.approvals import ApprovalState, Asked, approvals, ask_export
from bangfu.db.case_queries import CaseFilter, CaseRow, first_cases
from bangfu.db.cases import names_of
from bangfu.db.exports import Export, allowance, needs_approval, record_export
from bangfu.db.workbook_cases import work_versions
from bangfu.review.answered import ANSWERABLE, FLOW_OF_REVIEW
from bangfu.review.form.visit import VisitForm, forms_pdf
from bangfu.review.workbook.making import workbook_bytes
from bangfu.review.workbook.model import Batch
from bangfu.review.workbook.model import CaseRow as BookRow
from schemas.notices import union_name
from schemas.reference import divisions
from schemas.review import CHECK_CODE, REVIEW_LISTS

__all__ = ["MOST_FORMS", "MOST_ROWS", "Made", "Scope", "Taker", "ask_for_cases", "forms_code", "has_form", "make_form", "make_forms", "make_workbook", "note_export", "open_cases_of", "read_code", "union_of", "workbook_code"]  # fmt: skip

MOST_ROWS = 5_000
"""Cases of one workbook; those due first."""
MOST_FORMS = 200
"""Forms of one print, two pages each."""

Scope = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction in which the database shows what the account may see."""

_PRINTED = ("name", "sex", "ethnic_group", "birth_year", "id_number", "phone", "employer", "address", "union")
"""Columns of a person on a form; the number is masked there."""

_LISTS = {flow: listing for listing, flow in FLOW_OF_REVIEW.items()}
"""The list whose workbook and form a flow is worked on with."""


@dataclass(frozen=True)
class Taker:
    """Who takes cases along, when, and how many persons at once without a second person."""

    user: User
    at: datetime
    alone: int = 500

    @property
    def union(self) -> str:
        """Code of the union."""
        return union_of(self.user)


@dataclass(frozen=True)
class Made:
    """A file that is ready to leave.

    Attributes:
        content: Its bytes.
        export: What to record before it leaves.
        subjects: Opaque ids of the persons in it.
        left_out: Cases that it has no room for.
        what: Code of what is in it, as a second person is asked about it.
    """

    content: bytes = field(repr=False)
    export: Export
    subjects: Sequence[str] = field(repr=False)
    left_out: int = 0
    what: str = ""


def union_of(user: User) -> str:
    """Code of the union whose cases an account works on: its industry union, or the federation of its area."""
    return user.union_name or user.area_code


def open_cases_of(
    connection: Connection, taker: Taker, listing: str, most: int, *, mine: bool = False
) -> tuple[Sequence[CaseRow], int]:
    """Cases of a list that wait for an answer, those due first, and how many there are in all.

    Args:
        connection: In the scope of the account.
        taker: Who asks.
        listing: Code of `schemas.review.REVIEW_LISTS`.
        most: How many at most.
        mine: Only those assigned to the account; of some lists nobody takes others along.
    """
    assignee = taker.user.username if mine or REVIEW_LISTS[listing].named_alone else None
    wanted = CaseFilter(flow=FLOW_OF_REVIEW[listing], states=ANSWERABLE[listing], assignee=assignee)
    found = first_cases(connection, taker.user.area_code, taker.at, wanted, most)
    return found.rows, found.total


def make_workbook(
    scope: Scope, taker: Taker, listing: str, secret: str, password: str, *, mine: bool = False
) -> Made | None:
    """The workbook of a list of the union; None where no case waits for an answer.

    Where it is long, it holds as many as a second person has approved of.

    Args:
        scope: Opens transactions of the account; none is open while the file is made.
        taker: Who takes it along.
        listing: Code of `schemas.review.REVIEW_LISTS`.
        secret: What workbook keys are derived from.
        password: Opens the file; told by another channel.
        mine: Only cases assigned to the account.

    Raises:
        Refused: `needs_approval`: it is long, and no second person has approved of it.
    """
    what = workbook_code(listing, mine=mine)
    with scope() as connection:
        rows, total = _allowed(connection, taker, listing, what, MOST_ROWS, mine=mine)
        versions = work_versions(connection, [row.case_id for row in rows])
        names = names_of(connection, {row.assignee for row in rows if row.assignee})
    if not rows:
        return None
    flow = REVIEW_LISTS[listing]
    columns = [column.code for column in flow.locked if column.code != CHECK_CODE]
    export = _export(taker, f"{flow.zh}核查工作簿", "工作簿，加密码打开，密码另行告知", columns, len(rows))
    batch = Batch(
        export.export_id, listing, taker.union, union_name(taker.union), taker.user.username, taker.user.display_name, taker.at
    )  # fmt: skip
    book = [BookRow(row.case_id, versions[row.case_id], _values(row, names)) for row in rows]
    content = workbook_bytes(batch, book, secret.encode(), password)
    return _made(content, export, rows, total, what)


def make_forms(scope: Scope, taker: Taker, listing: str) -> Made | None:
    """Printed visit forms for the cases of a list that are assigned to the account; None where there are none.

    Raises:
        Refused: `needs_approval`: they are many, and no second person has approved of them.
    """
    what = forms_code(listing)
    with scope() as connection:
        rows, total = _allowed(connection, taker, listing, what, MOST_FORMS, mine=True)
    return _forms(taker, listing, rows, total, what) if rows else None


def make_form(taker: Taker, row: CaseRow) -> Made | None:
    """The printed visit form of one case; None where its kind has no form."""
    return _forms(taker, _LISTS[row.flow], [row], 1, "form") if has_form(row.flow) else None


def has_form(flow: str) -> bool:
    """Whether cases of a flow are visited with a printed form."""
    return flow in _LISTS and REVIEW_LISTS[_LISTS[flow]].visits_household


def note_export(connection: Connection, made: Made, taker: Taker, request_id: str | None = None) -> None:
    """Record that a file leaves; to be committed before it does, with the log entry that names its persons.

    Raises:
        Refused: `needs_approval`: with what left within a day it is too much, and no second person has approved of it.
    """
    record_export(
        connection, made.export, most=taker.alone, subject=made.what, persons=made.subjects, request_id=request_id
    )


def workbook_code(listing: str, *, mine: bool = False) -> str:
    """Code of a workbook, where a second person is asked about it."""
    return f"workbook:{listing}{':mine' if mine else ''}"


def forms_code(listing: str) -> str:
    """Code of printed forms, where a second person is asked about them."""
    return f"forms:{listing}"


def read_code(what: str) -> tuple[str, str, bool] | None:
    """Kind, list and whether only one's own, of a code; None where it is none that can be asked about."""
    kind, _, rest = what.partition(":")
    listing, _, mine = rest.partition(":")
    known = {workbook_code(listing), workbook_code(listing, mine=True), forms_code(listing)}
    return (kind, listing, bool(mine)) if listing in REVIEW_LISTS and what in known else None


def ask_for_cases(connection: Connection, taker: Taker, what: str, purpose: str) -> Asked | None:
    """Ask a second person whether the account may take cases along; the question that is open stays.

    Args:
        connection: In the scope of the account.
        taker: Who asks.
        what: A code that `read_code` knows.
        purpose: What for.

    Returns:
        The question; None where there is no case.
    """
    read = read_code(what)
    assert read is not None
    kind, listing, mine = read
    most = MOST_FORMS if kind == "forms" else MOST_ROWS
    total = open_cases_of(connection, taker, listing, 1, mine=mine or kind == "forms")[1]
    if not total:
        return None
    for known in approvals(connection, asked_by=taker.user.username):
        if known.subject == what and known.state(taker.at) is ApprovalState.WAITING:
            return known
    return ask_export(connection, taker.user, what, min(total, most), purpose, _recipient(taker))


def _allowed(
    connection: Connection, taker: Taker, listing: str, what: str, most: int, *, mine: bool
) -> tuple[Sequence[CaseRow], int]:
    """As many cases as may leave now, those due first, and how many there are."""
    total = open_cases_of(connection, taker, listing, 1, mine=mine)[1]
    wanted = min(total, most)
    number, _ = allowance(connection, taker.user.username, what, wanted, taker.alone)
    if number < wanted and not number:
        raise needs_approval(wanted, taker.alone)
    return open_cases_of(connection, taker, listing, max(number, 1), mine=mine)


def _recipient(taker: Taker) -> str:
    return f"{union_name(taker.union)} {taker.user.display_name}"


def _forms(taker: Taker, listing: str, rows: Sequence[CaseRow], total: int, what: str) -> Made:
    export = _export(taker, f"{REVIEW_LISTS[listing].zh}入户调查表", "纸质打印，入户后归档或销毁", _PRINTED, len(rows))
    mark = (
        f"{taker.user.display_name}（{taker.user.username}）· {union_name(taker.union)} · {in_china(taker.at)} · "
        f"批次 {export.export_id} · 内部资料，请勿外传"
    )
    content = forms_pdf([_form(row, listing) for row in rows], mark)
    return _made(content, export, rows, total, what)


def _form(row: CaseRow, listing: str) -> VisitForm:
    values = _values(row, {})
    county = divisions().get(row.county_code)
    above = divisions().get(county.parent_code) if county else None
    known = {**values, "prefecture": above.short_name if above else "", "ethnic_group": row.ethnic_group or ""}
    sentences = tuple(str(reason.get("zh", "")) for reason in row.reasons)
    return VisitForm(row.case_id, known, sentences, flow=listing)


def _values(row: CaseRow, names: Mapping[str, str]) -> dict[str, str]:
    """The locked columns of a case, in full: the workbook masks what its column list says."""
    county = divisions().get(row.county_code)
    due = (row.due_at - timedelta(seconds=1)).astimezone(CHINA).date().isoformat() if row.due_at else ""
    return {
        "name": row.name or "",
        "sex": row.sex or "",
        "birth_year": str(row.birth_year or ""),
        "id_number": row.id_number or "",
        "phone": row.phone or "",
        "employer": row.employer or "",
        "address": row.address or "",
        "union": row.union_name or "",
        "county": county.short_name if county else row.county_code,
        "reasons": "；".join(str(reason.get("zh", "")) for reason in row.reasons),
        "assignee": names.get(row.assignee or "", row.assignee or ""),
        "due": due,
        "files": "、".join(row.files),
    }


def _export(taker: Taker, purpose: str, setting: str, columns: Sequence[str], rows: int) -> Export:
    user = taker.user
    return Export(user.username, user.area_code, _recipient(taker), purpose, setting, tuple(columns), rows)


def _made(content: bytes, export: Export, rows: Sequence[CaseRow], total: int, what: str) -> Made:
    signed = replace(export, sha256=hashlib.sha256(content).hexdigest())
    return Made(content, signed, [row.subject for row in rows], max(total - len(rows), 0), what)

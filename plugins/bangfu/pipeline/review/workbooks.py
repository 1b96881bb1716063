"""Taking a union's cases along (领取工作簿、入户调查表): chosen, made, and recorded as an export before they leave."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bangfu.china_time import CHINA, in_china
from bangfu.db.account import User
from bangfu.db.case_queries import CaseFilter, CaseRow, first_cases
from bangfu.db.cases import names_of
from bangfu.db.exports import Export, record_export
from bangfu.db.workbook_cases import work_versions
from bangfu.review.answered import ANSWERABLE, FLOW_OF_REVIEW
from bangfu.review.form.visit import VisitForm, forms_pdf
from bangfu.review.workbook.making import workbook_bytes
from bangfu.review.workbook.model import Batch
from bangfu.review.workbook.model import CaseRow as BookRow
from schemas.notices import union_name
from schemas.reference import divisions
from schemas.review import CHECK_CODE, REVIEW_LISTS

__all__ = ["MOST_FORMS", "MOST_ROWS", "Made", "Scope", "Taker", "has_form", "make_form", "make_forms", "make_workbook", "note_export", "open_cases_of", "union_of"]  # fmt: skip

MOST_ROWS = 5_000
"""Cases of one workbook; those due first."""
MOST_FORMS = 200
"""Forms of one print, two pages each."""

Scope = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction in which the database shows what the account may see."""

_PRINTED = ("name", "sex", "ethnic_group", "birth_year", "id_number", "phone", "employer", "address", "union")
"""Columns of a person on a form; the number is masked there."""

_LISTS = {flow: listing for listing, flow in FLOW_OF_REVIEW.items()}


@dataclass(frozen=True)
class Taker:
    """Who takes cases along, and when."""

    user: User
    at: datetime

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
    """

    content: bytes = field(repr=False)
    export: Export
    subjects: Sequence[str] = field(repr=False)
    left_out: int = 0


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
        mine: Only those assigned to the account.
    """
    assignee = taker.user.username if mine else None
    wanted = CaseFilter(flow=FLOW_OF_REVIEW[listing], states=ANSWERABLE[listing], assignee=assignee)
    found = first_cases(connection, taker.user.area_code, taker.at, wanted, most)
    return found.rows, found.total


def make_workbook(
    scope: Scope, taker: Taker, listing: str, secret: str, password: str, *, mine: bool = False
) -> Made | None:
    """The workbook of a list of the union; None where no case waits for an answer.

    Args:
        scope: Opens transactions of the account; none is open while the file is made.
        taker: Who takes it along.
        listing: Code of `schemas.review.REVIEW_LISTS`.
        secret: What workbook keys are derived from.
        password: Opens the file; told by another channel.
        mine: Only cases assigned to the account.
    """
    with scope() as connection:
        rows, total = open_cases_of(connection, taker, listing, MOST_ROWS, mine=mine)
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
    return _made(content, export, rows, total)


def make_forms(scope: Scope, taker: Taker, listing: str) -> Made | None:
    """Printed visit forms for the cases of a list that are assigned to the account; None where there are none."""
    with scope() as connection:
        rows, total = open_cases_of(connection, taker, listing, MOST_FORMS, mine=True)
    return _forms(taker, listing, rows, total) if rows else None


def make_form(taker: Taker, row: CaseRow) -> Made | None:
    """The printed visit form of one case; None where its kind has no form."""
    return _forms(taker, _LISTS[row.flow], [row], 1) if has_form(row.flow) else None


def has_form(flow: str) -> bool:
    """Whether cases of a flow are visited with a printed form."""
    return flow in _LISTS and REVIEW_LISTS[_LISTS[flow]].visits_household


def note_export(connection: Connection, made: Made, request_id: str | None = None) -> None:
    """Record that a file leaves; to be committed before it does."""
    record_export(connection, made.export, request_id=request_id)


def _forms(taker: Taker, listing: str, rows: Sequence[CaseRow], total: int) -> Made:
    export = _export(taker, f"{REVIEW_LISTS[listing].zh}入户调查表", "纸质打印，入户后归档或销毁", _PRINTED, len(rows))
    mark = (
        f"{taker.user.display_name}（{taker.user.username}）· {union_name(taker.union)} · {in_china(taker.at)} · "
        f"批次 {export.export_id} · 内部资料，请勿外传"
    )
    content = forms_pdf([_form(row, listing) for row in rows], mark)
    return _made(content, export, rows, total)


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
    recipient = f"{union_name(taker.union)} {user.display_name}"
    return Export(user.username, user.area_code, recipient, purpose, setting, tuple(columns), rows)


def _made(content: bytes, export: Export, rows: Sequence[CaseRow], total: int) -> Made:
    signed = replace(export, sha256=hashlib.sha256(content).hexdigest())
    return Made(content, signed, [row.subject for row in rows], max(total - len(rows), 0))

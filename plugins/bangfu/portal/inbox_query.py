"""The inbox an officer asks for: part, kind, state, order and page, as they stand in the address.

Anything that cannot be read counts as not said; an area outside the officer's own is the officer's own.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from bangfu.db.case_queries import CaseFilter, CaseSort, PageRequest
from bangfu.review.inbox import Bucket
from schemas.flows import FLOWS
from schemas.reference import divisions

__all__ = ["PER_PAGE", "InboxQuery", "read_inbox_query"]

PER_PAGE = 25
_FARTHEST = 100_000
_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True)
class InboxQuery:
    """What is asked for.

    Attributes:
        area: Division code, inside the officer's own area.
        own_area: The officer's own area.
        bucket: Part of the inbox; None shows all that is open and done.
        flow: Code of a flow.
        state: Code of a state of that flow.
        mine: Only what is assigned to the officer.
        sort: Order.
        page: Number of the page, from 1.
    """

    area: str
    own_area: str
    bucket: Bucket | None = None
    flow: str | None = None
    state: str | None = None
    mine: bool = False
    sort: CaseSort = CaseSort.DUE
    page: int = 1

    def filters(self, username: str, name: str | None) -> CaseFilter:
        """The filter of the database, with the name that is searched for."""
        return CaseFilter(
            bucket=self.bucket, flow=self.flow, state=self.state, assignee=username if self.mine else None, name=name
        )

    def request(self) -> PageRequest:
        """The page of the database."""
        return PageRequest(self.sort, (self.page - 1) * PER_PAGE, PER_PAGE)

    def case_address(self, case_id: str, place: int | None = None) -> str:
        """The address of a case that remembers this list, so that the way back leads to the same place.

        Args:
            case_id: Opaque.
            place: Where it stands in the whole list, from 0; on the page that is asked for where none is given.
        """
        page = self.page if place is None else place // PER_PAGE + 1
        return self.address(f"/cases/{case_id}", page=page)

    def address(self, path: str = "/cases", **changes: object) -> str:
        """The address of this list with some of it changed; a change of anything leads to page 1."""
        changed = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        said = {
            "area": changed.area if changed.area != self.own_area else "",
            "part": changed.bucket or "",
            "flow": changed.flow or "",
            "state": changed.state or "",
            "mine": "1" if changed.mine else "",
            "sort": changed.sort if changed.sort is not CaseSort.DUE else "",
            "page": changed.page if changed.page > 1 else "",
        }
        query = urlencode({key: str(value) for key, value in said.items() if value})
        return path + (f"?{query}" if query else "")


def read_inbox_query(parameters: QueryParams, own_area: str) -> InboxQuery:
    """Read the address of a list.

    Args:
        parameters: The query of the address.
        own_area: Area of the officer.

    >>> read_inbox_query(QueryParams("area=530102&page=-3&part=x"), "5301").area
    '530102'
    >>> read_inbox_query(QueryParams("area=532901&flow=exit&state=sent"), "5301").state is None
    True
    """
    area, flow, state, page = (parameters.get(name, "") for name in ("area", "flow", "state", "page"))
    known = FLOWS.get(flow)
    return InboxQuery(
        area=area if area.startswith(own_area) and area.ljust(6, "0") in divisions() else own_area,
        own_area=own_area,
        bucket=_member(Bucket, parameters.get("part", "")),
        flow=flow if known else None,
        state=state if known and state in known.states else None,
        mine=parameters.get("mine") == "1",
        sort=_member(CaseSort, parameters.get("sort", "")) or CaseSort.DUE,
        page=min(max(int(page), 1), _FARTHEST) if page.isascii() and page.isdecimal() and len(page) < 7 else 1,
    )


def _member(kind: type[_Choice], value: str) -> _Choice | None:
    return kind(value) if value in set(kind) else None

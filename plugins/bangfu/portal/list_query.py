"""The list an officer asks for: area, reason, strength, order and page, as they stand in the address.

Anything that cannot be read counts as not said; an area outside the officer's own is the officer's own.
"""

from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from bangfu.db.candidate_queries import CandidateFilter, CandidateSort, PageRequest
from bangfu.portal.strength import FLOORS, Step
from bangfu.screening.rules.shipped import shipped_screens
from schemas.reference import divisions

__all__ = ["PER_PAGE", "AreaChoice", "ListQuery", "area_choices", "read_query"]

PER_PAGE = 25
_FARTHEST = 100_000
_Choice = TypeVar("_Choice", Step, CandidateSort)


@dataclass(frozen=True)
class ListQuery:
    """What is asked for.

    Attributes:
        area: Division code, inside the officer's own area.
        own_area: The officer's own area.
        reason: Code of a screening rule, or None.
        step: Weakest step shown; None shows all.
        sort: Order.
        page: Number of the page, from 1.
    """

    area: str
    own_area: str
    reason: str | None = None
    step: Step | None = None
    sort: CandidateSort = CandidateSort.STRENGTH
    page: int = 1

    def filters(self, name: str | None) -> CandidateFilter:
        """The filter of the database, with the name that is searched for."""
        return CandidateFilter(
            reason_code=self.reason, name=name, minimum_strength=FLOORS[self.step] if self.step else None
        )

    def request(self) -> PageRequest:
        """The page of the database."""
        return PageRequest(self.sort, (self.page - 1) * PER_PAGE, PER_PAGE)

    def case_address(self, candidate_id: str) -> str:
        """The address of a candidate that remembers this list, so that the way back leads to the same place."""
        return self.address(f"/candidates/{candidate_id}", page=self.page)

    def address(self, path: str = "/candidates", **changes: object) -> str:
        """The address of this list with some of it changed; a change of anything leads to page 1."""
        changed = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        said = {
            "area": changed.area if changed.area != self.own_area else "",
            "reason": changed.reason or "",
            "step": changed.step or "",
            "sort": changed.sort if changed.sort is not CandidateSort.STRENGTH else "",
            "page": changed.page if changed.page > 1 else "",
        }
        query = urlencode({key: str(value) for key, value in said.items() if value})
        return path + (f"?{query}" if query else "")


@dataclass(frozen=True)
class AreaChoice:
    """One area that may be chosen; counties are indented under their prefecture."""

    code: str
    name: str
    is_county: bool


def read_query(parameters: QueryParams, own_area: str) -> ListQuery:
    """Read the address of a list.

    Args:
        parameters: The query of the address.
        own_area: Area of the officer.

    >>> read_query(QueryParams("area=530102&page=-3&sort=x"), "5301").area
    '530102'
    >>> read_query(QueryParams("area=532901"), "5301").area
    '5301'
    """
    area = parameters.get("area", "")
    reason = parameters.get("reason", "")
    page = parameters.get("page", "")
    return ListQuery(
        area=area if area.startswith(own_area) and area.ljust(6, "0") in divisions() else own_area,
        own_area=own_area,
        reason=reason if reason in shipped_screens() else None,
        step=_member(Step, parameters.get("step", "")),
        sort=_member(CandidateSort, parameters.get("sort", "")) or CandidateSort.STRENGTH,
        page=min(max(int(page), 1), _FARTHEST) if page.isascii() and page.isdecimal() and len(page) < 7 else 1,
    )


def area_choices(own_area: str) -> list[AreaChoice]:
    """The areas an officer may choose from: none for a county's, who has one."""
    if len(own_area) == 6:
        return []
    inside = [item for item in divisions().values() if item.code.startswith(own_area) and item.level != "province"]
    return [
        AreaChoice(item.code if item.level == "county" else item.code[:4], item.short_name, item.level == "county")
        for item in sorted(inside, key=lambda item: item.code)
    ]


def _member(kind: type[_Choice], value: str) -> _Choice | None:
    return kind(value) if value in set(kind) else None

"""The list of households an officer asks for (帮扶户清单): part, area and page, as they stand in the address.

Anything that cannot be read counts as not said; an area outside the officer's own is the officer's own.
"""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from bangfu.db.pairing_queries import Part
from bangfu.portal.inbox_query import read_inbox_query

__all__ = ["PER_PAGE", "PairingQuery", "read_pairing_query"]

PER_PAGE = 50
"""Households on a page: as many as are given to one person at once."""


@dataclass(frozen=True)
class PairingQuery:
    """What is asked for.

    Attributes:
        area: Division code, inside the officer's own area.
        own_area: The officer's own area.
        part: Part of the list; None shows all households.
        page: Number of the page, from 1.
    """

    area: str
    own_area: str
    part: Part | None = None
    page: int = 1

    def household_address(self, household: str) -> str:
        """The address of a household that remembers this list."""
        return self.address(f"/pairings/{household}", page=self.page)

    def address(self, path: str = "/pairings", **changes: object) -> str:
        """The address of this list with some of it changed; a change of anything leads to page 1."""
        changed = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        said = {
            "area": changed.area if changed.area != self.own_area else "",
            "part": changed.part or "",
            "page": changed.page if changed.page > 1 else "",
        }
        query = urlencode({key: str(value) for key, value in said.items() if value})
        return path + (f"?{query}" if query else "")


def read_pairing_query(parameters: QueryParams, own_area: str) -> PairingQuery:
    """Read the address of a list.

    Args:
        parameters: The query of the address.
        own_area: Area of the officer.

    >>> read_pairing_query(QueryParams("area=530102&page=2&part=unpaired"), "5301").address(page=2)
    '/pairings?area=530102&part=unpaired&page=2'
    >>> read_pairing_query(QueryParams("area=532901&part=x&page=-1"), "5301").address()
    '/pairings'
    """
    asked, part = read_inbox_query(parameters, own_area), parameters.get("part", "")
    return PairingQuery(asked.area, own_area, Part(part) if part in set(Part) else None, asked.page)

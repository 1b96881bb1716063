"""Coverage of pairing (结对帮扶覆盖率): how many households have somebody and are kept in touch with, area by area."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bangfu.db.pairing_queries import CountyCoverage, coverage_of
from bangfu.pipeline.review.households import china_day
from bangfu.portal.charts import Bar, bars
from bangfu.portal.languages import Language, page_language
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.pairing_query import read_pairing_query
from bangfu.portal.readers import CountyReader, leave_when_idle
from bangfu.portal.rendering import area_name, render
from bangfu.portal.texts import say
from schemas.pairing import MONTHS_BETWEEN
from schemas.reference import counties, divisions

__all__ = ["AreaCoverage", "by_area", "router"]

router = APIRouter()


@dataclass(frozen=True)
class AreaCoverage:
    """An area: its households, those with a responsible person, those in touch, and confirmed clues without anybody."""

    area: str
    households: int
    paired: int
    in_touch: int
    confirmed_unpaired: int

    @property
    def unpaired(self) -> int:
        """Those without a responsible person."""
        return self.households - self.paired

    @property
    def share(self) -> str:
        """Share with a responsible person (结对覆盖率)."""
        return _percent(self.paired, self.households)

    @property
    def touch_share(self) -> str:
        """Share kept in touch with (联系及时率)."""
        return _percent(self.in_touch, self.households)


@router.get("/pairings/coverage")
def coverage_page(request: Request, officer: CountyReader) -> Response:
    """The coverage of the officer's area, or of a part of it: by prefecture, then by county."""
    query, language = read_pairing_query(request.query_params, officer.user.area_code), page_language(request)
    now = datetime.now(UTC)
    with own_scope(request, officer) as connection:
        rows = coverage_of(connection, query.area, china_day(now))
        record(connection, request, officer, "coverage")
    inside = by_area(rows, query.area)
    context = {
        "query": query,
        "area": area_name(query.area),
        "up": query.address("/pairings/coverage", area=query.own_area) if query.area != query.own_area else "",
        "total": _sum(query.area, rows),
        "rows": [(_name(item.area), _leads_to(item.area), item) for item in inside],
        "chart": _chart(inside, language),
        "months": MONTHS_BETWEEN,
    }
    return leave_when_idle(request, render(request, "coverage.html", context))


def by_area(rows: Sequence[CountyCoverage], area: str) -> list[AreaCoverage]:
    """The areas one step below, those without a household too: prefectures of the province, counties of a prefecture."""
    digits = 4 if len(area) == 2 else 6
    groups: dict[str, list[CountyCoverage]] = defaultdict(list)
    for row in (row for row in rows if row.county.startswith(area)):
        groups[row.county[:digits]].append(row)
    known = dict.fromkeys(item.code[:digits] for item in counties() if item.code.startswith(area))
    return [_sum(code, groups.get(code, [])) for code in {**known, **dict.fromkeys(groups)}]


def _sum(area: str, rows: Sequence[CountyCoverage]) -> AreaCoverage:
    counts = [row.coverage for row in rows]
    return AreaCoverage(
        area,
        sum(item.households for item in counts),
        sum(item.paired for item in counts),
        sum(item.in_touch for item in counts),
        sum(row.confirmed_unpaired for row in rows),
    )


def _chart(rows: Sequence[AreaCoverage], language: Language) -> str:
    drawn = [
        Bar(
            _name(item.area),
            round(100 * item.paired / item.households),
            say("coverage.bar", language, share=item.share, paired=f"{item.paired:,}", all=f"{item.households:,}"),
            "filed" if item.paired == item.households else "plain",
        )
        for item in rows
        if item.households
    ]
    return bars(drawn, say("coverage.chart", language), whole=100) if drawn else ""


def _name(area: str) -> str:
    known = divisions().get(area.ljust(6, "0"))
    return known.short_name if known else area


def _leads_to(inside: str) -> str:
    """A prefecture leads to its counties, a county to its list of those without anybody."""
    return f"/pairings/coverage?area={inside}" if len(inside) < 6 else f"/pairings?part=unpaired&area={inside}"


def _percent(part: int, whole: int) -> str:
    """A share that says 100 % only of all, and 0 % only of none.

    >>> _percent(999, 1000), _percent(1, 1000), _percent(2, 2), _percent(0, 0)
    ('99.9%', '0.1%', '100%', '–')
    """
    if not whole:
        return "–"
    if part in {0, whole}:
        return "100%" if part else "0%"
    return f"{min(max(100 * part / whole, 0.1), 99.9):.1f}%"

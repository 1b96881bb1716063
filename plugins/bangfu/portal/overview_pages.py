"""How the cases of an area stand (看板): how far they have come, what is late and where, how they ended."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from bangfu.db.case_figures import Counted, kept_tallies, tallies
from bangfu.db.pairing_queries import Part, count_confirmed
from bangfu.pipeline.review.households import china_day
from bangfu.portal.assessment_views import agreement_view, missed_view
from bangfu.portal.charts import Bar, Tile, TileGroup, bars, tiles
from bangfu.portal.inbox_query import read_inbox_query
from bangfu.portal.languages import Language, page_language
from bangfu.portal.own_scope import own_scope, record
from bangfu.portal.pairing_query import PairingQuery
from bangfu.portal.readers import CountyReader, leave_when_idle
from bangfu.portal.rendering import area_name, render
from bangfu.portal.texts import say
from bangfu.review.figures import CountyFigures, Tally, by_county, lateness, outcome_mix, reached
from schemas.outcomes import OUTCOMES
from schemas.reference import counties
from schemas.rights import Permission

__all__ = ["router", "shade_of"]

router = APIRouter()

_SHADES = (0.0, 0.05, 0.15, 0.3)
"""Shares of overdue cases above which a county's tile is a shade darker."""


@router.get("/overview")
def overview_page(request: Request, officer: CountyReader) -> Response:
    """The dashboard of the officer's area, or of a part of it."""
    query, language = read_inbox_query(request.query_params, officer.user.area_code), page_language(request)
    now = datetime.now(UTC)
    with own_scope(request, officer) as connection:
        counted = _counted(connection, query.area, now)
        assesses = officer.user.may(Permission.SEE_ASSESSMENT)
        missed = missed_view(connection, query.area, language) if assesses else None
        agreement = agreement_view(connection, query.area, language) if assesses else None
        unpaired = count_confirmed(connection, query.area, china_day(now))
        record(connection, request, officer, "overview")
    inside = [item.code for item in counties() if item.code.startswith(query.area)]
    counts, figures = counted.tallies, by_county(counted.tallies, inside)
    total = CountyFigures(
        query.area,
        *(sum(getattr(item, name) for item in figures) for name in ("open", "overdue", "ended", "confirmed")),
    )
    context = {
        "area": area_name(query.area),
        "up": query.own_area if query.area != query.own_area else "",
        "counted_at": counted.at,
        "kept": counted.at != now,
        "total": total,
        "unpaired": unpaired,
        "unpaired_list": PairingQuery(query.area, query.own_area, Part.CONFIRMED).address(),
        "share_overdue": _percent(total.overdue, total.open),
        "share_confirmed": _percent(total.confirmed, total.ended),
        "funnel": _funnel(counts, language),
        "ageing": _ageing(counts, language),
        "outcomes": _outcomes(counts, language),
        "missed": missed,
        "agreement": agreement,
        "assessment": f"/assessment?area={query.area}" if assesses else "",
        "grid": _grid(figures, query.area, language) if len(query.area) < 6 else "",
        "counties": [(area_name(item.code), item) for item in figures] if len(query.area) == 4 else [],
    }
    return leave_when_idle(request, render(request, "overview.html", context))


def _counted(connection: Connection, area: str, now: datetime) -> Counted:
    """The counts of an area: of a whole province those that are kept, where they are."""
    kept = kept_tallies(connection, area, now) if len(area) == 2 else None
    return kept or Counted(tallies(connection, area, now), now)


def shade_of(county: CountyFigures) -> int:
    """Shade of a county's tile, 0 without open cases, 4 where most is late."""
    if not county.open:
        return 0
    return max(sum(county.overdue / county.open > share for share in _SHADES), 1)


def _funnel(counts: Sequence[Tally], language: Language) -> str:
    stages = reached(counts)
    first = next(iter(stages.values())) or 1
    rows = [
        Bar(
            say(f"stage.{stage}", language),
            number,
            f"{number:,} · {_percent(number, first)}",
            "filed" if stage == "filed" else "plain",
        )
        for stage, number in stages.items()
    ]
    return bars(rows, say("overview.funnel", language))


def _ageing(counts: Sequence[Tally], language: Language) -> str:
    rows = [
        Bar(say(f"late.{number}", language), cases, f"{cases:,}", "late" if number else "plain")
        for number, cases in enumerate(lateness(counts))
    ]
    return bars(rows, say("overview.ageing", language))


def _outcomes(counts: Sequence[Tally], language: Language) -> str:
    mix = outcome_mix(counts)
    rows = [
        Bar(f"{code} {getattr(OUTCOMES[code], language)}", number, f"{number:,}", "plain") for code, number in mix[:8]
    ]
    others = sum(number for _, number in mix[8:])
    if others:
        rows.append(Bar(say("overview.others", language), others, f"{others:,}", "plain"))
    return bars(rows, say("overview.outcomes", language)) if rows else ""


def _grid(figures: Sequence[CountyFigures], area: str, language: Language) -> str:
    names = {item.code: item.short_name for item in counties()}
    groups = []
    for prefecture, members in groupby(figures, key=lambda item: item.code[:4]):
        row = [
            Tile(
                names[item.code][:5],
                say("overview.tile", language, county=names[item.code], open=item.open, overdue=item.overdue),
                f"{item.open:,}" + (f" ({item.overdue:,})" if item.overdue else ""),
                shade_of(item),
                f"/cases?area={item.code}",
            )
            for item in members
        ]
        down = f"/overview?area={prefecture}" if len(area) < 4 else ""
        groups.append(TileGroup(area_name(prefecture), down, row))
    return tiles(groups, say("overview.grid", language))


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%" if whole else "–"

"""What a page shows of samples (质量评估): sentences, charts and rows for an area, from one look at the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy import Connection

from bangfu.errors import Refused
from bangfu.pipeline.review.assessing import AreaAgreement, AreaMissed, MissedReport, agreement_report, missed_report
from bangfu.portal.charts import Range, ranges
from bangfu.portal.languages import Language
from bangfu.portal.texts import say
from bangfu.review.assessment import AgreementFigures

__all__ = ["LEAST", "AgreementView", "MissedView", "agreement_view", "missed_view"]

LEAST = 10
"""Fewer pairs tell nothing of an agreement beyond chance."""


@dataclass(frozen=True)
class MissedView:
    """How many are missed.

    Attributes:
        says: The estimate, or what is lacking.
        sample: What became of the sample; empty where there is none.
        chart: Shares with their intervals; empty where nothing can be estimated.
        rows: Code, name and figures of each area, the whole first.
        version: List that is told of; None where there is none.
        versions: Lists that may be asked for.
    """

    says: str
    sample: str
    chart: Markup | str
    rows: Sequence[tuple[str, str, Sequence[str]]]
    version: int | None
    versions: Sequence[int]


@dataclass(frozen=True)
class AgreementView:
    """How far reviewers agree; as for `MissedView`."""

    says: str
    sample: str
    chart: Markup | str
    rows: Sequence[tuple[str, str, Sequence[str]]]


def missed_view(connection: Connection, area: str, language: Language, version: int | None = None) -> MissedView | None:
    """How many households a list misses; None for a county, since prefectures are what is drawn from.

    Args:
        connection: In the reader's scope.
        area: Division code of 2, 4 or 6 digits.
        language: Language of the page.
        version: The list; the newest that has a sample where it is None or has none.
    """
    if len(area) == 6:
        return None
    try:
        try:
            report = missed_report(connection, area, version)
        except Refused:
            report = missed_report(connection, area)
    except Refused as refused:
        return MissedView(str(getattr(refused, language)), "", "", (), None, ())
    figures, found = report.whole.figures, report.whole.figures.estimate
    says = str(getattr(figures.lacking, language)) if figures.lacking else ""
    if found is not None:
        says = say(
            "assessment.estimate",
            language,
            version=report.list_version,
            frame=f"{figures.frame:,}",
            total=f"{found.total:,.0f}",
            low=f"{found.low:,.0f}",
            high=f"{found.high:,.0f}",
            share=_percent(found.share),
            share_low=_percent(found.share_low),
            share_high=_percent(found.share_high),
        )
    sample = say(
        "assessment.sample",
        language,
        drawn=f"{figures.drawn:,}",
        answered=f"{figures.answered:,}",
        found=f"{figures.found:,}",
        untold=f"{figures.untold:,}",
        open=f"{figures.open:,}",
        stand_ins=f"{figures.stand_ins:,}",
        not_reached=f"{figures.not_reached:,}",
    )
    areas = (report.whole, *report.parts)
    rows = [(item.area_code, item.area, _missed_row(item)) for item in areas]
    return MissedView(says, sample, _missed_chart(report, language), rows, report.list_version, report.versions)


def agreement_view(connection: Connection, area: str, language: Language) -> AgreementView:
    """How far reviewers of an area agree; arguments as for `missed_view`."""
    areas = agreement_report(connection, area)
    whole = areas[0].figures
    says = str(getattr(whole.lacking, language)) if whole.lacking else _agreed(whole, language)
    told = {name: f"{getattr(whole, name):,}" for name in ("drawn", "open", "not_held", "undecided", "for_first", "for_second")}  # fmt: skip
    sample = say("assessment.reviews", language, **told) if whole.drawn else ""
    rows = [(item.area_code, item.area, _agreement_row(item)) for item in areas]
    return AgreementView(says, sample, _agreement_chart(areas, language), rows if whole.drawn else ())


def _agreed(figures: AgreementFigures, language: Language) -> str:
    return say(
        "assessment.agreed",
        language,
        compared=f"{figures.compared:,}",
        same=f"{figures.same:,}",
        share=_percent(figures.share, 0),
        low=_percent(figures.low, 0),
        high=_percent(figures.high, 0),
        kappa=_beyond(figures),
    )


def _missed_chart(report: MissedReport, language: Language) -> Markup | str:
    areas = (report.whole, *report.parts)
    if all(item.figures.estimate is None for item in areas):
        return ""
    return ranges([_missed_range(item, language) for item in areas], say("assessment.missed", language))


def _missed_range(item: AreaMissed, language: Language) -> Range:
    found = item.figures.estimate
    if found is None:
        return Range(item.area, None, None, None, say("assessment.no_range", language))
    shares = {"share": found.share, "low": found.share_low, "high": found.share_high}
    told = say("assessment.range", language, **{name: _percent(value) for name, value in shares.items()})
    return Range(item.area, found.share_low, found.share, found.share_high, told)


def _agreement_chart(areas: Sequence[AreaAgreement], language: Language) -> Markup | str:
    if areas[0].figures.share is None:
        return ""
    rows = []
    for item in areas:
        figures = item.figures
        if figures.share is None:
            rows.append(Range(item.area, None, None, None, say("assessment.no_range", language)))
            continue
        told = f"{figures.same:,}/{figures.compared:,} · {_percent(figures.share, 0)}"
        if figures.compared >= LEAST:
            told += f" · κ {_beyond(figures)}"
        rows.append(Range(item.area, figures.low, figures.share, figures.high, told))
    return ranges(rows, say("assessment.agreement", language), most=1.0)


def _missed_row(item: AreaMissed) -> Sequence[str]:
    figures, found = item.figures, item.figures.estimate
    counts = (figures.frame, figures.drawn, figures.answered, figures.untold, figures.open, figures.found)
    told = f"{found.total:,.0f} ({found.low:,.0f}–{found.high:,.0f})" if found else "–"
    return (*(f"{number:,}" for number in counts), told)


def _agreement_row(item: AreaAgreement) -> Sequence[str]:
    figures = item.figures
    counts = (figures.drawn, figures.open, figures.not_held, figures.compared, figures.same)
    share, beyond = _percent(figures.share, 0), _beyond(figures)
    return (*(f"{number:,}" for number in counts), share, beyond, f"{figures.undecided:,}")


def _beyond(figures: AgreementFigures) -> str:
    """κ, where there are enough pairs for it to say anything."""
    return "–" if figures.kappa is None or figures.compared < LEAST else f"{figures.kappa:.2f}"


def _percent(share: float | None, digits: int = 1) -> str:
    return "–" if share is None else f"{share:.{digits}%}"

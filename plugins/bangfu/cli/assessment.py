"""`bangfu cases missed` and `bangfu cases agreement`: what samples say of the lists and of reviewers."""

from typing import Annotated, Any

import typer

from bangfu.cli.output import Json, emit, table

__all__ = ["agreement", "missed"]

Area = Annotated[str, typer.Option("--area", help="Division code of the province or a part of it.")]


def missed(
    list_version: Annotated[
        int | None, typer.Option("--list", help="Version of the list; the newest with a sample without it.")
    ] = None,
    area: Area = "53",
    json: Json = False,
) -> None:
    """Estimate how many households a list misses, from the audit visits that were drawn with it."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.assessing import AreaMissed, missed_report

    _check(area, (2, 4))
    with open_context() as context, context.engine.connect() as connection:
        report = missed_report(connection, area, list_version)
    areas = (report.whole, *report.parts)

    def cells(item: AreaMissed) -> tuple[object, ...]:
        figures, found = item.figures, item.figures.estimate
        told = f"{found.total:,.0f} ({found.low:,.0f}-{found.high:,.0f})" if found else "–"
        share = f"{found.share:.2%} ({found.share_low:.2%}-{found.share_high:.2%})" if found else "–"
        own = (figures.frame, figures.drawn, figures.answered, figures.untold, figures.open, figures.found)
        return (f"{item.area} {item.area_code}", *own, told, share)

    header = ("地区 area", "抽样框 frame", "抽取 drawn", "有结论 answered", "未能了解 untold", "未完成 open",
              "属实 found", "漏评户 missed (95%)", "漏评率 share (95%)")  # fmt: skip
    lines = [f"名单 list {report.list_version}", *table(header, [cells(item) for item in areas])]
    if report.whole.figures.lacking:
        lines += ["", str(report.whole.figures.lacking)]
    emit({"list_version": report.list_version, "areas": [_plain(item) for item in areas]}, json=json, lines=lines)


def agreement(area: Area = "53", json: Json = False) -> None:
    """Tell how far two reviewers agree who did not know of each other."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.assessing import AreaAgreement, agreement_report

    _check(area, (2, 4, 6))
    with open_context() as context, context.engine.connect() as connection:
        areas = agreement_report(connection, area)

    def cells(item: AreaAgreement) -> tuple[object, ...]:
        told = item.figures
        share = "–" if told.share is None else f"{told.share:.0%} ({told.low:.0%}-{told.high:.0%})"
        own = (told.drawn, told.open, told.not_held, told.compared, told.same)
        beyond = "–" if told.kappa is None else f"{told.kappa:.2f}"
        return (f"{item.area} {item.area_code}", *own, share, beyond, told.undecided, told.for_first, told.for_second)

    header = ("地区 area", "抽取 drawn", "未完成 open", "未能复核 not held", "已比对 compared", "一致 same",
              "一致率 share (95%)", "κ", "待裁定 undecided", "维持原结论 first", "改按复核 second")  # fmt: skip
    lines = table(header, [cells(item) for item in areas])
    if areas[0].figures.lacking:
        lines += ["", str(areas[0].figures.lacking)]
    emit({"areas": [_plain(item) for item in areas]}, json=json, lines=lines)


def _plain(item: Any) -> dict[str, Any]:
    """An area with its figures in one mapping; what is lacking as code and sentences."""
    told = dict(vars(item.figures))
    lacking = told.pop("lacking")
    estimate = told.pop("estimate", None)
    why = {"code": lacking.code, "zh": lacking.zh, "en": lacking.en} if lacking else None
    own = {"total": None, "low": None, "high": None} if "frame" in told else {}
    more = {name: value for name, value in vars(estimate).items() if name not in {"drawn", "answered"}} if estimate else own  # fmt: skip
    return {"area_code": item.area_code, "area": item.area, **told, **more, "lacking": why}


def _check(area: str, digits: tuple[int, ...]) -> None:
    from bangfu.errors import BangfuError
    from schemas.reference import divisions

    if len(area) not in digits or area.ljust(6, "0") not in divisions():
        told = " or ".join(str(number) for number in digits)
        raise BangfuError(f"--area is {area!r}: give a division code of {told} digits, such as 53 or 5301.")

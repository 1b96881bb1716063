"""`bangfu profile`: what a delivery holds, counted, and how it differs from the one before."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from bangfu.cli.output import Json, emit

if TYPE_CHECKING:
    from bangfu.pipeline.intake.profile_page import StoredProfile

__all__ = ["profile"]


def profile(
    delivery: Annotated[str, Argument(help="Delivery, as on its receipt and in `bangfu status --source`.")],
    out: Annotated[Path | None, Option("--out", help="Page to write, HTML.", dir_okay=False)] = None,
    json: Json = False,
) -> None:
    """Show the data-quality report of a delivery (数据质量报告): its verdict and what differs from the one before.

    The page has everything: fill rates, validity, repetitions, distributions. It holds counts and no value of a person.

    Example:
      bangfu profile civil_affairs-d-138d7930a4849026 --out 报告.html
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.intake.profile_page import profile_page, stored_profile

    with open_context() as context:
        found = stored_profile(context, delivery)
        if out is not None:
            out.write_text(profile_page(context, delivery), "utf-8")
    told = found.verdict
    result = {
        "delivery_id": delivery,
        "status": found.about.status,
        "verdict": {"zh": told.zh, "en": told.en, "why_zh": told.why_zh, "why_en": told.why_en},
        "rows": found.profile.reading.rows,
        "accepted": found.profile.accepted,
        "rejected": found.profile.rejected,
        "findings": [
            {"measure": str(item.measure), "field": item.field, "over": item.over, "zh": item.zh, "en": item.en}
            for item in found.drift.findings
        ],
        "page": out,
    }
    emit(result, json=json, lines=[*_lines(found), *([f"{out} written"] if out else [])])


def _lines(found: "StoredProfile") -> list[str]:
    told, about = found.verdict, found.about
    lines = [
        f"{about.delivery_id}: {told.zh} {told.en}",
        f"  {told.why_zh}",
        f"  {told.why_en}",
        f"  数据行 rows {found.profile.reading.rows:,}, 接受 accepted {found.profile.accepted:,}, "
        f"退回 rejected {found.profile.rejected:,}",
    ]
    for item in found.drift.findings:
        mark = "!" if item.over else "-"
        lines += [f"{mark} {item.zh}", f"  {item.en}"]
    return lines

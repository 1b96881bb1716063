"""`bangfu lists` and `bangfu gaps`: what a screening tells beside the clues, as files for operators."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from bangfu.cli.candidates import AskFirst, By, Purpose, Recipient, emit_question
from bangfu.cli.output import Json, emit, table

__all__ = ["gaps", "lists"]


def lists(
    code: Annotated[str | None, Argument(help="The list to write; without it all are counted.")] = None,
    out: Annotated[Path | None, Option("--out", help="Parquet file to write.", dir_okay=False)] = None,
    by: By = "operator",
    purpose: Purpose = "not stated",
    recipient: Recipient = "operator of this installation",
    ask: AskFirst = False,
    json: Json = False,
) -> None:
    """Count the lists that the latest screening made beside the clues, or write one as Parquet (其他清单).

    Left out with the reason, changes of households, exit suggestions, return to hardship, duplicate files, tier drift,
    referrals. Ids, county and reasons; no particulars of the person.

    Example:
      bangfu lists
      bangfu lists exit_suggestions --out exits.parquet
    """
    from bangfu.errors import BangfuError
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.other_lists import list_counts, write_list
    from bangfu.pipeline.review.stated import Stated, ask_for_file
    from schemas.screening_lists import SCREENING_LISTS

    if (code is None) != (out is None):
        raise BangfuError("Give both the list and --out FILE, or neither.")
    with open_context() as context:
        if code is not None and out is not None:
            stated = Stated(by, purpose, recipient)
            if ask:
                number = list_counts(context).get(code, 0)
                emit_question(ask_for_file(context, stated, f"list:{code}", number), json=json)
                return
            count = write_list(context, code, out, stated)
            emit(
                {"list": code, "entries": count, "out": out}, json=json, lines=[f"{count:,} entries written to {out}."]
            )
            return
        counts = list_counts(context)
    rows = [(f"{SCREENING_LISTS[name].zh} {name}", number) for name, number in counts.items()]
    emit({"lists": counts}, json=json, lines=table(("清单 list", "entries"), rows))


def gaps(
    out: Annotated[Path, Option("--out", help="CSV file to write.", dir_okay=False)],
    json: Json = False,
) -> None:
    """Write how many households match hardship and are on no civil-affairs list, by county (应享尽享).

    Numbers of 1 to 4 are shown as <5, and what they could be had from as *.

    Example:
      bangfu gaps --out gaps.csv
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.other_lists import write_gaps

    with open_context() as context:
        count = write_gaps(context, out)
    emit({"areas": count, "out": out}, json=json, lines=[f"{count:,} areas written to {out}."])

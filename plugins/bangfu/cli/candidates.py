"""`bangfu candidates`: the list as a file, for operators."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from bangfu.cli.output import Json, emit

if TYPE_CHECKING:
    from bangfu.db.approvals import Asked

__all__ = ["AskFirst", "By", "Purpose", "Recipient", "candidates", "emit_question"]

By = Annotated[str, Option("--by", help="Account of who takes it out, which is recorded.")]
Purpose = Annotated[str, Option("--purpose", help="What it is for, which is recorded.")]
AskFirst = Annotated[
    bool, Option("--ask", help="Write nothing; ask a second person, as more than BANGFU_EXPORT_ROWS rows need it.")
]
Recipient = Annotated[str, Option("--to", help="Who gets it, which is recorded.")]


def candidates(
    out: Annotated[Path, Option("--out", help="Parquet file to write.", dir_okay=False)],
    by: By = "operator",
    purpose: Purpose = "not stated",
    recipient: Recipient = "operator of this installation",
    ask: AskFirst = False,
    json: Json = False,
) -> None:
    """Export the candidates as Parquet: ids, county, reasons, strength and match probability (导出线索).

    The published list, or the latest screened one where nothing is published yet. The export is recorded: `bangfu audit exports`.
    More than BANGFU_EXPORT_ROWS rows need a second person: ask with --ask, and write the file within a day of the approval.

    Example:
      bangfu candidates --out candidates.parquet --by li.na --purpose "yearly assessment" --to "assessment team" --ask
      bangfu approvals approve 8 --by chen.jie
      bangfu candidates --out candidates.parquet --by li.na --purpose "yearly assessment" --to "assessment team"
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.candidates import WHAT, count_candidates, export_candidates
    from bangfu.pipeline.review.stated import Stated, ask_for_file

    stated = Stated(by, purpose, recipient)
    with open_context() as context:
        if ask:
            emit_question(ask_for_file(context, stated, WHAT, count_candidates(context)), json=json)
            return
        count = export_candidates(context, out, stated)
    emit({"candidates": count, "out": out}, json=json, lines=[f"{count:,} candidates written to {out}."])


def emit_question(asked: "Asked", *, json: bool) -> None:
    """Print what a second person is asked."""
    from bangfu.cli.approvals import question_lines

    emit({"question": {**vars(asked), "state": asked.state()}}, json=json, lines=question_lines(asked))

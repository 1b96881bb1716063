"""`bangfu receive`: partner extracts, each with a receipt."""

from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Exit, Option

from bangfu.cli.output import Json, emit
from bangfu.cli.sources import SourceCode, check_source
from bangfu.errors import BangfuError

__all__ = ["receive"]

_OUTCOMES = {
    "registered": "已登记 registered",
    "already_received": "已接收过 already received",
    "rejected": "已拒收 rejected",
}


def receive(
    source: SourceCode,
    files: Annotated[
        list[Path] | None,
        Argument(
            help="Extracts as the department sent them; without any, what lies in the drop area.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    sender: Annotated[str | None, Option("--sender", help="Who sends: a division or credit code.")] = None,
    period: Annotated[str | None, Option("--period", help="Period the data describes, such as 2026Q3.")] = None,
    revision: Annotated[int, Option("--revision", min=1, help="2 and more for a correction of the period.")] = 1,
    json: Json = False,
) -> None:
    """Read and register partner extracts and print a receipt (回执); the same once more changes nothing.

    With --sender and --period the files are one delivery, which a higher --revision replaces; without, each file
    stands for itself. Without files, every complete delivery in the drop area is received, as Airflow does each round.
    Leaves with 1 when a delivery was rejected; the others are registered all the same.

    Example:
      bangfu receive civil_affairs 昆明市低保.xls --sender 530100 --period 2026-06
      bangfu receive civil_affairs
    """
    check_source(source)
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.intake.receive import receive as register
    from bangfu.pipeline.intake.receive import receive_dropped

    if not files and (sender or period or revision != 1):
        raise BangfuError("--sender, --period and --revision describe files: name them.")
    with open_context() as context:
        if files:
            receipts = register(context, source, files, sender=sender, period=period, revision=revision)
        else:
            receipts = receive_dropped(context, source)
    lines = [_line(item) for item in receipts] or [f"Nothing complete lies in drop/{source}/."]
    emit({"source": source, "receipts": receipts}, json=json, lines=lines)
    if any(receipt.outcome == "rejected" for receipt in receipts):
        raise Exit(1)


def _line(receipt: Any) -> str:
    told = f"{receipt.delivery_id}  {_OUTCOMES.get(receipt.outcome, receipt.outcome)}"
    return f"{told}: {receipt.reason_zh} {receipt.reason_en}" if receipt.reason_zh else told

"""`bangfu receipt`: what the sender of a delivery is told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from bangfu.cli.output import Json, emit, table

__all__ = ["receipt"]


def receipt(
    delivery: Annotated[str, Argument(help="Id of the delivery, as `bangfu status --source` lists it.")],
    out: Annotated[Path | None, Option("--out", help="Write the workbook for the sender to this file (.xlsx).")] = None,
    json: Json = False,
) -> None:
    """Print the receipt of a delivery and write its workbook for the sender (回执).

    Example:
      bangfu receipt civil_affairs-d-625b7b6c4e020d0b --out 回执.xlsx
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.receipts.giving import receipt_of, workbook_of

    with open_context() as context:
        told = receipt_of(context, delivery)
        if out is not None:
            out.write_bytes(workbook_of(context.store, told))
    emit(told, json=json, lines=[*_lines(told), *([f"workbook: {out}"] if out else [])])


def _lines(told: Mapping[str, Any]) -> list[str]:
    head = ("file 文件", "stated 写明", "read 读到", "usable 可用", "returned 退回")
    files = [
        (file["name"], file["rows_stated"], file["rows_read"], file["accepted"], file["rejected"])
        for file in told["files"]
    ]
    where = f"{told['source_zh']} {told['sender'] or ''} {told['period'] or ''} 第 {told['revision']} 版"
    reason = [text for text in (told["reason_zh"], told["reason_en"]) if text]
    steps = [line for pair in zip(told["next_zh"], told["next_en"], strict=True) for line in pair]
    return [
        f"{told['delivery_id']}  {' '.join(where.split())}",
        told["verdict_zh"],
        told["verdict_en"],
        *reason,
        *(f"- {line}" for line in steps),
        *table(head, files),
    ]

"""A judged upload as plain data and back (回执留存): rows, verdicts and reasons; no answer, so nothing of a person."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from bangfu.review.workbook.model import Batch, Preview, Problem, Trouble, Verdict, VerdictRow

__all__ = ["kept_receipt", "read_receipt"]


def kept_receipt(preview: Preview) -> dict[str, Any]:
    """What a receipt needs of a judged upload."""
    return {
        "batch": {**asdict(preview.batch), "made_at": preview.batch.made_at.isoformat()},
        "rows": [
            {
                "row": row.row,
                "verdict": str(row.verdict),
                "case_id": row.case_id,
                "problems": [[item.column, str(item.trouble), item.member_row] for item in row.problems],
                "of_members": row.of_members,
                "why": row.why and list(row.why),
            }
            for row in preview.rows
        ],
    }


def read_receipt(kept: dict[str, Any]) -> Preview:
    """The judged upload again, without its answers."""
    batch = Batch(**{**kept["batch"], "made_at": dt.datetime.fromisoformat(kept["batch"]["made_at"])})
    return Preview(batch, tuple(_row(row) for row in kept["rows"]))


def _row(row: dict[str, Any]) -> VerdictRow:
    problems = tuple(Problem(column, Trouble(trouble), member) for column, trouble, member in row["problems"])
    why = (row["why"][0], row["why"][1]) if row["why"] else None
    return VerdictRow(row["row"], Verdict(row["verdict"]), row["case_id"], problems, None, row["of_members"], why)

"""How long a union's workbook, its return and the printed forms take.

python bench/review_workbook.py [cases]
"""

import datetime as dt
import sys
import time
from collections.abc import Callable
from typing import TypeVar

from bangfu.pipeline.review.returned_workbooks import Upload, read_workbook
from bangfu.readers import Parser
from bangfu.review.form.visit import Standard, VisitForm, forms_pdf
from bangfu.review.workbook.making import open_workbook_bytes, workbook_bytes
from bangfu.review.workbook.receipt import receipt_bytes
from tests.bangfu.review.workbook.casebook import BATCH, CONFIRMED, SECRET, TODAY, as_before, case

Result = TypeVar("Result")


def timed(what: str, call: Callable[[], Result]) -> Result:
    """Call, and print seconds on the clock and of this process."""
    wall, own = time.perf_counter(), time.process_time()
    result = call()
    size = f"{len(result) / 1e6:6.2f} MB" if isinstance(result, bytes) else ""
    print(f"{what:32} {time.perf_counter() - wall:6.2f} s  {time.process_time() - own:6.2f} s of this process  {size}")
    return result


def main() -> None:
    """Time each step once."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    rows = [case(number, answers=CONFIRMED) if number % 5 == 0 else case(number) for number in range(count)]
    timed("workbook without a password", lambda: open_workbook_bytes(BATCH, rows, SECRET))
    content = timed("workbook under a password", lambda: workbook_bytes(BATCH, rows, SECRET, "a password"))
    upload = Upload(content, BATCH.union, ("a password",), TODAY)
    with Parser() as parser:
        preview = timed("returned, first file", lambda: read_workbook(upload, SECRET, as_before(rows), parser))
        timed("returned, next file", lambda: read_workbook(upload, SECRET, as_before(rows), parser))
    timed("receipt", lambda: receipt_bytes(preview, applied=True))
    standard = Standard(735, "某民发〔2025〕1号", dt.date(2025, 7, 1))
    forms = [
        VisitForm(row.case_id, row.values, (row.values["reasons"],), "2.6万—5万元", standard) for row in rows[:100]
    ]
    timed("100 forms, first", lambda: forms_pdf(forms, "bench"))
    timed("100 forms, again", lambda: forms_pdf(forms, "bench"))


if __name__ == "__main__":
    main()

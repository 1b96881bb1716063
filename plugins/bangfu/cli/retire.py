"""`bangfu retire` and `bangfu certificate`: deletion at the end of retention, and its proof."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from bangfu.cli.output import Json, emit, table

__all__ = ["certificate", "retire"]


def retire(
    dry_run: Annotated[bool, Option("--dry-run", help="Tell what would be deleted and change nothing.")] = False,
    json: Json = False,
) -> None:
    """Delete what has been kept long enough, destroy its keys and issue a certificate (到期销毁).

    The days of each source are declared with it, the times of all else in `schemas/keeping.py`: ended cases are reduced, lists
    that were replaced, old notices and the log after three years removed. Airflow does this every night; doing it again deletes
    nothing more.

    Example:
      bangfu retire --dry-run
      bangfu retire
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.retention.records import clear_records
    from bangfu.pipeline.retention.retire import retire as work

    with open_context() as context:
        records = clear_records(context, dry_run=dry_run)
        done = work(context, dry_run=dry_run)
    told = _record_lines(records, dry_run=dry_run)
    emit(
        {**vars(done), "records": records}, json=json, lines=[*told, *(_lines(done) if done.lines or not told else ())]
    )


def certificate(
    run: Annotated[str, Argument(help="Retention run, as `bangfu retire` and `bangfu status` name it.")],
    out: Annotated[Path, Option("--out", help="HTML file to write; it needs nothing else and prints on A4.")],
    json: Json = False,
) -> None:
    """Write the certificate of a retention run as a page to print, sign and file (销毁证明).

    Example:
      bangfu certificate 20261128T182000000-5f3a9c10 --out certificate.html
    """
    from bangfu.errors import BangfuError
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.retention.certificate import certificate_page

    if not out.absolute().parent.is_dir():
        raise BangfuError(f"The directory {out.absolute().parent} does not exist: make it first.")
    with open_context() as context:
        page = certificate_page(context, run)
    out.write_bytes(page)
    emit({"run_id": run, "out": out, "bytes": len(page)}, json=json, lines=[f"Certificate of run {run}: {out}"])


def _record_lines(records: Mapping[str, int], *, dry_run: bool) -> list[str]:
    from schemas.keeping import KEEPINGS

    rows = [(f"{KEEPINGS[code].zh} {code}", number) for code, number in records.items() if number]
    if not rows:
        return []
    return [*table(("records 记录", "would be cleared" if dry_run else "cleared"), rows), ""]


def _lines(done: Any) -> list[str]:
    if not done.lines:
        return [f"Nothing is due on {done.today.isoformat()}."]
    rows = [
        (
            line.owner_id,
            line.zone,
            line.objects,
            line.rows,
            line.byte_size,
            line.reason,
            line.due_on.isoformat() if line.due_on else None,
            "destroyed" if line.key_destroyed else None,
        )
        for line in done.lines
    ]
    would, did = "would be deleted; nothing was changed.", "deleted."
    lines = [
        *table(("owner", "area", "objects", "rows", "bytes", "reason", "due", "key"), rows),
        "",
        f"{done.objects:,} objects of {done.byte_size:,} bytes and {done.keys_destroyed:,} data keys "
        f"{would if done.run_id is None else did}",
    ]
    if done.run_id is not None:
        lines += [
            f"Certificate {done.certificate}: {done.certificate_key}",
            f"To print it: bangfu certificate {done.run_id} --out certificate.html",
        ]
    return lines

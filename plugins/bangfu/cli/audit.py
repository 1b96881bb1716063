"""`bangfu audit`: the sealed access log, who saw whom, and what was exported."""

from pathlib import Path
from typing import Annotated

import typer

from bangfu.cli.output import Json, emit, table

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="""The access log: sealed, verified, and asked who saw a person (审计).

\b
Example:
  bangfu audit verify
  bangfu audit who-saw 1f0c3a5be2d44c7f9a01b2c3
""",
)


@app.command(
    help="""Seal what was logged, and keep the end of the chain in the object store; the DAG `audit` does it every hour.

\b
Example:
  bangfu audit seal
"""
)
def seal(json: Json = False) -> None:
    """Seal what was logged."""
    from bangfu.pipeline.audit.chain import seal_log
    from bangfu.pipeline.context import open_context

    with open_context() as context:
        done = seal_log(context)
    emit(
        done,
        json=json,
        lines=[f"{done.sealed:,} entries sealed, {done.position:,} in all; head: {done.head or 'none'}"],
    )


@app.command(
    help="""Write the end of the chain to a file, to be kept where nobody of the service can change it.

\b
Example:
  bangfu audit head --out /mnt/usb/bangfu-head.json
"""
)
def head(
    out: Annotated[Path, typer.Option("--out", help="File to write.", dir_okay=False)],
    json: Json = False,
) -> None:
    """Write the end of the chain to a file."""
    from bangfu.pipeline.audit.chain import keep_head
    from bangfu.pipeline.context import open_context

    with open_context() as context:
        kept = keep_head(context, out)
    emit(kept, json=json, lines=[f"position {kept.position:,}, {kept.hash or 'an empty log'}", f"written to {out}"])


@app.command(
    help="""Compute the whole chain again and compare it with every head that was kept; leaves with 1 where something differs.

\b
Example:
  bangfu audit verify
  bangfu audit verify --head /mnt/usb/bangfu-head.json
"""
)
def verify(
    head: Annotated[
        list[Path] | None,
        typer.Option("--head", help="File with a head, beside those in the object store.", exists=True, dir_okay=False),
    ] = None,
    json: Json = False,
) -> None:
    """Verify the access log."""
    from bangfu.pipeline.audit.chain import verify_log
    from bangfu.pipeline.context import open_context

    with open_context() as context:
        found = verify_log(context, head or ())
    rows = [(item.position, item.entry_id, item.code, item.text) for item in found.findings]
    removed = f" (up to position {found.removed:,} removed after three years)" if found.removed else ""
    lines = [f"{found.sealed:,} entries verified against {found.heads} heads, {found.unsealed} not sealed yet{removed}"]
    told = table(("position", "entry", "finding", ""), rows) if rows else ["Nothing was changed, deleted or moved."]
    emit(found, json=json, lines=[*lines, *told])
    if found.findings:
        raise typer.Exit(1)


@app.command(
    "who-saw",
    help="""Tell who saw a person, how often, first and last (个人信息保护法 51、57 条).

\b
Example:
  bangfu audit who-saw 1f0c3a5be2d44c7f9a01b2c3
""",
)
def who_saw(
    person: Annotated[str, typer.Argument(help="Id of the clue, as on its page.")],
    json: Json = False,
) -> None:
    """Tell who saw a person."""
    from bangfu.china_time import in_china
    from bangfu.db import audit
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.connect() as connection:
        found = audit.who_saw(connection, person)
    rows = [
        (item["username"], item["role"], item["area_code"], item["action"], item["times"], in_china(item["first"]), in_china(item["last"]))
        for item in found
    ]  # fmt: skip
    head = ("user", "role", "area", "action", "times", "first", "last")
    emit({"person": person, "seen": found}, json=json, lines=table(head, rows) if rows else ["Nobody has."])


@app.command(
    help="""List what was exported: who, to whom, what for, what, how much, approved by whom.

\b
Example:
  bangfu audit exports
"""
)
def exports(json: Json = False) -> None:
    """List what was exported."""
    from bangfu.china_time import in_china
    from bangfu.db.exports import list_exports
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.connect() as connection:
        found = list_exports(connection)
    rows = [
        (item.export_id, in_china(item.at) if item.at else "", item.username, item.recipient, item.purpose, item.rows, item.approved_by)
        for item in found
    ]  # fmt: skip
    head = ("export", "at", "by", "to", "purpose", "rows", "approved by")
    emit({"exports": found}, json=json, lines=table(head, rows) if rows else ["Nothing was exported."])

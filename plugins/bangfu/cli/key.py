"""`bangfu key`: the key that wraps the data keys of extracts."""

from typing import Any

import typer

from bangfu.cli.output import Json, emit, progress_bars, table

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="""Keys of the encrypted extracts (密钥).

\b
Example:
  bangfu key status
  bangfu key rotate
""",
)


@app.command(
    help="""Tell which keys wrap how many data keys, and how many were destroyed.

\b
Example:
  bangfu key status --json
"""
)
def status(json: Json = False) -> None:
    """Tell where the data keys stand."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.retention.rotate import key_status

    with open_context() as context:
        found = key_status(context)
    emit(found, json=json, lines=_status_lines(found))


@app.command(
    help="""Make a new key and wrap every data key under it (密钥轮换); the tables stay as they are.

Interrupted, it goes on when it is called again. The former key stays in the file until you remove it.

\b
Example:
  bangfu key rotate
"""
)
def rotate(json: Json = False) -> None:
    """Make a new key and wrap every data key under it."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.retention.rotate import key_file
    from bangfu.pipeline.retention.rotate import rotate as work

    with open_context() as context:
        with progress_bars(json=json) as progress:
            done = work(context, progress=progress)
        file = key_file(context.settings)
        given = bool(context.settings.given_secrets.get(file.name))
    emit(done, json=json, lines=_rotated_lines(done, "BANGFU_SECRET_DATA_MASTER_KEY" if given else str(file)))


def _status_lines(found: Any) -> list[str]:
    rows = [(name, count, "current" if name.endswith(str(found.current)) else None) for name, count in found.wrapped.items()]  # fmt: skip
    current = f", current key {found.current}" if found.current else ""
    return [
        f"provider: {found.provider}{current}",
        f"new tables are {'encrypted' if found.encrypted else 'PLAIN (BANGFU_PARQUET=plain)'}",
        "",
        *table(("wrapped by", "data keys", ""), rows),
        "",
        f"{sum(found.wrapped.values()):,} data keys, {found.destroyed:,} destroyed",
    ]


def _rotated_lines(done: Any, where: str) -> list[str]:
    if done.fingerprint is None:
        return [f"{done.rewrapped:,} data keys are wrapped anew by {done.provider}."]
    made = "New key" if done.new else "No new key was made, since a rotation was not finished; the current key is"
    return [
        f"{made} {done.fingerprint}: {done.rewrapped:,} data keys are wrapped under it.",
        f"Copy {where} to where its backup is kept: without it nothing can be read.",
        "The former keys are its lines after the first. They open what a backup of the database holds: once no such "
        "backup is needed any more, remove these lines.",
    ]

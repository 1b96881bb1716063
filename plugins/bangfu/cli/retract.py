"""`bangfu retract`: an extract that must no longer be used."""

from typing import Annotated

from typer import Argument, Option

from bangfu.cli.output import Json, emit

__all__ = ["retract"]


def retract(
    extract_id: Annotated[str, Argument(help="Extract id, as on its receipt and in `bangfu status --source`.")],
    reason: Annotated[str, Option("--reason", help="Why; no particulars of a person.")],
    json: Json = False,
) -> None:
    """Withdraw an extract (撤回): a wrong file, or one that a corrected file replaces.

    Its rows are no longer read; `bangfu run` then makes links and a list without them.

    Example:
      bangfu retract civil_affairs-138d7930a4849026 --reason "replaced by the corrected list of June"
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.retract import retract as work

    with open_context() as context:
        done = work(context, extract_id, reason)
    told = f"retracted {done.extract_id}: {done.rows:,} rows of {done.source} are no longer read; now `bangfu run`"
    emit(done, json=json, lines=[told])

"""`bangfu retract`: a delivery that must no longer be used."""

from typing import Annotated, Any

from typer import Argument, Option

from bangfu.cli.output import Json, emit

__all__ = ["retract"]


def retract(
    identity: Annotated[str, Argument(help="Delivery or extract, as on its receipt and in `bangfu status --source`.")],
    reason: Annotated[str, Option("--reason", help="Why, for its sender; no particulars of a person.")],
    by: Annotated[str | None, Option("--by", help="Account of who withdraws it.")] = None,
    json: Json = False,
) -> None:
    """Withdraw a delivery (撤回): a wrong file, or one that must not be used.

    Its rows are no longer read, and the revision before counts again; `bangfu run` then makes links and a list
    without it. What was made of it is listed.

    Example:
      bangfu retract civil_affairs-d-138d7930a4849026 --reason "sent by mistake"
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.intake.retract import retract as work

    with open_context() as context:
        done = work(context, identity, reason, by=by)
    emit({"retracted": done}, json=json, lines=[line for item in done for line in _lines(item)])


def _lines(item: Any) -> list[str]:
    derived = item.derived
    instead = f"{item.takes_over} counts instead" if item.takes_over else "nothing takes its place"
    return [
        f"retracted {item.delivery_id}: {item.rows:,} rows of {item.source} are no longer read; {instead}",
        f"made of it: {len(derived.link_runs)} linkage runs, {len(derived.screen_runs)} screenings, published lists "
        f"{', '.join(map(str, derived.list_versions)) or 'none'}; now `bangfu run`",
    ]

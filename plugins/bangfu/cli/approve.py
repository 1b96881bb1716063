"""`bangfu approve`: a person decides about a delivery that waits."""

from typing import Annotated, Any

from typer import Argument, Option

from bangfu.cli.output import Json, emit, table
from bangfu.errors import BangfuError

__all__ = ["approve"]


def approve(
    delivery: Annotated[str | None, Argument(help="Delivery that waits, as `bangfu approve --list` shows it.")] = None,
    by: Annotated[str | None, Option("--by", help="Account of who decides; the register keeps it.")] = None,
    turn_down: Annotated[
        str | None,
        Option("--turn-down", help="Refuse it instead; why, for the sender, without particulars of a person."),
    ] = None,
    list_held: Annotated[
        bool, Option("--list", help="List the deliveries that wait, with the reason of each.")
    ] = False,
    json: Json = False,
) -> None:
    """Take a held delivery into use (批准使用), or turn it down (退回); nothing of it counts before.

    A delivery is held where it differs much from the sender's one before, or where it came without a manifest. Look at
    its report first.

    Example:
      bangfu approve --list
      bangfu profile civil_affairs-d-138d7930a4849026
      bangfu approve civil_affairs-d-138d7930a4849026 --by chen.jie
      bangfu approve civil_affairs-d-138d7930a4849026 --turn-down "只有一个乡镇的数据" --by chen.jie
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.intake import approve as cases

    if list_held == (delivery is not None):
        raise BangfuError("Name one delivery that waits, or give --list to see them.")
    with open_context() as context:
        if delivery is None:
            waiting = cases.held(context)
            emit({"held": [_held(item) for item in waiting]}, json=json, lines=_lines(waiting))
            return
        if turn_down is None:
            cases.approve(context, delivery, by=by or "")
        else:
            cases.turn_down(context, delivery, by=by or "", reason=turn_down)
    outcome = "accepted" if turn_down is None else "rejected"
    said = (
        "已采用 in use; now `bangfu run`" if turn_down is None else "已退回 turned down; its sender may send it again"
    )
    emit({"delivery_id": delivery, "status": outcome, "by": by}, json=json, lines=[f"{delivery}: {said}"])


def _held(item: Any) -> dict[str, Any]:
    names = ("delivery_id", "source", "sender", "period", "revision", "received_at", "reason")
    return {name: getattr(item, name) for name in names}


def _lines(waiting: list[Any]) -> list[str]:
    if not waiting:
        return ["没有待批准的投递 no delivery waits for approval"]
    columns = ("delivery_id", "sender", "period", "revision", "received_at")
    shown = [{**_held(item), "received_at": item.received_at.isoformat(timespec="seconds")} for item in waiting]
    lines = table([name.replace("_", " ") for name in columns], [[row[name] for name in columns] for row in shown])
    for item in waiting:
        lines += ["", f"{item.delivery_id}:", *(f"  {line}" for line in (item.reason or "").splitlines())]
    return lines

"""`bangfu dispatch`: sends what waits in the outbox."""

import time
from typing import Annotated

import typer

from bangfu.cli.output import Json, emit, table

__all__ = ["dispatch"]


def dispatch(
    once: Annotated[bool, typer.Option("--once", help="Send what is due and leave.")] = False,
    every: Annotated[float, typer.Option("--every", min=0.1, help="Seconds between two looks.")] = 5.0,
    dead: Annotated[bool, typer.Option("--dead", help="List the messages that were given up, and leave.")] = False,
    requeue: Annotated[
        list[str] | None, typer.Option("--requeue", help="Try this dead message again; repeat it for several.")
    ] = None,
    json: Json = False,
) -> None:
    """Remind unions and send notices by e-mail and webhook until interrupted; any number may run at once (发送通知).

    A message is tried 12 times, half a minute apart at first and six hours in the end, then given up.

    Example:
      bangfu dispatch --once
      bangfu dispatch --dead
      bangfu dispatch --requeue msg_0123456789abcdef01234567
    """
    from bangfu.db.outbox.messages import dead_messages
    from bangfu.db.outbox.messages import requeue as again
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.notices.dispatch import dispatch_due
    from bangfu.pipeline.notices.remind import remind

    with open_context() as context:
        if requeue:
            with context.engine.begin() as connection:
                for message_id in requeue:
                    again(connection, message_id)
            emit({"requeued": requeue}, json=json, lines=[f"requeued 重新排队: {', '.join(requeue)}"])
            return
        if dead:
            with context.engine.connect() as connection:
                rows = dead_messages(connection)
            head = ("message", "union", "channel", "kind", "list", "attempts", "code")
            lines = table(head, [tuple(row.values()) for row in rows]) if rows else ["没有死信 no message was given up"]
            emit({"dead": rows}, json=json, lines=lines)
            return
        while True:
            remind(context)
            done = dispatch_due(context)
            told = f"dispatch: {done.sent:,} sent, {done.failed:,} to be tried again, {done.dead:,} given up"
            if once or any(vars(done).values()):
                emit(done, json=json, lines=[told])
            if once:
                return
            time.sleep(every)

"""The whole way from received extracts to a list that waits for its approval, without a scheduler."""

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bangfu.db.approvals import Asked
from bangfu.pipeline.context import Context, Progress
from bangfu.pipeline.intake.settle import Settled, settle_pending
from bangfu.pipeline.linkage.link import LinkSummary, link
from bangfu.pipeline.review.publication import ask
from bangfu.pipeline.screening.screen import ScreenSummary, screen

__all__ = ["RunSummary", "run"]

Result = TypeVar("Result")


@dataclass(frozen=True)
class RunSummary:
    """What each stage did, and how long it took.

    Attributes:
        standardised: One entry per delivery that was new.
        link, screen: Summaries of the stages.
        asked: The question to a second person, without whom the list is not published.
        seconds: Wall time by stage.
    """

    standardised: tuple[Settled, ...]
    link: LinkSummary
    screen: ScreenSummary
    asked: Asked | None
    seconds: Mapping[str, float]


def run(
    context: Context, *, as_of: dt.date | None = None, by: str | None = None, progress: Progress | None = None
) -> RunSummary:
    """Standardise, link and screen what has been received, and ask a second person whether to publish.

    Args:
        context: The installation.
        as_of: Last day of the screening window; None takes the latest event in the data.
        by: Account of who asks; None where nobody is known.
        progress: Told after each step.

    Raises:
        BangfuError: A stage cannot work; what the stages before it made stays.
    """
    seconds: dict[str, float] = {}

    def timed(stage: str, work: Callable[[], Result]) -> Result:
        started = time.perf_counter()
        try:
            return work()
        finally:
            seconds[stage] = round(time.perf_counter() - started, 2)

    return RunSummary(
        standardised=tuple(timed("standardise", lambda: settle_pending(context, progress=progress))),
        link=timed("link", lambda: link(context, progress=progress)),
        screen=timed("screen", lambda: screen(context, as_of=as_of, progress=progress)),
        asked=timed("ask", lambda: ask(context, by)),
        seconds=seconds,
    )

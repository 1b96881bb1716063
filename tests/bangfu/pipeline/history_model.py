"""A simple model of the register of deliveries: what should count after each thing a department or an officer does.

It knows nothing of files, tables or transactions: a delivery is a slot, a revision and some contents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

__all__ = ["Content", "Model", "Stated"]

Content = str
"""Name of a content of the pool."""
Standing = dict[Content, tuple[str, int]]
"""By content that counts: the period and revision by which it does."""


@dataclass(frozen=True)
class Stated:
    """What one delivery says of itself; the model's id is all of it.

    Attributes:
        period: Its period; the content's name for a file without a manifest.
        revision: Its revision.
        contents: Its files.
        announced: Whether it has a manifest.
        twist: What is wrong with its manifest: `rows`, `digest` or nothing.
    """

    period: str
    revision: int
    contents: tuple[Content, ...]
    announced: bool = True
    twist: str = ""

    @property
    def slot(self) -> str:
        return self.period if self.announced else f"file {self.contents[0]}"

    @property
    def identity(self) -> tuple[object, ...]:
        return (self.slot, self.revision, frozenset(self.contents), self.twist)


@dataclass
class Model:
    """What should be registered.

    Attributes:
        stops: Whether contents differ too much from former ones: a person must approve them.
        status: Status by delivery.
        registered: How often something was registered, which the exchange log must tell.
    """

    stops: Callable[[Sequence[Content], Sequence[Content] | None], bool]
    status: dict[Stated, str] = field(default_factory=dict)
    registered: int = 0

    def sent(self, stated: Stated) -> tuple[str, str | None]:
        """The outcome and reason code that its sender must hear."""
        known = next((one for one in self.status if one.identity == stated.identity), None)
        if known is not None and self.status[known] == "retracted":
            return "rejected", "retracted"
        if known is not None and self.status[known] != "rejected":
            return "already_received", None
        if known is not None:
            del self.status[known]
        refused = self._refused(stated)
        if refused:
            self.status[stated] = "rejected"
            return "rejected", refused
        self.registered += 1
        self.status[stated] = "held" if self._waits(stated) else "accepted"
        return "registered", None

    def _refused(self, stated: Stated) -> str | None:
        if stated.twist == "digest":
            return "digest_differs"
        slot = stated.slot, stated.revision
        if any((one.slot, one.revision) == slot and status != "rejected" for one, status in self.status.items()):
            return "revision_taken"
        return "rows_differ" if stated.twist == "rows" else None

    def _waits(self, stated: Stated) -> bool:
        if not stated.announced:
            return True
        place = stated.period, stated.revision
        before = [
            one
            for one, status in self.status.items()
            if one.announced and status == "accepted" and (one.period, one.revision) <= place
        ]
        former = max(before, key=lambda one: (one.period, one.revision), default=None)
        return self.stops(stated.contents, None if former is None else former.contents)

    def having(self, *statuses: str) -> list[Stated]:
        return [one for one, status in self.status.items() if status in statuses]

    def standing(self) -> Standing:
        """Of every slot the highest accepted revision; a content of two slots counts by the later one."""
        highest: dict[str, Stated] = {}
        for one in self.having("accepted"):
            if one.slot not in highest or highest[one.slot].revision < one.revision:
                highest[one.slot] = one
        places = sorted(((one.period if one.announced else ""), one.revision, one.contents) for one in highest.values())
        return {content: (period, revision) for period, revision, contents in places for content in contents}

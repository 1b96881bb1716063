"""Objects that belong to nobody (无主对象): what interrupted tasks left behind.

A task puts its objects first and registers them afterwards, so that what is killed in between leaves an object that no
row refers to. An object whose owner is still waiting for that task is left to it: the next attempt may put the very
same bytes under the very same key.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from bangfu.db.intake_models import DeliveryStatus, ExtractStatus
from bangfu.db.models import RunStatus
from bangfu.db.retention import Register
from bangfu.pipeline.context import Context
from bangfu.storage import ObjectInfo, ObjectMissing

__all__ = ["ZONES", "owner_of", "unclaimed_objects"]

ZONES = ("landing", "standard", "quarantine", "links", "models", "reports", "receipts")
"""Areas in which every object must belong to somebody. Partners' files in `drop/` are not ours to judge, and
certificates stay."""

_VERSION = re.compile(r"(?P<owner>.+)-[0-9a-f]{16}")


def owner_of(object_key: str) -> str:
    """The extract, delivery or run that an object belongs to, by its key.

    >>> owner_of("standard/civil_affairs/civil_affairs-00ff00ff00ff00ff-abababababababab.parquet")
    'civil_affairs-00ff00ff00ff00ff'
    >>> owner_of("links/20261124T010203000-ab12cd34/union_roster-pairs.parquet")
    '20261124T010203000-ab12cd34'
    >>> owner_of("reports/civil_affairs-d-00ff/profile-abababababababab.json")
    'civil_affairs-d-00ff'
    >>> owner_of("standard/civil_affairs/civil_affairs-00ff00ff00ff00ff.parquet")
    'civil_affairs-00ff00ff00ff00ff'
    """
    zone, _, rest = object_key.partition("/")
    folder, _, name = rest.partition("/")
    if zone in {"links", "models", "reports"}:
        return folder
    stem = name.partition(".")[0]
    versioned = _VERSION.fullmatch(stem)
    if versioned is None or versioned["owner"] == folder:  # what looks like a version is the extract's own number
        return stem
    return versioned["owner"]


def unclaimed_objects(context: Context, register: Register, before: datetime) -> Iterator[ObjectInfo]:
    """Yield the objects made before a time that no row refers to.

    Args:
        context: The installation.
        register: What is claimed.
        before: Younger objects may be those of a task at work.
    """
    claimed = _Claims(context, register)
    for zone in ZONES:
        for item in context.store.list(f"{zone}/"):
            if item.modified < before and item.key not in register.objects and not claimed.by_owner(zone, item.key):
                yield item


class _Claims:
    """What claims an object besides the rows that name it."""

    def __init__(self, context: Context, register: Register) -> None:
        self._context, self._register = context, register
        self._receipts: dict[str, str] = {}
        self._rules: dict[str, Callable[[str, str], bool]] = {
            "standard": self._extract_pending,
            "quarantine": self._extract_pending,
            "links": self._run_stands,
            "models": self._run_stands,
            "reports": lambda owner, key: self._run_stands(owner, key) or self._delivery_pending(owner, key),
            "receipts": lambda owner, key: self._delivery_pending(owner, key) or self._named_by_receipt(owner, key),
        }

    def by_owner(self, zone: str, key: str) -> bool:
        rule = self._rules.get(zone)
        return rule is not None and rule(owner_of(key), key)

    def _extract_pending(self, owner: str, _: str) -> bool:
        return self._register.extracts.get(owner) is ExtractStatus.RECEIVED

    def _run_stands(self, owner: str, _: str) -> bool:
        return self._register.runs.get(owner) in {RunStatus.DONE, RunStatus.RUNNING}

    def _delivery_pending(self, owner: str, _: str) -> bool:
        status, _receipt = self._register.deliveries.get(owner, (None, None))
        return status is DeliveryStatus.RECEIVED

    def _named_by_receipt(self, owner: str, key: str) -> bool:
        """Whether the receipt of a delivery names another object, such as its workbook."""
        _, receipt = self._register.deliveries.get(owner, (None, None))
        if receipt is None:
            return False
        if owner not in self._receipts:
            try:
                self._receipts[owner] = _text(self._context.store.read(receipt))
            except ObjectMissing:
                self._receipts[owner] = ""
        return key in self._receipts[owner]


def _text(content: Any) -> str:
    return bytes(content).decode("utf-8", "replace")

"""The assets between the stages: what one stage updates wakes the next.

`drop` (partner files) -> `landing` -> `standard` -> `LINKS` -> `CANDIDATES` -> `PUBLISHED`. What must be approved
goes from `landing` by `held` to `standard`.
"""

from airflow.sdk import Asset, AssetWatcher

from bangfu.airflow.trigger import DropTrigger

__all__ = ["CANDIDATES", "LINKS", "PUBLISHED", "drop", "held", "landing", "standard"]

LINKS = Asset("bangfu://links", group="bangfu")
"""Scored pairs and person clusters of the newest linkage run (匹配结果)."""

CANDIDATES = Asset("bangfu://candidates", group="bangfu")
"""The screened list, not yet shown to anybody (候选线索)."""

PUBLISHED = Asset("bangfu://published", group="bangfu")
"""The list the local unions see (已发布线索)."""


def drop(source: str) -> Asset:
    """The drop area of one source (投递区), watched for new files."""
    watcher = AssetWatcher(name=f"drop_{source}", trigger=DropTrigger(source))
    return Asset(f"bangfu://drop/{source}", group="bangfu", watchers=[watcher])


def landing(source: str) -> Asset:
    """The registered extracts of one source, as received (落地区)."""
    return Asset(f"bangfu://landing/{source}", group="bangfu")


def held(source: str) -> Asset:
    """The deliveries of one source that wait for a person (待批准); an event names the new ones."""
    return Asset(f"bangfu://held/{source}", group="bangfu")


def standard(source: str) -> Asset:
    """The standardised rows of one source (标准区)."""
    return Asset(f"bangfu://standard/{source}", group="bangfu")

"""The flows of review (核查流程), each declared in a module of its own."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.flows.appeal import APPEAL
from schemas.flows.audit import AUDIT
from schemas.flows.candidate import CANDIDATE
from schemas.flows.duplicate import DUPLICATE
from schemas.flows.exit import EXIT
from schemas.flows.household_change import HOUSEHOLD_CHANGE
from schemas.flows.monitor import MONITOR
from schemas.flows.referral import REFERRAL
from schemas.flows.second_review import SECOND_REVIEW
from schemas.flows.tier_drift import TIER_DRIFT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.flow import Flow

__all__ = ["FLOWS", "FLOW_OF_LIST"]

FLOWS: Mapping[str, Flow] = MappingProxyType(
    {
        item.code: item
        for item in (
            CANDIDATE,
            EXIT,
            MONITOR,
            DUPLICATE,
            TIER_DRIFT,
            HOUSEHOLD_CHANGE,
            REFERRAL,
            APPEAL,
            SECOND_REVIEW,
            AUDIT,
        )
    }
)
"""All flows by code."""

FLOW_OF_LIST: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "exit_suggestions": ("exit", "proposed"),
        "returns": ("monitor", "signalled"),
        "duplicates": ("duplicate", "found"),
        "tier_drift": ("tier_drift", "drifted"),
        "household_changes": ("household_change", "told"),
        "referrals": ("referral", "consented"),
        "audit_sample": ("audit", "drawn"),
    }
)
"""Flow and first state of the entries of a screening's other lists; lists that are not here ask for no case."""

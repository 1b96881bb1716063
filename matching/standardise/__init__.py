"""Standardising text columns (标准化): pure functions over polars columns, each idempotent."""

from matching.standardise.columns import Reading, Standardiser
from matching.standardise.frame import StandardFrame, standardise_frame
from matching.standardise.registry import STANDARDISERS, standardiser
from matching.standardise.repeats import SeenRows

__all__ = ["STANDARDISERS", "Reading", "SeenRows", "StandardFrame", "Standardiser", "standardise_frame", "standardiser"]

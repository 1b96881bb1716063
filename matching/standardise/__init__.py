"""Standardising text columns (标准化): pure functions over polars columns, each idempotent."""

from matching.standardise.cells import Reading
from matching.standardise.frame import StandardFrame, standardise_frame
from matching.standardise.registry import STANDARDISERS, standardiser

__all__ = ["STANDARDISERS", "Reading", "StandardFrame", "standardise_frame", "standardiser"]

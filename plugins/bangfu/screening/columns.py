"""Which columns screening reads for everybody (筛查所读的列): what its parts declare they need, and not one more.

Memory is what these columns take. Names, addresses and documents of those who are told of, some thousands of millions, are
read again when they are known (`bangfu.pipeline.screening.particulars`).
"""

from collections.abc import Mapping

from bangfu.screening import deaths, household, registration, routing, suppression
from bangfu.screening.archive import exits, files
from schemas.sources import SOURCES

__all__ = ["READS", "ROW"]

ROW = ("record_id", "extract_id", "row_number")
"""Where a row comes from."""

_PARTS = (deaths, household, registration, routing, suppression, exits, files)

READS: Mapping[str, tuple[str, ...]] = {
    source: tuple(dict.fromkeys((*ROW, *(name for part in _PARTS for name in part.READS.get(source, ())))))
    for source in SOURCES
}
"""Columns of each source that are held while it is screened; ties between persons read others before
(`bangfu.screening.ties.READS`)."""

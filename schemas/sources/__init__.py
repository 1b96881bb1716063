"""One declaration per partner source. Adding a source is adding one module here.

>>> sorted(SOURCES)
['civil_affairs', 'contribution_base', 'death_record', 'disability_certificate', 'disaster_relief', 'education_aid', 'hardship_archive', 'medical_settlement', 'union_roster', 'work_accident']
"""

from __future__ import annotations

import importlib
import pkgutil
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.source import Source

ROSTER = "union_roster"
"""The source that everything else is linked to."""


def _load() -> dict[str, Source]:
    """Every module of this package declares one ``SOURCE``."""
    found = {}
    for module in sorted(item.name for item in pkgutil.iter_modules(__path__)):
        source: Source = importlib.import_module(f"{__name__}.{module}").SOURCE
        if source.code != module:
            raise ValueError(f"schemas/sources/{module}.py declares the code {source.code!r}; they must agree")
        found[source.code] = source
    return found


SOURCES: Mapping[str, Source] = MappingProxyType(_load())
PARTNERS: tuple[str, ...] = tuple(code for code in SOURCES if code != ROSTER)
"""The sources that are linked to the roster."""

"""Why two records are held to be one person (匹配依据), field by field, as a reviewer reads it.

The overall probability is not shown: an officer who reads "99 %" looks less closely. What is shown is
what agrees, what differs, and how much each field tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bangfu.portal.languages import Language
from bangfu.portal.rendering import area_name
from matching.levels import MISSING
from schemas.sources import SOURCES
from schemas.vocabulary import ETHNIC_GROUP, SEX

__all__ = ["FULL_BAR", "FieldView", "MatchView", "match_view"]

FULL_BAR = 16.0
"""Weight (log2 Bayes factor) of a full bar: such a field alone tells one person from 65,000."""

OUTCOMES = ("agrees", "close", "differs", "missing")


@dataclass(frozen=True)
class FieldView:
    """One compared field.

    Attributes:
        label: What was compared.
        outcome: agrees, close, differs or missing.
        sentence: What was found.
        member, partner: Masked values of the roster and of the source; empty where missing.
        bar: Length of the bar, 0 to 100.
        speaks_for: Whether the field speaks for one person, rather than against.
    """

    label: str
    outcome: str
    sentence: str
    member: str
    partner: str
    bar: int
    speaks_for: bool


@dataclass(frozen=True)
class MatchView:
    """One linked record of a source.

    Attributes:
        source: Name of the source.
        owner: Department that sent it.
        records: Number of its records of this person.
        summary: How many fields agree, are close, differ, are missing.
        fields: The compared fields in the model's order.
    """

    source: str
    owner: str
    records: int
    summary: Sequence[tuple[str, int]]
    fields: Sequence[FieldView]


def match_view(match: Mapping[str, Any], language: Language) -> MatchView:
    """The explanation of one link.

    Args:
        match: As `bangfu.screening.clues` writes it.
        language: Language of the page.
    """
    source = SOURCES.get(match.get("source", ""))
    fields = tuple(_field(item, language) for item in match.get("fields", ()) if item.get("comparison") != "prior")
    compared = [item for item in fields if item.member or item.partner or item.outcome == "missing"]
    counts = {outcome: sum(item.outcome == outcome for item in compared) for outcome in OUTCOMES}
    return MatchView(
        source=getattr(source, language) if source else str(match.get("source", "")),
        owner=source.owner_zh if source else "",
        records=int(match.get("records") or 1),
        summary=tuple((outcome, count) for outcome, count in counts.items() if count),
        fields=fields,
    )


def _field(item: Mapping[str, Any], language: Language) -> FieldView:
    weight = float(item.get("weight") or 0)
    comparison = str(item.get("comparison", ""))
    outcome = str(item.get("outcome", "missing"))
    return FieldView(
        label=str(item.get(f"label_{language}") or comparison),
        outcome=outcome if outcome in OUTCOMES else "missing",
        sentence=str(item.get(language) or getattr(MISSING, language)),
        member=_spoken(comparison, item.get("member"), language),
        partner=_spoken(comparison, item.get("partner"), language),
        bar=round(100 * min(abs(weight) / FULL_BAR, 1)),
        speaks_for=weight >= 0,
    )


def _spoken(comparison: str, value: Any, language: Language) -> str:
    """A value in words where the field holds a code."""
    if value in (None, ""):
        return ""
    text = str(value)
    spoken = {
        "sex": lambda: SEX.label(text, language),
        "ethnic_group": lambda: ETHNIC_GROUP.label(text, language),
        "county": lambda: area_name(text),
    }.get(comparison, lambda: text)()
    return spoken or text

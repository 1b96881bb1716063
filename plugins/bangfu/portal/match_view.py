"""Why two records are held to be one person (匹配依据), field by field, as a reviewer reads it.

The overall probability is not shown: an officer who reads "99 %" looks less closely. What is shown is
what agrees, what differs, how much each field tells, and how it adds up, in words.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from markupsafe import Markup

from bangfu.masking import mask
from bangfu.portal.languages import Language
from bangfu.portal.rendering import area_name
from bangfu.portal.texts import TEXTS, say
from matching.explanation import Finding
from matching.levels import MISSING, Outcome
from matching.waterfall import Drawing, steps_of, waterfall
from schemas.sources import SOURCES
from schemas.vocabulary import ETHNIC_GROUP, SEX

__all__ = ["FULL_BAR", "OUTCOMES", "Degree", "FieldView", "MatchSummary", "MatchView", "match_view"]

FULL_BAR = 16.0
"""Weight (log2 Bayes factor) of a full bar: such a field alone tells one person from 65,000."""

NOTABLE_BAR = 6
"""Length of a bar from which a difference is named in a list: one bit, twice as likely for strangers."""

OUTCOMES = ("agrees", "close", "differs", "missing")

_REMARKS = ("prior", "household")
"""Lines of an explanation that compare nothing: they are no fields of the table."""


class Degree(enum.StrEnum):
    """How much a field tells, in words; the bar's length for whoever does not see it."""

    STRONG = "strong"
    MODERATE = "moderate"
    SLIGHT = "slight"
    NONE = "none"


@dataclass(frozen=True)
class FieldView:
    """One compared field.

    Attributes:
        label: What was compared.
        outcome: agrees, close, differs or missing; empty for a line that weighs and compares nothing.
        sentence: What was found.
        member, partner: Masked values of the roster and of the source; empty where missing.
        bar: Length of the bar, 0 to 100.
        degree: The same in words.
        speaks_for: Whether the field speaks for one person, rather than against.
    """

    label: str
    outcome: str
    sentence: str
    member: str
    partner: str
    bar: int
    degree: Degree
    speaks_for: bool


@dataclass(frozen=True)
class MatchSummary:
    """A match at a glance.

    Attributes:
        counts: Outcome and number of fields, in the order of `OUTCOMES`, without zeros.
        differing: Labels of the fields that differ and tell something: an old phone number, which half of all
            true matches have, is no reason to doubt.
    """

    counts: Sequence[tuple[str, int]]
    differing: Sequence[str]


@dataclass(frozen=True)
class MatchView:
    """One linked record of a source.

    Attributes:
        source: Name of the source.
        owner: Department that sent it.
        records: Number of its records of this person.
        relative: Sentence where a household member's record is compared, not the member's own; else empty.
        relative_source: Name of the source that lists the household member; else empty.
        summary: How many fields agree, are close, differ, are missing.
        fields: The compared fields in the model's order.
        picture: How the fields add up, as SVG with labels only; empty where nothing was compared.
    """

    source: str
    owner: str
    records: int
    relative: str
    relative_source: str
    summary: MatchSummary
    fields: Sequence[FieldView]
    picture: Markup


def match_view(match: Mapping[str, Any], language: Language, number: int = 1) -> MatchView:
    """The explanation of one link.

    Args:
        match: As `bangfu.screening.clues` writes it.
        language: Language of the page.
        number: Of the link on its page.
    """
    source = SOURCES.get(match.get("source", ""))
    listing = SOURCES.get(match.get("via") or "")
    household = [item for item in match.get("fields", ()) if item.get("comparison") == "household"]
    fields = _fields(match, language)
    name = getattr(source, language) if source else str(match.get("source", ""))
    return MatchView(
        source=name,
        owner=source.owner_zh if source else "",
        records=int(match.get("records") or 1),
        relative=str(household[0].get(language) or "") if household else "",
        relative_source=getattr(listing, language) if listing else "",
        summary=_summary(fields),
        fields=fields,
        picture=_picture(
            match, fields, Drawing(language, say("case.picture", language, source=name), f"match-{number}")
        ),
    )


def _picture(match: Mapping[str, Any], fields: Sequence[FieldView], drawing: Drawing) -> Markup:
    """The waterfall of a link, without figures; the labels in it are escaped there.

    It ends with what to do, and never with how likely it is alone: high words put an officer off the guard as high
    figures do.
    """
    told = [item for item in match.get("fields", ()) if item.get("comparison") != "household"]
    if all(item.get("comparison") in _REMARKS for item in told):
        return Markup("")
    language = drawing.language
    labels = {str(item.get("comparison", "")): _label(item, language) for item in told}
    steps = steps_of([_finding(item) for item in told], language, labels)
    differs = bool(_summary(fields).differing)
    closing = say("case.picture_differs", language) if differs else say("case.picture_closing", language)
    return Markup(waterfall(steps, replace(drawing, bits=False, closing=closing)))  # noqa: S704 - our own markup, every text in it escaped


def _finding(item: Mapping[str, Any]) -> Finding:
    """A field as the linkage library found it, without its values."""
    outcome = str(item.get("outcome", "missing"))
    return Finding(
        comparison=str(item.get("comparison", "")),
        column="",
        level=str(item.get("level", "")),
        sentence_zh=str(item.get("zh") or ""),
        sentence_en=str(item.get("en") or ""),
        weight=float(item.get("weight") or 0),
        outcome=cast(Outcome, outcome if outcome in OUTCOMES else "missing"),
    )


def _label(item: Mapping[str, Any], language: Language) -> str:
    comparison = str(item.get("comparison", ""))
    own_label = f"field.{comparison}"
    return say(own_label, language) if own_label in TEXTS else str(item.get(f"label_{language}") or comparison)


def _summary(fields: Sequence[FieldView]) -> MatchSummary:
    counts = {outcome: sum(item.outcome == outcome for item in fields) for outcome in OUTCOMES}
    return MatchSummary(
        tuple((outcome, count) for outcome, count in counts.items() if count),
        tuple(item.label for item in fields if item.outcome == "differs" and item.bar >= NOTABLE_BAR),
    )


def _fields(match: Mapping[str, Any], language: Language) -> tuple[FieldView, ...]:
    return tuple(_field(item, language) for item in match.get("fields", ()) if item.get("comparison") not in _REMARKS)


def _field(item: Mapping[str, Any], language: Language) -> FieldView:
    weight = float(item.get("weight") or 0)
    bar = round(100 * min(abs(weight) / FULL_BAR, 1))
    comparison = str(item.get("comparison", ""))
    outcome = str(item.get("outcome", "missing"))
    return FieldView(
        label=_label(item, language),
        outcome="" if comparison in ("frequency", "members") else outcome if outcome in OUTCOMES else "missing",
        sentence=str(item.get(language) or getattr(MISSING, language)),
        member=_spoken(comparison, item.get("member"), language),
        partner=_spoken(comparison, item.get("partner"), language),
        bar=bar,
        degree=_degree(bar),
        speaks_for=weight >= 0,
    )


def _degree(bar: int) -> Degree:
    """The degree of a bar.

    >>> [_degree(bar).value for bar in (100, 50, 49, 15, 14, 1, 0)]
    ['strong', 'strong', 'moderate', 'moderate', 'slight', 'slight', 'none']
    """
    if not bar:
        return Degree.NONE
    return Degree.STRONG if bar >= 50 else Degree.MODERATE if bar >= 15 else Degree.SLIGHT


_COLUMNS = {"identity_number": "id_number", "county": "county_code"}
"""Canonical column of a comparison that is not named like it."""


def _spoken(comparison: str, value: Any, language: Language) -> str:
    """A value, masked once more (masking twice changes nothing), in words where the field holds a code."""
    text = mask(_COLUMNS.get(comparison, comparison), value) or ""
    spoken = {
        "sex": lambda: SEX.label(text, language),
        "ethnic_group": lambda: ETHNIC_GROUP.label(text, language),
        "county": lambda: area_name(text),
    }.get(comparison, lambda: text)()
    return spoken or text

"""A model as rows: every level with its parameters, their weight and their origin."""

import math
from dataclasses import dataclass

from matching.model import Model, Parameters
from matching.training import origin_words


@dataclass(frozen=True)
class ParameterRow:
    """One level of one comparison; `weight` is log2(m / u) in bits, None while a parameter is null."""

    comparison: str
    kind: str
    columns: tuple[str, ...]
    level: str
    m: float | None
    u: float | None
    weight: float | None
    m_from: str
    u_from: str
    h: float | None = None


def parameter_rows(model: Model) -> tuple[ParameterRow, ...]:
    """The levels of a model in its order, strongest first; without parameters they are null."""
    return tuple(
        ParameterRow(
            comparison=comparison.name,
            kind=comparison.kind,
            columns=comparison.columns,
            level=level.name,
            m=item.m,
            u=item.u,
            weight=weight_of(item.m, item.u),
            m_from="to be estimated" if item.m is None else origin_words(model, comparison, item.m_from),
            u_from="to be estimated" if item.u is None else origin_words(model, comparison, item.u_from),
            h=item.h,
        )
        for comparison in model.comparisons
        for level, item in zip(
            comparison.levels, comparison.parameters or (Parameters(),) * len(comparison.levels), strict=True
        )
    )


def weight_of(m: float | None, u: float | None) -> float | None:
    """log2(m / u).

    >>> weight_of(0.8, 0.1), weight_of(0.8, None)
    (3.0, None)
    """
    return None if m is None or u is None else math.log2(m / u)

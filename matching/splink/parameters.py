"""The parameters of one comparison, carried over so that a pair keeps its weight wherever it had one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from matching.model import Parameters
from matching.splink.levels import Asked, Chosen


@dataclass
class _Side:
    """m and u by the name of our level; a level that is absent is left to be estimated."""

    values: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)

    def give(self, names: Sequence[str], item: Asked) -> None:
        """Several levels of ours in the place of one share its m and u alike, so that each has its weight."""
        share = len(names)
        for name in names:
            self.values[name] = (item.m and item.m / share, item.u and item.u / share)


def parameters(
    chosen: Chosen, asked: Sequence[Asked], other: Asked | None
) -> tuple[tuple[Parameters, ...], tuple[str, ...]]:
    """Parameters of the chosen kind, and in words what had to be changed.

    A pair of a level that is not carried over falls into one of ours further down. Where only the last is left, that
    one takes its m and u; where several are, nobody knows which, and they are left to be estimated.

    Args:
        chosen: our kind and the levels that have one of ours.
        asked: all levels of the comparison in order, without null and else.
        other: the else level, if there is one.
    """
    side, words = _Side(), []
    names, by_number = chosen.names, {item.number: name for name, item in chosen.carried.items()}
    open_names = [name for name in names[:-1] if name not in chosen.carried]
    lost: list[Asked] = []
    for item in asked:
        if item.number not in by_number:
            lost.append(item)
            continue
        if lost:
            continue
        mine = [by_number[item.number]]
        above = [name for name in open_names if name == "exact" and names.index(name) < names.index(mine[0])]
        open_names = [name for name in open_names if name not in above]
        side.give([*above, *mine], item)
        if above:
            words.append(_shared(above[0], item))
    last_carried = max(item.number for item in chosen.carried.values())
    if chosen.kind == "date":
        words.append(
            f"kind 'date' has levels of its own ({', '.join(names[1:])}); they are left to be estimated from the data"
        )
    elif lost and lost[0].number < last_carried:
        words.append(f"the levels after {lost[0].place}, which has no level of ours, are left to be estimated")
    elif other is not None:
        merged = [other, *lost]
        whole = Asked(
            other.number, other.label, None, _sum([item.m for item in merged]), _sum([item.u for item in merged])
        )
        side.give([*open_names, names[-1]], whole)
        words.extend(f"{item.place} is counted with {other.place}" for item in lost)
        words.extend(_shared(name, other) for name in open_names)
    return _checked(names, side, words)


def _shared(name: str, item: Asked) -> str:
    return f"our level '{name}' has none there; it shares m and u with {item.place}, so that its weight is the same"


def _checked(names: Sequence[str], side: _Side, words: list[str]) -> tuple[tuple[Parameters, ...], tuple[str, ...]]:
    """The parameters, all to be estimated on a side whose probabilities do not add up to at most one."""
    found = [side.values.get(name, (None, None)) for name in names]
    columns = []
    for label, values in zip("mu", zip(*found, strict=True), strict=True):
        known = [value for value in values if value is not None]
        total = sum(known)
        whole = len(known) == len(values)
        if total > 1.01 or (whole and total < 0.99):
            words.append(f"its {label} add up to {total:.3f}, not to 1; they are left to be estimated")
            values = (None,) * len(values)
        columns.append(values)
    made = tuple(
        Parameters(m, u, m_from="default" if m is None else "imported", u_from="default" if u is None else "imported")
        for m, u in zip(*columns, strict=True)
    )
    return made, tuple(words)


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None

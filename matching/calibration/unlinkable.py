"""Records that cannot be linked (无法匹配的记录): too little is filled in to reach the threshold even against themselves.

Each record is compared with an identical copy of itself. What it reaches then is the most it can reach against anybody;
a record below the threshold is missed however good the model is, and only better data helps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from matching.columns import Columns, text_column
from matching.comparisons import compare_pairs, comparer
from matching.fitting import with_canonical_names
from matching.keys import frequency_hashes
from matching.model import Model
from matching.scoring import Floats, FrequencyTable, frequency_weights, pattern_weights, probability

CURVE = (0.01, 0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999)


@dataclass(frozen=True)
class Gap:
    """Unlinkable records that fill the same columns of the model: `filled` names them."""

    filled: tuple[str, ...]
    records: int


@dataclass(frozen=True)
class Unlinkable:
    """The unlinkable records of one table.

    Attributes:
        side: "left" or "right".
        records: all records.
        threshold: the match probability to be reached.
        unlinkable: records that cannot reach it.
        curve: (match probability, share of records that cannot reach it), rising.
        gaps: by the columns that are filled, most records first.
    """

    side: str
    records: int
    threshold: float
    unlinkable: int
    curve: tuple[tuple[float, float], ...]
    gaps: tuple[Gap, ...]

    @property
    def share(self) -> float:
        """Unlinkable records among all."""
        return self.unlinkable / self.records if self.records else 0.0


def unlinkable(
    left: pa.Table,
    right: pa.Table | None,
    model: Model,
    *,
    id_column: str = "record_id",
    threshold: float | None = None,
    curve: Sequence[float] = CURVE,
) -> tuple[Unlinkable, ...]:
    """Count the records of each side that cannot be linked.

    Args:
        left: as given to `link`.
        right: likewise; None for one table against itself.
        model: with all parameters, `LinkResult.model`.
        id_column: name of the record id.
        threshold: default: the model's.
        curve: probabilities of the curve.
    """
    limit = model.threshold if threshold is None else threshold
    sides = [("left", left)] if right is None else [("left", left), ("right", right)]
    named = [(side, with_canonical_names(table, model, id_column)) for side, table in sides]
    tables = (named[0][1], named[-1][1])
    found = []
    for place, (side, table) in enumerate(named):
        reached = probability(_against_itself(table, tables, place, model))
        below = reached < limit
        shares = tuple((point, float((reached < point).mean()) if len(reached) else 0.0) for point in curve)
        found.append(Unlinkable(side, len(table), limit, int(below.sum()), shares, _gaps(table, model, below)))
    return tuple(found)


def _against_itself(table: pa.Table, tables: tuple[pa.Table, pa.Table], place: int, model: Model) -> Floats:
    """Match weight of each record with a copy of itself, rare values counting as they do between the tables."""
    rows = np.arange(len(table), dtype=np.int32)
    itself = Columns(table, table)
    comparers = [comparer(item, position, itself) for position, item in enumerate(model.comparisons)]
    patterns, which = np.unique(compare_pairs(comparers, rows, rows), return_inverse=True)
    whole = pa.concat_tables([table, tables[1 - place]], promote_options="permissive")
    hashes = frequency_hashes(Columns(whole, whole), model)
    frequencies = [
        FrequencyTable(item, place, hashes) for place, item in enumerate(model.comparisons) if item.frequency
    ]
    rarity = frequency_weights(model, frequencies, patterns, which.astype(np.int32), rows, rows)
    return np.asarray(pattern_weights(patterns, model)[which] + rarity)


def _gaps(table: pa.Table, model: Model, below: "np.typing.NDArray[np.bool_]") -> tuple[Gap, ...]:
    columns = sorted({name for item in model.comparisons for name in item.columns if name in table.column_names})
    chosen = table.filter(pa.array(below))
    if not len(chosen):
        return ()
    filled = np.column_stack([text_column(chosen, name).is_valid().to_numpy(zero_copy_only=False) for name in columns])
    kinds, counts = np.unique(filled, axis=0, return_counts=True)
    gaps = [
        Gap(tuple(name for name, is_filled in zip(columns, kind.tolist(), strict=True) if is_filled), int(count))
        for kind, count in zip(kinds, counts, strict=True)
    ]
    return tuple(sorted(gaps, key=lambda gap: (-gap.records, gap.filled)))

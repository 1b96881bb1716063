"""What the columns of one or two tables are (列识别), by content first and by header as a hint.

The columns of two tables are paired by what they are, by how far their values overlap and by their headers; so
`dob` meets `出生日期`, and `col3` meets `col7` where both hold surnames.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.columns import text_column
from matching.proposal.meanings import MEANINGS, PERSON_ONCE, Facet, hinted, scores
from matching.proposal.profiles import Profile, profiles, sample


@dataclass(frozen=True)
class Column:
    """One recognised column, paired where there are two tables.

    Attributes:
        name: what it is called from here on, unique: its meaning, numbered from the second on.
        meaning: a name of `matching.proposal.meanings.MEANINGS`, or "empty", "constant", "repeats".
        left: its header in the left table; None where only the right table has it.
        right: its header in the right table (the same as `left` for one table), or None.
        evidence: why it is taken for this, in a sentence without any value.
        filled: share of rows with a value, of the emptier side.
        agreement: chance that two random records hold the same value.
        overlap: share of the values that both sides have in common, by frequency; None for one table.
    """

    name: str
    meaning: str
    left: str | None
    right: str | None
    evidence: str
    filled: float
    agreement: float
    overlap: float | None = None

    @property
    def facet(self) -> Facet:
        """What its values belong to."""
        return MEANINGS[self.meaning].facet if self.meaning in MEANINGS else "none"

    @property
    def usable(self) -> bool:
        """Whether both sides have values that can differ."""
        return self.meaning in MEANINGS and self.left is not None and self.right is not None


@dataclass(frozen=True)
class Recognition:
    """The columns of the tables; `left_id`, `right_id` name complete and unique columns, or are None."""

    columns: tuple[Column, ...]
    left_id: str | None
    right_id: str | None

    def of(self, *meanings: str) -> tuple[Column, ...]:
        """The usable columns of these meanings, in this order."""
        return tuple(item for meaning in meanings for item in self.columns if item.usable and item.meaning == meaning)


def recognise(
    left: pa.Table, right: pa.Table | None = None, *, id_column: str | None = None, seed: int = 0
) -> Recognition:
    """Say what each column is.

    Args:
        left: any table.
        right: the other table; None where duplicates are looked for in `left`.
        id_column: name of the record id in both tables; None: a complete, unique column is looked for.
        seed: fixes the sample of rows that is looked at.
    """
    sides = [left] if right is None else [left, right]
    seen = [profiles(table, seed) for table in sides]
    ids = [id_column, id_column][: len(sides)] if id_column else _id_columns(sides, seen)
    for found, name in zip(seen, ids, strict=True):
        found.pop(name or "", None)
    if right is None:
        pairs: list[tuple[Profile | None, Profile | None, float | None]] = [
            (item, item, None) for item in seen[0].values()
        ]
    else:
        pairs = _paired(list(seen[0].values()), list(seen[1].values()))
    columns = _without_repeats(_named(pairs), left, right, seed)
    return Recognition(tuple(columns), ids[0], ids[-1])


_IDS = r"\b(id|ids|key|uid|uuid|rec|record|recid|no|number|row|index|编号|序号|主键|unique id|record id|rec id)\b"
_NO_ID = ("full_name", "chinese_name", "birth_date", "email", "phone", "identity_number", "address", "credit_code")


def id_columns(*tables: pa.Table, seed: int = 0) -> tuple[str | None, ...]:
    """The record id of each of one or two tables, as `recognise` finds it; None where there is none."""
    return tuple(_id_columns(tables, [profiles(table, seed) for table in tables]))


def _id_columns(tables: Sequence[pa.Table], seen: Sequence[Mapping[str, Profile]]) -> list[str | None]:
    """The record id of each table: a complete column without repeats whose header says so; else, of those that look like

    nothing else, the one with the fewest values in common with the other table, since that names records, not persons.
    """
    candidates = [_unique_columns(table, found) for table, found in zip(tables, seen, strict=True)]
    chosen: list[str | None] = []
    for side, names in enumerate(candidates):
        said = [name for name in names if re.search(_IDS, seen[side][name].words)]
        others = candidates[1 - side] if len(candidates) == 2 else []
        common = {
            name: max((_shared(tables[side][name], tables[1 - side][other]) for other in others), default=0.0)
            for name in said or names
        }
        chosen.append(min(common, key=lambda name: common[name], default=None))
    return chosen


def _unique_columns(table: pa.Table, seen: Mapping[str, Profile]) -> list[str]:
    found = []
    for header, column in seen.items():
        if not len(table) or column.filled < 1 or column.distinct < column.rows:
            continue
        known = scores(column)
        likely = max(known, key=lambda name: known[name], default="text")
        if likely in _NO_ID and not re.search(_IDS, column.words):
            continue
        if table[header].null_count == 0 and pc.count_distinct(table[header]).as_py() == len(table):
            found.append(header)
    return found


def _shared(a: pa.ChunkedArray, b: pa.ChunkedArray) -> float:
    """Share of the values of `a` that `b` has."""
    texts = [column.cast(pa.string()) for column in (a, b)]
    return float(pc.mean(pc.is_in(texts[0], value_set=texts[1].combine_chunks()).cast(pa.int8())).as_py() or 0.0)


_MEANINGLESS = re.compile(r"(?:(?:col|column|field|var|v|c|x|f|a|b|unnamed|列|字段) ?)*\d* ?\d*")


def _paired(left: list[Profile], right: list[Profile]) -> list[tuple[Profile | None, Profile | None, float | None]]:
    """Columns of both sides that hold the same, best pairs first; the others alone."""
    from scipy.optimize import linear_sum_assignment

    known = [[(scores(item), hinted(item)) for item in side] for side in (left, right)]
    overlaps = np.array([[_overlap(a, b) for b in right] for a in left]).reshape(len(left), len(right))
    likeness = np.array(
        [
            [_likeness(a, b, known[0][i], known[1][j], float(overlaps[i, j])) for j, b in enumerate(right)]
            for i, a in enumerate(left)
        ]
    ).reshape(len(left), len(right))
    rows, places = linear_sum_assignment(likeness, maximize=True)
    met = {int(i): int(j) for i, j in zip(rows, places, strict=True) if likeness[i, j] >= 0.5}
    pairs: list[tuple[Profile | None, Profile | None, float | None]] = [
        (item, right[met[i]], float(overlaps[i, met[i]])) if i in met else (item, None, None)
        for i, item in enumerate(left)
    ]
    taken = set(met.values())
    return pairs + [(None, item, None) for j, item in enumerate(right) if j not in taken]


_Known = tuple[dict[str, float], frozenset[str]]


def _likeness(a: Profile, b: Profile, known_a: _Known, known_b: _Known, overlap: float) -> float:
    """How well two columns pair: common meaning and values, and the same header, which alone pairs nothing."""
    same = a.words == b.words and not _MEANINGLESS.fullmatch(a.words)
    if same and (not a.values or not b.values):
        return 2.0
    best = max(max(known_a[0].values(), default=1.0), max(known_b[0].values(), default=1.0))
    common = max((min(fit, known_b[0].get(name, 0.0)) for name, fit in known_a[0].items()), default=0.0) / best
    if known_a[1] and known_b[1] and not known_a[1] & known_b[1]:
        common *= 0.4
    words_a, words_b = set(a.words.split()), set(b.words.split())
    shared = len(words_a & words_b) / len(words_a | words_b) if words_a | words_b else 0.0
    header = 0.0 if _MEANINGLESS.fullmatch(a.words) or _MEANINGLESS.fullmatch(b.words) else shared
    return max(common, overlap) * (0.6 + header) + 0.5 * overlap


def _overlap(a: Profile, b: Profile) -> float:
    """Share of the values in common, each counted as often as the side where it is rarer."""
    other = dict(zip(b.values, b.shares.tolist(), strict=True))
    return float(
        sum(min(share, other.get(value, 0.0)) for value, share in zip(a.values, a.shares.tolist(), strict=True))
    )


def _named(pairs: Iterable[tuple[Profile | None, Profile | None, float | None]]) -> list[Column]:
    """A meaning and a name for every pair; the best fit goes first where a meaning can be had once."""
    open_ = []
    for place, (a, b, overlap) in enumerate(pairs):
        sides = [side for side in (a, b) if side is not None]
        found = [scores(side) for side in sides]
        both = {
            name: sum(side[name] for side in found) / len(found) for name in found[0] if all(name in x for x in found)
        }
        fill = min(side.filled for side in sides)
        open_.append((-max(both.values(), default=0.0) * (0.5 + fill / 2), place, a, b, overlap, both, fill))
    taken: dict[str, int] = {}
    columns: list[tuple[int, Column]] = []
    for _, place, a, b, overlap, both, fill in sorted(open_, key=lambda item: item[:2]):
        sides = [side for side in (a, b) if side is not None]
        if any(side.distinct == 0 for side in sides):
            meaning = "empty"
        elif all(side.distinct == 1 for side in sides) and len({side.values for side in sides}) == 1:
            meaning = "constant"
        else:
            left_over = [name for name in both if name not in PERSON_ONCE or name not in taken]
            meaning = max(left_over, key=lambda name: both[name], default="text")
        paired = a is not None and b is not None
        if paired or meaning not in PERSON_ONCE:
            taken[meaning] = taken.get(meaning, 0) + 1
        number = taken.get(meaning, 1)
        agreement = (
            float(np.sqrt(np.prod([side.agreement for side in sides]))) if len(sides) == 2 else sides[0].agreement
        )
        columns.append(
            (
                place,
                Column(
                    meaning if number == 1 else f"{meaning}_{number}",
                    meaning,
                    a.header if a else None,
                    b.header if b else None,
                    _evidence(meaning, sides, overlap),
                    fill,
                    agreement,
                    overlap,
                ),
            )
        )
    return [column for _, column in sorted(columns, key=lambda item: item[0])]


def _evidence(meaning: str, sides: Sequence[Profile], overlap: float | None) -> str:
    """Why a column is taken for what it is; numbers only, never a value."""
    if meaning == "empty":
        return "it holds no value" if len(sides) == 1 else "it holds no value on one side at least"
    if meaning == "constant":
        return "it holds one value throughout"
    fits = min(MEANINGS[meaning].fit(side) for side in sides)
    said = all(meaning in hinted(side) for side in sides)
    parts = [
        f"content fits {min(fits, 1.0):.0%}" + (" and the header says so" if said else ", the header does not say"),
        f"filled {min(side.filled for side in sides):.0%}",
        f"{max(side.distinct for side in sides):,} distinct in {max(side.rows for side in sides):,} rows",
    ]
    if overlap is not None:
        parts.append(f"{overlap:.0%} of values in common")
    return ", ".join(parts)


def _without_repeats(columns: list[Column], left: pa.Table, right: pa.Table | None, seed: int) -> list[Column]:
    """Columns that only repeat others are marked: the words of a full name beside given name and surname, a copy."""
    tables = [sample(left, seed), *([] if right is None else [sample(right, seed)])]
    words: dict[str, list[list[frozenset[str]]]] = {}
    for item in columns:
        headers = (item.left, item.right)[: len(tables)]
        if item.usable:
            words[item.name] = [_words(table, header or "") for table, header in zip(tables, headers, strict=True)]
    by_name = {item.name: item for item in columns}
    marked = {}
    for name, own in words.items():
        item = by_name[name]
        parts = [other for other in ("given_name", "surname") if other in words and other != name]
        if len(parts) == 2 and _holds(own, [words[part] for part in parts]) > 0.75:
            marked[name] = "given_name and surname"
            continue
        for other, column in by_name.items():
            fuller = (column.filled, other) > (item.filled, name)
            if other in words and other not in marked and fuller and _equal(own, words[other]) > 0.98:
                marked[name] = other
    return [
        replace(item, meaning="repeats", evidence=f"it repeats {marked[item.name]}") if item.name in marked else item
        for item in columns
    ]


def _words(table: pa.Table, header: str) -> list[frozenset[str]]:
    return [
        frozenset(re.findall(r"\w+", text.lower())) if text else frozenset()
        for text in text_column(table, header).to_pylist()
    ]


def _holds(whole: list[list[frozenset[str]]], parts: list[list[list[frozenset[str]]]]) -> float:
    """Share of the rows, of the side with fewest, whose words hold all words of the parts."""
    shares = []
    for side, rows in enumerate(whole):
        known = [
            (row, part) for row, *part in zip(rows, *(other[side] for other in parts), strict=True) if row and all(part)
        ]
        shares.append(sum(row >= frozenset().union(*part) for row, part in known) / len(known) if known else 0.0)
    return min(shares)


def _equal(a: list[list[frozenset[str]]], b: list[list[frozenset[str]]]) -> float:
    shares = []
    for rows, others in zip(a, b, strict=True):
        known = [row == other for row, other in zip(rows, others, strict=True) if row or other]
        shares.append(sum(known) / len(known) if known else 0.0)
    return min(shares)

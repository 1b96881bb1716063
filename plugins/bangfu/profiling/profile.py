"""The profile of an extract (数据质量画像): counts, and never a value of a person."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["FieldProfile", "Profile", "Reading", "Repetition", "shown_header"]

_LONGEST_HEADER = 20
_MOST_DIGITS = 4


@dataclass(frozen=True)
class Repetition:
    """How often the values of a column stand.

    Attributes:
        distinct: Different values.
        exact: False where `distinct` and `times` are estimated from a sample of the values.
        times: Different values by the number of rows they stand in: `1` to `9`, `10+`.
    """

    distinct: int
    exact: bool
    times: Mapping[str, int]

    @property
    def repeated(self) -> int:
        """Different values that stand in more than one row."""
        return sum(number for times, number in self.times.items() if times != "1")


@dataclass(frozen=True)
class FieldProfile:
    """One field of the accepted rows.

    Attributes:
        name: Name of the field.
        given: Whether a column of the extract fills it; a field may also be filled from another one.
        header: That column's header, unless it looks like data.
        filled: Rows with a value.
        unreadable: Rows whose cell could not be read and was left empty.
        counts: Rows by form, kind, code, division, month (birth dates: year), band or length, as the field's shape
            asks for; of sensitive fields the small ones together, see `bangfu.profiling.small_counts`.
        outside: Dates outside their plausible days.
        new_year: Dates on 1 January, which often stand for an unknown day.
        coarse: Birth dates that are known by month or year only.
        repetition: How often its values stand; of identity numbers the valid ones.
    """

    name: str
    given: bool
    header: str | None
    filled: int
    unreadable: int
    counts: Mapping[str, int] = field(default_factory=dict)
    outside: int = 0
    new_year: int = 0
    coarse: int = 0
    repetition: Repetition | None = None

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> FieldProfile:
        """The inverse of `dataclasses.asdict`."""
        repetition = told["repetition"]
        return cls(**{**told, "repetition": Repetition(**repetition) if repetition else None})


@dataclass(frozen=True)
class Reading:
    """How the file was read; see `bangfu.readers.ReadReport`. Names of sheets are left out.

    Attributes:
        kind: `xlsx`, `xls` or `text`.
        container: `zip` or `password`.
        encoding: Of a text file.
        ends_cleanly: Whether a text file ends with a line end.
        sheets: Sheets with a table.
        ignored_sheets: Sheets without one.
        rows: Data rows as the sender counts them.
        persons: Rows after the members beside a person are taken apart.
        blank_rows, footer_rows: Rows left out.
        filled_cells: Cells filled downwards from a merged or grouped cell.
        error_cells: Cells with an error such as `#REF!`.
        formulas_without_value: Cells whose formula was never calculated.
        private_use_characters: Cells with characters that only the sender's font knows.
        control_characters: Characters left out.
        unlisted: Headers that are not on the allow-list.
        forbidden: Headers that the source's declaration forbids.
        duplicated: Headers over several columns.
        hidden_headers: Headers that look like data and are not named here.
    """

    kind: str
    container: str | None = None
    encoding: str | None = None
    ends_cleanly: bool | None = None
    sheets: int = 0
    ignored_sheets: int = 0
    rows: int = 0
    persons: int = 0
    blank_rows: int = 0
    footer_rows: int = 0
    filled_cells: int = 0
    error_cells: int = 0
    formulas_without_value: int = 0
    private_use_characters: int = 0
    control_characters: int = 0
    unlisted: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    hidden_headers: int = 0

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> Reading:
        """From a reader's report in its JSON form."""
        sheets = report["sheets"]
        lists = {
            name: _named(header for sheet in sheets for header in sheet[name])
            for name in ("unlisted", "forbidden", "duplicated")
        }
        counted = ("blank_rows", "footer_rows", "filled_cells", "error_cells", "formulas_without_value")
        return cls(
            kind=report["kind"],
            container=report["container"],
            encoding=report["encoding"],
            ends_cleanly=report["ends_cleanly"],
            sheets=len(sheets),
            ignored_sheets=len(report["ignored_sheets"]),
            rows=report["rows"],
            persons=report["persons"],
            private_use_characters=report["private_use_characters"],
            control_characters=report["control_characters"],
            hidden_headers=sum(hidden for _, hidden in lists.values()),
            unlisted=lists["unlisted"][0],
            forbidden=lists["forbidden"][0],
            duplicated=lists["duplicated"][0],
            **{name: sum(sheet[name] for sheet in sheets) for name in counted},
        )

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Reading:
        """The inverse of `dataclasses.asdict` and JSON."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
        }
        return cls(**values)


@dataclass(frozen=True)
class Profile:
    """What one extract holds, in counts.

    Attributes:
        source: Source code.
        received_on: Day of receipt, up to which dates are plausible.
        accepted: Rows in the standardised table, which all field profiles describe.
        rejected: Rows refused.
        rejects: Refused rows by reason code.
        rejects_at: Refused rows by `reason code/field`, where the reason concerns one field.
        fields: The fields, in the order of the source's declaration.
        reading: How the file was read.
    """

    source: str
    received_on: dt.date
    accepted: int
    rejected: int
    rejects: Mapping[str, int]
    rejects_at: Mapping[str, int]
    fields: tuple[FieldProfile, ...]
    reading: Reading

    @property
    def rows_in(self) -> int:
        """Rows read, one per person: accepted and rejected."""
        return self.accepted + self.rejected

    @property
    def by_name(self) -> Mapping[str, FieldProfile]:
        """The fields by their names."""
        return {item.name: item for item in self.fields}

    def to_json(self) -> dict[str, Any]:
        """As plain values that JSON can hold."""
        return {**asdict(self), "received_on": self.received_on.isoformat()}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Profile:
        """The inverse of `to_json`, also after a way through JSON text."""
        read = {
            "received_on": dt.date.fromisoformat(told["received_on"]),
            "fields": tuple(FieldProfile.from_json(item) for item in told["fields"]),
            "reading": Reading.from_json(told["reading"]),
        }
        return cls(**{**told, **read})


def shown_header(header: str) -> str | None:
    """A header for reports, None for one that looks like data: too long, with a number, or filled in behind a colon.

    >>> shown_header("备注"), shown_header("2026年收入"), shown_header("53921019"), shown_header("填报人：某某")
    ('备注', '2026年收入', None, None)
    """
    text = unicodedata.normalize("NFKC", header)
    filled_in = re.search(r"[:@]\s*\S", text)
    if filled_in or len(text) > _LONGEST_HEADER or sum(character.isdigit() for character in text) > _MOST_DIGITS:
        return None
    return " ".join(header.split())


def _named(headers: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """The headers that may be named, each once, and the number of the others."""
    shown = [shown_header(header) for header in dict.fromkeys(headers)]
    named = tuple(dict.fromkeys(header for header in shown if header))
    return named, sum(header is None for header in shown)

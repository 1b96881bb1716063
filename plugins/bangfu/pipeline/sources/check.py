"""Checking a file (试读): how it is understood as an extract of a source, without receiving it.

Nothing is written, and no database is needed. What is told are headers, counts and forms, never a value of a person.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from bangfu.errors import BangfuError, Refused
from bangfu.pipeline.intake.lawful import check_lawful
from bangfu.pipeline.sources.header_matching import Fit, Suggestion, fits, never_taken, suggest
from bangfu.pipeline.sources.trial_reading import headers_of, read_headers, read_incomplete
from bangfu.pipeline.sources.value_forms import Form, Forms
from bangfu.readers import Parser, ReadReport, SheetReport
from matching.standardise import standardise_frame
from matching.standardise.registry import standardiser
from matching.standardise.repeats import SeenRows
from schemas.fields import FIELDS
from schemas.records import failing_rows
from schemas.source import Source
from schemas.sources import SOURCES
from schemas.vocabulary import RejectCode

__all__ = ["CheckedColumn", "CheckedSheet", "FileCheck", "Refusal", "check_file"]

_WEAK = 1.5
"""A file whose headers fit no source better than this may be of none."""
_INCOMPLETE = frozenset({"required_column_missing", "header_not_found", "lists_apart"})


@dataclass(frozen=True)
class Refusal:
    """Why the file would be refused.

    Attributes:
        code: Reason code.
        zh, en: What the sender would read.
    """

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class CheckedColumn:
    """One header of a sheet and what becomes of it.

    Attributes:
        header: As the sender wrote it; a place such as `第3列` where it looks like data.
        state: `taken`, `forbidden`, `unlisted`, or `duplicated` for the right ones of several columns of one header.
        field: The field that a taken header fills, of member 2 as `name[2]`.
        filled: Share of the persons with a value.
        readable: Share of these values that can be read; None where no value is there.
        unreadable: Values that cannot be read, such as codes that are on no list.
        coded: Whether the values are codes of a closed list.
        forms: The commonest forms of the values.
        suggestion: The field that an unlisted header most likely means.
        sensitive: Whether an unlisted header is of a kind that must not be taken, and had better be forbidden by name.
    """

    header: str
    state: str
    field: str | None = None
    filled: float | None = None
    readable: float | None = None
    unreadable: int = 0
    coded: bool = False
    forms: tuple[Form, ...] = ()
    suggestion: Suggestion | None = None
    sensitive: bool = False


@dataclass(frozen=True)
class CheckedSheet:
    """One sheet.

    Attributes:
        name: Its name; empty for a text file.
        header_row: Row of the header's first line, from 1.
        header_height: One or two rows.
        columns: Every header.
        missing_required, missing: Fields of the source that no column fills.
        rows, persons: Data rows, and persons in them.
        blank_rows, footer_rows, filled_cells: Rows left out, cells filled from a merged one.
        households: Whether it is a list of households, whose columns go to their members in another sheet.
    """

    name: str
    header_row: int
    header_height: int
    columns: tuple[CheckedColumn, ...]
    missing_required: tuple[str, ...]
    missing: tuple[str, ...]
    rows: int
    persons: int
    blank_rows: int
    footer_rows: int
    filled_cells: int
    households: bool = False


@dataclass(frozen=True)
class FileCheck:
    """How a file is understood.

    Attributes:
        source: The source as which it was read.
        given: Whether that source was asked for, rather than found.
        refusals: Why it would be refused; empty where it would be received.
        notes: What else matters, in both languages.
        kind, encoding, container: What the file is.
        sheets: Its tables.
        ignored_sheets: Names of sheets without a table.
        rows, persons: Data rows, and persons in them.
        accepted: Persons that would be accepted.
        rejected: Persons that would not, by reason code.
        fits: How its headers fit every source, the best first; empty where the file is of the source that was given.
    """

    source: str
    given: bool
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    kind: str | None = None
    encoding: str | None = None
    container: str | None = None
    sheets: tuple[CheckedSheet, ...] = ()
    ignored_sheets: tuple[str, ...] = ()
    rows: int = 0
    persons: int = 0
    accepted: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    fits: tuple[Fit, ...] = ()


def check_file(
    path: Path, source: str | None = None, *, passwords: Sequence[str] = (), today: dt.date | None = None
) -> FileCheck:
    """Read a file as an extract of a source and tell how each column is understood.

    Args:
        path: The file.
        source: Source code; the one that fits best when absent.
        passwords: Tried on a workbook that has an opening password.
        today: The day that counts for the legal basis; the clock's when absent.

    Raises:
        BangfuError: No such source or file.
        Refused: The file cannot be read as a table, or has no header that any source knows.
    """
    if source is not None and source not in SOURCES:
        raise BangfuError(f"There is no source {source!r}; known are {', '.join(SOURCES)}.")
    if not path.is_file():
        raise BangfuError(f"There is no file {path}.")
    with Parser() as parser:
        scores: tuple[Fit, ...] = ()
        given = source is not None
        if source is None:
            scores = tuple(fits(headers_of(read_headers(parser, path, passwords))))
            source = scores[0].source
        declared, refusals = SOURCES[source], []
        try:
            check_lawful(declared, today)
        except Refused as refusal:
            refusals.append(_refusal(refusal))
        counts = _Counts(declared, today or dt.datetime.now(dt.UTC).date())
        found = FileCheck(source, given, fits=scores)
        try:
            report = parser.read(path, declared, counts.add, passwords=passwords)
        except Refused as refusal:
            refusals.append(_refusal(refusal))
            if refusal.code not in _INCOMPLETE:
                return replace(found, refusals=tuple(refusals))
            counts = _Counts(declared, counts.today)
            try:
                headers = read_headers(parser, path, passwords)
                scores = tuple(fits(headers_of(headers)))
                report = read_incomplete(parser, path, declared, counts.add, passwords, headers)
            except Refused:
                return replace(found, refusals=tuple(refusals))
    filled = None
    if not _other_source(source, scores):
        filled = {label.partition("[")[0] for sheet in report.sheets for label in sheet.columns}
    return replace(
        found,
        refusals=tuple(refusals),
        notes=tuple(_notes(report, source, scores)),
        kind=report.kind,
        encoding=report.encoding,
        container=report.container,
        sheets=tuple(_sheet(declared, sheet, counts, filled) for sheet in report.sheets),
        ignored_sheets=report.ignored_sheets,
        rows=report.rows,
        persons=report.persons,
        accepted=report.persons - counts.rejected.total(),
        rejected=dict(counts.rejected.most_common()),
        fits=scores,
    )


def _other_source(source: str, scores: Sequence[Fit]) -> str | None:
    """The source of which the file is, by its headers, where it cannot be of the one that was given."""
    own = next((fit for fit in scores if fit.source == source), None)
    surely = own is not None and own.missing and not scores[0].missing and scores[0].score > max(own.score, _WEAK)
    return scores[0].source if surely else None


def _refusal(refusal: Refused) -> Refusal:
    return Refusal(refusal.code, refusal.zh, refusal.en)


class _Counts:
    """What is counted of the batches, by sheet and field."""

    def __init__(self, source: Source, today: dt.date) -> None:
        self.source, self.today = source, today
        self.rejected: Counter[str] = Counter()
        self.persons: Counter[tuple[str, int]] = Counter()
        self.unreadable: Counter[tuple[str, str]] = Counter()
        self.forms: dict[tuple[str, str], Forms] = {}
        self._seen = SeenRows()

    def add(self, batch: pl.DataFrame) -> None:
        """Count one batch."""
        standard = standardise_frame(batch, self.source, "check", self._seen)
        self.rejected.update(standard.rejected["code"].to_list())
        failing = failing_rows(standard.accepted, self.source.code, self.today)
        if failing:
            self.rejected[str(RejectCode.SCHEMA)] += len(failing)
        for (sheet, member), part in batch.group_by("sheet", "member"):
            self.persons[str(sheet or ""), int(str(member))] += part.height
            for name in part.columns[4:]:
                label = f"{name}[{member}]" if member else name
                self._column(str(sheet or ""), label, part[name])

    def place(self, report: SheetReport, label: str) -> tuple[str, str]:
        """Where a column of a sheet was counted: those of households are with the first list of their members."""
        others = (sheet for sheet, name in self.forms if name == label and sheet != report.name)
        return (next(others, report.name) if report.households else report.name), label

    def _column(self, sheet: str, label: str, cells: pl.Series) -> None:
        if cells.null_count() == cells.len():
            return
        self.forms.setdefault((sheet, label), Forms()).add(cells)
        kind = FIELDS[label.partition("[")[0]].standardiser
        if kind != "derived":
            self.unreadable[sheet, label] += int(standardiser(kind)(cells).unreadable.sum())


def _sheet(source: Source, report: SheetReport, counts: _Counts, filled: Collection[str] | None) -> CheckedSheet:
    taken = [_taken(report, label, header, counts) for label, header in report.columns.items()]
    others = [CheckedColumn(header, "forbidden") for header in report.forbidden]
    others += [CheckedColumn(header, "duplicated") for header in report.duplicated]
    others += [_unlisted(header, source, filled) for header in report.unlisted if header not in report.duplicated]
    required = set(source.required)
    return CheckedSheet(
        report.name,
        report.header_row,
        report.header_height,
        (*taken, *others),
        tuple(name for name in report.missing if name in required),
        tuple(name for name in report.missing if name not in required),
        report.rows,
        report.persons,
        report.blank_rows,
        report.footer_rows,
        report.filled_cells,
        report.households,
    )


def _unlisted(header: str, source: Source, filled: Collection[str] | None) -> CheckedColumn:
    """An unlisted header with what it may mean besides the fields that are filled; None where the file is another's."""
    if never_taken(header):
        return CheckedColumn(header, "unlisted", sensitive=True)
    return CheckedColumn(header, "unlisted", suggestion=None if filled is None else suggest(header, source, filled))


def _taken(report: SheetReport, label: str, header: str, counts: _Counts) -> CheckedColumn:
    at = counts.place(report, label)
    member = int(label.partition("[")[2].rstrip("]") or 0)
    persons, forms = counts.persons[at[0], member], counts.forms.get(at)
    filled = forms.filled if forms else 0
    return CheckedColumn(
        header,
        "taken",
        label,
        filled / persons if persons else 0.0,
        1 - counts.unreadable[at] / filled if filled else None,
        counts.unreadable[at],
        FIELDS[label.partition("[")[0]].standardiser.startswith("code:"),
        tuple(forms.most()) if forms else (),
    )


def _notes(report: ReadReport, source: str, scores: Sequence[Fit]) -> list[tuple[str, str]]:
    notes = []
    if other := _other_source(source, scores):
        zh, en = f"表头像是《{SOURCES[other].zh}》（{other}），请确认数据代码", f"the headers are those of {other}"
        notes.append((zh, f"{en}: check the source"))
    if report.ends_cleanly is False:
        notes.append(
            (
                "最后一行没有换行符：没有清单时会被当作未传完而拒收",
                "the last line does not end: without a manifest it would be refused as incomplete",
            )
        )
    if report.private_use_characters:
        count = f"{report.private_use_characters:,}"
        notes.append((f"{count} 格含有造字", f"{count} cells with characters that only the sender's font knows"))
    errors = sum(sheet.error_cells + sheet.formulas_without_value for sheet in report.sheets)
    if errors:
        notes.append(
            (
                f"{errors:,} 格为错误值或未计算的公式，按空读取",
                f"{errors:,} cells hold an error or a formula without value",
            )
        )
    if not scores or scores[0].source != source:
        return notes
    alike = (fit for fit in scores[1:] if fit.score > 0.8 * scores[0].score)
    if max(fit.score for fit in scores) < _WEAK:
        zh, en = "与已声明的数据源都不像，可能是新的一类：", "it is like no declared source; perhaps a new one:"
        notes.append((zh + "bangfu source new", f"{en} bangfu source new"))
    elif also := next(alike, None):
        zh = f"也很像《{SOURCES[also.source].zh}》，请用 --source 指定"
        notes.append((zh, f"it also looks like {also.source}: give --source to be sure"))
    return notes

"""A new source from a sample (新增数据源): its headers become the draft of a declaration.

The draft is a module that loads and that nothing can be received by: its legal basis is a placeholder that ended long
ago, until somebody fills in the document by which the data may be held.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import polars as pl

import schemas.sources
from bangfu.errors import BangfuError
from bangfu.pipeline.sources.families import (
    OWN,
    Members,
    household_headers,
    is_household_number,
    meaning,
    member_blocks,
    of_the_head,
)
from bangfu.pipeline.sources.header_matching import keys_of, known_fields, never_taken, plain
from bangfu.pipeline.sources.module import Draft, Proposal, module_text
from bangfu.pipeline.sources.trial_reading import headers_of, read_headers, replace_columns
from bangfu.pipeline.sources.value_forms import Forms
from bangfu.readers import Parser, SheetReport
from matching.standardise.identity import VALID_FORMS
from matching.standardise.registry import standardiser
from schemas.fields import FIELDS
from schemas.source import Column
from schemas.sources import SOURCES

__all__ = ["NewSource", "Scaffolded", "new_source"]

_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_MOSTLY = 0.6
"""Share of cells that must look like an identity number, phone number or date to make a column one."""
_BATCHES = 8
"""Batches of the sample that are looked at; each sheet begins one."""
_BY_CONTENT = ("id_number", "phone")
_ACCOUNT = r"^\s*((62|60)([0-9]{14,15}|[0-9]{17})|4[0-9]{15}|5[1-5][0-9]{14})\s*$"
"""Numbers of bank cards; 18 digits are left out, which are identity numbers."""
_CARRIERS = tuple(item.name for item in FIELDS.values() if item.standardiser != "derived")
"""Fields that stand in for headers while a sample is read for its forms."""


@dataclass(frozen=True)
class NewSource:
    """What is asked for.

    Attributes:
        code: Name of the source and of its module.
        sample: A file as the department sends it.
        zh: Chinese name; a placeholder when absent.
        owner: The department that sends it; a placeholder when absent.
        folder: Where the module goes; beside the declared sources when absent.
        passwords: Tried on a workbook that has an opening password.
    """

    code: str
    sample: Path
    zh: str | None = None
    owner: str | None = None
    folder: Path | None = None
    passwords: Sequence[str] = ()


@dataclass(frozen=True)
class Scaffolded:
    """What was written.

    Attributes:
        path: The module.
        fields: Field of every header that is taken.
        proposals: Headers that nothing takes, with the form of their values.
        forbidden: Headers that must not be taken.
        identity: Fields that were found by what their cells look like.
        household: Fields whose cells stand once for a household.
        member_fields: Field of every header of members beside a person, their number as `{n}`.
        members: How many members stand beside a person.
    """

    path: Path
    fields: dict[str, str]
    proposals: tuple[Proposal, ...]
    forbidden: tuple[str, ...]
    identity: tuple[str, ...]
    household: tuple[str, ...] = ()
    member_fields: Mapping[str, str] = field(default_factory=dict)
    members: int = 0


def new_source(request: NewSource) -> Scaffolded:
    """Write the draft of a declaration from a sample.

    Args:
        request: What is asked for.

    Raises:
        BangfuError: The code is malformed or taken, the module exists, there is no such file, or the sample has no
            column of names.
        Refused: The sample cannot be read, or none of its rows looks like a header.
    """
    target = _target(request)
    with Parser() as parser:
        report = read_headers(parser, request.sample, request.passwords)
        members = member_blocks(headers_of(report))
        headers = [header for header in headers_of(report) if not members or header not in members.headers]
        beside = [found[0] for found in members.others.values()] if members else []
        if len(headers) + len(beside) > len(_CARRIERS):
            raise BangfuError(f"The sample has {len(headers)} columns; keep the {len(_CARRIERS)} that matter most.")
        cells = _cells(parser, request, [*headers, *beside])
    sample = _Sample(
        headers, report.sheets, cells, {header: _look(column) for header, column in cells.items()}, members
    )
    fields, forbidden, by_content = _recognised(sample)
    if "name" not in fields.values():
        seen = "、".join(headers[:12])
        raise BangfuError(
            f"No column of names (姓名) was found among {seen}: a source is about persons. "
            "Rename the column in the sample, or declare the source by hand."
        )
    draft = _draft(request, sample, fields, forbidden)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(module_text(draft))
    except FileExistsError:
        raise _exists(target) from None
    return Scaffolded(
        target,
        {header: fields[header] for header in headers if header in fields},
        (*draft.proposals, *draft.member_proposals),
        draft.forbidden,
        by_content,
        draft.household,
        members.fields if members else {},
        draft.most_members,
    )


def _target(request: NewSource) -> Path:
    if not _CODE.fullmatch(request.code) or len(request.code) > 40:
        raise BangfuError(f"{request.code!r} is no code: use lower-case words joined by _, such as housing_aid.")
    if request.code in SOURCES:
        raise BangfuError(f"There is a source {request.code} already: edit schemas/sources/{request.code}.py.")
    if not request.sample.is_file():
        raise BangfuError(f"There is no file {request.sample}.")
    folder = request.folder or Path(schemas.sources.__path__[0])
    if not folder.is_dir():
        raise BangfuError(f"There is no directory {folder}.")
    target = folder / f"{request.code}.py"
    if target.exists():
        raise _exists(target)
    return target


def _exists(target: Path) -> BangfuError:
    return BangfuError(f"{target} exists already and is left as it is: edit it, or choose another code.")


@dataclass(frozen=True)
class _Look:
    """What the cells under one header look like."""

    forms: Forms
    identity: float
    phone: float
    account: float


@dataclass(frozen=True)
class _Sample:
    """What was found in the sample: the headers of a row's own person, their cells and looks, the members beside."""

    headers: Sequence[str]
    sheets: Sequence[SheetReport]
    cells: Mapping[str, pl.Series]
    looks: Mapping[str, _Look]
    members: Members | None


def _cells(parser: Parser, request: NewSource, headers: Sequence[str]) -> dict[str, pl.Series]:
    """The first cells of every column: each header is read under a field that stands in for it."""
    carried = dict(zip(headers, _CARRIERS, strict=False))
    columns = tuple(Column(name, _aliases(header)) for header, name in carried.items())
    reading = replace_columns(next(iter(SOURCES.values())), columns)
    kept: list[pl.DataFrame] = []
    parser.read(
        request.sample, reading, lambda batch: kept.append(batch.head(20_000)) if len(kept) < _BATCHES else None
    )
    rows = pl.concat(kept)
    return {header: rows[name] for header, name in carried.items()}


def _aliases(header: str) -> tuple[str, ...]:
    return tuple(islice(keys_of(header), 2))


def _look(cells: pl.Series) -> _Look:
    forms, present = Forms(), cells.drop_nulls()
    forms.add(present)
    if not present.len():
        return _Look(forms, 0.0, 0.0, 0.0)
    numbers, phones = standardiser("id_number")(present), standardiser("phone")(present)
    valid = numbers.derived["id_form"].is_in(VALID_FORMS).fill_null(False)
    account = present.str.contains(_ACCOUNT)
    return _Look(forms, _share(valid), _share(phones.values.is_not_null() & ~valid), _share(account))


def _share(which: pl.Series) -> float:
    return int(which.sum()) / which.len()


def _recognised(sample: _Sample) -> tuple[dict[str, str], list[str], tuple[str, ...]]:
    """The field of each header that is taken, the headers that must not be, and the fields found by their content."""
    looks = sample.looks
    forbidden = [header for header in sample.headers if never_taken(header) or looks[header].account > _MOSTLY]
    left = [header for header in sample.headers if header not in forbidden]
    fields: dict[str, str] = {}
    for header in sorted(left, key=of_the_head):  # the plainest first; beside members the head is not the row's person
        name = _known_field(header, set(fields.values()))
        if name is not None:
            fields[header] = name
    _number_households(sample, left, fields)
    by_content = []
    for name in _BY_CONTENT:
        shares = {header: getattr(looks[header], {"id_number": "identity"}.get(name, name)) for header in left}
        best = max((header for header in left if header not in fields), key=lambda header: shares[header], default=None)
        if name not in fields.values() and best is not None and shares[best] > _MOSTLY:
            fields[best] = name
            by_content.append(name)
    return fields, forbidden, tuple(by_content)


def _number_households(sample: _Sample, headers: Sequence[str], fields: dict[str, str]) -> None:
    """Find the household's number, which ties its members together."""
    if "household_ref" in fields.values():
        return
    for header in headers:
        of_a_file = fields.get(header) == "person_ref" and any(
            "household_ref" in known_fields().get(key, ()) for key in keys_of(header)
        )
        if (sample.members and of_a_file) or (header not in fields and is_household_number(header)):
            fields[header] = "household_ref"
            return


def _draft(request: NewSource, sample: _Sample, fields: Mapping[str, str], forbidden: list[str]) -> Draft:
    once, members = _once_per_household(sample, fields), sample.members
    left = [header for header in sample.headers if header not in {*fields, *forbidden}]
    beside = members.others if members else {}
    refused = [t for t in beside if never_taken(meaning(t))]
    forbidden = [*forbidden, *(header for template in refused for header in beside[template])]
    return Draft(
        request.code,
        request.zh or f"待命名数据（{request.code}）",
        request.owner or "待补：报送单位",
        _columns(sample, fields),
        tuple(Proposal(plain(header), _told(sample.looks[header].forms), header in once) for header in left),
        tuple(dict.fromkeys(map(plain, forbidden))) or ("银行卡号", "开户行", "银行账号"),
        dt.date(2000, 1, 1),
        tuple(
            sorted((fields[header] for header in once if header in fields), key=lambda name: name != "household_ref")
        ),
        tuple(Column(name, (template,)) for template, name in members.fields.items()) if members else (),
        tuple(Proposal(t, _told(sample.looks[found[0]].forms)) for t, found in beside.items() if t not in refused),
        members.count if members else 0,
        tuple(dict.fromkeys(plain(header) for sheet in sample.sheets for header in sheet.duplicated)),
    )


def _once_per_household(sample: _Sample, fields: Mapping[str, str]) -> list[str]:
    """Headers of a household's columns: those of a list of households, or those whose cells tell it."""
    found = household_headers({header: sample.cells[header] for header in sample.headers}, fields)
    sheets = [{*sheet.columns.values(), *sheet.unlisted} for sheet in sample.sheets]
    [names] = (header for header, name in fields.items() if name == "name")
    number = {header for header, name in fields.items() if name == "household_ref"}
    if number and number <= set.intersection(*sheets):
        lists = set[str]().union(*(sheet for sheet in sheets if names not in sheet))
        found += [header for header in sample.headers if header in lists and fields.get(header) not in OWN]
    return list(dict.fromkeys(found))


def _known_field(header: str, taken: set[str]) -> str | None:
    """The field that a known header means, unless another header has it already."""
    for key in keys_of(header):
        for name in known_fields().get(key, ()):
            if name not in taken:
                return name
    return None


def _columns(sample: _Sample, fields: Mapping[str, str]) -> tuple[Column, ...]:
    """The columns in the order of the sample; names are required. Of a header in two rows the lower one is taken."""
    tall = any(sheet.header_height > 1 for sheet in sample.sheets)
    made = []
    for header in (header for header in sample.headers if header in fields):
        alias = plain(header.partition("/")[2] if tall else "") or plain(header)
        made.append(Column(fields[header], (alias,), fields[header] == "name"))
    return tuple(made)


def _told(forms: Forms) -> str:
    return "；".join(f"{form.zh} {form.share:.0%}" for form in forms.most(2)) or "空列"

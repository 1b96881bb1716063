"""A new source from a sample (新增数据源): its headers become the draft of a declaration.

The draft is a module that loads and that nothing can be received by: its legal basis is a placeholder that ended long
ago, until somebody fills in the document by which the data may be held.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

import schemas.sources
from bangfu.errors import BangfuError
from bangfu.pipeline.sources.header_matching import keys_of, known_fields, plain
from bangfu.pipeline.sources.module import Draft, Proposal, module_text
from bangfu.pipeline.sources.trial_reading import headers_of, read_headers, replace_columns
from bangfu.pipeline.sources.value_forms import Forms
from bangfu.readers import Parser
from bangfu.readers.headers import header_key
from matching.standardise.identity import VALID_FORMS
from matching.standardise.registry import standardiser
from schemas.fields import FIELDS
from schemas.source import Column
from schemas.sources import SOURCES

__all__ = ["NewSource", "Scaffolded", "new_source"]

_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SENSITIVE = (
    *(
        "银行",
        "开户",
        "账号",
        "帐号",
        "账户",
        "存折",
        "诊断",
        "病种",
        "病名",
        "疾病",
        "病情",
        "患病",
        "医院",
        "医疗机构",
    ),
    *("死因", "死亡原因", "宗教", "信仰", "车牌", "房产证", "指纹", "人脸", "密码"),
)
"""Words in headers of columns that are never taken: accounts, diagnoses, beliefs, biometrics."""
_MOSTLY = 0.6
"""Share of cells that must look like an identity number, phone number or date to make a column one."""
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
    """

    path: Path
    fields: dict[str, str]
    proposals: tuple[Proposal, ...]
    forbidden: tuple[str, ...]
    identity: tuple[str, ...]


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
        headers = headers_of(read_headers(parser, request.sample, request.passwords))
        if len(headers) > len(_CARRIERS):
            raise BangfuError(f"The sample has {len(headers)} columns; keep the {len(_CARRIERS)} that matter most.")
        looks = _looks(parser, request, headers)
    draft, fields, by_content = _draft(request, headers, looks)
    if "name" not in fields.values():
        seen = "、".join(headers[:12])
        raise BangfuError(
            f"No column of names (姓名) was found among {seen}: a source is about persons. "
            "Rename the column in the sample, or declare the source by hand."
        )
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(module_text(draft))
    except FileExistsError:
        raise _exists(target) from None
    return Scaffolded(target, fields, draft.proposals, draft.forbidden, by_content)


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


def _looks(parser: Parser, request: NewSource, headers: list[str]) -> dict[str, _Look]:
    """The looks of every column: each header is read under a field that stands in for it."""
    carried = dict(zip(headers, _CARRIERS, strict=False))
    columns = tuple(Column(name, _aliases(header)) for header, name in carried.items())
    reading = replace_columns(next(iter(SOURCES.values())), columns)
    kept: list[pl.DataFrame] = []
    parser.read(request.sample, reading, lambda batch: kept.append(batch.head(20_000)) if not kept else None)
    return {header: _look(kept[0][name]) for header, name in carried.items()}


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


def _draft(
    request: NewSource, headers: list[str], looks: dict[str, _Look]
) -> tuple[Draft, dict[str, str], tuple[str, ...]]:
    forbidden = [header for header in headers if _sensitive(header) or looks[header].account > _MOSTLY]
    left = [header for header in headers if header not in forbidden]
    fields: dict[str, str] = {}
    for header in left:  # the plainest first: a header that is the field's own name or a known alias
        name = _known_field(header, set(fields.values()))
        if name is not None:
            fields[header] = name
    by_content = []
    for name in _BY_CONTENT:
        shares = {header: getattr(looks[header], {"id_number": "identity"}.get(name, name)) for header in left}
        best = max((header for header in left if header not in fields), key=lambda header: shares[header], default=None)
        if name not in fields.values() and best is not None and shares[best] > _MOSTLY:
            fields[best] = name
            by_content.append(name)
    forbidden += [header for header in left if header not in fields and _forbidden_elsewhere(header)]
    proposals = tuple(
        Proposal(plain(header), _told(looks[header].forms)) for header in left if header not in {*fields, *forbidden}
    )
    draft = Draft(
        request.code,
        request.zh or f"待命名数据（{request.code}）",
        request.owner or "待补：报送单位",
        _columns(headers, fields),
        proposals,
        tuple(dict.fromkeys(map(plain, forbidden))) or ("银行卡号", "开户行", "银行账号"),
        dt.date(2000, 1, 1),
    )
    return draft, {header: fields[header] for header in headers if header in fields}, tuple(by_content)


def _sensitive(header: str) -> bool:
    return any(word in header_key(header) for word in _SENSITIVE) and not _known_field(header, set())


def _forbidden_elsewhere(header: str) -> bool:
    keys = set(keys_of(header))
    return any(keys & {header_key(known) for known in source.forbidden} for source in SOURCES.values())


def _known_field(header: str, taken: set[str]) -> str | None:
    """The field that a known header means, unless another header has it already."""
    for key in keys_of(header):
        for name in known_fields().get(key, ()):
            if name not in taken:
                return name
    return None


def _columns(headers: list[str], fields: dict[str, str]) -> tuple[Column, ...]:
    """The columns in the order of the sample; names are required."""
    return tuple(
        Column(fields[header], (plain(header).rpartition("/")[2] or plain(header),), fields[header] == "name")
        for header in headers
        if header in fields
    )


def _told(forms: Forms) -> str:
    return "；".join(f"{form.zh} {form.share:.0%}" for form in forms.most(2)) or "空列"

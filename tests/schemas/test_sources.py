"""The declarations of the partner sources hold together."""

import dataclasses
import datetime as dt
from itertools import combinations

import pytest

from bangfu.readers.headers import header_key
from matching.standardise import STANDARDISERS
from schemas.fields import FIELDS, PARTICULAR, PERSON, PROVENANCE
from schemas.source import Column, LegalBasis, Source
from schemas.sources import PARTNERS, ROSTER, SOURCES
from schemas.vocabulary import CODE_LISTS, DataOrigin, Sensitivity

ALL = pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.code)

SAME_COLUMN = {("hardship_archive", "person_ref", "household_ref")}
"""One column fills two fields: an archive's number is the head's and the household's."""


def aliases(source: Source) -> list[tuple[str, str]]:
    """Every alias as it is compared, with the field it fills; member blocks by their first."""
    found = [(header_key(alias), column.field) for column in source.columns for alias in column.aliases]
    for column in source.member_blocks.columns if source.member_blocks else ():
        found += [(header_key(alias.replace("{n}", "1")), f"{column.field}[1]") for alias in column.aliases]
    return found


def declared(**changes: object) -> Source:
    source = SOURCES["civil_affairs"]
    values = {field.name: getattr(source, field.name) for field in dataclasses.fields(source) if field.init}
    return Source(**{**values, **changes})


def test_the_roster_and_its_partners() -> None:
    assert ROSTER in SOURCES
    assert {ROSTER, *PARTNERS} == set(SOURCES)
    assert len(PARTNERS) == len(SOURCES) - 1


@ALL
def test_every_field_that_is_named_is_a_field(source: Source) -> None:
    blocks = source.member_blocks.columns if source.member_blocks else ()
    named = {column.field for column in (*source.columns, *blocks)}
    keys = {*source.natural_key, *source.person_key, *source.household_columns}
    assert named <= set(FIELDS)
    assert keys <= {field.name for field in source.fields}
    assert set(source.required) <= named
    assert not any(FIELDS[name].standardiser == "derived" for name in named)


@ALL
def test_a_field_has_one_column(source: Source) -> None:
    names = [column.field for column in source.columns]
    assert len(set(names)) == len(names)


@ALL
def test_no_header_means_two_things(source: Source) -> None:
    """The reader would fill both fields from the one column, whatever the sender meant."""
    fields: dict[str, set[str]] = {}
    for key, field in aliases(source):
        fields.setdefault(key, set()).add(field)
    double = {
        (source.code, *pair) for names in fields.values() for pair in combinations(sorted(names, reverse=True), 2)
    }
    assert double <= SAME_COLUMN


@ALL
def test_no_alias_is_lost_when_headers_are_compared(source: Source) -> None:
    assert all(len(key) >= 1 and not key.isdigit() for key, _ in aliases(source))


@ALL
def test_what_is_forbidden_is_not_also_taken(source: Source) -> None:
    """A bank account, a diagnosis or a disability that is on both lists would be taken."""
    taken = {key for key, _ in aliases(source)}
    assert source.forbidden
    assert {header_key(header) for header in source.forbidden}.isdisjoint(taken)


@ALL
def test_whoever_is_sent_for_has_a_name_and_a_way_to_be_known(source: Source) -> None:
    assert "name" in source.required
    assert {"id_number", "name"} <= {column.field for column in source.columns}
    assert "name" in source.person_key


@ALL
def test_household_cells_belong_to_no_single_person(source: Source) -> None:
    """A filled-down name, number or birth date would make one person of a household."""
    assert set(source.household_columns).isdisjoint(
        {"name", "former_name", "id_number", "birth_date", "sex", "person_ref", "relation"}
    )


@ALL
def test_the_fields_are_provenance_then_the_person_then_the_rest(source: Source) -> None:
    names = [field.name for field in source.fields]
    assert source.fields[: len(PROVENANCE) + len(PERSON)] == (*PROVENANCE, *PERSON)
    assert len(set(names)) == len(names)
    assert {column.field for column in source.columns} <= set(names)
    assert ("union_county_code" in names) == any(column.field == "parent_union" for column in source.columns)


@ALL
def test_a_source_says_from_whom_and_on_which_basis(source: Source) -> None:
    basis = source.legal_basis
    assert source.data_origin is DataOrigin.ADMINISTRATIVE
    assert basis.kind
    assert basis.document
    assert dt.date(2026, 1, 1) < basis.valid_until < dt.date(2036, 1, 1)
    assert all((source.zh, source.en, source.owner_zh))
    assert source.zh != source.en


def test_a_declaration_cannot_name_a_field_that_does_not_exist() -> None:
    with pytest.raises(KeyError):
        declared(columns=(Column("blood_group", ("血型",)),))


def test_a_declaration_is_not_changed_by_accident() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SOURCES["civil_affairs"].forbidden = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        SOURCES["civil_affairs"] = SOURCES[ROSTER]  # type: ignore[index]


def test_what_is_required_follows_the_columns() -> None:
    source = declared(
        columns=(Column("name", ("姓名",), required=True), Column("sex", ("性别",))), household_columns=(),
        legal_basis=LegalBasis("协议", "协议", dt.date(2030, 1, 1)),
    )  # fmt: skip
    assert source.required == ("name",)
    assert source.fields == (*PROVENANCE, *PERSON)


def test_every_field_is_declared_once_in_both_languages() -> None:
    fields = (*PROVENANCE, *PERSON, *PARTICULAR)
    assert len(FIELDS) == len(fields)
    assert all(field.zh and field.en and field.zh != field.en for field in fields)
    assert all(any("\u4e00" <= character <= "\u9fff" for character in field.zh) for field in fields)
    assert len({field.en for field in fields}) == len(fields)


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda field: field.name)
def test_every_field_can_be_standardised_into_its_type(field: object) -> None:
    from schemas.fields import Field

    assert isinstance(field, Field)
    kind, _, code_list = field.standardiser.partition(":")
    assert kind == "derived" or kind in STANDARDISERS or (kind == "code" and code_list in CODE_LISTS)
    types = {"date": "date", "integer": "int", "amount": "decimal"}
    if kind != "derived":
        assert field.type == types.get(kind, "string")


def test_what_must_be_masked_is_marked() -> None:
    """Masking, logging and the export read the mark: a field without it is shown to everybody."""
    marks = {name: field.sensitivity for name, field in FIELDS.items()}
    assert all(
        marks[name] is Sensitivity.IDENTITY for name in ("name", "former_name", "id_number", "birth_date", "person_ref")
    )
    assert all(marks[name] is Sensitivity.CONTACT for name in ("phone", "address", "household_address"))
    medical = {column.field for column in SOURCES["medical_settlement"].columns}
    amounts = {name for name in medical if FIELDS[name].type == "decimal"}
    assert {marks[name] for name in amounts} == {Sensitivity.HEALTH}
    others = {name for name, field in FIELDS.items() if field.type == "decimal" and name not in amounts}
    assert {marks[name] for name in others} == {Sensitivity.FINANCIAL}


def test_every_field_is_used_by_a_source() -> None:
    used = {field.name for source in SOURCES.values() for field in source.fields}
    assert set(FIELDS) == used

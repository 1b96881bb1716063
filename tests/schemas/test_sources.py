"""The declarations of the partner sources hold together."""

import dataclasses
import datetime as dt
import re
from itertools import combinations

import pytest

from bangfu.readers.headers import header_key
from matching.standardise import STANDARDISERS
from schemas.fields import FIELDS, PARTICULAR, PERSON, PROVENANCE
from schemas.shared import ACCOUNTS
from schemas.source import Column, DriftLimits, LegalBasis, Retention, Source
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
    assert basis.valid_from < dt.date(2026, 1, 1) < basis.valid_until < dt.date(2036, 1, 1)
    assert all((source.zh, source.en, source.owner_zh))
    assert source.zh != source.en


@ALL
def test_what_the_operator_must_replace_is_marked_as_an_example(source: Source) -> None:
    """A made-up document number that looks real would be quoted to a partner one day."""
    year = source.legal_basis.valid_from.year
    assert re.fullmatch(rf"示例〔{year}〕[0-9]+号", source.legal_basis.number)
    assert re.fullmatch(r"示例-530000-[A-Z]{2}-[0-9]{3}", source.catalogue_id)


def test_no_two_sources_share_a_basis_or_a_catalogue_entry() -> None:
    assert len({source.legal_basis.number for source in SOURCES.values()}) == len(SOURCES)
    assert len({source.catalogue_id for source in SOURCES.values()}) == len(SOURCES)


def test_purposes_retention_and_what_happens_without_a_manifest() -> None:
    said = {
        code: (source.purpose, source.sender_level, source.cadence, source.unannounced, source.retention)
        for code, source in SOURCES.items()
    }
    kept = Retention(landing_days=30, standard_days=180, quarantine_days=180)
    screening = "hardship_screening"
    assert said == {
        "civil_affairs": (screening, "prefecture", "monthly", "hold", kept),
        "contribution_base": (screening, "prefecture", "quarterly", "hold", kept),
        "death_record": ("death_suppression", "province", "monthly", "hold", kept),
        "disability_certificate": (screening, "prefecture", "quarterly", "hold", kept),
        "disaster_relief": (screening, "county", "quarterly", "hold", kept),
        "education_aid": (screening, "province", "quarterly", "hold", kept),
        "hardship_archive": ("archive_matching", "province", "monthly", "hold", kept),
        "medical_settlement": (screening, "prefecture", "monthly", "hold", kept),
        "union_roster": ("member_register", "county", "quarterly", "accept", kept),
        "work_accident": (screening, "province", "quarterly", "hold", kept),
    }


@ALL
def test_limits_of_drift_are_shares(source: Source) -> None:
    """Rows may grow to a multiple where events decide; everything else is a share of one whole."""
    limits = source.drift
    assert all(0 < share <= 1 for share in (limits.fill, limits.validity, limits.codes, limits.rejected))
    assert 0 < limits.rows <= 3
    assert DriftLimits() == DriftLimits(rows=0.3, fill=0.15, validity=0.1, codes=0.25, rejected=0.1)


def test_a_declaration_names_a_purpose_that_exists() -> None:
    with pytest.raises(ValueError, match="civil_affairs: unknown purpose 'marketing'"):
        declared(purpose="marketing")


def test_a_basis_must_hold_for_some_day() -> None:
    with pytest.raises(ValueError, match="示例〔2026〕1号: valid_until lies before valid_from"):
        LegalBasis("协议", "协议", "示例〔2026〕1号", dt.date(2026, 2, 1), dt.date(2026, 1, 31))
    assert LegalBasis("协议", "协议", "示例〔2026〕1号", dt.date(2026, 2, 1), dt.date(2026, 2, 1)).kind == "协议"


@pytest.mark.parametrize(
    ("source", "headers"),
    [
        ("disability_certificate", ("监护人姓名", "监护人电话", "致残原因")),
        ("education_aid", ("学生姓名", "姓名", "身份证号", "学生身份证号", "学籍号", "学校")),
        ("death_record", ("家属姓名", "家属电话", "死亡原因")),
        ("work_accident", ("伤害部位", "诊断")),
        ("contribution_base", ("银行账号", "个人账户余额")),
        ("union_roster", ("银行卡号",)),
        ("medical_settlement", ("dise_name", "诊断", "医院")),
    ],
)
def test_what_screening_does_not_need_is_dropped_by_name(source: str, headers: tuple[str, ...]) -> None:
    assert set(headers) <= set(SOURCES[source].forbidden)


def test_of_students_nothing_is_taken_that_tells_who_they_are() -> None:
    """Most are minors (个人信息保护法 art. 28, 31): the person of a row is the parent, who signed the application."""
    taken = {field.name: field for field in SOURCES["education_aid"].fields}
    aliases_of = {column.field: column.aliases for column in SOURCES["education_aid"].columns}
    for name in ("name", "id_number"):
        assert all("家长" in alias or "监护人" in alias for alias in aliases_of[name])
    assert {"school_stage", "enrolled_on", "aid_tier"} <= set(taken)
    assert not any("学生" in alias for aliases in aliases_of.values() for alias in aliases)


def test_only_the_lists_of_households_carry_a_household_and_a_relation() -> None:
    """Whoever carries both is taken for a list of whole households when families are tied together."""
    whole = {
        code for code, source in SOURCES.items() if {"household_ref", "relation"} <= {f.name for f in source.fields}
    }
    assert whole == {"civil_affairs", "hardship_archive"}


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
        legal_basis=LegalBasis("协议", "协议", "示例〔2026〕1号", dt.date(2026, 1, 1), dt.date(2030, 1, 1)),
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
    unwell = ("disability_type", "disability_level", "certified_on", "injury_grade", "accident_on", "recognised_on")
    assert {marks[name] for name in unwell} == {Sensitivity.HEALTH}
    assert {marks["died_on"], marks["cremated_on"]} == {Sensitivity.IDENTITY}
    others = {name for name, field in FIELDS.items() if field.type == "decimal" and name not in amounts}
    assert {marks[name] for name in others} == {Sensitivity.FINANCIAL}


def test_every_field_is_used_by_a_source() -> None:
    used = {field.name for source in SOURCES.values() for field in source.fields}
    assert set(FIELDS) == used


@ALL
def test_an_account_is_forbidden_wherever_it_stands(source: Source) -> None:
    """One list for all: a header that one department uses for an account is an account in every other list too."""
    assert set(ACCOUNTS) <= set(source.forbidden)

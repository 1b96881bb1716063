"""What is counted of an extract, value by value."""

import datetime as dt

import polars as pl
import pytest
from hand_built import identity_number
from hypothesis import given
from hypothesis import strategies as st

from bangfu.profiling import FieldProfile, Profiler, Repetition
from bangfu.profiling.shapes import profiled_fields
from schemas.records import ID_FORMS
from schemas.source import Source
from schemas.sources import SOURCES
from schemas.vocabulary import CODE_LISTS
from tests.bangfu.profiling.extracts import RECEIVED, profiled, report

NUMBERS = [identity_number("539001", dt.date(1970 + i, 5, 20), 11 + 2 * i) for i in range(6)]


def roster(*rows: dict[str, str | None]) -> list[dict[str, str | None]]:
    return [{"name": f"王{chr(0x4E00 + place)}", "birth_date": "1980-02-03", **row} for place, row in enumerate(rows)]


def one(name: str, rows: list[dict[str, str | None]], source: str = "union_roster") -> FieldProfile:
    return profiled(source, rows).by_name[name]


def test_rows_are_accepted_or_rejected_with_a_reason() -> None:
    profile = profiled("union_roster", [*roster({}, {}), {"name": "王一", "birth_date": None}, {"name": None}])
    assert (profile.rows_in, profile.accepted, profile.rejected) == (4, 2, 2)
    assert profile.rejects == {"name_missing": 1, "no_identifier": 1}
    assert profile.rejects_at == {"name_missing/name": 1}


def test_repeated_rows_are_duplicates() -> None:
    profile = profiled("union_roster", [{"name": "王一", "birth_date": "1980-02-03"}] * 3)
    assert profile.rejects == {"duplicate_row": 2}


def test_identity_numbers_are_counted_by_form_and_the_valid_ones_by_repetition() -> None:
    numbers = [NUMBERS[0], NUMBERS[0], NUMBERS[1], NUMBERS[1][:-1] + "*", NUMBERS[2][:-2] + "00", "M1234567", None]
    told = one("id_number", roster(*({"id_number": number} for number in numbers)))
    assert told.filled == 6
    assert told.counts == {"bad_checksum": 1, "full": 3, "masked": 1, "other": 1}
    assert told.repetition == Repetition(2, True, {"1": 1, "2": 1})


def test_phones_are_mobile_or_landline_and_unreadable_ones_are_counted() -> None:
    phones = ["13800001111", "13800001111", "0871-63123456", "63123456", "12", "无"]
    told = one("phone", roster(*({"phone": phone} for phone in phones)))
    assert (told.filled, told.unreadable) == (4, 1)
    assert told.counts == {"landline": 1, "local_landline": 1, "mobile": 2}
    assert told.repetition == Repetition(3, True, {"1": 2, "2": 1})


def test_codes_are_counted_by_code() -> None:
    told = one("ethnic_group", roster(*[{"ethnic_group": "彝"}, {"ethnic_group": "07"}, {"ethnic_group": "汉族"}] * 5))
    assert told.counts == {"01": 5, "07": 10}


def test_places_are_counted_by_division() -> None:
    told = one("county_code", roster({"address": "昆明市五华区北门街1号"}, {"address": "昆明市五华区2号"}))
    assert told.counts == {"530102": 2}
    assert told.given is False  # filled from the address


def test_birth_dates_are_counted_by_year_with_what_is_odd_about_them() -> None:
    dates = ["1980-02-03", "1980-01-01", "1975", "1901-06-01"]
    told = one("birth_date", roster(*({"birth_date": date} for date in dates)))
    assert told.counts == {"1901": 1, "1975": 1, "1980": 2}
    assert (told.new_year, told.coarse) == (2, 2)  # 1 January is not believed to be a day
    assert told.outside == 1  # nobody is 125 years old


def test_other_dates_are_counted_by_month() -> None:
    dates = ["2026-05-03", "2026-05-30", "2020.01", "2027-01-05"]
    told = one("joined_on", roster(*({"joined_on": date} for date in dates)))
    assert told.counts == {"2020-01": 1, "2026-05": 2, "2027-01": 1}
    assert told.outside == 1  # after the day of receipt


def test_amounts_are_counted_by_band_and_never_told() -> None:
    amounts = ["-12.34", "0", "0.01", "999.99", "1000", "45678.90", "80万"]
    rows = [
        {"name": "王一", "birth_date": "1980-02-03", "settlement_ref": str(place), "settled_on": "2026-05-01"}
        | {"total_amount": amount}
        for place, amount in enumerate(amounts * 5)
    ]
    told = one("total_amount", rows, "medical_settlement")
    assert told.counts == {"negative": 5, "zero": 5, "below_1k": 10, "1k": 5, "30k": 5, "500k": 5}


def test_households_are_counted_by_their_persons() -> None:
    persons = {"H1": 3, "H2": 1, "H3": 11}
    rows = [
        {"name": f"李{chr(0x4E00 + place)}", "birth_date": "1980-02-03", "household_ref": household}
        | {"relief_category": "农村低保", "household_size": str(number)}
        for household, number in persons.items()
        for place in range(number)
    ]
    profile = profiled("civil_affairs", rows).by_name
    assert profile["household_ref"].repetition == Repetition(3, True, {"1": 1, "3": 1, "10+": 1})
    assert profile["household_size"].counts == {"1": 1, "11": 11, "3": 3}


def test_text_is_counted_by_length() -> None:
    told = one("address", roster({"address": "昆明市五华区北门街道1号"}, {"address": "五华区"}))
    assert told.counts == {"10": 1, "3": 1}


def test_a_column_is_given_where_the_file_has_it_even_if_it_is_empty() -> None:
    profile = profiled("union_roster", roster({"phone": None})).by_name
    assert (profile["phone"].given, profile["phone"].filled, profile["phone"].header) == (True, 0, "手机号码")
    assert (profile["address"].given, profile["address"].header) == (False, None)


def test_member_blocks_count_as_columns_of_their_fields() -> None:
    profiler = Profiler(SOURCES["hardship_archive"])
    profile = profiler.profile(report(0, {"relation[2]": "成员2关系"}), RECEIVED)
    assert profile.by_name["relation"].given is True


def test_a_value_outside_its_closed_list_is_counted_and_not_kept() -> None:
    rows = roster({"sex": "男"})
    profiler = Profiler(SOURCES["union_roster"])
    accepted = pl.DataFrame(
        {"sex": ["1", "李四"], "county_code": ["530102", "李四巷"], "id_form": ["full", "李四"]},
    )
    profiler.add(accepted, pl.DataFrame(schema={"code": pl.String, "field": pl.String}), {})
    fields = profiler.profile(report(len(rows), {}), RECEIVED).by_name
    assert fields["sex"].counts == {"1": 1, "other_value": 1}
    assert fields["county_code"].counts == {"530102": 1, "other_value": 1}
    assert fields["id_number"].counts == {"full": 1, "other_value": 1}


@given(st.lists(st.sampled_from(["13800001111", "63123456", "12", None]), min_size=1, max_size=30), st.integers(1, 30))
def test_the_batches_make_no_difference(phones: list[str | None], batch: int) -> None:
    rows = roster(*({"phone": phone, "id_number": NUMBERS[place % 6]} for place, phone in enumerate(phones)))
    assert profiled("union_roster", rows, batch=batch) == profiled("union_roster", rows)


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.code)
def test_every_source_can_be_profiled_without_a_row(source: Source) -> None:
    profiler = Profiler(source)
    profile = profiler.profile(report(0, {}), RECEIVED)
    assert [item.name for item in profile.fields] == [field.name for field in profiled_fields(source)]
    assert all(item.filled == 0 and item.counts == {} for item in profile.fields)


def test_the_closed_lists_are_closed() -> None:
    """A profile keeps codes because they come from lists of the program, which must hold no free text."""
    for codes in CODE_LISTS.values():
        assert len(codes.codes) <= 60
    assert len(ID_FORMS) == 6

"""Parameters: gaps, overlaps and other units are refused; what holds on a day is found to the day."""

import datetime as dt

import pytest

from bangfu.screening.parameters import ParameterError, Parameters, read_parameters, stored_parameters
from schemas.parameters import PARAMETER_COLUMNS, PARAMETERS, Origin
from schemas.reference import counties, parameter_files

HEAD = ",".join(PARAMETER_COLUMNS) + "\n"


def tables(*rows: str, table: str = "dibao") -> dict[str, str]:
    """One table: `region,area,amount,unit,from,to` a row."""
    return {f"{table}.csv": HEAD + "".join(f"{row},文〔2025〕1号,,official\n" for row in rows)}


def refused(*rows: str, table: str = "dibao") -> str:
    with pytest.raises(ParameterError) as caught:
        read_parameters(tables(*rows, table=table))
    return str(caught.value)


def synthetic() -> Parameters:
    return read_parameters(parameter_files("synthetic"))


def on(parameters: Parameters, day: str, county: str = "530302", area: str = "urban") -> dict[str, float | None]:
    return parameters.on(dt.date.fromisoformat(day), [county], area).row(0, named=True)


def test_the_official_tables_are_empty_and_the_others_are_labelled() -> None:
    """Official values must not be invented; made-up ones must not be taken for official."""
    assert (
        {f"{code}.csv" for code in PARAMETERS} == set(parameter_files("official")) == set(parameter_files("synthetic"))
    )
    assert all(text == HEAD for text in parameter_files("official").values())
    made_up = synthetic()
    assert made_up.origin is Origin.SYNTHETIC
    assert all("合成数据" in value.document for value in made_up.values)
    with pytest.raises(ParameterError, match="hold no value; fill in the official values first"):
        read_parameters(parameter_files("official"))


@pytest.mark.parametrize(
    ("day", "line", "income"),
    [("2020-01-01", 700, 43_000), ("2025-06-30", 700, 43_000), ("2025-07-01", 730, 43_000), ("2025-12-31", 730, 43_000), ("2026-01-01", 730, 45_000)],
)  # fmt: skip
def test_the_value_that_holds_is_found_to_the_day(day: str, line: float, income: float) -> None:
    found = on(synthetic(), day)
    assert (found["L"], found["D"]) == (line, income)


def test_a_rural_standard_of_a_year_is_told_per_month() -> None:
    assert on(synthetic(), "2026-01-01", area="rural")["L"] == pytest.approx(6_000 / 12)


def test_a_prefectures_own_value_comes_before_the_provinces() -> None:
    assert on(synthetic(), "2026-01-01", "530102")["L"] == 790
    assert on(synthetic(), "2026-01-01", "530302")["L"] == 730


def test_a_county_without_any_value_is_unknown() -> None:
    found = read_parameters(tables("5301,urban,790,yuan_month,2020-01-01,"))
    assert on(found, "2026-01-01", "530102")["L"] == 790
    assert on(found, "2026-01-01", "530302")["L"] is None
    assert on(found, "2026-01-01", "530302")["D"] is None


def test_a_day_outside_the_periods_is_an_error() -> None:
    with pytest.raises(
        ParameterError, match="dibao 53 云南省 城市 urban has no value for 2019-12-31: its periods run from 2020-01-01"
    ):
        on(synthetic(), "2019-12-31")
    ended = read_parameters(tables("53,urban,700,yuan_month,2020-01-01,2025-12-31"))
    assert on(ended, "2025-12-31")["L"] == 700
    with pytest.raises(
        ParameterError, match="has no value for 2026-01-01: its periods run from 2020-01-01 to 2025-12-31"
    ):
        on(ended, "2026-01-01")


@pytest.mark.parametrize(
    ("first_ends", "second_begins", "message"),
    [
        ("2025-06-30", "2025-07-02", "gap from 2025-07-01 to 2025-07-01; state the value of these days"),
        ("2025-06-30", "2025-06-30", "overlap, the period from 2020-01-01 ends 2025-06-30, the next begins 2025-06-30; end the former on 2025-06-29"),
        ("", "2025-07-01", "overlap, the period from 2020-01-01 has no end, the next begins 2025-07-01; end the former on 2025-06-30"),
        ("2025-06-30", "2020-01-01", "overlap"),
    ],
)  # fmt: skip
def test_gaps_and_overlaps_are_refused_with_the_days(first_ends: str, second_begins: str, message: str) -> None:
    told = refused(
        f"530102,urban,700,yuan_month,2020-01-01,{first_ends}", f"530102,urban,730,yuan_month,{second_begins},"
    )
    assert message in told
    assert "dibao 530102 五华区 城市 urban" in told


def test_periods_that_follow_each_other_are_accepted_in_any_order() -> None:
    read_parameters(
        tables("530102,urban,730,yuan_month,2025-07-01,", "530102,urban,700,yuan_month,2020-01-01,2025-06-30")
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("530199,urban,700,yuan_month,2020-01-01,", "region_code '530199' is no division"),
        ("530100,urban,700,yuan_month,2020-01-01,", "region_code '530100' is no division; give 6 digits of a county, 4 of a prefecture"),
        ("530102,town,700,yuan_month,2020-01-01,", "area_type 'town' is not known here; give urban or rural"),
        ("530102,any,700,yuan_month,2020-01-01,", "area_type 'any' is not known here"),
        ("530102,rural,5700,yuan_month,2020-01-01,", "amount 5700 yuan_month is 5700 yuan_month, outside 100 to 3000; check the unit (month or year)"),
        ("530102,rural,475,yuan_year,2020-01-01,", "check the unit (month or year)"),
        ("530102,urban,-700,yuan_month,2020-01-01,", "outside 100 to 3000"),
        ("530102,urban,nan,yuan_month,2020-01-01,", "outside 100 to 3000"),
        ("530102,urban,7百,yuan_month,2020-01-01,", "amount '7百' is no number"),
        ("530102,urban,700,dollar,2020-01-01,", "unit 'dollar' is not known here; give yuan_month or yuan_year"),
        ("530102,urban,700,yuan_month,1/1/2020,", "valid_from '1/1/2020' is no date; write it as 2026-01-01"),
        ("530102,urban,700,yuan_month,,", "valid_from '' is no date"),
        ("530102,urban,700,yuan_month,2020-01-01,2019-12-31", "valid_to 2019-12-31 lies before valid_from 2020-01-01"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_told_with_its_line(row: str, message: str) -> None:
    told = refused("530103,urban,700,yuan_month,2020-01-01,", row)
    assert "dibao.csv, line 3: " in told
    assert message in told


def test_every_problem_is_told_at_once() -> None:
    told = refused("1,urban,700,yuan_month,2020-01-01,", "530102,urban,x,yuan_month,2020-01-01,")
    assert "line 2" in told
    assert "line 3" in told


def test_files_that_are_no_tables() -> None:
    with pytest.raises(ParameterError, match="there is no such table"):
        read_parameters({"dibao2026.csv": HEAD})
    with pytest.raises(ParameterError, match="the first line must be region_code,area_type"):
        read_parameters({"dibao.csv": "县,标准\n"})
    with pytest.raises(ParameterError, match="line 2: it has more or fewer than 9 cells"):
        read_parameters({"dibao.csv": HEAD + "530102,urban\n"})


def test_official_and_made_up_values_do_not_mix() -> None:
    mixed = tables("53,urban,700,yuan_month,2020-01-01,")
    mixed["ratio.csv"] = HEAD + "53,any,0.6,share,2020-01-01,,x,,synthetic\n"
    with pytest.raises(ParameterError, match="official and synthetic values are mixed"):
        read_parameters(mixed)


def test_a_value_needs_its_document() -> None:
    with pytest.raises(ParameterError, match="document is empty; name the document that states the value"):
        read_parameters({"dibao.csv": HEAD + "53,urban,700,yuan_month,2020-01-01,,,,official\n"})


def test_what_is_kept_reads_back_the_same() -> None:
    again = stored_parameters(synthetic().content)
    assert again == synthetic()
    assert again.digest == synthetic().digest
    assert again.name.startswith("synthetic-")


def test_all_counties_are_looked_up_at_once() -> None:
    found = synthetic().on(dt.date(2026, 6, 30), [county.code for county in counties()], "urban")
    assert len(found) == 129
    assert found["L"].null_count() == 0

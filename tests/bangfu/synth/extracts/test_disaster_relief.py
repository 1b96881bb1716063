"""Payment rosters after disasters: one workbook per county, amounts as clerks type them."""

from typing import Any

import polars as pl
import pytest

from schemas.vocabulary import EVENT_KIND, FAMILY_TYPE

KIND = ("灾种", "受灾类型")
FAMILY = ("家庭类型", "户类型")
AMOUNT = ("已发放救助款（元）", "救助金额", "发放金额", "补助金额")


def column(province: Any, names: tuple[str, ...]) -> list[Any]:
    found = []
    records = province.records("disaster_relief")
    for path in province.files("disaster_relief"):
        rows = next(iter(province.sheets(path).values()))
        own = records.filter(pl.col("file") == path.name)["row"]
        header = rows[own.min() - 2]
        if at := [place for place, name in enumerate(header) if name in names]:
            found += [rows[row - 1][at[0]] for row in own]
    return found


def test_kinds_of_event_are_known(province: Any) -> None:
    kinds = set(column(province, KIND))
    assert len(kinds) >= 5
    assert kinds <= set(EVENT_KIND.lookup())


def test_families_on_the_allowance_are_called_so(province: Any) -> None:
    families = column(province, FAMILY)
    assert {"其他", "一般户", "脱贫户"} <= set(families) <= set(FAMILY_TYPE.lookup())


def test_some_amounts_are_text(province: Any) -> None:
    """A column of pure numbers would never try the cleaning of 元, separators and full-width digits."""
    amounts = column(province, AMOUNT)
    text = [amount for amount in amounts if isinstance(amount, str)]
    assert 0.03 < len(text) / len(amounts) < 0.2
    assert any("元" in amount for amount in text)
    assert all(50 <= amount <= 41_000 for amount in amounts if not isinstance(amount, str))


def test_adults_stand_for_their_household(province: Any) -> None:
    records = province.records("disaster_relief")
    assert records.height > 200
    assert records["birth_date"].max().year <= 2006


@pytest.mark.parametrize("error", ["id_missing", "id_masked", "name_alias"])
def test_relief_rosters_are_the_dirtiest(province: Any, error: str) -> None:
    relief, roster = (
        province.records(source)["errors"].str.contains(error).mean() for source in ("disaster_relief", "union_roster")
    )
    assert relief > 2 * roster

"""From true values to what a source wrote: errors as often as configured, and each of the kind it says."""

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from bangfu.synth import ErrorRates, SourceErrors
from bangfu.synth.erring import Neighbours, with_errors
from bangfu.synth.identity import check_character, fifteen_digits

ROSTER = ErrorRates().union_roster


def true_rows(world: Any, times: int = 1) -> pl.DataFrame:
    """Everybody of a county as a source that never errs would list them, the list repeated."""
    homes = world.addresses.with_row_index("household").with_columns(pl.col("household").cast(pl.Int64))
    rows = world.people.join(homes, on="household", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("birth").cast(pl.Date), forced=pl.lit(None, dtype=pl.String))
    return pl.concat([rows] * times)


def erred(rows: pl.DataFrame, rates: SourceErrors, seed: int = 1) -> pl.DataFrame:
    """The rows with errors, beside the true values (``true_name`` and so on)."""
    numbers = rows["id_number"].to_list()
    near = Neighbours(numbers, ["13908710000"] * rows.height, [None, *numbers[:-1]])
    written = with_errors(np.random.default_rng(seed), rows, rates, near)
    kept = rows.select(pl.col(name).alias(f"true_{name}") for name in ("name", "id_number", "birth", "phone"))
    return written.hstack(kept).with_columns(made=pl.col("errors").str.split("+"))


def made(rows: pl.DataFrame, error: str) -> pl.DataFrame:
    return rows.filter(pl.col("made").list.contains(error))


def expect_share(observed: int, of: int, share: float) -> None:
    """Within four and a half standard deviations of a binomial count: one false alarm in 150,000 checks."""
    assert abs(observed - of * share) <= 4.5 * math.sqrt(of * share * (1 - share)) + 1


@pytest.fixture(scope="module")
def written(world: Callable[..., Any]) -> pl.DataFrame:
    """Some 80,000 roster rows of a county where half of the names follow an ethnic manner or another."""
    return erred(true_rows(world("景洪市"), times=4), ROSTER)


X_CANNOT_BE_A_NUMBER = ~pl.col("true_id_number").str.ends_with("X")
BORN_BEFORE_2000 = pl.col("true_id_number").str.slice(6, 2) == "19"


@pytest.mark.parametrize(
    ("error", "among"),
    [
        ("id_missing", pl.lit(True)),
        ("id_masked", pl.lit(True)),
        ("id_scientific", X_CANNOT_BE_A_NUMBER),
        ("id_fifteen", BORN_BEFORE_2000),
        ("id_other", pl.lit(True)),
        ("name_homophone", pl.lit(True)),
        ("name_shape", pl.lit(True)),
        ("name_sound", pl.lit(True)),
        ("name_rare", pl.lit(True)),
        ("name_alias", pl.lit(True)),
        ("birth_wrong", pl.lit(True)),
        ("phone_outdated", pl.col("true_phone").is_not_null()),
        ("phone_shared", pl.col("true_phone").is_not_null()),
    ],
)
def test_errors_happen_as_often_as_configured(written: pl.DataFrame, error: str, among: pl.Expr) -> None:
    rows = written.filter(among)
    expect_share(made(rows, error).height, rows.height, getattr(ROSTER, error))


def test_all_number_errors_together_are_as_many_as_configured(written: pl.DataFrame) -> None:
    share = sum(getattr(ROSTER, error) for error in ROSTER.__dataclass_fields__ if error.startswith("id_"))
    expect_share(written.filter(pl.col("errors").str.contains("id_")).height, written.height, share)


def test_respelling_is_a_share_of_ethnic_names_without_another_error(written: pl.DataFrame) -> None:
    other = "name_(homophone|shape|sound|rare|alias)"
    rows = written.filter(pl.col("ethnic_style") & ~pl.col("errors").str.contains(other))
    expect_share(made(rows, "name_interpunct").height, rows.height, ROSTER.name_interpunct)
    assert made(written, "name_interpunct")["ethnic_style"].all()


@pytest.mark.parametrize(("form", "share"), [("old", 0.15), ("short", 0.45), ("current", 0.40)])
def test_addresses_are_old_or_short_as_often_as_configured(written: pl.DataFrame, form: str, share: float) -> None:
    different = written.filter((pl.col("old") != pl.col("short")) & (pl.col("short") != pl.col("current")))
    expect_share(different.filter(pl.col("address") == pl.col(form)).height, different.height, share)


def test_a_faithful_row_says_what_is_true(written: pl.DataFrame) -> None:
    faithful = written.filter(pl.col("errors") == "")
    assert faithful.height > 0.5 * written.height
    for name in ("name", "id_number", "birth", "phone"):
        assert faithful.filter(pl.col(name).ne_missing(pl.col(f"true_{name}"))).is_empty()


def test_what_says_it_is_wrong_is_wrong(written: pl.DataFrame) -> None:
    for column, pattern in (("name", "name_"), ("birth", "birth_wrong"), ("phone", "phone_outdated")):
        rows = written.filter(pl.col("errors").str.contains(pattern))
        assert rows.filter(pl.col(column).eq_missing(pl.col(f"true_{column}"))).is_empty()
    for error in ("id_missing", "id_masked", "id_fifteen", "id_digit", "id_transposed"):
        rows = made(written, error)
        assert rows.height > 0
        assert rows.filter(pl.col("id_number").eq_missing(pl.col("true_id_number"))).is_empty()


def test_checksums_fail_only_by_typing_errors(written: pl.DataFrame) -> None:
    """What a wrong number looks like decides how linkage may repair it; see GB 11643 on what its check detects."""
    whole = written.filter(pl.col("id_number").str.contains(r"^\d{17}[\dX]$"))
    valid = [check_character(number[:17]) == number[17] for number in whole["id_number"]]
    typed = (pl.col("made").list.contains("id_digit")) | (pl.col("made").list.contains("id_transposed"))
    assert [not value for value in valid] == whole.select(typed).to_series().to_list()


def test_number_errors_have_the_form_they_say(written: pl.DataFrame) -> None:
    assert made(written, "id_missing")["id_number"].null_count() == made(written, "id_missing").height
    masked = made(written, "id_masked")
    assert masked["id_number"].str.contains(r"^539\d{3}(\d{4})?\*+[\dX]+$").all()
    for number, true in masked.select("id_number", "true_id_number").iter_rows():
        assert len(number) == 18
        assert all(a in ("*", b) for a, b in zip(number, true, strict=True))
    short = made(written, "id_fifteen")
    assert short["id_number"].to_list() == [fifteen_digits(true) for true in short["true_id_number"]]
    others = made(written, "id_other")
    assert others["id_number"].is_in(written["true_id_number"].implode()).all()
    for number, true in made(written, "id_transposed").select("id_number", "true_id_number").iter_rows():
        assert sorted(number) == sorted(true)
        assert sum(a != b for a, b in zip(number, true, strict=True)) == 2
    assert all(
        sum(a != b for a, b in zip(number, true, strict=True)) == 1
        for number, true in made(written, "id_digit").select("id_number", "true_id_number").iter_rows()
    )


def test_wrong_births_are_plausible_mistakes(written: pl.DataFrame) -> None:
    """A lunar date, the day before or after, or day and month exchanged."""
    wrong = made(written, "birth_wrong")
    seen = set()
    for said, true in wrong.select("birth", "true_birth").iter_rows():
        early = (true - said).days
        swapped = (said.year, said.month, said.day) == (true.year, true.day, true.month)
        kind = "swapped" if swapped else "lunar" if 20 <= early < 50 else "near" if abs(early) == 1 else "other"
        seen.add(kind)
    assert seen == {"swapped", "lunar", "near"}


def test_every_number_of_every_error_stays_impossible(written: pl.DataFrame) -> None:
    """No slip of the finger may turn a synthetic number into one that somebody could have."""
    assert written["id_number"].drop_nulls().str.starts_with("539").all()


def test_clean_rates_change_nothing(world: Callable[..., Any]) -> None:
    rows = erred(true_rows(world("景洪市")), SourceErrors())
    assert rows["errors"].unique().to_list() == [""]
    assert (rows["address"] == rows["current"]).all()


def test_forced_errors_happen_even_in_clean_data(world: Callable[..., Any]) -> None:
    """What makes a household hard to see is part of the truth, not of the error rates."""
    rows = true_rows(world("景洪市")).head(600)
    forced = pl.Series("forced", ["bad_id", "alias", None] * 200)
    written = erred(rows.with_columns(forced), SourceErrors())
    parts = {key[0]: part for key, part in written.group_by("forced")}
    assert parts["bad_id"]["errors"].str.contains("^id_").all()
    assert parts["bad_id"].filter(pl.col("errors") == "id_other")["id_number"].is_in(rows["id_number"].implode()).all()
    assert parts["alias"].filter(pl.col("errors") == "name_alias").height >= 198
    assert parts[None]["errors"].unique().to_list() == [""]


def test_alias_is_a_former_name_or_what_people_are_called(world: Callable[..., Any]) -> None:
    rows = erred(true_rows(world("景洪市")), SourceErrors(name_alias=0.3))
    aliases = made(rows, "name_alias")
    known = (pl.col("name") == pl.col("nickname")) | (pl.col("name") == pl.col("former_name"))
    assert aliases.filter(~known.fill_null(False)).is_empty()
    assert aliases.filter(pl.col("name") == pl.col("former_name")).height > 0


def test_births_stay_dates(written: pl.DataFrame) -> None:
    assert written.schema["birth"] == pl.Date
    assert written["birth"].max() <= dt.date(2026, 7, 2)


def test_a_number_of_somebody_else_is_mostly_that_of_a_relative(world: Callable[..., Any]) -> None:
    rows = true_rows(world("景洪市"), times=4)
    relatives = [f"relative {place}" for place in range(rows.height)]
    near = Neighbours(["somebody"], [None] * rows.height, relatives)
    numbers = with_errors(np.random.default_rng(3), rows, SourceErrors(id_other=1.0), near)["id_number"].to_list()
    of_relatives = [number == relative for number, relative in zip(numbers, relatives, strict=True)]
    assert set(numbers) - set(relatives) == {"somebody"}
    expect_share(sum(of_relatives), rows.height, 2 / 3)
    alone = Neighbours(["somebody"], [None] * rows.height, [None] * rows.height)
    assert set(with_errors(np.random.default_rng(3), rows, SourceErrors(id_other=1.0), alone)["id_number"]) == {
        "somebody"
    }

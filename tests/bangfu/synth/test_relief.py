"""Civil-affairs episodes and disaster payments: who could be listed, what is paid, who is struck together."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from bangfu.synth import SynthRequest
from schemas.vocabulary import RELIEF_CATEGORY

AS_OF = SynthRequest.as_of


@pytest.fixture(scope="module")
def episodes(world: Callable[..., Any]) -> pl.DataFrame:
    """Episodes of two counties, one of streets and one of villages, with size and kind of place."""
    found = []
    for name in ("官渡区", "镇雄县"):
        place = world(name)
        homes = place.addresses.with_row_index("household").with_columns(pl.col("household").cast(pl.Int64))
        sizes = place.people.group_by("household").agg(pl.len().alias("size"), pl.col("member").any())
        found.append(place.episodes.join(homes, on="household").join(sizes, on="household"))
    return pl.concat(found)


@pytest.fixture(scope="module")
def payments(world: Callable[..., Any]) -> pl.DataFrame:
    place = world("镇雄县")
    homes = place.addresses.with_row_index("household").with_columns(pl.col("household").cast(pl.Int64))
    found: pl.DataFrame = place.payments.join(homes, on="household", maintain_order="left")
    return found


def test_categories_are_known_to_the_vocabulary(episodes: pl.DataFrame) -> None:
    known = RELIEF_CATEGORY.lookup()
    assert set(episodes["category"]) <= set(known)
    assert episodes["category"].n_unique() == 6


def test_urban_allowance_is_paid_in_towns_and_rural_in_villages(episodes: pl.DataFrame) -> None:
    urban = episodes.filter(pl.col("category") == "城市低保")
    rural = episodes.filter(pl.col("category") == "农村低保")
    assert urban["urban"].all()
    assert not rural["urban"].any()
    assert min(urban.height, rural.height) > 30


def test_the_destitute_live_alone_and_outside_the_union(episodes: pl.DataFrame) -> None:
    destitute = episodes.filter(pl.col("category") == "特困分散供养")
    assert destitute.height > 3
    assert destitute["size"].unique().to_list() == [1]
    assert not destitute["member"].any()


def test_monthly_amounts_are_whole_yuan_per_person_and_only_where_paid(episodes: pl.DataFrame) -> None:
    covered = pl.when("single").then(1).otherwise("size")
    paid = episodes.filter(pl.col("monthly_fen").is_not_null())
    assert set(paid["category"]) == {"农村低保", "城市低保", "特困分散供养"}
    each = paid.with_columns(each=pl.col("monthly_fen") / covered / 100)
    assert (paid["monthly_fen"] % 100 == 0).all()
    ranges = {key[0]: (part["each"].min(), part["each"].max()) for key, part in each.group_by("category")}
    assert 260 <= ranges["农村低保"][0] < ranges["农村低保"][1] <= 520
    assert 420 <= ranges["城市低保"][0] < ranges["城市低保"][1] <= 760
    assert ranges["特困分散供养"][0] > ranges["城市低保"][1]


def test_episodes_begin_on_a_first_and_end_after_they_began(episodes: pl.DataFrame) -> None:
    assert (episodes["started"].dt.day() == 1).all()
    assert episodes["started"].max() < AS_OF
    ended = episodes.filter(pl.col("stopped").is_not_null())
    assert 0.1 < ended.height / episodes.height < 0.3
    assert (ended["stopped"] > ended["started"]).all()
    assert ended["stopped"].max() < AS_OF


def test_what_is_granted_for_a_year_began_within_it(episodes: pl.DataFrame) -> None:
    """刚性支出困难家庭 exists since late 2024 and holds for twelve months; an episode of 2021 would be a forgery."""
    short = episodes.filter(pl.col("category").is_in(["刚性支出困难家庭", "临时救助"]))
    assert short.height > 20
    assert short["started"].min() >= AS_OF.replace(year=AS_OF.year - 1)


def test_few_households_of_members_are_listed(episodes: pl.DataFrame) -> None:
    assert 0 < episodes["member"].sum() / 16_000 == pytest.approx(0.0032, abs=0.001)


def test_disasters_strike_neighbours_on_one_day(payments: pl.DataFrame) -> None:
    events = payments.group_by("community").agg(pl.col("on").n_unique(), pl.col("kind").n_unique(), pl.len())
    assert events["on"].max() == events["kind"].max() == 1
    assert events["len"].mean() > 5


def test_payments_are_round_sums_below_the_loss(payments: pl.DataFrame) -> None:
    assert (payments["relief_fen"] % 5_000 == 0).all()
    assert payments["relief_fen"].min() >= 5_000
    assert payments["relief_fen"].max() <= 4_100_000
    large = payments.filter(pl.col("loss_fen") > 500_000)
    assert (large["relief_fen"] < large["loss_fen"]).all()


def test_worse_damage_is_a_larger_loss(payments: pl.DataFrame) -> None:
    collapsed = payments.filter(pl.col("collapsed") > 0)
    minor = payments.filter((pl.col("collapsed") == 0) & (pl.col("severe") == 0))
    assert 0 < collapsed.height < 0.1 * payments.height
    assert collapsed["loss_fen"].min() > minor["loss_fen"].max()


def test_events_lie_within_what_the_extract_covers(payments: pl.DataFrame) -> None:
    assert (AS_OF - payments["on"].min()).days < 421
    assert payments["on"].max() < AS_OF

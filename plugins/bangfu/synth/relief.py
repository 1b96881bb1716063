"""Civil-affairs episodes and disaster payments (民政救助、受灾救助) of a county's households."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

_CIVIL_PERSONS_PER_MEMBER = 25 / 300
_MEMBER_HOUSEHOLDS_ON_LIST = 0.0032
_RELIEF_ROWS_PER_MEMBER = 9 / 300
_CATEGORIES = (("低保", 0.66), ("低保边缘家庭", 0.14), ("刚性支出困难家庭", 0.06), ("临时救助", 0.14))
_SUPPORTED_ALONE = 0.2  # share of the listed people living alone who are 特困 rather than 低保
_SHORT = ("刚性支出困难家庭", "临时救助")
"""Decided for twelve months at most, so that an episode that runs now began within the year."""
_MONTHLY_FEN = {"农村低保": (26_000, 52_000), "城市低保": (42_000, 76_000), "特困分散供养": (95_000, 120_000)}
"""What is paid per person and month (synthetic); the other categories pay nothing by the month."""
LISTED_AS_HARDSHIP = ("农村低保", "城市低保", "特困分散供养", "低保边缘家庭", "刚性支出困难家庭")
"""Categories that say the household is poor now; temporary relief alone does not."""

_EVENTS = (
    ("洪涝", 0.34),
    ("地震", 0.12),
    ("滑坡", 0.14),
    ("泥石流", 0.12),
    ("风雹", 0.14),
    ("低温冷冻", 0.06),
    ("火灾", 0.08),
)


def _pick(rng: np.random.Generator, table: tuple[tuple[str, float], ...], count: int) -> list[str]:
    weights = np.asarray([weight for _, weight in table])
    return [table[at][0] for at in rng.choice(len(table), count, p=weights / weights.sum()).tolist()]


@dataclass(frozen=True)
class Wanted:
    """For whom to make episodes and payments.

    Attributes:
        member_households: the first so many households hold union members.
        members: union members.
        as_of: the day the extracts are taken.
    """

    member_households: int
    members: int
    as_of: dt.date


def civil_affairs(
    rng: np.random.Generator, people: pl.DataFrame, addresses: pl.DataFrame, wanted: Wanted
) -> pl.DataFrame:
    """Episodes: one row per household and episode.

    Returns:
        household, category, started, stopped (null while paid), monthly_fen (of the household; null where nothing is
        paid by the month), single (only one person is covered).
    """
    member_households, members = wanted.member_households, wanted.members
    sizes = people.group_by("household", maintain_order=True).len()["len"].to_numpy()
    total = len(sizes)
    inside = rng.permutation(member_households)[: int(members * _MEMBER_HOUSEHOLDS_ON_LIST + rng.random())]
    more = int(members * _CIVIL_PERSONS_PER_MEMBER / max(float(sizes.mean()) * 0.88, 1.0) + rng.random()) - len(inside)
    outside = member_households + rng.permutation(total - member_households)[: max(more, 0)]
    household = np.sort(np.concatenate([inside, outside])).astype(np.int64)
    count = len(household)
    today = np.datetime64(wanted.as_of, "D")
    single = rng.random(count) < 0.14
    urban = addresses["urban"].to_numpy()[household]
    alone = (sizes[household] == 1) & (household >= member_households) & (rng.random(count) < _SUPPORTED_ALONE)
    drawn = np.asarray(_pick(rng, _CATEGORIES, count), dtype=object)
    drawn[drawn == "低保"] = np.where(urban, "城市低保", "农村低保")[drawn == "低保"]
    category: list[str] = np.where(alone, "特困分散供养", drawn).tolist()
    short = np.isin(category, _SHORT)
    back = np.where(short, rng.integers(40, 330, count), rng.integers(40, 2200, count))
    started = (today - back.astype("timedelta64[D]")).astype("datetime64[M]").astype("datetime64[D]")
    stopped = np.where(
        rng.random(count) < 0.2, today - rng.integers(5, 300, count).astype("timedelta64[D]"), np.datetime64("NaT")
    )
    stopped = np.where(stopped <= started, np.datetime64("NaT"), stopped).astype("datetime64[D]")
    return pl.DataFrame(
        {
            "household": household,
            "category": pl.Series(category, dtype=pl.String),
            "started": started,
            "stopped": stopped,
            "monthly_fen": _monthly(rng, category, np.where(single, 1, sizes[household])),
            "single": single,
        }
    )


def _monthly(rng: np.random.Generator, category: list[str], covered: npt.NDArray[np.int64]) -> pl.Series:
    """What a household is paid by the month in fen, in whole yuan; null where the category pays nothing by the month."""
    shares = rng.random(len(category)).tolist()
    paid: list[int | None] = []
    for name, share, persons in zip(category, shares, covered.tolist(), strict=True):
        if name in _MONTHLY_FEN:
            low, high = _MONTHLY_FEN[name]
            paid.append(round((low + share * (high - low)) / 100) * 100 * persons)
        else:
            paid.append(None)
    return pl.Series("monthly_fen", paid, dtype=pl.Int64)


def disasters(rng: np.random.Generator, addresses: pl.DataFrame, wanted: Wanted) -> pl.DataFrame:
    """Payments after events that strike neighbours together: one row per household and event.

    Returns:
        household, kind, on, collapsed, severe, minor (rooms), relief_fen, goods_fen, loss_fen (true, known to nobody).
    """
    rows_wanted = int(wanted.members * _RELIEF_ROWS_PER_MEMBER + rng.random())
    communities = addresses["community"].to_numpy()
    order = rng.permutation(np.unique(communities))
    taken: list[np.ndarray] = []
    events: list[int] = []
    in_member = np.arange(len(communities)) < wanted.member_households
    missing = rows_wanted
    for number, community in enumerate(order):
        if missing <= 0:
            break
        struck = np.flatnonzero(communities == community)
        hit = struck[rng.random(len(struck)) < np.where(in_member[struck], 0.16, 0.8)][:missing]
        taken.append(hit)
        events += [number // 2] * len(hit)  # an event strikes two neighbouring communities
        missing -= len(hit)
    household = np.concatenate(taken).astype(np.int64) if taken else np.zeros(0, dtype=np.int64)
    count = len(household)
    event = np.asarray(events, dtype=np.int64)
    number_of_events = int(event.max()) + 1 if count else 0
    kinds = np.asarray(_pick(rng, _EVENTS, number_of_events), dtype=object)
    days = np.datetime64(wanted.as_of, "D") - rng.integers(15, 420, number_of_events).astype("timedelta64[D]")
    dice = rng.random(count)
    rooms = rng.integers(1, 5, count)
    collapsed, severe = np.where(dice < 0.04, rooms, 0), np.where((dice >= 0.04) & (dice < 0.12), rooms, 0)
    minor = np.where((dice >= 0.12) & (dice < 0.45), rooms, 0)
    loss = (
        collapsed * rng.uniform(2.2e4, 5e4, count)
        + severe * rng.uniform(0.8e4, 2.2e4, count)
        + minor * 1500
        + rng.uniform(300, 3000, count)
    )
    relief = np.minimum(loss * rng.uniform(0.08, 0.3, count), 40_000)
    return pl.DataFrame(
        {
            "household": household,
            "kind": pl.Series(kinds[event].tolist() if count else [], dtype=pl.String),
            "on": days[event] if count else np.zeros(0, dtype="datetime64[D]"),
            "collapsed": collapsed,
            "severe": severe,
            "minor": minor,
            "relief_fen": np.round(relief / 50).astype(np.int64) * 5000 + 5000,
            "goods_fen": np.where(rng.random(count) < 0.35, rng.integers(1, 12, count) * 5000, 0),
            "loss_fen": np.round(loss).astype(np.int64) * 100,
        }
    )

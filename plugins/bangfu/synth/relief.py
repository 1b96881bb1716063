"""Civil-affairs episodes and disaster payments (民政救助、受灾救助) of a county's households."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import datetime as dt

_CIVIL_PERSONS_PER_MEMBER = 25 / 300
_MEMBER_HOUSEHOLDS_ON_LIST = 0.0032
_RELIEF_ROWS_PER_MEMBER = 9 / 300
_CATEGORIES = (
    ("农村低保", 0.50), ("城市低保", 0.13), ("特困分散供养", 0.04), ("低保边缘家庭", 0.14), ("刚性支出困难家庭", 0.06), ("临时救助", 0.13),
)  # fmt: skip
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


def civil_affairs(
    rng: np.random.Generator, people: pl.DataFrame, member_households: int, members: int, as_of: dt.date
) -> pl.DataFrame:
    """Episodes: one row per household and episode.

    Returns:
        household, category, started, stopped (null while paid), monthly_fen, single (only one person is covered).
    """
    sizes = people.group_by("household", maintain_order=True).len()["len"].to_numpy()
    total = len(sizes)
    inside = rng.permutation(member_households)[: int(members * _MEMBER_HOUSEHOLDS_ON_LIST + rng.random())]
    wanted = int(members * _CIVIL_PERSONS_PER_MEMBER / max(float(sizes.mean()) * 0.88, 1.0) + rng.random()) - len(
        inside
    )
    outside = member_households + rng.permutation(total - member_households)[: max(wanted, 0)]
    household = np.sort(np.concatenate([inside, outside])).astype(np.int64)
    count = len(household)
    today = np.datetime64(as_of, "D")
    started = (
        (today - rng.integers(40, 2200, count).astype("timedelta64[D]")).astype("datetime64[M]").astype("datetime64[D]")
    )
    stopped = np.where(
        rng.random(count) < 0.2, today - rng.integers(5, 300, count).astype("timedelta64[D]"), np.datetime64("NaT")
    )
    stopped = np.where(stopped <= started, np.datetime64("NaT"), stopped).astype("datetime64[D]")
    return pl.DataFrame(
        {
            "household": household,
            "category": _pick(rng, _CATEGORIES, count),
            "started": started,
            "stopped": stopped,
            "monthly_fen": rng.integers(260, 780, count) * 100 * np.minimum(sizes[household], 4),
            "single": rng.random(count) < 0.14,
        }
    )


def disasters(
    rng: np.random.Generator,
    addresses: pl.DataFrame,
    member_households: int,
    members: int,
    as_of: dt.date,
) -> pl.DataFrame:
    """Payments after events that strike neighbours together: one row per household and event.

    Returns:
        household, kind, on, collapsed, severe, minor (rooms), relief_fen, goods_fen, loss_fen (true, known to nobody).
    """
    rows_wanted = int(members * _RELIEF_ROWS_PER_MEMBER + rng.random())
    communities = addresses["community"].to_numpy()
    order = rng.permutation(np.unique(communities))
    taken: list[np.ndarray] = []
    events: list[int] = []
    in_member = np.arange(len(communities)) < member_households
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
    days = np.datetime64(as_of, "D") - rng.integers(15, 420, number_of_events).astype("timedelta64[D]")
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

"""Illness and its bills (住院与结算): settlements whose amounts obey the identities of the national interface.

Amounts are whole fen until they are written, so that the identities hold exactly:
total = out of scope + over limit + paid first + in scope = funds + person + hospital; person = account + mutual + cash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

AMOUNTS = (
    "medfee_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt", "act_pay_dedc",
    "hifp_pay", "cvlserv_pay", "hifmi_pay", "hifob_pay", "maf_pay", "othfund_pay", "fund_pay_sumamt",
    "psn_part_amt", "acct_pay", "acct_mulaid_pay", "psn_cash_pay", "hosp_part_amt",
)  # fmt: skip
"""Amount columns of a settlement, in fen."""

_SETTLEMENTS_PER_MEMBER = 0.2
_SEVERE_PER_MEMBER = 0.0047
_DAYS_COVERED = 455  # extracts reach back fifteen months


@dataclass(frozen=True)
class Patients:
    """Who falls ill: person numbers and whether severely."""

    person: Ints
    severe: npt.NDArray[np.bool_]


def patients(rng: np.random.Generator, people: pl.DataFrame, member_households: int, members: int) -> Patients:
    """Draws patients: seven in ten from member households, the old more often, a few severely ill."""
    age = people["age"].to_numpy()
    weight = 0.4 + (age / 40) ** 2 + (age < 4) * 1.2
    inside = people["household"].to_numpy() < member_households
    severe_count = _rounded(rng, members * _SEVERE_PER_MEMBER)
    ordinary = (_SETTLEMENTS_PER_MEMBER * members - severe_count * 2.7) / 1.38
    grown = weight * inside * np.where(people["member"].to_numpy(), 1.6, 0.4) * (people["role"].to_numpy() < 4)
    severe = _draw(rng, grown, severe_count)
    mild_inside = _draw(rng, weight * inside, _rounded(rng, ordinary * 0.7))
    mild_outside = _draw(rng, weight * ~inside, _rounded(rng, ordinary * 0.3))
    mild = np.setdiff1d(np.concatenate([mild_inside, mild_outside]), severe)
    return Patients(
        np.concatenate([severe, mild]), np.concatenate([np.ones(len(severe), bool), np.zeros(len(mild), bool)])
    )


def _rounded(rng: np.random.Generator, expected: float) -> int:
    """The expected number, rounded at random so that small counties get their share on average."""
    return int(expected) + int(rng.random() < expected % 1)


def _draw(rng: np.random.Generator, weight: Floats, count: int) -> Ints:
    count = min(count, int((weight > 0).sum()))
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    return np.sort(rng.choice(len(weight), count, replace=False, p=weight / weight.sum()))


def settlements(rng: np.random.Generator, people: pl.DataFrame, who: Patients, as_of: dt.date) -> pl.DataFrame:
    """Every settlement of the patients' stays: one row each, before refunds.

    Returns:
        person, severe, employee (职工医保), begun, ended, settled (datetime64[us]), kind (med_type), and `AMOUNTS` in fen.
    """
    extra = np.where(who.severe, rng.poisson(1.7, len(who.person)), rng.geometric(0.725, len(who.person)) - 1)
    stays = 1 + np.minimum(extra, 11)
    person, severe = np.repeat(who.person, stays), np.repeat(who.severe, stays)
    count = len(person)
    today = np.datetime64(as_of, "D")
    latest = np.repeat(
        np.where(who.severe, rng.integers(0, 300, len(stays)), rng.integers(0, _DAYS_COVERED, len(stays))), stays
    )
    back = np.where(severe, latest + rng.integers(0, 120, count), rng.integers(0, _DAYS_COVERED, count))
    length = np.maximum(1, np.where(severe, rng.gamma(3.0, 6.5, count), rng.gamma(2.5, 3.4, count)).astype(np.int64))
    back = _one_after_another(person, back, length)
    ended = today - back.astype("timedelta64[D]")
    begun = np.maximum(
        ended - length.astype("timedelta64[D]"), people["birth"].to_numpy().astype("datetime64[D]")[person]
    )
    ordinary_fee = rng.lognormal(np.log(6_600), 0.72, count)
    fee = np.where(severe, rng.lognormal(np.log(46_000), 0.55, count), np.minimum(ordinary_fee, 60_000))
    insured = people["member"].to_numpy() | ((people["age"].to_numpy() >= 18) & (rng.random(people.height) < 0.15))
    frame = pl.DataFrame(
        {
            "person": person,
            "severe": severe,
            "employee": insured[person],
            "begun": begun,
            "ended": ended,
            "kind": _kinds(rng, people, person, severe),
            "fee": np.round(fee * 100).astype(np.int64),
        }
    ).filter(pl.col("begun") < pl.col("ended"))  # nobody lies in hospital before birth
    frame, fen = _split_at_year_end(rng, frame.drop("fee"), frame["fee"].to_numpy())
    return frame.with_columns(
        (pl.col("ended").cast(pl.Datetime("us")) + pl.Series(_delays(rng, frame.height)).cast(pl.Duration("us"))).alias(
            "settled"
        ),
        *_amounts(rng, fen, frame["employee"].to_numpy(), frame["severe"].to_numpy()),
    )


def _one_after_another(person: Ints, back: Ints, length: Ints) -> Ints:
    """Days back of the ends of stays, moved further back where stays of one person would overlap."""
    order = np.lexsort((back, person))
    ends, starts, before = back[order], np.empty(len(back), dtype=np.int64), person[order]
    rank = np.arange(len(order)) - np.searchsorted(before, before)
    for at in range(int(rank.max()) + 1 if len(rank) else 0):
        here = np.flatnonzero(rank == at)
        if at:
            ends[here] = np.maximum(ends[here], starts[here - 1] + 2)
        starts[here] = ends[here] + length[order][here]
    moved = np.empty(len(back), dtype=np.int64)
    moved[order] = ends
    return moved


def _kinds(rng: np.random.Generator, people: pl.DataFrame, person: Ints, severe: npt.NDArray[np.bool_]) -> pl.Series:
    """Kinds of stay (med_type); births (52) only of women between 20 and 44."""
    age, female = people["age"].to_numpy()[person], people["female"].to_numpy()[person]
    kinds = rng.choice(["21", "21", "21", "24", "26"], len(person)).astype(object)
    births = female & (age >= 20) & (age < 45) & ~severe & (rng.random(len(person)) < 0.3)
    kinds[births] = "52"
    return pl.Series("kind", kinds.tolist(), dtype=pl.String)


def _delays(rng: np.random.Generator, count: int) -> npt.NDArray[np.timedelta64]:
    """Most settle at the desk on the day of discharge, some within weeks."""
    days = np.where(rng.random(count) < 0.9, 0, rng.integers(1, 25, count))
    seconds = days * 86_400 + rng.integers(8 * 3600, 17 * 3600, count)
    return np.asarray((seconds * 1_000_000).astype("timedelta64[us]"))


def _split_at_year_end(rng: np.random.Generator, frame: pl.DataFrame, fen: Ints) -> tuple[pl.DataFrame, Ints]:
    """Stays over New Year are mostly settled in two parts (跨年结算)."""
    begun, ended = frame["begun"].to_numpy(), frame["ended"].to_numpy()
    crosses = (begun.astype("datetime64[Y]") != ended.astype("datetime64[Y]")) & (rng.random(frame.height) < 0.7)
    at = np.flatnonzero(crosses)
    if not len(at):
        return frame, fen
    new_year = ended[at].astype("datetime64[Y]").astype("datetime64[D]")
    share = (new_year - begun[at]).astype(np.int64) / np.maximum((ended[at] - begun[at]).astype(np.int64), 1)
    first_fee = np.maximum((fen[at] * share).astype(np.int64), 100)
    first = frame[at].with_columns(ended=pl.Series(new_year - np.timedelta64(1, "D")))
    second = frame.with_columns(begun=pl.Series(_replaced(begun, at, new_year)))
    return pl.concat([second, first]), np.concatenate(
        [_replaced(fen, at, np.maximum(fen[at] - first_fee, 100)), first_fee]
    )


def _replaced(values: npt.NDArray, at: Ints, new: npt.NDArray) -> npt.NDArray:  # type: ignore[type-arg]
    copy = values.copy()
    copy[at] = new
    return copy


def _amounts(
    rng: np.random.Generator, total: Ints, employee: npt.NDArray[np.bool_], severe: npt.NDArray[np.bool_]
) -> list[pl.Series]:
    """Splits the fees: who pays what, with remainders always in the last part."""
    count = len(total)

    def part(share: Floats) -> Ints:
        return np.asarray((total * share).astype(np.int64))

    own = part(np.where(severe, rng.beta(3, 14, count), rng.beta(2, 20, count)))
    over = part(np.where(rng.random(count) < 0.25, rng.beta(2, 60, count), 0.0))
    first = part(rng.beta(2, 26, count))
    scope = total - own - over - first
    deductible = np.minimum(rng.choice([20_000, 40_000, 60_000, 80_000, 120_000], count), scope)
    rate = np.where(employee, rng.uniform(0.78, 0.90, count), rng.uniform(0.55, 0.72, count))
    pool = ((scope - deductible) * rate).astype(np.int64)
    left = scope - pool
    large = (np.maximum(left - 1_500_000, 0) * rng.uniform(0.4, 0.6, count)).astype(np.int64)
    servant = np.where(employee & (rng.random(count) < 0.06), (left * 0.3).astype(np.int64), 0)
    servant = np.minimum(servant, left - large)
    aid = np.where(~employee & (rng.random(count) < 0.04), ((left - large) * 0.4).astype(np.int64), 0)
    fund = pool + large + servant + aid
    hospital = np.where(rng.random(count) < 0.015, np.minimum(own, 30_000), 0)
    person = total - fund - hospital
    account = np.where(employee, np.minimum(person, rng.integers(0, 400_000, count)), 0)
    account = np.where(rng.random(count) < 0.3, 0, account)
    mutual = np.where(employee & (rng.random(count) < 0.05), (person - account) // 3, 0)
    zero = np.zeros(count, dtype=np.int64)
    values = (
        total, own, over, first, scope, deductible, pool, servant, np.where(employee, 0, large),
        np.where(employee, large, 0), aid, zero, fund, person, account, mutual, person - account - mutual, hospital,
    )  # fmt: skip
    return [pl.Series(name, value) for name, value in zip(AMOUNTS, values, strict=True)]


def with_refunds(rng: np.random.Generator, frame: pl.DataFrame) -> pl.DataFrame:
    """Adds what refunds leave behind (退费): flagged originals, negative rows, and mostly a corrected settlement.

    Adds the columns refunded and valid ("0"/"1"); the sum of the rows that count stays each person's true burden.
    """
    frame = frame.with_columns(refunded=pl.lit("0"), valid=pl.lit("1"))
    chosen = frame.filter(pl.Series(rng.random(frame.height) < 0.015))
    if chosen.is_empty():
        return frame
    later = pl.col("settled") + pl.duration(days=2)
    wrong = chosen.with_columns(settled=pl.col("settled") - pl.duration(hours=1))
    by_flag = pl.Series(rng.random(chosen.height) < 0.4)
    flagged = wrong.filter(by_flag).with_columns(refunded=pl.lit("1"), valid=pl.lit("0"))
    paired = wrong.filter(~by_flag)
    negative = paired.with_columns(*(-pl.col(name) for name in AMOUNTS), settled=later, refunded=pl.lit("1"))
    return pl.concat([frame, flagged, paired, negative])

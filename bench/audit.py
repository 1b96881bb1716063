"""The audit sample against the synthetic truth: who is in the frame, what a list really misses, and how often the interval holds it.

    python bench/audit.py --members 60000 --seed 1 [--home DIR] [--draws 500]

A synthetic province is written, received and linked, unless `DIR` holds one already, and screened. Then so many lists are
drawn for with the program's own draws, visits answer with the truth, a quarter is not reached, the next in the order stands in for
each, and the estimates are laid beside what is really missed in the frame. Nothing of the truth is read before the frame is made.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from random import Random

import polars as pl
from screening import _province

from bangfu.cli.output import table
from bangfu.review.assessment import Visits, missed_figures
from bangfu.review.drawing import first_of
from bangfu.screening.audit_frame import audit_frame

SIZES = (5, 10, 40)
"""Households for each prefecture."""
_NOT_REACHED = 0.25


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--members", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--home", type=Path, help="where the province is kept; a fresh directory by default")
    arguments.add_argument("--draws", type=int, default=500)
    given = arguments.parse_args()
    home = given.home or Path(tempfile.mkdtemp(prefix="bangfu-bench-"))
    try:
        measured = _province(home, given.members, given.seed)
    finally:
        if given.home is None:
            shutil.rmtree(home)
    clock = time.process_time()
    frame = audit_frame(measured.found)
    spent = time.process_time() - clock
    told = frame.join(measured.judged.homes.unique("cluster_id"), on="cluster_id", how="left").join(
        measured.judged.households.select("household_id", "is_unregistered_hardship"), on="household_id", how="left"
    )
    told = told.with_columns(
        pl.col("county").str.head(4).alias("stratum"),
        pl.col("is_unregistered_hardship").fill_null(False).alias("missed"),
    )
    twice = len(told) - told["household_id"].n_unique()
    print(f"members {len(measured.found.prepared.members):,}, frame {len(told):,} households in {spent:.2f} s of the processor; "
          f"in it a second time {twice:,} ({twice / len(told):.1%})")  # fmt: skip
    print(f"really missed in the frame: {told['missed'].sum():,} ({told['missed'].mean():.2%})")
    print("\n".join(table(("for each prefecture", "mean estimate", "mean width", "truth in the interval", "no estimate"),
                          [_drawn(told, size, given.draws) for size in SIZES])))  # fmt: skip


def _drawn(told: pl.DataFrame, size: int, draws: int) -> tuple[object, ...]:
    chance, truth = Random(size), int(told["missed"].sum())
    strata = {code: dict(part.select("cluster_id", "missed").iter_rows()) for (code,), part in told.group_by("stratum")}
    totals, widths, held = [], [], 0
    for push in range(draws):
        visits = []
        for code, members in strata.items():
            order = first_of("bench", f"audit:{code}", str(push), members)[: 2 * size]
            asked, answers = size, list[str]()
            while len(answers) < min(asked, len(order)):
                reached = chance.random() >= _NOT_REACHED
                answers.append(("03" if members[order[len(answers)]] else "10") if reached else "31")
                asked += not reached
            counted = {outcome: answers.count(outcome) for outcome in set(answers)}
            visits.append(Visits(str(code), len(members), len(answers), counted, max(len(answers) - size, 0)))
        estimate = missed_figures(visits).estimate
        if estimate is not None:
            totals.append(estimate.total)
            widths.append(estimate.high - estimate.low)
            held += estimate.low <= truth <= estimate.high
    done = max(len(totals), 1)
    return (size, f"{sum(totals) / done:,.0f}", f"{sum(widths) / done:,.0f}", f"{held / done:.1%}", draws - len(totals))


if __name__ == "__main__":
    main()

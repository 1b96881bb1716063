"""Screening against the synthetic truth: what it costs, whom it finds, where the others are lost, and what a strength means.

    python bench/screening.py --members 60000 --seeds 1,2,3 [--homes DIR] [--copies 1,4,16]

For each seed a synthetic province is written, received and linked, unless `DIR/<members>-<seed>` holds one already; only
screening is measured. Printed are seconds and memory; recall by why a household is hard to see and by group; precision of
the strongest; a funnel that says where each missed household was lost; and the calibration of the strength by tenths,
before any visit and after a pilot whose outcomes are the truth, on clues that were not visited. Nothing of the truth is
read before a list is made.
"""

import argparse
import resource
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from screening_funnel import STAGES, Judged, judged

from bangfu.cli.output import table
from bangfu.db.runs import latest_run
from bangfu.pipeline.context import Context, open_context
from bangfu.pipeline.intake.drop import drop_delivery
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.run import run
from bangfu.pipeline.screening.particulars import described, groups_told, particulars
from bangfu.pipeline.screening.reading import link_models, linked_extracts, read_linked
from bangfu.screening.clues import clues
from bangfu.screening.explanations import PARTICULARS, rows_told_of
from bangfu.screening.learning import Learned, learn
from bangfu.screening.material import Material
from bangfu.screening.parameters import read_parameters
from bangfu.screening.rules.shipped import default_rules
from bangfu.screening.screened import Policy, Screened, prepared, screened
from bangfu.settings import Settings
from bangfu.synth import SynthRequest, synthesise
from schemas.outcomes import VISIT
from schemas.reference import parameter_files
from schemas.sources import ROSTER, SOURCES

_WRITTEN = ("settlement_ref", "phone", "contact_name", "contact_phone")
SIZES = (100, 250, 1_000, 5_000)
"""How many of the strongest clues precision is told of."""


@dataclass(frozen=True)
class Measured:
    """One province.

    Attributes:
        found: The list by beliefs alone.
        judged: The list beside the truth.
    """

    found: Screened
    judged: Judged


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--members", type=int, default=20_000)
    arguments.add_argument("--seeds", default="1", help="with commas between")
    arguments.add_argument("--homes", type=Path, help="where provinces are kept; a fresh directory by default")
    arguments.add_argument("--copies", default="", help="with commas between: grow the first province so many times")
    given = arguments.parse_args()
    homes = given.homes or Path(tempfile.mkdtemp(prefix="bangfu-bench-"))
    try:
        provinces = [_province(homes / f"{given.members}-{seed}", given.members, int(seed)) for seed in given.seeds.split(",")]  # fmt: skip
    finally:
        if given.homes is None:
            shutil.rmtree(homes)
    print(f"peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    funnel = pl.concat([item.judged.funnel for item in provinces])
    _print_funnel(funnel)
    _print_precision(provinces)
    _print_screens(provinces)
    _print_groups(provinces)
    _print_calibration(provinces)
    for copies in filter(None, given.copies.split(",")):
        _print_growth(provinces[0].found, int(copies))


def _print_growth(found: Screened, copies: int) -> None:
    """Evidence, rules and strength of a province that is there so many times; reading and explanations grow with the clues."""
    material = _copied(found.prepared.material, copies)
    started, clock = time.process_time(), time.perf_counter()
    seen = prepared(material, found.prepared.window.as_of)
    middle = time.process_time()
    grown = screened(seen, found.policy)
    ended = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{copies} copies, {len(seen.members):,} members: {len(grown.persons):,} clues; processor's seconds: evidence and "
        f"routing {middle - started:.2f}, rules and strength {ended - middle:.2f}; {time.perf_counter() - clock:.2f} s; "
        f"peak so far {peak:,.0f} MB"
    )


def _copied(material: Material, copies: int) -> Material:
    """So many of everything, nobody and nothing the same as in another copy."""
    ids = ("cluster_id", "person_id", "roster_id", "partner_id", "record_id", "settlement_ref", "household_ref")
    people = ("household_id", "person", "person_ref", "aid_ref")

    def grown(rows: pl.DataFrame) -> pl.DataFrame:
        own = [name for name in (*ids, *people) if name in rows.columns]
        parts = [rows.with_columns(pl.col(name) + f"/{number}" for name in own) for number in range(copies)]
        return pl.concat(parts)

    def all_of(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        return {source: grown(rows) for source, rows in tables.items()}

    others = ("family", "relatives", "held", "archived")
    more = {name: grown(rows) for name in others if (rows := getattr(material, name)) is not None}
    return replace(
        material, roster=grown(material.roster), linked=all_of(material.linked), shared=all_of(material.shared), **more
    )


def _province(home: Path, members: int, seed: int) -> Measured:
    settings = Settings.from_environment({"BANGFU_HOME": str(home)})
    try:
        with open_context(settings) as context:
            with context.engine.connect() as connection:
                ready = latest_run(connection, "link") is not None
            if not ready:
                _make(context, home / "province", members, seed)
            return _screened(context, home / "province" / "truth", members, seed)
    finally:
        from bangfu.db import embedded

        embedded.stop(settings)


def _make(context: Context, province: Path, members: int, seed: int) -> None:
    synthesise(SynthRequest(members=members, seed=seed, out=province))
    for source in SOURCES:
        for folder in sorted((province / "extracts" / source).iterdir()):
            drop_delivery(context, source, folder)
        receive_dropped(context, source)
    run(context)


def _screened(context: Context, truth: Path, members: int, seed: int) -> Measured:
    with context.engine.connect() as connection:
        linkage = latest_run(connection, "link")
    assert linkage is not None
    marks = [time.perf_counter()]
    extracts = linked_extracts(context, linkage.run_id)
    rows = read_linked(context, linkage.run_id, extracts)
    tables = rows.tables
    marks.append(time.perf_counter())
    day = rows.as_of(None)
    seen = prepared(rows.material, day)
    marks.append(time.perf_counter())
    found = screened(seen, Policy(default_rules(), read_parameters(parameter_files("synthetic"))))
    marks.append(time.perf_counter())
    found = replace(found, persons=described(tables, found.persons))
    told = particulars(tables, rows_told_of(found), PARTICULARS)
    listed = sum(1 for _ in clues(found, link_models(context, linkage.run_id), told))
    marks.append(time.perf_counter())
    able = seen.members.join(seen.out, on="cluster_id", how="anti")
    groups_told(tables, able, found.persons["cluster_id"], day)
    marks.append(time.perf_counter())
    names = ("read", "evidence", "rules and strength", "explanations", "groups")
    parts = ", ".join(f"{name} {b - a:.2f}" for name, a, b in zip(names, marks, marks[1:], strict=False))
    print(f"members {members:,}, seed {seed}: {listed:,} clues; {marks[-1] - marks[0]:.2f} s ({parts})")
    own = rows.material.roster.select("record_id", "cluster_id")
    roster = tables.rows(ROSTER, ("record_id", "person_ref", "name", "phone")).join(
        own, on="record_id", maintain_order="left"
    )
    return Measured(found, judged(found, roster, tables.rows("medical_settlement", _WRITTEN), truth))


def _print_funnel(funnel: pl.DataFrame) -> None:
    """How many households reach each stage; the last column is recall."""
    print("\nfunnel, households:")
    rows = []
    total = len(funnel)
    for name, part in [("all", funnel), *((str(k[0]), p) for k, p in sorted(funnel.group_by("hard_to_see")))]:
        rows.append((name, *(int(part[stage].sum()) for stage in STAGES), f"{part[STAGES[-1]].mean():.3f}"))
    print("\n".join(table(("hard to see", *STAGES, "recall"), rows)))
    for stage, words in (
        ("in a source", "those in a source that shows it"),
        ("can be tied", "those that also can be tied to a member"),
    ):
        part = funnel.filter(stage)
        share = part["on the list"].mean()
        print(
            f"recall of {words}: {share:.3f} (s.e. {_error(share, len(part)):.3f}) of {len(part):,} ({total:,} in all)"
        )
    lost = funnel.filter(~pl.col("on the list"))
    where = [
        ("in no source that shows it", (~lost["in a source"]).sum()),
        (
            "in a source that ties the person to no member",
            (lost["in a source"] & ~lost["can be tied"] & ~lost["tied"]).sum(),
        ),
        ("could be tied, is not", (lost["in a source"] & lost["can be tied"] & ~lost["tied"]).sum()),
        ("tied, below every rule", (lost["in a source"] & lost["tied"] & ~lost["a rule holds"]).sum()),
        ("a rule holds, left out", (lost["in a source"] & lost["tied"] & lost["a rule holds"]).sum()),
    ]
    rest = len(lost) - sum(count for _, count in where)
    print("lost:", "; ".join(f"{name} {count}" for name, count in [*where, ("tied by error only", rest)]))


def _clues(item: Measured, number: int, learned: Learned | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The clues of a province with `true`, and their hits."""
    policy = item.found.policy
    found = item.found
    if learned is not None:
        found = screened(item.found.prepared, Policy(policy.rules, policy.parameters, learned))
    real = item.judged.households.select("household_id", pl.col("is_unregistered_hardship").alias("true"))
    persons = (
        found.persons.select("cluster_id", "strength")
        .join(item.judged.homes, on="cluster_id", how="left")
        .join(real, on="household_id", how="left")
        .select(
            pl.format("{}-{}", pl.lit(number), "cluster_id").alias("clue_id"),
            "strength",
            pl.col("true").fill_null(False),
        )
    )
    hits = found.hits.select(
        pl.format("{}-{}", pl.lit(number), "household_id").alias("clue_id"), "code", "band", "match_probability"
    )
    return persons.sort("strength", "clue_id", descending=[True, False]), hits


def _all_clues(provinces: list[Measured], learned: Learned | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    made = [_clues(item, number, learned) for number, item in enumerate(provinces)]
    return pl.concat([persons for persons, _ in made]), pl.concat([hits for _, hits in made])


def _print_precision(provinces: list[Measured]) -> None:
    """Of the clues of each province; a clue is right when its household is in hardship and unregistered."""
    print("\nprecision, mean over provinces:")
    lists = [_clues(item, number, None)[0] for number, item in enumerate(provinces)]
    for size in SIZES:
        parts = [part.head(size)["true"].mean() for part in lists if len(part) >= size]
        if parts:
            print(f"  strongest {size:,}: {np.mean(parts):.3f}")
    shares = [part["true"].mean() for part in lists]
    whole = pl.concat(lists)["true"]
    print(
        f"  whole list: {np.mean(shares):.3f}; of all {len(whole):,} clues {whole.mean():.3f} (s.e. {_error(whole.mean(), len(whole)):.3f})"
    )
    listed = [item.found.persons.select("cluster_id").join(item.judged.homes, on="cluster_id") for item in provinces]
    print(
        f"  clues of a household that has another: {sum(len(part) - part['household_id'].n_unique() for part in listed):,}"
    )


def _print_screens(provinces: list[Measured]) -> None:
    """What each screen and band is worth: its clues, how many are right, and the same of clues that nothing else supports."""
    made = [_clues(item, number, None) for number, item in enumerate(provinces)]
    persons, hits = pl.concat([part for part, _ in made]), pl.concat([part for _, part in made])
    told = hits.join(persons, on="clue_id").with_columns((pl.len().over("clue_id") == 1).alias("single"))
    rows = []
    for (code, band), part in sorted(told.group_by("code", "band")):
        single = part.filter("single")
        share = part["true"].mean()
        rows.append((code, band, len(part), f"{share:.3f}", f"{_error(share, len(part)):.3f}", len(single), f"{single['true'].mean() or 0:.3f}"))  # fmt: skip
    print("\n" + "\n".join(table(("screen", "band", "clues", "true", "s.e.", "without others", "true"), rows)))


def _print_groups(provinces: list[Measured]) -> None:
    """Recall by group of the household's first member; the truth does not say who is registered elsewhere."""
    print("\nrecall by group (unregistered households in hardship):")
    dimensions = ("ethnic_group", "sex", "age", "area")
    judged = pl.concat([item.judged.people.select(*dimensions, "in a source", "on the list") for item in provinces])
    rows = []
    for dimension in dimensions:
        for key, part in sorted(judged.group_by(dimension), key=lambda item: (-len(item[1]), str(item[0]))):
            if len(part) >= 20:
                visible = part.filter("in a source")
                share = part["on the list"].mean()
                rows.append((dimension, key[0], len(part), f"{share:.3f}", f"{_error(share, len(part)):.3f}", f"{visible['on the list'].mean():.3f}"))  # fmt: skip
    print("\n".join(table(("", "group", "households", "recall", "s.e.", "of those in a source"), rows)))


def _error(share: object, count: int) -> float:
    value = float(share)  # type: ignore[arg-type]
    return float(np.sqrt(value * (1 - value) / max(count, 1)))


def _print_calibration(provinces: list[Measured]) -> None:
    """What a strength means, by beliefs alone, and after a pilot: each half of the clues by the visits to the other half."""
    before, hits = _all_clues(provinces, None)
    before = before.sort("clue_id").with_columns(pl.Series("half", np.random.default_rng(1).random(len(before)) < 0.5))
    rules = provinces[0].found.policy.rules
    halves, learned = [], []
    for half in (True, False):
        visited = before.filter(pl.col("half") != half).select(
            "clue_id", pl.when("true").then(pl.lit("03")).otherwise(pl.lit("10")).alias("outcome")
        )
        learned.append(learn(rules, hits.join(visited, on="clue_id").select(*VISIT)))
        scored, _ = _all_clues(provinces, learned[-1])
        halves.append(scored.join(before.filter(half=half).select("clue_id"), on="clue_id", how="semi"))
    print(f"\ncalibration on {len(before):,} clues, visits to a half of them")
    for name, part in (("before", before), ("after a pilot", pl.concat(halves))):
        _print_tenths(name, part)
        ranked = part.sort("strength", "clue_id", descending=[True, False])
        told_of = [f"{size:,}: {ranked.head(size)['true'].mean():.3f}" for size in SIZES if size <= len(ranked)]
        print("precision of the strongest", ", ".join(told_of))
    told = [
        (s.code, b.code, f"{b.belief:.2f}", f"{n.belief:.2f}")
        for s, now in zip(rules.screens, learned[0].rules.screens, strict=True)
        for b, n in zip(s.bands, now.bands, strict=True)
    ]
    print("\n".join(table(("screen", "band", "believed", "learnt"), told)))


def _print_tenths(name: str, part: pl.DataFrame) -> None:
    """Tenths by strength; the error is that of the true share, were every clue right with the probability stated."""
    ordered = part.sort("strength", "clue_id")
    rows, gaps = [], []
    for number, at in enumerate(np.array_split(np.arange(len(ordered)), 10), 1):
        own = ordered[at]
        stated, real = float(own["strength"].mean()), float(own["true"].mean())  # type: ignore[arg-type]
        error = float(np.sqrt((own["strength"] * (1 - own["strength"])).sum()) / len(own))
        gaps.append(abs(stated - real))
        rows.append((number, len(own), f"{stated:.3f}", f"{real:.3f}", f"{stated - real:+.3f}", f"{error:.3f}"))
    usual, rare = _gap_by_chance(ordered["strength"].to_numpy())
    print(
        f"{name}: largest gap {max(gaps):.3f}, mean {np.mean(gaps):.3f}; were every strength right, so few clues would still "
        f"show a largest gap of {usual:.3f}, and in one of twenty cases over {rare:.3f}"
    )
    print("\n".join(table(("tenth", "clues", "stated", "true", "gap", "s.e. if stated rightly"), rows)))


def _gap_by_chance(strength: np.ndarray) -> tuple[float, float]:
    """The largest gap of ten ascending tenths of clues that are right as often as stated: median and 95th percentile."""
    random = np.random.default_rng(1)
    gaps = []
    for _ in range(1_000):
        apart = strength - (random.random(len(strength)) < strength)
        gaps.append(max(abs(part.mean()) for part in np.array_split(apart, 10)))
    return float(np.median(gaps)), float(np.quantile(gaps, 0.95))


if __name__ == "__main__":
    main()

"""Candidates against the synthetic truth: recall and precision, overall and by why a household is hard to see.

    python bench/candidates.py --members 20000 --seed 1 [--home DIR] [--keep]

Writes a synthetic province, runs the whole chain on it without a scheduler, and prints seconds by stage, the
pairs of each source and the candidates as scored by `bangfu.synth.truth`. Nothing of the truth is read before
the list is published.
"""

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path

import polars as pl

from bangfu.cli.output import table
from bangfu.pipeline.context import Context, open_context
from bangfu.pipeline.intake.drop import drop_delivery
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.review.candidates import read_candidates
from bangfu.pipeline.run import RunSummary, run
from bangfu.pipeline.sealed import read_sealed
from bangfu.pipeline.standard_tables import active_extracts, read_standard
from bangfu.settings import Settings
from bangfu.storage import keys
from bangfu.synth import SynthRequest, synthesise
from schemas.sources import PARTNERS, ROSTER, SOURCES


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--members", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--home", type=Path, help="installation and province; a fresh directory by default")
    arguments.add_argument("--keep", action="store_true", help="leave the directory for a look")
    given = arguments.parse_args()
    home = given.home or Path(tempfile.mkdtemp(prefix="bangfu-bench-"))
    settings = Settings.from_environment({"BANGFU_HOME": str(home)})
    try:
        with open_context(settings) as context:
            _measure(context, home / "province", given.members, given.seed)
    finally:
        from bangfu.db import embedded

        embedded.stop(settings)
        if not given.keep:
            shutil.rmtree(home)


def _measure(context: Context, province: Path, members: int, seed: int) -> None:
    started = time.perf_counter()
    made = synthesise(SynthRequest(members=members, seed=seed, out=province))
    synth = time.perf_counter() - started
    started = time.perf_counter()
    for source in SOURCES:
        for folder in sorted((province / "extracts" / source).iterdir()):
            drop_delivery(context, source, folder)
        receive_dropped(context, source)
    received = time.perf_counter() - started
    summary = run(context)
    print(f"members {members:,}, seed {seed}, true households {made.unregistered_hardship:,}")
    seconds = {"synth": round(synth, 1), "receive": round(received, 1), **summary.seconds}
    print("seconds:", ", ".join(f"{stage} {value:.1f}" for stage, value in seconds.items()))
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    _print_counts(summary)
    _print_links(context, summary.link.run_id, province / "truth")
    _print_score(pl.DataFrame(pl.from_arrow(read_candidates(context))), province / "truth")


def _print_counts(summary: RunSummary) -> None:
    linked = [*summary.link.sources, *([summary.link.family] if summary.link.family else [])]
    rows = [(s.source, s.records, s.persons, s.pairs_scored, s.pairs_accepted) for s in linked]
    print("\n".join(table(("source", "records", "persons", "pairs scored", "matches"), rows)))
    print("reasons:", dict(summary.screen.by_reason), "left out:", dict(summary.screen.suppressed))
    print("routes:", dict(summary.screen.routes))


def _print_links(context: Context, run_id: str, truth: Path) -> None:
    """Accepted links of collapsed persons against the truth, before screening."""
    from bangfu.synth.truth import score_pairs

    extracts = active_extracts(context)

    def persons(source: str) -> pl.DataFrame:
        own = [row for row in extracts if row.source == source]
        rows = read_standard(context, own, [field.name for field in SOURCES[source].fields])
        members = read_sealed(context, keys.links(run_id, f"{source}-persons"), run_id)
        return rows.filter(pl.col("record_id").is_in(members["person_id"].unique().implode()))

    roster = persons(ROSTER)
    for source in PARTNERS:
        pairs = read_sealed(context, keys.links(run_id, f"{source}-pairs"), run_id)
        score = score_pairs(pairs, roster, persons(source), truth)
        print(
            f"links {source}: precision {score.precision:.3f}, recall {score.recall:.3f}, {score.pairs} links, "
            f"{score.true_pairs} true pairs, {score.same_household} links to another of the household"
        )


def _print_score(candidates: pl.DataFrame, truth: Path) -> None:
    from bangfu.synth.truth import score_candidates

    print(score_candidates(candidates, truth))
    for name, part in (
        ("strongest 1,000", candidates.head(1000)),
        ("strength >= .5", candidates.filter(pl.col("strength") >= 0.5)),
        *(
            (code, candidates.filter(pl.col("reasons").list.contains(code)))
            for code in ("S1", "S1F", "S4", "S4R", "S5")
        ),
    ):
        if len(part):
            score = score_candidates(part, truth)
            print(f"{name}: {len(part):,} candidates, precision {score.precision:.3f}, recall {score.recall:.3f}")


if __name__ == "__main__":
    main()

